"""When points expire: a policy, fixed in each lot when it is earned.

A lot can be spent up to and including its last day. Days are those of the program's time zone; the caller has put
the time into it.
"""

from calendar import monthrange
from datetime import MAXYEAR, date, timedelta
from enum import StrEnum

import msgspec

MONTHS_MAX = 1200
GRACE_DAYS_MAX = 3660

_PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class RoundUp(StrEnum):
    """The end of which period the last day is moved to (Gregorian)."""

    NO = ""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class ExpiryPolicy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How long points live from the day they can first be spent."""

    months: int | None = None
    """Calendar months; absent for points that never expire."""
    round_up: RoundUp = RoundUp.NO
    grace_days: int = 0
    """Days past the old last day that a lot gets when a return brings it back."""

    def __post_init__(self) -> None:
        """Refuse what no calendar can do (msgspec's protocol: ValueError)."""
        if self.months is not None and not 1 <= self.months <= MONTHS_MAX:
            raise ValueError(f"months is {self.months}: expected 1 to {MONTHS_MAX}, or none for never")
        if not 0 <= self.grace_days <= GRACE_DAYS_MAX:
            raise ValueError(f"grace_days is {self.grace_days}: expected 0 to {GRACE_DAYS_MAX}")


NEVER = ExpiryPolicy()


def last_day(policy: ExpiryPolicy, start: date) -> date | None:
    """Return the last day on which points that can be spent from ``start`` are good; ``None`` for ever.

    A day that the month does not have becomes its last one. What lies beyond the year 9999 is for ever.

    >>> last_day(ExpiryPolicy(months=1), date(2026, 1, 31))
    datetime.date(2026, 2, 28)
    """
    if policy.months is None:
        return None
    # Months since the year 0, so that division gives back year and month.
    month = start.year * 12 + start.month - 1 + policy.months
    if policy.round_up:
        period = _PERIOD_MONTHS[policy.round_up]
        month += period - 1 - month % period
    year, month = month // 12, month % 12 + 1
    if year > MAXYEAR:
        return None
    days = monthrange(year, month)[1]
    return date(year, month, days if policy.round_up else min(start.day, days))


def graced(policy: ExpiryPolicy, expires_on: date, returned_on: date) -> date:
    """Return the last day of points that come back: the old one plus grace, and the day of return at the least.

    Grace always counts from the first last day, so that buying and returning again and again prolongs nothing.
    """
    room = (date.max - expires_on).days
    return max(expires_on + timedelta(days=min(policy.grace_days, room)), returned_on)
