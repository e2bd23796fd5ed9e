"""The conformance kit bites: a kind that breaks one promise is caught by the test of that promise."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.conformance import Conformance, Device
from drivers.lexers.framing import Frame, FrameFault, Framer
from drivers.lexers.lexing import Lexer
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.ports.serial_port import SerialPort
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from drivers.transports.serial_transport import SerialTransport
from pos_loyalty.core.scans import ScanFault
from tests.conformance.test_readers import Tty

MS = 1_000_000


class Raising(Framer):
    """Fails on a byte that it does not expect."""

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Insist on ASCII."""
        data.decode("ascii")
        return super().receive(data, at_ns)


class Forgetful(Framer):
    """Takes the end of a read for the end of a reading."""

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Give what came."""
        return [Frame(data.strip(b"\r\n"), at_ns, at_ns)] if data.strip(b"\r\n") else []


class Silent(Framer):
    """Says nothing of half a reading."""

    def reset(self) -> list[Frame | FrameFault]:
        """Forget it."""
        super().reset()
        return []


class Keeping(Framer):
    """Keeps half a reading for the next device."""

    def reset(self) -> list[Frame | FrameFault]:
        """Report, and forget nothing."""
        return [FrameFault(ScanFault.INTERRUPTED, b"", 0, 0)]


class Restless(Framer):
    """Always waits for something."""

    deadline = 0

    @property
    def deadline_ns(self) -> int | None:
        """Wait a little longer than the last time."""
        self.deadline += 1000 * MS
        return self.deadline


class Hasty(Framer):
    """Takes any silence for the end."""

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """End."""
        return super().silence(at_ns + 1000 * MS)


class Garbling(Framer):
    """Turns codes round, so that the guard does not know a bank card."""

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Give each frame backwards."""
        found = super().receive(data, at_ns)
        return [Frame(each.payload[::-1], at_ns, at_ns) for each in found if isinstance(each, Frame)]


class LexingBy(SerialTransport):
    """A serial reader with another lexer."""

    def __init__(self, lexer: type[Framer]) -> None:
        self._lexer = lexer

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give that lexer."""
        return self._lexer(settings.frames)


class Leaking(SerialTransport):
    """Opens the device once too often."""

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Leave a descriptor behind."""
        if Path(settings.port).exists():
            os.open(settings.port, os.O_RDWR | os.O_NOCTTY)
        return super().open(settings, alarm)


class Probing(SerialTransport):
    """Writes to find out what it is."""

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:
        """Ask who is there."""
        port = super().open(settings, alarm)
        if isinstance(port, SerialPort):
            port.write(b"Ehello")
        return port


class Mute(SerialTransport):
    """Says nothing of use."""

    keys = frozenset({"speed"})

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say no to everything else than a tty."""
        return [] if settings.port.startswith("/") else ["no"]

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Say only that there is nothing."""
        missing = super().absence(settings)
        return OpenFailure(missing.state, "ENOENT") if missing else None


class OfTty(Conformance):
    """Any serial kind on a pseudo-terminal."""

    @contextmanager
    def device(self) -> Iterator[Device]:
        """Give one in the folder of the test."""
        tty = Tty(self.place, {code: self.reads_of(code) for code in self.codes}, "line", "serial")
        yield tty
        tty.unplug()

    def __init__(self, transport: Transport, place: Path) -> None:
        self.place = place
        type(self).transport = transport

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give a line."""
        return (code.encode() + b"\r\n",)


@pytest.mark.parametrize(
    ("broken", "test", "promise"),
    [
        (LexingBy(Forgetful), Conformance.test_bytes_may_come_in_any_portions, "cut behind byte 1 the reading is"),
        (LexingBy(Silent), Conformance.test_half_a_reading_is_reported_at_a_disconnect_and_forgotten, "is reported"),
        (LexingBy(Keeping), Conformance.test_half_a_reading_is_reported_at_a_disconnect_and_forgotten, "once"),
        (LexingBy(Restless), Conformance.test_a_reading_is_one_frame, "comes to rest"),
        (LexingBy(Hasty), Conformance.test_silence_before_the_deadline_changes_nothing, "is no news"),
        (LexingBy(Garbling), Conformance.test_what_was_read_is_delivered, "whole and in order"),
        (LexingBy(Forgetful), Conformance.test_a_reading_is_one_frame, None),
        (Leaking(), Conformance.test_a_loss_is_an_error_and_nothing_stays_open, "descriptors are given back"),
        (Probing(), Conformance.test_nothing_is_written_unless_feedback_is_configured, "nothing is written"),
        (Mute(), Conformance.test_problems_are_sentences, "whole sentences, not 'no'"),
        (Mute(), Conformance.test_what_is_not_there_is_said_in_a_sentence, "whole sentences, not 'ENOENT'"),
        (Mute(), Conformance.test_the_kind_can_be_configured, "kind 'serial' is this transport: name it in an entry"),
        (Mute(), Conformance.test_the_kind_says_what_it_is, r"no reader has the settings \['speed'\]"),
    ],
)
def test_a_broken_promise_is_named(broken: Transport, test: object, promise: str | None, tmp_path: Path) -> None:
    """The test of the promise fails, and says what was promised; one that keeps it passes."""
    assert callable(test)
    kit = OfTty(broken, tmp_path)
    if promise is None:
        test(kit)
        return
    with pytest.raises(AssertionError, match=promise):
        test(kit)


def test_a_lexer_that_raises_does_not_pass(tmp_path: Path) -> None:
    """Its own exception comes out, with the bytes that caused it still on the stack."""
    with pytest.raises(UnicodeDecodeError):
        OfTty(LexingBy(Raising), tmp_path).test_no_bytes_make_the_lexer_raise()


def test_a_bank_card_that_gets_through_is_named(tmp_path: Path) -> None:
    """A kind that hides the number from the guard is told so."""
    with pytest.raises(AssertionError, match="a bank card is refused as one"):
        OfTty(LexingBy(Garbling), tmp_path).test_payment_cards_end_in_the_driver()
