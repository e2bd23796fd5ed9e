"""What else than a purchase earns, and why not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from pos_loyalty.core.checkout import with_codes
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.event_bodies import PointsEarned
from pos_loyalty.core.members import Occasion
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.pricing.happenings import Happened, earn_for
from pos_loyalty.core.programs import (
    Earning,
    EarnOnEvent,
    GiveVoucher,
    Happening,
    Kind,
    Limit,
    Measure,
    Multiplier,
    Needs,
    Only,
    Period,
    Program,
    ProgramSet,
)
from pos_loyalty.core.vouchers import VoucherStatus
from tests.core.pricing.shop import basket, member, only, percent, price, program, values
from tests.support.builders import NOW
from tests.support.counter import Counter


def on_event(points: int, happening: Happening = Happening.VISIT, name: str = "visit", **what: object) -> EarnOnEvent:
    """Return the rule ``name``."""
    return replace(EarnOnEvent(rule_id=name, points=points, happening=happening), **what)


def happens(*programs: Program, happening: Happening = Happening.VISIT) -> Happened:
    """Return what a visit earns, or another happening."""
    return earn_for(happening, basket(), member(), ProgramSet(programs), NOW, about="v1")


def why(happened: Happened) -> dict[str, Because]:
    """Return why each rule that gives nothing gives nothing."""
    return {each.source: each.reason.code for each in happened.unearned}


@pytest.mark.parametrize("happening", Happening)
def test_each_happening_earns_by_its_own_rules(happening: Happening) -> None:
    """Points say what for; rules of purchases and of other happenings are not even asked."""
    rules = [on_event(i, each, each.value) for i, each in enumerate(Happening, 1)]
    happened = happens(program(*rules, pending_days=2), happening=happening)
    (move,) = happened.body.moves
    assert move.source == f"club@1/{happening.value}"
    assert move.reason == Reason(
        Because.EARNED_FOR_EVENT, {"points": move.points, "times": 100}, {"happening": happening.value}
    )
    assert move.pending_until == date(2026, 3, 23)
    assert (happened.earned, happened.unearned) == (True, ())
    assert (happened.body.happening, happened.body.about, happened.body.day) == (happening.value, "v1", NOW.date())


def test_nobody_earns_where_no_rule_is_about_it() -> None:
    """There is nothing to write down, and no reason to give."""
    nothing = Happened(PointsEarned(happening="visit", about="v1", day=NOW.date()), ())
    assert happens(program(GiveVoucher(rule_id="give"), percent(1), name="next")) == nothing
    assert not nothing.earned


def test_a_happy_hour_multiplies_and_a_rule_has_a_most() -> None:
    """The part of a point as the rule rounds it, and never more than its most."""
    happy = Multiplier(times=Decimal("2.5"))
    up = program(on_event(3, multipliers=(happy,), rounding=Rounding.UP))
    most = program(on_event(3, multipliers=(happy,), most=5), name="most")
    assert [move.points for move in happens(up, most).body.moves] == [8, 5]


def test_of_several_rules_the_best_counts_or_all() -> None:
    """As the program says; the beaten one says by which."""
    rules = on_event(3, name="small"), on_event(5, name="large")
    assert sum(move.points for move in happens(program(*rules)).body.moves) == 8
    best = happens(program(*rules, earning=Earning.BEST))
    assert [(move.source, move.points) for move in best.body.moves] == [("club@1/large", 5)]
    assert [(each.source, each.reason) for each in best.unearned] == [
        ("club@1/small", Reason(Because.BEATEN, {}, {"by": "large"}))
    ]


def test_what_does_not_hold_gives_nothing_and_says_why() -> None:
    """The program's conditions and the rule's own; a code; goods, which no happening has."""
    half = Multiplier(times=Decimal("0.5"))
    give = GiveVoucher(rule_id="give", happening=Happening.VISIT)
    happened = happens(
        program(on_event(1), name="store", only=Only(stores=("shiraz",))),
        program(on_event(1, only=Only(tiers=("gold",))), name="tier"),
        program(on_event(1), name="code", codes=("SPRING",)),
        program(on_event(1, goods=only("coffee")), name="goods"),
        program(on_event(1, needs=Needs(amount=1)), name="needs"),
        program(on_event(1, multipliers=(half,)), name="half"),
        program(give, percent(1), name="best", earning=Earning.BEST),
    )
    assert why(happened) == {
        "store@1/visit": Because.OTHER_STORE,
        "tier@1/visit": Because.OTHER_TIER,
        "code@1/visit": Because.CODE_MISSING,
        "goods@1/visit": Because.GOODS_MISSING,
        "needs@1/visit": Because.GOODS_MISSING,
        "half@1/visit": Because.NO_EFFECT,
    }
    assert [move.program_id for move in happened.body.vouchers] == ["best"]


def test_point_27_a_limit_counts_happenings_too() -> None:
    """Point 27: once a day, and 15 points in all: the second visit of a day earns nothing, the next day's the rest."""
    limits = (
        Limit(limit_id="daily", most=1, each=Period.DAY),
        Limit(limit_id="all", most=15, of=Measure.POINTS),
    )
    counter = Counter.of(program(on_event(10), on_event(1, name="more"), limits=limits))
    earned = []
    for hours in (0, 1, 24, 48):
        at = NOW + timedelta(hours=hours)
        happened = earn_for(Happening.VISIT, basket(), counter.member, counter.programs, at)
        if happened.earned:
            counter.happened(happened.body)
        earned.append((sum(move.points for move in happened.body.moves), set(why(happened).values())))
    assert earned == [(11, set()), (0, {Because.USED}), (4, {Because.BUDGET_SPENT}), (0, {Because.BUDGET_SPENT})]
    assert (counter.member.balances, counter.booked()) == ({"points": 15}, 15)


def test_point_30_a_birthday_is_granted_once() -> None:
    """Point 30: not again for one that was moved to next week; by the program's window or the rule's."""
    window = Only(occasion=OccasionWindow(kind="birthday"))
    rule = on_event(50, Happening.OCCASION, "day")
    counter = Counter.of(program(rule, name="card", only=window), program(replace(rule, only=window), name="rule"))
    reasons = []
    for day in (21, 28):
        counter.member = replace(counter.member, occasions=(Occasion(kind="birthday", month=3, day=day),))
        happened = earn_for(Happening.OCCASION, basket(), counter.member, counter.programs, NOW.replace(day=day))
        counter.happened(happened.body)
        reasons.append(why(happened))
    assert reasons == [{}, {"card@1/day": Because.USED, "rule@1/day": Because.USED}]
    assert counter.member.granted == {"card": NOW.date(), "rule": NOW.date()}
    assert counter.member.balances == {"points": 100}


def test_a_voucher_for_joining_pays_the_next_basket() -> None:
    """It gets its code when it is written, and belongs to the member."""
    welcome = GiveVoucher(rule_id="welcome", happening=Happening.ENROLMENT, days=30)
    gift = program(welcome, percent(10), name="welcome", kind=Kind.VOUCHER, account="")
    counter = Counter.of(gift)
    body = earn_for(Happening.ENROLMENT, basket(store_id="tehran"), counter.member, counter.programs, NOW).body
    assert body.store_id == "tehran"
    counter.happened(replace(body, vouchers=with_codes(body.vouchers, ["W-1"])))
    (held,) = counter.member.vouchers
    assert (held.code, held.member_id, held.status) == ("W-1", "m1", VoucherStatus.ISSUED)
    claimed = price(basket(1_000, claims=("welcome/percent",)), gift, by=counter.member)
    assert values(claimed) == {"welcome/percent": 100}
