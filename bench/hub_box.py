"""A hub as a shop runs it, for a benchmark: ``pos-loyalty hub serve`` over SQLite or over a PostgreSQL of its own."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from bench.series import say
from bench.stores import CACHE
from bench.traffic import in_batches
from pos_loyalty.core.feed import RowKind
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey
from sync.hub.postgres.store import PostgresHubStore
from sync.hub.publishing import Publication
from tests.support.hub_process import HubProcess
from tests.support.postgres import SUPERUSER, NoServer, running
from tests.sync.hub.stores import sqlite_hub

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
_AT_ONCE = 20_000
"""Rows in one transaction, when a hub is filled."""


class HubBox(NamedTuple):
    """A hub that runs, and the door to its database."""

    process: HubProcess
    database: str
    """As the configuration names it."""
    store: HubStore

    @property
    def authority(self) -> Authority:
        """What does beside the process what the office would."""
        return Authority(self.store, zone=UTC, clock=SystemClock(), ids=RandomIds())

    def publish(self, kind: RowKind, documents: Iterable[tuple[str, msgspec.Struct]]) -> None:
        """Put out rows of one kind, by key, and have the database count them."""
        encode = msgspec.json.Encoder().encode
        for some in in_batches(documents, _AT_ONCE):
            self.authority.publish([Publication(RowKey(kind, key), encode(each)) for key, each in some])
        if isinstance(self.store, PostgresHubStore):
            self.store.analyze()


@contextmanager
def hub_box(kind: str) -> Iterator[HubBox]:
    """Run a hub of one kind with nothing in it.

    Raises:
        NoServer: there is no PostgreSQL here.
    """
    CACHE.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="hub-", dir=CACHE)))
        database = _database(kind, folder, stack)
        store = stack.enter_context(closing(open_hub(database)))
        process = stack.enter_context(HubProcess(folder, database))
        process.start()
        yield HubBox(process, database, store)


def boxes_there_are(stack: ExitStack) -> dict[str, HubBox]:
    """Run one of each kind for as long as ``stack`` lasts; one that cannot be had is named and left out."""
    boxes: dict[str, HubBox] = {}
    for kind in (SQLITE, POSTGRES):
        try:
            boxes[kind] = stack.enter_context(hub_box(kind))
        except NoServer as reason:
            say(f"{kind}: not measured: {reason}")
    return boxes


def open_hub(database: str) -> HubStore:
    """Open what the configuration of a hub names."""
    if database.startswith("sqlite:///"):
        return sqlite_hub(Path(database.removeprefix("sqlite:///")))
    return PostgresHubStore(database)


def _database(kind: str, folder: Path, stack: ExitStack) -> str:
    if kind == SQLITE:
        return f"sqlite:///{folder / 'hub.db'}"
    server = stack.enter_context(running("shared_buffers=256MB", "max_wal_size=4GB"))
    return f"postgresql://{SUPERUSER}@/postgres?host={server.folder}"
