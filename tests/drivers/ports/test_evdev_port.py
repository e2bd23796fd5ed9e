"""What is no keyboard reader is refused with a sentence; what is one is tried in the guest (tests/vm)."""

import os
from pathlib import Path

import pytest

from drivers.lexers.keystrokes import KeystrokeLexer
from drivers.ports import evdev_port
from drivers.ports.evdev_port import EvdevPort, open_evdev
from drivers.ports.port import Alarm, OpenFailure, read_available
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError
from tests.drivers.keyboard_reader import scan_of


def test_what_is_no_input_device_is_named(tmp_path: Path) -> None:
    """A file, a FIFO and a terminal answer no question of the input subsystem; nothing stays open."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")
    alarm, before = Alarm(), sorted(Path("/proc/self/fd").iterdir())
    for port in (tmp_path / "file", tmp_path / "fifo", Path("/dev/null"), Path("/dev/ptmx")):
        failure = open_evdev(ReaderSettings(name="x", kind="wedge", port=str(port)), alarm)
        assert failure == OpenFailure(
            ReaderState.FAULTED,
            f"{port} is no reader of this kind: 'pos-loyalty reader list' shows what is plugged in, with kind and port",
        )
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    alarm.close()


def test_a_device_that_is_not_there_is_absent(tmp_path: Path) -> None:
    """Opening says so as the look before does."""
    alarm = Alarm()
    failure = open_evdev(ReaderSettings(name="x", kind="wedge", port=str(tmp_path / "gone")), alarm)
    assert isinstance(failure, OpenFailure)
    assert failure.state is ReaderState.ABSENT
    alarm.close()


def test_events_come_through_the_port_and_its_end_is_a_loss() -> None:
    """The thread waits on the descriptor, reads events, and is told when there is nobody left."""
    read_fd, write_fd = os.pipe2(os.O_NONBLOCK)
    port, alarm, lexer = EvdevPort(read_fd), Alarm(), KeystrokeLexer(ReaderSettings(name="x", port="/x").frames)
    port.write(b"\a")
    assert read_available(port, alarm, 0) == b""
    os.write(write_fd, scan_of("4006381333931"))
    data = read_available(port, alarm, None)
    assert data is not None
    assert [frame.payload for frame in lexer.receive(data, 1)] == [b"4006381333931"]
    os.close(write_fd)
    with pytest.raises(ReaderError, match="unplug and replug"):
        read_available(port, alarm, None)
    port.close()
    alarm.close()


def test_what_was_being_typed_when_the_port_opened_is_let_pass() -> None:
    """Its head went to another program: the rest is thrown away, and an alarm ends the waiting."""
    read_fd, write_fd = os.pipe2(os.O_NONBLOCK)
    port, alarm = EvdevPort(read_fd), Alarm()
    os.write(write_fd, scan_of("333931"))
    assert evdev_port._await_quiet(port, "/dev/x", alarm) is None
    assert read_available(port, alarm, 0) == b""
    os.write(write_fd, scan_of("333931"))
    alarm.ring()
    assert evdev_port._await_quiet(port, "/dev/x", alarm) is None
    assert os.read(read_fd, 4096) == scan_of("333931")
    os.close(write_fd)
    port.close()
    alarm.close()


def test_closing_gives_the_descriptor_back_once() -> None:
    """A second close is nothing, so that it cannot hit a descriptor of somebody else."""
    read_fd, write_fd = os.pipe()
    port = EvdevPort(read_fd)
    port.close()
    port.close()
    assert port.fileno() == -1
    with pytest.raises(BrokenPipeError):
        os.write(write_fd, b"x")
    os.close(write_fd)
