"""Money as people read and type it. The amount itself is an integer of the currency's smallest unit.

Toman is a way to show rials, 10 to 1, not a currency: it has no ISO 4217 code and no amount is ever stored in it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.money import AMOUNT_MAX, exponent
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.digits import Digits, decimal
from pos_loyalty.i18n.languages import Language

_TOMAN = "toman"
_RIAL = "IRR"


class DisplayUnit(StrEnum):
    """In which unit amounts are shown and typed."""

    CURRENCY = "currency"
    TOMAN = "toman"
    """Rials divided by ten; for any currency but IRR the same as ``currency``."""


_UNITS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {_TOMAN: "Toman"},
    Language.FA: {
        _TOMAN: "تومان",
        _RIAL: "ریال",
        "AED": "درهم",
        "AFN": "افغانی",
        "BHD": "دینار بحرین",
        "EGP": "پوند مصر",
        "EUR": "یورو",
        "GBP": "پوند",
        "IQD": "دینار عراق",
        "JOD": "دینار اردن",
        "JPY": "ین",
        "KWD": "دینار کویت",
        "LBP": "پوند لبنان",
        "OMR": "ریال عمان",
        "QAR": "ریال قطر",
        "SAR": "ریال سعودی",
        "TND": "دینار تونس",
        "TRY": "لیر",
        "USD": "دلار",
    },
    Language.AR: {
        _TOMAN: "تومان",
        _RIAL: "ريال إيراني",
        "AED": "د.إ",
        "AFN": "أفغاني",
        "BHD": "د.ب",
        "EGP": "ج.م",
        "EUR": "يورو",
        "GBP": "جنيه إسترليني",
        "IQD": "د.ع",
        "JOD": "د.أ",
        "JPY": "ين",
        "KWD": "د.ك",
        "LBP": "ل.ل",
        "OMR": "ر.ع",
        "QAR": "ر.ق",
        "SAR": "ر.س",
        "TND": "د.ت",
        "TRY": "ليرة تركية",
        "USD": "دولار",
    },
}


def unit_name(currency: str, display_unit: DisplayUnit, language: Language) -> str:
    """Return the word or sign after an amount; the ISO 4217 code where ``language`` has none of its own."""
    unit = _TOMAN if _in_toman(currency, display_unit) else currency
    return _UNITS[language].get(unit, unit)


def format_amount(minor: int, currency: str, *, display_unit: DisplayUnit, digits: Digits, language: Language) -> str:
    """Return an amount with its unit after it, exact to the last ``minor`` unit.

    >>> format_amount(1_200_000, "IRR", display_unit=DisplayUnit.TOMAN, digits=Digits.FA, language=Language.FA)
    '۱۲۰٬۰۰۰ تومان'
    """
    return f"{format_figure(minor, currency, display_unit, digits)} {unit_name(currency, display_unit, language)}"


def format_figure(minor: int, currency: str, display_unit: DisplayUnit, digits: Digits) -> str:
    """Return an amount without its unit, for a column whose total names it.

    An amount in toman has a decimal only when its rials do not divide by ten.
    """
    places = _places(currency, display_unit)
    if _in_toman(currency, display_unit) and minor % 10 == 0:
        minor, places = minor // 10, 0
    return decimal(minor, places, digits)


class AmountFault(StrEnum):
    """Why a typed text is not an amount."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_PRECISE = "too_precise"
    """More decimals than the unit has. Never rounded, and 1.200 rials are never taken for 1200."""
    TOO_LARGE = "too_large"


FAULT_MESSAGES: Mapping[AmountFault, str] = {
    AmountFault.EMPTY: mark("Type an amount."),
    AmountFault.NOT_A_NUMBER: mark("That is not an amount. Type digits only, for example 1,200."),
    AmountFault.NEGATIVE: mark("An amount cannot be below zero."),
    AmountFault.TOO_PRECISE: mark("That amount has too many decimals for this currency."),
    AmountFault.TOO_LARGE: mark("That amount is too large."),
}
"""Fault -> the message to give to ``Catalogue.text``."""

_NUMBER = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:(?P<comma>[, ])[0-9]{3}(?:(?P=comma)[0-9]{3})*)|[0-9]+)(?:\.(?P<part>[0-9]+))?"
)
# ٬ and the Persian comma ، group, ٫ is the point, no-break and thin spaces group, invisible marks are nothing.
_SEPARATORS = str.maketrans(
    {"\u066c": ",", "\u060c": ",", "\u066b": ".", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"}
    | dict.fromkeys("\u200e\u200f\u061c\u2066\u2067\u2068\u2069", "")
)
_TYPED_MAX = 64


def parse_amount(text: str, currency: str, display_unit: DisplayUnit) -> int | AmountFault:
    """Return the minor units that ``text`` says, or why it says none.

    Digits of any script; thousands may be apart by a comma (1,200 or ۱٬۲۰۰) or a space, all in one way; the point is
    ``.`` or ``٫``. The name of the unit may follow, but only the name of *this* unit: rials where toman are expected
    would be wrong by ten.

    >>> parse_amount("۱٬۲۰۰", "IRR", DisplayUnit.TOMAN)
    12000
    """
    typed = to_ascii(text).translate(_SEPARATORS).strip()
    for language in Language:
        typed = typed.removesuffix(unit_name(currency, display_unit, language)).strip()
    if not typed:
        return AmountFault.EMPTY
    negative = typed.startswith("-")
    match = _NUMBER.fullmatch(typed.removeprefix("-")) if len(typed) <= _TYPED_MAX else None
    if match is None:
        return AmountFault.NOT_A_NUMBER
    places, part = _places(currency, display_unit), match["part"] or ""
    if len(part) > places:
        return AmountFault.TOO_PRECISE
    minor = int(re.sub("[, ]", "", match["whole"]) + part.ljust(places, "0"))
    if negative:
        return AmountFault.NEGATIVE
    return minor if minor <= AMOUNT_MAX else AmountFault.TOO_LARGE


def _in_toman(currency: str, display_unit: DisplayUnit) -> bool:
    return display_unit is DisplayUnit.TOMAN and currency == _RIAL


def _places(currency: str, display_unit: DisplayUnit) -> int:
    return 1 if _in_toman(currency, display_unit) else exponent(currency)
