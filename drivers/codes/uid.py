"""The number of a contactless card: which numbers name a card, and how readers write them. Pure.

ISO/IEC 14443-3 (6.5.4) gives a card 4, 7 or 10 bytes, ISO/IEC 15693-3 (4.1) 8 bytes with E0 at one end. Of four bytes
the first says what they are:

======= ===================================================================================================
08      a random number, another one each time the card is powered: telephones and bank cards. Refused
88      the cascade tag, which begins half of a longer number: the reader cut it. Refused
xF      fixed but not unique (NUID): the maker gives it to several cards, as 4 billion do not last. Accepted, since
        two members of one shop will hardly share one, and a card with a longer number is the better choice
other   fixed, and unique when it was given out. Accepted
======= ===================================================================================================

A card of type B has no such mark: that its number stays the same is for the shop to try. The order of the bytes is kept
as the reader sends it: a shop that changes its reader has to check that the new one sends the same.
"""

import re
from typing import Final

from pos_loyalty.core.scans import ScanFault

PREFIX: Final = "uid:"
"""What marks the number of a card in a payload, for ``drivers.codes.reading``."""

_RANDOM: Final = 0x08
_CASCADE_TAG: Final = 0x88
_SINGLE_SIZE: Final = 4
_ISO_14443_SIZES: Final = frozenset({4, 7, 10})
_ISO_15693_SIZE: Final = 8
_ISO_15693_MARK: Final = 0xE0
_WRITTEN: Final = re.compile(
    r" *(?:UID:)? *(?P<digits>[0-9A-F]{2}(?P<between>[ :-]?)[0-9A-F]{2}(?:(?P=between)[0-9A-F]{2})+) *", re.IGNORECASE
)
_BETWEEN: Final = str.maketrans("", "", " :-")


def payload(number: bytes) -> bytes | ScanFault:
    """Return the payload for the number of a card, or why nobody can be known by it.

    >>> payload(bytes.fromhex("04a1b2c3d4e5f6"))
    b'uid:04A1B2C3D4E5F6'
    """
    if len(number) == _SINGLE_SIZE and number[0] == _RANDOM:
        return ScanFault.RANDOM_NUMBER
    return f"{PREFIX}{number.hex().upper()}".encode() if _names_a_card(number) else ScanFault.UNREADABLE


def written(line: str) -> bytes | None:
    """Return the number that a serial reader wrote as a line of hexadecimal digits; ``None`` for any other text.

    The bytes stand together or apart by colons, blanks or hyphens, in capitals or not, at times behind ``UID:``. Eight
    bytes without E0 are another text, such as a member number of 16 digits.

    >>> written("04:a1:b2:c3") == written("UID: 04A1B2C3") == bytes.fromhex("04A1B2C3")
    True
    >>> written("PL-4711") is None
    True
    """
    match = _WRITTEN.fullmatch(line)
    if match is None:
        return None
    number = bytes.fromhex(match["digits"].translate(_BETWEEN))
    return number if len(number) in _ISO_14443_SIZES or _is_iso_15693(number) else None


def _names_a_card(number: bytes) -> bool:
    if set(number) in ({0x00}, {0xFF}):
        return False
    return _is_iso_15693(number) or (len(number) in _ISO_14443_SIZES and number[0] != _CASCADE_TAG)


def _is_iso_15693(number: bytes) -> bool:
    return len(number) == _ISO_15693_SIZE and _ISO_15693_MARK in {number[0], number[-1]}
