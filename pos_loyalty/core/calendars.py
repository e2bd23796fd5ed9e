"""Three calendars over one day: Gregorian, Jalali (Iranian solar) and Hijri (Umm al-Qura).

For what is shown, and for the days on which an occasion comes round. What is stored is an ISO date or a UTC moment,
except an occasion, which comes back every year of the calendar it was given in. Jalali is persiantools' (it agrees
with jdatetime on every day from 1980 to 2060). Hijri is the Umm al-Qura table of hijridate, 1924-08-01 to 2077-11-16;
the arithmetical calendar differs from it on half of all days, so outside the table a day is shown as Gregorian rather
than guessed. The two libraries import in 3 ms together.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from hijridate import Gregorian, Hijri
from persiantools.jdatetime import JalaliDate

from pos_loyalty.core.members import Calendar
from pos_loyalty.errors import InvariantBroken

_jalali: Callable[..., JalaliDate] = JalaliDate  # its constructor has no annotations, which strict mypy refuses
_MONTHS = 12
_DAYS_MAX = {Calendar.GREGORIAN: 31, Calendar.JALALI: 31, Calendar.HIJRI: 30}
_OUT_OF_RANGE = (ValueError, OverflowError)  # persiantools raises the one, hijridate the other


class CalendarDate(NamedTuple):
    """A day as one calendar names it."""

    calendar: Calendar
    year: int
    month: int
    day: int


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day that ``moment`` falls on in ``zone``.

    Raises:
        InvariantBroken: the moment has no time zone, so no day can be told.
    """
    if moment.tzinfo is None:
        raise InvariantBroken(f"{moment.isoformat()} has no time zone: moments inside the program are UTC")
    return moment.astimezone(zone).date()


def in_calendar(day: date, calendar: Calendar) -> CalendarDate:
    """Return ``day`` in ``calendar``, or in the Gregorian one (see its field) where ``calendar`` has no such day."""
    try:
        if calendar is Calendar.JALALI:
            jalali = _jalali(day)
            return CalendarDate(calendar, jalali.year, jalali.month, jalali.day)
        if calendar is Calendar.HIJRI:
            return CalendarDate(calendar, *Gregorian.fromdate(day).to_hijri().datetuple())
    except _OUT_OF_RANGE:
        pass
    return CalendarDate(Calendar.GREGORIAN, day.year, day.month, day.day)


def days_until(month: int, day: int, calendar: Calendar, today: date) -> int | None:
    """Return the days from ``today`` to the next time an occasion comes round; 0 when it is today.

    In a year without that day (29 February, 30 Esfand, the 30th of a short Hijri month) the occasion is on the last
    day of its month. None when there is no such month or day, or when the calendar does not reach that far.

    >>> days_until(2, 29, Calendar.GREGORIAN, date(2026, 2, 20))
    8
    """
    if not (1 <= month <= _MONTHS and 1 <= day <= _DAYS_MAX[calendar]):
        return None
    now = in_calendar(today, calendar)
    if now.calendar is not calendar:
        return None
    occurrences = (occurrence(calendar, now.year + ahead, month, day) for ahead in (0, 1))
    return next(((then - today).days for then in occurrences if then is not None and then >= today), None)


def occurrence(calendar: Calendar, year: int, month: int, day: int) -> date | None:
    """Return the Gregorian day of an occasion in one year of its calendar: on its month's last day if need be.

    None when the calendar has no such year or month.
    """
    try:
        if calendar is Calendar.JALALI:
            return _jalali(year, month, min(day, JalaliDate.days_in_month(month, year))).to_gregorian()
        if calendar is Calendar.HIJRI:
            length = Hijri(year, month, 1).month_length()
            return date(*Hijri(year, month, min(day, length)).to_gregorian().datetuple())
        return date(year, month, min(day, monthrange(year, month)[1]))
    except _OUT_OF_RANGE:
        return None
