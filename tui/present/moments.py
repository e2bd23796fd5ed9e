"""From when on, and when again: as near as it can be said, in the calendar and the digits of the shop."""

from datetime import datetime, time, timedelta

from pos_loyalty.core.calendars import in_calendar
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.dates import day_month
from pos_loyalty.i18n.locales import Locale

WEEKDAYS = (
    mark("Monday"),
    mark("Tuesday"),
    mark("Wednesday"),
    mark("Thursday"),
    mark("Friday"),
    mark("Saturday"),
    mark("Sunday"),
)
"""As :meth:`datetime.date.weekday` counts them."""

_TOMORROW = timedelta(days=1)
_WEEK = timedelta(days=7)
_SUMMER = 180
"""Days beyond which a day and a month could be those of two years."""


def since(moment: datetime, now: datetime | None, say: Locale) -> str:
    """Return from when on: "from 17:00", "from tomorrow", "from Tuesday 17:00", "from 12 March".

    ``now`` is the present moment; without it the day is always said by its date.
    """
    ahead = _ahead(moment, now, say)
    hour = say.time(moment)
    at_midnight = moment.astimezone(say.zone).time() == time(0)
    if ahead == timedelta(0):
        return say.text("from {time}", time=hour)
    if ahead == _TOMORROW:
        return say.text("from tomorrow") if at_midnight else say.text("from tomorrow {time}", time=hour)
    day = day_name(moment, now, say)
    return say.text("from {day}", day=day) if at_midnight else say.text("from {day} {time}", day=day, time=hour)


def again(used: str, moment: datetime, now: datetime | None, say: Locale) -> str:
    """Return ``used`` and from which day on it can be had again."""
    if _ahead(moment, now, say) == _TOMORROW:
        return say.text("{used}, again tomorrow", used=used)
    return say.text("{used}, again from {day}", used=used, day=day_name(moment, now, say))


def day_name(moment: datetime, now: datetime | None, say: Locale) -> str:
    """Return the weekday if it is one of the next six days, else the day and month, with the year if it is far."""
    ahead = _ahead(moment, now, say)
    day = say.day(moment)
    if ahead is None or ahead.days > _SUMMER:
        return say.date(moment)
    if timedelta(0) < ahead < _WEEK:
        return say.text(WEEKDAYS[day.weekday()])
    named = in_calendar(day, say.calendar)
    return day_month(named.month, named.day, named.calendar, say.language, say.digits)


def _ahead(moment: datetime, now: datetime | None, say: Locale) -> timedelta | None:
    return None if now is None else say.day(moment) - say.day(now)
