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

from pos_loyalty.core.feed import Row, RowKind, row_digest
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import ProgramDocument, ReplicaContents
from pos_loyalty.store import tables as t
from pos_loyalty.store.connections import connect, create
from pos_loyalty.store.found_by import codes_from, kept, member_keys, product_codes
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.places import SUMS, Places
from pos_loyalty.store.program_documents import document_of
from pos_loyalty.store.replica_rows import NO_PARTITION

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
_ADD_CONTENTS = t.sql(sa.insert(t.contents), in_order=True)
_ADD_PLAIN = {
    RowKind.VOUCHER: t.sql(sa.insert(t.voucher), in_order=True),
    RowKind.USAGE: t.sql(sa.insert(t.usage), in_order=True),
    RowKind.PROGRAM: t.sql(sa.insert(t.program), in_order=True),
}

_encode = msgspec.json.Encoder().encode


class Tally(msgspec.Struct):
    """What the rows of each partition came to."""

    members: int = 0
    checksums: dict[int, int] = {}
    highest: dict[int, int] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Count rows that came down the feed."""
        for row in rows:
            if row.partition != NO_PARTITION:
                digest = row_digest(row.kind, row.key, row.number)
                self.checksums[row.partition] = (self.checksums.get(row.partition, 0) + digest) % SUMS
                self.highest[row.partition] = max(row.number, self.highest.get(row.partition, 0))


def make_replica(
    made: Path, rows: Iterable[Row], settle: Callable[[Tally], Places], progress: Progress | None = None
) -> int:
    """Make a replica of ``rows`` at ``made``, at the places that ``settle`` finds; return the number of members.

    It is not on disk before its caller syncs it, and whatever goes wrong leaves a file that is of no use.

    Raises:
        InvariantBroken: two rows of one kind and key.
        sqlite3.Error: the disk said no.
    """
    # A crash leaves a file without its name, so nothing need be undone or synced on the way.
    reckless = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -16384")
    with contextlib.closing(connect(made, *reckless, flags="mode=rwc")) as connection:
        create(connection, "replica")
        connection.execute("BEGIN")
        filler = _Filler(connection)
        try:
            for chunk in _chunks(rows):
                filler.add(chunk)
                if progress and any(row.kind is RowKind.MEMBER for row in chunk):
                    progress(filler.tally.members)
            filler.finish()
        except dbapi.IntegrityError as error:
            raise InvariantBroken(f"what came for the replica contradicts itself: {error}") from error
        places = settle(filler.tally)
        places.members = filler.tally.members
        connection.execute(_ADD_CONTENTS, (1, places.members, places.epoch, places.fresh_ms))
        places.write(connection, {})
        connection.execute("COMMIT")
        # It is read beside its writer from its first moment on.
        connection.execute("PRAGMA locking_mode = NORMAL")
        connection.execute("PRAGMA journal_mode = WAL")
    return places.members


def rows_of_contents(contents: ReplicaContents) -> Iterator[Row]:
    """Yield what came in a load as rows, which are of no feed; members first, as their stream brings them."""
    for member in contents.members:
        yield _of_no_feed(RowKind.MEMBER, member.member_id, _encode(member))
    for product in contents.products:
        yield _of_no_feed(RowKind.PRODUCT, product.product_id, _encode(product))
    for program in contents.programs:
        key = f"{program.program_id}@{program.version}"
        document = program.document if isinstance(program, ProgramDocument) else document_of(program)
        yield _of_no_feed(RowKind.PROGRAM, key, document)
    for voucher in contents.vouchers:
        row = VoucherRow(**msgspec.structs.asdict(voucher), applied=contents.applied)
        yield _of_no_feed(RowKind.VOUCHER, voucher.code, _encode(row))


def _of_no_feed(kind: RowKind, key: str, document: bytes) -> Row:
    return Row(kind=kind, key=key, partition=NO_PARTITION, number=0, document=msgspec.Raw(document))


class _Filler:
    """Puts rows into the empty tables of a replica."""

    def __init__(self, connection: dbapi.Connection) -> None:
        self.tally = Tally()
        self._connection = connection
        self._identifiers, self._phones = _Run(connection, _ADD_IDENTIFIER), _Run(connection, _ADD_PHONE)

    def add(self, chunk: list[Row]) -> None:
        by_kind: dict[RowKind, list[tuple[Row, bytes]]] = {}
        for row in chunk:
            if row.document is not None:
                by_kind.setdefault(row.kind, []).append((row, bytes(row.document)))
        for kind, there in by_kind.items():
            self.tally.add(row for row, _ in there)
            match kind:
                case RowKind.MEMBER:
                    self._add_members(there)
                case RowKind.PRODUCT:
                    self._add_products(there)
                case _:
                    rows = [(row.key, document, row.partition, row.number, 0) for row, document in there]
                    self._connection.executemany(_ADD_PLAIN[kind], rows)

    def finish(self) -> None:
        self._identifiers.flush()
        self._phones.flush()

    def _add_members(self, there: list[tuple[Row, bytes]]) -> None:
        first = self.tally.members + 1
        keys = [(number, member_keys(document)) for number, (_, document) in enumerate(there, first)]
        rows = [
            (number, row.key, document, row.partition, row.number, 0, kept(key))
            for (row, document), (number, key) in zip(there, keys, strict=True)
        ]
        self._connection.executemany(_ADD_MEMBER, rows)
        self._connection.executemany(_ADD_NAME, [(number, key.words) for number, key in keys])
        self._identifiers.add((code, number) for number, key in keys for code in key.codes)
        self._phones.add((form, number) for number, key in keys for form in key.phones)
        self.tally.members += len(rows)

    def _add_products(self, there: list[tuple[Row, bytes]]) -> None:
        rows = [(row.key, doc, row.partition, row.number, 0, product_codes(doc)) for row, doc in there]
        self._connection.executemany(_ADD_PRODUCT, rows)
        codes = sorted((code, row[0]) for row in rows for code in codes_from(row[5]))
        self._connection.executemany(_ADD_PRODUCT_CODE, codes)


class _Run:
    """Rows of one tree that wait until they are worth a pass through it."""

    def __init__(self, connection: dbapi.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self._rows: list[tuple[str, int]] = []

    def add(self, rows: Iterable[tuple[str, int]]) -> None:
        self._rows += rows
        if len(self._rows) >= _RUN:
            self.flush()

    def flush(self) -> None:
        self._rows.sort()
        self._connection.executemany(self._statement, self._rows)
        self._rows.clear()


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    stream = iter(rows)
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk
