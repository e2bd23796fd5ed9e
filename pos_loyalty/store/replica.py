"""Reading the replica: statements compiled once, one held connection, one decode per member."""

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.ports import ProgramDocument
from pos_loyalty.store import tables as t
from pos_loyalty.store.connections import connect_frozen
from pos_loyalty.store.name_search import Query
from pos_loyalty.store.program_documents import Programs, read_programs

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
_COUNT = t.sql(sa.select(t.contents.c.members))
_APPLIED = t.sql(sa.select(t.contents.c.applied))
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
_PROGRAMS = t.sql(sa.select(t.program).order_by(t.program.c.program_id, t.program.c.version))
_VOUCHER = t.sql(sa.select(t.voucher.c.document).where(t.voucher.c.code == _code))

_decode_member = msgspec.json.Decoder(Member).decode
_decode_product = msgspec.json.Decoder(Product).decode
_decode_voucher = msgspec.json.Decoder(Voucher).decode
_decode_applied = msgspec.json.Decoder(dict[str, int]).decode

_BEYOND_DIGITS = ":"
"""The character after ``9``."""


class ReplicaReader:
    """One held connection to a replica that nobody changes under its name. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_frozen(path)
        self._cursor = self._connection.cursor()

    def by_code(self, code: str) -> list[Member]:
        """Return the members that ``code`` names."""
        return [_decode_member(row[0]) for row in self._cursor.execute(_BY_CODE, {"code": code}).fetchall()]

    def member(self, member_id: str) -> Member | None:
        """Return the document of one member."""
        row = self._cursor.execute(_BY_ID, {"member_id": member_id}).fetchone()
        return _decode_member(row[0]) if row else None

    def candidates(self, query: Query, limit: int) -> list[Member]:
        """Return at least ``limit`` members that ``query`` may mean, if there are so many; some may come twice."""
        if query.phone:
            asked = [
                (_BY_PHONE, {"first": begin, "beyond": begin + _BEYOND_DIGITS, "limit": limit})
                for begin in query.phone_beginnings
            ]
        else:
            asked = [(_BY_NAME, {"expression": query.fts(whole=whole), "limit": limit}) for whole in (True, False)]
        return [
            _decode_member(row[0]) for text, values in asked for row in self._cursor.execute(text, values).fetchall()
        ]

    def product(self, code: str) -> Product | None:
        """Return the product with this code or id."""
        row = self._cursor.execute(_PRODUCT, {"code": code}).fetchone()
        return _decode_product(row[0]) if row else None

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """All products, by id."""
        return tuple(_decode_product(row[0]) for row in self._cursor.execute(_PRODUCTS))

    @cached_property
    def programs(self) -> Programs:
        """Every version of every program, by id and version."""
        return read_programs(ProgramDocument(program_id=i, version=v, document=d) for i, v, d in self._rows(_PROGRAMS))

    def voucher(self, code: str) -> Voucher | None:
        """Return the document of one voucher."""
        row = self._cursor.execute(_VOUCHER, {"code": code}).fetchone()
        return _decode_voucher(row[0]) if row else None

    @cached_property
    def applied(self) -> dict[str, int]:
        """How much of each terminal's journal is in the vouchers."""
        return _decode_applied(self._cursor.execute(_APPLIED).fetchone()[0])

    @cached_property
    def members(self) -> int:
        """How many members there are."""
        count: int = self._cursor.execute(_COUNT).fetchone()[0]
        return count

    def _rows(self, text: str) -> list[Any]:
        return self._cursor.execute(text).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
