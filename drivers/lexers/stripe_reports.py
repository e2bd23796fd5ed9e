"""Reports of a HID stripe reader to the text of its tracks. Pure.

One report is one swipe. Its layout is that of MagTek's USB HID swipe readers (Technical Reference Manual 99875191),
which others follow, under the page of the HID Point of Sale Usage Tables (0x8E) or, as MagTek's own, under one of the
maker (0xFF00, usage 1). Some devices put a report id in front, and some a card status behind:

=========  ==============================================================
0..2       tracks 1 to 3: bit 0 says that the track could not be decoded
3..5       their lengths
6          kind of encoding, a small number
7..116     track 1, with its sentinels
117..226   track 2
227..336   track 3, which begins with ``;`` like track 2
=========  ==============================================================

A reader that encrypts has longer reports (its fields have 112 bytes), and the till has no key: it is refused when it is
opened. No report is kept: a bank card ends in ``drivers.codes.guard``, and what led there is gone.
"""

from typing import Final

from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.hid_usages import applications
from drivers.lexers.report_lengths import input_bytes
from pos_loyalty.core.scans import ScanFault

_PAGE: Final = 0x8E
"""Usage page Magnetic Stripe Reading Devices."""
_MAGTEK: Final = 0xFF000001
"""Page of the maker, usage "decoding reader device"."""
_TRACK_BYTES: Final = 110
_FIRST_TRACK_AT: Final = 7
_STATUS_AT: Final = range(3)
_LENGTH_AT: Final = range(3, 6)
_ENCODING_AT: Final = 6
_ENCODING_MAX: Final = 9
"""MagTek has 0 to 6. In a report with an id in front the length of track 3 stands here, when read without."""
_BYTES: Final = _FIRST_TRACK_AT + 3 * _TRACK_BYTES
_LENGTHS: Final = (_BYTES, _BYTES + 1)
"""Without and with the card status."""
_SIGNS: Final = (b"%", b";", b"+")
"""How ``drivers.codes.stripe`` wants the three tracks to begin."""
_SENTINELS: Final = (b"%", b";", b"+", b"")
_END: Final = b"?"
_READ_ERROR: Final = b"E?"
_NOTHING_READ: Final = b"".join(sign + _READ_ERROR for sign in _SIGNS)


def misfit(descriptor: bytes) -> str:
    """Say why a device with this report descriptor is no such reader; empty if it is one."""
    if not any(usage >> 16 == _PAGE or usage == _MAGTEK for usage in applications(descriptor)):
        return "is no stripe reader in HID mode: set it to HID by its manual, or use kind 'wedge'"
    length = input_bytes(descriptor)
    if length > _LENGTHS[-1] + 1:
        return f"encrypts what it reads (reports of {length} bytes), and a till has no key: use one that does not"
    if length < _BYTES:
        return f"has reports of {length} bytes, which the till does not know: set it to keyboard and use kind 'wedge'"
    return ""


def track_text(report: bytes) -> bytes | None:
    """Return the tracks of one swipe as ``codes.stripe`` reads them; ``None`` for a report of another layout."""
    return next((text for start in (0, 1) if (text := _tracks(report[start:])) is not None), None)


def _tracks(report: bytes) -> bytes | None:
    if len(report) not in _LENGTHS or report[_ENCODING_AT] > _ENCODING_MAX:
        return None
    text = b""
    for number, sign in enumerate(_SIGNS):
        length, at = report[_LENGTH_AT[number]], _FIRST_TRACK_AT + number * _TRACK_BYTES
        track = report[at : at + length]
        if report[_STATUS_AT[number]] & 1:
            text += sign + _READ_ERROR
        elif length > _TRACK_BYTES or track[:1] not in _SENTINELS or (track and _END not in track):
            return None
        elif track:
            text += sign + track[1:]
    return text or _NOTHING_READ


class StripeLexer:
    """Reports of one reader to frames. It holds nothing and never raises."""

    deadline_ns: int | None = None
    """There is nothing to wait for."""

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take one report that was read at ``at_ns`` (monotonic), and give its swipe."""
        text = track_text(data)
        if text is None:
            return [FrameFault(ScanFault.UNREADABLE, b"", at_ns, at_ns)]
        return [Frame(text, at_ns, at_ns)]

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:  # noqa: ARG002 - the contract of a lexer
        """Change nothing."""
        return []

    def reset(self) -> list[Frame | FrameFault]:
        """Forget nothing, for nothing is held."""
        return []

    def owed(self) -> bytes:
        """Give nothing: reports are not answered."""
        return b""
