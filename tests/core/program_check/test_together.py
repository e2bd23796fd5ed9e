"""What programs do to each other: codes, groups, discounts that never win, slices."""

from typing import Any

import pytest
from msgspec.structs import replace

from pos_loyalty.core.program_check import Code, Severity
from pos_loyalty.core.programs import (
    Base,
    CheapestFree,
    Goods,
    Kind,
    Limit,
    Mode,
    Needs,
    Only,
    Stacking,
    Target,
    TaxView,
)
from pos_loyalty.core.windows import Weekday, When
from tests.core.program_check.shops import NOW, codes, findings, fixed, percent, promo

FRIDAY, SUNDAY = (Only(when=When(weekdays=(day,))) for day in (Weekday.FRI, Weekday.SUN))


def test_a_code_wakes_one_program() -> None:
    """Or several, if that is meant. Capitals, blanks and Persian digits make no difference, and neither a program."""
    (found,) = findings(promo("a", percent(10), codes=("Nowruz 5",)), promo("b", percent(9, cap=1), codes=("NOWRUZ۵",)))
    assert (found.code, found.severity, found.programs) == (Code.CODE_TWICE, Severity.WARNING, ("a@1", "b@1"))
    assert [f.programs for f in findings(promo("a", percent(10), codes=("x1", "X1")))] == [("a@1",)]


@pytest.mark.parametrize(
    ("code", "why"),
    [(" ", "no letter"), ("09123456789", "telephone"), ("A23456789BCE", "slip of the finger")],
)
def test_a_code_that_the_till_takes_for_something_else_is_told(code: str, why: str) -> None:
    """Nothing at all, a telephone number, a voucher that is mistyped."""
    (found,) = findings(promo("a", percent(10), codes=(code,)))
    assert found.code is Code.CODE_NO_CODE
    assert why in found.message


def test_a_group_has_one_mode() -> None:
    """Programs without a group are in no group together."""
    one, other = (Stacking(group="g", mode=mode) for mode in (Mode.FIRST, Mode.STACK))
    parts = fixed(1), fixed(2, combines=True)
    assert codes(promo("a", parts[0], stacking=one), promo("b", parts[1], stacking=other)) == [Code.MODES_DISAGREE]
    assert codes(promo("a", parts[0], stacking=one), promo("b", parts[1], stacking=one)) == []
    assert codes(promo("a", parts[0]), promo("b", parts[1])) == []


def grouped(mode: Mode, group: str = "g") -> Stacking:
    """Return a place in a stacking group."""
    return Stacking(group=group, mode=mode)


@pytest.mark.parametrize(
    ("better", "worse", "is_told"),
    [
        ({"stacking": grouped(Mode.BEST_FOR_CUSTOMER)}, {"stacking": grouped(Mode.BEST_FOR_CUSTOMER)}, True),
        ({"stacking": grouped(Mode.STACK)}, {}, True),
        ({}, {"stacking": grouped(Mode.BEST_FOR_CUSTOMER)}, True),
        ({"stacking": grouped(Mode.BEST_FOR_CUSTOMER)}, {}, False),
        ({"stacking": grouped(Mode.BEST_FOR_SHOP)}, {"stacking": grouped(Mode.BEST_FOR_SHOP)}, False),
        ({"stacking": grouped(Mode.FIRST)}, {"stacking": grouped(Mode.FIRST)}, False),
        ({"stacking": grouped(Mode.EXCLUSIVE)}, {}, False),
        ({"kind": Kind.POINTS_CARD}, {}, False),
        ({"kind": Kind.POINTS_CARD}, {"kind": Kind.POINTS_CARD}, True),
        ({}, {"kind": Kind.POINTS_CARD}, True),
    ],
)
def test_a_discount_that_some_do_not_get_leaves_room_for_another(better: Any, worse: Any, is_told: bool) -> None:  # noqa: ANN401, FBT001 - a table of fields
    """Who is not known has no club, a group may give another reward, and best_for_shop gives the least."""
    found = findings(promo("a", percent(10), **better), promo("b", percent(5), **worse))
    assert [(f.code, f.programs) for f in found] == ([(Code.NEVER_WINS, ("b/percent", "a/percent"))] if is_told else [])


@pytest.mark.parametrize("mode", Mode)
def test_a_mode_without_a_group_is_told(mode: Mode) -> None:
    """Which of several is given nobody can say of one program; exclusive and stack mean something alone."""
    told = [] if mode in (Mode.STACK, Mode.EXCLUSIVE) else [Code.MODE_ALONE]
    assert codes(promo("a", percent(10), stacking=Stacking(mode=mode))) == told


