"""What nobody can have: never in force, on goods that are not sold, for tiers that do not exist."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from pos_loyalty.core.money import Rounding
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.program_check import Code, Severity
from pos_loyalty.core.program_check.times import meeting
from pos_loyalty.core.programs import FreeItem, Goods, Multiplier, Needs, Only, Tier
from pos_loyalty.core.windows import Hours, Weekday, When, Window
from tests.core.program_check.shops import (
    GOODS,
    NOW,
    SHIRT,
    SUIT,
    card,
    codes,
    earn,
    findings,
    fixed,
    percent,
    product,
    promo,
)

FRIDAY, SUNDAY = (When(weekdays=(day,)) for day in (Weekday.FRI, Weekday.SUN))
LAST_YEAR = When(until_date=date(2025, 12, 31))


def each(rule: str) -> When:
    """Return a minute from each start that ``rule`` names."""
    return When(windows=(Window(rule=rule, starts=datetime(2026, 1, 1), minutes=1),))  # noqa: DTZ001 - local by RFC 5545


def test_a_program_whose_time_has_passed_is_told() -> None:
    """By its end or by its last day; one that begins within a year is not, one that begins later never holds."""
    assert codes(promo("a", percent(10), valid_until=NOW)) == [Code.OVER]
    assert codes(promo("a", percent(10), only=Only(when=LAST_YEAR))) == [Code.OVER]
    assert codes(promo("a", percent(10), valid_from=NOW + timedelta(days=800))) == []
    assert codes(promo("a", percent(10), only=Only(when=When(from_date=date(2028, 1, 1))))) == [Code.NEVER_HOLDS]


def test_conditions_that_never_hold_are_told() -> None:
    """30 February by rule, and a validity that ends before the first Friday."""
    never = each("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert codes(promo("a", percent(10), only=Only(when=never))) == [Code.NEVER_HOLDS]
    assert codes(promo("a", percent(10), only=Only(when=FRIDAY), valid_until=NOW + timedelta(days=2))) == [
        Code.NEVER_HOLDS
    ]


@pytest.mark.parametrize(
    ("program", "part"),
    [
        (Only(when=FRIDAY), Only(when=SUNDAY)),
        (Only(stores=("a", "b")), Only(stores=("c",))),
        (Only(channels=("a",)), Only(channels=("c",))),
        (Only(tiers=("gold",)), Only(tiers=("silver",))),
        (Only(), Only(when=LAST_YEAR)),
    ],
)
def test_a_reward_or_rule_that_contradicts_its_program_is_told(program: Only, part: Only) -> None:
    """Both must hold, and cannot; with the program's own condition it can."""
    levels = card(name="levels", tiers=(Tier(tier_id="silver", name={}, at=0), Tier(tier_id="gold", name={}, at=1)))
    assert codes(promo("a", percent(10, only=part), only=program), levels) == [Code.NEVER_HOLDS]
    assert codes(card(earn(1, 100, only=part), only=program), levels) == [Code.NEVER_HOLDS]
    assert codes(promo("a", percent(10, only=program), only=program), levels) == []


def test_conditions_meet_if_they_ever_do() -> None:
    """Fridays from 17:00 in the last hour of a sale; those that take more than a hundred turns are given up."""
    evening = When(hours=Hours(start="17:00", end="20:00"))
    assert meeting([FRIDAY, evening], NOW) == datetime(2026, 3, 27, 17, tzinfo=NOW.tzinfo)
    assert meeting([], NOW) == NOW
    for rules in (
        ("FREQ=DAILY;BYHOUR=1", "FREQ=DAILY;BYHOUR=2"),
        ("FREQ=YEARLY;BYYEARDAY=1", "FREQ=YEARLY;BYYEARDAY=2"),
    ):
        assert meeting([each(rule) for rule in rules], NOW) is None


