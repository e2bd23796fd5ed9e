"""What every lexer does: bytes of a device in, readings out. Pure."""

from typing import Protocol

from drivers.lexers.framing import Frame, FrameFault


class Lexer(Protocol):
    """What one open device sends, cut into readings. Pure: the clock comes in as an argument.

    It holds at most one reading and never raises, whatever the bytes are. How the system cut the bytes may matter (a
    HID report is one read), so each read is handed over by itself.
    """

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take one read of the device, made at ``at_ns`` (monotonic), and give what it completes, in order."""

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a reading is thrown away."""

    def owed(self) -> bytes:
        """Give what the protocol of the reader wants to hear back now (an ACK), once; mostly nothing."""
