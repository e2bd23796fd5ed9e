"""The memory of an NFC Forum Type 2 tag (NTAG, MIFARE Ultralight): where its NDEF message is. Pure.

NFC Forum Type 2 Tag Operation 1.1: pages of four bytes; page 3 is the capability container (6.1), from page 4 on
stand blocks of tag, length and value (2.3). Lock control, memory control and proprietary blocks are passed over.
Bytes that a memory control block sets aside inside of a message are not taken out of it: the tags that shops buy
have them behind their data.
"""

from collections.abc import Generator
from typing import Final

CONTAINER_PAGE: Final = 3
PAGE_BYTES: Final = 4
MEMORY_BYTES_MAX: Final = (256 - CONTAINER_PAGE) * PAGE_BYTES
"""A read reaches 256 pages: room for 888 bytes on NTAG216. What larger tags hold behind them stays unread."""

_MAGIC: Final = 0xE1
_NOTHING, _MESSAGE, _TERMINATOR = 0x00, 0x03, 0xFE
_LONG_LENGTH: Final = 0xFF
_UNIT_BYTES: Final = 8
"""The unit in which the container says how large the data area is."""


def reading() -> Generator[int, bytes, bytes | None]:
    """Yield the number of the page to read next, take what was read from there on, and return the message.

    It asks for no more than is needed: an empty tag is one read, a link of 60 characters six. Each answer is one or
    more whole pages. Returns ``None`` if there is no message; one that does not fit into the tag comes cut.
    """
    memory = yield CONTAINER_PAGE
    if not _is_readable(memory):
        return None
    end = min(PAGE_BYTES + memory[2] * _UNIT_BYTES, MEMORY_BYTES_MAX)
    at = PAGE_BYTES
    while at < end:
        memory = yield from _up_to(min(at + PAGE_BYTES, end), memory)
        kind, start, length = _head(memory, at)
        if kind == _TERMINATOR:
            return None
        if kind == _MESSAGE:
            stop = min(start + length, end)
            memory = yield from _up_to(stop, memory)
            return memory[start:stop]
        at = start + length
    return None


def _is_readable(container: bytes) -> bool:
    """Whether it is one, of version 1, and lets everybody read (the high half of its last byte is 0)."""
    return container[0] == _MAGIC and container[1] >> 4 == 1 and container[3] >> 4 == 0


def _up_to(end: int, memory: bytes) -> Generator[int, bytes, bytes]:
    while len(memory) < end:
        memory += yield CONTAINER_PAGE + len(memory) // PAGE_BYTES
    return memory


def _head(memory: bytes, at: int) -> tuple[int, int, int]:
    """Return the tag of the block at ``at``, and where its value starts and how long it is."""
    kind, short, *long = memory[at : at + 4].ljust(4, b"\0")
    if kind == _NOTHING:
        return kind, at + 1, 0
    return (kind, at + 4, int.from_bytes(long)) if short == _LONG_LENGTH else (kind, at + 2, short)
