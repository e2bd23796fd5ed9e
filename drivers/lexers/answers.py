"""What one frame, or what did not become one, is: the same answer for a till, a recording and ``decode``. Pure."""

from typing import Final

from msgspec.structs import replace

from drivers.codes.decoding import diagnose
from drivers.codes.reading import read, refused
from drivers.codes.reading_settings import ReadingSettings
from drivers.lexers.framing import Frame, FrameFault
from pos_loyalty.core.decisions import Decision, Outcome, Via
from pos_loyalty.core.scans import ScanFault

_FAULTS: Final = {Outcome.PAYMENT_CARD: ScanFault.PAYMENT_CARD, Outcome.UNREADABLE: ScanFault.UNREADABLE}


def answer(result: Frame | FrameFault, via: Via, settings: ReadingSettings) -> Decision:
    """Decide what a lexer gave; ``via`` is how its readings come if it does not say so itself."""
    came = result.via or via
    if isinstance(result, Frame):
        return read(result.payload, came, settings)
    decision = refused(_blamed(result.fault, result, came))
    return replace(decision, reason=result.reason) if result.reason else decision


def fault_of(result: Frame | FrameFault, decision: Decision, via: Via) -> ScanFault | None:
    """Return why ``result``, of which ``decision`` is the answer, is no scan; None if it is one."""
    fault = result.fault if isinstance(result, FrameFault) else _FAULTS.get(decision.outcome)
    return None if fault is None else _blamed(fault, result, result.via or via)


def _blamed(fault: ScanFault, result: Frame | FrameFault, via: Via) -> ScanFault:
    """Say the cause: wrong parity hides the terminator too, since CR (0x0D) with even parity is 0x8D."""
    is_parity = via == "serial" and diagnose(result.payload) is ScanFault.PARITY
    return ScanFault.PARITY if is_parity else fault
