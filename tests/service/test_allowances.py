"""What the hub set aside for a till, the till spends without asking: with its hub, without it, and no more."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.members import HeldPoints
from pos_loyalty.core.offline import CLOCK_BACK_MS_MAX, OfflineLimit, OfflinePolicy, OfflineRedeem
from pos_loyalty.ports import LineState, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import Problem
from pos_loyalty.store.memory import MemoryStore
from tests.service.shop_of_rewards import filled, price_of, sold
from tests.service.test_offline import POLICY, last_sale, why_not, with_emily
from tests.support.near_hub import NOW_MS, UP, NearHub
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY, EMILY_CODE, FIXED, SCARF, TEN_PERCENT, ManualClock, contents

CUT = replace(UP, state=LineState.OFFLINE)
ALLOWANCE = OfflinePolicy(redeem=OfflineRedeem.ALLOWANCE)
HOUR_MS = 3_600_000


def set_aside(
    store: Store, points: int, *, name: str = "h", terminal: str = "", until_ms: int = NOW_MS + HOUR_MS
) -> None:
    """Have so many of Emily's 900 points set aside for a terminal: this one, if no other is named."""
    held = HeldPoints(account="club", points=points, terminal=terminal or store.terminal_id, until_ms=until_ms)
    store.load(with_emily(held={name: held}, balances={"club": 900}))


class Counter:
    """A till at which Emily wants things."""

    def __init__(self, store: Store, folder: Path, clock: ManualClock) -> None:
        self.store, self.clock, self.hub = store, clock, NearHub(CUT)
        self._socket = folder / "till.sock"

    @asynccontextmanager
    async def open(self, policy: OfflinePolicy = ALLOWANCE, hub: NearHub | None = None) -> AsyncIterator[RunningTill]:
        """Run the till, without its hub unless another is given."""
        self.hub = hub or self.hub
        async with running(self.store, self._socket, clock=self.clock, hub=self.hub, offline=policy) as till:
            await till.client.scan(EMILY_CODE)
            yield till

    def draws(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """Return what the newest sale took of allowances, and which holds it names."""
        sale = last_sale(self.store)
        return sale.draws, sale.holds

    def left(self) -> int:
        """Return what is still set aside, as this till knows it."""
        member = self.store.member(EMILY.member_id)
        return sum(each.points for each in member.held.values()) if member else 0


@pytest.fixture
def store() -> Iterator[Store]:
    """Return the store in memory: what both show is one fold, and has its own tests."""
    made = MemoryStore(ids=RandomIds())
    made.load(contents())
    yield made
    made.close()


@pytest.fixture
def counter(store: Store, tmp_path: Path, clock: ManualClock) -> Counter:
    """Return a till whose line is cut."""
    return Counter(store, tmp_path, clock)


async def test_a_till_draws_on_its_allowance_sale_by_sale(counter: Counter) -> None:
    """Twice 300 of 700; the rest stays, and is not enough for a third time."""
    set_aside(counter.store, 700)
    async with counter.open() as till:
        for left in (400, 100):
            await till.client.scan(EMILY_CODE)
            await sold(till, SCARF, claims=(FIXED,))
            assert counter.draws() == ({"h": 300}, ())
            assert counter.left() == left
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": 166_666}, OfflineLimit.SET_ASIDE)


async def test_a_till_has_nothing_of_the_allowance_of_another(counter: Counter) -> None:
    """Two tills of one store would each spend the same points: the row says whose they are."""
    set_aside(counter.store, 700, terminal="another till")
    async with counter.open() as till:
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": 0}, OfflineLimit.SET_ASIDE)
    async with counter.open(hub=NearHub()) as till:
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.HELD, {"points": 200}, "")
        assert counter.hub.holds == {}


@pytest.mark.parametrize("redeem", OfflineRedeem)
async def test_with_the_hub_nobody_is_asked_for_an_allowance(counter: Counter, redeem: OfflineRedeem) -> None:
    """In every mode: the greeting, the price and the sale wait for nobody."""
    set_aside(counter.store, 300)
    async with counter.open(OfflinePolicy(redeem=redeem), NearHub()) as till:
        assert price_of(await filled(till, SCARF, claims=(FIXED,))).discount == 500_000
        assert counter.hub.holds == {}
        await sold(till, SCARF, claims=(FIXED,))
        assert (counter.draws(), counter.left()) == (({"h": 300}, ()), 0)


