"""When several conditions hold at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pos_loyalty.core.programs import Program
from pos_loyalty.core.windows import DAYS_AHEAD, When, next_opening

_TURNS_MAX = 100
"""Turns the conditions take to name the next moment; those that do not agree by then are taken never to."""


def meeting(whens: Sequence[When], start: datetime) -> datetime | None:
    """Return the first moment from ``start`` on at which all hold; None if there is none within 366 days."""
    at, last = start, start + timedelta(days=DAYS_AHEAD)
    for _ in range(_TURNS_MAX):
        openings = [opening for when in whens if (opening := next_opening(when, at)) is not None]
        if len(openings) < len(whens):
            return None
        latest = max((at, *openings))
        if latest == at:
            return at
        if latest > last:
            return None
        at = latest
    return None


def in_force(programs: Sequence[Program], now: datetime) -> datetime | None:
    """Return the first moment from ``now`` on at which all programs are in force; None if there is none soon."""
    starts = [program.valid_from.astimezone(now.tzinfo) for program in programs if program.valid_from]
    moment = meeting([program.only.when for program in programs], max((now, *starts)))
    ends = [program.valid_until for program in programs if program.valid_until]
    return moment if moment is not None and all(moment < end for end in ends) else None
