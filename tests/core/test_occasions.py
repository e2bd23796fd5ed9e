"""On which days an occasion's reward may be had, and how seldom."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.calendars import in_calendar
from pos_loyalty.core.members import Calendar, Occasion
from pos_loyalty.core.occasions import (
    OccasionMatch,
    OccasionWindow,
    grantable_from,
    granted_lately,
    next_occasion,
    occasion_today,
)

GREGORIAN, JALALI, HIJRI = Calendar.GREGORIAN, Calendar.JALALI, Calendar.HIJRI
ON_THE_DAY = OccasionWindow(kind="birthday")
WEEK = OccasionWindow(kind="birthday", days_before=3, days_after=3)


def birthday(month: int, day: int, calendar: Calendar = GREGORIAN, label: str = "") -> Occasion:
    """Return a birthday."""
    return Occasion(kind="birthday", calendar=calendar, month=month, day=day, label=label)


@pytest.mark.parametrize(
    ("occasion", "today", "day"),
    [
        pytest.param(birthday(11, 21), "2026-11-21", "2026-11-21", id="today"),
        pytest.param(birthday(11, 21), "2026-11-18", "2026-11-21", id="three days before"),
        pytest.param(birthday(11, 21), "2026-11-24", "2026-11-21", id="three days after"),
        pytest.param(birthday(11, 21), "2026-11-17", None, id="too early"),
        pytest.param(birthday(11, 21), "2026-11-25", None, id="too late"),
        pytest.param(birthday(1, 1), "2026-12-30", "2027-01-01", id="before the new year"),
        pytest.param(birthday(12, 30), "2027-01-02", "2026-12-30", id="after the new year"),
        pytest.param(birthday(2, 29), "2026-02-28", "2026-02-28", id="29 February in a common year"),
        pytest.param(birthday(2, 29), "2026-03-04", None, id="four days after the 28th"),
        pytest.param(birthday(2, 29), "2028-03-03", "2028-02-29", id="29 February in a leap year"),
        pytest.param(birthday(12, 30, JALALI), "2025-03-20", "2025-03-20", id="30 Esfand of 1403"),
        pytest.param(birthday(12, 30, JALALI), "2026-03-20", "2026-03-20", id="29 Esfand of 1404"),
        pytest.param(birthday(1, 1, JALALI), "2026-03-18", "2026-03-21", id="Nowruz, from the year before"),
        pytest.param(birthday(9, 1, HIJRI), "2024-03-11", "2024-03-11", id="1 Ramadan 1445"),
        pytest.param(birthday(9, 30, HIJRI), "2026-03-19", "2026-03-19", id="a Ramadan of 29 days"),
        pytest.param(birthday(12, 30, HIJRI), "2077-11-16", "2077-11-16", id="last day of the table"),
        pytest.param(birthday(1, 1, HIJRI), "2077-11-15", None, id="the year after the table"),
        pytest.param(birthday(1, 1, HIJRI), "1924-08-01", "1924-08-01", id="first day of the table"),
        pytest.param(birthday(1, 1, HIJRI), "2080-01-01", None, id="beyond the table"),
        pytest.param(birthday(1, 1), "0001-01-02", "0001-01-01", id="the first year"),
        pytest.param(birthday(12, 31), "9999-12-31", "9999-12-31", id="the last year"),
    ],
)
def test_an_occasion_has_its_days_every_year(occasion: Occasion, today: str, day: str | None) -> None:
    """Three days either side of its day, over the year's end, on the last of the month where the day is missing."""
    match = occasion_today(WEEK, (occasion,), date.fromisoformat(today))
    assert match == (None if day is None else OccasionMatch(occasion, date.fromisoformat(day)))


@pytest.mark.parametrize(
    "occasion",
    [
        birthday(13, 1),
        birthday(0, 1),
        birthday(-1, 1),
        birthday(2, 30),
        birthday(4, 31),
        birthday(5, 0),
        birthday(12, 31, JALALI),
        birthday(7, 31, JALALI),
        birthday(1, 31, HIJRI),
    ],
)
def test_an_impossible_date_never_matches(occasion: Occasion) -> None:
    """A slip of the pen in the client book is no reward and no exception, on any day of the year."""
    days = (date(2026, 1, 1) + timedelta(n) for n in range(366))
    assert not any(occasion_today(WEEK, (occasion,), today) for today in days)
    assert next_occasion(WEEK, (occasion,), date(2026, 1, 1)) is None


