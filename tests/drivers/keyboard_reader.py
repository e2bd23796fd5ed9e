"""What a keyboard reader sends, as events of the kernel: for tests here, and for the devices of the guest."""

from collections.abc import Iterable, Iterator
from itertools import count

from drivers.lexers.input_events import EVENT

EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
SYN_REPORT, SYN_DROPPED = 0, 3
MSC_SCAN = 4
TAB, ENTER, LEFT_CTRL, LEFT_SHIFT, RIGHT_SHIFT, LEFT_ALT = 15, 28, 29, 42, 54, 56
CAPS_LOCK, NUM_LOCK, KEYPAD_ENTER, F1, LEFT_META = 58, 69, 96, 59, 125

KEYCAPS = {
    **dict(enumerate(("1!", "2@", "3#", "4$", "5%", "6^", "7&", "8*", "9(", "0)", "-_", "=+"), start=2)),
    **dict(enumerate(("qQ", "wW", "eE", "rR", "tT", "yY", "uU", "iI", "oO", "pP", "[{", "]}"), start=16)),
    **dict(enumerate(("aA", "sS", "dD", "fF", "gG", "hH", "jJ", "kK", "lL", ";:", "'\"", "`~"), start=30)),
    **dict(enumerate(("\\|", "zZ", "xX", "cC", "vV", "bB", "nN", "mM", ",<", ".>", "/?"), start=43)),
    57: "  ",
}
"""What is printed on the keys of a US keyboard, by the numbers in ``linux/input-event-codes.h``."""
KEYPAD = {"7": 71, "8": 72, "9": 73, "4": 75, "5": 76, "6": 77, "1": 79, "2": 80, "3": 81, "0": 82}

BUFFER_EVENTS = 64
"""``EVDEV_MIN_BUFFER_SIZE``."""

Stroke = tuple[int, int]
"""A key and its value: 1 down, 0 up, 2 repeated."""
Event = tuple[int, int, int]
"""Type, code and value."""

_PLACES = {char: (key, level == 1) for key, caps in KEYCAPS.items() for level, char in reversed([*enumerate(caps)])}


def pressed(*keys: int) -> list[Stroke]:
    """Press and release keys one after another."""
    return [(key, value) for key in keys for value in (1, 0)]


def typed(text: str, *, caps_lock: bool = False, end: int | None = ENTER) -> list[Stroke]:
    """Type ``text`` as a reader does that is set to a US keyboard.

    With ``caps_lock`` it switches that on for the text, and Shift means the opposite for letters.
    """
    strokes = pressed(CAPS_LOCK) if caps_lock else []
    for char in text:
        key, shifted = _PLACES[char]
        shifted ^= caps_lock and char.isalpha()
        strokes += [(LEFT_SHIFT, 1), *pressed(key), (LEFT_SHIFT, 0)] if shifted else pressed(key)
    return strokes + (pressed(CAPS_LOCK) if caps_lock else []) + (pressed(end) if end is not None else [])


def controlled(char: str) -> list[Stroke]:
    """Type ``char`` with Ctrl."""
    return [(LEFT_CTRL, 1), *typed(char, end=None), (LEFT_CTRL, 0)]


def numbered(number: str) -> list[Stroke]:
    """Type a character by its number on the keypad, with Alt."""
    return [(LEFT_ALT, 1), *pressed(*(KEYPAD[digit] for digit in number)), (LEFT_ALT, 0)]


def reported(strokes: Iterable[Stroke], *, scan: bool = False) -> Iterator[Event]:
    """Give the events of each stroke; with ``scan`` as usbhid does, which names the HID usage first."""
    for key, value in strokes:
        if scan:
            yield EV_MSC, MSC_SCAN, 0x70000 + key
        yield EV_KEY, key, value
        yield EV_SYN, SYN_REPORT, 0


def packed(events: Iterable[Event], at_ns: int = 0, apart_ns: int = 0) -> bytes:
    """Give events as the kernel gives them, the first at ``at_ns``."""
    return b"".join(
        EVENT.pack(when // 1_000_000_000, when % 1_000_000_000 // 1000, *event)
        for when, event in zip(count(at_ns, apart_ns), events, strict=False)
    )


class EventBuffer:
    """What the kernel keeps for a program that does not read: ``__pass_event`` of ``drivers/input/evdev.c``."""

    def __init__(self) -> None:
        self._events: list[tuple[Event, int]] = []
        self._whole = 0

    def push(self, event: Event, at_ns: int) -> None:
        """Keep an event; the one that does not fit any more drops all before it."""
        self._events.append((event, at_ns))
        if len(self._events) == BUFFER_EVENTS:
            self._events, self._whole = [((EV_SYN, SYN_DROPPED, 0), at_ns), (event, at_ns)], 0
        if event == (EV_SYN, SYN_REPORT, 0):
            self._whole = len(self._events)

    def read(self) -> bytes:
        """Give the packets that are whole."""
        taken, self._events, self._whole = self._events[: self._whole], self._events[self._whole :], 0
        return b"".join(packed([event], at_ns) for event, at_ns in taken)


def scan_of(text: str, at_ns: int = 0) -> bytes:
    """Give the bytes of one scan with Enter, all at one time."""
    return packed(reported(typed(text)), at_ns)
