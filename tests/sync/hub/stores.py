"""Each kind of store of the hub, for tests over all of them."""

from collections.abc import Callable
from pathlib import Path

from pos_loyalty.store.connections import connect
from pos_loyalty.store.faults import from_sqlite
from pos_loyalty.store.linked_sqlite import dbapi
from sync.hub.hub_store import HubStore
from sync.hub.memory import MemoryHubStore
from sync.hub.postgres.store import PostgresHubStore
from sync.hub.sqlite import SqliteHubStore
from tests.support.postgres import shared


def sqlite_hub(path: Path) -> SqliteHubStore:
    """Open the file ``path``, as the service will."""

    def opened() -> dbapi.Connection:
        try:
            return connect(path, "journal_mode = WAL", "synchronous = FULL", flags="mode=rwc")
        except dbapi.Error as error:
            raise from_sqlite(error, path) from error

    return SqliteHubStore(opened, lambda error: from_sqlite(error, path))


KINDS: dict[str, Callable[[Path], HubStore]] = {
    "memory": lambda _: MemoryHubStore(),
    "sqlite": lambda folder: sqlite_hub(folder / "hub.db"),
    "postgres": lambda _: PostgresHubStore(shared().fresh()),
}
