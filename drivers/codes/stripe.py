"""Magnetic stripe tracks as readers send them, and the member number on them. Pure.

Readers frame a track with sentinels, ``%`` or ``;`` or ``+`` in front and ``?`` behind, some followed by the
track's LRC (ISO/IEC 7811-2, and -6 for high coercivity); some strip all of that. A track that could not be read is
sent as ``%E?``, ``;E?`` or ``+E?``. What is left out, cut or garbled is refused; nothing is put right.

Bank cards are refused before a number is looked for. This holds for each track alone as well, because a bad read
of one track can hide the shape of the whole.
"""

import re
from enum import StrEnum
from functools import reduce
from operator import xor
from typing import Final

import msgspec

from pos_loyalty.core.payment_cards import is_payment_card

_READ_ERROR: Final = "E"
_END: Final = "?"
_ALPHANUMERIC: Final = r"[\x20-\x24\x26-\x3e\x40-\x5f]"
"""The 6-bit set of track 1 without its sentinels ``%`` and ``?``."""
_NUMERIC: Final = r"[0-9:<=>]"
"""The 4-bit set of tracks 2 and 3 without ``;`` and ``?``."""
_FRAMED: Final = re.compile(
    rf"(?:%(?P<one>{_ALPHANUMERIC}*)\?(?P<lrc_one>[\x20-\x5f])?[\r\n]*)?"
    rf"(?:;(?P<two>E|{_NUMERIC}*)\?(?P<lrc_two>[\x20-\x5f])?[\r\n]*)?"
    rf"(?:\+(?P<three>E|{_NUMERIC}*)\?(?P<lrc_three>[\x20-\x5f])?[\r\n]*)?"
)
_BARE_ONE: Final = re.compile(rf"{_ALPHANUMERIC}+")
_BARE_TWO: Final = re.compile(rf"{_NUMERIC}+")
_SENTINEL_INSIDE: Final = re.compile(r"[%;?]")
_NUMBER: Final = re.compile(r"[0-9A-Z-]{4,19}")
"""No issuer of cards has more than 19 digits (ISO/IEC 7812-1); what is longer is two reads in one."""
_FORMAT_CODE: Final = re.compile(r"B(?=[0-9]+$)")
"""Of track 1 (ISO/IEC 7813, 5.2); it belongs to the track, not to the number."""
_CARETS_MAX: Final = 2
"""Separators of track 1; tracks 2 and 3 have ``=``, of which a card that is no bank card needs one."""
_ACCOUNT_DIGITS_MIN: Final = 12
_ACCOUNT_DIGITS: Final = range(13, 20)
_BANK_FORMAT: Final = re.compile(r"B[0-9]")
_EXPIRY: Final = re.compile(r"=[0-9=]{7}")


class StripeFault(StrEnum):
    """Why a swipe is no member card."""

    PAYMENT_CARD = "payment_card"
    READ_ERROR = "read_error"
    """The reader itself says that it could read no track."""
    CUT = "cut"
    """A sentinel is missing, or there are characters that no track has."""
    LRC = "lrc"
    """The check character of a track does not fit."""
    EMPTY = "empty"
    """The tracks hold no number."""


class Track(msgspec.Struct, frozen=True):
    """One track that was read, without sentinels and LRC."""

    number: int
    """1 to 3."""
    data: str


def has_sentinels(text: str) -> bool:
    """Whether ``text``, from a reader that need not be a stripe reader, is framed as a track is."""
    return text.startswith(("%", ";", "+")) and _END in text.rstrip("\r\n")[-2:]


def tracks(text: str) -> tuple[Track, ...] | StripeFault:
    """Take a swipe apart. Tracks that the reader could not read are left out.

    >>> tracks(";1234567=9901?+E?")
    (Track(number=2, data='1234567=9901'),)
    """
    if is_payment_card(text) or is_cut_payment_card(text):
        return StripeFault.PAYMENT_CARD
    framed = _FRAMED.fullmatch(text.strip("\r\n"))
    found: tuple[Track, ...] | StripeFault
    if framed and framed[0]:
        found = _framed(framed)
    elif _SENTINEL_INSIDE.search(text):
        found = StripeFault.CUT
    else:
        found = _bare(text.strip("\r\n"))
    if isinstance(found, StripeFault):
        return found
    if any(_is_payment_track(track.data) for track in found):
        return StripeFault.PAYMENT_CARD
    return StripeFault.CUT if any(_is_garbled(track.data) for track in found) else found


