"""When members are raised and lowered: terms, grace, periods, nights, new versions and clocks that jump."""

from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core import ledger
from pos_loyalty.core.expiry import GRACE_DAYS_MAX, MONTHS_MAX
from pos_loyalty.core.tiering import (
    Downgrade,
    TierBy,
    Tiering,
    TierMeasure,
    TierPeriod,
    Window,
    assess,
    period_of,
)
from pos_loyalty.core.tiers import Tier, TierState, reached
from tests.core.test_tiers import EDGE, tiers_at
from tests.support.counted import TEHRAN, Counted, months, noon

TIERS = tiers_at(100, 500, 1000)
KEPT = Tiering(keep_months=12, grace_days=30)
DIRECT = Tiering(keep_months=12, grace_days=30, downgrade=Downgrade.TO_MEASURE)
YEARLY = Tiering(keep_months=12, period=TierPeriod.CALENDAR_YEAR)
JALALI = Tiering(keep_months=12, period=TierPeriod.JALALI_YEAR)
BALANCE = Tiering(measure=TierMeasure.BALANCE, keep_months=12)


def day(text: str) -> date:
    """Return the date written ``YYYY-MM-DD``."""
    return date.fromisoformat(text)


def state_of(tier_id: str, since: str, until: str | None = None) -> TierState:
    """Return a state from what a table holds."""
    return TierState(tier_id=tier_id, since=day(since), held_until=day(until) if until else None)


GOLD = state_of("t2", "2026-01-31", "2027-01-31")


@pytest.mark.parametrize(
    ("amount", "today", "downgrade", "state"),
    [
        # Held whatever the amount, then for the days of grace.
        (0, "2027-01-31", Downgrade.ONE_STEP, GOLD),
        (0, "2027-03-02", Downgrade.ONE_STEP, GOLD),
        (0, "2027-03-02", Downgrade.TO_MEASURE, GOLD),
        (0, "2027-03-03", Downgrade.ONE_STEP, state_of("t1", "2027-03-03", "2028-03-03")),
        (999, "2027-03-03", Downgrade.ONE_STEP, state_of("t1", "2027-03-03", "2028-03-03")),
        (999, "2027-03-03", Downgrade.TO_MEASURE, state_of("t1", "2027-03-03", "2028-03-03")),
        (100, "2027-03-03", Downgrade.TO_MEASURE, state_of("t0", "2027-03-03", "2028-03-03")),
        (99, "2027-03-03", Downgrade.TO_MEASURE, None),
        (-EDGE - 1, "2027-03-03", Downgrade.TO_MEASURE, None),
        # Years of nights that did not run lower nobody by two.
        (0, "2036-01-01", Downgrade.ONE_STEP, state_of("t1", "2036-01-01", "2037-01-01")),
        # The amount is looked at again when the term is over, in the grace too, and not before.
        (1000, "2027-01-31", Downgrade.ONE_STEP, GOLD),
        (1000, "2027-02-01", Downgrade.ONE_STEP, state_of("t2", "2026-01-31", "2028-02-01")),
        (EDGE, "2027-03-02", Downgrade.TO_MEASURE, state_of("t2", "2026-01-31", "2028-03-02")),
        (1000, "2027-06-01", Downgrade.ONE_STEP, state_of("t2", "2026-01-31", "2028-06-01")),
    ],
)
def test_lowered_only_when_term_and_grace_are_over(
    amount: int, today: str, downgrade: Downgrade, state: TierState | None
) -> None:
    """Gold reached on 31 January 2026, held for twelve months and thirty days of grace."""
    tiering = Tiering(keep_months=12, grace_days=30, downgrade=downgrade)
    assert assess(tiering, TIERS, GOLD, amount, day(today)) == state


@pytest.mark.parametrize(
    ("today", "keep_months", "until"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("9999-12-01", 1, None),
        ("2026-01-31", None, None),
    ],
)
def test_the_term_of_a_new_tier(today: str, keep_months: int | None, until: str | None) -> None:
    """A day the month does not have becomes its last one; without a term, and past the year 9999, it is for ever."""
    state = assess(Tiering(keep_months=keep_months), TIERS, None, 500, day(today))
    assert state == state_of("t1", today, until)


