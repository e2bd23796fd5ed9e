"""The conformance kit: the contract of a kind of reader, as tests that any kind can be put through.

It needs nothing but a test runner that collects classes, such as pytest::

    class TestAcme(Conformance):
        transport = ACME

        def device(self) -> AbstractContextManager[Device]:
            return EmulatedAcme()

        def reads_of(self, code: str) -> tuple[bytes, ...]:
            return (b"<" + code.encode() + b">",)

Whatever a kind promises beyond the contract is for its own tests. A broken promise is an ``AssertionError`` that says
what was promised.
"""

import random
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import ClassVar, Final, Protocol, Self

import msgspec

from drivers.framing import FRAME_BYTES_MAX, Frame, FrameFault
from drivers.kinds import GROUP, transport
from drivers.lexing import Lexer
from drivers.misconfiguration import problems
from drivers.pipeline import Pipeline, Reading
from drivers.port import Alarm, OpenFailure, Port, read_available
from drivers.reader import Reader
from drivers.reading_settings import SHOP_AS_DELIVERED
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import VIAS
from pos_loyalty.core.scans import ReaderState, ReaderStatus, RefusedScan, Scan, ScanFault, Signal
from pos_loyalty.errors import ReaderError

DEADLINE_S: Final = 10.0
"""For a machine under load; all that is awaited here comes within a second on an idle one."""
PLUG_CYCLES: Final = 10
FUZZED_READS: Final = 3000
SILENCES_MAX: Final = 8
"""A lexer that waits may have several things to wait for, one after the other, but not many."""
_MS: Final = 1_000_000
_MINUTE_NS: Final = 60_000 * _MS
"""Between what is to be another presentation: a card that was just shown is still the same one."""


class Device(Protocol):
    """A device of the kind, real or emulated, that a test can handle. It is plugged in at first."""

    settings: ReaderSettings
    """How the till is configured for it, feedback off."""

    def plug(self) -> None:
        """Plug it in again, as the configured device."""

    def unplug(self) -> None:
        """Pull it. What the till has open is dead from now on."""

    def send(self, code: str) -> None:
        """Make it read a code."""

    def written(self) -> bytes:
        """Give everything that the till wrote to it so far."""


