"""Each kind of store, empty."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_loyalty.ports import Store
from pos_loyalty.store.memory import MemoryStore
from tests.store.shop import new_id, sqlite_store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind."""
    opened: Store = MemoryStore(ids=new_id) if request.param == "memory" else sqlite_store(tmp_path / "till")
    yield opened
    opened.close()
