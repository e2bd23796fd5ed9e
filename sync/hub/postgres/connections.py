"""Connections to the server, with the settings that durability and speed rest on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from select import POLLIN, poll
from threading import BoundedSemaphore, Lock

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from pos_loyalty.errors import ConfigError, StoreError
from sync.hub.postgres.faults import unreachable

Connection = psycopg.Connection[TupleRow]

CONNECTIONS_MAX = 8
"""Of one process: a step holds one, and a processor or two fold what they bring."""
WAIT_S = 5.0
"""For a connection. A till gives up after 30 s, and its batch comes again."""

_UNLESS_SAID: dict[str, str] = {
    "application_name": "pos-loyalty hub",
    # Of several hosts the one that takes changes. Feeds are read there too: on a standby, steps can be seen in another
    # order than that in which the primary committed them.
    "target_session_attrs": "read-write",
    "connect_timeout": "3",
    # A server whose machine is gone answers nothing; without this the kernel asks for 15 minutes.
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
}
_SETTINGS: Mapping[str, str] = {
    # Every statement of the hub goes by a key. A plan made while a table was small or never analysed would read it
    # whole, and be kept while it grows: 7,600 events/s where there should be 27,000.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # A wait for a standby that is cancelled ends in a commit that no standby has; nothing of ours may cancel one.
    "statement_timeout": "0",
    # A hub that stands still must not keep partitions from the others. It holds locks for milliseconds.
    "idle_in_transaction_session_timeout": "60000",
}
_HAS_LZ4 = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
"""Of a document of 7 KB the server takes 86 us with what it packs by itself, pglz, and 38 with lz4. Not each can."""


def address(dsn: str) -> str:
    """Return ``dsn`` (a URI, or ``key=value``) with what it does not say itself.

    Raises:
        ConfigError: it is neither.
    """
    try:
        said = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except psycopg.ProgrammingError as error:
        # Its text may quote a password.
        raise ConfigError("the address of the hub's database is none: write postgresql://user@host/database") from error
    return make_conninfo(**(_UNLESS_SAID | said))


def place_of(dsn: str) -> str:
    """Return what of an address may be shown: the database and its hosts."""
    said = conninfo_to_dict(dsn)
    return f"database {said.get('dbname') or said.get('user') or 'of the hub'} at {said.get('host') or 'localhost'}"


def connect(dsn: str) -> Connection:
    """Return one connection.

    Raises:
        StoreError: the server lets nobody in, or is not there.
    """
    try:
        return psycopg.connect(dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise unreachable(error, place_of(dsn)) from error


class Connections:
    """Connections that go from step to step, at most ``size``; each is opened by whoever finds none free.

    A pool with threads of its own hides why there is no connection, and waits longer and longer between tries: after
    a failover that is time in which everything is there again.
    """

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        self._places = BoundedSemaphore(size)
        self._turn = Lock()
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Lend a connection; whatever was begun on it and not ended is undone.

        Raises:
            StoreError: all are lent for too long, the server cannot be reached, or :meth:`close` came before.
        """
        if not self._places.acquire(timeout=WAIT_S):
            raise StoreError(
                f"all connections to the {place_of(self._dsn)} are in use for {WAIT_S:.0f} s; see what the server "
                "waits for (pg_stat_activity), or allow more"
            )
        try:
            connection = self._found() or _opened(self._dsn)
            try:
                yield connection
            finally:
                self._take_back(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        """Let go of all; those that are lent, when they come back."""
        with self._turn:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _found(self) -> Connection | None:
        with self._turn:
            if self._closed:
                raise StoreError("the hub's store is closed; open it again")
            while self._idle:
                connection = self._idle.pop()
                if _is_quiet(connection):
                    return connection
                connection.close()
        return None

    def _take_back(self, connection: Connection) -> None:
        # It may be gone, and with it all that was begun on it.
        with suppress(psycopg.Error):
            connection.rollback()
        with self._turn:
            if not self._closed and connection.info.transaction_status is TransactionStatus.IDLE:
                self._idle.append(connection)
                return
        connection.close()


def _opened(dsn: str) -> Connection:
    connection = connect(dsn)
    try:
        settings = dict(_SETTINGS)
        found = connection.execute("SHOW synchronous_commit").fetchone()
        if found and found[0] in {"off", "local"}:
            # An answer says that it is on disk, and on a standby where there is one.
            settings["synchronous_commit"] = "on"
        if (found := connection.execute(_HAS_LZ4).fetchone()) and found[0]:
            settings["default_toast_compression"] = "lz4"
        names = ", ".join("set_config(%s, %s, false)" for _ in settings)
        connection.execute(f"SELECT {names}".encode(), [each for pair in settings.items() for each in pair])
    except BaseException:
        connection.close()
        raise
    return connection


def _is_quiet(connection: Connection) -> bool:
    """Whether the other end has said nothing: to a connection that nobody uses it only ever says that it goes."""
    spoken = poll()
    spoken.register(connection.fileno(), POLLIN)
    return not spoken.poll(0)
