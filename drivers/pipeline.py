"""Lexer, decision, guard and debounce in a row: bytes in, readings out. Pure.

Whatever is refused leaves only its fault, a reason and its times. Nothing here logs, and no buffer outlives its frame.
"""

from drivers.codes.reading import code_of
from drivers.codes.reading_settings import ReadingSettings
from drivers.debounce import Debounce
from drivers.lexers.answers import answer, fault_of
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.lexing import Lexer
from pos_loyalty.core.decisions import Via
from pos_loyalty.core.scans import RefusedScan, Scan

Reading = Scan | RefusedScan
"""What a reader delivers."""


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
        decision = answer(frame, self._via, self._settings)
        if (fault := fault_of(frame, decision, self._via)) is not None:
            self.refused += 1
            return RefusedScan(
                reader_id=self._reader_id,
                fault=fault,
                reason=decision.reason,
                first_byte_ns=frame.first_byte_ns,
                last_byte_ns=frame.last_byte_ns,
            )
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
