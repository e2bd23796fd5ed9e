"""Keys of a keyboard reader, masked: other keys for those that typed letters and digits. Pure.

The codes of the scanner's own hardware (``EV_MSC``) say the same a second time and become 0, as nothing reads them.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from drivers.lexers.input_events import DOWN, EV_KEY, EVENT, UP
from drivers.lexers.scan_codes import Keyboard
from drivers.recordings.masking import Chance

_EV_MSC: Final = 0x04
_KEYPAD: Final = range(71, 84)
_NS_PER_S: Final = 1_000_000_000


def _typed(key: int) -> str:
    return Keyboard().press(key) or ""


_SIGNS: Final = {key: _typed(key) for key in range(84) if _typed(key).isalnum()}
"""Keys that type a letter or a digit, with what they type."""
_MAIN: Final = {sign: key for key, sign in _SIGNS.items() if key not in _KEYPAD}
_PAD: Final = {sign: key for key, sign in _SIGNS.items() if key in _KEYPAD}


class KeyMask:
    """Exchanges keys one press after another, and lets a key go under the number under which it was pressed."""

    def __init__(self, pairs: Iterable[tuple[str, str]], chance: Chance | None) -> None:
        """Take what was typed with what is to be typed instead; where that ends, ``chance`` may find keys."""
        self._pairs = iter(pairs)
        self._chance = chance
        self._held: dict[int, int] = {}
        self.failed = False
        """Whether the keys did not type what was said."""

    def exchanged(self, data: bytes) -> bytes:
        """Return the events of one read with other keys; see ``failed`` when all reads are done."""
        whole = len(data) - len(data) % EVENT.size
        return b"".join(self._events(data[:whole])) + data[whole:]

    def _events(self, data: bytes) -> Iterator[bytes]:
        for seconds, micros, kind, code, value in EVENT.iter_unpack(data):
            new_code, new_value = code, value
            if kind == EV_KEY and code in _SIGNS:
                new_code = self._key(code, value)
            elif kind == _EV_MSC:
                new_value = 0
            yield EVENT.pack(seconds, micros, kind, new_code, new_value)

    def _key(self, code: int, value: int) -> int:
        if value == DOWN:
            self._held[code] = self._exchange(code)
        new = self._held.get(code, code)
        if value == UP:
            self._held.pop(code, None)
        return new

    def _exchange(self, code: int) -> int:
        was, wanted = next(self._pairs, ("", ""))
        if was.casefold() != _SIGNS[code]:
            self.failed = self.failed or self._chance is None
            wanted = self._chance.one_of("".join(_alike(code))) if self._chance else _SIGNS[code]
        return (_PAD if code in _KEYPAD else _MAIN).get(wanted.casefold(), code)


def since(data: bytes, start_ns: int) -> bytes:
    """Return events with their times counted from ``start_ns``, as far as they are of the same clock."""
    whole = len(data) - len(data) % EVENT.size
    return b"".join(_shifted(*event, start_ns=start_ns) for event in EVENT.iter_unpack(data[:whole])) + data[whole:]


def _shifted(seconds: int, micros: int, kind: int, code: int, value: int, *, start_ns: int) -> bytes:
    at_us = max(0, (seconds * _NS_PER_S + micros * 1000 - start_ns) // 1000)
    return EVENT.pack(*divmod(at_us, 1_000_000), kind, code, value)


def _alike(code: int) -> list[str]:
    """Return what the keys of the same kind type."""
    keys = _PAD if code in _KEYPAD else _MAIN
    return [sign for sign in keys if sign.isdecimal() == _SIGNS[code].isdecimal()]