def test_raised_at_once_and_by_several_tiers() -> None:
    """The day the amount is there is the day of the tier, whatever of the old term is left."""
    silver = state_of("t0", "2026-01-31", "2027-01-31")
    assert assess(KEPT, TIERS, silver, 1000, day("2026-02-01")) == state_of("t2", "2026-02-01", "2027-02-01")


def test_a_tier_held_for_ever_is_never_lost() -> None:
    """Without a term nothing lowers; nor does a later version with one, for that was not what was promised."""
    tiering = Tiering()
    state = assess(tiering, TIERS, None, 1000, day("2026-01-31"))
    assert state == state_of("t2", "2026-01-31")
    assert assess(tiering, TIERS, state, 0, date.max) == state
    assert assess(KEPT, TIERS, state, 0, date.max) == state


def test_a_version_that_takes_the_term_away_lowers_nobody_any_more() -> None:
    """Held until 2027 by the old version; the new one knows no end."""
    assert assess(Tiering(), TIERS, GOLD, 0, day("2030-01-01")) == GOLD
    assert assess(Tiering(), TIERS, GOLD, 1000, day("2030-01-01")) == state_of("t2", "2026-01-31")


def test_a_tier_at_nothing_is_everybodys_even_of_one_in_debt() -> None:
    """After a reversal the balance is below zero, and the tier that begins at 0 stays."""
    state = assess(BALANCE, tiers_at(0, 100), None, -40, day("2026-01-31"))
    assert state == state_of("t0", "2026-01-31", "2027-01-31")


@pytest.mark.parametrize(
    ("tiers", "amount", "tier"),
    [((), 1000, ""), (TIERS, 99, ""), (TIERS, 500, "t1")],
)
def test_a_tier_that_is_gone_is_replaced_by_what_the_amount_reaches(
    tiers: tuple[Tier, ...], amount: int, tier: str
) -> None:
    """The newest version does not know the tier of the state: no traceback, and its term is kept."""
    state = assess(KEPT, tiers, state_of("gone", "2026-01-31", "2029-12-31"), amount, day("2026-06-01"))
    assert state == (state_of(tier, "2026-06-01", "2029-12-31") if tier else None)


def test_higher_thresholds_lower_nobody_before_the_term_is_over() -> None:
    """A new version asks ten times as much for the tier; who is in it stays until the promised day and its grace."""
    dearer = tiers_at(1000, 5000, 10_000)
    assert assess(KEPT, dearer, GOLD, 1000, day("2027-03-02")) == GOLD
    assert assess(KEPT, dearer, GOLD, 1000, day("2027-03-03")) == state_of("t1", "2027-03-03", "2028-03-03")


def test_lower_thresholds_raise_at_once() -> None:
    """A new version asks less, and the same amount is enough for more."""
    silver = state_of("t0", "2026-01-31", "2027-01-31")
    assert assess(KEPT, tiers_at(10, 50, 100), silver, 100, day("2026-06-01")) == state_of(
        "t2", "2026-06-01", "2027-06-01"
    )


def test_a_clock_set_back_neither_lowers_nor_raises_nor_shortens() -> None:
    """In 2020 again: the tier stays, a raise follows from the amount alone, and the day it is held until stands."""
    back = day("2020-01-01")
    assert assess(KEPT, TIERS, GOLD, 0, back) == GOLD
    assert assess(KEPT, TIERS, GOLD, 1000, back) == GOLD
    silver = state_of("t0", "2026-01-31", "2027-01-31")
    assert assess(KEPT, TIERS, silver, 499, back) == silver
    assert assess(KEPT, TIERS, silver, 500, back) == state_of("t1", "2020-01-01", "2027-01-31")
    assert assess(YEARLY, TIERS, GOLD, 1000, back) == GOLD


