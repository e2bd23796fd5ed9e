"""Opening what is in the folder, or refusing it with a reason; making what is not there yet.

The journal is precious: it is made under another name, so a file called ``journal.db`` was once whole, and one that
is not whole any more is never replaced. The replica is a copy: a damaged one is put aside.
"""

import contextlib
from pathlib import Path

import msgspec

from pos_loyalty.errors import StoreDamaged
from pos_loyalty.ports import Clock, Ids
from pos_loyalty.store.bulk_load import make_replica
from pos_loyalty.store.connections import check, connect, connect_replica_writer, connect_writer, create, migrate
from pos_loyalty.store.faults import UNREADABLE, damaged, from_sqlite
from pos_loyalty.store.folder import discard, put_in_place, sidecars
from pos_loyalty.store.journal import add_terminal
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.places import Places, read_places
from pos_loyalty.store.replica import ReplicaReader

_CHECK_AT_OPEN_BYTES_MAX = 16 << 20
"""A journal up to this size is checked before anything is promised (about 40 ms); a larger one beside the work."""

_MAGIC = b"SQLite format 3\x00"
_PAGE_SIZE_AT = 16
"""Two bytes of the header (https://sqlite.org/fileformat.html §1.2)."""


def open_journal(path: Path, ids: Ids) -> dbapi.Connection:
    """Return the writing connection to a sound journal of today's schema.

    Raises:
        StoreDamaged: it is not a database, is truncated or contradicts itself.
        StoreTooNew: a newer program wrote it.
        StoreReadOnly: it cannot be written.
        StoreLocked: another program is writing it.
    """
    if not path.exists():
        _make_journal(path, ids())
    refuse_what_is_no_database(path)
    try:
        return _sound(connect_writer(path), path)
    except dbapi.Error as error:
        raise from_sqlite(error, path) from error


def open_replica(path: Path, clock: Clock) -> bool:
    """Leave a replica of today's schema at its place; return whether a damaged one had to be put aside.

    Raises:
        StoreTooNew: a newer program wrote it.
    """
    reset = False
    if path.exists():
        try:
            _bring_up_to_date(path)
        except StoreDamaged:
            put_aside(path, clock)
            reset = True
    if not path.exists():
        for sidecar in sidecars(path):
            # One that was left behind would be read as the WAL of the new file.
            sidecar.unlink(missing_ok=True)
        _make_replica(path)
    return reset


def is_checked_at_open(path: Path) -> bool:
    """Whether the journal is small enough to be checked before anything is promised."""
    return path.stat().st_size <= _CHECK_AT_OPEN_BYTES_MAX


def put_aside(path: Path, clock: Clock) -> Path:
    """Rename a damaged replica, for whoever wants to know why; return its new name."""
    aside = path.with_name(f"{path.name}.damaged-{clock.now():%Y%m%dT%H%M%SZ}")
    path.replace(aside)
    for sidecar in sidecars(path):
        sidecar.unlink(missing_ok=True)
    return aside


def _sound(connection: dbapi.Connection, path: Path) -> dbapi.Connection:
    try:
        migrate(connection, "journal", path)
        # Only a write tells whether a file can be written: on a read-only one even BEGIN IMMEDIATE succeeds.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE terminal SET session = session")
        connection.execute("ROLLBACK")
        finding = check(connection, path) if is_checked_at_open(path) else None
    except BaseException:
        connection.close()
        raise
    if finding is not None:
        connection.close()
        raise finding
    return connection


def _make_journal(path: Path, terminal_id: str) -> None:
    if any(sidecar.exists() for sidecar in sidecars(path)):
        raise damaged(path, "its WAL is here, but the file itself is gone")
    made = path.with_name(path.name + ".new")
    discard(made)
    with contextlib.closing(connect(made, flags="mode=rwc")) as connection:
        create(connection, "journal")
        add_terminal(connection, terminal_id)
    put_in_place(made, path)


def _make_replica(path: Path) -> None:
    made = path.with_name(path.name + ".new")
    try:
        discard(made)
        make_replica(made, (), lambda _: Places())
        put_in_place(made, path)
    finally:
        discard(made)


def refuse_what_is_no_database(path: Path) -> None:
    """Refuse a file that SQLite would take for an empty database, or mend by zeros.

    Raises:
        StoreDamaged: it has no header of SQLite, or ends within a page.
    """
    # SQLite takes an empty file for a new database, which would be a journal recreated without a word, and reads
    # what is missing of the last page as zeros. Only a checkpoint that was cut off may leave part of a page: its WAL
    # is still there then, and mends it.
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(_PAGE_SIZE_AT + 2)
    if not header.startswith(_MAGIC):
        raise damaged(path, f"{size} bytes that are not an SQLite database")
    page = int.from_bytes(header[_PAGE_SIZE_AT:])
    wal = sidecars(path)[0]
    if page and size % page and not (wal.exists() and wal.stat().st_size):
        raise damaged(path, f"{size} bytes are not whole pages of {page}")


def _bring_up_to_date(path: Path) -> None:
    refuse_what_is_no_database(path)
    try:
        with contextlib.closing(connect_replica_writer(path)) as connection:
            migrate(connection, "replica", path)
            read_places(connection)
        with contextlib.closing(ReplicaReader(path)) as reader:
            _ = reader.members, reader.programs
    except dbapi.DatabaseError as error:
        raise from_sqlite(error, path) from error
    except msgspec.DecodeError as error:
        raise damaged(path, UNREADABLE) from error
