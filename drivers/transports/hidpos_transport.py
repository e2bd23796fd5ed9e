"""Bar code readers in HID POS mode."""

from typing import Final

from drivers.lexers import pos_reports
from drivers.lexers.lexing import Lexer
from drivers.ports import device_nodes
from drivers.ports.hidraw_port import open_hidraw
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via


class HidposTransport:
    """A reader of usage page 0x8C. ``feedback`` may be ``honeywell``, whose readers say nothing without it."""

    via: Via = "hidpos"
    keys: frozenset[str] = frozenset({"usb", "feedback"})

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about port and profile."""
        found = device_nodes.problems(settings, "/dev/hidraw/by-id/...")
        if settings.feedback not in {"off", "honeywell"}:
            found.append(f"feedback {settings.feedback!r} has no way to a HID POS reader: use off or honeywell")
        return found

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there."""
        return device_nodes.absence(settings.port)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:  # noqa: ARG002 - opening waits for nothing
        """Open the device, if it is such a reader."""
        return open_hidraw(settings, pos_reports.misfit)

    def lexer(self, settings: ReaderSettings) -> Lexer:  # noqa: ARG002 - the reports say everything
        """Give the lexer of its reports."""
        return pos_reports.PosLexer()


HIDPOS: Final[Transport] = HidposTransport()
