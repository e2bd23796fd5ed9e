"""Identifiers: whatever names a member, and the one form in which it is stored and looked up."""

import re
import unicodedata
from enum import StrEnum

import msgspec

from pos_loyalty.core.digits import to_ascii

CODE_LENGTH_MAX = 512
"""Characters of the longest code kept or looked up; a signed pass takes about 130."""

_PHONE_LENGTH_MAX = 64
_NO_PHONE = re.compile(r"[^0-9+\-()./]")


class IdentifierKind(StrEnum):
    """What sort of thing names the member."""

    CARD = "card"
    QR = "qr"
    BARCODE = "barcode"
    PHONE = "phone"
    NFC = "nfc"


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True):
    """One identifier of a member, in normal form.

    The number of a card stands for every card that bears it. Where cards have instances (GS1 8018 with 8019),
    ``number.instance`` stands for one of them: a member who has any such has lost the others.
    """

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
    """Return a phone number as ``+`` and digits (ITU-T E.164), or an empty text if it cannot be one.

    ``country_prefix`` is the shop's own, such as ``"98"``, for numbers written without one. How long numbers are and
    what is dialled in front of them differs by country: Google's libphonenumber knows. A number pasted out of a
    right-to-left text brings invisible direction marks along; they and blanks of any kind go.

    >>> normal_phone("۰۹۱۲-۳۴۵ ۶۷۸۹", "98")
    '+989123456789'
    """
    return _phone(text, country_prefix, is_in_use=False)


def dialled_phone(text: str, country_prefix: str) -> str:
    """Return a number as :func:`normal_phone` does, but only one that a telephone of the shop could dial as it stands.

    For texts that need not be a phone number at all: its digits must belong to a range that is in use, and a number
    of the shop's own country needs what is dialled in front of it, if anything is.

    >>> dialled_phone("09123456789", "98"), dialled_phone("9123456789", "98")
    ('+989123456789', '')
    """
    return _phone(text, country_prefix, is_in_use=True)


def _phone(text: str, country_prefix: str, *, is_in_use: bool) -> str:
    folded = "".join(c for c in to_ascii(text[: 2 * CODE_LENGTH_MAX]) if unicodedata.category(c)[0] not in "CZ")
    if not 0 < len(folded) <= _PHONE_LENGTH_MAX or _NO_PHONE.search(folded):
        return ""
    # 27 ms, which no command need spend that meets no number.
    import phonenumbers  # noqa: PLC0415

    region = phonenumbers.region_code_for_country_code(int(country_prefix))
    try:
        number = phonenumbers.parse(folded, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    if is_in_use:
        here = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        is_dialled = folded.startswith(("+", "00")) or _digits(here) == _digits(folded)
        if not (is_dialled and phonenumbers.is_valid_number(number)):
            return ""
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Of zeros alone each reading takes another one off: what has no one form is no number.
    again = phonenumbers.format_number(phonenumbers.parse(found), phonenumbers.PhoneNumberFormat.E164)
    return found if found == again else ""


def _digits(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")
