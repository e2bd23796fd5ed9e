"""A store that says no, or lags behind, at the worst moment: the till stays usable and tells the truth."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus, LineRequest
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.members import Member
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.errors import InvariantBroken, PosLoyaltyError, StoreDamaged, StoreFull
from pos_loyalty.ports import Change, Outcome, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import Problem, TillView
from pos_loyalty.store.memory import MemoryStore
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY_CODE, REZA, REZA_CODE, SHIRT, SHIRT_CODE, ManualClock, contents


class TroubledStore(MemoryStore):
    """A store that refuses to write, or to read after a sale, for as long as it is told to."""

    def __init__(self) -> None:
        super().__init__(ids=RandomIds())
        self.refusal: PosLoyaltyError | None = None
        self.blind_after_sale = False
        self._blind = False

    def commit(self, change: Change) -> "Future[Outcome]":
        """Refuse, or write and perhaps go blind."""
        if self.refusal is not None:
            refused: Future[Outcome] = Future()
            refused.set_exception(self.refusal)
            return refused
        self._blind = self.blind_after_sale and any(isinstance(draft.body, BasketCommitted) for draft in change.events)
        return super().commit(change)

    def member(self, member_id: str) -> Member | None:
        """Return a member unless blind."""
        if self._blind:
            raise StoreDamaged("the replica cannot be read")
        return super().member(member_id)


@pytest.fixture
def troubled() -> TroubledStore:
    """The small shop in a store that can be told to fail."""
    store = TroubledStore()
    store.load(contents())
    return store


@pytest.fixture
async def till(troubled: TroubledStore, tmp_path: Path, clock: ManualClock) -> AsyncIterator[RunningTill]:
    """A till over the troubled store."""
    async with running(troubled, tmp_path / "till.sock", clock=clock) as it:
        yield it


async def _priced(till: RunningTill) -> Basket:
    opened = await till.client.open_basket()
    assert isinstance(opened, Basket)
    priced = await till.client.replace(opened.basket_id, (LineRequest(product=SHIRT),))
    assert isinstance(priced, Basket)
    return priced


async def test_a_sale_on_disk_is_answered_even_if_the_member_cannot_be_read(
    till: RunningTill, troubled: TroubledStore
) -> None:
    """What was written is never reported as refused."""
    await till.client.scan(REZA_CODE)
    basket = await _priced(till)
    troubled.blind_after_sale = True
    sold = await till.client.commit(basket.basket_id)
    assert isinstance(sold, Basket)
    assert sold.status is BasketStatus.COMMITTED
    view = await till.client.till()
    assert (view.stage, view.basket) == (Stage.FAREWELL, sold)


async def test_a_defect_while_a_sale_is_written_does_not_block_the_till(
    till: RunningTill, troubled: TroubledStore
) -> None:
    """The basket is back at its price, and the next commit goes through."""
    basket = await _priced(till)
    troubled.refusal = InvariantBroken("two facts that cannot both be true")
    refused = await till.client.commit(basket.basket_id)
    assert isinstance(refused, Problem)
    assert refused.type == "urn:pos-loyalty:problem:internal"
    assert (await till.client.till()).stage is Stage.PRICED
    troubled.refusal = None
    sold = await till.client.commit(basket.basket_id)
    assert isinstance(sold, Basket)
    assert sold.status is BasketStatus.COMMITTED


async def test_a_greeting_that_is_not_on_disk_opens_and_closes_no_visit(
    till: RunningTill, troubled: TroubledStore
) -> None:
    """The member is greeted and the cashier told; later events name no visit that never was."""
    troubled.refusal = StoreFull("the disk is full")
    view = await till.client.scan(REZA_CODE)
    assert isinstance(view, TillView)
    assert view.stage is Stage.IDENTIFIED
    assert view.notice is not None
    assert (view.notice.number, view.notice.code) == (1, NoticeCode.STORE_FULL)
    troubled.refusal = None
    basket = await _priced(till)
    assert (basket.member_id, basket.visit_id) == (REZA.member_id, None)
    await till.client.commit(basket.basket_id)
    assert [event.type for event in troubled.events()] == ["basket.committed"]


async def test_a_product_that_cannot_be_written_says_why_once(till: RunningTill, troubled: TroubledStore) -> None:
    """A full disk is told as a full disk."""
    troubled.refusal = StoreFull("the disk is full")
    view = await till.client.scan(SHIRT_CODE)
    assert isinstance(view, TillView)
    assert view.basket is None
    assert view.notice is not None
    assert (view.notice.number, view.notice.code) == (1, NoticeCode.STORE_FULL)


async def test_a_basket_that_changed_behind_the_till_is_taken_from_the_disk(
    running_till: RunningTill, store: Store
) -> None:
    """The disk decides: the next wish is granted on what stands there."""
    basket = await _priced(running_till)
    await asyncio.wrap_future(store.commit(Change(basket=replace(basket, revision=basket.revision + 1, claims=("x",)))))
    view = await running_till.client.scan(REZA_CODE)
    assert isinstance(view, TillView)
    assert view.basket is not None
    assert (view.basket.claims, view.basket.member_id) == (("x",), None)
    joined = await running_till.client.scan(REZA_CODE)
    assert isinstance(joined, TillView)
    assert joined.basket is not None
    assert joined.basket.member_id == REZA.member_id


async def test_a_session_of_another_version_does_not_stop_the_start(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    """Its words are unknown here; the till begins idle."""
    await asyncio.wrap_future(store.commit(Change(session=b'{"stage":"asleep"}')))
    async with running(store, tmp_path / "a.sock", clock=clock) as till:
        assert (await till.client.till()).stage is Stage.IDLE


async def test_scans_of_a_product_at_once_all_count(running_till: RunningTill) -> None:
    """Two readers and a register may fill one basket together."""
    await asyncio.gather(*(running_till.client.scan(SHIRT_CODE) for _ in range(12)))
    view = await running_till.client.till()
    assert view.basket is not None
    assert [line.quantity for line in view.basket.lines] == [12]
    assert view.notice is None


async def test_a_greeting_shows_the_points_of_the_sale_before_it(running_till: RunningTill) -> None:
    """A card that is read while its last sale is being written waits for it."""
    await running_till.client.scan(REZA_CODE)
    basket = await _priced(running_till)
    sold, view = await asyncio.gather(
        running_till.till.baskets.commit(basket.basket_id), running_till.till.scan(REZA_CODE)
    )
    assert isinstance(sold, Basket)
    assert sold.receipt is not None
    assert isinstance(view, TillView)
    assert view.stage is Stage.IDENTIFIED
    assert view.member is not None
    assert view.member.balances == sold.receipt.balances_after


async def test_a_time_out_that_waited_behind_a_scan_ends_nobody_else(running_till: RunningTill, store: Store) -> None:
    """Whose time is up is asked when its turn comes, not before."""
    counter = running_till.till.counter
    await running_till.client.scan(REZA_CODE)
    async with counter.turn:
        scanning = asyncio.create_task(running_till.till.scan(EMILY_CODE))
        await asyncio.wait({scanning}, timeout=0)
        counter.on_time_up(counter.session)
        await asyncio.wait({scanning}, timeout=0)
    view = await scanning
    assert isinstance(view, TillView)
    assert view.stage is Stage.IDENTIFIED
    await running_till.till.stop()
    assert counter.session.member_id == "m-emily"
    assert [event.type for event in store.events()] == ["visit.opened", "visit.closed", "visit.opened"]
