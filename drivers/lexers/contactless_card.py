"""What is asked of a contactless card behind a PC/SC reader, and what becomes of the answers. Pure.

The conversation is the same on every reader (PC/SC Part 3, 3.2.2): its number by GET DATA, and from a Type 2 tag its
pages by READ BINARY. Nothing is ever written to a card.

What counts is what a shop has written on the tag, a link or a text; the number of the card counts only where nothing
is written. So a tag means what the shop made of it, whichever chip it is on, and a telephone that shows a random
number can still show a member pass. A tag whose message is broken is refused: its number would be another answer to
the same card.

A presentation goes from the thread of the reader to the lexer as a line, ``MICROSECONDS NUMBER MESSAGE``, the last
two in hexadecimal digits. Without a message the line ends behind the number, and without both the card was taken away
too early.
"""

import re
from collections.abc import Generator
from typing import Final

import msgspec

from drivers.codes import ndef, uid
from drivers.lexers import type2_tag
from drivers.lexers.framing import Frame, FrameFault
from pos_loyalty.core.scans import ScanFault

GET_NUMBER: Final = bytes.fromhex("FFCA000000")
READ_PAGE: Final = bytes.fromhex("FFB000")
"""In front of the number of the page, and of how many bytes are wanted."""
_READ_BYTES: Final = 16
"""What the chip gives at a time: four pages."""
_DONE: Final = b"\x90\x00"

_STORAGE_CARD: Final = bytes.fromhex("804F0CA000000306")
"""Where the historical bytes of a storage card begin (PC/SC Part 3, 3.1.3.2.3): standard and name follow."""
_TYPE_2: Final = frozenset(map(bytes.fromhex, ("030003", "03003A", "03003D")))
"""ISO/IEC 14443-3 type A with the name of MIFARE Ultralight, Ultralight C or Ultralight EV1 (Part 3, supplement).
Readers know every NTAG by the first of them."""
_BADLY_WRITTEN: Final = "what is written on the card is damaged: write it again"
_LINE: Final = re.compile(
    rb"(?P<took_us>[0-9]{1,9})(?: (?P<number>(?:[0-9a-f]{2})+)(?: (?P<message>(?:[0-9a-f]{2})+))?)?"
)


class Card(msgspec.Struct, frozen=True):
    """What a card said that stayed long enough."""

    number: bytes
    message: bytes
    """The NDEF message, empty if there is none."""


def conversation(atr: bytes) -> Generator[bytes, bytes | None, Card | None]:
    """Yield the commands for a card with this ATR, take the whole answers, and return what it said.

    An answer is ``None`` when the card has gone; so is the result then, or when it refuses what it must answer.
    """
    number = _data_of((yield GET_NUMBER))
    if not number:
        return None
    if not _is_type_2(atr):
        return Card(number, b"")
    walk = type2_tag.reading()
    page = next(walk)
    while (data := _data_of((yield READ_PAGE + bytes((page, _READ_BYTES))))) and not len(data) % type2_tag.PAGE_BYTES:
        try:
            page = walk.send(data)
        except StopIteration as end:
            return Card(number, end.value or b"")
    return None


def line(card: Card | None, took_us: int) -> bytes:
    """Write down what a card said, and how long after it was shown."""
    said = f" {card.number.hex()} {card.message.hex()}" if card else ""
    return f"{took_us}{said}".rstrip().encode() + b"\n"


def judge(frame: Frame) -> Frame | FrameFault:
    """Make of a line what ``drivers.codes.reading`` understands, or say why it is nothing."""
    match = _LINE.fullmatch(frame.payload)
    if match is None:
        return FrameFault(ScanFault.UNREADABLE, b"", frame.first_byte_ns, frame.last_byte_ns)
    shown_ns = frame.first_byte_ns - int(match["took_us"]) * 1000
    found = _payload(match["number"], match["message"])
    if isinstance(found, ScanFault):
        reason = _BADLY_WRITTEN if match["message"] and found is ScanFault.UNREADABLE else ""
        return FrameFault(found, b"", shown_ns, frame.last_byte_ns, reason)
    return Frame(found, shown_ns, frame.last_byte_ns)


def _payload(number: bytes | None, message: bytes | None) -> bytes | ScanFault:
    if number is None:
        return ScanFault.INTERRUPTED
    content = ndef.content(bytes.fromhex(message.decode())) if message else None
    if isinstance(content, ndef.NdefFault):
        return ScanFault.UNREADABLE
    # Nobody may become another card by writing its number on a tag.
    if content and uid.PREFIX not in content:
        return content.encode()
    return uid.payload(bytes.fromhex(number.decode()))


def _data_of(answer: bytes | None) -> bytes | None:
    return answer[:-2] if answer and answer.endswith(_DONE) else None


def _is_type_2(atr: bytes) -> bool:
    _, storage, name = atr.partition(_STORAGE_CARD)
    return bool(storage) and name[:3] in _TYPE_2
