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

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import ClassVar, Final, Protocol, Self

from drivers.codes.reading import code_of, read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.lexer_conformance import LexerConformance, must, must_be_sentences
from drivers.pipeline import Reading
from drivers.ports.port import Alarm, OpenFailure, Port, read_available
from drivers.reader import Reader
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Fields
from pos_loyalty.core.scans import ReaderState, ReaderStatus, Scan, Signal
from pos_loyalty.errors import ReaderError

DEADLINE_S: Final = 30.0
"""For a machine under load; all that is awaited here comes within a second on an idle one."""
PLUG_CYCLES: Final = 10


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


class Conformance(LexerConformance):
    """What every kind of reader keeps. Subclass it, and name the subclass as your test runner wants it."""

    answers: ClassVar[bool] = False
    """Whether the protocol wants an answer to each reading, so that something is written without feedback."""

    def device(self) -> AbstractContextManager[Device]:
        """Give a device, plugged in."""
        raise NotImplementedError

    def settings(self) -> ReaderSettings:
        """Give the settings of a device."""
        with self.device() as device:
            return device.settings

    def test_what_was_read_is_delivered(self) -> None:
        """Two codes are two scans, in order, and the reader is ready as soon as it is open."""
        with self.device() as device, _Till(self.transport, device.settings) as till:
            for number, code in enumerate(self.codes, start=1):
                device.send(code)
                till.wait_for_reading(number)
            told = [(scan.code, scan.decision.fields) for scan in till.readings if isinstance(scan, Scan)]
            must(told == [self._told(code) for code in self.codes], "what was read is delivered, whole and in order")

    def test_a_device_that_is_pulled_is_lost_and_found_again(self) -> None:
        """It is not ready while it is away, says so in a sentence, and reads again when it is back."""
        with self.device() as device, _Till(self.transport, device.settings) as till:
            device.unplug()
            till.wait_for_state(ReaderState.ABSENT, ReaderState.FAULTED)
            must_be_sentences([till.statuses[-1].detail])
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
            must(_descriptors() <= before, f"descriptors are given back: {before} before, {_descriptors()} after")
            device.plug()

    def test_what_is_not_there_is_said_in_a_sentence(self) -> None:
        """Looking and opening are results, not exceptions, and looking changes nothing."""
        with self.device() as device, closing(Alarm()) as alarm:
            device.unplug()
            first, second = self.transport.absence(device.settings), self.transport.absence(device.settings)
            must(first == second, "looking changes nothing")
            failure = self.transport.open(device.settings, alarm)
            must(isinstance(failure, OpenFailure), "what is not there cannot be opened")
            said = [said for said in (first, failure) if isinstance(said, OpenFailure)]
            must_be_sentences([each.detail for each in said])
            states = {each.state for each in said}
            must(states <= {ReaderState.ABSENT, ReaderState.FAULTED}, f"it is absent or faulted, not {states}")
            device.plug()

    def test_a_port_can_be_closed_twice_and_opened_again(self) -> None:
        """Closing is safe at any time, and does not keep the device."""
        with self.device() as device, closing(Alarm()) as alarm:
            for _ in range(2):
                port = self._opened(device, alarm)
                must(port.fileno() >= 0, "an open port has a descriptor to wait on")
                port.close()
                port.close()

    def test_nothing_is_written_unless_feedback_is_configured(self) -> None:
        """Over a whole life, with readings, every signal, a loss and a stop, not one byte."""
        with self.device() as device:
            must(device.settings.feedback == "off", "the settings of the device have feedback off")
            with _Till(self.transport, device.settings) as till:
                device.send(self.codes[0])
                till.wait_for_reading(1)
                for signal in Signal:
                    till.reader.signal(signal)
                device.send(self.codes[1])
                till.wait_for_reading(2)
            must(self.answers or device.written() == b"", "nothing is written to a reader that was not asked for")

    def _told(self, code: str) -> tuple[str, Fields]:
        """Return what a scan of ``code`` says: the text, where it may be looked up by it, and what it means."""
        payload = code.encode()
        decision = read(payload, self.transport.via, SHOP_AS_DELIVERED)
        return code_of(payload, decision), decision.fields

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
            must_be_sentences([str(error)])
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
            must(self._changed.wait_for(has_come, DEADLINE_S), f"{what} within {DEADLINE_S} s: {self.statuses[-1:]}")

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


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
