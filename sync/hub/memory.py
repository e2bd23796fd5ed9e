"""The hub's store in memory: the port's meaning in its simplest form, for the simulator and for tests."""

from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.errors import InvariantBroken, StoreError
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
from sync.hub.scopes import SHARED

_K = TypeVar("_K")
_V = TypeVar("_V")
_RecordsOfBook = dict[tuple[RecordKind, str], Record]


class _Tables(NamedTuple):
    """All that is kept, each table by its key. What a value holds is never changed in place."""

    epochs: MutableMapping[int, Epoch]
    counters: MutableMapping[int, Counter]
    terminals: MutableMapping[str, Terminal]
    log: MutableMapping[str, Logged]
    seqs: MutableMapping[tuple[str, int], str]
    places: MutableMapping[tuple[int, int], str]
    rows: MutableMapping[int, dict[RowKey, Row]]
    partitions: MutableMapping[RowKey, int]
    records: MutableMapping[BookKey, _RecordsOfBook]
    postings: MutableMapping[str, Posted]
    aside: MutableMapping[tuple[str, str, bytes], PutAside]
    losses: MutableMapping[int, Loss]
    memos: MutableMapping[str, dict[str, Memo]]
    names: MutableMapping[str, frozenset[str]]
    scope_sums: MutableMapping[str, dict[int, int]]
    scoped: MutableMapping[RowKey, dict[str, Membership]]