def member_numbers(found: tuple[Track, ...]) -> tuple[str, ...]:
    """Return the numbers on the tracks, each once: what stands in front of the first separator.

    One card carries one number. More than one means that tracks disagree, and nobody can tell which is right.

    >>> member_numbers((Track(1, "1234567^CARTER/EMILY"), Track(2, "1234567=9901")))
    ('1234567',)
    """
    fronts = (_FORMAT_CODE.sub("", _front(track.data)) for track in found)
    return tuple(dict.fromkeys(front for front in fronts if _NUMBER.fullmatch(front)))


def lrc(number: int, data: str) -> str:
    """Return the LRC character of a track: XOR over start sentinel, data and end sentinel, without parity.

    Track 1 has six bits from the space on, tracks 2 and 3 have four from ``0`` on (ISO/IEC 7811-2, 8.1 and 9.1).
    Readers show the start of track 3 as ``+``; on the card it is the same ``;`` as on track 2.

    >>> lrc(2, "1234567890")
    '5'
    """
    base, start = (0x20, "%") if number == 1 else (0x30, ";")
    return chr(base + reduce(xor, (ord(char) - base for char in f"{start}{data}{_END}")))


def _framed(match: re.Match[str]) -> tuple[Track, ...] | StripeFault:
    names = ("one", "two", "three")
    present = [(number, name, match[name]) for number, name in enumerate(names, start=1) if match[name] is not None]
    read = [(number, name, data) for number, name, data in present if data != _READ_ERROR]
    if not read:
        return StripeFault.READ_ERROR
    sent = ((number, data, match[f"lrc_{name}"]) for number, name, data in read)
    if any(check is not None and check != lrc(number, data) for number, data, check in sent):
        return StripeFault.LRC
    return tuple(Track(number, data) for number, _, data in read if data) or StripeFault.EMPTY


def _bare(text: str) -> tuple[Track, ...] | StripeFault:
    if not text:
        return StripeFault.EMPTY
    if text == _READ_ERROR:
        return StripeFault.READ_ERROR
    if _BARE_TWO.fullmatch(text):
        return (Track(2, text),)
    return (Track(1, text),) if _BARE_ONE.fullmatch(text) else StripeFault.CUT


def _front(data: str) -> str:
    return re.split(r"[\^=]", data)[0].strip()


def _is_garbled(data: str) -> bool:
    """Whether there are separators that no track has so: they cut a number, and half of it is another."""
    return data.count("=") > 1 or data.count("^") > _CARETS_MAX or ("=" in data and "^" in data)


def _is_payment_track(data: str) -> bool:
    """Whether a track is a bank card's: by its number, with a format code before it or without, or by its shape.

    The shape is looked for generously, because a bad read of a bank card is still a bank card: 12 digits or more in
    front, and either the format code B, a third field on track 1, or expiry and service code behind the number.
    """
    front = _front(data)
    if any(is_payment_card(part) for part in (data, front, front[1:])):
        return True
    is_long = sum(char.isdigit() for char in front) >= _ACCOUNT_DIGITS_MIN
    return is_long and (_BANK_FORMAT.match(data) is not None or data.count("^") > 1 or _EXPIRY.search(data) is not None)


def is_cut_payment_card(text: str) -> bool:
    """Whether an account number is the beginning of a track whose separator was lost on the way.

    A German keyboard layout swallows the ``=`` behind the number and one digit more.
    """
    fronts = re.findall(r"[0-9]{20,}", text)
    return any(is_payment_card(front[:length]) for front in fronts for length in _ACCOUNT_DIGITS)
