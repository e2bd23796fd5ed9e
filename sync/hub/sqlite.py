"""The hub's store on SQLite: the embedded hub of a single shop, and the demo.

One connection writes, under ``BEGIN IMMEDIATE``; so a step has the whole file to itself, and locks of partitions come
with it. Another reads, each time one snapshot, without waiting for the first.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from threading import Lock

import msgspec

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.errors import InvariantBroken, StoreError, StoreTooNew
from sync.hub import columns as c
from sync.hub import statements as q
from sync.hub.kept import (
    BookKey,
    Counter,
    Counters,
    Epoch,
    Found,
    Logged,
    Loss,
    Membership,
    Memo,
    MemoKey,
    Name,
    Place,
    Posted,
    PutAside,
    Record,
    RecordKey,
    RecordKind,
    RowKey,
    ScopePart,
    Terminal,
)
from sync.hub.reach import partition_of_row
from sync.hub.scopes import SHARED
from sync.hub.tables import SCHEMA, schema

Connect = Callable[[], sqlite3.Connection]
"""Opens the file in autocommit mode, with ``journal_mode = WAL`` and ``synchronous = FULL``, for any thread, or raises
``StoreError``."""
Explain = Callable[[sqlite3.Error], StoreError]
"""What an error of the database is in our words."""


_NOTHING: c.Columns = {}
_CACHE_KIB = 32 << 10
"""Of pages, for the writer: keys come in no order, and what is not here is read again."""
_WAL_PAGES = 4_000
"""16 MiB. A batch of a thousand sales writes four, most of them pages that the next one writes again: they are brought
into the file once for both."""


class SqliteHubStore:
    """A :class:`~sync.hub.hub_store.HubStore` over one file; several processes may have one over the same file.

    Raises:
        StoreTooNew: a newer program wrote the file.
        StoreError: it cannot be opened; which one, ``explain`` says.
    """

    def __init__(self, connect: Connect, explain: Explain) -> None:
        self._explain = explain
        self._writing, self._reading = Lock(), Lock()
        with ExitStack() as opened:
            self._writer = opened.enter_context(closing(connect()))
            self._reader = opened.enter_context(closing(connect()))
            with self._told():
                _bring_up_to_date(self._writer)
                self._writer.execute("PRAGMA secure_delete = ON")
                self._writer.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                self._writer.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
                self._reader.execute("PRAGMA query_only = ON")
            opened.pop_all()

    @contextmanager
    def transaction(self) -> "Iterator[_SqliteTransaction]":
        """Begin a step; leaving without a commit undoes it."""
        with self._writing, self._told():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteTransaction(self._writer)
            finally:
                _undo(self._writer)

    @contextmanager
    def reading(self) -> "Iterator[_SqliteReading]":
        """Begin to read, all from one moment, without keeping anybody waiting."""
        with self._reading, self._told():
            self._reader.execute("BEGIN")
            try:
                yield _SqliteReading(self._reader)
            finally:
                _undo(self._reader)

    def scrub(self) -> None:
        """Write the log of the file into it and cut it off; what was deleted there is zero already."""
        with self._reading, self._writing, self._told():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of the file."""
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._writer.IntegrityError as error:
            raise InvariantBroken("a step of the hub wrote what it had not looked for; nothing was kept") from error
        except self._writer.Error as error:
            raise self._explain(error) from error


