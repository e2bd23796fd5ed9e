"""Numbers of 125 kHz tags as their readers send them: ten hexadecimal digits and two of checksum. Pure."""

from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Final

import msgspec

_TAG_DIGITS: Final = 10
_HEX: Final = frozenset("0123456789ABCDEF")
_BLANK: Final = frozenset({"0000000000", "FFFFFFFFFF"})
"""What an unwritten tag, or a line stuck high or low, sends; both have a right checksum."""


class TagFault(StrEnum):
    """Why a frame is no tag."""

    LENGTH = "length"
    NOT_HEX = "not_hex"
    CHECKSUM = "checksum"
    BLANK = "blank"


class Tag(msgspec.Struct, frozen=True):
    """One tag was held to the reader."""

    number: str
    """Ten hexadecimal digits, capitals: all five bytes, the first (customer code) included."""


def tag(content: str) -> Tag | TagFault:
    """Read what stands between STX and ETX.

    >>> tag("0800A5B1C2DE")
    Tag(number='0800A5B1C2')
    """
    digits = content.rstrip("\r\n").upper()
    if len(digits) != _TAG_DIGITS + 2:
        return TagFault.LENGTH
    if not set(digits) <= _HEX:
        return TagFault.NOT_HEX
    if reduce(xor, bytes.fromhex(digits)):
        return TagFault.CHECKSUM
    return TagFault.BLANK if digits[:_TAG_DIGITS] in _BLANK else Tag(digits[:_TAG_DIGITS])
