"""Bytes to frames: where one reading ends and the next begins. Pure; the clock comes in as an argument.

The framer takes bytes as they come and one byte at a time, so how a transport cuts them changes nothing.
Silence is an input as well: whoever owns the clock asks for ``deadline_ns``, waits no longer than that, and
then calls ``silence``. Between two calls a framer is in one of four phases:

=========  ============================================================================================
between    nothing is held
inside     bytes of a frame are held
skipping   a frame was too long and has been reported; bytes are dropped up to the next boundary
astray     ``stx_etx`` only: bytes came without a start; reported if silence comes before the next start
=========  ============================================================================================
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, Literal

import msgspec

from pos_loyalty.core.decisions import Via
from pos_loyalty.core.scans import ScanFault

FramingMode = Literal["line", "cr", "lf", "crlf", "tab", "stx_etx", "idle", "ssi"]
"""How a reader is set. ``ssi`` is no framing of text but packets of their own; ``ssi`` here takes them apart."""

STX: Final = 0x02
ETX: Final = 0x03
TAB: Final = 0x09
LF: Final = 0x0A
CR: Final = 0x0D

FRAME_BYTES_MAX: Final = 4352
"""A QR code holds at most 4,296 alphanumeric characters (ISO/IEC 18004, version 40-L). The rest is room for an
AIM identifier and whatever prefix and suffix a reader is set to send."""

STALE_MS: Final = 1000
"""A frame that pauses this long was cut: at 1200 baud the next byte is 9 ms away. Without this limit half a
reading would stick to the front of the next one."""


class Framing(msgspec.Struct, frozen=True, kw_only=True):
    """How a reader marks the end of a reading."""

    mode: FramingMode = "line"
    """``line`` ends at CR, LF or CRLF and suits most readers as delivered. ``idle`` is for readers without a
    suffix: it costs ``idle_gap_ms`` on every reading, and glues two readings that come within that time."""
    idle_gap_ms: int = 30
    """29 character times at 9600 baud, and more than the 16 ms an FTDI adapter may hold bytes back."""
    frame_bytes_max: int = FRAME_BYTES_MAX


class Frame(msgspec.Struct, frozen=True):
    """One reading as bytes, without its framing."""

    payload: bytes
    first_byte_ns: int
    last_byte_ns: int
    """When the last byte came, the terminator included."""
    via: Via | None = None
    """How it came, said only by a lexer that plays others (a recording)."""


class FrameFault(msgspec.Struct, frozen=True):
    """Bytes that did not become a frame, for any lexer."""

    fault: ScanFault
    payload: bytes
    """What was held when it went wrong, for the decoder to name the cause. Not to be kept or logged."""
    first_byte_ns: int
    last_byte_ns: int
    reason: str = ""
    """One sentence for a person, where the lexer knows more than the fault says; it never quotes the bytes."""
    via: Via | None = None
    """As of :class:`Frame`."""


class _Phase(Enum):
    BETWEEN = auto()
    INSIDE = auto()
    SKIPPING = auto()
    ASTRAY = auto()


_TERMINATORS: Final = {"line": bytes((CR, LF)), "cr": bytes((CR,)), "lf": bytes((LF,)), "tab": bytes((TAB,))}


class Framer:
    """A resumable parser of one reader's bytes. It holds at most ``frame_bytes_max`` bytes and never raises."""

    def __init__(self, framing: Framing) -> None:
        self._mode = framing.mode
        self._bytes_max = framing.frame_bytes_max
        self._patience_ns = (framing.idle_gap_ms if framing.mode == "idle" else STALE_MS) * 1_000_000
        self._terminators = _TERMINATORS.get(framing.mode, b"")
        self._take: Callable[[int, int], Frame | FrameFault | None] = {
            "crlf": self._take_crlf,
            "stx_etx": self._take_stx_etx,
            "idle": self._keep,
        }.get(framing.mode, self._take_terminated)
        self._phase = _Phase.BETWEEN
        self._held = bytearray()
        self._previous = -1
        self._first_ns = self._last_ns = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return None if self._phase is _Phase.BETWEEN else self._last_ns + self._patience_ns

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order."""
        results = self.silence(at_ns)
        for byte in data:
            result = self._take(byte, at_ns)
            self._previous = byte
            if result is not None:
                results.append(result)
        return results

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""
        if self.deadline_ns is None or at_ns < self.deadline_ns:
            return []
        result: Frame | FrameFault | None
        if self._mode == "idle" and self._phase is _Phase.INSIDE:
            result = self._end()
        else:
            result = self._drop(ScanFault.UNREADABLE if self._phase is _Phase.ASTRAY else ScanFault.INTERRUPTED)
        return [] if result is None else [result]

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a frame is thrown away."""
        result = self._drop(ScanFault.INTERRUPTED)
        return [] if result is None else [result]

    def owed(self) -> bytes:
        """Give nothing: a frame is not answered."""
        return b""

    def _take_terminated(self, byte: int, at_ns: int) -> Frame | FrameFault | None:
        if byte not in self._terminators:
            return self._keep(byte, at_ns)
        self._last_ns = at_ns
        return self._end()

    def _take_crlf(self, byte: int, at_ns: int) -> Frame | FrameFault | None:
        if (self._previous, byte) != (CR, LF):
            return self._keep(byte, at_ns)
        self._last_ns = at_ns
        del self._held[-1:]
        return self._end()

    def _take_stx_etx(self, byte: int, at_ns: int) -> Frame | FrameFault | None:
        if byte == STX:
            cut = None if self._phase is _Phase.ASTRAY else self._drop(ScanFault.INTERRUPTED)
            self._start(_Phase.INSIDE, at_ns)
            return cut
        if self._phase in {_Phase.INSIDE, _Phase.SKIPPING}:
            if byte != ETX:
                return self._keep(byte, at_ns)
            self._last_ns = at_ns
            return self._end()
        # A record suffix after ETX is normal; anything else here means that the reader sends no STX.
        if self._phase is _Phase.BETWEEN and byte not in {CR, LF}:
            self._start(_Phase.ASTRAY, at_ns)
        self._last_ns = at_ns
        return None

    def _keep(self, byte: int, at_ns: int) -> FrameFault | None:
        self._last_ns = at_ns
        if self._phase is _Phase.SKIPPING:
            return None
        if self._phase is _Phase.BETWEEN:
            self._start(_Phase.INSIDE, at_ns)
        if len(self._held) < self._bytes_max:
            self._held.append(byte)
            return None
        fault = self._drop(ScanFault.TOO_LONG)
        self._start(_Phase.SKIPPING, at_ns)
        return fault

    def _start(self, phase: _Phase, at_ns: int) -> None:
        self._held.clear()
        self._phase = phase
        self._first_ns = self._last_ns = at_ns

    def _end(self) -> Frame | None:
        """Close the frame; an empty one (the LF of CRLF, a suffix sent twice) is not a reading."""
        # Without a terminator to look for, a suffix that the reader sends all the same is still framing.
        payload = bytes(self._held.rstrip(b"\r\n") if self._mode == "idle" else self._held)
        self._forget()
        return Frame(payload, self._first_ns, self._last_ns) if payload else None

    def _drop(self, fault: ScanFault) -> FrameFault | None:
        """Throw away what is held; ``None`` if there is nothing, or if it has been reported already."""
        reportable = self._phase in {_Phase.INSIDE, _Phase.ASTRAY}
        result = FrameFault(fault, bytes(self._held), self._first_ns, self._last_ns) if reportable else None
        self._forget()
        return result

    def _forget(self) -> None:
        self._held.clear()
        self._phase = _Phase.BETWEEN
        self._previous = -1