class _SqliteReading:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def epochs(self) -> tuple[Epoch, ...]:
        return tuple(c.epoch_of(*each) for each in self._all(q.EPOCHS))

    def counters(self) -> dict[int, Counter]:
        return {partition: c.counter_of(*counter) for partition, *counter in self._all(q.COUNTERS)}

    def terminal(self, terminal_id: str) -> Terminal | None:
        found = self._all(q.TERMINAL, {"terminal_id": terminal_id})
        return c.terminal_of(*found[0]) if found else None

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        # One statement for all would read and sort every row that is left: with 200,000 a page takes 300 ms, not 3.
        found: list[c.Values] = []
        for partition, above in sorted(numbers.items()):
            wanted = {"partition": partition, "above": above, "limit": limit - len(found)}
            found += self._all(q.ROWS_ABOVE, wanted)
            if len(found) == limit:
                break
        return [c.row_of(each) for each in found]

    def rows_of(self, kind: RowKind) -> list[Row]:
        return [c.row_of(each) for each in self._all(q.ROWS_OF, {"kind": kind})]

    def named(self, code: str) -> list[Row]:
        return [c.row_of(each) for each in self._all(q.NAMED, {"code": code})]

    def scopes(self) -> list[str]:
        return [scope for (scope,) in self._all(q.SCOPES)]

    def scope_sums(self, scopes: Collection[str], partitions: Collection[int]) -> dict[ScopePart, int]:
        found = (each for scope in scopes for each in self._all(q.SCOPE_SUMS, {"scope": scope}))
        return dict(c.scope_sum_of(*each) for each in found if each[1] in partitions)

    def scope_rows_above(self, scope: str, numbers: Mapping[int, int], limit: int) -> list[Row]:
        found: list[c.Values] = []
        for partition, above in sorted(numbers.items()):
            wanted = {"scope": scope, "shared": SHARED, "partition": partition, "above": above}
            found += self._all(q.SCOPE_ROWS_ABOVE, {**wanted, "limit": limit - len(found)})
            if len(found) == limit:
                break
        return [c.row_of(each) for each in found]

    def memberships(self, keys: Collection[RowKey]) -> list[Membership]:
        wanted = ({"partition": partition_of_row(key), **key._asdict()} for key in keys)
        return [c.membership_of(each) for key in wanted for each in self._all(q.MEMBERSHIPS, key)]

    def memberships_due(self, kind: RowKind, partition: int, day: int, limit: int) -> list[Membership]:
        wanted = {"kind": kind, "partition": partition, "day": day, "limit": limit}
        return [c.membership_of(each) for each in self._all(q.MEMBERSHIPS_DUE, wanted)]

    def places(self) -> Iterator[Place]:
        return (Place(*each) for each in self._connection.execute(q.PLACES))

    def log(self) -> Iterator[Logged]:
        return (c.logged_of(each) for each in self._connection.execute(q.LOG))

    def log_above(self, partition: int, above: int, limit: int) -> list[Logged]:
        wanted = {"partition": partition, "above": above, "limit": limit}
        return [c.logged_of(each) for each in self._all(q.LOG_ABOVE, wanted)]

    def books(self) -> Iterator[BookKey]:
        return (BookKey(*each) for each in self._connection.execute(q.BOOKS))

    def books_of(self, member_id: str) -> list[BookKey]:
        return [BookKey(*each) for each in self._all(q.BOOKS_OF, {"member_id": member_id})]

    def due(self, kind: RecordKind, day: int, after: BookKey | None, limit: int) -> list[BookKey]:
        behind = after or BookKey("", "")
        return [
            BookKey(*each) for each in self._all(q.DUE, {**behind._asdict(), "kind": kind, "day": day, "limit": limit})
        ]

    def records_of(self, book: BookKey) -> list[Record]:
        return self._records(q.RECORDS_OF, book._asdict())

    def postings_of(self, book: BookKey) -> list[Posted]:
        return [c.posted_of(book, *each) for each in self._all(q.POSTINGS_OF, book._asdict())]

    def quarantine(self) -> list[PutAside]:
        return [c.aside_of(each) for each in self._all(q.QUARANTINE)]

    def losses(self) -> list[Loss]:
        return [c.loss_of(each) for each in self._all(q.LOSSES)]

    def memo(self, key: MemoKey) -> Memo | None:
        found = self._all(q.MEMO, key._asdict())
        return Memo(*found[0]) if found else None

    def memos(self, kind: str) -> list[Memo]:
        return [Memo(*each) for each in self._all(q.MEMOS, {"kind": kind})]

    def terminals(self) -> list[Terminal]:
        return [c.terminal_of(*each) for each in self._all(q.TERMINALS)]

    def _all(self, statement: str, params: c.Columns = _NOTHING) -> list[c.Values]:
        return self._cursor.execute(statement, params).fetchall()

    def _records(self, statement: str, params: c.Columns) -> list[Record]:
        return [c.record_of(each) for each in self._all(statement, params)]


