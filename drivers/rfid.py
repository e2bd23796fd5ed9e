"""Serial readers of 125 kHz tags: RDM6300, ID-12 and their many copies. Pure; the clock comes in as an argument.

A frame is STX, ten hexadecimal digits (the tag), two more (XOR of the five bytes), at times CR LF, and ETX. A tag
that stays in the field is sent again about every 65 ms; here it is one presentation, however long it stays.
"""

from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Final

import msgspec

from drivers.debounce import Debounce
from drivers.framing import ETX, STX

PRESENCE_MS: Final = 400
"""A tag that was silent for six repeats has been taken away."""
_STALE_NS: Final = 100_000_000
"""A frame takes 15 ms at 9600 baud. After this long the rest of it will not come, and what comes is another."""
_FRAME_BYTES_MAX: Final = 14
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


class TagReader:
    """A resumable parser of one reader's bytes. It holds at most one frame and never raises.

    A tag, and a fault of one kind, is reported once per presentation: a tag at the edge of the field gives ten
    broken frames a second. A new STX always begins a new frame. Bytes between frames are noise.
    """

    def __init__(self) -> None:
        self._held: bytearray | None = None
        self._last_ns = 0
        self._present = Debounce(PRESENCE_MS)

    def receive(self, data: bytes, at_ns: int) -> list[Tag | TagFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order."""
        if at_ns - self._last_ns >= _STALE_NS:
            self._held = None
        self._last_ns = at_ns
        results = (self._take(byte) for byte in data)
        return [
            result
            for result in results
            if result is not None and not self._present.is_repeat(f"{type(result).__name__} {_key(result)}", at_ns)
        ]

    def reset(self) -> TagFault | None:
        """Forget half a frame at a disconnect, and say so if there was one."""
        held, self._held = self._held, None
        return None if held is None else TagFault.LENGTH

    def _take(self, byte: int) -> Tag | TagFault | None:
        if byte == STX:
            self._held = bytearray()
            return None
        held = self._held
        if held is None:
            return None
        if byte == ETX:
            self._held = None
            return tag(held.decode("latin-1"))
        if len(held) == _FRAME_BYTES_MAX:
            self._held = None
            return TagFault.LENGTH
        held.append(byte)
        return None


def _key(result: Tag | TagFault) -> str:
    return result.number if isinstance(result, Tag) else result
