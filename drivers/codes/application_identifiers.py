"""GS1 application identifiers (AI): one element, checked as strictly as its identifier allows. Pure.

The table of identifiers and their forms is that of the library biip (``identifier_forms``). What biip does not look at
is done here: the check digit of every key, and dates that no calendar has.
"""

import re
from calendar import monthrange
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Final

import msgspec

from drivers.codes.identifier_forms import FORMS
from pos_loyalty.core.gs1 import gs1_is_right

_FORM_OF: Final = {ai: form for form, identifiers in FORMS.items() for ai in identifiers.split()}
_LENGTHS: Final = (2, 3, 4)
"""Digits of an identifier. None is the beginning of another (GS1 General Specifications, 3.2)."""
_PREDEFINED: Final = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "20": 2,
    "41": 13,
    **dict.fromkeys(("11", "12", "13", "15", "16", "17", "31", "32", "33", "34", "35", "36"), 6),
}
"""Characters of the data by the first two digits of the identifier, where FNC1 is not needed behind them (GS1 General
Specifications, 7.8.5, the table of predefined lengths)."""
_CHECKED: Final = {
    **dict.fromkeys(("00", "8017", "8018"), slice(18)),
    **dict.fromkeys(("01", "02", "03", "8006", "8026"), slice(14)),
    **dict.fromkeys(("253", "255", *map(str, range(410, 418))), slice(13)),
    "402": slice(17),
    "8003": slice(1, 14),
}
"""Where the digits stand that end with a check digit (GS1 General Specifications, 7.9.1)."""
_PAIR_CHECKED: Final = frozenset({"8013", "8014"})
_PAIR_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_PAIR_MODULUS: Final = 1021
_CHARACTERS_82: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CHARACTERS_32: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NORTH_AMERICAN_COUPONS: Final = frozenset({"8110", "8112"})
_COUPON_DIGITS_MIN: Final = 21
"""biip takes any text for these. The shortest has 21 digits (GS1 General Specifications, 3.9), and no account number
is as long."""
_DAY_MAY_BE_ZERO: Final = frozenset({"11", "12", "13", "15", "16", "17", "4324", "4325"})
_DAY_IS_NEEDED: Final = frozenset({"4326", "7003", "7006", "7007", "7011", "8008"})
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_CENTURY: Final = 100
_YEARS_AHEAD: Final = 50
_LEAP_CENTURY: Final = 2000