def test_a_year_that_reaches_the_tier_keeps_it_for_the_next() -> None:
    """By calendar year: reached in March it lasts to the end of next year, reached again then for one year more."""
    state = assess(YEARLY, TIERS, None, 1000, day("2026-03-21"))
    assert state == state_of("t2", "2026-03-21", "2027-12-31")
    assert assess(YEARLY, TIERS, state, 0, day("2027-06-01")) == state
    again = assess(YEARLY, TIERS, state, 1000, day("2027-11-30"))
    assert again == state_of("t2", "2026-03-21", "2028-12-31")
    assert assess(YEARLY, TIERS, again, 0, day("2028-12-31")) == again
    assert assess(YEARLY, TIERS, again, 0, day("2029-01-01")) == state_of("t1", "2029-01-01", "2030-12-31")


@pytest.mark.parametrize(
    ("tiering", "today", "until"),
    [
        (YEARLY, "2026-01-01", "2027-12-31"),
        (YEARLY, "2026-12-31", "2027-12-31"),
        (YEARLY, "2028-02-29", "2029-12-31"),
        (YEARLY, "9999-01-01", None),
        (Tiering(keep_months=1, period=TierPeriod.CALENDAR_YEAR), "2026-11-30", "2026-12-31"),
        (Tiering(keep_months=1, period=TierPeriod.CALENDAR_YEAR), "2026-12-01", "2027-12-31"),
        (Tiering(period=TierPeriod.CALENDAR_YEAR), "2026-12-01", None),
        # 1 Farvardin 1403 and 29 Esfand 1405: twelve Gregorian months later are the years 1403 and 1407.
        (JALALI, "2024-03-20", "2026-03-20"),
        (JALALI, "2027-03-20", "2028-03-19"),
        # 30 Esfand 1403.
        (JALALI, "2025-03-20", "2026-03-20"),
        (JALALI, "0600-06-01", "0601-12-31"),
        (JALALI, "9999-12-31", None),
    ],
)
def test_twelve_months_by_year_are_the_rest_of_this_one_and_all_of_the_next(
    tiering: Tiering, today: str, until: str | None
) -> None:
    """In the months of the year's own calendar; Gregorian where the Jalali one has no such day."""
    assert assess(tiering, TIERS, None, 100, day(today)) == state_of("t0", today, until)


def test_a_sale_of_the_old_year_that_arrives_late_still_counts() -> None:
    """Assessed on its own day first: what was lowered on 1 January is raised as if it had been there in time."""
    tiering = Tiering(keep_months=12, period=TierPeriod.CALENDAR_YEAR, downgrade=Downgrade.TO_MEASURE)
    lowered = assess(tiering, TIERS, state_of("t2", "2025-05-01", "2026-12-31"), 0, day("2027-01-01"))
    assert lowered is None
    raised = assess(tiering, TIERS, lowered, 1000, day("2026-12-31"))
    assert assess(tiering, TIERS, raised, 0, day("2027-01-03")) == state_of("t2", "2026-12-31", "2027-12-31")


@pytest.mark.parametrize(
    ("tiering", "today", "since", "before"),
    [
        (Tiering(), "2026-03-31", "0001-01-01", "9999-12-31"),
        (Tiering(starts=date(2026, 1, 1)), "2026-03-31", "2026-01-01", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=12), "2026-03-31", "2025-03-31", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=12), "2028-02-29", "2027-02-28", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=12), "2029-02-28", "2028-02-28", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=1), "2026-03-31", "2026-02-28", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=1), "2028-03-31", "2028-02-29", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=1), "2026-01-31", "2025-12-31", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=3), "2026-02-28", "2025-11-28", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=1), "0001-01-31", "0001-01-01", "9999-12-31"),
        (Tiering(period=TierPeriod.ROLLING, months=12), "0002-01-31", "0001-01-31", "9999-12-31"),
        (
            Tiering(period=TierPeriod.ROLLING, months=12, starts=date(2026, 1, 1)),
            "2026-03-31",
            "2026-01-01",
            "9999-12-31",
        ),
        (YEARLY, "2028-02-29", "2028-01-01", "2029-01-01"),
        (YEARLY, "9999-12-31", "9999-01-01", "9999-12-31"),
        (JALALI, "2025-03-20", "2024-03-20", "2025-03-21"),
        (JALALI, "2025-03-21", "2025-03-21", "2026-03-21"),
        (JALALI, "0001-01-01", "0001-01-01", "0002-01-01"),
        (Tiering(period=TierPeriod.CALENDAR_YEAR, starts=date(2027, 6, 1)), "2026-03-31", "2027-06-01", "2027-01-01"),
    ],
)
def test_the_days_that_count(tiering: Tiering, today: str, since: str, before: str) -> None:
    """Month ends and leap days are clipped, nothing before the start counts, and the calendar has two ends."""
    assert period_of(tiering, day(today)) == Window(day(since), day(before))


