"""Points that are worth too much, cannot be had, or never come about."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.program_check import Code, Habits, Severity
from pos_loyalty.core.programs import (
    EarnOnEvent,
    EarnPerOrder,
    EarnPerUnit,
    FixedOff,
    FreeItem,
    Goods,
    Happening,
    Kind,
    LoadCard,
    Multiplier,
    Needs,
    Pay,
    Program,
    Reward,
    Rule,
    Tier,
    Tiering,
)
from pos_loyalty.core.tiering import TierBy, TierMeasure, TierPeriod
from tests.core.program_check.shops import SOCKS, card, codes, earn, findings, fixed, per_point, percent, promo

YEAR = Habits(spend=1_000_000, orders=10)
PAY = Pay(reward_id="pay", name={})


@pytest.mark.parametrize(
    ("reward", "percent_back"),
    [
        (per_point(100), 100),
        (per_point(30_000, 100), 300),
        (fixed(50_000, cost=500), 100),
        (percent(100, cap=60_000, cost=500), 120),
        (Pay(reward_id="pay", name={}, amount=100), 100),
    ],
)
def test_points_that_buy_more_than_they_cost_are_free_money(reward: Reward, percent_back: int) -> None:
    """One point for 100, and a reward that is worth 100 a point or more."""
    (found,) = findings(card(earn(1, 100), reward))
    assert (found.code, found.severity, found.numbers) == (
        Code.FREE_MONEY,
        Severity.ERROR,
        {"percent": percent_back},
    )


@pytest.mark.parametrize(
    "reward",
    [per_point(99), fixed(49_999, cost=500), percent(10, cap=60_000, cost=500), percent(10, cost=500)],
)
def test_points_that_buy_less_are_not(reward: Reward) -> None:
    """One rial below it, and a percentage, which leaves the rest of a larger basket to pay."""
    assert codes(card(earn(1, 100), reward)) == []


def test_multipliers_and_other_programs_count() -> None:
    """The best happy hour decides, and what all programs earn into one account adds up."""
    happy = earn(1, 100, multipliers=(Multiplier(times=Decimal(2)), Multiplier(times=Decimal("1.5"))))
    assert codes(card(happy, per_point(50))) == [Code.FREE_MONEY]
    assert codes(card(earn(1, 100), per_point(50)), card(earn(1, 100), name="more")) == [Code.FREE_MONEY]
    units = EarnPerUnit(rule_id="units", points=1)
    assert codes(card(units, per_point(50))) == []


CUP = EarnPerUnit(rule_id="cup", points=1, goods=Goods(products=("socks",)))
ORDER = EarnPerOrder(rule_id="order", points=1)


@pytest.mark.parametrize(
    ("rule", "reward", "percent_back"),
    [
        (CUP, fixed(9_000, cost=10), 100),
        (CUP, fixed(8_999, cost=10), None),
        (CUP, FreeItem(reward_id="free", name={}, cost=10, goods=Goods(products=("shirt",))), 222),
        (CUP, FreeItem(reward_id="free", name={}, cost=10, gifts=("suit",)), 1_111),
        (CUP, FreeItem(reward_id="free", name={}, cost=10, goods=Goods(products=("socks",))), None),
        (replace(CUP, units=2, multipliers=(Multiplier(times=Decimal(2)),)), fixed(9_000, cost=10), 100),
        (ORDER, fixed(9_000, cost=10), 100),
        (replace(ORDER, needs=Needs(amount=1_000)), fixed(9_000, cost=10), None),
        (replace(CUP, goods=Goods(products=("bag",))), fixed(9_000, cost=10), None),
        (EarnOnEvent(rule_id="visit", points=1, happening=Happening.VISIT), fixed(9_000, cost=1), None),
    ],
)
def test_stamps_cost_what_the_cheapest_goods_do(rule: Rule, reward: Reward, percent_back: int | None) -> None:
    """Ten socks of 900 cost 9,000: a reward that is worth as much is free money. A visit has no price."""
    found = [f for f in findings(card(rule, reward)) if f.code is not Code.NO_SUCH_GOODS]
    assert [(f.code, f.numbers) for f in found] == (
        [(Code.FREE_MONEY, {"percent": percent_back})] if percent_back else []
    )
    assert codes(card(rule, reward), products=()) == []


def test_stamps_of_two_kinds_of_goods_do_not_add_up() -> None:
    """Who buys the one gets the better of the two rates, and what is spent counts besides."""
    other = replace(CUP, rule_id="other")
    assert codes(card(CUP, other, fixed(8_999, cost=10))) == []
    assert codes(card(CUP, earn(1, 9_000), fixed(8_999, cost=10))) == [Code.FREE_MONEY]


def test_a_reward_nobody_earns_points_for_is_told() -> None:
    """No rule credits the account; money that is paid into a wallet or onto a card needs no rule."""
    assert codes(card(per_point(5)), card(earn(1, 100), name="other", account="else")) == [Code.NOBODY_EARNS]
    wallet = promo("wallet", PAY, kind=Kind.WALLET, account="wallet")
    cards = promo("cards", LoadCard(rule_id="load"), PAY, kind=Kind.GIFT_CARD)
    assert codes(wallet, cards) == []
    back = card(earn(1, 100), name="cashback", account="wallet")
    assert codes(wallet, back, habits=YEAR) == []


@pytest.mark.parametrize(
    ("rule", "most"),
    [
        (earn(1, 100), 10_000),
        (earn(1, 100, multipliers=(Multiplier(times=Decimal(2)),)), 20_000),
        (earn(1, 100, most=10), 100),
        (EarnPerUnit(rule_id="units", points=3, units=2), 15),
        (EarnOnEvent(rule_id="visit", points=3, happening=Happening.VISIT), 30),
    ],
)
def test_a_cost_above_what_a_year_earns_is_out_of_reach(rule: Any, most: int) -> None:  # noqa: ANN401 - any rule
    """The habits of a good customer say what a year earns; the cost of just that can be reached."""
    (found,) = findings(card(rule, fixed(1, cost=most + 1)), habits=YEAR)
    assert (found.code, found.numbers) == (Code.OUT_OF_REACH, {"cost": most + 1, "most": most})
    assert codes(card(rule, fixed(1, cost=most)), habits=YEAR) == []
    assert codes(card(rule, fixed(1, cost=most + 1))) == []


def test_points_that_expire_do_not_add_up() -> None:
    """With a life of three months a quarter of the year is all a member can have; two years add up to two."""
    for months, most in ((3, 2_500), (24, 20_000)):
        program = card(earn(1, 100), fixed(1, cost=most + 1), expiry=ExpiryPolicy(months=months))
        assert [f.numbers.get("most") for f in findings(program, habits=YEAR)] == [most]


def tiers(tiering: Tiering | None, *parts: Any, at: int = 500) -> Program:  # noqa: ANN401 - any rule or reward
    """Return a card with one tier."""
    return card(*parts, kind=Kind.TIER, tiers=(Tier(tier_id="gold", name={}, at=at),), tiering=tiering)


def test_a_tier_nobody_reaches_is_told() -> None:
    """By points that nothing earns, or above what a good customer collects or spends in the period."""
    year = TierPeriod.CALENDAR_YEAR
    assert codes(tiers(Tiering())) == [Code.TIER_OUT_OF_REACH]
    assert codes(tiers(None)) == []
    for tiering, most in (
        (Tiering(period=year), 10_000),
        (Tiering(period=TierPeriod.ROLLING, months=6), 5_000),
        (Tiering(period=year, by=TierBy.SPEND), 1_000_000),
        (Tiering(period=TierPeriod.ROLLING, months=24, by=TierBy.SPEND), 2_000_000),
    ):
        (found,) = findings(tiers(tiering, earn(1, 100), at=most + 1), habits=YEAR)
        assert (found.code, found.numbers) == (Code.TIER_OUT_OF_REACH, {"at": most + 1, "most": most})
        assert codes(tiers(tiering, earn(1, 100), at=most), habits=YEAR) == []
        assert codes(tiers(tiering, earn(1, 100), at=most + 1)) == []
    assert codes(tiers(Tiering(), earn(1, 100), at=10**9), habits=YEAR) == []


def test_a_tier_by_balance_that_spending_takes_away_is_told() -> None:
    """A reward at 100 with a tier at 100 by balance: who redeems never gets there. By collected points all is well."""
    reward = FixedOff(reward_id="r", name={}, amount=1, cost=500)
    balance = Tiering(measure=TierMeasure.BALANCE)
    (found,) = findings(tiers(balance, earn(1, 100), reward))
    assert (found.code, found.programs) == (Code.TIER_SPENT_AWAY, ("club@1", "club/r"))
    assert codes(tiers(balance, earn(1, 100), reward, at=499)) == []
    assert codes(tiers(Tiering(), earn(1, 100), reward)) == []
    assert codes(tiers(balance, earn(1, 100)), card(reward, name="other", account="else")) == [Code.NOBODY_EARNS]


def test_points_so_coarse_that_a_typical_product_earns_none_are_told() -> None:
    """Half of the goods cost less than one point; not where it is rounded up, or no product is known."""
    coarse = earn(1, 100_000)
    (found,) = findings(card(coarse))
    assert (found.code, found.programs, found.numbers) == (
        Code.EARNS_NOTHING,
        ("club/earn",),
        {"amount": 100_000, "price": 20_000},
    )
    assert codes(card(earn(1, 20_000))) == []
    assert codes(card(earn(1, 100_000, rounding=Rounding.UP))) == []
    assert codes(card(coarse), products=()) == []
    assert codes(card(EarnPerUnit(rule_id="units", points=1)), products=(SOCKS,)) == []
