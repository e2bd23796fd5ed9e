"""Held connections with the settings that durability and speed rest on, and the schema steps."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from pos_loyalty.errors import StoreError, StoreTooNew
from pos_loyalty.store.faults import damaged, from_sqlite
from pos_loyalty.store.linked_sqlite import dbapi

BUSY_TIMEOUT_MS = 2_000
"""How long a foreign program may hold the file before the cashier is told."""
WAL_BYTES_MAX = 4 << 20
"""Beyond this the WAL is brought into the journal between two commits; SQLite then starts it again from its head."""

_ALWAYS = (f"busy_timeout = {BUSY_TIMEOUT_MS}", "foreign_keys = ON", "mmap_size = 0", "cache_size = -8192")
_APPLICATION_ID = {"journal": 0x504F534A, "replica": 0x504F5352}


def connect(path: Path, *pragmas: str, flags: str = "mode=rw") -> dbapi.Connection:
    """Open ``path`` in autocommit mode: every transaction is begun and ended by its own statement.

    ``flags`` are the query of an SQLite URI. Memory-mapped reading stays off: a bad sector under a map is a signal
    that kills the process, under ``read`` it is an error that can be told; and a map counts as memory in use.
    """
    connection = dbapi.connect(
        f"{path.absolute().as_uri()}?{flags}", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (*_ALWAYS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except dbapi.Error:
        connection.close()
        raise
    return connection


def connect_writer(path: Path) -> dbapi.Connection:
    """Open the one connection that writes and checkpoints the journal.

    The caller checkpoints itself, so that no commit ever waits for one; the WAL file is cut back when it restarts.
    """
    limit = f"journal_size_limit = {WAL_BYTES_MAX}"
    return connect(path, "journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0", limit)


def connect_replica_writer(path: Path) -> dbapi.Connection:
    """Open the one connection that writes and checkpoints the replica.

    With ``NORMAL`` a power cut may take the last pages of the feed back, rows and cursor together, and they come
    again; no page costs a sync. The cache is the larger one of a bulk load: indexes are written at random places.
    """
    limit = f"journal_size_limit = {WAL_BYTES_MAX}"
    wal = ("journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 0", limit)
    return connect(path, *wal, "cache_size = -16384")


def connect_reader(path: Path) -> dbapi.Connection:
    """Open a connection that reads beside the writer of a file, and can do nothing else."""
    return connect(path, "query_only = ON", "wal_autocheckpoint = 0")


def connect_frozen(path: Path) -> dbapi.Connection:
    """Open a file that nobody writes: no lock is taken, and nothing is made beside it."""
    return connect(path, flags="mode=ro&immutable=1")


def create(connection: dbapi.Connection, kind: str) -> None:
    """Make the tables of a new database of ``kind``: ``journal`` or ``replica``."""
    _run(connection, kind, 0)


def migrate(connection: dbapi.Connection, kind: str, path: Path) -> None:
    """Bring a database of ``kind`` to this program's schema, all steps or none.

    Raises:
        StoreTooNew: a newer program has been here.
        StoreDamaged: it is a database, but not one of ours.
    """
    version = schema_of(connection, kind, path)
    known = len(schema_steps(kind))
    if version > known:
        raise StoreTooNew(
            f"{path} has schema {version}, this program knows {known}; "
            "install the version of the program that wrote it, or a newer one"
        )
    if version < known:
        _run(connection, kind, version)


def schema_of(connection: dbapi.Connection, kind: str, path: Path) -> int:
    """Return the schema's version of a database of ``kind``.

    Raises:
        StoreDamaged: it is a database, but not one of ours.
    """
    version = _pragma(connection, "user_version")
    if _pragma(connection, "application_id") != _APPLICATION_ID[kind] or version < 1:
        raise damaged(path, f"a database of another program, not a {kind}")
    return version


@cache
def schema_steps(kind: str) -> tuple[str, ...]:
    """Return the SQL of every schema step of ``kind``; the first makes version 1."""
    folder = files("pos_loyalty.store") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{kind}_"))
    return tuple((folder / name).read_text(encoding="utf-8") for name in names)


def check(connection: dbapi.Connection, path: Path) -> StoreError | None:
    """Run SQLite's quick check and return what is wrong, if anything."""
    try:
        finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except dbapi.Error as error:
        return from_sqlite(error, path)
    return None if finding == "ok" else damaged(path, finding)


def _run(connection: dbapi.Connection, kind: str, version: int) -> None:
    steps = schema_steps(kind)
    script = "".join(steps[version:])
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {len(steps)};\nCOMMIT;")
    except dbapi.Error:
        connection.rollback()
        raise


def _pragma(connection: dbapi.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