class Conformance:
    """What every kind of reader keeps. Subclass it, and name the subclass as your test runner wants it."""

    transport: ClassVar[Transport]
    codes: ClassVar[tuple[str, str]] = ("PL-1001", "PL-1002")
    """Two codes that the device can carry and that are delivered as they are."""
    payment_card: ClassVar[str | None] = "4111111111111111"
    """A bank card as the device would send it; ``None`` if it cannot carry one."""
    cuts_matter: ClassVar[bool] = False
    """Whether one read is one message, as of HID, so that bytes cannot come in other portions."""
    answers: ClassVar[bool] = False
    """Whether the protocol wants an answer to each reading, so that something is written without feedback."""

    def device(self) -> AbstractContextManager[Device]:
        """Give a device, plugged in."""
        raise NotImplementedError

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give what the till reads from the device when it reads ``code``, read by read."""
        raise NotImplementedError

    def settings(self) -> ReaderSettings:
        """Give the settings for tests without a device."""
        with self.device() as device:
            return device.settings

    # The lexer: pure, so that everything is tried.

    def test_a_reading_is_one_frame(self) -> None:
        """The bytes of a code are one frame, and two codes are two; then there is nothing to wait for."""
        lexer = self.transport.lexer(self.settings())
        frames = [frame for n, code in enumerate(self.codes) for frame in _lexed(lexer, self.reads_of(code), n)]
        _must(len(frames) == len(self.codes), f"each code gives one frame, not {len(frames)} for {len(self.codes)}")
        _must(all(isinstance(frame, Frame) for frame in frames), "a code that was read well is not a fault")
        _must(lexer.deadline_ns is None, "after a reading and a silence there is nothing to wait for")

    def test_bytes_may_come_in_any_portions(self) -> None:
        """A reading that is cut at any offset is the same reading."""
        settings, reads = self.settings(), self.reads_of(self.codes[0])
        whole = _payloads(_lexed(self.transport.lexer(settings), reads))
        stream = b"".join(reads)
        for cut in () if self.cuts_matter else range(1, len(stream)):
            halves = _lexed(self.transport.lexer(settings), (stream[:cut], stream[cut:]))
            _must(_payloads(halves) == whole, f"cut behind byte {cut} the reading is another one")

    def test_no_bytes_make_the_lexer_raise(self) -> None:
        """Noise, and readings that were garbled, give frames and faults whose times are right, and never end."""
        dice = random.Random(4)  # noqa: S311 - the same noise each time, nothing secret
        lexer, at_ns = self.transport.lexer(self.settings()), 0
        for _ in range(FUZZED_READS):
            at_ns += dice.randrange(1, 2000) * _MS // dice.choice((1, 1000))
            for result in lexer.receive(self._noise(dice), at_ns):
                _must(isinstance(result, (Frame, FrameFault)), f"a lexer gives frames and faults, not {type(result)}")
                _must(result.first_byte_ns <= result.last_byte_ns <= at_ns, "the times of a reading are those of reads")
                _must(len(result.payload) <= 2 * FRAME_BYTES_MAX, "a reading is bounded, whatever comes")
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
            _must(len(faults) == 1, f"half a reading is reported at a disconnect: {len(faults)} faults")
            _must(all(isinstance(fault, FrameFault) for fault in faults), "what is cut off is a fault, not a frame")
            _must(lexer.reset() == [], "a disconnect is reported once")
            _must(lexer.deadline_ns is None, "after a disconnect there is nothing to wait for")
            _must(
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
                _must(deadline_ns > _MINUTE_NS, "a deadline lies ahead")
                _must(lexer.silence(deadline_ns - 1) == [], "silence before the deadline is no news")
                _must(lexer.deadline_ns == deadline_ns, "silence before the deadline moves nothing")
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
        _must(faults == [ScanFault.PAYMENT_CARD], f"a bank card is refused as one, not as {faults}")
        _must(self.payment_card not in repr(readings), "nothing of a bank card is delivered")

    # The settings.

    def test_the_kind_says_what_it_is(self) -> None:
        """Its way is one that readings know, and its keys are keys of a reader."""
        keys = {field.name for field in msgspec.structs.fields(ReaderSettings)}
        _must(self.transport.via in VIAS, f"via is one of {', '.join(VIAS)}, not {self.transport.via!r}")
        _must(self.transport.keys <= keys, f"no reader has the settings {sorted(self.transport.keys - keys)}")

    def test_the_kind_can_be_configured(self) -> None:
        """The settings of the device name this kind, and a till takes them."""
        settings = self.settings()
        found = transport(settings.kind)
        _must(
            found is self.transport, f"kind {settings.kind!r} is this transport: name it in an entry point of {GROUP}"
        )
        _must(problems([settings]) == [], f"a till takes these settings: {problems([settings])}")

    def test_problems_are_sentences(self) -> None:
        """The settings of the device are right; nonsense is answered by sentences, and never by an exception."""
        right = self.settings()
        _must(self.transport.problems(right) == [], f"these settings work: {self.transport.problems(right)}")
        for port in ("", "nonsense", "socket://", "\x00"):
            wrong = msgspec.structs.replace(right, port=port, options=("nonsense", "=", "a=b=c"))
            _must_be_sentences(self.transport.problems(wrong))

    # The device.

    def test_what_was_read_is_delivered(self) -> None:
        """Two codes are two scans, in order, and the reader is ready as soon as it is open."""
        with self.device() as device, _Till(self.transport, device.settings) as till:
            for number, code in enumerate(self.codes, start=1):
                device.send(code)
                till.wait_for_reading(number)
            codes = [reading.code for reading in till.readings if isinstance(reading, Scan)]
            _must(codes == list(self.codes), "what was read is delivered, whole and in order")

    def test_a_device_that_is_pulled_is_lost_and_found_again(self) -> None:
        """It is not ready while it is away, says so in a sentence, and reads again when it is back."""
        with self.device() as device, _Till(self.transport, device.settings) as till:
            device.unplug()
            till.wait_for_state(ReaderState.ABSENT, ReaderState.FAULTED)
            _must_be_sentences([till.statuses[-1].detail])
            device.plug()
            till.wait_for_state(ReaderState.READY)
            device.send(self.codes[0])
            till.wait_for(lambda: any(isinstance(reading, Scan) for reading in till.readings), "it reads again")

    def test_a_loss_is_an_error_and_nothing_stays_open(self) -> None:
        """Each time it is pulled the port says so, and after ten times there are as many descriptors as before."""
        with self.device() as device, closing(Alarm()) as alarm:
            self._lose(device, alarm)
            before = _descriptors()
            for _ in range(PLUG_CYCLES):
                device.plug()
                self._lose(device, alarm)
            _must(_descriptors() <= before, f"descriptors are given back: {before} before, {_descriptors()} after")
            device.plug()

    def test_what_is_not_there_is_said_in_a_sentence(self) -> None:
        """Looking and opening are results, not exceptions, and looking changes nothing."""
        with self.device() as device, closing(Alarm()) as alarm:
            device.unplug()
            first, second = self.transport.absence(device.settings), self.transport.absence(device.settings)
            _must(first == second, "looking changes nothing")
            failure = self.transport.open(device.settings, alarm)
            _must(isinstance(failure, OpenFailure), "what is not there cannot be opened")
            said = [said for said in (first, failure) if isinstance(said, OpenFailure)]
            _must_be_sentences([each.detail for each in said])
            states = {each.state for each in said}
            _must(states <= {ReaderState.ABSENT, ReaderState.FAULTED}, f"it is absent or faulted, not {states}")
            device.plug()

    def test_a_port_can_be_closed_twice_and_opened_again(self) -> None:
        """Closing is safe at any time, and does not keep the device."""
        with self.device() as device, closing(Alarm()) as alarm:
            for _ in range(2):
                port = self._opened(device, alarm)
                _must(port.fileno() >= 0, "an open port has a descriptor to wait on")
                port.close()
                port.close()

    def test_nothing_is_written_unless_feedback_is_configured(self) -> None:
        """Over a whole life, with readings, every signal, a loss and a stop, not one byte."""
        with self.device() as device:
            _must(device.settings.feedback == "off", "the settings of the device have feedback off")
            with _Till(self.transport, device.settings) as till:
                device.send(self.codes[0])
                till.wait_for_reading(1)
                for signal in Signal:
                    till.reader.signal(signal)
                device.send(self.codes[1])
                till.wait_for_reading(2)
            _must(self.answers or device.written() == b"", "nothing is written to a reader that was not asked for")

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

    def _opened(self, device: Device, alarm: Alarm) -> Port:
        port = self.transport.open(device.settings, alarm)
        if not isinstance(port, OpenFailure):
            return port
        raise AssertionError(f"a device that is plugged in can be opened, but: {port.detail}")

    def _lose(self, device: Device, alarm: Alarm) -> None:
        port = self._opened(device, alarm)
        try:
            device.unplug()
            while read_available(port, alarm, DEADLINE_S):
                pass
        except ReaderError as error:
            _must_be_sentences([str(error)])
        else:
            raise AssertionError("reading from a device that was pulled raises ReaderError")
        finally:
            port.close()


class _Till:
    """The other side of the callbacks: a reader that is ready, and what it delivers."""

    def __init__(self, kind: Transport, settings: ReaderSettings) -> None:
        self.readings: list[Reading] = []
        self.statuses: list[ReaderStatus] = []
        self._changed = threading.Condition()
        self.reader = Reader(settings, SHOP_AS_DELIVERED, self._take_reading, self._take_status, kind)

    def __enter__(self) -> Self:
        self.reader.start()
        self.wait_for_state(ReaderState.READY)
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.ask_to_stop()
        self.reader.join(DEADLINE_S)

    def wait_for(self, has_come: Callable[[], bool], what: str) -> None:
        with self._changed:
            _must(self._changed.wait_for(has_come, DEADLINE_S), f"{what} within {DEADLINE_S} s: {self.statuses[-1:]}")

    def wait_for_reading(self, number: int) -> None:
        self.wait_for(lambda: len(self.readings) >= number, f"reading {number} arrives")

    def wait_for_state(self, *states: ReaderState) -> None:
        self.wait_for(lambda: bool(self.statuses) and self.statuses[-1].state in states, f"it becomes {states[0]}")

    def _take_reading(self, reading: Reading) -> None:
        with self._changed:
            self.readings.append(reading)
            self._changed.notify_all()

    def _take_status(self, status: ReaderStatus) -> None:
        with self._changed:
            self.statuses.append(status)
            self._changed.notify_all()


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
        _must(lexer.deadline_ns > at_ns, "a deadline lies ahead, or the reader would spin")
        at_ns = lexer.deadline_ns
        results += lexer.silence(at_ns)
        lexer.owed()
    raise AssertionError(f"a lexer that hears nothing comes to rest: it waits for the {SILENCES_MAX}th time")


def _payloads(results: list[Frame | FrameFault]) -> list[tuple[type, bytes]]:
    return [(type(result), result.payload) for result in results]


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _must(kept: bool, promise: str) -> None:  # noqa: FBT001 - it reads like an assertion, and is one
    if not kept:
        raise AssertionError(promise)


def _must_be_sentences(texts: list[str]) -> None:
    for text in texts:
        is_sentence = len(text.split()) > 3 and text.isprintable()  # noqa: PLR2004 - what, why, and what to do
        _must(is_sentence, f"people are told causes and remedies in whole sentences, not {text!r}")
