"""Recurrence rules as they are written: the value of an RRULE (RFC 5545, section 3.3.10).

Left out on purpose: BYSECOND and frequencies finer than HOURLY (no till needs them, and they make evaluation slow), and
UNTIL in UTC (a shop's hours are local). Which minutes a rule names is told by :mod:`pos_loyalty.core.recurrence`.
"""

import re
from contextlib import suppress
from datetime import date, datetime
from enum import IntEnum
from typing import NamedTuple

DAY = 1440
"""Minutes of a day."""
STARTS_PER_DAY_MAX = 24
"""As many as FREQ=HOURLY has: a year of a rule is at most 8,784 starts."""


class Frequency(IntEnum):
    """How long a period is; INTERVAL counts them."""

    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBERS = {
    "INTERVAL": (1, 999),
    "COUNT": (1, 1000),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (1, 31),
    "BYYEARDAY": (1, 366),
    "BYWEEKNO": (1, 53),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSETPOS": (1, 366),
}
_FROM_THE_END = {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}
_PARTS = ("FREQ", *_NUMBERS, "BYDAY", "UNTIL", "WKST")
_UNFIT = {
    "BYWEEKNO": {Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY, Frequency.HOURLY},
    "BYYEARDAY": {Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY},
    "BYMONTHDAY": {Frequency.WEEKLY},
}
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6})?")
_BY_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")


class Rule(NamedTuple):
    """A rule that has been read: every part that RFC 5545 derives from the first start is spelt out."""

    frequency: Frequency
    interval: int
    week_start: int
    """0 is Monday."""
    first: int
    """No start is before this minute."""
    last: int
    """No start is after it."""
    total: int | None
    """How many starts there are, if the rule says so."""
    times: tuple[int, ...]
    """Minutes of a day."""
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    weeks: frozenset[int]
    weekdays: frozenset[tuple[int, int]]
    """Weekday and which one of its month or year; 0 is every one."""
    positions: frozenset[int]


def minute_of(wall: datetime) -> int:
    """Return the number of the minute that a clock on the wall shows."""
    return wall.toordinal() * DAY + wall.hour * 60 + wall.minute


LAST_MINUTE = date.max.toordinal() * DAY + DAY - 1


def read(text: str, starts: datetime) -> Rule:
    """Read the value of an RRULE whose DTSTART is ``starts``, a local time in whole minutes.

    Raises:
        ValueError: not such a rule, or one that this module leaves out; the message names the part.
    """
    if starts.tzinfo is not None or starts.second or starts.microsecond:
        raise ValueError(f"starts is {starts.isoformat()}: expected a local time in whole minutes, without a zone")
    parts = _split(text)
    frequency = _frequency(parts)
    numbers = {key: _numbers(key, parts[key]) for key in _NUMBERS if key in parts}
    weekdays = frozenset(_weekday(item) for item in parts["BYDAY"].split(",")) if "BYDAY" in parts else frozenset()
    _check_fit(frequency, parts, weekdays)
    rule = Rule(
        frequency=frequency,
        interval=_one("INTERVAL", numbers, 1),
        week_start=_week_start(parts.get("WKST", "MO")),
        first=minute_of(starts),
        last=_until(parts["UNTIL"]) if "UNTIL" in parts else LAST_MINUTE,
        total=_one("COUNT", numbers, 0) or None,
        times=_times(frequency, numbers, starts),
        months=numbers.get("BYMONTH", frozenset()),
        month_days=numbers.get("BYMONTHDAY", frozenset()),
        year_days=numbers.get("BYYEARDAY", frozenset()),
        weeks=numbers.get("BYWEEKNO", frozenset()),
        weekdays=weekdays,
        positions=numbers.get("BYSETPOS", frozenset()),
    )
    if rule.last < rule.first:
        raise ValueError(f"UNTIL is {parts['UNTIL']!r}: expected a time after the first start, {starts.isoformat()}")
    return _completed(rule, starts)


def _split(text: str) -> dict[str, str]:
    """Return the parts of a rule by name."""
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        key, equals, value = part.partition("=")
        if "DTSTART" in key:
            raise ValueError(f"rule is {text!r}: the first start is `starts`, take DTSTART out of the rule")
        if not equals or key not in _PARTS:
            raise ValueError(f"rule is {text!r}: expected parts such as FREQ=WEEKLY; known are {', '.join(_PARTS)}")
        if key in parts:
            raise ValueError(f"rule is {text!r}: {key} is given twice, keep one")
        parts[key] = value
    if "UNTIL" in parts and "COUNT" in parts:
        raise ValueError(f"rule is {text!r}: it ends by UNTIL and by COUNT, keep one")
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    """Return how often a rule comes round."""
    found = parts.get("FREQ", "")
    if found not in Frequency.__members__:
        raise ValueError(f"FREQ is {found!r}: expected one of {', '.join(Frequency.__members__)}")
    return Frequency[found]


