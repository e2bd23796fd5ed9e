"""One step of the hub on PostgreSQL."""
# ruff: noqa: D102 - what each method does is said by the port, sync.hub.hub_store

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any, LiteralString

import psycopg

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.errors import StoreDamaged, StoreInDoubt, StoreInterrupted
from sync.hub import columns as c
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
    RowKey,
    ScopePart,
    Terminal,
)
from sync.hub.postgres import statements as q
from sync.hub.postgres.connections import Connection
from sync.hub.postgres.reading import PARTITIONS_ALL, PostgresReading, place_of, row_names
from sync.hub.reach import partition_of_row

_EVENT = itemgetter("event_id", "terminal_id", "seq", "partition", "number", "digest", "received_ms", "envelope")


class PostgresTransaction(PostgresReading):
    """A step: what it locks it keeps until its end."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._taken: list[tuple[LiteralString, Mapping[str, Any]]] = []
        self._lives: int | None = None

    def epochs(self) -> tuple[Epoch, ...]:
        found = super().epochs()
        self._lives = len(found)
        return found

    def own(self, terminal_id: str) -> Terminal | None:
        if "\0" in terminal_id:
            return None
        document = self._owned((q.OWN, q.TAKE_NAME, q.LEAVE_NAME), {"terminal_id": terminal_id})
        return None if document is None else c.terminal_of(document)

    def own_memo(self, key: MemoKey) -> Memo | None:
        if "\0" in key.key:
            return None
        document = self._owned((q.OWN_MEMO, q.TAKE_KEY, q.LEAVE_KEY), key._asdict())
        return None if document is None else Memo(*key, document)

    def lock(self, partitions: Sequence[int]) -> dict[int, Counter]:
        if not partitions:
            return {}
        found = self._all(q.LOCK, {"partitions": list(partitions)})
        if len(found) != len(partitions):
            raise StoreDamaged(
                f"of partitions {list(partitions)} the hub's database has {len(found)}: put back a backup"
            )
        return {partition: c.counter_of(*counter) for partition, *counter in found}

    def found(self, event_ids: Collection[str]) -> dict[str, Found]:
        if not event_ids:
            return {}
        found = self._all(q.FOUND, {"event_ids": list(event_ids)})
        return {event_id: Found(digest, number) for event_id, digest, number in found}

    def aside(self, brought_by: str, event_ids: Collection[str]) -> dict[str, dict[bytes, QuarantineCode]]:
        # Most tills have nothing there, and a digest for each event costs more than to ask.
        if not event_ids or not self._all(q.HAS_ASIDE, {"brought_by": brought_by})[0][0]:
            return {}
        names = {_key(event_id): event_id for event_id in event_ids}
        found: dict[str, dict[bytes, QuarantineCode]] = {}
        for key, digest, code in self._all(q.ASIDE, {"brought_by": brought_by, "event_keys": list(names)}):
            found.setdefault(names[key], {})[digest] = QuarantineCode(code)
        return found

    def holders(self, terminal_id: str, seqs: Collection[int]) -> dict[int, str]:
        return dict(self._all(q.HOLDERS, {"terminal_id": terminal_id, "seqs": list(seqs)})) if seqs else {}

    def rows(self, keys: Collection[RowKey]) -> dict[RowKey, Row]:
        if not keys:
            return {}
        rows = [c.row_of(each) for each in self._all(q.ROWS, row_names(keys))]
        return {RowKey(row.kind, row.key): row for row in rows}

    def open_records(self, books: Collection[BookKey], *, lots: bool = True) -> list[Record]:
        return self._records(q.OPEN_RECORDS if lots else q.OPEN_BESIDE_LOTS, _places(books)) if books else []

    def named_records(self, keys: Collection[RecordKey]) -> list[Record]:
        return self._records(q.NAMED_RECORDS, _names(keys)) if keys else []

    def caused_records(self, keys: Collection[RecordKey]) -> list[Record]:
        return self._records(q.CAUSED_RECORDS, _names(keys)) if keys else []

    def append(self, events: Iterable[Logged]) -> None:
        self._copy(q.COPY_EVENTS, q.EVENT_TYPES, map(_EVENT, map(c.event_columns, events)))

    def take_places(self, places: Iterable[Place]) -> None:
        self._copy(q.COPY_PLACES, q.PLACE_TYPES, places)

    def put_counters(self, counters: Counters) -> None:
        self._many(q.PUT_COUNTER, (c.counter_columns(*each) for each in counters.items()))

    def put_rows(self, rows: Iterable[Row]) -> None:
        self._put(q.PUT_ROWS, {(row.kind, row.key): c.row_columns(row) for row in rows})

    def put_memberships(self, memberships: Iterable[Membership]) -> None:
        self._put(q.PUT_MEMBERSHIPS, {(each.key, each.scope): c.membership_columns(each) for each in memberships})

    def put_scope_sums(self, sums: Mapping[ScopePart, int]) -> None:
        self._many(q.PUT_SCOPE_SUM, (c.scope_sum_columns(*each) for each in sums.items()))

    def drop_scope(self, scope: str) -> None:
        wanted = {"scope": scope, "partitions": PARTITIONS_ALL}
        self._cursor.execute(q.DROP_SCOPE_SUMS, wanted)
        self._cursor.execute(q.DROP_SCOPE_ROWS, wanted)

    def put_records(self, records: Iterable[Record]) -> None:
        self._put(q.PUT_RECORDS, {(each.book, each.kind, each.record_id): _record(each) for each in records})

    def move_book(self, source: BookKey, target: BookKey) -> None:
        into = {f"to_{name}": value for name, value in place_of(target)._asdict().items()}
        moved = {**place_of(source)._asdict(), **into, "to_member": target.member_id, "to_unit": target.unit}
        self._cursor.execute(q.MOVE_RECORDS, moved)
        self._cursor.execute(q.MOVE_TRANSFERS, moved)

    def redact(self, events: Iterable[Event]) -> None:
        self._many(q.REDACT, ({"event_id": e.event_id, "envelope": envelopes.encode(e)} for e in events))

    def redact_aside(self, events: Iterable[PutAside]) -> None:
        self._many(q.REDACT_ASIDE, ({**c.redacted_columns(e), "event_key": _key(e.event.event_id)} for e in events))

    def post(self, transfers: Iterable[Posted]) -> None:
        self._copy(q.COPY_TRANSFERS, q.TRANSFER_TYPES, map(_posted, transfers))

    def put_aside(self, events: Iterable[PutAside]) -> None:
        self._many(q.ADD_ASIDE, map(_aside, events))

    def lose(self, losses: Iterable[Loss]) -> None:
        self._many(q.ADD_LOSS, (loss._asdict() for loss in losses))

    def put_terminal(self, terminal: Terminal) -> None:
        self._cursor.execute(q.PUT_TERMINAL, c.terminal_columns(terminal))

    def put_names(self, names: Iterable[Name]) -> None:
        self._many(q.PUT_NAME, map(_name, names))

    def drop_names(self, names: Iterable[Name]) -> None:
        self._many(q.DROP_NAME, map(_name, names))

    def put_memos(self, memos: Iterable[Memo]) -> None:
        self._many(q.PUT_MEMO, (memo._asdict() for memo in memos))

    def drop_memos(self, keys: Iterable[MemoKey]) -> None:
        self._many(q.DROP_MEMO, (key._asdict() for key in keys))

    def add_epoch(self, epoch: Epoch) -> None:
        # Behind those that this step has seen: of two hubs that find none and begin one, the second is made again.
        rank = (len(self.epochs()) if self._lives is None else self._lives) + 1
        self._cursor.execute(q.ADD_EPOCH, {"rank": rank, **c.epoch_columns(epoch)})
        self._lives = rank

    def commit(self) -> None:
        """Make all of it durable: on this server's disk, and on a standby where the server waits for one.

        Raises:
            StoreInDoubt: the connection went before the answer came, or the wait for a standby was cut short. It may
                be kept and it may be lost; the same batch, with the same ids, brings out which.
            StoreInterrupted: it had failed before.
        """
        warnings: list[str] = []

        def heed(said: psycopg.errors.Diagnostic) -> None:
            warnings.append(said.sqlstate or "")

        for leave, name in self._taken:
            self._cursor.execute(leave, name)
        self._connection.add_notice_handler(heed)
        try:
            self._cursor.execute(q.COMMIT)
        except psycopg.OperationalError as error:
            raise StoreInDoubt("the database went while it kept a step; send the same again, with its ids") from error
        finally:
            self._connection.remove_notice_handler(heed)
        if self._cursor.statusmessage != q.COMMIT:
            raise StoreInterrupted("a step had failed before its end; nothing was kept, make it again")
        if warnings:
            # PostgreSQL reports success all the same when the wait for a standby is cancelled: it is on one disk only.
            raise StoreInDoubt("no standby has confirmed a step, and the wait was cut short; send the same again")

    def _owned(self, statements: tuple[LiteralString, ...], name: Mapping[str, Any]) -> bytes | None:
        """Return the document under a name, locked; if there is none, the name is taken until the end all the same."""
        find, take, leave = statements
        while not (found := self._all(find, name)):
            # Taken by nobody, or by a step that is under way: then this waits for its end, and looks again.
            if self._all(take, name):
                self._taken.append((leave, name))
                return None
        document: bytes | None = found[0][0]
        return document

    def _copy(self, statement: LiteralString, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows by COPY: the fastest way there is, for what must not be there yet."""
        waiting = iter(rows)
        first = next(waiting, None)
        if first is None:
            return
        with self._cursor.copy(statement) as copy:
            copy.set_types(types)
            copy.write_row(first)
            for row in waiting:
                copy.write_row(row)

    def _put(self, statement: LiteralString, rows: Mapping[Any, Mapping[str, Any]]) -> None:
        """Write rows, each once, by one statement over all, with an array for each column.

        One statement for each costs five times as much here, and no less there; with JSON for all of them, whose bytes
        are base64, the server has twice the work.
        """
        if rows:
            every = list(rows.values())
            self._cursor.execute(statement, {name: [each[name] for each in every] for name in every[0]})

    def _many(self, statement: LiteralString, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute a statement for each of many, in one round trip."""
        self._cursor.executemany(statement, list(rows))


def _places(books: Iterable[BookKey]) -> dict[str, Any]:
    places = [place_of(book) for book in books]
    return {"partitions": [each.partition for each in places], "books": [each.book for each in places]}


def _names(keys: Collection[RecordKey]) -> dict[str, Any]:
    kinds, names = [str(key.kind) for key in keys], [key.record_id for key in keys]
    return {**_places(key.book for key in keys), "kinds": kinds, "names": names}


def _posted(posted: Posted) -> tuple[Any, ...]:
    return *place_of(posted.book), posted.transfer.transfer_id, c.posted_columns(posted)["document"]


def _record(record: Record) -> dict[str, Any]:
    return {**c.record_columns(record), **place_of(record.book)._asdict()}


def _aside(each: PutAside) -> Mapping[str, Any]:
    event_id = each.event.event_id
    return {**c.aside_columns(each), "event_key": _key(event_id), "event_id": event_id.encode()}


def _name(name: Name) -> dict[str, Any]:
    partition = partition_of_row(RowKey(RowKind.MEMBER, name.member_id))
    return {**name._asdict(), "partition": partition, "member_key": _key(name.member_id)}


def _key(name: str) -> bytes:
    """Return what stands in an index for a name that can be longer than one takes."""
    return blake2b(name.encode(), digest_size=16).digest()
