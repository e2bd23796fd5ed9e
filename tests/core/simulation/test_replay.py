"""A draft against what is in force: cost, points, winners and losers, with everything that flows from sale to sale."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.programs import (
    CheapestFree,
    EarnPerUnit,
    FreeItem,
    GiveVoucher,
    Goods,
    Kind,
    Limit,
    LoadCard,
    Multiplier,
    Needs,
    Only,
    Pay,
    Period,
    Scope,
    Spends,
    Status,
    Tier,
    Tiering,
)
from pos_loyalty.core.simulation import Contribution, Simulation, Swing
from pos_loyalty.core.tiering import TierBy, TierMeasure
from tests.core.program_check.shops import card, earn, fixed, percent, promo
from tests.core.simulation.past import START, replayed, sale

TEN, TWENTY = promo("sale", percent(10)), promo("sale", percent(20), version=2)


def test_cost_and_contribution_of_both_sides() -> None:
    """The draft takes the place of the program with its name; the others stay on both sides."""
    club = card(earn(1, 100))
    result = replayed([sale(), sale(1, None)], [TWENTY], [TEN, club])
    assert (result.current.baskets, result.current.gross, result.current.discount, result.current.net) == (
        2,
        2_000,
        200,
        1_800,
    )
    assert (result.draft.discount, result.draft.total) == (400, 1_600)
    assert result.current.issued == {"club": 9}
    assert result.draft.issued == {"club": 8}
    assert result.draft.programs == {
        "sale@2": Contribution(baskets=2, discount=400),
        "club@1": Contribution(baskets=1, issued=8),
    }
    assert result.draft.not_optimal == 0


def test_who_gains_and_who_loses() -> None:
    """By customer, those who are not known by basket; the ten that gain most, and the median of them."""
    draft = promo("sale", percent(50, needs=Needs(amount=2_000)), version=2)
    baskets = [sale(0, f"m{i}", 2_000 + 10 * i) for i in range(12)] + [
        sale(1, "m0", 100),
        sale(1, "x", 500),
        sale(1, None, 500),
    ]
    result = replayed(baskets, [draft], [TEN])
    assert (result.winners.customers, result.winners.baskets, result.losers.baskets) == (12, 12, 3)
    assert [change.customer for change in result.winners.most] == [f"m{i}" for i in range(11, 1, -1)]
    assert (result.winners.median, result.winners.most[0].saved) == (820, 844)
    assert [(change.customer, change.saved) for change in result.losers.most] == [("basket 15", -50), ("x", -50)]
    assert (result.losers.amount, result.losers.median, result.unchanged) == (100, 50, 0)
    assert result.winners.amount == result.current.total - result.draft.total + result.losers.amount


def test_a_customer_whose_baskets_balance_is_unchanged() -> None:
    """One cheaper and one dearer basket of the same amount."""
    swap = [promo("a", fixed(10, only=Only(stores=("s",)))), promo("b", fixed(10, only=Only(stores=("t",))))]
    result = replayed(
        [sale(store_id="s"), sale(1, store_id="t")],
        [swap[1], promo("a", fixed(1), only=Only(stores=("n",)))],
        [swap[0]],
    )
    assert result.unchanged == 1
    assert (result.winners, result.losers) == (Swing(baskets=1), Swing(baskets=1))


def test_a_draft_is_tried_as_if_it_had_been_in_force() -> None:
    """Whatever its status and its dates of validity say; hours and days in ``only`` count."""
    later = msgspec.structs.replace(TWENTY, status=Status.DRAFT, valid_from=START + timedelta(days=99))
    assert replayed([sale()], [later], [TEN]).draft.discount == 200
    assert replayed([sale()], [TWENTY], [msgspec.structs.replace(TEN, status=Status.DRAFT)]).current.discount == 0


def test_a_program_that_the_draft_retires_gives_nothing() -> None:
    """So the shop learns what customers lose with it."""
    result = replayed([sale()], [msgspec.structs.replace(TEN, status=Status.RETIRED)], [TEN])
    assert (result.current.discount, result.draft.discount, result.losers.customers) == (100, 0, 1)


POINTS = card(earn(1, 100), fixed(300, cost=10))


def claiming(*rewards: str) -> dict[str, Any]:
    """Return what a basket claims."""
    return {"claims": list(rewards)}


def test_points_flow_from_sale_to_sale() -> None:
    """What one basket earns the next may spend; opening balances count once."""
    baskets = [sale(0), sale(1, **claiming("club/fixed")), sale(2, **claiming("club/fixed"))]
    result = replayed(baskets, [POINTS])
    assert (result.draft.discount, result.draft.spent, result.draft.issued) == (600, {"club": 20}, {"club": 30})
    opened = {"member_id": "m1", "balances": {"club": 10}}
    result = replayed(
        [sale(0, opened, 100, **claiming("club/fixed")), sale(1, opened, 100, **claiming("club/fixed"))], [POINTS]
    )
    assert result.draft.spent == {"club": 10}


def test_what_could_be_redeemed_and_what_it_would_cost() -> None:
    """Without claims the possibilities are counted; eager customers use all they can."""
    baskets = [sale(day) for day in range(3)]
    modest, eager = replayed(baskets, [POINTS]), replayed(baskets, [POINTS], eager=True)
    assert (modest.draft.redeemable, modest.draft.unclaimed, modest.draft.discount) == (2, 600, 0)
    assert (eager.draft.redeemable, eager.draft.discount, eager.draft.spent) == (0, 600, {"club": 20})


def test_points_wait_and_expire() -> None:
    """Pending points cannot be spent before their day, nor after their last."""
    patient = msgspec.structs.replace(POINTS, pending_days=5, expiry=ExpiryPolicy(months=1))
    for day, spent in ((4, {}), (5, {"club": 10}), (36, {"club": 10}), (37, {})):
        assert replayed([sale(0), sale(day, **claiming("club/fixed"))], [patient]).draft.spent == spent


def test_the_points_that_expire_first_are_spent_first() -> None:
    """Ten that live a month and ten without an end: after a month those without an end are left."""
    short = card(earn(1, 100), name="short", expiry=ExpiryPolicy(months=1), only=Only(stores=("a",)))
    spender = card(earn(1, 100), fixed(300, cost=10), only=Only(stores=("b",)))
    spends = {"store_id": "b", **claiming("club/fixed")}
    baskets = [
        sale(0, store_id="b"),
        sale(1, store_id="a"),
        sale(2, price=100, **spends),
        sale(40, price=100, **spends),
    ]
    assert replayed(baskets, [short, spender]).draft.spent == {"club": 20}


def test_points_of_this_basket_may_pay_where_the_program_says_so() -> None:
    """They come in before they go out."""
    both = msgspec.structs.replace(POINTS, spends=Spends.BOTH)
    result = replayed([sale(0, price=2_000, **claiming("club/fixed")), sale(1, **claiming("club/fixed"))], [both])
    assert (result.draft.spent, result.draft.issued) == ({"club": 20}, {"club": 30})


def test_coupons_and_cards_flow_too() -> None:
    """A coupon is used up by its claim, a card is debited; who is not known keeps neither."""
    coupon = promo("next", GiveVoucher(rule_id="give", needs=Needs(amount=500)), fixed(100), kind=Kind.NEXT_ORDER)
    baskets = [sale(0), sale(1, price=400), sale(2, price=400), sale(3, None)]
    result = replayed(baskets, [coupon], eager=True)
    assert (result.draft.vouchers, result.draft.discount) == (2, 100)
    cards = promo(
        "cards",
        LoadCard(rule_id="load", goods=Goods(tags=("new",))),
        Pay(reward_id="pay", name={}),
        kind=Kind.GIFT_CARD,
    )
    bought = sale(0)
    bought["lines"] = [{"product": "shirt"}]
    result = replayed([bought, sale(1, price=400), sale(2, price=900), sale(3, price=5)], [cards], eager=True)
    assert result.draft.redeemable == 0
    assert result.draft.total == 2_305


def test_limits_and_occasions_are_remembered() -> None:
    """Once a day for a member, twice in all for the shop, one birthday a year."""
    daily = promo("d", fixed(10), limits=(Limit(limit_id="x", most=1, each=Period.DAY),))
    result = replayed([sale(0), sale(0), sale(1), sale(1, "m2")], [daily])
    assert result.draft.discount == 30
    twice = promo("t", fixed(10), limits=(Limit(limit_id="x", most=2, per=Scope.TOTAL),))
    assert replayed([sale(0, f"m{i}") for i in range(5)], [twice]).draft.discount == 20
    born = {"member_id": "m1", "occasions": [{"kind": "birthday", "month": 3, "day": 21}], "purchase_count": 3}
    birthday = promo(
        "b", fixed(10), kind=Kind.OCCASION, only=Only(occasion=OccasionWindow(kind="birthday", days_after=9))
    )
    assert replayed([sale(0, born), sale(1, born), sale(365, born)], [birthday]).draft.discount == 20
    first = promo("f", fixed(10), only=Only(first_purchase=True))
    assert replayed([sale(0), sale(1), sale(2, born)], [first]).draft.discount == 10


TIERS = (Tier(tier_id="silver", name={}, at=0), Tier(tier_id="gold", name={}, at=1_500))


@pytest.mark.parametrize(
    ("tiering", "account", "discount"),
    [
        (Tiering(by=TierBy.SPEND), "", 100),
        (Tiering(), "club", 100),
        (Tiering(measure=TierMeasure.BALANCE), "club", 100),
        (Tiering(), "else", 0),
    ],
)
def test_members_are_raised_on_the_way(tiering: Tiering, account: str, discount: int) -> None:
    """By what they spend, collect or have; the third basket is the first that a gold member buys."""
    levels = promo(
        "levels", percent(10, only=Only(tiers=("gold",))), kind=Kind.TIER, account=account, tiers=TIERS, tiering=tiering
    )
    club = card(EarnPerUnit(rule_id="units", points=750, multipliers=(Multiplier(times=Decimal(1)),)))
    result = replayed([sale(0), sale(1), sale(2)], [levels, club])
    assert result.draft.discount == discount


def test_a_tier_that_is_known_counts() -> None:
    """Segments and the tier of the first basket are those of the past."""
    gold = promo("g", percent(10), only=Only(tiers=("gold",), segments=("regular",)))
    known = {"member_id": "m1", "tier": "gold", "segments": ["regular"]}
    assert replayed([sale(0, known), sale(1)], [gold]).draft.discount == 100
    levels = promo("levels", percent(1), kind=Kind.TIER, tiers=TIERS)
    assert replayed([sale(0, known)], [gold, levels]).draft.discount == 100


def test_gifts_to_choose_are_taken_by_eager_customers() -> None:
    """The first of the set; it costs what it costs on the shelf."""
    gift = promo(
        "g", FreeItem(reward_id="r", name={}, gifts=("shirt", "bag"), needs=Needs(amount=500)), codes=("TAKE",)
    )
    for eager, gross in ((True, 2_000), (False, 1_000)):
        result = replayed([sale(codes=["take"])], [gift], eager=eager)
        assert (result.draft.gross, result.draft.total) == (gross, 1_000)


def test_baskets_with_too_many_choices_are_counted() -> None:
    """Twelve offers on the same units are more combinations than are weighed."""
    offers = [
        promo(f"o{i:02}", CheapestFree(reward_id="r", name={}, of=2 + i % 3, goods=Goods(categories=("all",))))
        for i in range(12)
    ]
    basket = sale()
    basket["lines"] = [{"product": "shirt", "quantity": 9, "unit_price": 100 + i} for i in range(4)]
    assert replayed([basket], offers).draft.not_optimal == 1


def test_the_same_past_has_the_same_answer() -> None:
    """To the byte."""
    baskets = [sale(i, f"m{i % 3}", 1_000 + i) for i in range(9)]
    answers = {msgspec.json.encode(replayed(baskets, [TWENTY, POINTS], [TEN], eager=True)) for _ in range(3)}
    assert len(answers) == 1
    assert msgspec.json.decode(answers.pop(), type=Simulation).current.baskets == len(baskets)