def _numbers(key: str, value: str) -> frozenset[int]:
    """Return the numbers of one part."""
    low, high = _NUMBERS[key]
    sign = "[+-]?" if key in _FROM_THE_END else ""
    items = value.split(",")
    if any(not re.fullmatch(f"{sign}[0-9]{{1,4}}", item) or not low <= abs(int(item)) <= high for item in items):
        end = f" or -{high} to -{low}" if sign else ""
        raise ValueError(f"{key} is {value!r}: expected {low} to {high}{end}")
    return frozenset(int(item) for item in items)


def _one(key: str, numbers: dict[str, frozenset[int]], default: int) -> int:
    """Return the single number of a part."""
    found = numbers.get(key, {default})
    if len(found) != 1:
        raise ValueError(f"{key} is {sorted(found)}: expected one number")
    return next(iter(found))


def _weekday(item: str) -> tuple[int, int]:
    """Return weekday and position of an item of BYDAY, as in ``FR`` or ``-1FR``."""
    found = _BY_DAY.fullmatch(item)
    which = int(found[1] or 0) if found else 0
    if found is None or (found[1] and not 1 <= abs(which) <= _NUMBERS["BYWEEKNO"][1]):
        raise ValueError(f"BYDAY is {item!r}: expected MO, TU, WE, TH, FR, SA or SU, or 1 to 53 before it, as in -1FR")
    return _WEEKDAYS.index(found[2]), which


def _week_start(value: str) -> int:
    """Return the first day of a week."""
    if value not in _WEEKDAYS:
        raise ValueError(f"WKST is {value!r}: expected one of {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(value)


def _until(value: str) -> int:
    """Return the last minute that UNTIL allows: a day without a time is wholly inside."""
    if _UNTIL.fullmatch(value):
        with suppress(ValueError):
            return minute_of(datetime.fromisoformat(value if "T" in value else f"{value}T235959"))
    raise ValueError(f"UNTIL is {value!r}: expected a local 20261231 or 20261231T170000, without Z")


def _check_fit(frequency: Frequency, parts: dict[str, str], weekdays: frozenset[tuple[int, int]]) -> None:
    """Refuse parts that RFC 5545 gives no meaning together (its table on BYxxx, and the notes to it)."""
    for key, unfit in _UNFIT.items():
        if key in parts and frequency in unfit:
            raise ValueError(f"{key} has no meaning with FREQ={frequency.name}: take one of the two out")
    positioned = any(which for _, which in weekdays)
    if positioned and (frequency > Frequency.MONTHLY or "BYWEEKNO" in parts):
        raise ValueError(
            f"BYDAY is {parts['BYDAY']!r}: a number before the day needs FREQ=MONTHLY or YEARLY, no BYWEEKNO"
        )


def _times(frequency: Frequency, numbers: dict[str, frozenset[int]], starts: datetime) -> tuple[int, ...]:
    """Return the minutes of a day at which a rule may begin."""
    every = frozenset(range(24)) if frequency is Frequency.HOURLY else frozenset({starts.hour})
    hours = numbers.get("BYHOUR", every)
    minutes = numbers.get("BYMINUTE", frozenset({starts.minute}))
    if len(hours) * len(minutes) > STARTS_PER_DAY_MAX:
        raise ValueError(
            f"BYHOUR and BYMINUTE make {len(hours) * len(minutes)} starts a day: expected at most "
            f"{STARTS_PER_DAY_MAX}; let one window last longer"
        )
    return tuple(sorted(hour * 60 + minute for hour in hours for minute in minutes))


def _completed(rule: Rule, starts: datetime) -> Rule:
    """Take from the first start what the rule does not say about its days."""
    weekday = frozenset({(starts.weekday(), 0)})
    if rule.weekdays or rule.month_days or rule.year_days:
        return rule
    if rule.weeks or rule.frequency is Frequency.WEEKLY:
        return rule._replace(weekdays=weekday)
    if rule.frequency > Frequency.WEEKLY:
        return rule
    months = rule.months or frozenset({starts.month}) if rule.frequency is Frequency.YEARLY else rule.months
    return rule._replace(months=months, month_days=frozenset({starts.day}))
