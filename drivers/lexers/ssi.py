"""Zebra's Simple Serial Interface (72E-40451, "SSI Programmer's Guide"): packets with a checksum, each answered. Pure.

A packet is ``length opcode source status data checksum``. The length counts everything but the checksum, which is the
16-bit two's complement of the sum of all before it, high byte first. The reader sends one and waits for ACK; on NAK,
or after its response time-out (2 s as delivered), it sends the same again with bit 0 of the status set. Bit 1 says
that the reading goes on in the next packet. Nothing marks the beginning of a packet, so after a spoilt one everything
is skipped up to the next silence; the reader is waiting for us then.

The cordless dialect (opcode 0x73, a length behind the type) is not spoken here: its readings are refused.
"""

from typing import Final

from drivers.codes.ean import expand_upc_e
from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault, Framer, Framing
from drivers.lexers.lexing import Lexer
from pos_loyalty.core.scans import ScanFault

CMD_ACK: Final = 0xD0
CMD_NAK: Final = 0xD1
BEEP: Final = 0xE6
SCAN_ENABLE: Final = 0xE9
SCAN_DISABLE: Final = 0xEA
DECODE_DATA: Final = 0xF3
EVENT: Final = 0xF6

_READER: Final = 0x00
_HOST: Final = 0x04
_RESENT: Final = 0x01
_GOES_ON: Final = 0x02
_CHECKSUM_BYTES: Final = 2
_LENGTH_MIN: Final = 4

QUIET_MS: Final = 200
"""A packet that pauses this long was cut: at 1200 baud the next byte is 9 ms away, and an adapter holds it for 16."""
RESEND_MS: Final = 3000
"""How long to wait for a packet that was spoilt, or for the rest of a reading, before it is reported."""
SAME_MS: Final = 10_000
"""A packet marked as sent again is the one before only within the longest response time-out, 9.9 s."""


def packet(opcode: int, data: bytes = b"", *, source: int = _HOST, status: int = 0) -> bytes:
    """Return a packet, ours unless ``source`` says otherwise.

    >>> packet(CMD_ACK).hex(" ")
    '04 d0 04 00 ff 28'
    """
    head = bytes((_LENGTH_MIN + len(data), opcode, source, status)) + data
    return head + (-sum(head) & 0xFFFF).to_bytes(_CHECKSUM_BYTES, "big")


ACK: Final = packet(CMD_ACK)
RESEND: Final = packet(CMD_NAK, b"\x01")

_AIM: Final = {
    0x01: b"]A0",
    0x02: b"]F0",
    0x03: b"]C0",
    0x04: b"]S0",
    0x06: b"]I0",
    0x07: b"]G0",
    0x0C: b"]H0",
    0x0E: b"]M0",
    0x0F: b"]C1",
    0x13: b"]A4",
    0x30: b"]e0",
    0x31: b"]e0",
    0x32: b"]e0",
}
"""AIM identifiers of code types that leave no doubt. Data Matrix (0x1B), QR (0x1C), PDF417 and Aztec are left out on
purpose: whether FNC1 stood in front, that is whether it is a GS1 code, the type does not say, and the answer would be
no without having been asked."""
_UPC_A: Final = 0x08
_UPC_E: Final = frozenset({0x09, 0x10})
_EAN_8: Final = 0x0A
_EAN_13: Final = frozenset({0x0B, 0x16})
_ADD_ON_DIGITS: Final = {0x00: 0, 0x40: 2, 0x80: 5}
_EAN_DIGITS: Final = 13
_UPC_DIGITS: Final = 12


def payload(code_type: int, data: bytes) -> bytes:
    """Return what a reading is for ``drivers.codes.reading``: with an AIM identifier, if the code type leaves no doubt.

    A reader that is set to send AIM identifiers itself knows best. Of EAN and UPC the length must be right, or the
    identifier makes the reading be refused with the advice to send all digits.

    >>> payload(0x08, b"042100005264")
    b']E00042100005264'
    """
    kind, add_on = code_type & 0x3F, _ADD_ON_DIGITS.get(code_type & 0xC0)
    if add_on is not None and kind in {_UPC_A, _EAN_8, *_UPC_E, *_EAN_13}:
        return data if data.startswith(b"]E") else _ean(kind, data, add_on)
    aim = _AIM.get(code_type, b"")
    return data if data.startswith(aim[:2] or b"]") else aim + data


def _ean(kind: int, data: bytes, add_on: int) -> bytes:
    number, beside = data[: len(data) - add_on], data[len(data) - add_on :]
    if kind == _EAN_8:
        return b"]E4" + data
    if kind in _UPC_E:
        number = expand_upc_e(number.decode("latin-1")).encode() or number
    if kind not in _EAN_13 and len(number) == _UPC_DIGITS:
        number = number.rjust(_EAN_DIGITS, b"0")
    return (b"]E3" if add_on else b"]E0") + number + beside


