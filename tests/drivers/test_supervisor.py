"""Readers outlive bad bytes, pulled cables, other programs and faults of the till."""

import logging
import os
import socket
import time
from contextlib import ExitStack, suppress
from itertools import groupby
from pathlib import Path

import msgspec
import pytest

from drivers.backoff import LONGEST_S
from drivers.pipeline import Reading
from drivers.ports.serial_port import SerialPort, open_serial
from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState, ReaderStatus, Scan, ScanFault
from pos_loyalty.errors import ConfigError
from tests.drivers.conftest import FAST_BAUD, Supervise
from tests.drivers.till import PROMPT_S, Till

CARD = "6037997111111119"
CARD_STRIPE = b";4111111111111111=25121010000012345678?\r"


def open_files() -> list[str]:
    """Give what this process has open, by name; a descriptor may be closed by another thread meanwhile."""
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            names.append(str(entry.readlink()))
    return names


def test_a_reading_is_delivered_with_its_times(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """The scan carries name, code and monotonic times around those of the scanner itself."""
    supervisor = supervise(counter)
    sent_first_ns, _ = scanner.scan("سارا-42")
    scan = till.wait_for_reading(1)
    assert isinstance(scan, Scan)
    assert (scan.reader_id, scan.code) == ("counter", "سارا-42")
    assert sent_first_ns <= scan.first_byte_ns <= scan.last_byte_ns <= time.monotonic_ns()
    assert [state for state, _ in groupby(status.state for status in till.statuses)] == [
        ReaderState.OPENING,
        ReaderState.READY,
    ]
    (status,) = supervisor.statuses()
    assert status == ReaderStatus(reader_id="counter", state=ReaderState.READY, scans=1)


def test_every_bad_input_is_a_refusal_and_the_next_reading_passes(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Two frames in one read, no terminator for 5,000 bytes, foreign bytes and cards: none of them ends the reader."""
    supervisor = supervise(counter)
    scanner.send(b"A1\rB2\r\n")
    scanner.send(b"9" * 5000 + b"\r")
    scanner.send(b"\xff\xfe\x01\r")
    scanner.send(CARD_STRIPE)
    scanner.scan(CARD)
    scanner.scan("A1")
    scanner.scan("C3")
    till.wait_for_reading(7)
    assert till.codes == ["A1", "B2", "C3"]
    assert till.faults == [
        ScanFault.TOO_LONG,
        ScanFault.UNREADABLE,
        ScanFault.PAYMENT_CARD,
        ScanFault.PAYMENT_CARD,
    ]
    (status,) = supervisor.statuses()
    assert (status.scans, status.repeats, status.refused) == (3, 1, 4)


def test_a_payment_card_appears_nowhere(
    scanner: VirtualScanner,
    counter: ReaderSettings,
    supervise: Supervise,
    till: Till,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither a reading, nor a status, nor the log at its finest level holds a digit of it."""
    caplog.set_level(logging.DEBUG)
    supervise(counter)
    scanner.scan(CARD)
    till.wait_for_reading(1)
    assert till.faults == [ScanFault.PAYMENT_CARD]
    told = msgspec.json.encode([till.readings, till.statuses]).decode() + caplog.text
    assert CARD[:6] not in told
    assert CARD[-4:] not in told


def test_a_port_that_vanishes_in_mid_frame_is_back_after_replugging(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Half a frame is reported, the status says what to check, and a new port behind the same name just works."""
    supervise(counter)
    # In one write, so that the half has been read when the whole is delivered: pulling a cable drops the rest.
    os.write(scanner.descriptors[0], b"1\r471")
    till.wait_for_reading(1)
    scanner.unplug()
    absent = till.wait_for_state(ReaderState.ABSENT)
    assert absent.detail == f"nothing is plugged in at {counter.port}: check the cable and the power of the reader"
    assert till.faults == [ScanFault.INTERRUPTED]
    seen = len(till.statuses)
    scanner.replug()
    till.wait_for_state(ReaderState.READY, after=seen)
    scanner.scan("2")
    till.wait_for_reading(3)
    assert till.codes == ["1", "2"]


def test_a_dead_port_is_closed_before_its_loss_is_told(
    scanner: VirtualScanner, counter: ReaderSettings, till: Till
) -> None:
    """While its descriptor is open the replugged device would come back under another name."""
    held: list[str] = []

    def take(status: ReaderStatus) -> None:
        if status.state is ReaderState.ABSENT:
            held.extend(open_files())
        till.take_status(status)

    slave = str(Path(counter.port).resolve())
    supervisor = ReaderSupervisor([counter], till.take_reading, take)
    supervisor.start()
    till.wait_for_state(ReaderState.READY)
    assert slave in open_files()
    scanner.unplug()
    till.wait_for_state(ReaderState.ABSENT)
    supervisor.stop()
    assert held
    assert not {slave, f"{slave} (deleted)"} & set(held)


def test_a_quick_replug_behind_the_same_name_is_survived(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """When the name never goes away the loss itself is the status, and the reader comes back."""
    supervise(counter)
    for number in range(1, 4):
        seen = len(till.statuses)
        scanner.replug()
        assert "unplug and replug" in till.wait_for_state(ReaderState.FAULTED, after=seen).detail
        till.wait_for_states(ReaderState.FAULTED, ReaderState.READY, after=seen)
        scanner.scan(str(number))
        till.wait_for_reading(number)
    assert till.codes == ["1", "2", "3"]


def test_a_reader_that_was_absent_at_the_start_is_opened_when_it_comes(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """The till starts without its reader and takes it within a second of plugging in."""
    scanner.unplug()
    supervise(counter, state=ReaderState.ABSENT)
    scanner.replug()
    plugged_s = time.monotonic()
    till.wait_for_state(ReaderState.READY)
    assert time.monotonic() - plugged_s < PROMPT_S


def test_pulling_the_cable_ends_a_long_wait(counter: ReaderSettings, till: Till) -> None:
    """A reader that is tried only every five seconds is noticed within one when it is unplugged."""
    link = Path(counter.port)
    link.symlink_to(link.parent)
    supervisor = ReaderSupervisor([counter], till.take_reading, till.take_status)
    while supervisor._readers[0]._backoff.next_s() < LONGEST_S:
        pass
    supervisor.start()
    till.wait_for_state(ReaderState.FAULTED)
    link.unlink()
    pulled_s = time.monotonic()
    till.wait_for_state(ReaderState.ABSENT)
    assert time.monotonic() - pulled_s < PROMPT_S
    supervisor.stop()


def test_a_port_in_use_is_faulted_until_it_is_free(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """The sentence says that it is in use; nothing needs to be restarted when the other lets go."""
    other = open_serial(counter)
    assert isinstance(other, SerialPort)
    supervise(counter, state=ReaderState.FAULTED)
    assert "is in use by another program" in till.statuses[-1].detail
    other.close()
    till.wait_for_state(ReaderState.READY)


def test_two_readers_never_mix(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till, tmp_path: Path
) -> None:
    """Halves that arrive interleaved on two ports are two whole readings, each under its reader's name."""
    with VirtualScanner(tmp_path / "second", baud=FAST_BAUD) as second:
        supervisor = supervise(counter, ReaderSettings(name="door", port=str(tmp_path / "second")))
        till.wait_for_state(ReaderState.READY, reader_id="counter")
        till.wait_for_state(ReaderState.READY, reader_id="door")
        for byte in b"42\r":
            scanner.send(bytes([byte]))
            second.send(bytes([byte + 1 if byte > 0x20 else byte]))
        till.wait_for_reading(2)
        supervisor.stop()
    found = {(reading.reader_id, reading.code) for reading in till.readings if isinstance(reading, Scan)}
    assert found == {("counter", "42"), ("door", "53")}


def test_two_readers_never_mix_over_hundreds_of_interleaved_readings(
    counter: ReaderSettings, supervise: Supervise, till: Till, tmp_path: Path
) -> None:
    """Byte by byte in turn on two ports, 300 readings each: every reader's are its own, whole and in order."""
    settings = [msgspec.structs.replace(counter, name=name, port=str(tmp_path / name)) for name in ("left", "right")]
    with ExitStack() as stack:
        lines = [stack.enter_context(VirtualScanner(Path(each.port), baud=FAST_BAUD)) for each in settings]
        supervisor = supervise(*settings)
        for each in settings:
            till.wait_for_state(ReaderState.READY, reader_id=each.name)
        ends = [line.descriptors[0] for line in lines]
        for number in range(300):
            for bytes_of_both in zip(f"LEFT-{number}\r".encode(), f"RGHT-{number}\r".encode(), strict=True):
                for end, byte in zip(ends, bytes_of_both, strict=True):
                    os.write(end, bytes([byte]))
            till.wait_for_reading(2 * number + 2)
        supervisor.stop()
    assert till.faults == []
    for name, prefix in (("left", "LEFT"), ("right", "RGHT")):
        mine = [reading.code for reading in till.readings if isinstance(reading, Scan) and reading.reader_id == name]
        assert mine == [f"{prefix}-{number}" for number in range(300)]


def test_a_reader_without_suffix_is_read_by_its_silence(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """With idle framing the reading comes after the gap, although nothing else happens on the line."""
    supervise(msgspec.structs.replace(counter, framing="idle"))
    scanner.send(b"42")
    till.wait_for_reading(1)
    assert till.codes == ["42"]


def test_a_till_that_fails_on_a_reading_does_not_silence_the_reader(
    scanner: VirtualScanner, counter: ReaderSettings, till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing callback is one fault without the code in it; the next reading arrives and all is well again."""

    def take(reading: Reading) -> None:
        till.take_reading(reading)
        if len(till.readings) == 1:
            raise ValueError(till.codes[0])

    supervisor = ReaderSupervisor([counter], take, till.take_status)
    supervisor.start()
    till.wait_for_state(ReaderState.READY)
    scanner.scan("SECRET-1")
    detail = till.wait_for_state(ReaderState.FAULTED).detail
    assert detail == (
        "the till failed on a reading (ValueError): the reader goes on; send the log of the till service to support"
    )
    seen = len(till.statuses)
    scanner.scan("SECRET-2")
    till.wait_for_state(ReaderState.READY, after=seen)
    supervisor.stop()
    assert till.codes == ["SECRET-1", "SECRET-2"]
    assert "reader counter: the till failed on a reading: ValueError" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_till_that_fails_on_a_status_does_not_silence_the_reader(
    scanner: VirtualScanner, counter: ReaderSettings, till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    """Every status callback fails, and readings arrive all the same."""

    def refuse(status: ReaderStatus) -> None:
        till.take_status(status)
        raise ValueError(status.detail)

    supervisor = ReaderSupervisor([counter], till.take_reading, refuse)
    supervisor.start()
    till.wait_for_state(ReaderState.READY)
    scanner.scan("42")
    till.wait_for_reading(1)
    supervisor.stop()
    assert "reader counter: a status was not taken: ValueError" in caplog.text


@pytest.mark.parametrize("state", [ReaderState.READY, ReaderState.ABSENT, ReaderState.FAULTED])
def test_stop_is_prompt_in_every_state(
    scanner: VirtualScanner,
    counter: ReaderSettings,
    supervise: Supervise,
    till: Till,
    state: ReaderState,
    tmp_path: Path,
) -> None:
    """Reading, waiting for a plug or backing off: the end comes within half a second and leaves nothing open."""
    (tmp_path / "file").touch()
    if state is ReaderState.ABSENT:
        scanner.unplug()
    port = str(tmp_path / "file") if state is ReaderState.FAULTED else counter.port
    before = sorted(Path("/proc/self/fd").iterdir())
    supervisor = supervise(msgspec.structs.replace(counter, port=port), state=state)
    asked_s = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - asked_s < PROMPT_S
    assert till.statuses[-1].state is ReaderState.STOPPED
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    supervisor.stop()


def test_a_supervisor_that_never_started_can_be_stopped(counter: ReaderSettings, till: Till) -> None:
    """A start that failed half way is cleaned up the same way."""
    supervisor = ReaderSupervisor([counter], till.take_reading, till.take_status)
    supervisor.stop()
    assert [status.state for status in supervisor.statuses()] == [ReaderState.STOPPED]


def test_wrong_settings_are_refused_before_anything_starts(till: Till) -> None:
    """The error holds every problem in whole sentences."""
    with pytest.raises(ConfigError, match="two readers are called 'x': give each its own name; two readers use /dev/x"):
        ReaderSupervisor([ReaderSettings(name="x", port="/dev/x")] * 2, till.take_reading, till.take_status)


def test_a_network_reader_is_read_lost_and_found_again(supervise: Supervise, till: Till) -> None:
    """A converter is read like a tty; when it hangs up the reader says so and connects again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        supervise(ReaderSettings(name="network", port=f"socket://127.0.0.1:{server.getsockname()[1]}"))
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"42\r47")
            till.wait_for_reading(1)
        assert "closed from the other end" in till.wait_for_state(ReaderState.FAULTED).detail
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"43\r")
            till.wait_for_reading(3)
    assert till.codes == ["42", "43"]
    assert till.faults == [ScanFault.INTERRUPTED]


def test_a_network_reader_that_nobody_serves_says_so(supervise: Supervise, till: Till) -> None:
    """The sentence names host, port and what to check."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    supervise(ReaderSettings(name="network", port=f"socket://127.0.0.1:{port}"), state=ReaderState.FAULTED)
    assert till.statuses[-1].detail == (
        f"no connection to 127.0.0.1 port {port} (Connection refused): check the network and the power of the reader"
    )


def test_a_network_reader_without_a_route_is_not_called_ready(supervise: Supervise, till: Till) -> None:
    """A refusal that comes at once, before anything is sent, is a fault and never a connection."""
    supervise(ReaderSettings(name="network", port="socket://255.255.255.255:9"), state=ReaderState.FAULTED)
    assert "no connection to 255.255.255.255 port 9 (" in till.statuses[-1].detail
    assert ReaderState.READY not in {status.state for status in till.statuses}


def test_a_name_with_several_addresses_is_tried_to_its_last(
    supervise: Supervise, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address refuses, the second one is the converter."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        refusing = other.getsockname()
        other.close()
        both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target) for target in (refusing, server.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        supervise(ReaderSettings(name="network", port="socket://converter:4001"))
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"42\r")
            till.wait_for_reading(1)
    assert till.codes == ["42"]
