"""The one object a screen asks."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pos_loyalty.core.members import Calendar, Occasion
from pos_loyalty.i18n.amounts import AmountFault, DisplayUnit
from pos_loyalty.i18n.digits import Digits
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale

TEHRAN = Locale.of(Language.FA, currency="IRR", zone=ZoneInfo("Asia/Tehran"), display_unit=DisplayUnit.TOMAN)
KUWAIT = Locale.of(Language.AR, currency="KWD", zone=ZoneInfo("Asia/Kuwait"))
LONDON = Locale.of(Language.EN, currency="GBP", zone=ZoneInfo("Europe/London"))
EVENING = datetime(2026, 11, 20, 21, 5, tzinfo=UTC)


def test_a_persian_shop_reads_persian() -> None:
    """Digits, Jalali date of the local day, toman, direction."""
    assert TEHRAN.number(12_345) == "۱۲٬۳۴۵"
    assert TEHRAN.amount(1_200_000) == "۱۲۰٬۰۰۰ تومان"
    assert TEHRAN.parse_amount("۱۲۰٬۰۰۰") == 1_200_000
    assert TEHRAN.money_unit == "تومان"
    assert (TEHRAN.date(EVENING), TEHRAN.short_date(date(2026, 11, 21))) == ("۳۰ آبان ۱۴۰۵", "۱۴۰۵/۰۸/۳۰")
    assert TEHRAN.time(EVENING) == "۰۰:۳۵"
    assert TEHRAN.written("12%") == "۱۲%"
    assert TEHRAN.base == 1


def test_an_english_shop_reads_english() -> None:
    """The same calls in the other direction."""
    assert LONDON.amount(1250) == "12.50 GBP"
    assert (LONDON.date(EVENING), LONDON.time(EVENING)) == ("20 November 2026", "21:05")
    assert LONDON.parse_amount("x") is AmountFault.NOT_A_NUMBER
    assert LONDON.base == 0


def test_digits_and_calendar_can_be_chosen_apart_from_the_language() -> None:
    """A Gulf shop may want Latin digits and Hijri dates."""
    locale = Locale.of(
        Language.AR, currency="SAR", zone=ZoneInfo("Asia/Riyadh"), digits=Digits.LATN, calendar=Calendar.HIJRI
    )
    assert locale.short_date(date(2024, 3, 11)) == "1445/09/01"
    assert locale.amount(1250) == "12.50 ر.س"


def test_an_occasion_keeps_its_own_calendar() -> None:
    """A Jalali birthday is Jalali on an English screen too, and its year is not told."""
    birthday = Occasion(kind="birthday", calendar=Calendar.JALALI, month=8, day=30, year=1370)
    assert LONDON.occasion(birthday) == "30 Aban"
    assert TEHRAN.occasion(birthday) == "۳۰ آبان"


@pytest.mark.parametrize(
    ("n", "english", "persian", "arabic"),
    [
        (0, "0 points", "۰ امتیاز", "٠ نقطة"),
        (1, "1 point", "۱ امتیاز", "نقطة واحدة"),
        (2, "2 points", "۲ امتیاز", "نقطتان"),
        (7, "7 points", "۷ امتیاز", "٧ نقاط"),
        (11, "11 points", "۱۱ امتیاز", "١١ نقطة"),
        (1100, "1,100 points", "۱٬۱۰۰ امتیاز", "١٬١٠٠ نقطة"),
    ],
)
def test_points_are_counted_as_the_language_counts(n: int, english: str, persian: str, arabic: str) -> None:
    """Arabic has six plural forms; the number is in the digits of the reader."""
    assert [locale.points(n) for locale in (LONDON, TEHRAN, KUWAIT)] == [english, persian, arabic]


def test_a_coming_day_is_named_by_its_distance() -> None:
    """Today and tomorrow have words of their own."""
    assert [LONDON.days_away(days) for days in (0, 1, 12)] == ["today", "tomorrow", "in 12 days"]
    assert [KUWAIT.days_away(days) for days in (0, 1, 2, 5)] == ["اليوم", "غدًا", "بعد يومين", "بعد ٥ أيام"]


def test_values_are_written_and_isolated_as_they_enter_a_sentence() -> None:
    """Integers in the reader's digits; a string of the other direction inside an isolate, others bare."""
    assert LONDON.text("Welcome, {name}", name="رضا") == "Welcome, \u2068رضا\u2069"
    assert LONDON.text("Welcome, {name}", name="Ann (x)") == "Welcome, Ann (x)"
    assert TEHRAN.text("Welcome, {name}", name="رضا") == "سلام رضا، خوش آمدید"
    assert TEHRAN.text("Welcome, {name}", name=12) == "سلام ۱۲، خوش آمدید"
