"""Redeeming with a hub and without it: what is promised is kept there, or is within what the shop's policy allows."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.events import body_of
from pos_loyalty.core.members import HeldPoints
from pos_loyalty.core.offline import OfflineLimit, OfflinePolicy, OfflineRedeem, worst_case
from pos_loyalty.ports import Hold, LineState, LineView, ReplicaContents, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.redeemed import worth_of
from pos_loyalty.store.memory import MemoryStore
from pos_loyalty.store.sqlite import SqliteStore
from tests.service.shop_of_rewards import filled, granted, price_of, receipt_of, refused, sold
from tests.store.feed import applied
from tests.support.generous_shop import (
    GIFT_CARD,
    GIFT_CARD_CODE,
    PER_POINT,
    PURSE,
    SHOP_WITH_ALL,
    VOUCHER,
    VOUCHER_CODE,
    generous,
)
from tests.support.near_hub import NOW_MS, UP, NearHub
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import (
    AHMAD_CODE,
    EMILY,
    EMILY_CODE,
    FIXED,
    REZA,
    REZA_CODE,
    SCARF,
    SUIT,
    TEN_PERCENT,
    ManualClock,
    contents,
)

POLICY = OfflinePolicy(floor=600_000, cap=1_000_000, exposure=20_000_000)
CUT = replace(UP, state=LineState.OFFLINE)


@pytest.fixture
def hub() -> NearHub:
    """A hub whose line is up."""
    return NearHub()


@pytest.fixture
async def till(store: Store, tmp_path: Path, hub: NearHub, clock: ManualClock) -> AsyncIterator[RunningTill]:
    """A till of that hub, in a shop that trusts a little."""
    async with running(store, tmp_path / "till.sock", clock=clock, hub=hub, offline=POLICY) as it:
        yield it


@pytest.fixture
async def generous_till(tmp_path: Path, hub: NearHub, clock: ManualClock) -> AsyncIterator[RunningTill]:
    """The same in a shop with a program of nearly every kind."""
    store = MemoryStore(ids=RandomIds())
    store.load(generous())
    async with running(store, tmp_path / "till.sock", clock=clock, shop=SHOP_WITH_ALL, hub=hub, offline=POLICY) as it:
        yield it
    store.close()


def with_emily(**changes: object) -> ReplicaContents:
    """Return what the hub sends when Emily's document is another one."""
    came = contents()
    members = (member for member in came.members if member.member_id != EMILY.member_id)
    return replace(came, members=(*members, replace(EMILY, **changes)))


def why_not(basket: Basket, reward: str) -> tuple[Because, dict[str, int], str]:
    """Return why a reward is withheld, the numbers, and which limit it was."""
    (reason,) = (each.reason for each in price_of(basket).withheld if each.reward == reward)
    return reason.code, reason.numbers, reason.names.get("limit", "")


def last_sale(store: Store) -> BasketCommitted:
    """Return the newest sale in the journal."""
    bodies = [body_of(event) for event in store.events()]
    return [body for body in bodies if isinstance(body, BasketCommitted)][-1]


async def cut(till: RunningTill, hub: NearHub) -> None:
    """Take the line away, and wait until the till knows."""
    hub.cut()
    await till.view_when(lambda view: view.line.state is LineState.OFFLINE)


# With the hub.


