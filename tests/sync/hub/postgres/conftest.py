"""An empty place on a real server, and a store over it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from sync.hub.postgres.store import PostgresHubStore
from tests.support.postgres import shared


@pytest.fixture
def dsn() -> str:
    """Return the address of a place where nothing is yet."""
    return shared().fresh()


@pytest.fixture
def store(dsn: str) -> Iterator[PostgresHubStore]:
    """Return an empty store."""
    with closing(PostgresHubStore(dsn)) as opened:
        yield opened
