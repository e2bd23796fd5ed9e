"""Reading the replica: statements compiled once, one held connection, one decode per member."""

from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.store import tables as t
from pos_loyalty.store.connections import connect_reader
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.member_documents import read_member
from pos_loyalty.store.name_search import Query
from pos_loyalty.store.program_documents import Programs, read_programs, stamped

_T = TypeVar("_T")

_code: sa.BindParameter[str] = sa.bindparam("code")
_member_id: sa.BindParameter[str] = sa.bindparam("member_id")
_limit: sa.BindParameter[int] = sa.bindparam("limit")
_at_identifier = t.identifier.join(t.member, t.member.c.row == t.identifier.c.member_row)
_at_phone = t.phone.join(t.member, t.member.c.row == t.phone.c.member_row)
_at_name = t.name_index.join(t.member, t.member.c.row == t.name_index.c.rowid)

_BY_CODE = t.sql(sa.select(t.member.c.document).select_from(_at_identifier).where(t.identifier.c.code == _code))
_BY_ID = t.sql(sa.select(t.member.c.document).where(t.member.c.member_id == _member_id))
_BY_NAME = t.sql(
    sa.select(t.member.c.document)
    .select_from(_at_name)
    .where(sa.literal_column("name_index").op("MATCH")(sa.bindparam("expression")))
    .limit(_limit)
    .offset(sa.literal_column("0"))
)
_BY_PHONE = t.sql(
    sa.select(t.member.c.document)
    .select_from(_at_phone)
    .where(t.phone.c.digits >= sa.bindparam("first"), t.phone.c.digits < sa.bindparam("beyond"))
    .limit(_limit)
    .offset(sa.literal_column("0"))
)
_PIN = t.sql(sa.select(t.contents.c.members, t.contents.c.fresh_ms))
_PRODUCT = t.sql(
    sa.select(t.product.c.document).where(
        t.product.c.product_id
        == sa.func.coalesce(
            sa.select(sa.func.min(t.product_code.c.product_id)).where(t.product_code.c.code == _code).scalar_subquery(),
            _code,
        )
    )
)
_PRODUCTS = t.sql(sa.select(t.product.c.document).order_by(t.product.c.product_id))
_PROGRAMS = t.sql(sa.select(t.program.c.key, t.program.c.document))
_USAGE = t.sql(sa.select(t.usage.c.key, t.usage.c.document))
_VOUCHER = t.sql(sa.select(t.voucher.c.document).where(t.voucher.c.code == _code))

_decode_product = msgspec.json.Decoder(Product).decode
_decode_voucher = msgspec.json.Decoder(VoucherRow).decode
_decode_usage = msgspec.json.Decoder(UsageRow).decode

_BEYOND_DIGITS = ":"
"""The character after ``9``."""
_CACHED = {RowKind.PRODUCT: "products", RowKind.PROGRAM: "programs", RowKind.USAGE: "usage"}


class ReplicaReader:
    """One held connection, which sees the replica as it was at one moment until it is moved on. For one thread.

    So all that was read belongs together, and a read takes no lock of its own, which would cost as much again as a
    lookup.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect_reader(path)
        self._cursor = self._connection.cursor()
        try:
            self._pin()
        except dbapi.Error:
            self._connection.close()
            raise

    def move_on(self, kinds: Collection[RowKind]) -> None:
        """See what is committed by now; what is held of these ``kinds`` is read again when it is asked for."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        for kind in kinds:
            vars(self).pop(_CACHED.get(kind, ""), None)
        self._pin()

    def by_code(self, code: str) -> list[Member]:
        """Return the members that ``code`` names."""
        return [read_member(row[0]) for row in self._cursor.execute(_BY_CODE, {"code": code}).fetchall()]

    def member(self, member_id: str) -> Member | None:
        """Return the document of one member."""
        row = self._cursor.execute(_BY_ID, {"member_id": member_id}).fetchone()
        return read_member(row[0]) if row else None

    def candidates(self, query: Query, limit: int) -> list[Member]:
        """Return at least ``limit`` members that ``query`` may mean, if there are so many; some may come twice."""
        if query.phone:
            asked = [
                (_BY_PHONE, {"first": begin, "beyond": begin + _BEYOND_DIGITS, "limit": limit})
                for begin in query.phone_beginnings
            ]
        else:
            asked = [(_BY_NAME, {"expression": query.fts(whole=whole), "limit": limit}) for whole in (True, False)]
        return [read_member(row[0]) for text, values in asked for row in self._cursor.execute(text, values).fetchall()]

    def product(self, code: str) -> Product | None:
        """Return the product with this code or id; none if it is of a newer build."""
        row = self._cursor.execute(_PRODUCT, {"code": code}).fetchone()
        return _readable(_decode_product, row[0]) if row else None

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """All products that can be read, by id."""
        found = (_readable(_decode_product, row[0]) for row in self._cursor.execute(_PRODUCTS).fetchall())
        return tuple(product for product in found if product is not None)

    @cached_property
    def programs(self) -> Programs:
        """Every version of every program, by id and version."""
        documents = [stamped(key, document) for key, document in self._cursor.execute(_PROGRAMS).fetchall()]
        return read_programs(sorted(documents, key=lambda each: (each.program_id, each.version)))

    def voucher(self, code: str) -> VoucherRow | None:
        """Return the row of one voucher; none if it is of a newer build."""
        row = self._cursor.execute(_VOUCHER, {"code": code}).fetchone()
        return _readable(_decode_voucher, row[0]) if row else None

    @cached_property
    def usage(self) -> dict[str, UsageRow]:
        """What all stores together used of limits, by the name of the counter."""
        rows = self._cursor.execute(_USAGE).fetchall()
        found = ((key, _readable(_decode_usage, document)) for key, document in rows)
        return {key: row for key, row in found if row is not None}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _pin(self) -> None:
        self._connection.execute("BEGIN")
        self.members, self.fresh_ms = self._cursor.execute(_PIN).fetchone()


def _readable(decode: Callable[[bytes], _T], document: bytes) -> _T | None:
    """Read a document; None if a newer build made it. What is not even JSON is damage."""
    try:
        return decode(document)
    except msgspec.ValidationError:
        return None
