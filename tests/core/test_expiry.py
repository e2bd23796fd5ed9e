"""When points expire: months by the calendar, ends of periods, grace."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.expiry import GRACE_DAYS_MAX, MONTHS_MAX, NEVER, ExpiryPolicy, RoundUp, graced, last_day


@pytest.mark.parametrize(
    ("start", "months", "round_up", "last"),
    [
        ("2026-01-31", 1, "", "2026-02-28"),
        ("2028-01-31", 1, "", "2028-02-29"),
        ("2028-02-29", 12, "", "2029-02-28"),
        ("2028-02-29", 48, "", "2032-02-29"),
        ("2026-08-31", 6, "", "2027-02-28"),
        ("2026-12-15", 1, "", "2027-01-15"),
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2026-01-01", 1, "month", "2026-02-28"),
        ("2026-01-15", 1, "quarter", "2026-03-31"),
        ("2026-03-31", 1, "quarter", "2026-06-30"),
        ("2026-12-01", 1, "quarter", "2027-03-31"),
        ("2026-01-15", 1, "year", "2026-12-31"),
        ("2026-12-31", 12, "year", "2027-12-31"),
        ("9999-12-01", 1, "", None),
        ("9999-06-01", 1, "year", "9999-12-31"),
    ],
)
def test_the_last_day(start: str, months: int, round_up: str, last: str | None) -> None:
    """A day the month does not have becomes its last one; a period is rounded up to its end."""
    policy = ExpiryPolicy(months=months, round_up=RoundUp(round_up))
    assert last_day(policy, date.fromisoformat(start)) == (last and date.fromisoformat(last))


@given(st.dates(max_value=date(9000, 1, 1)), st.integers(1, 120), st.sampled_from(RoundUp))
def test_rounding_up_never_shortens_a_life(start: date, months: int, round_up: RoundUp) -> None:
    """Whatever the period, points live at least their months."""
    exact = last_day(ExpiryPolicy(months=months), start)
    rounded = last_day(ExpiryPolicy(months=months, round_up=round_up), start)
    assert exact
    assert rounded
    assert start < exact <= rounded


def test_points_without_months_never_expire() -> None:
    """No months, no last day."""
    assert last_day(NEVER, date(2026, 1, 31)) is None


@pytest.mark.parametrize(
    ("grace", "old", "returned", "new"),
    [
        (14, "2026-06-30", "2026-05-01", "2026-07-14"),
        (14, "2026-06-30", "2026-07-10", "2026-07-14"),
        (14, "2026-06-30", "2026-09-01", "2026-09-01"),
        (0, "2026-06-30", "2026-05-01", "2026-06-30"),
        (14, "9999-12-30", "2026-05-01", "9999-12-31"),
    ],
)
def test_what_comes_back_lives_for_the_old_time_plus_grace(grace: int, old: str, returned: str, new: str) -> None:
    """Grace is added to the old last day, and on the day of the return the points can be spent in any case."""
    dates = date.fromisoformat(old), date.fromisoformat(returned)
    assert graced(ExpiryPolicy(months=1, grace_days=grace), *dates) == date.fromisoformat(new)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"months": 0}, "months is 0: expected 1 to 1200, or none for never"),
        ({"months": MONTHS_MAX + 1}, "months is 1201: expected 1 to 1200, or none for never"),
        ({"months": 1, "grace_days": -1}, "grace_days is -1: expected 0 to 3660"),
        ({"grace_days": GRACE_DAYS_MAX + 1}, "grace_days is 3661: expected 0 to 3660"),
        ({"months": 1, "round_up": "week"}, "Invalid enum value 'week' - at `$.round_up`"),
    ],
)
def test_a_policy_no_calendar_can_follow_is_refused(document: dict[str, int], sentence: str) -> None:
    """It is refused where it is read, with a sentence that says what is expected."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(document, ExpiryPolicy)
    assert str(error.value) == sentence
