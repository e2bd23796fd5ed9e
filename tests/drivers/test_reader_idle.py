"""A reader that has nothing to do does nothing: no state of a port makes it spin."""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.settings import ReaderSettings
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState, Signal
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till

WINDOW_S = 0.6
"""Long enough for a quarter of a second to come round twice."""
SWITCHES_MAX = 12
"""A loop that spins gives way thousands of times; looking four times a second costs one switch each, or two."""
CPU_SHARE_MAX = 0.2


def thread_of_reader() -> threading.Thread:
    """Give the thread of the only reader."""
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "reader counter"]
    return thread


def effort(thread: threading.Thread) -> tuple[int, int]:
    """Give how often the thread has given way to wait, and the time it has run, in nanoseconds."""
    task = Path(f"/proc/self/task/{thread.native_id}")
    status = (task / "status").read_text("ascii")
    waits = status.partition("\nvoluntary_ctxt_switches:")[2].split(maxsplit=1)[0]
    ran_ns = (task / "schedstat").read_text("ascii").split()[0]
    return int(waits), int(ran_ns)


def assert_it_rests(seconds: float = WINDOW_S) -> None:
    """Watch the reader for a while: it hardly wakes, and takes next to no time."""
    thread = thread_of_reader()
    before, start_s = effort(thread), time.monotonic()
    threading.Event().wait(seconds)
    waits, ran_ns = (after - earlier for after, earlier in zip(effort(thread), before, strict=True))
    watched_s = time.monotonic() - start_s
    assert waits <= SWITCHES_MAX * max(1.0, watched_s / WINDOW_S)
    assert ran_ns / 1e9 <= CPU_SHARE_MAX * watched_s


def test_an_open_reader_without_readings_rests(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise
) -> None:
    """It waits for the system to wake it, and for nothing else; a signal in no language does not wake it either."""
    supervisor = supervise(counter)
    for signal in Signal:
        supervisor.signal("counter", signal)
    assert_it_rests()


def test_a_reader_whose_bytes_another_program_takes_rests(counter: ReaderSettings, supervise: Supervise) -> None:
    """Woken for bytes that are gone when it looks, it goes back to waiting, and reads what it gets."""
    terminal, link = PseudoTerminal(), Path(counter.port)
    link.symlink_to(terminal.slave)
    supervise(msgspec.structs.replace(counter, exclusive=False))
    thread, thief = thread_of_reader(), os.open(link, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    before, stolen = effort(thread)[0], 0
    for _ in range(200):
        os.write(terminal.fd, b"4")
        with suppress(BlockingIOError):
            stolen += len(os.read(thief, 1))
    assert stolen > 0
    assert effort(thread)[0] - before <= 2 * 200
    assert_it_rests()
    os.close(thief)
    terminal.close()


@pytest.mark.parametrize("state", [ReaderState.ABSENT, ReaderState.FAULTED])
def test_a_reader_that_cannot_be_opened_rests(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, tmp_path: Path, state: ReaderState
) -> None:
    """Pulled, or named wrongly: it is looked for four times a second."""
    if state is ReaderState.ABSENT:
        scanner.unplug()
    else:
        scanner.unplug()
        (tmp_path / "scanner").touch()
    supervise(counter, state=state)
    assert_it_rests()


def test_a_reader_that_is_lost_again_and_again_rests(
    counter: ReaderSettings, supervise: Supervise, till: Till, tmp_path: Path
) -> None:
    """A port that hangs up whenever it is opened is tried no more often than one that is not there."""
    first, link = PseudoTerminal(), tmp_path / "scanner"
    link.symlink_to(first.slave)
    supervise(counter)
    losses = 0
    stopped = threading.Event()

    def hang_up() -> None:
        nonlocal losses
        terminal = first
        while not stopped.is_set():
            fresh, old = PseudoTerminal(), terminal
            link.unlink()
            link.symlink_to(fresh.slave)
            terminal, seen = fresh, len(till.statuses)
            old.close()
            losses += 1
            till.wait_for_state(ReaderState.READY, after=seen)
        terminal.close()

    hanging_up = threading.Thread(target=hang_up)
    hanging_up.start()
    thread = thread_of_reader()
    before, start_s = effort(thread)[0], time.monotonic()
    threading.Event().wait(2 * WINDOW_S)
    waits = effort(thread)[0] - before
    stopped.set()
    hanging_up.join()
    assert 1 <= losses <= 8 * max(1.0, (time.monotonic() - start_s) / (2 * WINDOW_S))
    assert waits <= 10 * losses + SWITCHES_MAX


def test_a_converter_that_hangs_up_at_once_is_tried_less_and_less(supervise: Supervise) -> None:
    """Every connection is closed as soon as it is made: the next one comes after a quarter, a half, a whole second."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        supervise(ReaderSettings(name="counter", port=f"socket://127.0.0.1:{server.getsockname()[1]}"))
        came_s = []
        for _ in range(3):
            connection, _ = server.accept()
            came_s.append(time.monotonic())
            connection.close()
        assert came_s[1] - came_s[0] >= 0.2
        assert came_s[2] - came_s[1] >= 0.45
        assert_it_rests(0.3)
