"""Readers that send bytes: on a tty, or behind a network converter."""

from typing import Final

from drivers.feedback import OFF, without_answers
from drivers.lexers.lexing import Lexer
from drivers.lexers.ssi import lexer_of
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.ports.serial_port import absence, open_serial
from drivers.ports.socket_port import open_socket
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via

LINE_KEYS: Final = frozenset({"baud", "bytesize", "parity", "stopbits", "dtr", "rts", "exclusive"})
"""The settings of a tty, whatever is on it."""


_SSI: Final = "ssi"
_SSI_BITS: Final = 8
_COUNTED: Final = ("/dev/ttyUSB", "/dev/ttyACM")


class SerialTransport:
    """A tty or a network converter, and the framing that the configuration names."""

    via: Via = "serial"
    keys = LINE_KEYS | {"framing", "idle_gap_ms", "feedback"}

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about the port, and what does not go together."""
        found = []
        if not (settings.address if settings.is_network else settings.port.startswith("/")):
            found.append(
                f"port {settings.port!r} is neither a device such as /dev/serial/by-id/... nor socket://host:port"
            )
        packets, told = settings.framing == _SSI, settings.feedback
        if (packets and told not in {OFF, _SSI}) or (told == _SSI and not packets):
            found.append(f"feedback {told!r} and framing {settings.framing!r} do not go together: set both to 'ssi'")
        if packets and settings.bytesize != _SSI_BITS:
            found.append(f"bytesize {settings.bytesize} with framing 'ssi': its packets need 8 bits")
        return found

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there; nobody can tell so of a network."""
        return None if settings.is_network else absence(settings)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Open the tty or connect."""
        return open_socket(settings, alarm) if settings.is_network else open_serial(settings)

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the framer, or what takes packets apart."""
        return without_answers(lexer_of(settings.frames), settings.feedback)


def advice(settings: ReaderSettings) -> list[str]:
    """Say in whole sentences what works and could be better: ``problems`` is for what cannot work."""
    found = []
    if settings.framing == "idle":
        found.append(
            f"framing 'idle' makes every reading {settings.idle_gap_ms} ms late, and two readings within that time are"
            " taken for one: set the reader to send CR and leave framing out"
        )
    if settings.framing == _SSI and settings.rts and not settings.is_network:
        found.append(
            "framing 'ssi' with rts on: on RS-232, readers as delivered send nothing while RTS is high: set rts ="
            " false, or the reader to 'Host RTS High'; over USB it does not matter"
        )
    if not settings.is_network and settings.port.startswith(_COUNTED):
        found.append(
            f"{settings.port} is named by the order of plugging in: use its name in /dev/serial/by-id, or in"
            " /dev/serial/by-path if two readers of one make have no serial number"
        )
    return found


SERIAL: Final[Transport] = SerialTransport()
