"""Money shown and typed, exact to the last unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.money import AMOUNT_MAX, EXPONENTS
from pos_loyalty.i18n.amounts import (
    FAULT_MESSAGES,
    AmountFault,
    DisplayUnit,
    format_amount,
    parse_amount,
    unit_name,
)
from pos_loyalty.i18n.catalogue import catalogue_of
from pos_loyalty.i18n.digits import Digits
from pos_loyalty.i18n.languages import Language

CURRENCY, TOMAN = DisplayUnit.CURRENCY, DisplayUnit.TOMAN
_CODES = st.sampled_from([*EXPONENTS, "KES"])


@pytest.mark.parametrize(
    ("minor", "currency", "unit", "language", "shown"),
    [
        pytest.param(1_200_000, "IRR", TOMAN, Language.FA, "۱۲۰٬۰۰۰ تومان", id="toman"),
        pytest.param(1_200_005, "IRR", TOMAN, Language.FA, "۱۲۰٬۰۰۰٫۵ تومان", id="odd rials"),
        pytest.param(1_200_000, "IRR", CURRENCY, Language.FA, "۱٬۲۰۰٬۰۰۰ ریال", id="rial"),
        pytest.param(0, "IRR", TOMAN, Language.EN, "0 Toman", id="nothing"),
        pytest.param(12_500, "KWD", CURRENCY, Language.AR, "١٢٫٥٠٠ د.ك", id="three decimals"),
        pytest.param(12_500, "KWD", TOMAN, Language.EN, "12.500 KWD", id="toman means nothing to dinars"),
        pytest.param(5, "USD", CURRENCY, Language.EN, "0.05 USD", id="cents"),
        pytest.param(-995, "AED", CURRENCY, Language.EN, "-9.95 AED", id="money back"),
        pytest.param(100, "KES", CURRENCY, Language.FA, "۱٫۰۰ KES", id="a currency without a word of ours"),
    ],
)
def test_an_amount_is_shown_with_its_unit(
    minor: int, currency: str, unit: DisplayUnit, language: Language, shown: str
) -> None:
    """Unit after the number, decimals as the currency has them, digits of the language."""
    assert format_amount(minor, currency, display_unit=unit, digits=language.digits, language=language) == shown


@given(
    st.integers(0, AMOUNT_MAX), _CODES, st.sampled_from(DisplayUnit), st.sampled_from(Digits), st.sampled_from(Language)
)
def test_what_is_shown_can_be_typed_back(
    minor: int, currency: str, unit: DisplayUnit, digits: Digits, language: Language
) -> None:
    """Any amount, in any unit, digits and language, parses to itself, with or without its unit."""
    shown = format_amount(minor, currency, display_unit=unit, digits=digits, language=language)
    bare = shown.removesuffix(unit_name(currency, unit, language))
    assert parse_amount(shown, currency, unit) == parse_amount(bare, currency, unit) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "unit", "minor"),
    [
        ("1200", "IRR", CURRENCY, 1200),
        ("1,200", "IRR", CURRENCY, 1200),
        ("۱٬۲۰۰", "IRR", TOMAN, 12_000),
        ("١٬٢٠٠٫٥", "IRR", TOMAN, 12_005),
        ("1200.5", "USD", CURRENCY, 120_050),
        ("1 234 567", "IRR", CURRENCY, 1_234_567),
        ("۱،۲۰۰", "IRR", CURRENCY, 1200),
        ("\u2068 1200 \u2069", "IRR", CURRENCY, 1200),
        ("1.2", "KWD", CURRENCY, 1200),
        ("0", "IRR", CURRENCY, 0),
        ("007", "IRR", CURRENCY, 7),
    ],
)
def test_a_typed_amount_is_read_as_meant(typed: str, currency: str, unit: DisplayUnit, minor: int) -> None:
    """Digits of any script, thousands apart or not, decimals where the unit has them."""
    assert parse_amount(typed, currency, unit) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "unit", "fault"),
    [
        ("", "IRR", CURRENCY, AmountFault.EMPTY),
        (" تومان", "IRR", TOMAN, AmountFault.EMPTY),
        ("abc", "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("1,20", "USD", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("12,00,000", "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("1,200 300", "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("1.2.3", "USD", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("1e5", "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("²", "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("1200\n", "IRR", CURRENCY, 1200),
        ("1200 ریال", "IRR", TOMAN, AmountFault.NOT_A_NUMBER),
        ("9" * 65, "IRR", CURRENCY, AmountFault.NOT_A_NUMBER),
        ("-5", "USD", CURRENCY, AmountFault.NEGATIVE),
        ("\u2212۵", "IRR", TOMAN, AmountFault.NEGATIVE),
        ("1.200", "IRR", CURRENCY, AmountFault.TOO_PRECISE),
        ("1.200", "USD", CURRENCY, AmountFault.TOO_PRECISE),
        ("1.25", "IRR", TOMAN, AmountFault.TOO_PRECISE),
        (str(AMOUNT_MAX + 1), "IRR", CURRENCY, AmountFault.TOO_LARGE),
    ],
)
def test_anything_else_is_refused_with_a_reason(
    typed: str, currency: str, unit: DisplayUnit, fault: AmountFault | int
) -> None:
    """Nothing is rounded and nothing is guessed."""
    assert parse_amount(typed, currency, unit) == fault


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    """Whatever is typed gives an amount within its limits or a fault."""
    result = parse_amount(text, "KWD", CURRENCY)
    assert isinstance(result, AmountFault) or 0 <= result <= AMOUNT_MAX


@pytest.mark.parametrize("language", Language)
def test_every_fault_has_a_sentence(language: Language) -> None:
    """Each reason can be said in each language."""
    sentences = [catalogue_of(language).text(FAULT_MESSAGES[fault]) for fault in AmountFault]
    assert len(set(sentences)) == len(AmountFault)


@pytest.mark.parametrize("currency", EXPONENTS)
def test_every_currency_has_a_word_in_persian_and_arabic(currency: str) -> None:
    """No code in Latin letters is left in a right-to-left amount."""
    assert all(unit_name(currency, CURRENCY, language) != currency for language in (Language.FA, Language.AR))