class ElementFault(StrEnum):
    """Why a text is no GS1 data. The text is not part of it."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    """No application identifier begins so."""
    FORMAT = "format"
    """Length or characters are not those of the identifier."""
    CHECK_DIGIT = "check_digit"
    DATE = "date"
    """No calendar has this day."""
    MISSING_FNC1 = "missing_fnc1"
    """The next element follows at once where only FNC1 can tell the end of the data."""
    MISPLACED_FNC1 = "misplaced_fnc1"
    REPEATED = "repeated"
    """An identifier comes twice, with different values."""
    REQUIRED = "required"
    """An identifier says nothing without another one, and that one is missing."""
    EXCLUDED = "excluded"
    """Two identifiers must not be in one code."""


class Element(msgspec.Struct, frozen=True):
    """One application identifier and its data, format and check digit tested.

    Names, addresses and numbers of members are such data, so neither ``repr`` nor a traceback shows them.
    """

    ai: str
    value: str

    def __repr__(self) -> str:
        return f"Element(ai={self.ai!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("ai", self.ai)]


class Amount(msgspec.Struct, frozen=True):
    """A number as GS1 data carry it: ``digits`` divided by ten to the power of ``decimals``."""

    digits: int
    decimals: int
    currency: str = ""
    """Three digits by ISO 4217, where the identifier carries one (391n, 393n)."""

    def __str__(self) -> str:
        """Write the number with all its decimals, such as ``1.250``.

        >>> str(Amount(1250, 3))
        '1.250'
        """
        text = str(self.digits).zfill(self.decimals + 1)
        return f"{text[: -self.decimals]}.{text[-self.decimals :]}" if self.decimals else text


def identifier(text: str, start: int = 0) -> str:
    """Return the application identifier that stands at ``start``, or an empty text if none does.

    >>> identifier("8018952012345678900007")
    '8018'
    """
    found = (text[start : start + length] for length in _LENGTHS)
    return next((ai for ai in found if ai.isascii() and ai.isdecimal() and _form(ai) is not None), "")


def predefined_length(ai: str) -> int | None:
    """Return how many characters follow ``ai``, or ``None`` where FNC1 or the end of the code says it."""
    return _PREDEFINED.get(ai[:2])


def element(ai: str, value: str) -> Element | ElementFault:
    """Return the element of ``ai`` and the whole of its data, or what is wrong with them.

    >>> element("8018", "952012345678900006")
    <ElementFault.CHECK_DIGIT: 'check_digit'>
    """
    form = _form(ai)
    if form is None:
        return ElementFault.UNKNOWN
    if not value or not form.fullmatch(ai + value):
        return ElementFault.FORMAT
    if ai in _NORTH_AMERICAN_COUPONS and not (value.isdecimal() and len(value) >= _COUPON_DIGITS_MIN):
        return ElementFault.FORMAT
    if not _is_checked(ai, value):
        return ElementFault.CHECK_DIGIT
    return Element(ai, value) if _is_in_calendar(ai, value) else ElementFault.DATE


def swallows(ai: str, value: str) -> bool:
    """Whether behind right data of ``ai`` another element begins, which only a missing FNC1 can bring there.

    >>> swallows("8018", "95201234567890000780192")
    True
    """
    form = _form(ai)
    found = form.match(ai + value) if form else None
    return found is not None and identifier(ai + value, found.end()) != ""


def check_pair(text: str) -> str:
    """Return the two check characters behind the model number ``text`` (GS1 General Specifications, 7.9.5).

    >>> check_pair("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    values = (_CHARACTERS_82.index(char) for char in reversed(text))
    total = sum(prime * value for prime, value in zip(_PAIR_PRIMES, values, strict=False)) % _PAIR_MODULUS
    return _CHARACTERS_32[total >> 5] + _CHARACTERS_32[total & 31]


def amount(found: Element) -> Amount:
    """Return the number of an element 310n to 369n or 390n to 395n; n, the last digit, counts its decimals."""
    has_currency = found.ai[:3] in {"391", "393"}
    currency, digits = (found.value[:3], found.value[3:]) if has_currency else ("", found.value)
    return Amount(int(digits), int(found.ai[3]), currency)


def day(text: str, this_year: int) -> date:
    """Return the day that six digits YYMMDD of an element mean in ``this_year``; DD 00 is the last of the month.

    The century is the one that brings the year nearest: up to 50 years ahead, up to 49 back (GS1 General
    Specifications, 7.12).

    >>> day("280200", 2026)
    datetime.date(2028, 2, 29)
    """
    year, month, of_month = int(text[:2]), int(text[2:4]), int(text[4:6])
    behind = (this_year + _YEARS_AHEAD - year) % _CENTURY
    whole = this_year + _YEARS_AHEAD - behind
    return date(whole, month, of_month or monthrange(whole, month)[1])


def _is_checked(ai: str, value: str) -> bool:
    if ai in _PAIR_CHECKED:
        return check_pair(value[:-2]) == value[-2:]
    return ai not in _CHECKED or gs1_is_right(value[_CHECKED[ai]])


def _is_in_calendar(ai: str, value: str) -> bool:
    if ai in _DAY_MAY_BE_ZERO:
        return _is_day(value[:6], first=0)
    if ai not in _DAY_IS_NEEDED:
        return True
    rest = value[6:]
    if ai == "7007":
        return _is_day(value[:6]) and (not rest or _is_day(rest))
    return _is_day(value[:6]) and (ai == "8008" or not rest or _TIME.fullmatch(rest) is not None)


def _is_day(text: str, first: int = 1) -> bool:
    """Whether YYMMDD is a day. 1900 was no leap year, 2000 was, and YY 00 is 2000 until 2050."""
    year, month, of_month = int(text[:2]), int(text[2:4]), int(text[4:6])
    return 1 <= month <= 12 and first <= of_month <= monthrange(_LEAP_CENTURY + year, month)[1]  # noqa: PLR2004 - months


@cache
def _form(ai: str) -> re.Pattern[str] | None:
    """Return the form of identifier and data together; ``None`` if there is no such identifier."""
    form = _FORM_OF.get(ai)
    return None if form is None else re.compile(ai + form, re.ASCII)
