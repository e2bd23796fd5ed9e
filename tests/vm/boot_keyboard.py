"""The reports of a keyboard reader on USB, which are those of a boot keyboard.

Sources: HID 1.11, appendix B.1; HID Usage Tables 1.5, section 10 (page 0x07).
"""

from collections.abc import Iterable
from typing import Final

from tests.drivers import keyboard_reader
from tests.drivers.keyboard_reader import KEYCAPS, Stroke

REPORT_BYTES: Final = 8
_SIGNS: Final = dict(
    zip("1234567890-=[]\\;'`,./ ", (*range(0x1E, 0x28), *range(0x2D, 0x32), *range(0x33, 0x39), 0x2C), strict=True)
)
_MODIFIERS: Final = {
    keyboard_reader.LEFT_CTRL: 1 << 0,
    keyboard_reader.LEFT_SHIFT: 1 << 1,
    keyboard_reader.LEFT_ALT: 1 << 2,
    keyboard_reader.RIGHT_SHIFT: 1 << 5,
}
_USAGES: Final = {
    keyboard_reader.ENTER: 0x28,
    keyboard_reader.TAB: 0x2B,
    keyboard_reader.CAPS_LOCK: 0x39,
    keyboard_reader.KEYPAD_ENTER: 0x58,
    **{key: 0x04 + ord(caps[0]) - ord("a") for key, caps in KEYCAPS.items() if caps[0].isalpha()},
    **{key: _SIGNS[caps[0]] for key, caps in KEYCAPS.items() if not caps[0].isalpha()},
}


def reports(strokes: Iterable[Stroke]) -> list[bytes]:
    """Return a report for each stroke: the modifiers as bits, a byte of nothing, and up to six keys that are down."""
    down: list[int] = []
    sent = []
    for key, value in strokes:
        (down.append if value else down.remove)(key)
        modifiers = sum(_MODIFIERS.get(held, 0) for held in down)
        usages = bytes(_USAGES[held] for held in down if held not in _MODIFIERS)
        sent.append(bytes([modifiers, 0]) + usages.ljust(6, b"\0"))
    return sent