@given(st.dates(), st.integers(1, MONTHS_MAX))
def test_a_rolling_period_never_moves_backwards(today: date, length: int) -> None:
    """From one day to the next its beginning stays or advances, and it is never after the day itself."""
    tiering = Tiering(period=TierPeriod.ROLLING, months=length)
    tomorrow = min(today, date.max - timedelta(days=1)) + timedelta(days=1)
    assert period_of(tiering, today).since <= period_of(tiering, tomorrow).since
    assert period_of(tiering, today).since <= today


@given(st.dates(date(700, 1, 1), date(9990, 12, 31)))
def test_jalali_years_follow_each_other_without_gap_or_overlap(today: date) -> None:
    """The day is in its year, which has 365 or 366 days, and the next year begins where this one ends."""
    year = period_of(JALALI, today)
    assert year.since <= today < year.before
    assert (year.before - year.since).days in {365, 366}
    assert period_of(JALALI, year.before).since == year.before


@pytest.mark.parametrize("zone", [TEHRAN, ZoneInfo("Asia/Tehran"), ZoneInfo("America/New_York")])
@pytest.mark.parametrize(
    ("tiering", "collected"),
    [
        (Tiering(), 120),
        (YEARLY, 120),
        (Tiering(starts=date(2026, 2, 1)), 20),
        (Tiering(period=TierPeriod.ROLLING, months=1), 20),
        (Tiering(period=TierPeriod.CALENDAR_YEAR, starts=date(2027, 6, 1)), 0),
    ],
)
def test_the_ledger_counts_what_the_period_says(tiering: Tiering, collected: int, zone: tzinfo) -> None:
    """100 points in January and 20 in March, in any zone; the moments at the two ends of the calendar are no trap."""
    book = Counted()
    book.earn(100)
    book.today = day("2026-03-21")
    book.earn(20)
    assert book.book.collected("m", *period_of(tiering, book.today).moments(zone)) == collected


def test_a_period_begins_and_ends_at_midnight_of_the_shop() -> None:
    """Half past midnight on 1 January in Tehran is still the old year in UTC, and counts for the new one."""
    since, before = period_of(YEARLY, day("2026-03-21")).moments(TEHRAN)
    assert (since, before) == (datetime(2026, 1, 1, tzinfo=TEHRAN), datetime(2027, 1, 1, tzinfo=TEHRAN))


def amount_of(book: Counted, tiering: Tiering) -> int:
    """Return what the policy looks at."""
    if tiering.measure is TierMeasure.BALANCE:
        return book.book.balance("m")
    return book.book.collected("m", *period_of(tiering, book.today).moments(TEHRAN))


def look(book: Counted, tiering: Tiering, state: TierState | None = None) -> TierState | None:
    """Assess the member by what is in the book."""
    return assess(tiering, TIERS, state, amount_of(book, tiering), book.today)


def night(
    book: Counted, tiering: Tiering, state: TierState | None = None, *, redeem_at: int = EDGE, looks: int = 3
) -> TierState | None:
    """Do the nightly runs in their order: activate, look, redeem all of ``redeem_at``, look, expire, look.

    With two ``looks`` the one between activation and redemption is left out.
    """
    book.book, _ = ledger.activate(book.book, "club", noon(book.today))
    if looks == 3:
        state = look(book, tiering, state)
    if book.book.spendable("m", book.today) >= redeem_at:
        book.spend(redeem_at)
    state = look(book, tiering, state)
    book.book, _ = ledger.expire(book.book, "club", noon(book.today))
    return look(book, tiering, state)


