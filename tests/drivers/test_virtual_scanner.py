"""The virtual scanner is as slow as a real one, and can be pulled, replugged and commanded."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.ports.port import Alarm, read_available
from drivers.ports.serial_port import SerialPort, open_serial
from drivers.settings import ReaderSettings
from drivers.virtual_scanner import SUFFIXES, VirtualScanner, command
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till

MS = 1_000_000


@pytest.fixture
def program(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Give the virtual scanner as its own process, ready, with a control socket."""
    arguments = ["--link", str(tmp_path / "scanner"), "--control", str(tmp_path / "control"), "--suffix", "crlf"]
    with subprocess.Popen(
        [sys.executable, "-m", "drivers.virtual_scanner", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("!bytes\n")
        assert process.stdout.readline().startswith("ok ")
        yield process
        process.terminate()


def read(port: SerialPort, length: int) -> bytes:
    """Read ``length`` bytes from ``port``."""
    data, alarm = b"", Alarm()
    while len(data) < length:
        more = read_available(port, alarm, 10)
        assert more, data
        data += more
    alarm.close()
    return data


def opened(link: Path) -> SerialPort:
    """Open the port behind ``link``."""
    port = open_serial(ReaderSettings(name="x", port=str(link)))
    assert isinstance(port, SerialPort), port
    return port


def test_bytes_come_at_the_pace_of_the_line(tmp_path: Path) -> None:
    """A Digital Link of 46 bytes takes 46 byte times at 9600 baud: never less, and delays do not add up."""
    took_ns: list[int] = []
    with VirtualScanner(tmp_path / "scanner", suffix=SUFFIXES["cr"]) as scanner:
        port = opened(tmp_path / "scanner")
        for _ in range(3):
            start_ns = time.monotonic_ns()
            first_ns, last_ns = scanner.scan("9" * 45)
            assert read(port, 46) == b"9" * 45 + b"\r"
            assert start_ns < first_ns <= last_ns
            took_ns.append(last_ns - start_ns)
        port.close()
    # 250 ms for a busy machine, once in the quickest of three; not 46 times what a sleep is late.
    assert 46 / 0.96 * MS <= min(took_ns) <= (46 / 0.96 + 250) * MS


def test_a_client_that_dies_leaves_no_lock_behind(tmp_path: Path) -> None:
    """The port of a client that went without a word is replaced, so the next one opens a clean one."""
    with VirtualScanner(tmp_path / "scanner") as scanner:
        before = (tmp_path / "scanner").resolve()
        killed = os.open(before, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(killed, termios.TIOCEXCL)
        os.close(killed)
        scanner.tend()
        scanner.tend()
        after = (tmp_path / "scanner").resolve()
        assert after != before
        opened(after).close()


def test_an_unplugged_scanner_says_so(scanner: VirtualScanner, tmp_path: Path) -> None:
    """Scanning with the cable out is an error with a remedy; the link is gone; pulling twice is harmless."""
    scanner.unplug()
    scanner.unplug()
    assert not (tmp_path / "scanner").is_symlink()
    assert scanner.descriptors == []
    with pytest.raises(ReaderError, match="the virtual scanner is unplugged: send !replug first"):
        scanner.scan("42")
    assert scanner.obey("!replug") == "ok"
    assert scanner.obey("42").startswith("ok ")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("!eject", "error !eject is not a command: use !bytes HEX, !unplug, !replug, or a code"),
        ("!bytes 4x", "error !bytes needs pairs of hexadecimal digits, such as 34 32 0D"),
    ],
)
def test_a_wrong_command_is_answered(scanner: VirtualScanner, line: str, answer: str) -> None:
    """The answer says what would be right."""
    assert scanner.obey(line) == answer


def test_the_program_is_commanded_through_its_socket(
    program: subprocess.Popen[str], tmp_path: Path, supervise: Supervise, till: Till
) -> None:
    """Codes, raw bytes, unplug and replug from another process reach the till like those of a real scanner."""
    supervise(ReaderSettings(name="counter", port=str(tmp_path / "scanner")))
    control = tmp_path / "control"
    assert control.stat().st_mode & 0o777 == 0o600
    verdict, first_ns, last_ns = command(control, "سارا").split()
    assert verdict == "ok"
    # The reading ends at CR, one byte before what the scanner calls its last.
    scan = till.wait_for_reading(1)
    assert int(first_ns) <= scan.first_byte_ns <= scan.last_byte_ns
    assert int(first_ns) <= int(last_ns)
    assert command(control, "!unplug") == "ok"
    till.wait_for_state(ReaderState.ABSENT)
    seen = len(till.statuses)
    assert command(control, "!replug") == "ok"
    till.wait_for_state(ReaderState.READY, after=seen)
    assert command(control, "!bytes 34320d").startswith("ok ")
    till.wait_for_reading(2)
    assert till.codes == ["سارا", "42"]


def test_the_program_is_commanded_by_standard_input(program: subprocess.Popen[str], tmp_path: Path) -> None:
    """A line typed is a reading, and is answered when it is on the wire."""
    port = opened(tmp_path / "scanner")
    assert program.stdin
    assert program.stdout
    program.stdin.write("42\n")
    assert program.stdout.readline().startswith("ok ")
    assert read(port, 4) == b"42\r\n"
    port.close()


def test_the_program_cleans_up_when_it_is_ended(program: subprocess.Popen[str], tmp_path: Path) -> None:
    """After SIGTERM neither link nor control socket is left, and the exit code is 0."""
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ReaderError, match=r"no virtual scanner at .*: start the demo"):
        command(tmp_path / "control", "42")
