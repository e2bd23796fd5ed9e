"""A tty belongs to the till alone, and every reason why it cannot be opened is a sentence."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import termios
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.ports.holders import holders
from drivers.ports.port import Alarm, OpenFailure, read_available
from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.ports.serial_port import SerialPort, absence, open_serial
from drivers.settings import ReaderSettings
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError

NOBODY = 65534

# Imported as whoever runs the tests, executed as nobody: root may open what is exclusive.
AS_NOBODY = """
import os, sys, serial
from drivers.ports.serial_port import open_serial
from drivers.settings import ReaderSettings
if os.getuid() == 0:
    os.setgroups([]), os.setgid({nobody}), os.setuid({nobody})
try:
    {action}
except serial.SerialException:
    print("refused", flush=True)
""".replace("{nobody}", str(NOBODY))
PLAIN_OPEN = "held = serial.Serial({port!r}); print('opened', flush=True); sys.stdin.read()"
LOCKED_OPEN = "held = serial.Serial({port!r}, exclusive=True); print('opened', flush=True); sys.stdin.read()"
OUR_OPEN = "print(getattr(open_serial(ReaderSettings(name='x', port={port!r})), 'detail', 'opened'), flush=True)"


def another_program(action: str, port: Path) -> subprocess.Popen[str]:
    """Start another program, without privileges, that does ``action`` on ``port`` and ends with its input."""
    source = AS_NOBODY.format(action=action.format(port=str(port)))
    return subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def result_of(action: str, port: Path) -> str:
    """Give what another program says of ``action`` on ``port``."""
    program = another_program(action, port)
    return program.communicate(timeout=30)[0].strip()


@pytest.fixture
def slave(scanner: VirtualScanner, counter: ReaderSettings) -> Path:
    """Give the tty behind the scanner's link, with everybody allowed to open it."""
    path = Path(counter.port).resolve()
    path.chmod(0o666)
    return path


def opened(settings: ReaderSettings) -> SerialPort:
    """Open the port, which must succeed."""
    port = open_serial(settings)
    assert isinstance(port, SerialPort), port
    return port


def refusal(settings: ReaderSettings) -> OpenFailure:
    """Give the reason why the port cannot be opened, which must be the case."""
    failure = open_serial(settings)
    assert isinstance(failure, OpenFailure)
    return failure


@pytest.mark.parametrize("action", [PLAIN_OPEN, LOCKED_OPEN], ids=["plain", "exclusive"])
def test_no_other_program_opens_a_port_that_the_till_holds(counter: ReaderSettings, slave: Path, action: str) -> None:
    """Plain and locking opens of pyserial fail while the till has the port, and succeed when it has let go."""
    port = opened(counter)
    assert result_of(action, slave) == "refused"
    port.close()
    assert result_of(action, slave) == "opened"


def test_a_port_without_exclusion_can_be_shared(counter: ReaderSettings, slave: Path) -> None:
    """``exclusive = false`` lets another program listen too."""
    shared = ReaderSettings(name="counter", port=counter.port, exclusive=False)
    port = opened(shared)
    assert result_of(PLAIN_OPEN, slave) == "opened"
    port.close()


