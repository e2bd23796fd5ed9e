"""Lexer, decision, guard and debounce in a row: bytes in, readings out. Pure.

Whatever is refused leaves only its fault, a reason and its times. Nothing here logs, and no buffer outlives its frame.
"""

from drivers.codes.decoding import diagnose
from drivers.codes.reading import code_of, read, refused
from drivers.codes.reading_settings import ReadingSettings
from drivers.debounce import Debounce
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.lexing import Lexer
from pos_loyalty.core.decisions import Outcome, Via
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault

Reading = Scan | RefusedScan
"""What a reader delivers."""

_REFUSED = {Outcome.PAYMENT_CARD: ScanFault.PAYMENT_CARD, Outcome.UNREADABLE: ScanFault.UNREADABLE}


class Pipeline:
    """Everything that happens to the bytes of one reader, with counters since it was made."""

    def __init__(self, reader_id: str, via: Via, lexer: Lexer, settings: ReadingSettings, debounce_ms: int) -> None:
        self._reader_id = reader_id
        self._via = via
        self._lexer = lexer
        self._settings = settings
        self._debounce = Debounce(debounce_ms)
        self.scans = 0
        self.repeats = 0
        self.refused = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._lexer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Reading]:
        """Take bytes that were read at ``at_ns`` (monotonic nanoseconds)."""
        return self._judge(self._lexer.receive(data, at_ns))

    def silence(self, at_ns: int) -> list[Reading]:
        """Say that nothing came up to ``at_ns``."""
        return self._judge(self._lexer.silence(at_ns))

    def disconnect(self) -> list[Reading]:
        """Say that the port is gone; half a frame is reported as interrupted."""
        return self._judge(self._lexer.reset())

    def owed(self) -> bytes:
        """Give what the reader wants to hear back now, once."""
        return self._lexer.owed()

    def _judge(self, frames: list[Frame | FrameFault]) -> list[Reading]:
        return [reading for frame in frames if (reading := self._judge_one(frame)) is not None]

    def _judge_one(self, frame: Frame | FrameFault) -> Reading | None:
        if isinstance(frame, FrameFault):
            # Wrong parity hides the terminator too: CR (0x0D) with even parity is 0x8D. Say the cause.
            if self._is_parity(frame.payload):
                return self._refuse(frame, ScanFault.PARITY)
            return self._refuse(frame, frame.fault, frame.reason)
        decision = read(frame.payload, self._via, self._settings)
        if (fault := _REFUSED.get(decision.outcome)) is not None:
            if fault is ScanFault.UNREADABLE and self._is_parity(frame.payload):
                return self._refuse(frame, ScanFault.PARITY)
            return self._refuse(frame, fault, decision.reason)
        if self._debounce.is_repeat(frame.payload, frame.last_byte_ns):
            self.repeats += 1
            return None
        self.scans += 1
        return Scan(
            reader_id=self._reader_id,
            code=code_of(frame.payload, decision),
            decision=decision,
            first_byte_ns=frame.first_byte_ns,
            last_byte_ns=frame.last_byte_ns,
        )

    def _is_parity(self, payload: bytes) -> bool:
        return self._via == "serial" and diagnose(payload) is ScanFault.PARITY

    def _refuse(self, frame: Frame | FrameFault, fault: ScanFault, reason: str = "") -> RefusedScan:
        self.refused += 1
        return RefusedScan(
            reader_id=self._reader_id,
            fault=fault,
            reason=reason or refused(fault).reason,
            first_byte_ns=frame.first_byte_ns,
            last_byte_ns=frame.last_byte_ns,
        )