def lexer_of(framing: Framing) -> Lexer:
    """Return what cuts the bytes of a reader that is set so: packets if it speaks SSI, and text else."""
    return PacketReader() if framing.mode == "ssi" else Framer(framing)


class PacketReader:
    """A lexer of one reader's packets. It holds at most one packet and one reading, and never raises."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._skipping = False
        self._spoilt = False
        self._reading: bytearray | None = None
        self._type = 0
        self._refused: ScanFault | None = None
        self._first_ns = self._last_ns = 0
        self._accepted: tuple[bytes, int] = (b"", 0)
        self._owed = b""

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        if self._held or self._skipping:
            return self._last_ns + QUIET_MS * 1_000_000
        return self._last_ns + RESEND_MS * 1_000_000 if self._is_waiting else None

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order."""
        results = self.silence(at_ns)
        if not self._held and not self._skipping and not self._is_waiting:
            self._first_ns = at_ns
        self._last_ns = at_ns
        if self._skipping:
            return results
        self._held += data
        while (cut := self._cut()) is not None:
            result = self._take(cut, at_ns)
            if result is not None:
                results.append(result)
        return results

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``: ask for a spoilt packet again, and report one that never came."""
        if self.deadline_ns is None or at_ns < self.deadline_ns:
            return []
        if not self._held and not self._skipping:
            return self._drop(ScanFault.UNREADABLE if self._reading is None else ScanFault.INTERRUPTED)
        self._held.clear()
        self._skipping, self._spoilt = False, True
        # Some readers send one packet again, some the whole reading, and joining the wrong ones makes another code.
        if self._reading is not None:
            self._refused = ScanFault.INTERRUPTED
        self._owed = RESEND
        return []

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a reading is thrown away."""
        self._accepted, self._owed = (b"", 0), b""
        return self._drop(ScanFault.INTERRUPTED)

    def owed(self) -> bytes:
        """Give the ACK or NAK that the reader waits for, once."""
        owed, self._owed = self._owed, b""
        return owed

    @property
    def _is_waiting(self) -> bool:
        return self._spoilt or self._reading is not None

    def _cut(self) -> bytes | None:
        """Take the next whole packet off what is held; a spoilt one makes everything be skipped."""
        # A NUL wakes a sleeping reader or is noise. No packet is that short, and it costs none.
        while self._held and self._held[0] < _LENGTH_MIN:
            del self._held[0]
        end = self._held[0] + _CHECKSUM_BYTES if self._held else 0
        if not end or len(self._held) < end:
            return None
        cut = bytes(self._held[:end])
        del self._held[:end]
        if (sum(cut[:-_CHECKSUM_BYTES]) + int.from_bytes(cut[-_CHECKSUM_BYTES:], "big")) & 0xFFFF == 0:
            return cut
        self._held.clear()
        self._skipping = True
        return None

    def _take(self, cut: bytes, at_ns: int) -> Frame | FrameFault | None:
        opcode, source, status = cut[1:_LENGTH_MIN]
        if source != _READER or opcode not in {DECODE_DATA, EVENT}:
            return None  # the ACK to a command of ours, or our own echo
        self._owed = ACK
        was_spoilt, self._spoilt = self._spoilt, False
        body = cut[_LENGTH_MIN:-_CHECKSUM_BYTES]
        if opcode == EVENT or not body:
            return None
        before, before_ns = self._accepted
        # Our ACK was lost, not the packet; unless we asked for it: then the same code was read again, and spoilt.
        if status & _RESENT and not was_spoilt and body == before and at_ns - before_ns < SAME_MS * 1_000_000:
            return None
        self._accepted = (body, at_ns)
        self._join(body[0], body[1:])
        return None if status & _GOES_ON else self._end(at_ns)

    def _join(self, code_type: int, data: bytes) -> None:
        """Add a packet to the reading. Once refused, a reading is refused to its end: the rest of a code is another."""
        if self._reading is None:
            self._reading, self._type, self._refused = bytearray(), code_type, None
        elif code_type != self._type:
            self._refused = ScanFault.INTERRUPTED
        if len(self._reading) + len(data) > FRAME_BYTES_MAX:
            self._refused = ScanFault.TOO_LONG
        if self._refused is None:
            self._reading += data

    def _end(self, at_ns: int) -> Frame | FrameFault | None:
        reading, self._reading = bytes(self._reading or b""), None
        if self._refused is not None:
            return FrameFault(self._refused, b"", self._first_ns, at_ns)
        return Frame(payload(self._type, reading), self._first_ns, at_ns) if reading else None

    def _drop(self, fault: ScanFault) -> list[Frame | FrameFault]:
        """Throw away what is held; what it was is not passed on, binary as it is."""
        something = bool(self._held) or self._skipping or self._is_waiting
        self._held.clear()
        self._skipping = self._spoilt = False
        self._reading = None
        return [FrameFault(fault, b"", self._first_ns, self._last_ns)] if something else []