async def test_only_what_an_allowance_lacks_is_asked_for(counter: Counter) -> None:
    """500 points with 200 set aside: the hub keeps 300, and the sale has both; what it refuses is less by the rest."""
    set_aside(counter.store, 200)
    async with counter.open(hub=NearHub()) as till:
        await filled(till, SCARF, claims=(TEN_PERCENT,))
        assert [hold.points for hold in counter.hub.holds.values()] == [300]
        await sold(till, SCARF, claims=(TEN_PERCENT,))
        assert counter.draws() == ({"h": 200}, tuple(counter.hub.holds))
        counter.hub.holds.clear()
        set_aside(counter.store, 200, name="next")
        counter.hub.points[EMILY.member_id, "club"] = 40
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.HELD, {"points": 240}, "")


async def test_without_the_hub_the_policy_is_asked_for_the_rest_alone(counter: Counter) -> None:
    """`floor` gives what lies above the allowance within its limits; `deny` gives nothing, set aside or not."""
    set_aside(counter.store, 200)
    async with counter.open(POLICY) as till:
        assert price_of(await filled(till, SCARF, claims=(TEN_PERCENT,))).discount == 90_000
        await sold(till, SCARF, claims=(TEN_PERCENT,))
        assert (counter.draws(), counter.left()) == (({"h": 200}, ()), 0)
    set_aside(counter.store, 700)
    async with counter.open(replace(POLICY, redeem=OfflineRedeem.DENY)) as till:
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": 0}, OfflineLimit.DENIED)


@pytest.mark.parametrize(
    ("until_ms", "seen_ms", "limit"),
    [
        (NOW_MS, NOW_MS, OfflineLimit.STALE),
        (NOW_MS + 1, NOW_MS + 1, OfflineLimit.STALE),
        (NOW_MS + HOUR_MS, NOW_MS + CLOCK_BACK_MS_MAX + 1, OfflineLimit.CLOCK),
    ],
)
async def test_an_allowance_is_lent_until_a_time(
    counter: Counter, until_ms: int, seen_ms: int, limit: OfflineLimit
) -> None:
    """By the best clock there is: from then on the hub may have taken it back."""
    set_aside(counter.store, 700, until_ms=until_ms)
    async with counter.open(hub=NearHub(replace(CUT, seen_ms=seen_ms))) as till:
        assert why_not(await filled(till, SCARF, claims=(FIXED,)), FIXED) == (Because.OFFLINE, {"most": 0}, limit)


async def test_an_allowance_whose_time_ends_while_somebody_pays_is_not_spent(counter: Counter) -> None:
    """The price that was shown stands for five minutes against the clock, but not against that."""
    set_aside(counter.store, 700, until_ms=NOW_MS + 60_000)
    async with counter.open() as till:
        basket = await filled(till, SCARF, claims=(FIXED,))
        counter.clock.go_on(timedelta(seconds=61))
        refused = await till.client.commit(basket.basket_id, basket.revision)
        assert isinstance(refused, Problem)
        now = await till.client.basket(basket.basket_id)
        assert isinstance(now, Basket)
        assert why_not(now, FIXED)[2] == OfflineLimit.STALE


async def test_an_allowance_is_looked_at_anew_when_a_basket_is_paid(counter: Counter) -> None:
    """The row came down with less, after a sale that this till had told before: the price is another one."""
    set_aside(counter.store, 300)
    async with counter.open() as till:
        basket = await filled(till, SCARF, claims=(FIXED,))
        set_aside(counter.store, 299)
        assert isinstance(await till.client.commit(basket.basket_id, basket.revision), Problem)


async def test_a_return_fills_no_allowance(counter: Counter) -> None:
    """What comes back is the member's, wherever: without the hub it cannot be spent again."""
    set_aside(counter.store, 300)
    async with counter.open() as till:
        bought = await sold(till, SCARF, claims=(FIXED,))
        await till.client.void(bought.basket_id)
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": 0}, OfflineLimit.SET_ASIDE)
        member = counter.store.member(EMILY.member_id)
        assert member is not None
        assert (member.balances["club"], counter.left()) == (900, 0)
