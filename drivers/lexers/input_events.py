"""The events of the Linux input subsystem as bytes. Pure.

A device ``/dev/input/event*`` gives ``struct input_event`` (``uapi/linux/input.h``): the time in seconds and
microseconds, type, code and value. The order and size of its fields are those of the machine, 24 bytes on 64 bits.
What the types and codes mean is in ``Documentation/input/event-codes.rst`` and ``uapi/linux/input-event-codes.h``.
"""

import struct
from typing import Final

import msgspec

EVENT: Final = struct.Struct("@llHHi")
"""``struct input_event``."""

EV_SYN: Final = 0x00
EV_KEY: Final = 0x01
SYN_REPORT: Final = 0
SYN_DROPPED: Final = 3
UP: Final = 0
DOWN: Final = 1
"""Values of a key; 2 is a key that is held and repeats."""


class InputEvent(msgspec.Struct, frozen=True):
    """One event."""

    at_ns: int
    """By the clock that the device was told to use."""
    type: int
    code: int
    value: int


class EventStream:
    """Bytes to events. A device gives whole events in each read; what gives less is waited for."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> list[InputEvent]:
        """Give the events that ``data`` completes."""
        held = self._rest + data
        whole = len(held) - len(held) % EVENT.size
        self._rest = held[whole:]
        return [
            InputEvent(seconds * 1_000_000_000 + micros * 1000, kind, code, value)
            for seconds, micros, kind, code, value in EVENT.iter_unpack(held[:whole])
        ]
