"""What a HID device is for, by its report descriptor (USB HID 1.11, section 6.2.2). Pure."""

from typing import Final

BAR_CODE_SCANNER: Final = 0x008C0002
"""Usage page Bar Code Scanner, usage Bar Code Scanner (HID Point of Sale Usage Tables 1.02)."""
STRIPE_READER: Final = 0x008E0001
"""Usage page Magnetic Stripe Reading Device, usage MSR Device Read-Only."""

_LONG_ITEM: Final = 0xFE
_SIZES: Final = (0, 1, 2, 4)
_COLLECTION, _END_COLLECTION, _USAGE_PAGE, _USAGE = 0xA0, 0xC0, 0x04, 0x08
_USAGE_BYTES_MAX = 2
"""A usage of four bytes brings its page with it (section 6.2.2.8)."""
_MAIN_TYPE: Final = 0x0C


def applications(descriptor: bytes) -> tuple[int, ...]:
    """Return page << 16 | usage of every top-level collection, in order. Any bytes have an answer.

    >>> [hex(usage) for usage in applications(bytes.fromhex("05 8c 09 02 a1 01 c0"))]
    ['0x8c0002']
    """
    found: list[int] = []
    page = usage = depth = at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            at += 3 + int.from_bytes(descriptor[at + 1 : at + 2])
            continue
        size, item = _SIZES[prefix & 0x03], prefix & 0xFC
        value = int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        at += 1 + size
        if item == _USAGE_PAGE:
            page = value
        elif item == _USAGE and not usage:
            usage = value if size > _USAGE_BYTES_MAX else page << 16 | value
        elif item == _COLLECTION:
            found += [usage] if depth == 0 else []
            depth += 1
        elif item == _END_COLLECTION:
            depth -= 1
        usage = 0 if not prefix & _MAIN_TYPE else usage
    return tuple(found)
