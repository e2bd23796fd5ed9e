"""What tests of the hub's allowances have in common; whoever has a store of another kind says so itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub.hub_store import HubStore
from sync.hub.memory import MemoryHubStore
from tests.sync.hub.jobs.lending import Lending
from tests.sync.hub.stores import KINDS


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def memory() -> Iterator[Lending]:
    """Return a hub in memory, for what no store can make another of; it must be sound at the end."""
    lending = Lending(MemoryHubStore())
    yield lending
    assert lending.is_sound()
