"""What a purchase earns: rules, multipliers, ceilings, and the sums they look at."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.money import AMOUNT_MAX, Rounding
from pos_loyalty.core.programs import Deduct, Earning, EarningRule, Kind, Multiplier, Needs, Only, Target
from pos_loyalty.core.windows import Hours, When
from tests.core.pricing.shop import (
    basket,
    cheapest,
    earned,
    fixed,
    line,
    member,
    only,
    per_money,
    per_order,
    per_unit,
    percent,
    price,
    program,
    promotion,
)
from tests.support.builders import NOW

COFFEE = only("coffee")


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        (per_unit(2, goods=COFFEE), 6),
        (per_unit(5, 2, goods=COFFEE), 5),
        (per_unit(1, 4, goods=COFFEE), 0),
        (per_order(7, goods=COFFEE), 7),
        (per_order(7, goods=only("tea")), 0),
        (per_order(7, needs=Needs(quantity=4)), 7),
        (per_order(7, needs=Needs(quantity=5)), 0),
        (per_money(1, 100, goods=COFFEE), 9),
        (per_money(1, 100), 19),
        (per_money(1, 100, most=15), 15),
    ],
)
def test_a_rule_gives_per_unit_per_order_or_per_money(rule: EarningRule, points: int) -> None:
    """Three coffees at 3.00 and one cake at 10.00; units count whole, and only those that are there."""
    sale = price(basket(line(300, 3, "coffee"), line(1_000, product="cake")), program(rule), by=member())
    assert sum(earned(sale).values()) == points
    assert len(sale.unearned) == (0 if points else 1)


def test_a_free_unit_earns_no_stamp_and_no_points() -> None:
    """Of three coffees one is free, by the card's own reward: two stamps, and points on two of them."""
    stamps = program(per_unit(1), cheapest(3), name="stamps", kind=Kind.STAMP_CARD, account="stamps")
    money = program(per_money(1, 1), cheapest(3), name="money")
    sale = price(basket(line(300, 3)), stamps, by=member())
    assert earned(sale) == {"stamps@1/per-unit": 2}
    assert earned(price(basket(line(300, 3)), money, by=member())) == {"money@1/per-money": 600}


def test_the_highest_multiplier_that_holds_counts() -> None:
    """Double in the morning, triple for gold: gold gets triple, others double, and a half stays a half."""
    morning = Multiplier(times=Decimal(2), only=Only(when=When(hours=Hours(start="09:00", end="12:00"))))
    gold = Multiplier(times=Decimal(3), only=Only(tiers=("gold",)))
    club = program(per_money(1, 100, multipliers=(morning, gold)))
    for tier, later, points in (("gold", 0, 30), ("", 0, 20), ("", 5, 10)):
        now = NOW + timedelta(hours=later)
        assert sum(earned(price(basket(1_000), club, by=member(tier=tier), now=now)).values()) == points
    half = program(per_money(1, 100, multipliers=(Multiplier(times=Decimal("0.5")),), rounding=Rounding.HALF_UP))
    sale = price(basket(1_100), half, by=member())
    assert sum(earned(sale).values()) == 6
    assert sale.moves[0].reason is not None
    assert sale.moves[0].reason.numbers == {"per": 100, "base": 1_100, "points": 1, "times": 50}


def test_rules_add_up_or_the_best_wins() -> None:
    """A point per 1.00 and 15 for the order: 25 together, or 15 where the best rule wins, and the other says so."""
    rules = (per_money(1, 100), per_order(15))
    assert sum(earned(price(basket(1_000), program(*rules), by=member())).values()) == 25
    best = price(basket(1_000), program(*rules, earning=Earning.BEST), by=member())
    assert earned(best) == {"club@1/per-order": 15}
    assert [(why.source, why.reason.code, why.reason.names) for why in best.unearned] == [
        ("club@1/per-money", Because.BEATEN, {"by": "per-order"})
    ]
    alone = price(basket(1_000), program(per_order(15), earning=Earning.BEST), by=member())
    assert sum(earned(alone).values()) == 15


def test_pending_points_are_in_no_balance_yet() -> None:
    """Until the return period ends in 14 days they are announced and not spent; no day is later than the last."""
    club = program(per_money(1, 100), pending_days=14)
    sale = price(basket(1_000), club, by=member(5))
    assert (sale.moves[0].pending_until, sale.balances_after) == (date(2026, 4, 4), {"points": 5})
    assert sale.balances_before == {"points": 5}
    last = NOW.replace(year=9999, month=12, day=25)
    assert price(basket(1_000), club, by=member(), now=last).moves[0].pending_until == date.max


def test_a_customer_who_is_not_known_earns_nothing_and_is_told() -> None:
    """A promotion for everybody that also earns says that points are for members."""
    sale = price(basket(1_000), promotion(percent(10), per_money(1, 100), account="points"))
    assert (sale.discount, sale.moves) == (100, ())
    assert [why.reason.code for why in sale.unearned] == [Because.NO_MEMBER]


def test_an_own_discount_lowers_the_points_where_the_rule_says_so() -> None:
    """10.00 off by the club itself: 90 points where own discounts are deducted."""
    club = program(per_money(1, 100, own_discount=Deduct.DEDUCTED), fixed(1_000))
    assert sum(earned(price(basket(10_000), club, by=member())).values()) == 90


def test_an_order_wide_discount_that_is_ignored_is_ignored_once() -> None:
    """A discount of the program itself, and on the order: it is passed over, and not counted twice."""
    club = program(per_money(1, 100, order_discounts=Deduct.IGNORED), fixed(1_000))
    goods = promotion(fixed(500, on=Target.PRODUCTS))
    assert sum(earned(price(basket(10_000), club, goods, by=member())).values()) == 95


def test_points_never_overflow() -> None:
    """The largest basket at the highest rate earns as many points as an account may hold, and no more."""
    sale = price(basket(AMOUNT_MAX), program(per_money(10**15, 1)), by=member())
    assert sum(earned(sale).values()) == POINTS_MAX


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_earning_is_exact(amount: int, points: int, per: int) -> None:
    """Rounded down, and never a point off, whatever the sum."""
    sale = price(basket(amount), program(per_money(points, per)), by=member())
    given_ = sum(earned(sale).values())
    assert given_ * per <= amount * points < (given_ + 1) * per


def test_a_base_that_is_all_given_away_earns_nothing() -> None:
    """With everything off there is nothing to earn on, and the rule says so."""
    sale = price(basket(1_000), program(per_money(1, 1)), promotion(percent(100)), by=member())
    assert (sale.moves, [why.reason.code for why in sale.unearned]) == ((), [Because.NO_EFFECT])