class _SqliteTransaction(_SqliteReading):
    def own(self, terminal_id: str) -> Terminal | None:
        return self.terminal(terminal_id)

    def lock(self, partitions: Sequence[int]) -> dict[int, Counter]:
        counters = self.counters()
        return {partition: counters.get(partition, Counter()) for partition in partitions}

    def found(self, event_ids: Collection[str]) -> dict[str, Found]:
        return {event_id: Found(*found) for event_id, *found in self._all(q.FOUND, {"wanted": _json(event_ids)})}

    def aside(self, brought_by: str, event_ids: Collection[str]) -> dict[str, dict[bytes, QuarantineCode]]:
        found: dict[str, dict[bytes, QuarantineCode]] = {}
        for event_id, digest, code in self._all(q.ASIDE, {"brought_by": brought_by, "wanted": _json(event_ids)}):
            found.setdefault(event_id, {})[digest] = QuarantineCode(code)
        return found

    def holders(self, terminal_id: str, seqs: Collection[int]) -> dict[int, str]:
        return dict(self._all(q.HOLDERS, {"terminal_id": terminal_id, "wanted": _json(seqs)}))

    def rows(self, keys: Collection[RowKey]) -> dict[RowKey, Row]:
        rows = map(c.row_of, self._all(q.ROWS, {"wanted": _json(keys)}))
        return {RowKey(row.kind, row.key): row for row in rows}

    def open_records(self, books: Collection[BookKey], *, lots: bool = True) -> list[Record]:
        return self._records(q.OPEN_RECORDS if lots else q.OPEN_BESIDE_LOTS, {"wanted": _json(books)})

    def named_records(self, keys: Collection[RecordKey]) -> list[Record]:
        names = [(*key.book, key.kind, key.record_id) for key in keys]
        return self._records(q.NAMED_RECORDS, {"wanted": _json(names)})

    def caused_records(self, keys: Collection[RecordKey]) -> list[Record]:
        return [each for key in keys for each in self._records(q.CAUSED_RECORDS, c.caused(key))]

    def append(self, events: Iterable[Logged]) -> None:
        self._cursor.executemany(q.ADD_EVENT, map(c.event_columns, events))

    def take_places(self, places: Iterable[Place]) -> None:
        self._cursor.executemany(q.ADD_PLACE, (place._asdict() for place in places))

    def put_counters(self, counters: Counters) -> None:
        self._cursor.executemany(q.PUT_COUNTER, (c.counter_columns(*each) for each in counters.items()))

    def put_rows(self, rows: Iterable[Row]) -> None:
        self._cursor.executemany(q.PUT_ROW, map(c.row_columns, rows))

    def put_memberships(self, memberships: Iterable[Membership]) -> None:
        self._cursor.executemany(q.PUT_MEMBERSHIP, map(c.membership_columns, memberships))

    def put_scope_sums(self, sums: Mapping[ScopePart, int]) -> None:
        self._cursor.executemany(q.PUT_SCOPE_SUM, (c.scope_sum_columns(*each) for each in sums.items()))

    def drop_scope(self, scope: str) -> None:
        self._cursor.execute(q.DROP_SCOPE_SUMS, {"scope": scope})
        self._cursor.execute(q.DROP_SCOPE_ROWS, {"scope": scope})

    def put_names(self, names: Iterable[Name]) -> None:
        self._cursor.executemany(q.ADD_NAME, (name._asdict() for name in names))

    def drop_names(self, names: Iterable[Name]) -> None:
        self._cursor.executemany(q.DROP_NAME, (name._asdict() for name in names))

    def put_records(self, records: Iterable[Record]) -> None:
        self._cursor.executemany(q.PUT_RECORD, map(c.record_columns, records))

    def move_book(self, source: BookKey, target: BookKey) -> None:
        moved = {**source._asdict(), "to_member": target.member_id, "to_unit": target.unit}
        self._cursor.execute(q.MOVE_RECORDS, moved)
        self._cursor.execute(q.MOVE_TRANSFERS, moved)

    def redact(self, events: Iterable[Event]) -> None:
        redacted = [{"of_event_id": event.event_id, "envelope": envelopes.encode(event)} for event in events]
        self._cursor.executemany(q.REDACT, redacted)

    def redact_aside(self, events: Iterable[PutAside]) -> None:
        self._cursor.executemany(q.REDACT_ASIDE, map(c.redacted_columns, events))

    def post(self, transfers: Iterable[Posted]) -> None:
        self._cursor.executemany(q.ADD_TRANSFER, map(c.posted_columns, transfers))

    def put_aside(self, events: Iterable[PutAside]) -> None:
        self._cursor.executemany(q.ADD_ASIDE, map(c.aside_columns, events))

    def lose(self, losses: Iterable[Loss]) -> None:
        self._cursor.executemany(q.ADD_LOSS, (loss._asdict() for loss in losses))

    def put_terminal(self, terminal: Terminal) -> None:
        self._cursor.execute(q.PUT_TERMINAL, c.terminal_columns(terminal))

    def own_memo(self, key: MemoKey) -> Memo | None:
        return self.memo(key)

    def put_memos(self, memos: Iterable[Memo]) -> None:
        self._cursor.executemany(q.PUT_MEMO, (memo._asdict() for memo in memos))

    def drop_memos(self, keys: Iterable[MemoKey]) -> None:
        self._cursor.executemany(q.DROP_MEMO, (key._asdict() for key in keys))

    def add_epoch(self, epoch: Epoch) -> None:
        self._cursor.execute(q.ADD_EPOCH, c.epoch_columns(epoch))

    def commit(self) -> None:
        self._cursor.execute("COMMIT")


def _json(wanted: Collection[object]) -> str:
    return msgspec.json.encode(list(wanted)).decode()


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise StoreTooNew(f"the hub's file has schema {version}, this program knows {SCHEMA}: install a newer one")
        if version < SCHEMA:
            for statement in schema():
                connection.execute(statement)
            connection.execute("COMMIT")
    finally:
        _undo(connection)


def _undo(connection: sqlite3.Connection) -> None:
    # SQLite may have rolled back by itself, as it does when the disk is full.
    with suppress(connection.Error):
        connection.rollback()
