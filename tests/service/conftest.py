"""A running till over each kind of store."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pos_loyalty.ports import Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.store.memory import MemoryStore
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import ManualClock, contents


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have news of the hub rest for no fifth of a second between two pieces: nobody here tells of a million rows."""
    monkeypatch.setattr("pos_loyalty.service.line.REST_S", 0.01)


@pytest.fixture
def clock() -> ManualClock:
    """Half past nine in London, and it stays so."""
    return ManualClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    """The small shop in each kind of store."""
    made: Store
    if request.param == "memory":
        made = MemoryStore(ids=RandomIds())
    else:
        made = SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())
    made.load(contents())
    yield made
    made.close()


@pytest.fixture
async def running_till(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[RunningTill]:
    """A till service that answers on a real socket."""
    async with running(store, tmp_path / "till.sock", clock=clock) as it:
        yield it
