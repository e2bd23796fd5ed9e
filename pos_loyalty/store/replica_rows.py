"""Writing rows of the feed into the tables of a replica, many at a time, with the indexes that lead to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from pos_loyalty.core.feed import SHOP_PARTITION, Row, RowKind
from pos_loyalty.store import tables as t
from pos_loyalty.store.found_by import (
    NO_CODES,
    NO_KEYS,
    MemberKeys,
    codes_from,
    kept,
    keys_from,
    member_keys,
    product_codes,
)
from pos_loyalty.store.linked_sqlite import dbapi

NO_PARTITION: Final = SHOP_PARTITION + 1
"""Of rows that came in a load, and not down the feed."""

_encode = msgspec.json.Encoder().encode
_wanted = sa.func.json_each(sa.bindparam("keys")).table_valued("value")


class Before(NamedTuple):
    """What stands in the place of a row that is to be written."""

    key: str
    partition: int
    number: int
    generation: int
    found_by: bytes | None
    row: int
    """Of a member, ``member.row``."""


class _Statements:
    """What is done to the table of one kind."""

    def __init__(self, table: sa.Table, key: str) -> None:
        column = table.c[key]
        nothing: sa.ColumnElement[None] = sa.literal_column("NULL")
        found_by, row = table.c.get("found_by", nothing), table.c.get("row", nothing)
        placed = (column, table.c.partition, table.c.number, table.c.generation, found_by, row)
        at = sa.and_(table.c.partition == sa.bindparam("partition"), table.c.generation != sa.bindparam("generation"))
        self.before = t.sql(sa.select(*placed).select_from(_wanted.join(table, column == _wanted.c.value)))
        self.of_before = t.sql(sa.select(*placed).where(at))
        self.row = t.sql(
            sa.select(table.c.partition, table.c.number, table.c.document).where(column == sa.bindparam("key"))
        )
        self.put = t.sql(t.upsert(table), in_order=True)
        self.delete = t.sql(sa.delete(table).where(column == sa.bindparam("key")), in_order=True)


_STATEMENTS = {
    RowKind.MEMBER: _Statements(t.member, "member_id"),
    RowKind.VOUCHER: _Statements(t.voucher, "code"),
    RowKind.USAGE: _Statements(t.usage, "key"),
    RowKind.PRODUCT: _Statements(t.product, "product_id"),
    RowKind.PROGRAM: _Statements(t.program, "key"),
}
_m = t.member.c
_CHANGE_MEMBER = t.sql(
    sa.update(t.member)
    .values(
        {
            _m.document: sa.bindparam("a"),
            _m.partition: sa.bindparam("b"),
            _m.number: sa.bindparam("c"),
            _m.generation: sa.bindparam("d"),
            _m.found_by: sa.bindparam("e"),
        }
    )
    .where(_m.row == sa.bindparam("f")),
    in_order=True,
)
_LAST_ROW = t.sql(sa.select(sa.func.coalesce(sa.func.max(_m.row), sa.literal_column("0"))))
_ADD_NAME = t.sql(sa.insert(t.name_index), in_order=True)
# "The 'delete' Command" of https://sqlite.org/fts5.html: the only way that every SQLite of ours knows, and it wants
# the very words that were inserted.
_FORGET_NAME = "INSERT INTO name_index (name_index, rowid, words) VALUES ('delete', ?, ?)"
_ADD_IDENTIFIER = t.sql(sa.insert(t.identifier), in_order=True)
_ADD_PHONE = t.sql(sa.insert(t.phone), in_order=True)
_ADD_PRODUCT_CODE = t.sql(sa.insert(t.product_code), in_order=True)


def _forget(table: sa.Table) -> str:
    first, second = table.columns
    return t.sql(sa.delete(table).where(first == sa.bindparam("a"), second == sa.bindparam("b")), in_order=True)


_FORGET_IDENTIFIER, _FORGET_PHONE = _forget(t.identifier), _forget(t.phone)
_FORGET_PRODUCT_CODE = _forget(t.product_code)

Generations = Mapping[int, int]
"""Partition to the generation of rows that are written now; 0 if it is not here."""


class RowWriter:
    """Rows and their indexes, through one connection and in the transaction that is open on it."""

    def __init__(self, connection: dbapi.Connection) -> None:
        self._cursor = connection.cursor()

    def row(self, kind: RowKind, key: str) -> Row | None:
        """Return one row as it came."""
        found = self._cursor.execute(_STATEMENTS[kind].row, {"key": key}).fetchone()
        if found is None:
            return None
        partition, number, document = found
        return Row(kind=kind, key=key, partition=partition, number=number, document=msgspec.Raw(document))

    def put(self, kind: RowKind, rows: Mapping[str, Row], generations: Generations) -> list[Before]:
        """Write rows of one kind, by key, tombstones included; return what stood in their places."""
        before = self._before(kind, rows)
        gone = [before[key] for key, row in rows.items() if row.document is None and key in before]
        self._delete(kind, gone)
        there = [(row, bytes(row.document)) for row in rows.values() if row.document is not None]
        match kind:
            case RowKind.MEMBER:
                self._put_members(there, before, generations)
            case RowKind.PRODUCT:
                self._put_products(there, before, generations)
            case _:
                self._cursor.executemany(
                    _STATEMENTS[kind].put,
                    [
                        (row.key, document, row.partition, row.number, generations.get(row.partition, 0))
                        for row, document in there
                    ],
                )
        return list(before.values())

    def drop_old(self, partition: int, generation: int) -> dict[RowKind, int]:
        """Remove the rows of a partition that are of another generation; return how many of which kind."""
        dropped = {}
        at = {"partition": partition, "generation": generation}
        for kind, statements in _STATEMENTS.items():
            old = [Before(*each) for each in self._cursor.execute(statements.of_before, at).fetchall()]
            if old:
                self._delete(kind, old)
                dropped[kind] = len(old)
        return dropped

    def _before(self, kind: RowKind, keys: Iterable[str]) -> dict[str, Before]:
        found = self._cursor.execute(_STATEMENTS[kind].before, {"keys": _encode(list(keys)).decode()}).fetchall()
        return {each[0]: Before(*each) for each in found}

    def _delete(self, kind: RowKind, gone: Sequence[Before]) -> None:
        if kind is RowKind.MEMBER:
            self._index_members([(each.row, self._keys_before(each), NO_KEYS) for each in gone])
        elif kind is RowKind.PRODUCT:
            self._index_products([(each.key, self._codes_before(each), NO_CODES) for each in gone])
        self._cursor.executemany(_STATEMENTS[kind].delete, [(each.key,) for each in gone])

    def _put_members(
        self, there: Iterable[tuple[Row, bytes]], before: Mapping[str, Before], generations: Generations
    ) -> None:
        added, changed, reindexed = [], [], []
        last_row = int(self._cursor.execute(_LAST_ROW).fetchone()[0])
        for row, document in there:
            keys = member_keys(document)
            found_by = kept(keys)
            at = row.partition, row.number, generations.get(row.partition, 0), found_by
            old = before.get(row.key)
            if old is None:
                last_row += 1
                added.append((last_row, row.key, document, *at))
                reindexed.append((last_row, NO_KEYS, keys))
            else:
                changed.append((document, *at, old.row))
                if old.found_by != found_by:
                    reindexed.append((old.row, self._keys_before(old), keys))
        self._cursor.executemany(_CHANGE_MEMBER, changed)
        self._cursor.executemany(_STATEMENTS[RowKind.MEMBER].put, added)
        self._index_members(reindexed)

    def _put_products(
        self, there: Iterable[tuple[Row, bytes]], before: Mapping[str, Before], generations: Generations
    ) -> None:
        rows, reindexed = [], []
        for row, document in there:
            codes = product_codes(document)
            rows.append((row.key, document, row.partition, row.number, generations.get(row.partition, 0), codes))
            old = before.get(row.key)
            if old is None:
                reindexed.append((row.key, NO_CODES, codes))
            elif old.found_by != codes:
                reindexed.append((row.key, self._codes_before(old), codes))
        self._cursor.executemany(_STATEMENTS[RowKind.PRODUCT].put, rows)
        self._index_products(reindexed)

    def _keys_before(self, before: Before) -> MemberKeys:
        """Return what a row is indexed by; of one from before that was kept, what its document says."""
        if before.found_by is not None:
            return keys_from(before.found_by)
        document = self._document_before(RowKind.MEMBER, before)
        return NO_KEYS if document is None else member_keys(document)

    def _codes_before(self, before: Before) -> bytes:
        if before.found_by is not None:
            return before.found_by
        document = self._document_before(RowKind.PRODUCT, before)
        return NO_CODES if document is None else product_codes(document)

    def _document_before(self, kind: RowKind, before: Before) -> bytes | None:
        row = self.row(kind, before.key)
        return None if row is None or row.document is None else bytes(row.document)

    def _index_members(self, changes: Sequence[tuple[int, MemberKeys, MemberKeys]]) -> None:
        run = self._cursor.executemany
        run(_FORGET_NAME, [(row, old.words) for row, old, new in changes if old.words and old.words != new.words])
        run(_ADD_NAME, [(row, new.words) for row, old, new in changes if new.words and old.words != new.words])
        for forget, add, codes in (
            (_FORGET_IDENTIFIER, _ADD_IDENTIFIER, [(row, old.codes, new.codes) for row, old, new in changes]),
            (_FORGET_PHONE, _ADD_PHONE, [(row, old.phones, new.phones) for row, old, new in changes]),
        ):
            run(forget, [(code, row) for row, old, new in codes for code in old if code not in new])
            run(add, sorted((code, row) for row, old, new in codes for code in new if code not in old))

    def _index_products(self, changes: Iterable[tuple[str, bytes, bytes]]) -> None:
        decoded = [(key, codes_from(old), codes_from(new)) for key, old, new in changes]
        run = self._cursor.executemany
        run(_FORGET_PRODUCT_CODE, [(code, key) for key, old, new in decoded for code in old if code not in new])
        run(_ADD_PRODUCT_CODE, sorted((code, key) for key, old, new in decoded for code in new if code not in old))
