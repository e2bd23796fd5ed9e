"""Identifiers: whatever names a member, and the one form in which it is stored and looked up."""

import re
import unicodedata
from enum import StrEnum

import msgspec

from pos_loyalty.core.digits import to_ascii

CODE_LENGTH_MAX = 512
"""Characters of the longest code kept or looked up; a signed pass takes about 130."""

_E164 = re.compile(r"[1-9][0-9]{6,14}")


class IdentifierKind(StrEnum):
    """What sort of thing names the member."""

    CARD = "card"
    QR = "qr"
    BARCODE = "barcode"
    PHONE = "phone"
    NFC = "nfc"


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """One identifier of a member, in normal form."""

    kind: IdentifierKind
    value: str


def normal_code(text: str) -> str:
    """Return the form in which a code is stored and looked up, empty if nothing is left of it.

    Persian and Arabic digits become 0-9, letters become capitals, and blanks and invisible characters
    (general category C or Z of Unicode) go. Separators that may carry meaning stay.

    >>> normal_code(" pl-۱۲۳ ٤٥ ")
    'PL-12345'
    """
    kept = (c for c in to_ascii(text[: 2 * CODE_LENGTH_MAX]) if unicodedata.category(c)[0] not in "CZ")
    return "".join(kept).upper()[:CODE_LENGTH_MAX]


def normal_phone(text: str, country_prefix: str) -> str:
    """Return a phone number as ``+`` and digits, or an empty text if it cannot be one.

    ``country_prefix`` is the shop's own, such as ``"98"``; it replaces one leading zero. ITU-T E.164 §6 allows at
    most 15 digits, the first of which is not 0; fewer than 7 are a house number at best. A number pasted out of a
    right-to-left text brings invisible direction marks along; they and blanks of any kind go.

    >>> normal_phone("۰۹۱۲-۳۴۵ ۶۷۸۹", "98")
    '+989123456789'
    """
    folded = "".join(c for c in to_ascii(text) if unicodedata.category(c)[0] not in "CZ")
    if not set(folded) <= set("0123456789+-()./"):
        return ""
    digits = "".join(c for c in folded if c in "0123456789")
    if folded.startswith("+"):
        national = digits
    elif digits.startswith("00"):
        national = digits[2:]
    elif digits.startswith("0"):
        national = country_prefix + digits[1:]
    else:
        national = digits
    return f"+{national}" if _E164.fullmatch(national) else ""