def test_exclusive_groups_that_want_the_same_basket_are_told() -> None:
    """Not those of one group, on other goods, or at other times."""
    one, two = (Stacking(group=group, mode=Mode.EXCLUSIVE) for group in "gh")
    first = promo("a", fixed(1), stacking=one)
    assert codes(first, promo("b", fixed(2, combines=True), stacking=two)) == [Code.EXCLUSIVES_OVERLAP]
    alone = Stacking(mode=Mode.EXCLUSIVE)
    programs = (promo(name, percent(10, on=Target.PRODUCTS), stacking=alone) for name in "ab")
    assert codes(*programs) == [Code.EXCLUSIVES_OVERLAP]
    assert codes(first, promo("b", fixed(2, combines=True), stacking=one)) == []
    suits, socks = (fixed(1, goods=Goods(products=(name,)), combines=True) for name in ("suit", "socks"))
    assert codes(promo("a", suits, stacking=one), promo("b", socks, stacking=two)) == []
    friday, sunday = promo("a", suits, stacking=one, only=FRIDAY), promo("b", suits, stacking=two, only=SUNDAY)
    assert codes(friday, sunday) == []


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        (percent(10), percent(10)),
        (percent(10), percent(20)),
        (percent(10, cap=5), percent(10, cap=6)),
        (percent(10, cap=5), percent(10)),
        (percent(10, goods=Goods(products=("suit",))), percent(10)),
        (percent(10, only=FRIDAY), percent(10)),
        (percent(10, needs=Needs(amount=500)), percent(10, needs=Needs(amount=500))),
        (percent(10, needs=Needs(amount=500, quantity=2)), percent(10, needs=Needs(amount=400))),
        (fixed(10), fixed(11)),
        (fixed(10), fixed(12, cap=10)),
        (fixed(9, cap=4), fixed(5)),
    ],
)
def test_a_discount_that_can_never_win_is_told(weak: Any, strong: Any) -> None:  # noqa: ANN401 - any discount
    """There is one discount on the order; another is at least as good whenever this one holds."""
    found = findings(promo("b", weak), promo("a", strong))
    assert [(f.code, f.programs[0].split("/")[0]) for f in found] == [(Code.NEVER_WINS, "b")]


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        (percent(10), percent(20, cap=5), {}),
        (percent(10, cap=6), percent(20, cap=5), {}),
        (percent(10), percent(20, goods=Goods(products=("suit",))), {}),
        (percent(10), percent(20, only=FRIDAY), {}),
        (percent(10), percent(20), {"only": FRIDAY}),
        (percent(10), percent(20), {"codes": ("SPRING",)}),
        (percent(10), percent(20), {"limits": (Limit(limit_id="x", most=1),)}),
        (percent(10), percent(20), {"valid_from": NOW}),
        (percent(10), percent(20, base=Base.ORIGINAL), {}),
        (percent(10), percent(20, needs=Needs(amount=5)), {}),
        (percent(10, needs=Needs(amount=9, tax=TaxView.EXCLUDED)), percent(20, needs=Needs(amount=5)), {}),
        (percent(10), percent(20, combines=True), {}),
        (percent(10), percent(20, asked=True), {}),
        (percent(10), fixed(5), {}),
        (percent(10), CheapestFree(reward_id="r", name={}, of=3), {}),
    ],
)
def test_a_discount_that_may_win_is_not(one: Any, other: Any, fields: dict[str, Any]) -> None:  # noqa: ANN401 - any discount
    """Some basket, day or customer gets more by it."""
    assert Code.NEVER_WINS not in codes(promo("a", one), promo("b", other, **fields))


def test_two_discounts_of_one_program_share_its_conditions() -> None:
    """What the program asks for is asked of both; what only the better one asks for is not."""
    weak = percent(10, only=FRIDAY)
    strong = fixed(5)
    assert codes(promo("a", weak, strong, only=FRIDAY)) == []
    ten, twenty = percent(10, only=FRIDAY), percent(20, only=FRIDAY)
    both = promo("a", ten, replace(twenty, reward_id="better"), codes=("SPRING",))
    assert codes(both) == [Code.NEVER_WINS]


def test_slices_that_sum_to_more_than_the_limit_are_told() -> None:
    """All of it may be handed out, not more."""
    limited = promo("a", percent(10), limits=(Limit(limit_id="budget", most=100), Limit(limit_id="day", most=1)))
    (found,) = findings(limited, slices={"a/budget": 101})
    assert (found.code, found.programs, found.numbers) == (
        Code.SLICES_TOO_LARGE,
        ("a/budget",),
        {"slices": 101, "most": 100},
    )
    assert codes(limited, slices={"a/budget": 100}) == []


def test_the_worst_is_said_first_and_every_finding_says_what_to_do() -> None:
    """Errors, then warnings, then notes; each message has a remedy after its colon, and the answer never changes."""
    programs = (
        promo("a", percent(60, goods=Goods(products=("sui",))), codes=("x",)),
        promo("b", fixed(900), codes=("X",)),
        promo("c", fixed(800, only=FRIDAY)),
    )
    found = findings(*programs)
    assert [f.severity for f in found] == sorted((f.severity for f in found), key=list(Severity).index)
    assert len(found) == 3
    assert all(f.message.endswith("?") or ": " in f.message or ", so " in f.message for f in found)
    assert findings(*reversed(programs)) == found
