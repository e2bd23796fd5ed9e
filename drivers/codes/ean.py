"""Trade item numbers as bar codes carry them: EAN-13, EAN-8, UPC-A, UPC-E and ITF-14. Pure.

Every number is also given as a GTIN of 14 digits (GS1 General Specifications, 3.3.2), so that the same article
is the same number whichever symbol carried it. A number whose check digit is wrong is no number.
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

from pos_loyalty.core.gs1 import gs1_check_digit, gs1_is_right

_SYMBOLS: Final = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13", 14: "ITF-14"}
LENGTHS: Final = frozenset(_SYMBOLS)
"""Digits of a trade item number, its check digit included."""
_GTIN_DIGITS: Final = 14
_UPC_E: Final = re.compile(r"[01][0-9]{7}")
_ADD_ON: Final = re.compile(r"(?P<number>[0-9]{13})(?P<add_on>[0-9]{2}|[0-9]{5})")
_GTIN_8: Final = "000000"
_VARIABLE_MEASURE: Final = "9"
"""Indicator digit of a GTIN-14 that needs a quantity beside it (GS1 General Specifications, 2.1.10)."""


class Circulation(StrEnum):
    """Who gave the number out, by its prefix (GS1 General Specifications, 1.4.2 and 1.4.3)."""

    TRADE = "trade"
    """A product of the world; 977 to 979 are press and books."""
    RESTRICTED = "restricted"
    """The shop's own: member cards, goods by weight. Prefixes 02, 04 and 20 to 29; of eight digits 0 and 2."""
    COUPON = "coupon"
    """Coupons and refund receipts: 05, 98 and 99."""


class TradeNumber(msgspec.Struct, frozen=True):
    """One number with a right check digit."""

    symbol: str
    """``EAN-13``, ``EAN-8``, ``UPC-A``, ``UPC-E`` or ``ITF-14``."""
    digits: str
    """As the symbol carries it, without an add-on."""
    gtin: str
    """14 digits."""
    add_on: str = ""
    """Two or five digits beside the symbol: the issue of a paper, the price of a book."""

    @property
    def circulation(self) -> Circulation:
        """Who gave the number out."""
        if self.gtin.startswith(_GTIN_8):
            return Circulation.RESTRICTED if self.gtin[6] in "02" else Circulation.TRADE
        prefix = self.gtin[1:3]
        if prefix in {"02", "04"} or prefix[0] == "2":
            return Circulation.RESTRICTED
        return Circulation.COUPON if prefix in {"05", "98", "99"} else Circulation.TRADE

    @property
    def is_variable_measure(self) -> bool:
        """Whether the number of a case says nothing without a weight beside it."""
        return self.gtin[0] == _VARIABLE_MEASURE


def by_digits(digits: str) -> tuple[TradeNumber, ...]:
    """Return every number that ``digits`` can be when the reader does not name the symbol.

    Eight digits can be EAN-8 and UPC-E at once, with different meanings; then both are returned.

    >>> [number.symbol for number in by_digits("4006381333931")]
    ['EAN-13']
    """
    found = []
    if len(digits) in LENGTHS and gs1_is_right(digits):
        found.append(_number(_SYMBOLS[len(digits)], digits))
    if upc_a := expand_upc_e(digits):
        found.append(TradeNumber("UPC-E", digits, upc_a.zfill(_GTIN_DIGITS)))
    return tuple(found)


def by_symbol(digits: str, aim: str) -> TradeNumber | None:
    """Return the number in a symbol that the reader names ``E0``, ``E3``, ``E4`` or ``I0``, ``I1``.

    The length must be that of the symbol (ISO/IEC 15424: ``E0`` is 13 digits, also for UPC). A shorter text is a
    misread or a reader set up wrongly, and one wrong check digit in ten would go unnoticed.
    """
    if aim == "E3":
        parts = _ADD_ON.fullmatch(digits)
        right = parts is not None and gs1_is_right(parts["number"])
        return _number("EAN-13", parts["number"], parts["add_on"]) if parts and right else None
    symbol, length = {"E0": ("EAN-13", 13), "E4": ("EAN-8", 8), "I0": ("ITF-14", 14), "I1": ("ITF-14", 14)}.get(
        aim, ("", 0)
    )
    return _number(symbol, digits) if len(digits) == length and gs1_is_right(digits) else None


def expand_upc_e(digits: str) -> str:
    """Return the UPC-A behind eight digits of UPC-E, or an empty text if they are none.

    Number system, six digits, check digit. The last of the six says where the zeros were taken out (GS1 General
    Specifications, 5.2.2.4); the check digit is that of the UPC-A. Forms that a shorter one exists for are no
    UPC-E: nobody prints them, so they are misreads.

    >>> expand_upc_e("04252614")
    '042100005264'
    """
    if not _UPC_E.fullmatch(digits):
        return ""
    system, body, check = digits[0], digits[1:7], digits[7]
    kind = int(body[5])
    if kind <= 2:  # noqa: PLR2004 - the standard's own cases
        whole = f"{body[:2]}{kind}0000{body[2:5]}"
    elif kind == 3:  # noqa: PLR2004
        whole = "" if body[2] in "012" else f"{body[:3]}00000{body[3:5]}"
    elif kind == 4:  # noqa: PLR2004
        whole = "" if body[3] == "0" else f"{body[:4]}00000{body[4]}"
    else:
        whole = "" if body[4] == "0" else f"{body[:5]}0000{kind}"
    return f"{system}{whole}{check}" if whole and gs1_check_digit(system + whole) == check else ""


def _number(symbol: str, digits: str, add_on: str = "") -> TradeNumber:
    return TradeNumber(symbol, digits, digits.zfill(_GTIN_DIGITS), add_on)
