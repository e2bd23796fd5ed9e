"""Contactless readers by PC/SC: the number of a card, or the link or text that a shop has written on a tag."""

from typing import Final

from drivers.lexers.contactless_card import judge
from drivers.lexers.framing import Framing
from drivers.lexers.lexing import Lexer
from drivers.lexers.line_lexer import LineLexer
from drivers.ports.pcsc_port import ANY, absence, open_pcsc
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via


class PcscTransport:
    """Readers by name, a part of it, or ``*``, as PC/SC lists them."""

    via: Via = "pcsc"
    keys: frozenset[str] = frozenset()

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say that there is no name, or that it is a device, which PC/SC does not know."""
        if settings.port.strip() and not settings.port.startswith("/"):
            return []
        return [f"port {settings.port!r} is no name of a reader: write a part of it, such as 'ACR122', or {ANY!r}"]

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether PC/SC lists such a reader."""
        return absence(settings.port)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:  # noqa: ARG002 - nothing to wait for
        """Watch the reader."""
        return open_pcsc(settings.port)

    def lexer(self, settings: ReaderSettings) -> Lexer:  # noqa: ARG002 - a line is the same for all of them
        """Give the reader of the lines that the watching thread writes."""
        return LineLexer(Framing(mode="lf"), judge)


PCSC: Final[Transport] = PcscTransport()