def test_a_shared_port_keeps_the_exclusion_of_another_program(counter: ReaderSettings, slave: Path) -> None:
    """Closing a port that was never ours alone leaves it to the program that claimed it meanwhile."""
    port = opened(ReaderSettings(name="counter", port=counter.port, exclusive=False))
    other = os.open(slave, os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(other, termios.TIOCEXCL)
    port.close()
    assert result_of(PLAIN_OPEN, slave) == "refused"
    fcntl.ioctl(other, termios.TIOCNXCL)
    os.close(other)


def test_a_second_open_by_the_till_itself_is_refused(counter: ReaderSettings, scanner: VirtualScanner) -> None:
    """Two readers on one port in one process do not steal from each other."""
    port = opened(counter)
    failure = refusal(counter)
    assert failure.state is ReaderState.FAULTED
    assert failure.detail.startswith(f"{counter.port} is in use by another program")
    port.close()


def test_of_many_programs_that_have_the_port_three_are_named(counter: ReaderSettings, slave: Path) -> None:
    """A sentence on a screen stays a sentence."""
    tty = os.open(slave, os.O_RDWR | os.O_NOCTTY)
    with ExitStack() as stack:
        for _ in range(5):
            holder = stack.enter_context(subprocess.Popen(["sleep", "60"], stdout=tty))
            stack.callback(holder.kill)
        detail = refusal(counter).detail
    os.close(tty)
    assert detail.count("(process ") == 3
    assert " and 2 more: stop that program" in detail


def test_the_program_that_has_the_port_is_named(counter: ReaderSettings, slave: Path) -> None:
    """A plain open by another program, which no lock would show, is found and named with its process."""
    with another_program(PLAIN_OPEN, slave) as thief:
        assert thief.stdout
        assert thief.stdout.readline() == "opened\n"
        detail = refusal(counter).detail
        assert thief.stdin
        thief.stdin.close()
    name = Path(sys.executable).resolve().name[:15]
    assert f"{counter.port} is in use by " in detail
    assert f"(process {thief.pid}): stop that program or give it another port" in detail
    assert name[:6] in detail


@pytest.mark.skipif(os.getuid() != 0, reason="only root can open what is exclusive")
def test_root_cannot_be_kept_out_but_is_named(counter: ReaderSettings, slave: Path) -> None:
    """A plain open by root succeeds while the till has the port: TIOCEXCL does not bind it. ``holders`` shows it."""
    port = opened(counter)
    source = f"import serial, sys; {PLAIN_OPEN.format(port=str(slave))}"
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as root:
        assert root.stdout
        assert root.stdout.readline() == b"opened\n"
        assert [holder.pid for holder in holders(counter.port)] == [root.pid]
        assert root.stdin
        root.stdin.close()
    assert holders(counter.port) == []
    port.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take on another user")
def test_a_missing_permission_names_the_group(counter: ReaderSettings, slave: Path) -> None:
    """The remedy is the group of the device."""
    slave.chmod(0o600)
    os.chown(slave, 0, 20)
    expected = f"no permission to open {slave}: add the user of the till service to group dialout and restart it"
    assert result_of(OUR_OPEN, slave) == expected


def test_what_is_not_a_tty_is_named(tmp_path: Path) -> None:
    """A file and a folder are not serial ports."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path):
        failure = refusal(ReaderSettings(name="x", port=str(path)))
        assert failure.state is ReaderState.FAULTED
        assert failure.detail == (
            f"{path} is not a serial port: name the device of the reader, such as /dev/serial/by-id/..."
        )


def test_nothing_behind_the_name_is_absent(tmp_path: Path) -> None:
    """A missing device and a link to nothing are absent, before and while opening."""
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    for name in ("missing", "dangling"):
        settings = ReaderSettings(name="x", port=str(tmp_path / name))
        failure = absence(settings)
        assert failure is not None
        assert failure.detail == (
            f"nothing is plugged in at {settings.port}: check the cable and the power of the reader"
        )
        assert refusal(settings).state is ReaderState.ABSENT


def test_what_may_not_even_be_looked_at_is_a_fault_with_its_cause(tmp_path: Path) -> None:
    """A look that fails is no failure of the driver: opening says why."""
    settings = ReaderSettings(name="x", port=str(tmp_path / ("x" * 300)))
    assert absence(settings) is None
    failure = refusal(settings)
    assert failure.state is ReaderState.FAULTED
    assert "cannot be opened (File name too long)" in failure.detail


def test_the_tty_is_raw_and_keeps_its_lines_up(counter: ReaderSettings, scanner: VirtualScanner) -> None:
    """HUPCL is off, misread bytes are marked, and a read waits for a byte instead of returning nothing."""
    port = opened(counter)
    iflag, _, cflag, lflag, _, _, control = termios.tcgetattr(port.fileno())
    assert not cflag & termios.HUPCL
    assert iflag & (termios.INPCK | termios.IGNPAR | termios.PARMRK) == termios.INPCK
    assert not lflag & (termios.ICANON | termios.ECHO)
    assert (control[termios.VMIN], control[termios.VTIME]) == (1, 0)
    port.close()


TRACED = """
import sys
from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.ports.serial_port import SerialPort, open_serial
from drivers.settings import ReaderSettings
baud, bits, parity, stopbits, dtr = sys.argv[1:]
terminal = PseudoTerminal()
port = open_serial(ReaderSettings(name="x", port=str(terminal.slave), baud=int(baud), bytesize=int(bits),
                                  parity=parity, stopbits=int(stopbits), dtr=dtr == "on"))
assert isinstance(port, SerialPort), port
port.close()
"""


def can_trace() -> bool:
    """Whether system calls can be watched here."""
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([str(strace), "-o", "/dev/null", "true"], check=False).returncode == 0


@pytest.mark.skipif(not can_trace(), reason="needs strace and the right to follow a process")
@pytest.mark.parametrize(
    ("baud", "form", "dtr", "flags"),
    [
        (1200, "7E1", "off", {"B1200", "CS7", "PARENB"}),
        (9600, "8N1", "on", {"B9600", "CS8"}),
        (38400, "7O2", "on", {"B38400", "CS7", "PARENB", "PARODD", "CSTOPB"}),
        (115200, "8E1", "off", {"B115200", "CS8", "PARENB"}),
    ],
)
def test_the_system_is_asked_for_what_is_configured(
    baud: int, form: str, dtr: str, flags: set[str], tmp_path: Path
) -> None:
    """Lock first, then speed and format, then the line states, then nobody else: a pseudo-terminal keeps none of it."""
    trace = tmp_path / "trace"
    call = ["strace", "-v", "-e", "trace=openat,flock,ioctl", "-o", str(trace), sys.executable, "-c", TRACED]
    subprocess.run([*call, str(baud), *form[:2], form[2], dtr], check=True)
    calls = trace.read_text("utf-8").partition('"/dev/pts/')[2]
    found = re.search(r"TCSETS, .*?c_cflag=(\S+),", calls)
    assert found
    assert set(found[1].split("|")) - {"CREAD", "CLOCAL", "HUPCL"} == flags
    wanted = ["flock(", "TCSETS", f"TIOCMBI{'S' if dtr == 'on' else 'C'}, [TIOCM_DTR]", "TIOCEXCL", "TCSETS"]
    assert re.search(".*".join(map(re.escape, wanted)), calls, re.DOTALL), calls


def test_silence_bytes_alarm_and_loss_are_told_apart(counter: ReaderSettings, scanner: VirtualScanner) -> None:
    """Nothing, something, a ringing alarm and a lost port are four different answers."""
    port, alarm = opened(counter), Alarm()
    assert read_available(port, alarm, 0) == b""
    scanner.send(b"4")
    assert read_available(port, alarm, None) == b"4"
    scanner.unplug()
    with pytest.raises(ReaderError, match="unplug and replug"):
        read_available(port, alarm, None)
    alarm.ring()
    assert read_available(port, alarm, None) is None
    port.close()
    alarm.close()
    alarm.ring()


def test_writing_to_a_lost_port_is_a_loss(counter: ReaderSettings, scanner: VirtualScanner) -> None:
    """It says what to do, and closing afterwards is safe, twice."""
    port = opened(counter)
    port.write(b"B")
    scanner.unplug()
    with pytest.raises(ReaderError, match=r"writing failed \(Input/output error\): check the cable"):
        port.write(b"B")
    port.close()
    port.close()


def test_fifty_plug_cycles_leak_no_descriptor(tmp_path: Path) -> None:
    """After opening and losing 50 ports this process has as many descriptors as before."""
    link, alarm = tmp_path / "scanner", Alarm()
    settings = ReaderSettings(name="x", port=str(link))
    before = sorted(Path("/proc/self/fd").iterdir())
    for _ in range(50):
        terminal = PseudoTerminal()
        link.symlink_to(terminal.slave)
        port = opened(settings)
        terminal.close()
        link.unlink()
        with pytest.raises(ReaderError):
            read_available(port, alarm, None)
        port.close()
        assert refusal(settings).state is ReaderState.ABSENT
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    alarm.close()
