"""Digits and separators, with Babel (CLDR) as the oracle for separators."""

import pytest
from babel.numbers import format_decimal, get_minus_sign_symbol
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.i18n.digits import Digits, decimal, group, to_ascii, write
from pos_loyalty.i18n.languages import Language, language_of

_DIGITS = st.sampled_from(Digits)


@given(st.text(alphabet="0123456789 -:.,/abcسلام"), _DIGITS)
def test_written_digits_fold_back(text: str, digits: Digits) -> None:
    """Whatever digits a text is written in, folding gives the ASCII text back."""
    assert to_ascii(write(text, digits)) == text


@pytest.mark.parametrize(
    ("digits", "number", "written"),
    [
        (Digits.LATN, 1234, "1,234"),
        (Digits.FA, 1234567, "۱٬۲۳۴٬۵۶۷"),
        (Digits.AR, 1234567, "١٬٢٣٤٬٥٦٧"),
        (Digits.FA, 0, "۰"),
        (Digits.LATN, -1000, "-1,000"),
        (Digits.FA, -12, "\u200e\u2212۱۲"),
        (Digits.AR, -12, "\u061c-١٢"),
    ],
)
def test_a_number_is_grouped_in_its_own_digits(digits: Digits, number: int, written: str) -> None:
    """Thousands are apart by the separator of the script, U+066C in Persian and Arabic."""
    assert group(number, digits) == written


def test_decimals_are_exact_and_all_there() -> None:
    """1,234.567 is written with all its places, 5 fils as 0.005, and the Arabic point is U+066B."""
    assert decimal(1234567, 3, Digits.LATN) == "1,234.567"
    assert decimal(-5, 3, Digits.LATN) == "-0.005"
    assert decimal(1250, 2, Digits.AR) == "١٢\u066b٥٠"


_CLDR = pytest.mark.parametrize(("digits", "locale"), [(Digits.LATN, "en"), (Digits.FA, "fa"), (Digits.AR, "ar_EG")])


@_CLDR
@given(number=st.integers(0, 10**15))
def test_separators_are_those_of_cldr(digits: Digits, locale: str, number: int) -> None:
    """Babel writes the same, once its Latin digits are turned into the right ones."""
    assert group(number, digits) == write(format_decimal(number, locale=locale, numbering_system="default"), digits)


@_CLDR
def test_the_minus_sign_is_that_of_cldr(digits: Digits, locale: str) -> None:
    """With the invisible mark that holds it on its side; Babel's format_decimal writes a bare hyphen instead."""
    assert group(-1, digits) == get_minus_sign_symbol(locale, numbering_system="default") + write("1", digits)


def test_a_language_tag_names_one_of_three_languages() -> None:
    """Region and case do not matter; a language without a catalogue falls back."""
    assert [language_of(code) for code in ("fa", "ar-KW", "AR_eg", "en-GB")] == ["fa", "ar", "ar", "en"]
    assert language_of("tr", Language.FA) is Language.FA
    assert language_of("") is Language.EN


def test_each_language_brings_its_own_direction_digits_and_calendar() -> None:
    """English runs left to right in Gregorian; Persian and Arabic right to left, Persian in Jalali."""
    assert [(x.direction, x.base_level, x.digits, x.calendar) for x in Language] == [
        ("ltr", 0, "latn", "gregorian"),
        ("rtl", 1, "fa", "jalali"),
        ("rtl", 1, "ar", "gregorian"),
    ]
