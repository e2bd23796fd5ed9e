"""The till and news of the hub: the line is always in the view, and the customer is shown as they are now."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member, Note, PersonName
from pos_loyalty.core.merging import forwarded, merged
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.ports import LineState, LineView, ReplicaContents, Store
from pos_loyalty.service.line import HubNews
from pos_loyalty.service.wire import Health, TillView
from tests.service.shop_of_rewards import filled, granted, price_of
from tests.support.near_hub import NOW_MS, UP, NearHub
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY, EMILY_CODE, NOW, SCARF, contents

NOTE = Note(event_id="e-9", at=NOW, text="likes the blue one")


@pytest.fixture
def hub() -> NearHub:
    """A hub whose line is up."""
    return NearHub()


@pytest.fixture
async def till(store: Store, tmp_path: Path, hub: NearHub) -> AsyncIterator[RunningTill]:
    """A till of that hub."""
    async with running(store, tmp_path / "till.sock", hub=hub) as it:
        yield it


def with_emily(**changes: object) -> ReplicaContents:
    """Return what the hub sends when Emily's document has changed."""
    came = contents()
    members = (member for member in came.members if member.member_id != EMILY.member_id)
    return replace(came, members=(*members, replace(EMILY, **changes)))


async def scanned(till: RunningTill, code: str) -> TillView:
    """Scan through the API and insist on a view."""
    view = await till.client.scan(code)
    assert isinstance(view, TillView)
    return view


async def test_a_till_without_a_hub_says_so(running_till: RunningTill) -> None:
    """The view and the health of a shop with one till have a line too: it is alone."""
    view, health = running_till.till.board.view, await running_till.client.health()
    assert view.line == LineView()
    assert isinstance(health, Health)
    assert health.line.state is LineState.ALONE


async def test_the_line_reaches_the_screen_by_itself(till: RunningTill, hub: NearHub) -> None:
    """Nobody scans and nobody asks: the stream brings the line as soon as it is another one."""
    await till.view_when(lambda view: view.line == UP)
    arriving = asyncio.create_task(till.view_when(lambda view: view.line.state is LineState.HALTED))
    hub.change(state=LineState.HALTED, halt="revoked", waiting=7, put_aside=1)
    view = await arriving
    assert (view.line.halt, view.line.waiting, view.line.put_aside) == ("revoked", 7, 1)
    assert view.line.fresh_ms == NOW_MS
    health = await till.client.health()
    assert isinstance(health, Health)
    assert health.line == view.line


async def test_the_health_says_since_when_events_wait(till: RunningTill) -> None:
    """It is the oldest one that counts; the view, which screens get with every change, goes without."""
    health = await till.client.health()
    assert isinstance(health, Health)
    assert health.line.waiting_since_ms is None
    await till.client.scan(EMILY_CODE)
    await till.client.note(EMILY.member_id, "likes blue")
    health = await till.client.health()
    assert isinstance(health, Health)
    assert health.line.waiting_since_ms == NOW_MS
    assert till.till.board.view.line.waiting_since_ms is None


async def test_news_that_changes_nothing_moves_no_screen(till: RunningTill, hub: NearHub) -> None:
    """The view keeps its revision when the hub tells of rows that nobody at the counter sees."""
    before = await till.view_when(lambda view: view.line == UP)
    hub.tell()
    hub.change(waiting=1)
    after = await till.view_when(lambda view: view.line.waiting == 1)
    assert after.revision == before.revision + 1


