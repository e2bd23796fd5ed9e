"""What one frame, or what did not become one, is: the same answer for a till, a recording and ``decode``. Pure."""

from drivers.codes.decoding import diagnose
from drivers.codes.reading import read, refused
from drivers.codes.reading_settings import ReadingSettings
from drivers.lexers.framing import Frame, FrameFault
from pos_loyalty.core.decisions import Decision, Via
from pos_loyalty.core.scans import ScanFault


def answer(result: Frame | FrameFault, via: Via, settings: ReadingSettings) -> Decision:
    """Decide what a lexer gave."""
    if isinstance(result, Frame):
        return read(result.payload, via, settings)
    # Wrong parity hides the terminator too: CR (0x0D) with even parity is 0x8D. Say the cause.
    is_parity = via == "serial" and diagnose(result.payload) is ScanFault.PARITY
    return refused(ScanFault.PARITY if is_parity else result.fault)
