"""Framer, decoder, guard and debounce in a row: bytes in, readings out. Pure.

Whatever is refused leaves only its fault and its times. Nothing here logs, and no buffer outlives its frame.
"""

from drivers.debounce import Debounce
from drivers.decoding import decode, diagnose
from drivers.framing import Frame, FrameFault, Framer, Framing
from drivers.guard import fault_of
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault

Reading = Scan | RefusedScan
"""What a reader delivers."""


class Pipeline:
    """Everything that happens to the bytes of one reader, with counters since it was made."""

    def __init__(self, reader_id: str, framing: Framing, debounce_ms: int) -> None:
        self._reader_id = reader_id
        self._framer = Framer(framing)
        self._debounce = Debounce(debounce_ms)
        self.scans = 0
        self.repeats = 0
        self.refused = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._framer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Reading]:
        """Take bytes that were read at ``at_ns`` (monotonic nanoseconds)."""
        return self._judge(self._framer.receive(data, at_ns))

    def silence(self, at_ns: int) -> list[Reading]:
        """Say that nothing came up to ``at_ns``."""
        return self._judge(self._framer.silence(at_ns))

    def disconnect(self) -> list[Reading]:
        """Say that the port is gone; half a frame is reported as interrupted."""
        return self._judge(self._framer.reset())

    def _judge(self, frames: list[Frame | FrameFault]) -> list[Reading]:
        return [reading for frame in frames if (reading := self._judge_one(frame)) is not None]

    def _judge_one(self, frame: Frame | FrameFault) -> Reading | None:
        if isinstance(frame, FrameFault):
            # Wrong parity hides the terminator too: CR (0x0D) with even parity is 0x8D. Say the cause.
            is_parity = diagnose(frame.payload) is ScanFault.PARITY
            return self._refuse(frame, ScanFault.PARITY if is_parity else frame.fault)
        decoded = decode(frame.payload)
        if isinstance(decoded, ScanFault):
            return self._refuse(frame, decoded)
        if (fault := fault_of(decoded)) is not None:
            return self._refuse(frame, fault)
        if self._debounce.is_repeat(decoded.text, frame.last_byte_ns):
            self.repeats += 1
            return None
        self.scans += 1
        return Scan(
            reader_id=self._reader_id,
            code=decoded.text,
            first_byte_ns=frame.first_byte_ns,
            last_byte_ns=frame.last_byte_ns,
        )

    def _refuse(self, frame: Frame | FrameFault, fault: ScanFault) -> RefusedScan:
        self.refused += 1
        return RefusedScan(
            reader_id=self._reader_id,
            fault=fault,
            first_byte_ns=frame.first_byte_ns,
            last_byte_ns=frame.last_byte_ns,
        )
