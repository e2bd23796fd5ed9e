"""A till to stand at."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pos_loyalty.ports import Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.store.memory import MemoryStore
from tests.support.generous_shop import SHOP_WITH_ALL, generous
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import contents


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have news of the hub rest for no fifth of a second between two pieces: nobody here tells of a million rows."""
    monkeypatch.setattr("pos_loyalty.service.line.REST_S", 0.01)


@pytest.fixture
def store() -> Iterator[Store]:
    """The small shop."""
    made = MemoryStore(ids=RandomIds())
    made.load(contents())
    yield made
    made.close()


@pytest.fixture
async def till(store: Store, tmp_path: Path) -> AsyncIterator[RunningTill]:
    """A till service that answers on a real socket."""
    async with running(store, tmp_path / "till.sock") as it:
        yield it


@pytest.fixture
async def generous_till(tmp_path: Path) -> AsyncIterator[RunningTill]:
    """A till in a shop with a program of nearly every kind."""
    store = MemoryStore(ids=RandomIds())
    store.load(generous())
    async with running(store, tmp_path / "till.sock", shop=SHOP_WITH_ALL) as it:
        yield it
    store.close()
