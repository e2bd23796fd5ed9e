r"""What a reader is told, in its own language: that a reading was good or bad, to wait, to read again. Pure.

Nothing here is ever sent unless the configuration names the language. What no public manual says is left out, so that
nothing is sent whose effect is a guess:

==========  ==========================  =====================  ===================  ===================
language    good                        bad                    wait                 go
==========  ==========================  =====================  ===================  ===================
honeywell   ``SYN BEL CR``              none                   ``SYN U CR``         ``SYN T CR``
datalogic   ``B``                       ``F E``                ``D``                ``E``
newland     ``#BEEPON`` high            ``#BEEPON`` low, long  ``#SCNTRG0``         ``#SCNTRG1``
cipherlab   ``#@////CR``                none                   ``#@----CR`` (halt)  ``#@....CR`` (resume)
ssi         BEEP 0, one short high      BEEP 6, two short low  SCAN_DISABLE         SCAN_ENABLE
==========  ==========================  =====================  ===================  ===================

Honeywell and Newland know no disabling by the wire: what they have is the trigger, released and pulled, which a reader
obeys that is set to be triggered by the host. Honeywell's error tone needs "Host ACK", which the manuals have for
cordless readers only, and which stops them after every code until it is answered. Datalogic's F ("not on file") also
disables many models until E follows, so the E goes with it. Newland's commands are those of readers whose manuals have
the prefix ``~ SOH 0000``, with ``#`` for "until power is cut": nothing is written into their flash memory.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.lexing import Lexer
from drivers.lexers.ssi import BEEP, SCAN_DISABLE, SCAN_ENABLE, packet
from pos_loyalty.core.scans import Signal

OFF: Final = "off"
ANSWER_MS: Final = 200
"""An answer that stops in the middle for this long is none: 120 bytes take 125 ms at 9600 baud."""


class Language(msgspec.Struct, frozen=True):
    """How readers of one make are talked to."""

    commands: Mapping[Signal, bytes]
    """Signals that are not in it are not sent."""
    opening: bytes = b""
    """Sent when the port is opened: a till that ended between "wait" and "go" left the reader disabled."""
    answer: re.Pattern[bytes] | None = None
    """What the reader answers to a command. It is no reading, and would stick to the front of the next one."""
    cut_answer: re.Pattern[bytes] | None = None
    """The beginning of an answer at the end of what has come so far."""


def _newland(command: str) -> bytes:
    return b"~\x010000#" + command.encode() + b";\x03"


_LANGUAGES: Final[dict[str, Language]] = {
    OFF: Language({}),
    "honeywell": Language(
        {Signal.GOOD: b"\x16\x07\r", Signal.WAIT: b"\x16U\r", Signal.GO: b"\x16T\r"},
    ),
    "datalogic": Language(
        {Signal.GOOD: b"B", Signal.BAD: b"FE", Signal.WAIT: b"D", Signal.GO: b"E"},
        opening=b"E",
        # PowerScan answers D and E by SOH STX ... ETX EOT; Magellan says nothing.
        answer=re.compile(rb"\x01\x02[^\x04]{0,120}\x03\x04"),
        cut_answer=re.compile(rb"\x01(?:\x02[^\x04]{0,121})?\Z"),
    ),
    "newland": Language(
        {
            Signal.GOOD: _newland("BEEPON2700F100T20V"),
            Signal.BAD: _newland("BEEPON1000F400T20V"),
            Signal.WAIT: _newland("SCNTRG0"),
            Signal.GO: _newland("SCNTRG1"),
        },
        # The command again, with STX for "~" and ACK, NAK or ENQ in front of the semicolon.
        answer=re.compile(rb"\x02\x01[^\x03]{0,120}\x03"),
        cut_answer=re.compile(rb"\x02(?:\x01[^\x03]{0,120})?\Z"),
    ),
    "cipherlab": Language(
        {Signal.GOOD: b"#@////\r", Signal.WAIT: b"#@----\r", Signal.GO: b"#@....\r"},
        opening=b"#@....\r",
    ),
    "ssi": Language(
        {
            Signal.GOOD: packet(BEEP, b"\x00"),
            Signal.BAD: packet(BEEP, b"\x06"),
            Signal.WAIT: packet(SCAN_DISABLE),
            Signal.GO: packet(SCAN_ENABLE),
        },
        opening=packet(SCAN_ENABLE),
    ),
}


def language(profile: str) -> Language:
    """Return the language that the setting ``feedback`` names."""
    return _LANGUAGES[profile]


def without_answers(lexer: Lexer, profile: str) -> Lexer:
    """Return a lexer that hears what ``lexer`` would, but for the answers to our own commands."""
    answer, cut_answer = language(profile).answer, language(profile).cut_answer
    return Unanswered(lexer, answer, cut_answer) if answer and cut_answer else lexer


class Unanswered:
    """A lexer in front of another one, which takes out what the reader answers to commands."""

    def __init__(self, lexer: Lexer, answer: re.Pattern[bytes], cut_answer: re.Pattern[bytes]) -> None:
        self._lexer = lexer
        self._answer = answer
        self._cut_answer = cut_answer
        self._held = b""
        self._held_ns = 0

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._held_ns + ANSWER_MS * 1_000_000 if self._held else self._lexer.deadline_ns

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take one read of the device and give what it completes, in order."""
        results = self.silence(at_ns)
        data = self._answer.sub(b"", self._held + data)
        cut = self._cut_answer.search(data)
        data, self._held = (data[: cut.start()], cut[0]) if cut else (data, b"")
        self._held_ns = at_ns
        return [*results, *self._lexer.receive(data, at_ns)] if data else results

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``; what looked like an answer and was none is let through."""
        deadline_ns = self.deadline_ns
        if deadline_ns is None or at_ns < deadline_ns:
            return []
        return [*self._let_through(), *self._lexer.silence(at_ns)]

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything at a disconnect, and say so if half a reading is thrown away."""
        return [*self._let_through(), *self._lexer.reset()]

    def owed(self) -> bytes:
        """Give what the protocol of the reader wants to hear back now."""
        return self._lexer.owed()

    def _let_through(self) -> list[Frame | FrameFault]:
        held, self._held = self._held, b""
        return self._lexer.receive(held, self._held_ns) if held else []
