"""Making a whole replica, a million members at a stream's pace and in flat memory.

Trees that are not in the order of the stream (identifiers, phones) get their rows in large sorted runs: a run passes
once through the tree, where single rows would fetch a page each. Building them at the end would be one sort of
everything, and the SQLite of pysqlite3 sorts in memory whatever it is asked for (``TEMP_STORE=3``): 165 MB at a
million members.
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
from pos_loyalty.store.program_documents import document_of

Progress = Callable[[int], None]
"""Told, now and then, how many members are in."""

_CHUNK = 1_000
_RUN = 100_000
"""Rows sorted at a time: about 13 MB."""

_ADD_MEMBER = t.sql(sa.insert(t.member), in_order=True)
_ADD_NAME = t.sql(sa.insert(t.name_index), in_order=True)
_ADD_IDENTIFIER = t.sql(sa.insert(t.identifier), in_order=True)
_ADD_PHONE = t.sql(sa.insert(t.phone), in_order=True)
_ADD_PRODUCT = t.sql(sa.insert(t.product), in_order=True)
_ADD_PRODUCT_CODE = t.sql(sa.insert(t.product_code), in_order=True)
_ADD_PROGRAM = t.sql(sa.insert(t.program), in_order=True)
_ADD_VOUCHER = t.sql(sa.insert(t.voucher), in_order=True)
_ADD_CONTENTS = t.sql(sa.insert(t.contents), in_order=True)

_encode = msgspec.json.Encoder().encode


def replace_replica(place: Path, contents: ReplicaContents, progress: Progress | None = None) -> int:
    """Make a replica of ``contents`` and give it the name ``place``; return the number of members.

    Whatever goes wrong, the file at ``place`` is the old one, whole, or the new one, whole.

    Raises:
        InvariantBroken: two documents of one member, product, program version or voucher.
        sqlite3.Error: the disk said no.
    """
    made = place.with_name(place.name + ".new")
    try:
        discard(made)
        count = _make(made, contents, progress)
        put_in_place(made, place)
    finally:
        discard(made)
    return count


def _make(made: Path, contents: ReplicaContents, progress: Progress | None) -> int:
    # A crash leaves a file without its name, so nothing need be undone or synced on the way.
    reckless = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -16384")
    with contextlib.closing(connect(made, *reckless, flags="mode=rwc")) as connection:
        create(connection, "replica")
        connection.execute("BEGIN")
        try:
            count = _add_members(connection, contents.members, progress)
            _add_catalogue(connection, contents)
        except dbapi.IntegrityError as error:
            raise InvariantBroken(f"what came for the replica contradicts itself: {error}") from error
        connection.execute(_ADD_CONTENTS, (1, count, _encode(contents.applied)))
        connection.execute("COMMIT")
    return count


def _add_members(connection: dbapi.Connection, members: Iterable[Member], progress: Progress | None) -> int:
    count = 0
    identifiers, phones = _Run(connection, _ADD_IDENTIFIER), _Run(connection, _ADD_PHONE)
    for chunk in _chunks(members):
        rows = list(enumerate(chunk, count + 1))
        keys = [(row, keys_of(member)) for row, member in rows]
        connection.executemany(_ADD_MEMBER, [(row, member.member_id, _encode(member)) for row, member in rows])
        connection.executemany(_ADD_NAME, [(row, " ".join(sorted(key.words))) for row, key in keys])
        identifiers.add({(i.value, row) for row, member in rows for i in member.identifiers})
        phones.add({(form, row) for row, key in keys for phone in key.phones for form in phone_forms(phone)})
        count += len(chunk)
        if progress:
            progress(count)
    identifiers.flush()
    phones.flush()
    return count


class _Run:
    """Rows of one tree that wait until they are worth a pass through it."""

    def __init__(self, connection: dbapi.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self._rows: list[tuple[str, int]] = []

    def add(self, rows: set[tuple[str, int]]) -> None:
        self._rows += rows
        if len(self._rows) >= _RUN:
            self.flush()

    def flush(self) -> None:
        self._rows.sort()
        self._connection.executemany(self._statement, self._rows)
        self._rows.clear()


def _chunks(members: Iterable[Member]) -> Iterator[list[Member]]:
    stream = iter(members)
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk


def _add_catalogue(connection: dbapi.Connection, contents: ReplicaContents) -> None:
    products, programs = contents.products, contents.programs
    connection.executemany(_ADD_PRODUCT, [(product.product_id, _encode(product)) for product in products])
    codes = {(code, product.product_id) for product in products for code in product.codes}
    connection.executemany(_ADD_PRODUCT_CODE, sorted(codes))
    connection.executemany(_ADD_PROGRAM, [(p.program_id, p.version, document_of(p)) for p in programs])
    connection.executemany(_ADD_VOUCHER, [(voucher.code, _encode(voucher)) for voucher in contents.vouchers])
