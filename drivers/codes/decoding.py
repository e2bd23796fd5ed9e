"""Frames to text, or the reason why they are not text. Pure."""

import re
import unicodedata
from typing import Final

import msgspec

from drivers.codes.eci import unescape
from drivers.codes.symbology import describe
from pos_loyalty.core.scans import ScanFault

GS: Final = "\x1d"
"""FNC1 as readers send it: it ends a variable field inside GS1 data (GS1 General Specifications, 7.8)."""

_AIM = re.compile(r"\](?P<symbology>[A-Za-z][0-9A-Za-z])")
_AIM_BYTES = re.compile(_AIM.pattern.encode())
_EIGHTH_BIT = 0x80
_SUSPECT_SHARE_MIN = 0.3
_TELLING_BYTES_MIN = 4
"""Fewer NULs are the noise of a plug."""
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiner: Persian spelling needs them. Other format characters could reorder a screen."""


class Decoded(msgspec.Struct, frozen=True):
    """The text of one reading."""

    text: str
    aim: str | None
    """Symbology by ISO/IEC 15424 when the reader sends it, without the bracket: ``E0``, ``C1``, ``Q1``."""


def without_escapes(payload: bytes) -> bytes | None:
    r"""Return a frame in UTF-8 alone, if its AIM identifier says that it has escapes; None if they make no sense.

    >>> without_escapes(b"]Q2\\000003caf\xe9").decode()
    ']Q2café'
    """
    identifier = _AIM_BYTES.match(payload)
    named = describe(identifier["symbology"].decode()) if identifier else None
    if not (identifier and named and named.is_extended):
        return payload
    text = unescape(payload[identifier.end() :])
    return None if text is None else identifier[0] + text


def decode(payload: bytes) -> Decoded | ScanFault:
    """Read one frame as UTF-8 text, and take the AIM identifier off its front.

    >>> decode(b"]E04006381333931")
    Decoded(text='4006381333931', aim='E0')
    """
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return diagnose(payload)
    identifier = _AIM.match(text)
    code = text[identifier.end() :] if identifier else text
    if not _is_code(code):
        return diagnose(payload)
    return Decoded(code, identifier["symbology"] if identifier else None)


def diagnose(payload: bytes) -> ScanFault:
    """Say why bytes are not readable: wrong parity settings, or anything else.

    Seven bits with parity read as eight bits set the high bit of about half the characters: more than 30 % such
    bytes, and plain text once they are set right. Any other wrong setting turns that many to NUL, which is how a tty
    shows a byte with wrong parity or without its stop bit (termios(3), INPCK); between them may stand anything.
    """
    if len(payload) >= _TELLING_BYTES_MIN and payload.count(0) > _SUSPECT_SHARE_MIN * len(payload):
        return ScanFault.PARITY
    suspects = sum(1 for byte in payload if byte & _EIGHTH_BIT or byte == 0)
    if suspects <= _SUSPECT_SHARE_MIN * len(payload):
        return ScanFault.UNREADABLE
    # Terminators may have been swallowed into the frame: with the high bit set the framer cannot know them.
    cleared = bytes(byte & ~_EIGHTH_BIT for byte in payload if byte).decode("ascii").strip("\r\n\t\x02\x03")
    return ScanFault.PARITY if _is_code(cleared.replace("\r", "").replace("\n", "")) else ScanFault.UNREADABLE


def _is_code(text: str) -> bool:
    return any(char != GS for char in text) and all(_is_allowed(char) for char in text)


def _is_allowed(char: str) -> bool:
    if char in {GS, *_JOINERS}:
        return True
    category = unicodedata.category(char)
    return category[0] != "C" and category not in {"Zl", "Zp"}