def test_a_tier_that_no_program_defines_is_told() -> None:
    """In a program, a reward, a rule or a multiplier, with the nearest name."""
    levels = card(name="levels", tiers=(Tier(tier_id="gold", name={}, at=0),))
    wrong = Only(tiers=("gould",))
    for program in (
        promo("a", percent(10), only=wrong),
        promo("a", percent(10, only=wrong)),
        card(earn(1, 100, only=wrong)),
        card(earn(1, 100, multipliers=(Multiplier(times=Decimal(2), only=wrong),))),
    ):
        (found,) = findings(program, levels)
        assert found.code is Code.NO_SUCH_TIER
        assert found.message.endswith('did you mean "gold"?')
    assert codes(promo("a", percent(10), only=Only(tiers=("gold",))), levels) == []


def test_a_window_too_short_for_a_hijri_date_is_noted() -> None:
    """Eleven days after are enough."""
    for days, told in ((10, [Code.HIJRI_WINDOW]), (11, [])):
        only = Only(occasion=OccasionWindow(kind="birthday", days_after=days))
        found = findings(promo("a", percent(10), only=only))
        assert [f.code for f in found] == told
        assert {f.severity for f in found} <= {Severity.NOTE}


@pytest.mark.parametrize(
    ("reward", "sentence"),
    [
        (percent(10, goods=Goods(categories=("cloths",))), r'goods \(cloths\): write .* did you mean "clothes"'),
        (percent(10, goods=Goods(products=("suit",), except_products=("suit",))), r"goods \(suit\)"),
        (percent(10, goods=Goods(except_products=("suit", "shirt", "socks"))), r"goods \(all but those left out\)"),
        (percent(10, needs=Needs(quantity=1, goods=Goods(tags=("new",)))), r"needs.goods \(new\)"),
        (
            FreeItem(reward_id="r", name={}, gifts=("soks",), needs=Needs(amount=9)),
            r'gifts \(soks\).*did you mean "socks"',
        ),
    ],
)
def test_goods_that_are_not_sold_are_told(reward: FreeItem, sentence: str) -> None:
    """No product is among them; without a products file nobody knows."""
    (found,) = findings(promo("a", reward))
    assert found.code is Code.NO_SUCH_GOODS
    assert re.search(sentence, found.message)
    assert codes(promo("a", reward), products=()) == []


def test_gifts_that_are_sold_are_fine() -> None:
    """What is given need not be among the goods, it must be sold."""
    needs = Needs(amount=5_000)
    gift = FreeItem(reward_id="r", name={}, gifts=("socks",), goods=Goods(products=("bag",)), needs=needs)
    assert codes(promo("a", gift)) == []
    assert codes(card(earn(1, 100, goods=Goods(products=("bag",))))) == [Code.NO_SUCH_GOODS]


def test_a_percentage_of_next_to_nothing_is_told() -> None:
    """One percent of 40 is no coin; rounded up it is."""
    cheap = (product("sweet", 40),)
    assert codes(promo("a", percent(1)), products=cheap) == [Code.ROUNDS_TO_NOTHING]
    assert codes(promo("a", percent(1, rounding=Rounding.UP)), products=cheap) == []


def test_a_reward_that_only_clears_the_shelf_is_told() -> None:
    """All its goods are in the slowest quarter. On everything, or with one product that sells, it is not."""
    many = (*GOODS, *(product(f"p{i}") for i in range(5)))
    sold = {"suit": 0, "shirt": 1, "socks": 50} | {f"p{i}": 40 for i in range(5)}
    slow = promo("a", fixed(1, goods=Goods(categories=("clothes",))))
    (found,) = findings(slow, products=many, sold=sold)
    assert (found.code, found.numbers) == (Code.SLOW_STOCK, {"products": 2, "sold": 1})
    assert codes(promo("a", fixed(1)), products=many, sold=sold) == []
    assert codes(promo("a", fixed(1, goods=Goods(products=("suit", "socks")))), products=many, sold=sold) == []
    assert codes(slow, products=many) == []
    assert codes(slow, products=(SUIT, SHIRT), sold=sold) == []