def test_the_nearest_occasion_of_the_kind_is_meant() -> None:
    """Another kind is passed over; at the same distance the earlier day counts, then the first listed."""
    early, late = birthday(11, 19, label="son"), birthday(11, 23, label="daughter")
    twin = birthday(11, 23, label="twin")
    wedding = Occasion(kind="anniversary", month=11, day=21)
    assert occasion_today(WEEK, (wedding,), date(2026, 11, 21)) is None
    assert occasion_today(WEEK, (wedding, twin, late, early), date(2026, 11, 21)) == (early, date(2026, 11, 19))
    assert occasion_today(WEEK, (early, late, twin), date(2026, 11, 22)) == (late, date(2026, 11, 23))
    assert occasion_today(WEEK, (), date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("occasions", "today", "first_day"),
    [
        pytest.param((birthday(3, 15),), "2026-03-01", "2026-03-12", id="this year"),
        pytest.param((birthday(3, 15),), "2026-03-12", "2027-03-12", id="already open"),
        pytest.param((birthday(3, 15),), "2026-03-19", "2027-03-12", id="next year"),
        pytest.param((birthday(3, 15), birthday(1, 1)), "2026-11-21", "2026-12-29", id="the sooner of two"),
        pytest.param((birthday(1, 1, HIJRI),), "2077-06-01", None, id="beyond the table"),
        pytest.param((birthday(1, 1),), "9999-12-31", None, id="beyond the calendar"),
        pytest.param((), "2026-11-21", None, id="no occasion"),
    ],
)
def test_the_next_window_begins_on_a_day(occasions: tuple[Occasion, ...], today: str, first_day: str | None) -> None:
    """The day to tell the customer, after today."""
    expected = None if first_day is None else date.fromisoformat(first_day)
    assert next_occasion(WEEK, occasions, date.fromisoformat(today)) == expected


def test_365_days_lie_between_two_grants() -> None:
    """Facts (c) 30: the day before it is refused, the day itself is not; so is a clock that was set back."""
    last = date(2025, 11, 24)
    assert grantable_from(last) == date(2026, 11, 24)
    assert granted_lately(last, date(2026, 11, 23))
    assert not granted_lately(last, date(2026, 11, 24))
    assert granted_lately(last, date(2025, 11, 1))
    assert not granted_lately(None, date(2026, 11, 23))
    assert grantable_from(date.max) == date.max


def test_a_hijri_year_is_shorter_than_the_guard() -> None:
    """1 Ramadan comes after 354 days: refused on the day, granted with eleven days to come after it."""
    occasion = (birthday(9, 1, HIJRI),)
    last = date(2024, 3, 11)
    again = next_occasion(ON_THE_DAY, occasion, last)
    assert again == date(2025, 3, 1)
    assert granted_lately(last, again)
    patient = OccasionWindow(kind="birthday", days_after=11)
    assert occasion_today(patient, occasion, grantable_from(last)) == (occasion[0], again)


@pytest.mark.parametrize(("before", "after"), [(-1, 0), (61, 0), (0, -1), (0, 61)])
def test_windows_of_two_years_cannot_meet(before: int, after: int) -> None:
    """More than sixty days on a side is refused, in a document and in a program."""
    with pytest.raises(ValueError, match="expected 0 to 60"):
        OccasionWindow(kind="birthday", days_before=before, days_after=after)
    with pytest.raises(msgspec.ValidationError, match=r"at `\$.days_(before|after)`"):
        msgspec.convert({"kind": "birthday", "days_before": before, "days_after": after}, OccasionWindow)


DAYS = st.dates(date(1935, 1, 1), date(2070, 1, 1))
REAL_DAYS = st.tuples(DAYS, st.sampled_from(Calendar)).map(lambda found: in_calendar(*found))
BIRTHDAYS = REAL_DAYS.map(lambda day: birthday(day.month, day.day, day.calendar))
SIDES = st.integers(0, 60)
OCCASION_WINDOWS = st.builds(OccasionWindow, kind=st.just("birthday"), days_before=SIDES, days_after=SIDES)


@given(OCCASION_WINDOWS, BIRTHDAYS, DAYS)
def test_a_year_has_one_window_of_all_its_days(window: OccasionWindow, occasion: Occasion, today: date) -> None:
    """From one window's first day to the next window's it matches on exactly the days asked for, and all in a row."""
    begin = next_occasion(window, (occasion,), today)
    assert begin is not None
    end = next_occasion(window, (occasion,), begin)
    assert end is not None
    assert (end - begin).days in ({353, 354, 355, 356} if occasion.calendar is HIJRI else {365, 366})
    matches = [occasion_today(window, (occasion,), begin + timedelta(n)) for n in range((end - begin).days)]
    length = window.days_before + 1 + window.days_after
    assert set(matches[:length]) == {OccasionMatch(occasion, begin + timedelta(window.days_before))}
    assert set(matches[length:]) == {None}


@given(BIRTHDAYS, DAYS)
def test_it_falls_on_its_day_or_on_the_last_of_its_month(occasion: Occasion, today: date) -> None:
    """The month is right, the day never later, and earlier only when the month is over."""
    day = next_occasion(ON_THE_DAY, (occasion,), today)
    assert day is not None
    found = in_calendar(day, occasion.calendar)
    assert found.month == occasion.month
    assert found.day == occasion.day or (
        found.day < occasion.day and in_calendar(day + timedelta(1), occasion.calendar).day == 1
    )


@given(BIRTHDAYS.filter(lambda occasion: occasion.calendar is not HIJRI), DAYS)
def test_a_solar_birthday_may_be_granted_on_the_day_every_year(occasion: Occasion, today: date) -> None:
    """The guard of 365 days never refuses whoever came on the day last year, clipped days included."""
    day = next_occasion(ON_THE_DAY, (occasion,), today)
    assert day is not None
    again = next_occasion(ON_THE_DAY, (occasion,), day)
    assert again is not None
    assert not granted_lately(day, again)
    assert grantable_from(day) <= again
