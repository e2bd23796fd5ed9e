"""Who, where and when: conditions that do not look at the goods, versions, and limits."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.members import Member, Occasion, Used
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.programs import Kind, Limit, Measure, Only, Period, Scope, Target
from pos_loyalty.core.usage import Usage, period_of
from pos_loyalty.core.windows import Hours, When, Window
from tests.core.pricing.shop import (
    basket,
    earned,
    fixed,
    free,
    member,
    only,
    per_order,
    per_point,
    percent,
    price,
    program,
    promotion,
    reasons,
    values,
)
from tests.support.builders import NOW

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
BIRTHDAY = OccasionWindow(kind="birthday", days_before=3)


@pytest.mark.parametrize(
    ("only", "reason"),
    [
        (Only(stores=("s1", "s2")), None),
        (Only(stores=("s2",)), Because.OTHER_STORE),
        (Only(channels=("till",)), None),
        (Only(channels=("web",)), Because.OTHER_CHANNEL),
        (Only(tiers=("gold", "silver")), None),
        (Only(tiers=("platinum",)), Because.OTHER_TIER),
        (Only(segments=("vip", "lead")), None),
        (Only(segments=("vip",)), Because.OTHER_SEGMENT),
        (Only(first_purchase=True), Because.NOT_FIRST_PURCHASE),
        (Only(occasion=BIRTHDAY), None),
        (Only(occasion=OccasionWindow(kind="wedding")), Because.NO_OCCASION),
        (Only(stores=("s1",), tiers=("gold",), when=When(until_date=date(2026, 3, 20))), Because.OVER),
        (Only(when=When(from_date=date(2026, 3, 22))), Because.NOT_YET),
    ],
)
def test_a_condition_holds_or_says_why_not(only: Only, reason: Because | None) -> None:
    """Store, channel, tier, segment, purchases, occasion and time, of a program, a reward and a rule alike."""
    who = member(
        tier="gold",
        segments=("lead",),
        purchase_count=1,
        occasions=(Occasion(kind="birthday", month=3, day=23),),
    )
    asked = basket(1_000, store_id="s1", channel="till")
    whole = price(asked, program(fixed(5), per_order(1), only=only), by=who)
    parts = price(asked, program(fixed(5, only=only), per_order(1, only=only)), by=who)
    for sale in (whole, parts):
        assert sale.discount == (5 if reason is None else 0)
        assert bool(earned(sale)) == (reason is None)
        assert list(reasons(sale).values()) == ([] if reason is None else [reason])
        assert [why.reason.code for why in sale.unearned] == ([] if reason is None else [reason])


def test_the_first_purchase_is_one_without_any_before() -> None:
    """A new member has it, and so nobody who is not known, or by a pass alone."""
    welcome = promotion(fixed(5), only=Only(first_purchase=True))
    assert price(basket(1_000), welcome, by=member()).discount == 5
    assert reasons(price(basket(1_000), welcome)) == {"promo/fixed": Because.NO_MEMBER}
    by_pass = msgspec.structs.replace(member(), from_pass=True)
    assert reasons(price(basket(1_000), welcome, by=by_pass)) == {"promo/fixed": Because.NOT_FIRST_PURCHASE}


def test_an_occasion_says_when_it_begins() -> None:
    """On 10 March a birthday on the 23rd, from three days before, is from the 20th."""
    who = member(occasions=(Occasion(kind="birthday", month=3, day=23),))
    club = program(fixed(5), kind=Kind.OCCASION, only=Only(occasion=BIRTHDAY))
    why = price(basket(1_000), club, by=who, now=datetime(2026, 3, 10, 9, tzinfo=BERLIN)).withheld[0].reason
    assert (why.code, why.at) == (Because.NO_OCCASION, datetime(2026, 3, 20, tzinfo=BERLIN))


def test_a_happy_hour_says_from_when() -> None:
    """At half past nine a happy hour from 17:00 is a few hours away."""
    evening = Only(when=When(hours=Hours(start="17:00", end="19:00")))
    why = price(basket(1_000), promotion(fixed(5), only=evening)).withheld[0].reason
    assert (why.code, why.at) == (Because.NOT_YET, datetime(2026, 3, 21, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    ("utc", "given"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 0),  # 01:59
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 5),  # 03:00: the hour from 02:00 is skipped
        (datetime(2026, 3, 29, 1, 29, tzinfo=UTC), 5),  # 03:29
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 0),  # 03:30, the end
        (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), 5),  # 02:15, the first time
        (datetime(2026, 10, 25, 1, 15, tzinfo=UTC), 5),  # 02:15 again
        (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), 0),  # 03:30
    ],
)
def test_a_night_offer_goes_by_the_clock_on_the_wall(utc: datetime, given: int) -> None:
    """From 02:00 until 03:30, in the nights in which the clock goes forward and back."""
    night = Only(when=When(hours=Hours(start="02:00", end="03:30")))
    assert price(basket(1_000), promotion(fixed(5), only=night), now=utc.astimezone(BERLIN)).discount == given


@pytest.mark.parametrize(("minutes", "given"), [(-1, 0), (0, 5), (59, 5), (60, 0)])
def test_a_window_holds_from_its_start_to_its_end(minutes: int, given: int) -> None:
    """Every Saturday at 10:00 for an hour; the first minute belongs to it and the last does not."""
    rule, starts = "FREQ=WEEKLY;BYDAY=SA", datetime(2026, 1, 3, 10)  # noqa: DTZ001 - a wall time
    saturday = Only(when=When(windows=(Window(rule=rule, starts=starts, minutes=60),)))
    now = datetime(2026, 3, 21, 10, tzinfo=BERLIN) + timedelta(minutes=minutes)
    assert price(basket(1_000), promotion(fixed(5), only=saturday), now=now).discount == given


def test_a_program_ends_at_its_moment_though_the_clock_goes_back() -> None:
    """A program that ends at 01:00 UTC is over in the second 02:30 of that night, not in the first."""
    end = datetime(2026, 10, 25, 1, tzinfo=UTC)
    offer = promotion(fixed(5), valid_until=end)
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert price(basket(1_000), offer, now=first).discount == 5
    assert price(basket(1_000), offer, now=first.replace(fold=1)).discount == 0


def test_a_code_is_asked_for_only_where_it_would_help() -> None:
    """In another store, or with the limit used up, the promotion says so and not that it needs a code."""
    elsewhere = Only(stores=("harbour",))
    once = (Limit(limit_id="once", most=1, per=Scope.TOTAL),)
    for what, reason in (
        ({"only": elsewhere}, Because.OTHER_STORE),
        ({"limits": once}, Because.BUDGET_SPENT),
        ({}, Because.CODE_MISSING),
    ):
        sale = price(
            basket(1_000), promotion(percent(10), codes=("SPRING",), **what), usage=Usage(used={"promo/once": 1})
        )
        assert reasons(sale) == {"promo/percent": reason}


def test_points_that_are_missing_are_said_before_goods() -> None:
    """7 stamps of 10 and no coffee in the basket: 3 stamps more; with 10 it is the coffee that is missing."""
    club = program(free(cost=10, goods=only("coffee")))
    for points, reason in ((7, Because.POINTS_MISSING), (10, Because.GOODS_MISSING)):
        assert reasons(price(basket(1_000), club, by=member(points))) == {"club/free": reason}


@pytest.mark.parametrize(("asked", "points", "missing"), [(7, 50, 3), (7, 5, 5), (20, 15, 5), (None, 4, 6)])
def test_points_below_a_step_say_how_many_are_missing(asked: int | None, points: int, missing: int) -> None:
    """10 points are a step: who asks for 7 is told of 3 more, and who has less than was asked, of those."""
    claims = (Claim(reward="club/per-point", points=asked),)
    (kept,) = price(basket(1_000, claims=claims), program(per_point(100, 10)), by=member(points)).withheld
    assert (kept.reason.code, kept.reason.numbers) == (Because.POINTS_MISSING, {"missing": missing})


def test_what_was_declined_is_not_given_unless_it_is_asked_for() -> None:
    """A customer who keeps the free item for another day may change their mind."""
    offer = promotion(fixed(5))
    assert reasons(price(basket(1_000, declined=("promo/fixed",)), offer)) == {"promo/fixed": Because.DECLINED}
    asked = basket(1_000, declined=("promo/fixed",), claims=("promo/fixed",))
    assert price(asked, offer).applied[0].claimed


def test_a_reward_that_has_to_be_asked_for_is_offered() -> None:
    """``asked`` keeps a reward that costs nothing for who asks."""
    offer = promotion(fixed(5, asked=True))
    sale = price(basket(1_000), offer)
    assert ([(each.reward, each.value) for each in sale.claimable], sale.discount) == ([("promo/fixed", 5)], 0)
    assert price(basket(1_000, claims=("promo/fixed",)), offer).discount == 5


def test_a_version_stays_until_it_ends() -> None:
    """Version 1 is kept by the basket that it priced first, and replaced by 2 when it is over."""
    one = promotion(fixed(5), valid_until=NOW + timedelta(hours=1))
    two = promotion(fixed(7), version=2)
    pinned = basket(1_000, pinned=("promo@1",))
    assert price(pinned, one, two).discount == 5
    assert price(pinned, one, two, now=NOW + timedelta(hours=1)).discount == 7
    assert price(pinned, two).discount == 7


def test_a_claim_on_a_program_of_another_currency_or_time_says_which() -> None:
    """Not yet, over, another currency: the claim of a reward that is not in force has its own answer."""
    asked = basket(1_000, claims=("promo/fixed",))
    for what, reason in (
        ({"valid_from": NOW + timedelta(days=1)}, Because.NOT_YET),
        ({"valid_until": NOW}, Because.OVER),
        ({"currency": "IRR"}, Because.OTHER_CURRENCY),
    ):
        assert reasons(price(asked, promotion(fixed(5), **what))) == {"promo/fixed": reason}


# Limits


def using(amount: int, key: str = "club/l") -> Member:
    """Return a member who has used so much of a limit."""
    return member(100, used={key: Used(amount=amount)})


@pytest.mark.parametrize(
    ("limit", "who", "usage", "reason"),
    [
        (Limit(limit_id="l", most=2), using(1), {}, None),
        (Limit(limit_id="l", most=2), using(2), {}, Because.USED),
        (Limit(limit_id="l", most=500, of=Measure.VALUE), using(500), {}, Because.BUDGET_SPENT),
        (Limit(limit_id="l", most=2, per=Scope.TOTAL), using(9), {"club/l": 1}, None),
        (Limit(limit_id="l", most=2, per=Scope.TOTAL), using(0), {"club/l": 2}, Because.BUDGET_SPENT),
        (Limit(limit_id="l", most=2, per=Scope.STORE), using(0), {"club/l@s2": 2}, None),
        (Limit(limit_id="l", most=2, per=Scope.STORE), using(0), {"club/l@s1": 2}, Because.BUDGET_SPENT),
        (Limit(limit_id="l", most=2, each=Period.DAY), using(2, "club/l:2026-03-20"), {}, None),
        (Limit(limit_id="l", most=2, each=Period.DAY), using(2, "club/l:2026-03-21"), {}, Because.USED),
    ],
)
def test_a_limit_is_by_member_store_or_all_and_by_period(
    limit: Limit, who: Member, usage: dict[str, int], reason: Because | None
) -> None:
    """What was used of it elsewhere or before stands in the way of nobody; what is used up does."""
    club = program(fixed(5), per_order(1), limits=(limit,))
    sale = price(basket(1_000, store_id="s1"), club, by=who, usage=Usage(used=usage))
    assert (sale.discount, reasons(sale)) == ((5, {}) if reason is None else (0, {"club/fixed": reason}))


def test_a_limit_of_points_ends_earning_and_nothing_else() -> None:
    """Of 100 points a day 90 are used: 10 more are earned of 50, and then none; the reward is given all the same."""
    limit = Limit(limit_id="l", most=100, of=Measure.POINTS, each=Period.DAY)
    club = program(per_order(50), fixed(5), limits=(limit,))
    for used, points in ((90, {"club@1/per-order": 10}), (100, {}), (200, {})):
        sale = price(basket(1_000), club, by=using(used, "club/l:2026-03-21"))
        assert (earned(sale), sale.discount) == (points, 5)
        spent = Reason(Because.BUDGET_SPENT, {"most": 100}, {"each": "day"}, NOW.replace(hour=0, minute=0) + DAY)
        assert [why.reason for why in sale.unearned] == ([] if points else [spent])


def test_the_tightest_of_several_limits_counts() -> None:
    """4.00 a day and 3.00 in all: 3.00. What is known of members cannot be counted for who is not known."""
    limits = (
        Limit(limit_id="day", most=400, of=Measure.VALUE, per=Scope.TOTAL, each=Period.DAY),
        Limit(limit_id="all", most=300, of=Measure.VALUE, per=Scope.TOTAL),
    )
    assert price(basket(1_000), promotion(percent(50), limits=limits)).discount == 300
    personal = promotion(percent(50), limits=(Limit(limit_id="me", most=1),))
    assert reasons(price(basket(1_000), personal)) == {"promo/percent": Because.NO_MEMBER}


def test_a_limit_says_when_it_begins_anew() -> None:
    """Used up this month: again from the first of the next; in the last year there is, never."""
    monthly = program(fixed(5), limits=(Limit(limit_id="l", most=1, each=Period.MONTH),))
    why = price(basket(1_000), monthly, by=using(1, "club/l:2026-03-01")).withheld[0].reason
    assert (why.numbers, why.names, why.at) == ({"most": 1}, {"each": "month"}, datetime(2026, 4, 1, tzinfo=UTC))
    yearly = program(fixed(5), limits=(Limit(limit_id="l", most=1, each=Period.YEAR),))
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert price(basket(1_000), yearly, by=using(1, "club/l:9999-01-01"), now=last).withheld[0].reason.at is None


@pytest.mark.parametrize(
    ("each", "first", "last"),
    [
        (Period.EVER, None, None),
        (Period.DAY, date(2024, 2, 29), date(2024, 2, 29)),
        (Period.WEEK, date(2024, 2, 26), date(2024, 3, 3)),
        (Period.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        (Period.YEAR, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(each: Period, first: date | None, last: date | None) -> None:
    """Of 29 February 2024, a Thursday."""
    assert period_of(Limit(limit_id="l", most=1, each=each), date(2024, 2, 29)) == (first, last)


def test_limits_of_one_program_leave_others_alone() -> None:
    """A used-up program says so; the other gives."""
    spent = promotion(fixed(5), name="a", limits=(Limit(limit_id="l", most=1, per=Scope.TOTAL),))
    other = replace(promotion(fixed(7, on=Target.PRODUCTS), name="b"), limits=spent.limits)
    sale = price(basket(1_000), spent, other, usage=Usage(used={"a/l": 1}))
    assert (values(sale), reasons(sale)) == ({"b/fixed": 7}, {"a/fixed": Because.BUDGET_SPENT})
