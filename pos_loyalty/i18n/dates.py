"""Writing dates and times of day."""

from datetime import date, time

from pos_loyalty.core.calendars import in_calendar
from pos_loyalty.core.members import Calendar
from pos_loyalty.i18n.digits import Digits, write
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.month_names import MONTH_NAMES


def long_date(day: date, calendar: Calendar, language: Language, digits: Digits) -> str:
    """Return day, month by name, and year; in the Gregorian calendar where ``calendar`` has no such day.

    >>> long_date(date(2026, 11, 21), Calendar.JALALI, Language.FA, Digits.FA)
    '۳۰ آبان ۱۴۰۵'
    """
    named = in_calendar(day, calendar)
    month = MONTH_NAMES[language, named.calendar][named.month - 1]
    return write(f"{named.day} {month} {named.year}", digits)


def short_date(day: date, calendar: Calendar, language: Language, digits: Digits) -> str:
    """Return year, month and day as numbers, in that order everywhere, so that no reader can swap two of them.

    English has ISO 8601's hyphens. Persian and Arabic have slashes, which keep their order in a right-to-left line
    where hyphens between digits do not (UAX #9, W4).

    >>> short_date(date(2026, 11, 21), Calendar.JALALI, Language.FA, Digits.FA)
    '۱۴۰۵/۰۸/۳۰'
    """
    _, year, month, number = in_calendar(day, calendar)
    between = "-" if language is Language.EN else "/"
    return write(f"{year:04d}{between}{month:02d}{between}{number:02d}", digits)


def day_month(month: int, day: int, calendar: Calendar, language: Language, digits: Digits) -> str:
    """Return the day and the month by name of an occasion, as it was given: nobody's age is told.

    A month that the calendar does not have is written as a number.

    >>> day_month(8, 30, Calendar.JALALI, Language.EN, Digits.LATN)
    '30 Aban'
    """
    names = MONTH_NAMES[language, calendar]
    name = names[month - 1] if 1 <= month <= len(names) else str(month)
    return write(f"{day} {name}", digits)


def time_of_day(moment: time, digits: Digits) -> str:
    """Return hours and minutes on the 24-hour clock."""
    return write(f"{moment:%H:%M}", digits)
