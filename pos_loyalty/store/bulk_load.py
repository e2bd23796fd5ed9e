"""Making a whole replica, a million members at a stream's pace and in flat memory.

Everything is written to a new file: documents as they come, identifiers and phones to a scratch file first, so that
their trees are built in order (random inserts into a tree larger than the cache would read a page for each row).
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
import sqlalchemy as sa

from pos_loyalty.core.members import Member
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.store import tables as t
from pos_loyalty.store.connections import connect, create
from pos_loyalty.store.folder import discard, put_in_place
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.name_search import keys_of, phone_forms

Progress = Callable[[int], None]
"""Told, now and then, how many members are in."""

_CHUNK = 1_000
_ADD_MEMBER = t.sql(sa.insert(t.member))
_ADD_NAME = t.sql(sa.insert(t.name_index).values(rowid=sa.bindparam("row"), words=sa.bindparam("words")))
_ADD_CONTENTS = t.sql(sa.insert(t.contents).values(one=sa.literal_column("1"), members=sa.bindparam("members")))
_ADD_PRODUCT = t.sql(sa.insert(t.product))
_ADD_PRODUCT_CODE = t.sql(sa.insert(t.product_code))
_ADD_PROGRAM = t.sql(sa.insert(t.program))

_encode = msgspec.json.Encoder().encode


def replace_replica(place: Path, contents: ReplicaContents, progress: Progress | None = None) -> int:
    """Make a replica of ``contents`` and give it the name ``place``; return the number of members.

    Whatever goes wrong, the file at ``place`` is the old one, whole, or the new one, whole.

    Raises:
        InvariantBroken: two documents of one member, product or program version.
        sqlite3.Error: the disk said no.
    """
    made = place.with_name(place.name + ".new")
    scratch = place.with_name(place.name + ".scratch")
    try:
        discard(made)
        discard(scratch)
        count = _make(made, scratch, contents, progress)
        put_in_place(made, place)
    finally:
        discard(made)
        discard(scratch)
    return count


def _make(made: Path, scratch: Path, contents: ReplicaContents, progress: Progress | None) -> int:
    # A crash leaves a file without its name, so nothing need be undone or synced on the way.
    reckless = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -16384")
    with contextlib.closing(connect(made, *reckless, flags="mode=rwc")) as connection:
        create(connection, "replica")
        connection.execute("ATTACH ? AS scratch", (str(scratch),))
        connection.execute("PRAGMA scratch.journal_mode = OFF")
        connection.execute("PRAGMA scratch.synchronous = OFF")
        try:
            return _fill(connection, contents, progress)
        except dbapi.IntegrityError as error:
            raise InvariantBroken(f"what came for the replica contradicts itself: {error}") from error


def _fill(connection: dbapi.Connection, contents: ReplicaContents, progress: Progress | None) -> int:
    later = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in later:
        connection.execute(f"DROP INDEX {name}")
    for table in ("identifier", "phone"):
        connection.execute(f"CREATE TABLE scratch.{table} (code TEXT, member_row INTEGER)")
    count = 0
    for chunk in _chunks(contents.members):
        _add_members(connection, chunk, count)
        count += len(chunk)
        if progress:
            progress(count)
    for table in ("identifier", "phone"):
        connection.execute(f"INSERT INTO main.{table} SELECT DISTINCT * FROM scratch.{table} ORDER BY 1, 2")  # noqa: S608 - two literal names
    for _, text in later:
        connection.execute(text)
    connection.execute(_ADD_CONTENTS, {"members": count})
    _add_catalogue(connection, contents)
    connection.execute("COMMIT")
    return count


def _chunks(members: Iterable[Member]) -> Iterator[list[Member]]:
    stream = iter(members)
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk


def _add_members(connection: dbapi.Connection, chunk: list[Member], already: int) -> None:
    rows = list(enumerate(chunk, already + 1))
    connection.executemany(
        _ADD_MEMBER, [{"row": row, "member_id": m.member_id, "document": _encode(m)} for row, m in rows]
    )
    connection.executemany(
        "INSERT INTO scratch.identifier VALUES (?, ?)", [(i.value, row) for row, m in rows for i in m.identifiers]
    )
    keys = [(row, keys_of(member)) for row, member in rows]
    connection.executemany(_ADD_NAME, [{"row": row, "words": " ".join(sorted(key.words))} for row, key in keys])
    connection.executemany(
        "INSERT INTO scratch.phone VALUES (?, ?)",
        [(form, row) for row, key in keys for phone in key.phones for form in phone_forms(phone)],
    )


def _add_catalogue(connection: dbapi.Connection, contents: ReplicaContents) -> None:
    connection.executemany(
        _ADD_PRODUCT, [{"product_id": p.product_id, "document": _encode(p)} for p in contents.products]
    )
    codes = {(code, product.product_id) for product in contents.products for code in product.codes}
    connection.executemany(_ADD_PRODUCT_CODE, [{"code": code, "product_id": name} for code, name in sorted(codes)])
    connection.executemany(
        _ADD_PROGRAM,
        [{"program_id": p.program_id, "version": p.version, "document": _encode(p)} for p in contents.programs],
    )
