"""Days in three calendars, and when an occasion comes round."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.calendars import days_until, in_calendar, local_day
from pos_loyalty.core.members import Calendar
from pos_loyalty.errors import InvariantBroken

GREGORIAN, JALALI, HIJRI = Calendar.GREGORIAN, Calendar.JALALI, Calendar.HIJRI


@pytest.mark.parametrize(
    ("day", "calendar", "year", "month", "number"),
    [
        pytest.param(date(2024, 3, 20), JALALI, 1403, 1, 1, id="Nowruz of a leap year"),
        pytest.param(date(2025, 3, 20), JALALI, 1403, 12, 30, id="30 Esfand"),
        pytest.param(date(2026, 11, 21), JALALI, 1405, 8, 30, id="30 Aban"),
        pytest.param(date(2024, 3, 11), HIJRI, 1445, 9, 1, id="Ramadan 1445, Umm al-Qura"),
        pytest.param(date(2024, 7, 7), HIJRI, 1446, 1, 1, id="new year 1446"),
        pytest.param(date(2077, 11, 16), HIJRI, 1500, 12, 30, id="last day of the table"),
        pytest.param(date(2026, 2, 28), GREGORIAN, 2026, 2, 28, id="Gregorian"),
    ],
)
def test_a_day_has_its_name_in_each_calendar(day: date, calendar: Calendar, year: int, month: int, number: int) -> None:
    """Known days, from published almanacs."""
    assert in_calendar(day, calendar) == (calendar, year, month, number)


@pytest.mark.parametrize(
    ("day", "calendar"),
    [(date(1924, 7, 31), HIJRI), (date(2077, 11, 17), HIJRI), (date.min, JALALI), (date.max, JALALI)],
)
def test_a_day_outside_a_calendar_is_gregorian(day: date, calendar: Calendar) -> None:
    """No exception and no guess: the result says which calendar it is in."""
    assert in_calendar(day, calendar) == (GREGORIAN, day.year, day.month, day.day)


def test_the_day_of_a_moment_is_that_of_the_time_zone() -> None:
    """21:00 UTC is already tomorrow in Tehran; a moment without a zone is a defect."""
    moment = datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert local_day(moment, ZoneInfo("Asia/Tehran")) == date(2026, 11, 21)
    assert local_day(moment, UTC) == date(2026, 11, 20)
    with pytest.raises(InvariantBroken, match="has no time zone"):
        local_day(datetime(2026, 11, 20, 21), UTC)  # noqa: DTZ001 - the defect itself


@pytest.mark.parametrize(
    ("month", "day", "calendar", "today", "days"),
    [
        pytest.param(11, 21, GREGORIAN, date(2026, 11, 21), 0, id="today"),
        pytest.param(11, 20, GREGORIAN, date(2026, 11, 21), 364, id="yesterday"),
        pytest.param(1, 1, GREGORIAN, date(2026, 12, 31), 1, id="over the new year"),
        pytest.param(2, 29, GREGORIAN, date(2026, 2, 20), 8, id="29 February in a common year"),
        pytest.param(2, 29, GREGORIAN, date(2028, 2, 20), 9, id="29 February in a leap year"),
        pytest.param(2, 29, GREGORIAN, date(2027, 3, 1), 365, id="from a common into a leap year"),
        pytest.param(12, 30, JALALI, date(2026, 3, 20), 0, id="30 Esfand on the 29th of 1404"),
        pytest.param(12, 30, JALALI, date(2025, 3, 20), 0, id="30 Esfand of 1403, a leap year"),
        pytest.param(1, 1, JALALI, date(2026, 3, 20), 1, id="Nowruz tomorrow"),
        pytest.param(9, 1, HIJRI, date(2024, 3, 1), 10, id="Ramadan"),
        pytest.param(13, 1, GREGORIAN, date(2026, 1, 1), None, id="no such month"),
        pytest.param(1, 32, JALALI, date(2026, 1, 1), None, id="no such day"),
        pytest.param(1, 31, HIJRI, date(2026, 1, 1), None, id="no Hijri month has 31 days"),
        pytest.param(1, 1, HIJRI, date(2077, 11, 16), None, id="beyond the table"),
        pytest.param(1, 1, HIJRI, date(2080, 1, 1), None, id="today is beyond the table"),
        pytest.param(1, 1, GREGORIAN, date.max, None, id="beyond the last day"),
    ],
)
def test_days_to_an_occasion(month: int, day: int, calendar: Calendar, today: date, days: int | None) -> None:
    """The next time round, on the last day of the month where the day is missing."""
    assert days_until(month, day, calendar, today) == days


@given(st.dates(date(1930, 1, 1), date(2070, 1, 1)), st.integers(1, 12), st.integers(1, 31), st.sampled_from(Calendar))
def test_an_occasion_comes_round_within_a_year(today: date, month: int, day: int, calendar: Calendar) -> None:
    """It falls in its own month, never after its day, at most 366 days away."""
    days = days_until(month, day, calendar, today)
    if calendar is HIJRI and day > 30:
        assert days is None
        return
    assert days is not None
    assert 0 <= days <= 366
    then = in_calendar(today + timedelta(days), calendar)
    assert then.month == month
    assert then.day <= day
    assert then.day == day or in_calendar(today + timedelta(days + 1), calendar).day == 1
