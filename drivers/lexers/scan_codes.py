"""Keys to characters: what a keyboard reader means, by the scan codes of a US keyboard. Pure.

Scan codes name places on the keyboard (``uapi/linux/input-event-codes.h``), so the layout that the cashier uses does
not matter. A reader must be set to the US keyboard, which is how it leaves the factory. Besides printing keys there is:

============  =============================================================================================
CapsLock      off at first, and changed by the CapsLock key of this reader alone. A reader that looks at the lamp
              of the PC and types the opposite must be set not to
keypad        always digits, whatever NumLock is: a reader has no cursor keys to mean
Ctrl          control characters as terminals have them: ``Ctrl+]`` is GS (0x1D), ``Ctrl+M`` is CR
Alt, keypad   a character by its decimal number, typed while Alt is down, as in Windows: below 128 ASCII; from 256 on
              Unicode; between them Windows-1252 if the number begins with 0, and else nobody can tell, because it
              depends on the code page of a PC that is not there
============  =============================================================================================
"""

from typing import Final

from drivers.codes.keymap import us

CR: Final = "\r"

CAPS_LOCK: Final = 58
NUM_LOCK: Final = 69
SHIFTS: Final = frozenset({42, 54})
CTRLS: Final = frozenset({29, 97})
ALTS: Final = frozenset({56, 100})
_MODIFIERS: Final = SHIFTS | CTRLS | ALTS
ENDS: Final = frozenset({15, 28, 96})
"""Tab, Enter and the Enter of the keypad: each ends a reading, and each is CR here."""
SPACE: Final = 57

_ROWS: Final = (
    (41, *range(2, 14)),
    (*range(16, 28), 43),
    tuple(range(30, 41)),
    tuple(range(44, 54)),
)
"""The keys of ``keymap.us``, row by row; the backslash (43) stands at the end of the second."""
_KEYPAD: Final = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_KEYPAD_SIGNS: Final = {55: "*", 74: "-", 78: "+", 83: ".", 98: "/", 117: "=", 121: ","}

_CONTROLS: Final = range(0x40, 0x60)
"""What Ctrl turns into a control character: from ``@`` to ``_``."""
_ASCII_MAX: Final = 0x7F
_LATIN_MAX: Final = 0xFF
_UNICODE_DIGITS_MAX: Final = 8
"""1114111 is the last code point; a zero may stand in front."""


def _printed(level: tuple[str, ...]) -> dict[int, str]:
    rows = zip(_ROWS, level, strict=True)
    return {SPACE: " "} | {key: char for keys, row in rows for key, char in zip(keys, row, strict=True)}


_PLAIN: Final = _printed(us.PLAIN)
_SHIFTED: Final = _printed(us.SHIFT)


class Keyboard:
    """The keys that are down, and what they type."""

    def __init__(self) -> None:
        self._modifiers: set[int] = set()
        self._number = ""
        self._caps = False

    def release_all(self) -> None:
        """Take every key for released and CapsLock for off, after events were lost."""
        self._modifiers.clear()
        self._number = ""
        self._caps = False

    def press(self, key: int) -> str | None:
        """Give what pressing ``key`` types, mostly one character or none; ``None`` if nobody can tell."""
        if key in _MODIFIERS:
            self._modifiers.add(key)
            return ""
        if self._modifiers & ALTS:
            return self._count(key)
        if key in ENDS:
            return CR
        if key == CAPS_LOCK:
            self._caps = not self._caps
        if key in {CAPS_LOCK, NUM_LOCK}:
            return ""
        return self._character(key)

    def release(self, key: int) -> str | None:
        """Give what releasing ``key`` types: the character whose number was typed under Alt."""
        self._modifiers.discard(key)
        if key not in ALTS or self._modifiers & ALTS or not self._number:
            return ""
        number, self._number = self._number, ""
        return _numbered(number)

    def _character(self, key: int) -> str | None:
        if key in _KEYPAD:
            return _KEYPAD[key]
        if key in _KEYPAD_SIGNS:
            return _KEYPAD_SIGNS[key]
        if key not in _PLAIN:
            return None
        shifted = bool(self._modifiers & SHIFTS) ^ (self._caps and _PLAIN[key].isalpha())
        char = _SHIFTED[key] if shifted else _PLAIN[key]
        return _control(char) if self._modifiers & CTRLS else char

    def _count(self, key: int) -> str | None:
        if key not in _KEYPAD or len(self._number) == _UNICODE_DIGITS_MAX:
            return None
        self._number += _KEYPAD[key]
        return ""


def _control(char: str) -> str | None:
    code = ord(char.upper())
    return chr(code & 0x1F) if code in _CONTROLS else None


def _numbered(number: str) -> str | None:
    code = int(number)
    if _ASCII_MAX < code <= _LATIN_MAX:
        return bytes((code,)).decode("cp1252", "ignore") or None if number.startswith("0") else None
    try:
        char = chr(code)
        char.encode()
    except (ValueError, OverflowError):
        return None
    return char if code else None
