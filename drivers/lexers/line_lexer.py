"""Readings that come as lines, each to be made into something else. Pure."""

from collections.abc import Callable

from drivers.lexers.framing import Frame, FrameFault, Framer, Framing


class LineLexer:
    """A framer, and one function that turns each of its frames into a reading or a fault."""

    def __init__(self, framing: Framing, judge: Callable[[Frame], Frame | FrameFault]) -> None:
        self._framer = Framer(framing)
        self._judge = judge

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._framer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order."""
        return self._judged(self._framer.receive(data, at_ns))

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""
        return self._judged(self._framer.silence(at_ns))

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a line is thrown away."""
        return self._judged(self._framer.reset())

    def owed(self) -> bytes:
        """Give nothing: a line is not answered."""
        return b""

    def _judged(self, found: list[Frame | FrameFault]) -> list[Frame | FrameFault]:
        return [self._judge(result) if isinstance(result, Frame) else result for result in found]
