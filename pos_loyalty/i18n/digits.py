"""Writing numbers: which digits, which separators.

Babel changes the separators of a number and never its digits (2.18, ``numbering_system="default"``), so both
are ours. Separators and minus signs follow CLDR for ``en``, ``fa`` and ``ar``.
"""

from enum import StrEnum

from pos_loyalty.core.digits import to_ascii

__all__ = ["Digits", "decimal", "group", "to_ascii", "write"]


class Digits(StrEnum):
    """The digits a reader expects; in brackets the name of the numbering system in CLDR."""

    LATN = "latn"
    """0123456789 [latn]"""
    FA = "fa"
    """۰۱۲۳۴۵۶۷۸۹ [arabext]"""
    AR = "ar"
    """٠١٢٣٤٥٦٧٨٩ [arab]"""


_TABLES = {
    Digits.LATN: str.maketrans("", ""),
    Digits.FA: str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
    Digits.AR: str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
}
_GROUP = {Digits.LATN: ",", Digits.FA: "\u066c", Digits.AR: "\u066c"}
_POINT = {Digits.LATN: ".", Digits.FA: "\u066b", Digits.AR: "\u066b"}
# The invisible marks keep the sign on its side of the number in a right-to-left line.
_MINUS = {Digits.LATN: "-", Digits.FA: "\u200e\u2212", Digits.AR: "\u061c-"}


def write(text: str, digits: Digits) -> str:
    """Return ``text`` with its ASCII digits written as ``digits``; everything else stays.

    >>> write("12:05", Digits.FA)
    '۱۲:۰۵'
    """
    return text.translate(_TABLES[digits])


def group(number: int, digits: Digits) -> str:
    """Return ``number`` with its thousands apart.

    >>> group(1234, Digits.LATN), group(1234, Digits.AR)
    ('1,234', '١٬٢٣٤')
    """
    return decimal(number, 0, digits)


def decimal(units: int, places: int, digits: Digits) -> str:
    """Return ``units / 10**places`` with its thousands apart and exactly ``places`` decimals.

    >>> decimal(1234567, 3, Digits.LATN)
    '1,234.567'
    """
    whole, fraction = divmod(abs(units), 10**places)
    text = f"{whole:,}".replace(",", _GROUP[digits])
    if places:
        text += f"{_POINT[digits]}{fraction:0{places}d}"
    return write(f"{_MINUS[digits] if units < 0 else ''}{text}", digits)