async def test_points_are_kept_by_the_hub_before_they_are_promised(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The id of the hold is in the journal when the hub hears of it, and in the sale that ends it."""
    on_disk: list[tuple[str, ...]] = []
    hub.before_answer = lambda _: on_disk.append(tuple(one.hold_id for one in store.live_baskets()[0].holds))
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    (hold,) = hub.holds.values()
    assert on_disk == [(hold.hold_id,)]
    assert hold == Hold(hold_id=hold.hold_id, member_id=EMILY.member_id, unit="club", points=500)
    assert [(one.hold_id, one.granted) for one in basket.holds] == [(hold.hold_id, True)]
    assert price_of(basket).discount == 90_000
    await till.client.commit(basket.basket_id)
    assert last_sale(store).holds == (hold.hold_id,)
    assert list(hub.holds) == [hold.hold_id], "the sale ends it, and nobody else"


async def test_what_spends_nothing_asks_nobody(till: RunningTill, hub: NearHub) -> None:
    """A sale without a redemption is as fast as without a hub."""
    hub.before_answer = lambda hold: pytest.fail(f"asked for {hold}")
    await till.client.scan(EMILY_CODE)
    assert (await sold(till, SCARF)).holds == ()


async def test_a_wish_that_is_taken_off_gives_its_points_back(till: RunningTill, hub: NearHub) -> None:
    """And where another wish needs more, what is lacking is kept beside it."""
    await till.client.scan(REZA_CODE)
    basket = await filled(till, SCARF, claims=(FIXED,))
    assert [hold.points for hold in hub.holds.values()] == [300]
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    assert [hold.points for hold in hub.holds.values()] == [300, 200]
    basket = await filled(till, SCARF)
    assert basket.holds == ()
    await till.till.stop()
    assert hub.holds == {}


@pytest.mark.parametrize("how", ["void", "dismiss"])
async def test_a_basket_that_is_given_up_gives_everything_back(till: RunningTill, hub: NearHub, how: str) -> None:
    """The points are free for the next till at once."""
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    if how == "void":
        assert granted(await till.client.void(basket.basket_id)).status is BasketStatus.VOIDED
    else:
        await filled(till)
        await till.client.dismiss()
    await till.till.stop()
    assert hub.holds == {}


async def test_points_that_are_gone_at_the_hub_are_not_promised(till: RunningTill, hub: NearHub) -> None:
    """Another store has spent them: the reward is withheld with what is left, and the sale goes on without it."""
    hub.points[EMILY.member_id, "club"] = 120
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    assert why_not(basket, TEN_PERCENT)[:2] == (Because.HELD, {"points": 120})
    assert [each.claimed for each in price_of(basket).withheld if each.reward == TEN_PERCENT] == [True]
    assert basket.claims == (TEN_PERCENT,), "the wish stays: it may be granted later"
    assert basket.holds == ()
    hub.points[EMILY.member_id, "club"] = 500
    assert price_of(granted(await till.client.price(basket.basket_id))).discount == 90_000


async def test_a_reward_in_steps_takes_what_the_hub_has_left(generous_till: RunningTill, hub: NearHub) -> None:
    """Less than was asked for, kept by the hub in its turn, and the basket says why."""
    hub.points[REZA.member_id, "club"] = 205
    await generous_till.client.scan(REZA_CODE)
    basket = await filled(generous_till, SUIT, claims=(Claim(reward=PER_POINT, points=1_000),))
    assert [(each.reward, each.cost) for each in price_of(basket).applied if each.cost] == [(PER_POINT, 200)]
    assert basket.reduced[PER_POINT].code is Because.HELD
    assert [hold.points for hold in hub.holds.values()] == [200]


async def test_a_voucher_that_another_basket_has_is_not_given_twice(generous_till: RunningTill, hub: NearHub) -> None:
    """A voucher is held like points: by its code."""
    basket = await filled(generous_till, SUIT, codes=(VOUCHER_CODE,))
    assert [hold.voucher for hold in hub.holds.values()] == [basket.holds[0].voucher]
    assert price_of(basket).discount == 500_000
    await generous_till.client.void(basket.basket_id)
    hub.taken.add(basket.holds[0].voucher)
    again = await filled(generous_till, SUIT, codes=(VOUCHER_CODE,))
    assert price_of(again).discount == 0
    assert why_not(again, VOUCHER)[0] is Because.HELD


async def test_a_hold_that_may_be_over_is_asked_for_anew_at_the_till(
    till: RunningTill, hub: NearHub, clock: ManualClock, store: Store
) -> None:
    """A basket that was open for ten minutes is not sold on a hold that the hub has let go of."""
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    (old,) = hub.holds
    clock.go_on(timedelta(minutes=9, seconds=1))
    await till.client.commit(basket.basket_id)
    (new,) = hub.holds
    assert new != old
    assert last_sale(store).holds == (new,)


async def test_points_that_went_while_the_basket_was_open_are_told_before_it_is_paid(
    till: RunningTill, hub: NearHub, clock: ManualClock
) -> None:
    """The commit checks again: the cashier sees the new price first."""
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    clock.go_on(timedelta(minutes=9, seconds=1))
    hub.points[EMILY.member_id, "club"] = 0
    refusal = refused(await till.client.commit(basket.basket_id), "stale-basket")
    assert refusal.basket
    assert price_of(refusal.basket).discount == 0
    assert receipt_of(granted(await till.client.commit(basket.basket_id))).discount == 0


async def test_after_a_restart_the_hold_is_asked_for_again(
    store: Store, tmp_path: Path, hub: NearHub, clock: ManualClock
) -> None:
    """The basket on disk knows its hold; whether it is still there, only the hub knows."""
    async with running(store, tmp_path / "till.sock", clock=clock, hub=hub, offline=POLICY) as till:
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    assert len(hub.holds) == 1
    async with running(store, tmp_path / "till.sock", clock=clock, hub=hub, offline=POLICY) as till:
        receipt = receipt_of(granted(await till.client.commit(basket.basket_id)))
    assert receipt.discount == 90_000
    assert list(last_sale(store).holds) == list(hub.holds)


async def test_a_customer_who_comes_to_a_basket_with_wishes_has_them_kept(till: RunningTill, hub: NearHub) -> None:
    """The card comes last: what the basket wished for before is held as soon as it is known whose it is."""
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    assert hub.holds == {}
    await till.client.scan(EMILY_CODE)
    view = await till.view_when(lambda view: view.basket is not None and bool(view.basket.holds))
    assert [hold.points for hold in hub.holds.values()] == [500]
    assert view.basket
    assert view.basket.basket_id == basket.basket_id


async def test_points_that_are_held_for_others_are_not_offered(till: RunningTill, hub: NearHub, store: Store) -> None:
    """The row says so, and nobody is asked; when it is over the offer comes by itself."""
    store.load(with_emily(held={"h": HeldPoints(account="club", points=300)}))
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF)
    assert why_not(basket, FIXED)[:2] == (Because.HELD, {"points": 200})
    store.load(contents())
    hub.tell()
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision > basket.revision)
    assert FIXED in {each.reward for each in price_of(view.basket).claimable}
    assert hub.holds == {}


async def test_a_wish_that_is_taken_off_and_made_again_is_not_refused_for_its_own_hold(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The row may say for a second longer that the points are held: they are this till's own."""
    await till.client.scan(EMILY_CODE)
    await filled(till, SCARF, claims=(TEN_PERCENT,))
    (hold_id,) = hub.holds
    store.load(with_emily(held={hold_id: HeldPoints(account="club", points=500)}))
    await filled(till, SCARF)
    assert price_of(await filled(till, SCARF, claims=(TEN_PERCENT,))).discount == 90_000


# Without it.


async def test_a_hub_that_does_not_answer_leaves_it_to_the_policy(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The line seems to be up, and no answer comes: within the limits it is given, and the sale names the hold."""
    hub.mute = True
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(TEN_PERCENT,))
    assert why_not(basket, TEN_PERCENT) == (Because.OFFLINE, {"most": 45_000}, OfflineLimit.HALF)
    await till.client.scan(REZA_CODE)
    assert (await sold(till, SCARF)).holds == ()


@pytest.mark.parametrize(
    ("policy", "line", "limit", "most"),
    [
        (replace(POLICY, redeem=OfflineRedeem.DENY), CUT, OfflineLimit.DENIED, 0),
        (OfflinePolicy(), CUT, OfflineLimit.DENIED, 0),
        (replace(POLICY, redeem=OfflineRedeem.ALLOWANCE), CUT, OfflineLimit.SET_ASIDE, 0),
        (POLICY, replace(CUT, fresh_ms=None), OfflineLimit.STALE, 0),
        (POLICY, replace(CUT, fresh_ms=NOW_MS - 86_400_001), OfflineLimit.STALE, 0),
        (POLICY, replace(CUT, seen_ms=NOW_MS + 600_001), OfflineLimit.CLOCK, 0),
        (replace(POLICY, in_a_row=0), CUT, OfflineLimit.IN_A_ROW, 0),
        (replace(POLICY, floor=400_000), CUT, OfflineLimit.FLOOR, 400_000),
        (replace(POLICY, cap=300_000), CUT, OfflineLimit.CAP, 300_000),
        (replace(POLICY, exposure=200_000), CUT, OfflineLimit.EXPOSURE, 200_000),
        (POLICY, replace(CUT, state=LineState.HALTED), OfflineLimit.HALF, 416_666),
    ],
)
async def test_every_limit_withholds_with_its_own_reason(
    store: Store, tmp_path: Path, clock: ManualClock, policy: OfflinePolicy, line: LineView, limit: str, most: int
) -> None:
    """What 300 of 500 points buy is not offered, and the reason names the limit and what it leaves."""
    async with running(store, tmp_path / "till.sock", clock=clock, hub=NearHub(line), offline=policy) as till:
        await till.client.scan(EMILY_CODE)
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert price_of(basket).discount == 0
        assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": most}, limit)
        assert FIXED not in {each.reward for each in price_of(basket).claimable}
        assert price_of(basket).moves, "points are earned all the same"


async def test_a_member_with_an_overdraft_gets_nothing_without_the_hub(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    """Who has overdrawn once waits until it is paid."""
    store.load(with_emily(overdrawn=("club",), balances={"club": 5_000}))
    async with running(store, tmp_path / "till.sock", clock=clock, hub=NearHub(CUT), offline=POLICY) as till:
        await till.client.scan(EMILY_CODE)
        assert why_not(await filled(till, SCARF, claims=(FIXED,)), FIXED)[2] == OfflineLimit.OVERDRAWN


async def test_the_policy_allow_gives_what_the_row_says(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    """All of it, for a shop that would rather lose points than customers; but not what is held for others."""
    held = {"h": HeldPoints(account="club", points=300)}
    allow = OfflinePolicy(redeem=OfflineRedeem.ALLOW)
    async with running(store, tmp_path / "till.sock", clock=clock, hub=NearHub(CUT), offline=allow) as till:
        await till.client.scan(EMILY_CODE)
        assert price_of(await filled(till, SCARF, claims=(FIXED,))).discount == 500_000
        store.load(with_emily(held=held))
        basket = await filled(till, SCARF, claims=(FIXED,))
        assert why_not(basket, FIXED)[2] == OfflineLimit.AVAILABLE


async def test_what_was_redeemed_here_counts_until_the_hub_has_it(
    till: RunningTill, hub: NearHub, store: Store
) -> None:
    """The cap holds over several sales, and a void gives it back."""
    store.load(with_emily(balances={"club": 9_000}))
    await cut(till, hub)
    sales = []
    for _ in range(2):
        await till.client.scan(EMILY_CODE)
        sales.append(await sold(till, SCARF, claims=(FIXED,)))
    assert [receipt_of(sale).discount for sale in sales] == [500_000, 500_000]
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SCARF, claims=(FIXED,))
    assert why_not(basket, FIXED) == (Because.OFFLINE, {"most": 0}, OfflineLimit.CAP)
    await till.client.void(basket.basket_id)
    await till.client.void(sales[-1].basket_id)
    await till.client.scan(EMILY_CODE)
    assert price_of(await filled(till, SCARF, claims=(FIXED,))).discount == 500_000


async def test_two_rewards_of_one_basket_are_one_redemption(generous_till: RunningTill, hub: NearHub) -> None:
    """A floor that could be split over the rewards of a basket would be none."""
    await cut(generous_till, hub)
    await generous_till.client.scan(REZA_CODE)
    basket = await filled(generous_till, SUIT, claims=(Claim(reward=PER_POINT, points=100), PURSE))
    assert price_of(basket).discount == 500_000
    assert [payment.amount for payment in price_of(basket).payments] == [100_000]


async def test_wallets_and_cards_pay_as_much_as_is_allowed(generous_till: RunningTill, hub: NearHub) -> None:
    """What can be divided is reduced, not refused, and the basket says why."""
    await cut(generous_till, hub)
    await generous_till.client.scan(REZA_CODE)
    basket = await filled(generous_till, SUIT, claims=(PURSE,))
    assert [payment.amount for payment in price_of(basket).payments] == [600_000]
    assert basket.reduced[PURSE].names == {"limit": OfflineLimit.FLOOR}
    basket = await filled(generous_till, SUIT, codes=(GIFT_CARD_CODE,), claims=(GIFT_CARD,))
    assert [payment.amount for payment in price_of(basket).payments] == [600_000]
    both = await filled(generous_till, SUIT, codes=(GIFT_CARD_CODE,), claims=(GIFT_CARD, PURSE))
    assert sum(payment.amount for payment in price_of(both).payments) == 600_000


async def test_a_voucher_is_given_whole_or_not_at_all(generous_till: RunningTill, hub: NearHub) -> None:
    """Within the floor it is good without the hub; half of it counts for nothing."""
    await cut(generous_till, hub)
    assert price_of(await filled(generous_till, SUIT, codes=(VOUCHER_CODE,))).discount == 500_000


async def test_what_is_offered_without_the_hub_is_given_when_it_is_claimed(
    generous_till: RunningTill, hub: NearHub
) -> None:
    """Every offer, one by one, with the value and the cost it was offered at."""
    await cut(generous_till, hub)
    await generous_till.client.scan(REZA_CODE)
    offers = price_of(await filled(generous_till, SUIT)).claimable
    assert {PER_POINT, PURSE} <= {offer.reward for offer in offers}
    for offer in (offer for offer in offers if offer.cost):
        priced = price_of(await filled(generous_till, SUIT, claims=(offer.reward,)))
        given = {each.reward: each.value for each in priced.applied if each.claimed}
        given |= {each.reward: each.amount for each in priced.payments}
        assert offer.value <= given[offer.reward] <= POLICY.floor


async def test_offers_come_and_go_with_the_line(till: RunningTill, hub: NearHub, store: Store) -> None:
    """The basket on the counter is priced anew when the line is cut, and when it is back."""
    store.load(with_emily(balances={"club": 600}))
    await till.client.scan(EMILY_CODE)
    basket = await filled(till, SUIT)
    assert TEN_PERCENT in {each.reward for each in price_of(basket).claimable}
    hub.cut()
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision > basket.revision)
    assert view.basket
    assert TEN_PERCENT not in {each.reward for each in price_of(view.basket).claimable}
    hub.change(state=LineState.ONLINE)
    revision = view.basket.revision
    view = await till.view_when(lambda view: view.basket is not None and view.basket.revision > revision)
    assert view.basket
    assert TEN_PERCENT in {each.reward for each in price_of(view.basket).claimable}


async def test_a_redemption_counts_until_its_row_is_here_though_news_of_the_line_come_late(
    tmp_path: Path, clock: ManualClock
) -> None:
    """What came down before the hub took the sale has no row of it, also if the till has not heard of that time yet."""
    hub = NearHub(CUT)
    with closing(SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())) as store:
        store.load(contents())
        policy = replace(POLICY, in_a_row=1)
        async with running(store, tmp_path / "till.sock", clock=clock, hub=hub, offline=policy) as till:
            await till.client.scan(REZA_CODE)
            await sold(till, SCARF, claims=(FIXED,))
            waiting = store.outbox.waiting(100, 1_000_000)
            store.outbox.record(tuple(applied(event, event.seq) for event in waiting), NOW_MS + 60)
            hub._line = replace(CUT, seen_ms=NOW_MS + 60)
            await till.client.scan(REZA_CODE)
            for came_ms in (NOW_MS + 30, NOW_MS + 45):
                basket = await filled(till, SCARF, claims=(FIXED,))
                assert why_not(basket, FIXED)[2] == OfflineLimit.IN_A_ROW
                hub.change(fresh_ms=came_ms)
            hub.change(fresh_ms=NOW_MS + 61)
            assert price_of(await filled(till, SCARF, claims=(FIXED,))).discount > 0


async def test_a_till_without_a_hub_gives_what_is_there(running_till: RunningTill) -> None:
    """Nobody else can have spent it."""
    await running_till.client.scan(REZA_CODE)
    basket = await filled(running_till, SUIT, claims=(TEN_PERCENT,))
    assert price_of(basket).discount == 4_800_000
    assert basket.holds == ()


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_that_cashiers_do_offline_costs_more_than_the_formula(
    tmp_path: Path, clock: ManualClock, seed: int
) -> None:
    """Any wishes in any order, with voids and a restart between them: cap and exposure hold, or they promise nothing.

    What the row says is gone already, in another store: every redemption is a loss.
    """
    chance = Random(seed)  # noqa: S311 - the same every time
    policy = replace(POLICY, exposure=1_800_000, in_a_row=9)
    store, lost = MemoryStore(ids=RandomIds()), dict.fromkeys((REZA_CODE, EMILY_CODE, AHMAD_CODE), 0)
    store.load(generous())
    for day in range(2):
        socket = tmp_path / f"{day}.sock"
        async with running(store, socket, clock=clock, shop=SHOP_WITH_ALL, hub=NearHub(CUT), offline=policy) as till:
            for _ in range(8):
                card = chance.choice([*lost])
                await till.client.scan(card)
                spend = Claim(reward=PER_POINT, points=chance.randint(1, 80) * 10)
                claims = (spend, PURSE) if chance.random() < 0.5 else (PURSE, spend)
                basket = await sold(till, chance.choice([SUIT, SCARF]), claims=claims)
                worth = worth_of(last_sale(store))
                if chance.random() < 0.2:
                    granted(await till.client.void(basket.basket_id))
                else:
                    lost[card] += worth
    assert 0 < sum(lost.values()) <= worst_case(policy, stores=1, members=3, available=10**9)
    assert max(lost.values()) <= policy.cap
    store.close()
