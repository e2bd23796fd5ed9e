"""A real till service in a folder of its own, as a process."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from pos_loyalty.cli.connection import ask
from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place, configure, place
from pos_loyalty.config import Config, load
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.sample import sample_shop
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore

TODAY = date(2026, 11, 21)


class Ran(msgspec.Struct, frozen=True):
    """How a run of the program ended."""

    code: int
    out: str
    err: str


def pos_loyalty(*arguments: str, cwd: Path | None = None) -> Ran:
    """Run the program as a user does, without a terminal."""
    command = [sys.executable, "-P", "-m", "pos_loyalty", *arguments]
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False, cwd=cwd
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def await_counter(here: Place) -> None:
    """Wait until the running till of this place has opened its scanner, which it does behind its own start."""

    async def is_ready(till: TillClient) -> None:
        async for view in till.watch():
            if any(reader.reader_id == "counter" and reader.state is ReaderState.READY for reader in view.readers):
                return

    ask(here.socket, is_ready)


@pytest.fixture
def here() -> Iterator[Place]:
    """Return a place with a configuration that names a reader which is not plugged in, and an empty store."""
    with place(None) as made:
        configure(made, "en")
        yield made


@pytest.fixture
def config(here: Place) -> Config:
    """Return what the configuration of the place says."""
    return load(here.config)


@pytest.fixture(scope="module")
def till() -> Iterator[Place]:
    """Return a running till service with forty members of the sample shop."""
    with place(None) as made:
        configure(made, "en")
        store = SqliteStore(made.store, clock=SystemClock(), ids=RandomIds())
        store.load(sample_shop(40, today=TODAY))
        store.close()
        with till_service(made):
            yield made


@pytest.fixture
def till_process(here: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Return the process of a running till service with an empty store."""
    with till_service(here) as process:
        yield process
