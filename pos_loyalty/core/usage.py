"""What was used of limits: counters that events add to, each with the day on which it ends."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from pos_loyalty.core.programs.limits import Limit, Period, Scope


class Counted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So much more was used of a limit."""

    key: str
    """``program/limit``, then the first day of the period if there is one: ``spring/daily:2026-03-21``."""
    amount: int
    scope: Scope = Scope.MEMBER
    until: date | None = None
    """The last day on which this counter matters; absent: for ever."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was used of limits that are not the member's alone, as far as this till knows."""

    used: Mapping[str, int] = {}
    """:attr:`Counted.key` to the amount; of a limit in ``slices``, what this till alone has used of its share."""
    slices: Mapping[str, int] = {}
    """``program/limit`` to the share of it this till may use without asking; absent: all of it."""


UNUSED = Usage()


def period_of(limit: Limit, today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day of the period that ``today`` is in; neither for one that never ends.

    >>> period_of(Limit(limit_id="x", most=1, each=Period.WEEK), date(2026, 11, 21))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 22))
    """
    match limit.each:
        case Period.EVER:
            return None, None
        case Period.DAY:
            return today, today
        case Period.WEEK:
            monday = today - timedelta(days=today.weekday())
            # The last week there is ends with the last day there is.
            return monday, date.fromordinal(min(monday.toordinal() + 6, date.max.toordinal()))
        case Period.MONTH:
            return today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
        case _:
            return today.replace(month=1, day=1), today.replace(month=12, day=31)


def counter_key(program_id: str, limit: Limit, today: date, store_id: str) -> str:
    """Return the name of the counter of ``limit`` for ``today``, of this store where stores count apart."""
    first, _ = period_of(limit, today)
    key = f"{program_id}/{limit.limit_id}"
    if limit.per is Scope.STORE:
        key += f"@{store_id}"
    return key if first is None else f"{key}:{first.isoformat()}"
