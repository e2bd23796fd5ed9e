"""Readers that are USB or Bluetooth keyboards, read by the input devices of the kernel."""

from typing import Final

from drivers.lexers.keystrokes import KeystrokeLexer
from drivers.lexers.lexing import Lexer
from drivers.ports import device_nodes
from drivers.ports.evdev_port import open_evdev
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via

_FRAMINGS: Final = ("line", "idle")
_GAP_MS_MIN: Final = 60
"""A character with Shift is four reports, which a slow reader (10 ms) sends in 40 ms."""


class WedgeTransport:
    """A keyboard reader. ``framing`` is ``line`` (ends at Enter or Tab), or ``idle`` for one without a suffix."""

    via: Via = "wedge"
    keys: frozenset[str] = frozenset({"usb", "framing", "idle_gap_ms"})

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about port and framing."""
        found = device_nodes.problems(settings, "/dev/input/by-id/...-event-kbd")
        if settings.framing not in _FRAMINGS:
            found.append(f"framing {settings.framing!r} means nothing to keys: use one of {', '.join(_FRAMINGS)}")
        if settings.framing == "idle" and settings.idle_gap_ms < _GAP_MS_MIN:
            gap = settings.idle_gap_ms
            found.append(f"idle_gap_ms {gap} would cut a code between two keys: use at least {_GAP_MS_MIN}, best 100")
        return found

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there."""
        return device_nodes.absence(settings.port)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Take the device for the till alone."""
        return open_evdev(settings, alarm)

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the lexer of keys."""
        return KeystrokeLexer(settings.frames)


WEDGE: Final[Transport] = WedgeTransport()
