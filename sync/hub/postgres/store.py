"""The hub's store on PostgreSQL, over some connections; any number of processes may have one over one database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from sync.hub.postgres import statements as q
from sync.hub.postgres.connections import CONNECTIONS_MAX, Connection, Connections, address, connect, place_of
from sync.hub.postgres.faults import from_postgres
from sync.hub.postgres.reading import PostgresReading
from sync.hub.postgres.steps import bring_up_to_date, steps
from sync.hub.postgres.transaction import PostgresTransaction


class PostgresHubStore:
    """A :class:`~sync.hub.hub_store.HubStore` over one database.

    ``dsn`` is a URI or ``key=value``; of several hosts the one that takes changes is used, so a failover needs no
    change here. A step that another stood in the way of, or whose connection went before its commit, ends with
    ``StoreInterrupted`` or (a key was taken meanwhile) ``InvariantBroken``: nothing of it was kept, and it can be made
    again at once, with the same ids. One whose commit gave no answer ends with ``StoreInDoubt``.

    Raises:
        ConfigError: ``dsn`` is no address.
        StoreTooNew: a newer program has taken away what this one needs.
        StoreError: the server cannot be reached, or lets nobody in.
    """

    def __init__(self, dsn: str, connections: int = CONNECTIONS_MAX) -> None:
        self._dsn = address(dsn)
        self._place = place_of(self._dsn)
        with self._told(), connect(self._dsn) as connection:
            bring_up_to_date(connection, steps())
        self._connections = Connections(self._dsn, connections)

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        """Begin a step; leaving without a commit undoes it."""
        with self._begun(q.BEGIN_STEP) as connection:
            yield PostgresTransaction(connection)

    @contextmanager
    def reading(self) -> Iterator[PostgresReading]:
        """Begin to read, all from one moment, without keeping anybody waiting."""
        with self._begun(q.BEGIN_READING) as connection:
            yield PostgresReading(connection)

    def analyze(self) -> None:
        """Count the tables anew, after many rows came at once: what is planned rests on it."""
        with self._told(), self._connections.one() as connection:
            connection.execute("ANALYZE")

    def scrub(self) -> None:
        """Let go of old versions of rows. Their bytes stay in the server's log and its backups until those are gone."""
        with self._told(), self._connections.one() as connection:
            connection.execute(q.VACUUM)

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()

    @contextmanager
    def _begun(self, begin: LiteralString) -> Iterator[Connection]:
        with self._told(), self._connections.one() as connection:
            connection.execute(begin)
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise from_postgres(error, self._place) from error
