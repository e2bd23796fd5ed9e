"""How long the reports of a HID device are, by its report descriptor (USB HID 1.11, section 6.2.2). Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

_LONG_ITEM: Final = 0xFE
_SIZES: Final = (0, 1, 2, 4)
_INPUT, _REPORT_SIZE, _REPORT_ID, _REPORT_COUNT = 0x80, 0x74, 0x84, 0x94


def input_bytes(descriptor: bytes) -> int:
    """Return the length of the longest input report as the kernel gives it, its id included. Any bytes have an answer.

    >>> input_bytes(bytes.fromhex("05 8c 09 02 a1 01 85 02 75 08 95 3f 81 02 c0"))
    64
    """
    bits: Counter[int] = Counter()
    size = count = report_id = 0
    for item, value in _short_items(descriptor):
        if item == _REPORT_SIZE:
            size = value
        elif item == _REPORT_COUNT:
            count = value
        elif item == _REPORT_ID:
            report_id = value
        elif item == _INPUT:
            bits[report_id] += size * count
    return max((-(-length // 8) + bool(number) for number, length in bits.items()), default=0)


def _short_items(descriptor: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            at += 3 + int.from_bytes(descriptor[at + 1 : at + 2])
            continue
        size = _SIZES[prefix & 0x03]
        yield prefix & 0xFC, int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        at += 1 + size
