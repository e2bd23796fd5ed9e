"""How a reading is told: what it is, and with ``--show`` what it says. Never a bank card."""

import re
from typing import Final

import msgspec

from drivers.pipeline import Reading
from drivers.recordings.masked_reads import Withheld
from pos_loyalty.core.decisions import Candidate, Decision, Fields, Outcome
from pos_loyalty.core.scans import Scan

_SIGN: Final = re.compile(r"\w")
_SHOWN_MAX: Final = 24
"""A member pass has two hundred signs, and dots say nothing of them."""
_NS_PER_MS: Final = 1_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One reading, as it is printed in JSON."""

    at_ms: int
    reader: str
    outcome: str
    """As of a decision; of a reading that was refused ``payment_card`` or ``unreadable``; else ``withheld``."""
    aim: str | None = None
    symbology: str = ""
    fields: Fields = {}
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    fault: str = ""
    """Why it was refused, in one word."""
    took_ms: float = 0
    """From the first byte to the last."""


def told(reading: Reading | Withheld, at_ns: int, *, show: bool) -> Told:
    """Return what there is to say of a reading; ``show`` lets codes and names through."""
    at_ms = at_ns // _NS_PER_MS
    if isinstance(reading, Withheld):
        reason = f"{reading.outcome}: it could not be masked, and its bytes are not in the recording"
        return Told(at_ms=at_ms, reader="", outcome="withheld", reason=reason)
    took_ms = round((reading.last_byte_ns - reading.first_byte_ns) / _NS_PER_MS, 1)
    if not isinstance(reading, Scan):
        outcome = Outcome.PAYMENT_CARD if reading.fault.value == Outcome.PAYMENT_CARD else Outcome.UNREADABLE
        return Told(
            at_ms=at_ms,
            reader=reading.reader_id,
            outcome=outcome,
            fault=reading.fault,
            reason=reading.reason,
            took_ms=took_ms,
        )
    decision = reading.decision if show else hidden(reading.decision)
    return Told(
        at_ms=at_ms,
        reader=reading.reader_id,
        outcome=decision.outcome,
        aim=decision.aim,
        symbology=decision.symbology,
        fields=decision.fields,
        candidates=decision.candidates,
        reason=decision.reason,
        took_ms=took_ms,
    )


def line(one: Told) -> str:
    """Return a reading as a line for people."""
    what = [one.reader, one.outcome, one.symbology, f"]{one.aim}" if one.aim else ""]
    fields = [f"{name}={_text(value)}" for name, value in one.fields.items()]
    candidates = [f"{found.outcome} ({found.symbology})" for found in one.candidates]
    took = f"({one.took_ms} ms)" if one.took_ms else ""
    fault = one.fault if one.fault != one.outcome else ""
    words = [*what, *fields, " or ".join(candidates), fault, one.reason, took]
    return "  ".join(word for word in words if word)


def hidden(decision: Decision) -> Decision:
    """Return the decision with a dot in place of every letter and digit that names somebody."""
    return msgspec.structs.replace(
        decision,
        fields=_hidden(decision.outcome, decision.fields),
        candidates=tuple(
            msgspec.structs.replace(found, fields=_hidden(found.outcome, found.fields)) for found in decision.candidates
        ),
    )


def _hidden(outcome: Outcome, fields: Fields) -> Fields:
    if outcome is Outcome.PRODUCT:
        return fields
    return {
        name: _dots(value) if isinstance(value, str) else tuple(_dots(text) for text in value)
        for name, value in fields.items()
    }


def _dots(text: str) -> str:
    return _SIGN.sub("•", text[:_SHOWN_MAX])


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
