"""Contactless readers on a serial line that send the number of a card, or what is written on it, as a line of text."""

from typing import Final

from drivers.codes import uid
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.lexing import Lexer
from drivers.lexers.line_lexer import LineLexer
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from drivers.transports.serial_transport import LINE_KEYS, SerialTransport
from pos_loyalty.core.decisions import Via
from pos_loyalty.core.scans import ScanFault


class NfcTransport(SerialTransport):
    """A tty or a network converter, and lines that are the numbers of cards."""

    via: Via = "pcsc"
    keys = LINE_KEYS | {"framing", "idle_gap_ms"}

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say what cannot be right about the port, and that packets are for bar code readers."""
        if settings.framing == "ssi":
            return ["framing 'ssi' is the language of bar code readers: set what ends a line, such as 'crlf'"]
        return super().problems(settings)

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the framer, with an eye on the numbers."""
        return LineLexer(settings.frames, _judge)


def _judge(frame: Frame) -> Frame | FrameFault:
    """A line in the form of a number is one; any other is what some readers send of a tag: its link or its text."""
    line = frame.payload.decode("latin-1")
    number = uid.written(line)
    if number is None and uid.PREFIX not in line:
        return frame
    found = uid.payload(number or b"")
    if isinstance(found, ScanFault):
        return FrameFault(found, b"", frame.first_byte_ns, frame.last_byte_ns)
    return Frame(found, frame.first_byte_ns, frame.last_byte_ns)


NFC: Final[Transport] = NfcTransport()
