"""Connections to the server, with the settings that durability and speed rest on."""

from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from pos_loyalty.errors import ConfigError
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
        connection = psycopg.connect(dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise unreachable(error, place_of(dsn)) from error
    return connection


def pool_of(dsn: str, size: int) -> "ConnectionPool[Connection]":
    """Return a pool that opens connections as they are needed, up to ``size``."""
    return ConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        kwargs={"autocommit": True},
        configure=_configure,
        check=_check,
        timeout=WAIT_S,
        name="hub",
        open=True,
    )


def _configure(connection: Connection) -> None:
    settings = dict(_SETTINGS)
    found = connection.execute("SHOW synchronous_commit").fetchone()
    if found and found[0] in {"off", "local"}:
        # An answer says that it is on disk, and on a standby where there is one.
        settings["synchronous_commit"] = "on"
    names = ", ".join("set_config(%s, %s, false)" for _ in settings)
    connection.execute(f"SELECT {names}".encode(), [each for pair in settings.items() for each in pair])


def _check(connection: Connection) -> None:
    """Refuse a connection whose other end has gone, without asking it: that would cost a round trip for each step."""
    connection.pgconn.consume_input()
    if connection.broken:
        raise psycopg.OperationalError("the connection was lost while nobody used it")
