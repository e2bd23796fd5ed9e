"""The half of the conformance kit that needs no device: lexers and settings, which are pure.

``drivers.conformance`` has the other half, and says how to use both.
"""

import random
from collections.abc import Iterable
from typing import ClassVar, Final

import msgspec

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.kinds import GROUP, transport
from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault
from drivers.lexers.lexing import Lexer
from drivers.misconfiguration import problems
from drivers.pipeline import Pipeline
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import VIAS
from pos_loyalty.core.scans import RefusedScan, ScanFault

FUZZED_READS: Final = 3000
SILENCES_MAX: Final = 8
"""A lexer that waits may have several things to wait for, one after the other, but not many."""
_MS: Final = 1_000_000
_MINUTE_NS: Final = 60_000 * _MS
"""Between what is to be another presentation: a card that was just shown is still the same one."""


class LexerConformance:
    """What the lexer and the settings of every kind keep."""

    transport: ClassVar[Transport]
    codes: ClassVar[tuple[str, str]] = ("PL-1001", "PL-1002")
    """Two codes that the device can carry and that are delivered as they are."""
    payment_card: ClassVar[str | None] = "4111111111111111"
    """A bank card as the device would send it; ``None`` if it cannot carry one."""
    cuts_matter: ClassVar[bool] = False
    """Whether one read is one message, as of HID, so that bytes cannot come in other portions."""

    def settings(self) -> ReaderSettings:
        """Give the settings of a device."""
        raise NotImplementedError

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give what the till reads from the device when it reads ``code``, read by read."""
        raise NotImplementedError

    def test_a_reading_is_one_frame(self) -> None:
        """The bytes of a code are one frame, and two codes are two; then there is nothing to wait for."""
        lexer = self.transport.lexer(self.settings())
        frames = [frame for n, code in enumerate(self.codes) for frame in _lexed(lexer, self.reads_of(code), n)]
        must(len(frames) == len(self.codes), f"each code gives one frame, not {len(frames)} for {len(self.codes)}")
        must(all(isinstance(frame, Frame) for frame in frames), "a code that was read well is not a fault")
        must(lexer.deadline_ns is None, "after a reading and a silence there is nothing to wait for")

    def test_bytes_may_come_in_any_portions(self) -> None:
        """A reading that is cut at any offset is the same reading."""
        settings, reads = self.settings(), self.reads_of(self.codes[0])
        whole = _payloads(_lexed(self.transport.lexer(settings), reads))
        stream = b"".join(reads)
        for cut in () if self.cuts_matter else range(1, len(stream)):
            halves = _lexed(self.transport.lexer(settings), (stream[:cut], stream[cut:]))
            must(_payloads(halves) == whole, f"cut behind byte {cut} the reading is another one")

    def test_no_bytes_make_the_lexer_raise(self) -> None:
        """Noise, and readings that were garbled, give frames and faults whose times are right, and never end."""
        dice = random.Random(4)  # noqa: S311 - the same noise each time, nothing secret
        lexer, at_ns = self.transport.lexer(self.settings()), 0
        for _ in range(FUZZED_READS):
            at_ns += dice.randrange(1, 2000) * _MS // dice.choice((1, 1000))
            for result in lexer.receive(self._noise(dice), at_ns):
                must(isinstance(result, (Frame, FrameFault)), f"a lexer gives frames and faults, not {type(result)}")
                must(result.first_byte_ns <= result.last_byte_ns <= at_ns, "the times of a reading are those of reads")
                must(len(result.payload) <= 2 * FRAME_BYTES_MAX, "a reading is bounded, whatever comes")
            lexer.owed()
        _silences(lexer, at_ns)

    def test_half_a_reading_is_reported_at_a_disconnect_and_forgotten(self) -> None:
        """At most one fault, once; and the next device behind the same name begins anew."""
        settings, reads = self.settings(), self.reads_of(self.codes[0])
        fresh = _payloads(_lexed(self.transport.lexer(settings), reads))
        lexer = self.transport.lexer(settings)
        for minute, beginning in enumerate(self._beginnings(reads)):
            for data in beginning:
                lexer.receive(data, 2 * minute * _MINUTE_NS)
            faults = lexer.reset()
            must(len(faults) == 1, f"half a reading is reported at a disconnect: {len(faults)} faults")
            must(all(isinstance(fault, FrameFault) for fault in faults), "what is cut off is a fault, not a frame")
            must(lexer.reset() == [], "a disconnect is reported once")
            must(lexer.deadline_ns is None, "after a disconnect there is nothing to wait for")
            must(
                _payloads(_lexed(lexer, reads, 2 * minute + 1)) == fresh,
                "after a disconnect a reading is as it was at first",
            )

    def test_silence_before_the_deadline_changes_nothing(self) -> None:
        """Called early it gives nothing and moves no deadline."""
        lexer = self.transport.lexer(self.settings())
        for beginning in self._beginnings(self.reads_of(self.codes[0])):
            for data in beginning:
                lexer.receive(data, _MINUTE_NS)
            deadline_ns = lexer.deadline_ns
            if deadline_ns is not None:
                must(deadline_ns > _MINUTE_NS, "a deadline lies ahead")
                must(lexer.silence(deadline_ns - 1) == [], "silence before the deadline is no news")
                must(lexer.deadline_ns == deadline_ns, "silence before the deadline moves nothing")
            lexer.reset()

    def test_payment_cards_end_in_the_driver(self) -> None:
        """A bank card is refused as one, and nothing that is delivered has its number."""
        if self.payment_card is None:
            return
        settings = self.settings()
        line = Pipeline("conformance", self.transport.via, self.transport.lexer(settings), SHOP_AS_DELIVERED, 0)
        readings = [reading for data in self.reads_of(self.payment_card) for reading in line.receive(data, 0)]
        readings += line.silence(_MINUTE_NS)
        faults = [reading.fault for reading in readings if isinstance(reading, RefusedScan)]
        must(faults == [ScanFault.PAYMENT_CARD], f"a bank card is refused as one, not as {faults}")
        must(self.payment_card not in repr(readings), "nothing of a bank card is delivered")

    def test_the_kind_says_what_it_is(self) -> None:
        """Its way is one that readings know, and its keys are keys of a reader."""
        keys = {field.name for field in msgspec.structs.fields(ReaderSettings)}
        must(self.transport.via in VIAS, f"via is one of {', '.join(VIAS)}, not {self.transport.via!r}")
        must(self.transport.keys <= keys, f"no reader has the settings {sorted(self.transport.keys - keys)}")

    def test_the_kind_can_be_configured(self) -> None:
        """The settings of the device name this kind, and a till takes them."""
        settings = self.settings()
        found = transport(settings.kind)
        must(found is self.transport, f"kind {settings.kind!r} is this transport: name it in an entry point of {GROUP}")
        must(problems([settings]) == [], f"a till takes these settings: {problems([settings])}")

    def test_problems_are_sentences(self) -> None:
        """The settings of the device are right; nonsense is answered by sentences, and never by an exception."""
        right = self.settings()
        must(self.transport.problems(right) == [], f"these settings work: {self.transport.problems(right)}")
        for port in ("", "nonsense", "socket://", "\x00"):
            wrong = msgspec.structs.replace(right, port=port, options=("nonsense", "=", "a=b=c"))
            must_be_sentences(self.transport.problems(wrong))

    def _beginnings(self, reads: tuple[bytes, ...]) -> Iterable[tuple[bytes, ...]]:
        """Give halves of a reading that cannot be taken for nothing."""
        if len(reads) > 1:
            yield reads[:-1]
        if not self.cuts_matter:
            stream = b"".join(reads)
            yield (stream[: len(stream) // 2],)

    def _noise(self, dice: random.Random) -> bytes:
        noise = dice.randbytes(dice.choice((0, 1, 2, 8, 64, 300)))
        reading = bytearray(b"".join(self.reads_of(dice.choice(self.codes))))
        if reading and dice.random() < 0.5:  # noqa: PLR2004 - every other time
            reading[dice.randrange(len(reading))] = dice.randrange(256)
        return dice.choice((noise, bytes(reading), noise + reading))


def _lexed(lexer: Lexer, reads: Iterable[bytes], minute: int = 0) -> list[Frame | FrameFault]:
    """Give what comes of these reads, a millisecond apart, and of the silence behind them."""
    at_ns = minute * _MINUTE_NS
    results: list[Frame | FrameFault] = []
    for data in reads:
        at_ns += _MS
        results += lexer.receive(data, at_ns)
        lexer.owed()
    return results + _silences(lexer, at_ns)


def _silences(lexer: Lexer, at_ns: int) -> list[Frame | FrameFault]:
    results: list[Frame | FrameFault] = []
    for _ in range(SILENCES_MAX):
        if lexer.deadline_ns is None:
            return results
        must(lexer.deadline_ns > at_ns, "a deadline lies ahead, or the reader would spin")
        at_ns = lexer.deadline_ns
        results += lexer.silence(at_ns)
        lexer.owed()
    raise AssertionError(f"a lexer that hears nothing comes to rest: it waits for the {SILENCES_MAX}th time")


def _payloads(results: list[Frame | FrameFault]) -> list[tuple[type, bytes]]:
    return [(type(result), result.payload) for result in results]


def must(kept: bool, promise: str) -> None:  # noqa: FBT001 - it reads like an assertion, and is one
    """Raise ``AssertionError`` with what was promised, unless it was kept."""
    if not kept:
        raise AssertionError(promise)


def must_be_sentences(texts: list[str]) -> None:
    """Raise ``AssertionError`` unless each text says to a person what is wrong and what to do."""
    for text in texts:
        is_sentence = len(text.split()) > 3 and text.isprintable()  # noqa: PLR2004 - what, why, and what to do
        must(is_sentence, f"people are told causes and remedies in whole sentences, not {text!r}")
