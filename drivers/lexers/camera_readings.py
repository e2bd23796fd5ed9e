"""How the thread that looks at pictures tells the port what it read: length, delay and data of each code. Pure.

The data stand as they are, so that a recording of them can be masked.
"""

import struct
from typing import Final

from drivers.lexers.framing import FRAME_BYTES_MAX, STALE_MS, Frame, FrameFault
from pos_loyalty.core.scans import ScanFault

_HEAD: Final = struct.Struct("!II")
"""Bytes of data, and the microseconds between the first picture of the code and this message."""


def message(payload: bytes, took_ns: int) -> bytes:
    """Write down a code that was read, and how long it took since it was first seen; nothing for what no code is."""
    if len(payload) > FRAME_BYTES_MAX:
        return b""
    return _HEAD.pack(len(payload), min(took_ns // 1000, 0xFFFF_FFFF)) + payload


class CameraLexer:
    """Takes the messages apart again. A pipe may cut them anywhere."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._last_ns = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._last_ns + STALE_MS * 1_000_000 if self._held else None

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take ``data`` that was read at ``at_ns`` (monotonic), and give the codes that it completes, in order."""
        found = self.silence(at_ns)
        self._held += data
        self._last_ns = at_ns
        while len(self._held) >= _HEAD.size:
            length, took_us = _HEAD.unpack_from(self._held)
            end = _HEAD.size + length
            if length > FRAME_BYTES_MAX:
                return [*found, *self._drop(ScanFault.TOO_LONG)]
            if len(self._held) < end:
                break
            found.append(Frame(bytes(self._held[_HEAD.size : end]), at_ns - took_us * 1000, at_ns))
            del self._held[:end]
        return found

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; before the deadline this changes nothing."""
        is_due = self.deadline_ns is not None and at_ns >= self.deadline_ns
        return self._drop(ScanFault.INTERRUPTED) if is_due else []

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a message is thrown away."""
        return self._drop(ScanFault.INTERRUPTED)

    def owed(self) -> bytes:
        """Give nothing: a camera is not answered."""
        return b""

    def _drop(self, fault: ScanFault) -> list[Frame | FrameFault]:
        if not self._held:
            return []
        dropped = FrameFault(fault, bytes(self._held), self._last_ns, self._last_ns)
        self._held.clear()
        return [dropped]
