"""Serial readers of 125 kHz tags: RDM6300, ID-12 and their many copies. Pure; the clock comes in as an argument.

A frame is STX, ten hexadecimal digits (the tag), two more (XOR of the five bytes), at times CR LF, and ETX. A tag
that stays in the field is sent again about every 65 ms; here it is one presentation, however long it stays.
"""

from typing import Final

from drivers.codes.tags import Tag, tag
from drivers.debounce import Debounce
from drivers.lexers.framing import ETX, STX, Frame, FrameFault
from pos_loyalty.core.scans import ScanFault

PRESENCE_MS: Final = 400
"""A tag that was silent for six repeats has been taken away."""
_STALE_NS: Final = 100_000_000
"""A frame takes 15 ms at 9600 baud. After this long the rest of it will not come, and what comes is another."""
_FRAME_BYTES_MAX: Final = 14


class TagLexer:
    """One reader's bytes, cut into tags. It holds at most one frame and never raises.

    A tag, and a fault of one kind, comes out once per presentation, which ends when nothing was heard of it for
    ``presence_ms``. At the edge of the field broken frames come between the good ones; while a tag is there they say
    nothing. A new STX always begins a new frame. Bytes between frames are noise.
    """

    deadline_ns: int | None = None
    """There is nothing to wait for: a reader sends a frame whole or not at all."""

    def __init__(self, presence_ms: int = PRESENCE_MS) -> None:
        self._presence_ns = presence_ms * 1_000_000
        self._present = Debounce(presence_ms)
        self._tag_until_ns = 0
        self._held: bytearray | None = None
        self._first_ns = self._last_ns = 0

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give what it completes, in order.

        The payload of a tag is its twelve digits in capitals; of a broken frame, what stood in it.
        """
        if at_ns - self._last_ns >= _STALE_NS:
            self._held = None
        self._last_ns = at_ns
        frames = (self._take(byte, at_ns) for byte in data)
        return [frame for frame in frames if frame is not None]

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:  # noqa: ARG002 - part of what every lexer has
        """Nothing comes of silence."""
        return []

    def reset(self) -> list[Frame | FrameFault]:
        """Forget half a frame at a disconnect, and say so if there was one."""
        held, self._held = self._held, None
        return [] if held is None else [FrameFault(ScanFault.INTERRUPTED, bytes(held), self._first_ns, self._last_ns)]

    def owed(self) -> bytes:
        """Give nothing: a tag is not answered."""
        return b""

    def _take(self, byte: int, at_ns: int) -> Frame | None:
        if byte == STX:
            self._held = bytearray()
            self._first_ns = at_ns
            return None
        held = self._held
        if held is None:
            return None
        if byte == ETX or len(held) == _FRAME_BYTES_MAX:
            self._held = None
            return self._presented(held.decode("latin-1"), at_ns)
        held.append(byte)
        return None

    def _presented(self, content: str, at_ns: int) -> Frame | None:
        found = tag(content)
        if isinstance(found, Tag):
            self._tag_until_ns = at_ns + self._presence_ns
            key, content = found.number, content.rstrip("\r\n").upper()
        else:
            key = found
            if at_ns < self._tag_until_ns:
                return None
        if self._present.is_repeat(key, at_ns):
            return None
        return Frame(content.encode("latin-1"), self._first_ns, at_ns)
