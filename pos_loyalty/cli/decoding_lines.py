"""From a line of input to what it is, by the lexers that a till uses: the two cannot disagree."""

import re
from typing import Final

from drivers.codes import uid
from drivers.codes.reading import read, refused
from drivers.codes.reading_settings import ReadingSettings
from drivers.kinds import transport
from drivers.lexers.answers import answer
from drivers.lexers.framing import ETX, STX, Frame, FrameFault, FramingMode
from drivers.lexers.lexing import Lexer
from drivers.settings import ReaderSettings
from pos_loyalty.cli.json_lines import Given
from pos_loyalty.core.decisions import Decision, Via
from pos_loyalty.core.scans import ScanFault

RAW: Final = frozenset({"wedge", "hidpos", "hidmsr", "rfid"})
"""Ways of which hexadecimal lines may be what the device sent."""
_DEVICE_BYTES: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1c\x1e\x1f]")
"""What no text of these ways has, and every event and report: CR, LF, Tab and GS are text."""
_APART_MS: Final = {"wedge": 1000, "rfid": 1000}
"""Two lines without a time of their own are two readings, further apart than a tag or a key is remembered."""
_REPORTS_APART_MS: Final = 1
"""The reports of one code follow each other at once."""
_NS_PER_MS: Final = 1_000_000


class LineDecoder:
    """Lines in, answers out. A line is a reading by itself, or bytes as a device sends them."""

    def __init__(self, via: Via, framing: FramingMode | None, settings: ReadingSettings) -> None:
        self._via = via
        self._framing = framing
        self._settings = settings
        self._lexer = _lexer(via, framing or "line") if via in RAW else None
        self._at_ms = 0

    def answers(self, given: Given) -> list[Decision]:
        """Decide what one line is. A code of several reports is answered with the last of them."""
        if self._via == "pcsc":
            return [self._card(given)]
        if self._lexer and (self._via == "rfid" or (given.is_hex and _DEVICE_BYTES.search(given.data))):
            return self._told(self._received(self._lexer, given))
        if self._framing is None:
            return [read(given.data.strip(b"\r\n"), self._via, self._settings)]
        lexer = _lexer("serial", self._framing)
        results = lexer.receive(given.data, 0)
        return self._told(results + lexer.silence(lexer.deadline_ns or 0))

    def rest(self) -> list[Decision]:
        """Say what is cut, when no line comes any more."""
        return self._told(_ended(self._lexer)) if self._lexer else []

    def _received(self, lexer: Lexer, given: Given) -> list[Frame | FrameFault]:
        apart_ms = _APART_MS.get(self._via, _REPORTS_APART_MS)
        self._at_ms = self._at_ms + apart_ms if given.at_ms is None else given.at_ms
        at_ns = self._at_ms * _NS_PER_MS
        # A line with a time is part of a stream; of a tag without one nothing else will come.
        if self._via != "rfid" or given.at_ms is not None:
            return _waited(lexer, at_ns) + lexer.receive(given.data, at_ns)
        framed = given.data if STX in given.data else bytes((STX, *given.data, ETX))
        return lexer.receive(framed, at_ns) + lexer.reset()

    def _card(self, given: Given) -> Decision:
        """Decide what a contactless card said: its number in hex, or the text of a tag."""
        if given.is_hex:
            found = uid.payload(given.data)
            return refused(found) if isinstance(found, ScanFault) else read(found, self._via, self._settings)
        lexer = transport("nfc").lexer(ReaderSettings(name="decode", port="/", kind="nfc", framing="stx_etx"))
        text = given.data.strip(b"\r\n").translate(None, bytes((STX, ETX)))
        (told,) = self._told(lexer.receive(bytes((STX, *text, ETX)), 0)) or [refused(ScanFault.UNREADABLE)]
        return told

    def _told(self, results: list[Frame | FrameFault]) -> list[Decision]:
        return [answer(result, self._via, self._settings) for result in results]


def _lexer(kind: str, framing: FramingMode) -> Lexer:
    settings = ReaderSettings(name="decode", port="/", kind=kind, framing=framing, debounce_ms=0)
    return transport(kind).lexer(settings)


def _waited(lexer: Lexer, at_ns: int) -> list[Frame | FrameFault]:
    deadline_ns = lexer.deadline_ns
    return [] if deadline_ns is None or deadline_ns > at_ns else lexer.silence(deadline_ns)


def _ended(lexer: Lexer) -> list[Frame | FrameFault]:
    deadline_ns = lexer.deadline_ns
    return ([] if deadline_ns is None else lexer.silence(deadline_ns)) + lexer.reset()
