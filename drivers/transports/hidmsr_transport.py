"""Stripe readers in HID mode."""

from typing import Final

from drivers.lexers import stripe_reports
from drivers.lexers.lexing import Lexer
from drivers.ports import device_nodes
from drivers.ports.hidraw_port import open_hidraw
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via


class HidmsrTransport:
    """A reader of usage page 0x8E, or one of MagTek's. It is never written to."""

    via: Via = "hidmsr"
    keys: frozenset[str] = frozenset({"usb"})

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about the port."""
        return device_nodes.problems(settings, "/dev/hidraw/by-id/...")

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there."""
        return device_nodes.absence(settings.port)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:  # noqa: ARG002 - opening waits for nothing
        """Open the device, if it is such a reader."""
        return open_hidraw(settings, stripe_reports.misfit)

    def lexer(self, settings: ReaderSettings) -> Lexer:  # noqa: ARG002 - the reports say everything
        """Give the lexer of its reports."""
        return stripe_reports.StripeLexer()


HIDMSR: Final[Transport] = HidmsrTransport()
