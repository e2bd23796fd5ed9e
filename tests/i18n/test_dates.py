"""How a day is written, in three calendars and three languages."""

from datetime import date, time

import pytest
from babel.dates import get_month_names

from pos_loyalty.core.members import Calendar
from pos_loyalty.i18n.dates import day_month, long_date, short_date, time_of_day
from pos_loyalty.i18n.digits import Digits
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.month_names import MONTH_NAMES

GREGORIAN, JALALI, HIJRI = Calendar.GREGORIAN, Calendar.JALALI, Calendar.HIJRI


@pytest.mark.parametrize(
    ("day", "calendar"),
    [(date(1924, 7, 31), HIJRI), (date(2077, 11, 17), HIJRI), (date.min, JALALI), (date.max, JALALI)],
)
def test_a_day_outside_a_calendar_is_written_as_gregorian(day: date, calendar: Calendar) -> None:
    """The year that is shown is the Gregorian one."""
    assert str(day.year) in long_date(day, calendar, Language.EN, Digits.LATN)


@pytest.mark.parametrize(
    ("language", "digits", "calendar", "long", "short"),
    [
        (Language.EN, Digits.LATN, GREGORIAN, "21 November 2026", "2026-11-21"),
        (Language.EN, Digits.LATN, JALALI, "30 Aban 1405", "1405-08-30"),
        (Language.FA, Digits.FA, JALALI, "۳۰ آبان ۱۴۰۵", "۱۴۰۵/۰۸/۳۰"),
        (Language.FA, Digits.FA, GREGORIAN, "۲۱ نوامبر ۲۰۲۶", "۲۰۲۶/۱۱/۲۱"),
        (Language.AR, Digits.AR, GREGORIAN, "٢١ نوفمبر ٢٠٢٦", "٢٠٢٦/١١/٢١"),
        (Language.AR, Digits.AR, HIJRI, "١١ جمادى الآخرة ١٤٤٨", "١٤٤٨/٠٦/١١"),
        (Language.AR, Digits.LATN, JALALI, "30 آبان 1405", "1405/08/30"),
    ],
)
def test_a_day_is_written_as_the_reader_expects(
    language: Language, digits: Digits, calendar: Calendar, long: str, short: str
) -> None:
    """21 November 2026 in words and in numbers."""
    day = date(2026, 11, 21)
    assert (long_date(day, calendar, language, digits), short_date(day, calendar, language, digits)) == (long, short)


def test_an_occasion_is_written_without_its_year() -> None:
    """Day and month only; a month that does not exist is a number, not an exception."""
    assert day_month(8, 30, JALALI, Language.FA, Digits.FA) == "۳۰ آبان"
    assert day_month(9, 1, HIJRI, Language.AR, Digits.AR) == "١ رمضان"
    assert day_month(13, 1, GREGORIAN, Language.EN, Digits.LATN) == "1 13"
    assert time_of_day(time(9, 5), Digits.FA) == "۰۹:۰۵"


def test_every_language_names_twelve_months_of_every_calendar() -> None:
    """Nothing is missing and no two months share a name."""
    assert set(MONTH_NAMES) == {(language, calendar) for language in Language for calendar in Calendar}
    assert all(len(set(names)) == 12 for names in MONTH_NAMES.values())


@pytest.mark.parametrize("language", Language)
def test_gregorian_months_are_named_as_in_cldr(language: Language) -> None:
    """Babel is the oracle: in Arabic its default is the Gulf's and Egypt's يناير."""
    cldr = get_month_names("wide", context="stand-alone", locale=language.value)
    assert MONTH_NAMES[language, GREGORIAN] == tuple(cldr[month] for month in range(1, 13))
