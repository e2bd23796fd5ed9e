"""One moment of the hub, read from PostgreSQL."""
# ruff: noqa: D102 - what each method does is said by the port, sync.hub.hub_store

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import count
from typing import Any, LiteralString, NamedTuple

from psycopg.rows import TupleRow

from pos_loyalty.core.feed import PARTITIONS, SHOP_PARTITION, Row, RowKind, partition_of
from pos_loyalty.core.ids import part_of
from sync.hub import columns as c
from sync.hub.kept import (
    BookKey,
    Counter,
    Epoch,
    Logged,
    Loss,
    Membership,
    Memo,
    MemoKey,
    Place,
    Posted,
    PutAside,
    Record,
    RecordKind,
    RowKey,
    ScopePart,
    Terminal,
)
from sync.hub.postgres import statements as q
from sync.hub.postgres.connections import Connection
from sync.hub.reach import partition_of_row
from sync.hub.scopes import SHARED

FETCHED_AT_ONCE = 2_000
"""Rows of a long answer that are here at a time."""

_NOTHING: Mapping[str, Any] = {}
PARTITIONS_ALL = list(range(PARTITIONS + 1))
_HALF_BYTES = 12
"""Of a book's key: of its member, then of its unit."""


class PostgresReading:
    """What was committed when its transaction began."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self._names = count(1)

    def epochs(self) -> tuple[Epoch, ...]:
        return tuple(c.epoch_of(*each) for each in self._all(q.EPOCHS))

    def counters(self) -> dict[int, Counter]:
        return {partition: c.counter_of(*counter) for partition, *counter in self._all(q.COUNTERS)}

    def terminal(self, terminal_id: str) -> Terminal | None:
        # PostgreSQL keeps no NUL in a text, so there is none of such a name.
        found = self._all(q.TERMINAL, {"terminal_id": terminal_id}) if "\0" not in terminal_id else []
        return c.terminal_of(*found[0]) if found else None

    def terminals(self) -> list[Terminal]:
        return [c.terminal_of(*each) for each in self._all(q.TERMINALS)]

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        wanted = {"partitions": list(numbers), "numbers": list(numbers.values()), "limit": limit}
        return [c.row_of(each) for each in self._all(q.ROWS_ABOVE, wanted)]

    def rows_of(self, kind: RowKind) -> list[Row]:
        everywhere = partition_of_row(RowKey(kind, "")) != SHOP_PARTITION
        wanted = {"partitions": PARTITIONS_ALL if everywhere else [SHOP_PARTITION], "kind": kind}
        return [c.row_of(each) for each in self._all(q.ROWS_OF, wanted)]

    def named(self, code: str) -> list[Row]:
        if "\0" in code:
            return []
        wanted = {"code": code, "partition": partition_of_row(RowKey(RowKind.VOUCHER, code))}
        return [c.row_of(each) for each in self._all(q.NAMED, wanted)]

    def scopes(self) -> list[str]:
        return [scope for (scope,) in self._all(q.SCOPES)]

    def scope_sums(self, scopes: Collection[str], partitions: Collection[int]) -> dict[ScopePart, int]:
        found = self._all(q.SCOPE_SUMS, {"scopes": list(scopes), "partitions": list(partitions)})
        return dict(c.scope_sum_of(*each) for each in found)

    def scope_rows_above(self, scope: str, numbers: Mapping[int, int], limit: int) -> list[Row]:
        above = {"partitions": list(numbers), "numbers": list(numbers.values())}
        wanted = {"scope": scope, "shared": SHARED, **above, "limit": limit}
        return [c.row_of(each) for each in self._all(q.SCOPE_ROWS_ABOVE, wanted)]

    def memberships(self, keys: Collection[RowKey]) -> list[Membership]:
        return [c.membership_of(each) for each in self._all(q.MEMBERSHIPS, row_names(keys))] if keys else []

    def memberships_due(self, kind: RowKind, partition: int, day: int, limit: int) -> list[Membership]:
        wanted = {"kind": kind, "partition": partition, "day": day, "limit": limit}
        return [c.membership_of(each) for each in self._all(q.MEMBERSHIPS_DUE, wanted)]

    def places(self) -> Iterator[Place]:
        return (Place(*each) for each in self._each(q.PLACES))

    def log(self) -> Iterator[Logged]:
        return (c.logged_of(each) for each in self._each(q.LOG))

    def log_above(self, partition: int, above: int, limit: int) -> list[Logged]:
        wanted = {"partition": partition, "above": above, "limit": limit}
        return [c.logged_of(each) for each in self._all(q.LOG_ABOVE, wanted)]

    def books(self) -> Iterator[BookKey]:
        return (BookKey(*each) for each in self._each(q.BOOKS))

    def books_of(self, member_id: str) -> list[BookKey]:
        own = _digest(member_id)
        ends = {"first": own, "last": own + b"\xff" * _HALF_BYTES}
        return [BookKey(*each) for each in self._all(q.BOOKS_OF, {"partition": _partition(member_id), **ends})]

    def due(self, kind: RecordKind, day: int, after: BookKey | None, limit: int) -> list[BookKey]:
        behind = after or BookKey("", "")
        wanted = {**behind._asdict(), "kind": kind, "day": day, "limit": limit}
        return [BookKey(*each) for each in self._all(q.DUE, wanted)]

    def records_of(self, book: BookKey) -> list[Record]:
        return self._records(q.RECORDS_OF, place_of(book)._asdict())

    def postings_of(self, book: BookKey) -> list[Posted]:
        return [c.posted_of(book, *each) for each in self._all(q.POSTINGS_OF, place_of(book)._asdict())]

    def quarantine(self) -> list[PutAside]:
        return [c.aside_of(each) for each in self._all(q.QUARANTINE)]

    def losses(self) -> list[Loss]:
        return [c.loss_of(each) for each in self._all(q.LOSSES)]

    def memo(self, key: MemoKey) -> Memo | None:
        found = self._all(q.MEMO, key._asdict()) if "\0" not in key.key else []
        return Memo(*found[0]) if found else None

    def memos(self, kind: str) -> list[Memo]:
        return [Memo(*each) for each in self._all(q.MEMOS, {"kind": kind})]

    def _all(self, statement: LiteralString, params: Mapping[str, Any] = _NOTHING) -> list[TupleRow]:
        return self._cursor.execute(statement, params).fetchall()

    def _each(self, statement: LiteralString) -> Iterator[TupleRow]:
        """Yield a long answer as it is fetched; others may be asked for meanwhile."""
        with self._connection.cursor(f"long_{next(self._names)}", binary=True) as cursor:
            cursor.itersize = FETCHED_AT_ONCE
            yield from cursor.execute(statement)

    def _records(self, statement: LiteralString, params: Mapping[str, Any]) -> list[Record]:
        return [c.record_of(each) for each in self._all(statement, params)]


class BookPlace(NamedTuple):
    """Where a book is."""

    partition: int
    """That of its member."""
    book: bytes
    """A key that no long name can burst an index with."""


@lru_cache(maxsize=4_096)
def place_of(book: BookKey) -> BookPlace:
    """Return where a book is; a step asks for each of its books five times."""
    return BookPlace(_partition(book.member_id), _digest(book.member_id) + _digest(book.unit))


def row_names(keys: Collection[RowKey]) -> dict[str, Any]:
    """Return rows as statements name many of them."""
    return {
        "partitions": [partition_of_row(key) for key in keys],
        "kinds": [str(key.kind) for key in keys],
        "keys": [key.key for key in keys],
    }


def _partition(member_id: str) -> int:
    return partition_of(part_of(member_id))


def _digest(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=_HALF_BYTES).digest()
