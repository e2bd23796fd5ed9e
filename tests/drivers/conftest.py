"""A scanner on a real pseudo-terminal, and a till that listens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState
from tests.drivers.till import Till

FAST_BAUD = 1_000_000
"""Pacing has its own test; elsewhere a reading should take no time."""

Supervise = Callable[..., ReaderSupervisor]


@pytest.fixture
def till() -> Till:
    """Give a till that collects."""
    return Till()


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[VirtualScanner]:
    """Give a fast scanner behind ``tmp_path/scanner``."""
    with VirtualScanner(tmp_path / "scanner", baud=FAST_BAUD) as scanner:
        yield scanner


@pytest.fixture
def counter(tmp_path: Path) -> ReaderSettings:
    """Give the settings of a reader on that scanner."""
    return ReaderSettings(name="counter", port=str(tmp_path / "scanner"))


@pytest.fixture
def supervise(till: Till) -> Iterator[Supervise]:
    """Give a function that starts a supervisor and waits until its readers are ready; stopped at the end."""
    with ExitStack() as stack:

        def start(*readers: ReaderSettings, state: ReaderState = ReaderState.READY) -> ReaderSupervisor:
            supervisor = ReaderSupervisor(readers, till.take_reading, till.take_status)
            stack.callback(supervisor.stop)
            supervisor.start()
            till.wait_for_state(state)
            return supervisor

        yield start
