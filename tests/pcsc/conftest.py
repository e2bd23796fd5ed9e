"""A PC/SC service for the whole run, and a till that reads from it."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from drivers.supervisor import ReaderSupervisor
from pos_loyalty.core.scans import ReaderState
from tests.drivers.till import Till
from tests.pcsc.pcsc_service import DRIVER, PROGRAM, PcscService

Supervise = Callable[..., ReaderSupervisor]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and skip it where something is missing; the summary says what, and the remedy."""
    missing = [os.fspath(file) for file in (PROGRAM, DRIVER) if not file.exists()]
    missing += ["pyscard"] if importlib.util.find_spec("smartcard") is None else []
    remedy = "apt-get install pcscd vsmartcard-vpcd libpcsclite-dev swig gcc, then make extras"
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.nfc)
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"no {', '.join(missing)}: {remedy}"))


@pytest.fixture(scope="session")
def pcsc_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the socket of the service; libpcsclite looks for its name once in the life of a process."""
    # A name of a socket has room for 107 bytes, fewer than some temporary folders take.
    path = tmp_path_factory.mktemp("pcsc") / "s"
    os.environ["PCSCLITE_CSOCK_NAME"] = os.fspath(path)
    return path


@pytest.fixture
def bare_pcsc(pcsc_path: Path, tmp_path: Path) -> Iterator[PcscService]:
    """Give a service that does not run yet and has no reader."""
    folder = tmp_path / "readers"
    folder.mkdir()
    service = PcscService(pcsc_path, folder)
    yield service
    service.kill()


@pytest.fixture
def pcsc(bare_pcsc: PcscService) -> PcscService:
    """Give a running service with one reader."""
    bare_pcsc.plug_in()
    bare_pcsc.start()
    return bare_pcsc


@pytest.fixture
def till() -> Till:
    """Give a till that collects."""
    return Till()


@pytest.fixture
def supervise(till: Till) -> Iterator[Supervise]:
    """Give a function that starts a PC/SC reader and waits until it is ready; stopped at the end."""
    with ExitStack() as stack:

        def start(*, port: str = "*", state: ReaderState = ReaderState.READY, debounce_ms: int = 0) -> ReaderSupervisor:
            settings = ReaderSettings(name="counter", kind="pcsc", port=port, debounce_ms=debounce_ms)
            supervisor = ReaderSupervisor([settings], till.take_reading, till.take_status)
            stack.callback(supervisor.stop)
            supervisor.start()
            till.wait_for_state(state)
            return supervisor

        yield start
