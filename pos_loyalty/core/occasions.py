"""Occasions as a condition: the days around a birthday on which a reward may be had, and how seldom.

Solar birthdays (Gregorian, Jalali) are 365 or 366 days apart, clipped ones included, so who is granted something *on
the day* may have it on the day every year. A Hijri year has 354 or 355 days: the 365 days of :func:`granted_lately`
then end 10 or 11 days after the next occasion, so a reward for Hijri occasions needs ``days_after`` of 11 or more, or a
member has it every second year only. Whoever used the last day of a window last year may use only the last again.
"""

from datetime import date
from typing import Annotated, NamedTuple

import msgspec

from pos_loyalty.core.calendars import in_calendar, occurrence
from pos_loyalty.core.members import Calendar, Occasion

DAYS_MAX = 60
"""Either side: 121 days in all, so that the windows of two years (354 days apart at least) never meet."""
DAYS_BETWEEN_GRANTS = 365

_LONGEST_MONTHS = {
    Calendar.GREGORIAN: (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    Calendar.JALALI: (31,) * 6 + (30,) * 6,
    Calendar.HIJRI: (30,) * 12,
}
_YEARS_AROUND = (-1, 0, 1, 2)  # two ahead: today may lie in the window of next year's occasion already

_Days = Annotated[int, msgspec.Meta(ge=0, le=DAYS_MAX)]


class OccasionWindow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The day of an occasion and some days around it."""

    kind: str
    """As in :class:`~pos_loyalty.core.members.Occasion`: ``birthday``."""
    days_before: _Days = 0
    days_after: _Days = 0

    def __post_init__(self) -> None:
        """Refuse windows that could meet those of the next year (msgspec's protocol: ValueError)."""
        for name, days in (("days_before", self.days_before), ("days_after", self.days_after)):
            if not 0 <= days <= DAYS_MAX:
                raise ValueError(f"{name} is {days}: expected 0 to {DAYS_MAX}")


class OccasionMatch(NamedTuple):
    """An occasion and the day, in the Gregorian calendar, on which it falls this time."""

    occasion: Occasion
    day: date


def occasion_today(window: OccasionWindow, occasions: tuple[Occasion, ...], today: date) -> OccasionMatch | None:
    """Return the occasion in whose window ``today`` is: the nearest, then the earlier day, then the first listed.

    29 February, 30 Esfand and a Hijri 30th are on the last day of their month where it has no such day. An occasion
    with an impossible date (month 13, 31 Esfand) matches on no day, nor does one that its calendar's tables do not
    reach (Hijri: 1924 to 2077).
    """
    matches = [
        match
        for match in _around(window.kind, occasions, today)
        if -window.days_before <= (today - match.day).days <= window.days_after
    ]
    return min(matches, key=lambda match: (abs(match.day - today), match.day), default=None)


def next_occasion(window: OccasionWindow, occasions: tuple[Occasion, ...], today: date) -> date | None:
    """Return the first day of the next window that has not begun; None if no occasion will come round."""
    days_until = [
        ahead
        for match in _around(window.kind, occasions, today)
        if (ahead := (match.day - today).days - window.days_before) > 0
    ]
    return date.fromordinal(today.toordinal() + min(days_until)) if days_until else None


def granted_lately(last: date | None, today: date) -> bool:
    """Whether fewer than 365 days have passed since the last grant (or the clock was set back before it).

    Without this a birthday that is changed in the client book would pay again.
    """
    return last is not None and (today - last).days < DAYS_BETWEEN_GRANTS


def grantable_from(last: date) -> date:
    """Return the day from which :func:`granted_lately` no longer stands in the way."""
    return date.fromordinal(min(last.toordinal() + DAYS_BETWEEN_GRANTS, date.max.toordinal()))


def _around(kind: str, occasions: tuple[Occasion, ...], today: date) -> list[OccasionMatch]:
    """Return the occasions of a kind on their days of last year, this year and the next two of their calendars."""
    matches: list[OccasionMatch] = []
    for occasion in occasions:
        if occasion.kind != kind or not _possible(occasion):
            continue
        now = in_calendar(today, occasion.calendar)
        if now.calendar is not occasion.calendar:
            continue
        days = (
            occurrence(occasion.calendar, now.year + years, occasion.month, occasion.day) for years in _YEARS_AROUND
        )
        matches += [OccasionMatch(occasion, day) for day in days if day is not None]
    return matches


def _possible(occasion: Occasion) -> bool:
    """Whether some year of its calendar has the day."""
    months = _LONGEST_MONTHS[occasion.calendar]
    return 1 <= occasion.month <= len(months) and 1 <= occasion.day <= months[occasion.month - 1]
