"""Keys that come as fast as only a reader types. Pure: each key brings the time at which it was read.

A reader that acts as a keyboard types into whatever has the focus, a half-typed name or a note, and its Enter sends
that off. So keys are held back until it is clear whose they are: a burst that keeps the pace of a machine, is as long
as a code and ends like one is a reader's, everything else goes on in its order.

A machine cannot be told from a person by its gaps alone: two keys of a fast typist are 30 to 40 ms apart when one
finger follows the other, and a network may deliver a word at once. Hence all four conditions, and hence a burst is
only asked about: what the till cannot make a code of is typing after all.
"""

from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

GAP_MAX_S: Final = 0.060
"""Between two keys of a reader, and the longest that a key is held for. Readers take 1 to 20 ms (Datalogic BC2090 1,
Netum NSL-5 6, Honeywell 10, Netum NSC750 19), those by Bluetooth up to 50; OpenSSH since 9.5 sends keys on a grid of
20 ms, and one may miss its place."""
PACE_S: Final = 0.040
"""For each key on average: 300 words a minute, where 120 is a fast typist and 200 a champion."""
LENGTH_MIN: Final = 6
"""The shortest code in use has 8 digits (EAN-8); less than six keys may be a word that slipped from the fingers."""
LENGTH_MAX: Final = 4_296
"""The longest text of a QR code (ISO/IEC 18004, version 40-L, alphanumeric)."""
TYPING_S: Final = 0.250
"""So soon after a typed key the next is typed too, and not held: a person goes on, or the network stood still in the
middle of a code, whose rest is no code."""
REPEAT_S: Final = 0.700
"""So late a key that is held down repeats for the first time (X.Org waits 660 ms), then every 25 to 40 ms."""

GS: Final = "\x1d"
"""FNC1, which readers type as Ctrl+] if they type it at all."""

_GS_KEY: Final = "ctrl+right_square_bracket"
_TERMINATORS: Final = frozenset({"enter", "tab", "ctrl+j"})
_JOINERS: Final = frozenset("\u200c\u200d")
"""On the keys B and ` of a Persian keyboard. Format characters, which Python does not call printable."""
_MODIFIERS: Final = frozenset(
    f"{side}_{name}" for side in ("left", "right") for name in ("shift", "control", "alt", "super", "hyper", "meta")
) | {"iso_level3_shift", "iso_level5_shift", "caps_lock", "num_lock"}
"""Keys by themselves where the terminal speaks the keyboard protocol of kitty: foot, kitty, Ghostty, WezTerm."""


class Stroke(Protocol):
    """A key as the terminal delivered it; ``textual.events.Key`` is one."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def character(self) -> str | None:
        """What it types, if it types anything."""

    @property
    def time(self) -> float:
        """When it was read from the terminal, in seconds of the monotonic clock: not when it came to its turn."""


S = TypeVar("S", bound=Stroke)


@dataclass(frozen=True, slots=True)
class Burst(Generic[S]):
    """What may be a scan."""

    strokes: tuple[S, ...]
    terminator: S

    @property
    def text(self) -> str:
        """The characters, as the keyboard layout of the till made them."""
        return "".join(map(_character, self.strokes))

    @property
    def first_ns(self) -> int:
        """When it began, on the monotonic clock."""
        return round(self.strokes[0].time * 1e9)

    @property
    def last_ns(self) -> int:
        """When its last key was read."""
        return round(self.terminator.time * 1e9)


class Bursts(Generic[S]):
    """Tells bursts from typing, key by key. Nothing is lost: what goes in comes out, in order, as one or the other."""

    def __init__(self) -> None:
        self._held: list[S] = []
        self._length = 0
        self._typed: S | None = None

    @property
    def deadline_s(self) -> float | None:
        """When to call :meth:`silence` if no key comes before; None while nothing is held."""
        return self._held[-1].time + GAP_MAX_S if self._held else None

    def press(self, stroke: S) -> tuple[list[S], Burst[S] | None]:
        """Take a key; return what was typed up to now, and the burst that this key ends."""
        typed = self.silence(stroke.time)
        if stroke.key in _MODIFIERS and self._held:
            self._held.append(stroke)
        elif _character(stroke):
            if not self._held and self._goes_on(stroke):
                self._typed = stroke
                return [*typed, stroke], None
            self._held.append(stroke)
            self._length += 1
            if not self._has_pace(stroke.time) or self._length > LENGTH_MAX:
                typed += self.release()
        elif stroke.key in _TERMINATORS and self._length >= LENGTH_MIN and self._has_pace(stroke.time):
            return typed, Burst(tuple(self._take()), stroke)
        else:
            return [*typed, *self.release(), stroke], None
        return typed, None

    def silence(self, at_s: float) -> list[S]:
        """Say that no key came up to ``at_s``; return what that shows to be typed."""
        deadline = self.deadline_s
        return self.release() if deadline is not None and at_s >= deadline else []

    def release(self) -> list[S]:
        """Take what is held for typed, and return it."""
        typed = self._take()
        self._typed = next((stroke for stroke in reversed(typed) if _character(stroke)), self._typed)
        return typed

    def _take(self) -> list[S]:
        held, self._held, self._length = self._held, [], 0
        return held

    def _goes_on(self, stroke: S) -> bool:
        before = self._typed
        if before is None:
            return False
        pause = stroke.time - before.time
        return pause < TYPING_S or (pause < REPEAT_S and stroke.character == before.character)

    def _has_pace(self, at_s: float) -> bool:
        # With room for one key that is late.
        return at_s - self._held[0].time <= self._length * PACE_S + GAP_MAX_S - PACE_S


def _character(stroke: Stroke) -> str:
    if stroke.key == _GS_KEY:
        return GS
    typed = stroke.character or ""
    return typed if typed.isprintable() or typed in _JOINERS else ""
