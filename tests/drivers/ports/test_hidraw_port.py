"""What is no HID reader is refused with a sentence; what is one is tried in the guest (tests/vm)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from drivers.lexers import pos_reports, stripe_reports
from drivers.ports.hidraw_port import HidrawPort, open_hidraw
from drivers.ports.port import Alarm, OpenFailure, read_available
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError


@pytest.mark.parametrize("misfit", [pos_reports.misfit, stripe_reports.misfit])
@pytest.mark.parametrize("feedback", ["off", "honeywell"])
def test_what_is_no_hid_device_is_named_and_not_written_to(
    tmp_path: Path, misfit: Callable[[bytes], str], feedback: Literal["off", "honeywell"]
) -> None:
    """A file answers no question of hidraw; it stays as it was, and nothing stays open."""
    path = tmp_path / "file"
    path.touch()
    before = sorted(Path("/proc/self/fd").iterdir())
    settings = ReaderSettings(name="x", kind="hidpos", port=str(path), feedback=feedback)
    failure = open_hidraw(settings, misfit)
    assert isinstance(failure, OpenFailure)
    assert failure.state is ReaderState.FAULTED
    assert "is no reader of this kind" in failure.detail
    assert path.read_bytes() == b""
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_only_the_profile_that_has_commands_is_written_to() -> None:
    """A Honeywell reader takes a command as output report 253 with its length; every other reader gets nothing."""
    read_fd, write_fd = os.pipe2(os.O_NONBLOCK)
    HidrawPort(write_fd).write(b"\x16\x07\r")
    with pytest.raises(BlockingIOError):
        os.read(read_fd, 64)
    HidrawPort(write_fd, takes_commands=True).write(b"\x16\x07\r")
    assert os.read(read_fd, 64) == b"\xfd\x03\x16\x07\r"
    os.close(read_fd)
    with pytest.raises(ReaderError):
        HidrawPort(write_fd, takes_commands=True).write(b"\x16\x07\r")
    os.close(write_fd)


def test_a_port_is_read_until_it_is_lost_and_closed_once() -> None:
    """The thread waits on the descriptor; a second close is nothing."""
    read_fd, write_fd = os.pipe2(os.O_NONBLOCK)
    port, alarm = HidrawPort(read_fd), Alarm()
    os.write(write_fd, b"\2\1]E04")
    assert read_available(port, alarm, None) == b"\2\1]E04"
    os.close(write_fd)
    with pytest.raises(ReaderError):
        read_available(port, alarm, None)
    port.close()
    port.close()
    assert port.fileno() == -1
    alarm.close()
