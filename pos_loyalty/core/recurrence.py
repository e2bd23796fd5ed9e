"""When something that recurs begins: minutes on the wall, year by year (RFC 5545, section 3.3.10).

A minute is a plain number: the day (``date.toordinal``) times 1,440, plus the minute of the day. A year of a rule is
expanded day by day, so its cost has a bound (0.2 to 0.7 ms, 10 ms for one that fires hourly) whether the rule began
yesterday or in 1990, fires daily or names a 30 February. python-dateutil, the oracle of our tests, walks from the
first start and looks for that day until the year 9999. ``starts`` counts as an occurrence only if the rule matches it.
"""

from array import array
from bisect import bisect_left, bisect_right
from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby

from pos_loyalty.core.recurrence_rules import DAY, LAST_MINUTE, Frequency, Rule, read

COUNT_YEARS = 30
"""A COUNT that is not used up thirty years on is taken as never used up; to look further costs up to 10 ms a year."""

_YEARS_KEPT = 2048  # of all rules together: 500 programs over four years; a daily rule's year is 3 KB


@lru_cache(maxsize=_YEARS_KEPT)
def rule_of(text: str, starts: datetime) -> Rule:
    """Return the rule ``text`` whose DTSTART is ``starts``, its COUNT turned into the last start.

    Raises:
        ValueError: see :func:`~pos_loyalty.core.recurrence_rules.read`.
    """
    rule = read(text, starts)
    return rule if rule.total is None else rule._replace(last=_last_of(rule, rule.total))


def latest_start(text: str, starts: datetime, at: int) -> int | None:
    """Return the last start at or before minute ``at``, in its year or the year before."""
    year = _year_of(at)
    for found in (_starts_in(year, text, starts), _starts_in(max(year - 1, 1), text, starts)):
        position = bisect_right(found, at)
        if position:
            return found[position - 1]
    return None


def next_start(text: str, starts: datetime, at: int, until: int) -> int | None:
    """Return the first start at or after minute ``at``, in the years up to that of ``until``; it may lie after it."""
    for year in range(_year_of(at), _year_of(until) + 1):
        found = _starts_in(year, text, starts)
        position = bisect_left(found, at)
        if position < len(found):
            return found[position]
    return None


def _year_of(at: int) -> int:
    """Return the year of a minute."""
    return date.fromordinal(at // DAY).year


@lru_cache(maxsize=_YEARS_KEPT)
def _starts_in(year: int, text: str, starts: datetime) -> "array[int]":
    """Return the minutes of ``year`` at which the rule begins, in order."""
    return array("q", _expand(rule_of(text, starts), year))


def _last_of(rule: Rule, count: int) -> int:
    """Return the minute of start number ``count``."""
    first_year = date.fromordinal(rule.first // DAY).year
    for year in range(first_year, min(first_year + COUNT_YEARS, date.max.year + 1)):
        found = list(_expand(rule, year))
        if count <= len(found):
            return found[count - 1]
        count -= len(found)
    return LAST_MINUTE


def _expand(rule: Rule, year: int) -> Iterator[int]:
    """Yield the starts of one year, in order."""
    begin = max(date(year, 1, 1).toordinal() * DAY, rule.first)
    end = min(date(year, 12, 31).toordinal() * DAY + DAY - 1, rule.last)
    if begin > end:
        return
    candidates = _candidates(rule, date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())
    for _, group in groupby(candidates, key=lambda found: found[0]):
        minutes = [minute for _, minute in group]
        yield from (minute for minute in _chosen(rule.positions, minutes) if begin <= minute <= end)


def _candidates(rule: Rule, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield period and minute of each start from day ``first`` to ``last``, before BYSETPOS has chosen.

    A week may cross the year's end, so there are six days more on either side.
    """
    origin = _period(rule, date.fromordinal(rule.first // DAY), rule.first % DAY)
    for ordinal in range(max(first - 6, 1), min(last + 6, date.max.toordinal()) + 1):
        day = date.fromordinal(ordinal)
        for time in rule.times if _matches(rule, day) else ():
            period = _period(rule, day, time)
            if (period - origin) % rule.interval == 0:
                yield period, ordinal * DAY + time


def _period(rule: Rule, day: date, time: int) -> int:
    """Return the number of the year, month, week, day or hour."""
    if rule.frequency is Frequency.HOURLY:
        return day.toordinal() * 24 + time // 60
    if rule.frequency is Frequency.DAILY:
        return day.toordinal()
    if rule.frequency is Frequency.WEEKLY:
        return (day.toordinal() - 1 - rule.week_start) // 7
    return day.year if rule.frequency is Frequency.YEARLY else day.year * 12 + day.month


def _matches(rule: Rule, day: date) -> bool:
    """Whether a day is one of the rule's, its period aside."""
    length = monthrange(day.year, day.month)[1]
    return (
        (not rule.months or day.month in rule.months)
        and _among(rule.month_days, day.day, length)
        and (not rule.year_days or _among(rule.year_days, *_in_year(day)))
        and (not rule.weeks or _among(rule.weeks, *_week(day, rule.week_start)))
        and (not rule.weekdays or _on_weekday(rule, day, length))
    )


def _among(numbers: frozenset[int], position: int, length: int) -> bool:
    """Whether a position is among numbers that count from the start, or from the end of ``length`` if negative."""
    return not numbers or position in numbers or position - length - 1 in numbers


def _in_year(day: date) -> tuple[int, int]:
    """Return the day of the year and the length of the year."""
    return day.timetuple().tm_yday, 365 + isleap(day.year)


def _week(day: date, week_start: int) -> tuple[int, int]:
    """Return the week that a day is in and how many its year has (ISO 8601, with any first day of the week).

    A week belongs to the year in which its fourth day is.
    """
    fourth = date.fromordinal(day.toordinal() - (day.weekday() - week_start) % 7 + 3)
    position, length = _in_year(fourth)
    return (position + 6) // 7, (position + 6) // 7 + (length - position) // 7


def _on_weekday(rule: Rule, day: date, month_length: int) -> bool:
    """Whether a day is one of BYDAY, which counts within the month, or within the year if no month is given."""
    yearly = rule.frequency is Frequency.YEARLY and not rule.months
    position, length = _in_year(day) if yearly else (day.day, month_length)
    weekday = day.weekday()
    wanted = {(weekday, 0), (weekday, (position + 6) // 7), (weekday, -((length - position) // 7) - 1)}
    return not wanted.isdisjoint(rule.weekdays)


def _chosen(positions: frozenset[int], minutes: Sequence[int]) -> Iterator[int]:
    """Yield the starts of one period that BYSETPOS chooses."""
    return (minute for position, minute in enumerate(minutes, 1) if _among(positions, position, len(minutes)))