@pytest.mark.parametrize(
    ("tiering", "looks", "tier"), [(BALANCE, 2, ""), (BALANCE, 3, "t0"), (KEPT, 2, "t0"), (KEPT, 3, "t0")]
)
def test_points_19_and_21_points_redeemed_by_themselves_reach_the_tier_if_looked_at_before(
    tiering: Tiering, looks: int, tier: str
) -> None:
    """Redeemed at 100 with a tier at 100: by balance only a look in between sees it, by collected every look does."""
    book = Counted()
    book.earn(100, pending_until=day("2026-02-14"))
    book.today = day("2026-02-14")
    state = night(book, tiering, redeem_at=100, looks=looks)
    assert book.has() == {}
    assert (state.tier_id if state else "") == tier


def test_point_21_spending_lowers_by_balance_at_the_end_of_the_term_and_by_collected_never() -> None:
    """100 earned and spent: both tiers are held to the end of the term; then only what was collected keeps one."""
    book = Counted()
    book.earn(100)
    by_balance, by_collected = look(book, BALANCE), look(book, KEPT)
    book.spend(100)
    assert (look(book, BALANCE, by_balance), look(book, KEPT, by_collected)) == (by_balance, by_collected)
    book.today = day("2027-02-01")
    assert look(book, BALANCE, by_balance) is None
    assert look(book, KEPT, by_collected) == state_of("t0", "2026-01-31", "2028-02-01")


def test_point_19_an_expiry_lowers_by_balance_only_at_the_end_of_the_term() -> None:
    """The points expire after a month; the tier they reached is held for its year."""
    book = Counted()
    book.earn(100, months(1))
    state = look(book, BALANCE)
    for today, kept in (("2026-03-01", True), ("2027-01-31", True), ("2027-02-01", False)):
        book.today = day(today)
        assert night(book, BALANCE, state) == (state if kept else None)
        assert book.has() == {}


def test_point_19_points_that_expire_in_the_last_night_of_the_term_still_keep_the_tier() -> None:
    """The first look of that night is before the expiry and begins a new term; the look after it finds it begun."""
    book = Counted()
    book.earn(100, months(12))
    state = look(book, BALANCE)
    book.today = day("2027-02-01")
    assert night(book, BALANCE, state) == state_of("t0", "2026-01-31", "2028-02-01")
    assert book.has() == {}


