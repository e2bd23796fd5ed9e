"""Readers that send bytes: on a tty, or behind a network converter."""

from typing import Final

from drivers.framing import Framer
from drivers.lexing import Lexer
from drivers.port import Alarm, OpenFailure, Port
from drivers.serial_port import absence, open_serial
from drivers.settings import ReaderSettings
from drivers.socket_port import open_socket
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via

LINE_KEYS: Final = frozenset({"baud", "bytesize", "parity", "stopbits", "dtr", "rts", "exclusive"})
"""The settings of a tty, whatever is on it."""


class SerialTransport:
    """A tty or a network converter, and the framing that the configuration names."""

    via: Via = "serial"
    keys = LINE_KEYS | {"framing", "idle_gap_ms"}

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about the port."""
        if settings.address if settings.is_network else settings.port.startswith("/"):
            return []
        return [f"port {settings.port!r} is neither a device such as /dev/serial/by-id/... nor socket://host:port"]

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there; nobody can tell so of a network."""
        return None if settings.is_network else absence(settings)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Open the tty or connect."""
        return open_socket(settings, alarm) if settings.is_network else open_serial(settings)

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the framer."""
        return Framer(settings.frames)


SERIAL: Final[Transport] = SerialTransport()
