"""When something holds: days, weekdays, hours and recurring windows, all told by the clock on the shop's wall.

Every part that is given must hold. Wall time decides, as it does on the sign at the door: a window that begins in the
hour which the clock skips is open from the jump to its announced end, and one in the hour that comes twice is open
twice. (RFC 5545, section 3.3.5, would move the first to an hour later and drop the second.)
"""

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec

from pos_loyalty.core.recurrence import latest_start, next_start, rule_of
from pos_loyalty.core.recurrence_rules import DAY, LAST_MINUTE, minute_of
from pos_loyalty.core.wall_clock import moment_of, set_back

MINUTES_MAX = 365 * DAY
"""A window that lasts longer is a span of days: ``from_date`` and ``until_date``."""
WINDOWS_MAX = 20
DAYS_AHEAD = 366
"""How far :func:`next_opening` looks."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of every day, from ``start`` until just before ``end``, both ``HH:MM``.

    If ``end`` is not after ``start`` the stretch passes midnight and belongs to the day it began on.
    """

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="until")

    def __post_init__(self) -> None:
        """Refuse what is no time of day (msgspec's protocol: ValueError)."""
        _minute(self.start)
        _minute(self.end)


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``minutes`` from every start that ``rule`` names (an RFC 5545 RRULE whose DTSTART is ``starts``, local time)."""

    rule: str
    starts: Annotated[datetime, msgspec.Meta(tz=False)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=MINUTES_MAX)]

    def __post_init__(self) -> None:
        """Refuse a rule that cannot be read, or not be reckoned with quickly (msgspec's protocol: ValueError)."""
        rule_of(self.rule, self.starts)


class When(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The times at which something holds; with nothing set, always.

    Dates and weekdays are asked of the day on which ``hours`` began: with Friday and 22:00 until 02:00 it holds on
    Saturday at 01:00, and the last night ends on the morning after ``until_date``.
    """

    from_date: date | None = None
    until_date: date | None = None
    """The last day."""
    weekdays: tuple[Weekday, ...] = ()
    hours: Hours | None = None
    windows: Annotated[tuple[Window, ...], msgspec.Meta(max_length=WINDOWS_MAX)] = ()
    """One of them is enough."""

    def __post_init__(self) -> None:
        """Refuse a span of days that ends before it begins (msgspec's protocol: ValueError)."""
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise ValueError(f"until_date is {self.until_date}: expected {self.from_date} (from_date) or later")

    @property
    def always(self) -> bool:
        """Whether nothing is asked at all."""
        return not (self.from_date or self.until_date or self.weekdays or self.hours or self.windows)


def holds(when: When, now: datetime) -> bool:
    """Whether ``when`` holds at ``now``, a moment in the store's own zone."""
    return when.always or _holds(when, minute_of(now))


def next_opening(when: When, now: datetime) -> datetime | None:
    """Return the first moment at or after ``now`` at which ``when`` holds, in the zone of ``now``.

    None when there is none in the next 366 days; :func:`is_over` tells whether there can be one later.
    """
    return _next_opening(when, now, min(minute_of(now) + DAYS_AHEAD * DAY, LAST_MINUTE))


def is_over(when: When, now: datetime) -> bool:
    """Whether ``when`` can never hold again: its last day has passed, or the last start of each of its windows.

    False promises nothing: a rule that names only 30 Februaries has no last start.
    """
    at = minute_of(now)
    if when.until_date is not None and at >= _end_of_day(when, when.until_date.toordinal()):
        return True
    lasts = (rule_of(window.rule, window.starts).last + window.minutes for window in when.windows)
    return bool(when.windows) and max(lasts) <= at


def _next_opening(when: When, now: datetime, last: int) -> datetime | None:
    """Look from ``now`` to the minute ``last``, jump of the clock by jump of the clock."""
    at = minute_of(now)
    if _holds(when, at):
        return now
    opening = _opening(when, at, last)
    then = None if opening is None else moment_of(opening, now)
    back = set_back(now)
    if back is not None and (then is None or back.timestamp() < then.timestamp()):
        return _next_opening(when, back, last)
    # The clock may have skipped all of the window.
    return then if then is None or minute_of(then) == opening else _next_opening(when, then, last)


def _holds(when: When, at: int) -> bool:
    """Whether ``when`` holds at a minute on the wall."""
    return _day_holds(when, at) and (not when.windows or any(_is_open(window, at) for window in when.windows))


def _opening(when: When, at: int, last: int) -> int | None:
    """Return the first minute from ``at`` to ``last`` at which ``when`` holds, as if no clock ever jumped.

    Days and windows take turns to name the next minute that suits them, until one is content with the other's.
    """
    while True:
        day = _next_by_day(when, at)
        if day is None or day > last:
            return None
        window = _next_by_window(when, day, last)
        if window is None or window == day:
            return window
        at = window


def _day_holds(when: When, at: int) -> bool:
    """Whether dates, weekdays and hours hold."""
    day, minute = divmod(at, DAY)
    if when.hours is not None:
        start, end = _minute(when.hours.start), _minute(when.hours.end)
        if start < end:
            if not start <= minute < end:
                return False
        elif minute < start:
            if minute >= end:
                return False
            day -= 1
    return _suits(when, day)


def _end_of_day(when: When, day: int) -> int:
    """Return the minute at which the hours of a day have passed."""
    if when.hours is None:
        return (day + 1) * DAY
    start, end = _minute(when.hours.start), _minute(when.hours.end)
    return day * DAY + (end if start < end else DAY + end)


def _suits(when: When, day: int) -> bool:
    """Whether dates and weekdays allow a day, given by its ordinal."""
    return (
        (when.from_date is None or when.from_date.toordinal() <= day)
        and (when.until_date is None or day <= when.until_date.toordinal())
        and (not when.weekdays or _WEEK[(day - 1) % 7] in when.weekdays)
    )


def _next_by_day(when: When, at: int) -> int | None:
    """Return the first minute from ``at`` on at which dates, weekdays and hours hold."""
    if _day_holds(when, at):
        return at
    start = 0 if when.hours is None else _minute(when.hours.start)
    day = -((start - at) // DAY)
    if when.from_date is not None:
        day = max(day, when.from_date.toordinal())
    return next((ordinal * DAY + start for ordinal in range(day, day + 7) if _suits(when, ordinal)), None)


def _is_open(window: Window, at: int) -> bool:
    """Whether a window is open."""
    start = latest_start(window.rule, window.starts, at)
    return start is not None and at < start + window.minutes


def _next_by_window(when: When, at: int, last: int) -> int | None:
    """Return the first minute from ``at`` on at which one of the windows is open."""
    if not when.windows or any(_is_open(window, at) for window in when.windows):
        return at
    starts = (next_start(window.rule, window.starts, at, last) for window in when.windows)
    return min((start for start in starts if start is not None), default=None)


@lru_cache(maxsize=DAY)
def _minute(text: str) -> int:
    """Return the minute of the day that ``HH:MM`` names.

    Raises:
        ValueError: it names none.
    """
    hour, _, minute = text.partition(":")
    if not (len(text) == len("HH:MM") and (hour + minute).isdecimal() and text.isascii()):
        raise ValueError(f"time is {text!r}: expected HH:MM, as in 17:00")
    if int(hour) > 23 or int(minute) > 59:  # noqa: PLR2004 - the clock
        raise ValueError(f"time is {text!r}: expected 00:00 to 23:59")
    return int(hour) * 60 + int(minute)
