"""Each day has one night, whatever the clock does."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.hub.jobs.days import beginning_of, due_days

DAY = date(2026, 3, 21)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def test_a_hub_that_never_had_a_night_has_todays() -> None:
    """It makes up for nothing from before it was there."""
    assert due_days(None, DAY) == (DAY,)


def test_a_clock_that_was_set_back_makes_no_day_twice() -> None:
    """Today, yesterday or a year ago: no night is due."""
    assert [due_days(DAY, DAY - timedelta(days=days)) for days in (0, 1, 365)] == [()] * 3


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_every_day_from_the_first_to_the_last_has_one_night(clock: list[date]) -> None:
    """Whatever the clock shows at each look, the days that were made are in order, without a gap, each once."""
    made: list[date] = []
    for today in clock:
        made += due_days(made[-1] if made else None, today)
    assert made == [made[0] + timedelta(days=number) for number in range(len(made))]
    assert made[-1] == max(clock[0], *clock)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tehran", "America/Santiago", "Africa/Cairo", "UTC"])
def test_a_day_begins_on_that_day_when_clocks_change_too(zone: str) -> None:
    """In Santiago and Cairo clocks go forward at midnight: that day begins at one."""
    for number in range(731):
        day = date(2025, 1, 1) + timedelta(days=number)
        beginning = beginning_of(day, ZoneInfo(zone))
        assert beginning.date() == day
        assert (beginning - timedelta(hours=2)).astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date() < day
