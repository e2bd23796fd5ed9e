"""Serial readers of 125 kHz tags."""

from typing import Final

from drivers.lexers.lexing import Lexer
from drivers.lexers.rfid import PRESENCE_MS, TagLexer
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from drivers.transports.serial_transport import LINE_KEYS, SerialTransport
from pos_loyalty.core.decisions import Via


class RfidTransport(SerialTransport):
    """A tty or a network converter, and the framing that all of these readers share."""

    via: Via = "rfid"
    keys = LINE_KEYS

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the lexer of tags.

        A tag counts as there for as long as its repeats are dropped, so that one lying at the edge of the field is
        not a new presentation each time it was out of reach for a moment.
        """
        return TagLexer(max(PRESENCE_MS, settings.debounce_ms))


RFID: Final[Transport] = RfidTransport()