def test_a_return_lowers_what_was_collected_and_no_tier_before_its_day() -> None:
    """Points taken back no longer count; the tier they reached is held to the end of its term all the same."""
    book = Counted()
    accrual = book.earn(100)
    state = look(book, DIRECT)
    book.take_back(accrual, 1)
    assert amount_of(book, DIRECT) == 99
    assert look(book, DIRECT, state) == state
    book.today = day("2027-03-03")
    assert look(book, DIRECT, state) is None


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"months": 12}, "period is ever and months is 12: a rolling period needs months, no other has them"),
        ({"period": "rolling"}, "period is rolling and months is None: a rolling period needs months"),
        ({"period": "rolling", "months": 0}, "months is 0: expected 1 to 1200"),
        ({"period": "rolling", "months": MONTHS_MAX + 1}, "months is 1201: expected 1 to 1200"),
        ({"keep_months": 0}, "keep_months is 0: expected 1 to 1200"),
        ({"keep_months": 1, "grace_days": -1}, "grace_days is -1: expected 0 to 3660"),
        ({"keep_months": 1, "grace_days": GRACE_DAYS_MAX + 1}, "grace_days is 3661: expected 0 to 3660"),
        ({"grace_days": 14}, "grace_days is 14 for a tier held for ever: say keep_months, or no grace"),
        ({"measure": "balance", "by": "spend"}, "measure is balance and by is spend: money spent has no balance"),
        ({"measure": "balance", "period": "calendar_year"}, "measure is balance, which has no period: leave period"),
        ({"measure": "balance", "starts": "2026-01-01"}, "measure is balance, which has no period: leave period"),
        ({"period": "moon"}, "Invalid enum value 'moon' - at `$.period`"),
        ({"keep": 12}, "Object contains unknown field `keep`"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(document: dict[str, object], sentence: str) -> None:
    """It is refused where it is read, with a sentence that says what is expected."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(document, Tiering)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("tiering", [Tiering(), KEPT, DIRECT, YEARLY, JALALI, BALANCE, Tiering(by=TierBy.SPEND)])
def test_a_policy_survives_the_wire(tiering: Tiering) -> None:
    """What is written as JSON is read as the same policy."""
    assert msgspec.json.decode(msgspec.json.encode(tiering), type=Tiering) == tiering


POLICIES = st.builds(
    Tiering,
    period=st.sampled_from([TierPeriod.EVER, TierPeriod.CALENDAR_YEAR, TierPeriod.JALALI_YEAR]),
    keep_months=st.integers(1, 30),
    grace_days=st.integers(0, 60),
    downgrade=st.sampled_from(Downgrade),
) | st.just(Tiering())
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31)) | st.dates()
AMOUNTS = st.sampled_from([-1, 0, 99, 100, 499, 500, 999, 1000]) | st.integers(-EDGE - 1, EDGE)
STATES = st.none() | st.builds(
    TierState, tier_id=st.sampled_from(["t0", "t1", "t2", "gone"]), since=DAYS, held_until=st.none() | DAYS
)


RANKS = {tier.tier_id: rank for rank, tier in enumerate(TIERS, 1)}


def rank(tier: Tier | TierState | None) -> int:
    """Return how high a tier is; 0 for none and for one that is gone."""
    return RANKS.get(tier.tier_id, 0) if tier else 0


def measured(amount: int) -> int:
    """Return how high the tier is that the amount reaches."""
    return rank(reached(TIERS, amount))


@given(POLICIES, STATES, AMOUNTS, DAYS)
def test_assessing_again_changes_nothing(tiering: Tiering, state: TierState | None, amount: int, today: date) -> None:
    """Once or ten times a day, the answer is the same."""
    once = assess(tiering, TIERS, state, amount, today)
    assert assess(tiering, TIERS, once, amount, today) == once


@given(POLICIES, STATES, AMOUNTS, AMOUNTS, DAYS)
def test_more_never_means_a_lower_tier(
    tiering: Tiering, state: TierState | None, one: int, other: int, today: date
) -> None:
    """Of two amounts the larger brings the same tier or a higher one."""
    less, more = (assess(tiering, TIERS, state, amount, today) for amount in sorted((one, other)))
    assert rank(less) <= rank(more)


@given(POLICIES, STATES, AMOUNTS, DAYS)
def test_never_below_what_is_reached_nor_below_what_is_held(
    tiering: Tiering, state: TierState | None, amount: int, today: date
) -> None:
    """Raised at once; lowered only after the day and its grace, by one tier or to what is reached; never shortened."""
    after = assess(tiering, TIERS, state, amount, today)
    assert rank(after) >= measured(amount)
    if state is None or not rank(state):
        assert rank(after) == measured(amount)
        return
    if rank(after) < rank(state):
        assert state.held_until
        assert (today - state.held_until).days > tiering.grace_days
        one_step = tiering.downgrade is Downgrade.ONE_STEP
        assert rank(after) == (rank(state) - 1 if one_step else measured(amount))
    if after:
        assert after.held_until is None or (state.held_until and after.held_until >= state.held_until)


@given(
    st.builds(Tiering, keep_months=st.integers(1, 6), grace_days=st.integers(0, 30)),
    st.lists(st.tuples(st.integers(1, 90), AMOUNTS), max_size=30),
)
def test_one_step_lowers_once_in_a_term(tiering: Tiering, visits: list[tuple[int, int]]) -> None:
    """Over years of changing amounts every step down goes one tier, and a whole term lies before the next one."""
    today, states = day("2026-01-31"), [assess(tiering, TIERS, None, 1000, day("2026-01-31"))]
    lowered = []
    for days, amount in visits:
        today += timedelta(days=days)
        states.append(assess(tiering, TIERS, states[-1], amount, today))
        if rank(states[-1]) < rank(states[-2]):
            lowered.append(today)
    assert all(rank(after) >= rank(before) - 1 for before, after in pairwise(states))
    shortest = 28 * (tiering.keep_months or 0) + tiering.grace_days
    assert all((after - before).days > shortest for before, after in pairwise(lowered))