async def test_a_note_from_another_till_appears_at_the_open_basket(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The member is read anew; basket, stage and price stay as they are, to the revision."""
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF)
    store.load(with_emily(notes=(NOTE,)))
    hub.tell()
    view = await till.view_when(lambda view: view.member is not None and view.member.notes == (NOTE,))
    assert view.basket == basket
    assert view.stage is Stage.PRICED


async def test_points_from_another_till_change_the_price_that_is_shown(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """Points that are gone elsewhere are no longer offered here: the basket is priced anew, and stays open."""
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF)
    assert basket.evaluation
    assert basket.evaluation.balances_before["club"] == 500
    store.load(with_emily(balances={"club": 20}))
    hub.tell()
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision == basket.revision + 1)
    assert view.basket
    assert view.basket.evaluation
    assert view.basket.evaluation.balances_before["club"] == 20
    assert view.basket.lines == basket.lines


async def test_a_member_who_left_the_store_stays_until_they_go(till: RunningTill, hub: NearHub, store: Store) -> None:
    """Whoever was greeted is served: the screen does not lose its customer between two keys."""
    await till.client.scan(EMILY_CODE)
    store.load(replace(contents(), members=()))
    hub.change(waiting=3)
    view = await till.view_when(lambda view: view.line.waiting == 3)
    assert view.member
    assert view.member.member_id == EMILY.member_id


TWIN = Member(
    member_id="m-twin",
    name=PersonName(given="E.", family="Carter"),
    identifiers=(Identifier(IdentifierKind.CARD, "2000000000077"),),
    balances={"club": 300},
)


def with_twin(*, is_merged: bool) -> ReplicaContents:
    """Return what the hub sends while Emily is two members, and when the office has found out."""
    came = contents()
    members = [member for member in came.members if member.member_id != EMILY.member_id]
    two = (merged(EMILY, TWIN), forwarded(TWIN, EMILY.member_id)) if is_merged else (EMILY, TWIN)
    return replace(came, members=(*members, *two))


async def test_a_customer_who_is_merged_while_at_the_counter_is_served_to_the_end(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The one is on the screen, all points count, either card is "already here", and the sale is the one's."""
    store.load(with_twin(is_merged=False))
    await till.client.scan("2000000000077")
    basket = await filled(till, SCARF)
    assert price_of(basket).balances_before["club"] == 300
    await till.client.note(TWIN.member_id, "likes blue")
    store.load(with_twin(is_merged=True))
    hub.tell()
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision == basket.revision + 1)
    assert view.member
    assert (view.member.member_id, view.member.notes[0].text) == (EMILY.member_id, "likes blue")
    assert price_of(view.basket).balances_before["club"] == 800
    for code in (EMILY_CODE, "2000000000077"):
        view = await scanned(till, code)
        assert view.notice
        assert (view.notice.code, view.stage) == (NoticeCode.ALREADY_HERE, Stage.PRICED)
    paid = granted(await till.client.commit(basket.basket_id))
    one = store.member(TWIN.member_id)
    assert one == store.member(EMILY.member_id)
    assert one
    assert one.purchases[0].basket_id == paid.basket_id
    assert one.balances["club"] == price_of(paid).balances_after["club"]


async def test_a_basket_of_one_who_is_merged_comes_back_after_a_restart(store: Store, tmp_path: Path) -> None:
    """The journal knows the old id; the till that starts again greets the one, and prices the basket for them."""
    store.load(with_twin(is_merged=False))
    async with running(store, tmp_path / "first.sock") as till:
        await till.client.scan("2000000000077")
        await filled(till, SCARF)
    store.load(with_twin(is_merged=True))
    async with running(store, tmp_path / "second.sock") as till:
        view = till.till.board.view
        assert view.member
        assert view.basket
        assert view.member.member_id == EMILY.member_id
        again = granted(await till.client.price(view.basket.basket_id))
        assert price_of(again).balances_before["club"] == 800


async def test_one_piece_of_news_that_goes_wrong_ends_none_of_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """What a hub of another make may raise is logged by its place and without its words; the next news is told."""
    hub, told, failing = NearHub(), asyncio.Queue[LineView](), asyncio.Event()

    async def tell(line: LineView) -> None:
        if line.waiting == 1:
            failing.set()
            raise ValueError("Emily")
        told.put_nowait(line)

    news = HubNews(hub, tell)
    news.start()
    async with asyncio.timeout(30):
        await told.get()
        hub.change(waiting=1)
        await failing.wait()
        hub.change(waiting=2)
        assert (await told.get()).waiting == 2
        await news.stop()
    hub.change(waiting=3)
    assert told.empty()
    assert "news of the hub" in caplog.text
    assert "Emily" not in caplog.text
