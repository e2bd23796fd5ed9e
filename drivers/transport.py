"""The contract of a way to a reader: what a new kind of reader has to bring. ``drivers.conformance`` tests it.

A transport opens a device as a :class:`~drivers.ports.port.Port`, which is a descriptor to wait on and read from, and
gives the :class:`~drivers.lexers.lexing.Lexer` that understands what comes out of it. Everything else, from
reconnecting to the guard against bank cards, is done once for all of them by :class:`~drivers.reader.Reader`. What has
no descriptor of its own (PC/SC, a camera) reads in a thread of its own and writes into a pipe, whose other end is the
port.
"""

from typing import Protocol

from drivers.lexers.lexing import Lexer
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from pos_loyalty.core.decisions import Via


class Transport(Protocol):
    """One kind of reader. It has no state: what belongs to one device lives in its port and its lexer."""

    via: Via
    """What the lexer's payloads are, for ``drivers.codes.reading.read``."""
    keys: frozenset[str]
    """The settings this kind uses besides ``name``, ``kind``, ``port`` and ``debounce_ms``."""

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say in whole sentences what cannot be right, without looking at any device."""

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Say that nothing is there, by one cheap look; ``None`` if something is, or if only opening it can tell."""

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Open the device for this process alone, or say why that cannot be done. Ends when the alarm rings."""

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give a new lexer, for one device from being opened to being lost."""