class MemoryHubStore:
    """A :class:`~sync.hub.hub_store.HubStore` that forgets everything when it is let go. One step at a time."""

    def __init__(self) -> None:
        self._tables = _Tables(*({} for _ in _Tables._fields))
        self._turn = Lock()
        self._closed = False

    @contextmanager
    def transaction(self) -> "Iterator[_MemoryTransaction]":
        """Begin a step; leaving without a commit undoes it."""
        with self._turn:
            self._check_open()
            yield _MemoryTransaction(self._tables)

    @contextmanager
    def reading(self) -> "Iterator[_MemoryReading]":
        """Begin to read, all from one moment."""
        with self._turn:
            self._check_open()
            yield _MemoryReading(self._tables)

    def scrub(self) -> None:
        """Do nothing: there is no file."""

    def copy(self) -> "MemoryHubStore":
        """Return another store with what is in this one now: the backup that a hub falls back to."""
        with self._turn:
            other = MemoryHubStore()
            tables: list[MutableMapping[Any, Any]] = list(self._tables)
            other._tables = _Tables(*(dict(table) for table in tables))
            return other

    def close(self) -> None:
        """Take no more steps."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the hub's store is closed; open it again")


class _MemoryReading:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    def epochs(self) -> tuple[Epoch, ...]:
        return tuple(self._tables.epochs[rank] for rank in sorted(self._tables.epochs))

    def counters(self) -> dict[int, Counter]:
        return dict(self._tables.counters)

    def terminal(self, terminal_id: str) -> Terminal | None:
        return self._tables.terminals.get(terminal_id)

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        found: list[Row] = []
        for partition, above in sorted(numbers.items()):
            rows = (row for row in self._tables.rows.get(partition, {}).values() if row.number > above)
            found += sorted(rows, key=lambda row: (row.number, row.kind, row.key))
            if len(found) >= limit:
                break
        return found[:limit]

    def rows_of(self, kind: RowKind) -> list[Row]:
        rows = (row for part in self._tables.rows.values() for row in part.values())
        return sorted((row for row in rows if row.kind is kind and row.document is not None), key=lambda row: row.key)

    def named(self, code: str) -> list[Row]:
        keys = [RowKey(RowKind.MEMBER, member_id) for member_id in self._tables.names.get(code, ())]
        where = self._tables.partitions
        found = [self._tables.rows[where[key]][key] for key in (*keys, RowKey(RowKind.VOUCHER, code)) if key in where]
        return sorted((row for row in found if row.document is not None), key=lambda row: (row.kind, row.key))

    def scopes(self) -> list[str]:
        return sorted(scope for scope, sums in self._tables.scope_sums.items() if sums)

    def scope_sums(self, scopes: Collection[str], partitions: Collection[int]) -> dict[ScopePart, int]:
        return {
            ScopePart(scope, partition): checksum
            for scope in set(scopes)
            for partition, checksum in self._tables.scope_sums.get(scope, {}).items()
            if partition in partitions
        }

    def scope_rows_above(self, scope: str, numbers: Mapping[int, int], limit: int) -> list[Row]:
        found: list[Row] = []
        for partition, above in sorted(numbers.items()):
            there = self._tables.rows.get(partition, {})
            all_ = (each for key in there for each in self._tables.scoped.get(key, {}).values())
            scoped = [each for each in all_ if each.scope in {scope, SHARED} and each.number > above]
            scoped.sort(key=lambda each: (each.number, each.key))
            found += (_scoped_row(there[each.key], each) for each in scoped)
            if len(found) >= limit:
                break
        return found[:limit]

    def memberships(self, keys: Collection[RowKey]) -> list[Membership]:
        return [each for key in set(keys) for each in self._tables.scoped.get(key, {}).values()]

    def memberships_due(self, kind: RowKind, partition: int, day: int, limit: int) -> list[Membership]:
        all_ = (each for scoped in self._tables.scoped.values() for each in scoped.values())
        due = (each for each in all_ if each.partition == partition and each.key.kind is kind and 0 < each.due <= day)
        return list(islice(due, limit))

    def places(self) -> Iterator[Place]:
        for (partition, number), event_id in sorted(self._tables.places.items()):
            yield Place(partition, number, event_id)

    def log(self) -> Iterator[Logged]:
        yield from sorted(self._tables.log.values(), key=lambda logged: (logged.partition, logged.number))

    def log_above(self, partition: int, above: int, limit: int) -> list[Logged]:
        found = (each for each in self._tables.log.values() if each.partition == partition and each.number > above)
        return sorted(found, key=lambda logged: logged.number)[:limit]

    def books(self) -> Iterator[BookKey]:
        yield from sorted(self._tables.records)

    def books_of(self, member_id: str) -> list[BookKey]:
        return [book for book in self.books() if book.member_id == member_id]

    def due(self, kind: RecordKind, day: int, after: BookKey | None, limit: int) -> list[BookKey]:
        behind = (book for book in self.books() if after is None or book > after)
        due = (b for b in behind if any(r.kind is kind and 0 < r.due <= day for r in self.records_of(b)))
        return list(islice(due, limit))

    def records_of(self, book: BookKey) -> list[Record]:
        return list(self._tables.records.get(book, {}).values())

    def postings_of(self, book: BookKey) -> list[Posted]:
        return [posted for posted in self._tables.postings.values() if posted.book == book]

    def quarantine(self) -> list[PutAside]:
        return list(self._tables.aside.values())

    def losses(self) -> list[Loss]:
        return [self._tables.losses[rank] for rank in sorted(self._tables.losses)]

    def memo(self, key: MemoKey) -> Memo | None:
        return self._tables.memos.get(key.kind, {}).get(key.key)

    def memos(self, kind: str) -> list[Memo]:
        return sorted(self._tables.memos.get(kind, {}).values())

    def terminals(self) -> list[Terminal]:
        return [self._tables.terminals[terminal_id] for terminal_id in sorted(self._tables.terminals)]


class _MemoryTransaction(_MemoryReading):
    def __init__(self, kept: _Tables) -> None:
        self._kept: list[MutableMapping[Any, Any]] = list(kept)
        self._own: list[dict[Any, Any]] = [{} for _ in kept]
        super().__init__(_Tables(*(ChainMap(own, table) for own, table in zip(self._own, self._kept, strict=True))))

    def own(self, terminal_id: str) -> Terminal | None:
        return self.terminal(terminal_id)

    def lock(self, partitions: Sequence[int]) -> dict[int, Counter]:
        return {partition: self._tables.counters.get(partition, Counter()) for partition in partitions}

    def found(self, event_ids: Collection[str]) -> dict[str, Found]:
        log = self._tables.log
        return {each: Found(log[each].digest, log[each].number) for each in event_ids if each in log}

    def aside(self, brought_by: str, event_ids: Collection[str]) -> dict[str, dict[bytes, QuarantineCode]]:
        found: dict[str, dict[bytes, QuarantineCode]] = {}
        for (terminal_id, event_id, digest), each in self._tables.aside.items():
            if terminal_id == brought_by and event_id in event_ids:
                found.setdefault(event_id, {})[digest] = each.code
        return found

    def holders(self, terminal_id: str, seqs: Collection[int]) -> dict[int, str]:
        held = {seq: self._tables.seqs.get((terminal_id, seq)) for seq in seqs}
        return {seq: event_id for seq, event_id in held.items() if event_id is not None}

    def rows(self, keys: Collection[RowKey]) -> dict[RowKey, Row]:
        where = self._tables.partitions
        return {key: self._tables.rows[where[key]][key] for key in keys if key in where}

    def open_records(self, books: Collection[BookKey], *, lots: bool = True) -> list[Record]:
        found = (record for book in books for record in self.records_of(book) if record.open)
        return [record for record in found if lots or record.kind is not RecordKind.LOT]

    def named_records(self, keys: Collection[RecordKey]) -> list[Record]:
        found = (self._tables.records.get(key.book, {}).get((key.kind, key.record_id)) for key in keys)
        return [record for record in found if record is not None]

    def caused_records(self, keys: Collection[RecordKey]) -> list[Record]:
        return [
            record
            for key in keys
            for record in self.records_of(key.book)
            if (record.kind, record.cause) == (key.kind, key.record_id)
        ]

    def append(self, events: Iterable[Logged]) -> None:
        for logged in events:
            event = logged.event
            _add(self._tables.log, event.event_id, logged)
            _add(self._tables.seqs, (event.terminal_id, event.seq), event.event_id)

    def take_places(self, places: Iterable[Place]) -> None:
        for place in places:
            _add(self._tables.places, (place.partition, place.number), place.event_id)

    def put_counters(self, counters: Counters) -> None:
        self._tables.counters.update(counters)

    def put_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            key = RowKey(row.kind, row.key)
            self._tables.rows[row.partition] = self._tables.rows.get(row.partition, {}) | {key: row}
            self._tables.partitions[key] = row.partition

    def put_memberships(self, memberships: Iterable[Membership]) -> None:
        for each in memberships:
            self._tables.scoped[each.key] = self._tables.scoped.get(each.key, {}) | {each.scope: each}

    def put_scope_sums(self, sums: Mapping[ScopePart, int]) -> None:
        for (scope, partition), checksum in sums.items():
            self._tables.scope_sums[scope] = self._tables.scope_sums.get(scope, {}) | {partition: checksum}

    def drop_scope(self, scope: str) -> None:
        self._tables.scope_sums[scope] = {}
        for key, scoped in list(self._tables.scoped.items()):
            self._tables.scoped[key] = {name: each for name, each in scoped.items() if name != scope}

    def put_names(self, names: Iterable[Name]) -> None:
        for code, member_id in names:
            self._tables.names[code] = self._tables.names.get(code, frozenset()) | {member_id}

    def drop_names(self, names: Iterable[Name]) -> None:
        for code, member_id in names:
            self._tables.names[code] = self._tables.names.get(code, frozenset()) - {member_id}

    def put_records(self, records: Iterable[Record]) -> None:
        for record in records:
            book = self._tables.records.get(record.book, {})
            name = record.kind, record.record_id
            order = book[name].order if name in book else len(book) + 1
            self._tables.records[record.book] = book | {name: record._replace(order=order)}

    def move_book(self, source: BookKey, target: BookKey) -> None:
        own = self._tables.records.get(source, {})
        moved = [record for record in own.values() if record.kind is not RecordKind.BALANCES]
        self._tables.records[source] = {name: each for name, each in own.items() if each not in moved}
        self.put_records([record._replace(book=target) for record in moved])
        for posted in self.postings_of(source):
            self._tables.postings[posted.transfer.transfer_id] = posted._replace(book=target)

    def redact(self, events: Iterable[Event]) -> None:
        for event in events:
            self._tables.log[event.event_id] = self._tables.log[event.event_id]._replace(event=event)

    def redact_aside(self, events: Iterable[PutAside]) -> None:
        for each in events:
            self._tables.aside[each.brought_by, each.event.event_id, each.digest] = each

    def post(self, transfers: Iterable[Posted]) -> None:
        for posted in transfers:
            _add(self._tables.postings, posted.transfer.transfer_id, posted)

    def put_aside(self, events: Iterable[PutAside]) -> None:
        for each in events:
            self._tables.aside.setdefault((each.brought_by, each.event.event_id, each.digest), each)
            if each.holds_seq:
                self._tables.seqs.setdefault((each.brought_by, each.holds_seq), each.event.event_id)

    def lose(self, losses: Iterable[Loss]) -> None:
        for loss in losses:
            self._tables.losses[len(self._tables.losses)] = loss

    def put_terminal(self, terminal: Terminal) -> None:
        self._tables.terminals[terminal.terminal_id] = terminal

    def own_memo(self, key: MemoKey) -> Memo | None:
        return self.memo(key)

    def put_memos(self, memos: Iterable[Memo]) -> None:
        for memo in memos:
            self._tables.memos[memo.kind] = self._tables.memos.get(memo.kind, {}) | {memo.key: memo}

    def drop_memos(self, keys: Iterable[MemoKey]) -> None:
        for kind, dropped in keys:
            kept = self._tables.memos.get(kind, {})
            self._tables.memos[kind] = {key: memo for key, memo in kept.items() if key != dropped}

    def add_epoch(self, epoch: Epoch) -> None:
        self._tables.epochs[len(self._tables.epochs)] = epoch

    def commit(self) -> None:
        for kept, own in zip(self._kept, self._own, strict=True):
            kept.update(own)


def _scoped_row(row: Row, membership: Membership) -> Row:
    return replace(row, number=membership.number, document=row.document if membership.there else None)


def _add(table: MutableMapping[_K, _V], key: _K, value: _V) -> None:
    if key in table:
        raise InvariantBroken(f"{key} is in the hub already: a step wrote what it had not looked for")
    table[key] = value
