"""The two databases as SQLAlchemy Core tables: the one definition every statement is made from.

The SQL files in ``schema`` create them, since they also carry what Core cannot say (FTS5); a test keeps the two
in agreement. Statements are compiled once to text and run on held connections: going through SQLAlchemy's result
layer costs three times a raw lookup, rebuilding the statement nine times (docs/explanation/store.md).
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from pos_loyalty.errors import InvariantBroken

journal = sa.MetaData()
replica = sa.MetaData()

_ZERO = sa.text("0")


def _placed() -> tuple[sa.Column[int], ...]:
    """Return the columns that say where in the feed a row stands; 65 is no partition (see ``place``)."""
    return (
        sa.Column("partition", sa.Integer, nullable=False, server_default=sa.text("65")),
        sa.Column("number", sa.Integer, nullable=False, server_default=_ZERO),
        sa.Column("generation", sa.Integer, nullable=False, server_default=_ZERO),
    )


terminal = sa.Table(
    "terminal",
    journal,
    sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True),
    sa.Column("terminal_id", sa.Text, nullable=False),
    sa.Column("session", sa.LargeBinary),
    sa.Column("epoch", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("seen_ms", sa.Integer, nullable=False, server_default=_ZERO),
    sa.Column("ahead_ms", sa.Integer, nullable=False, server_default=_ZERO),
    sqlite_strict=True,
)

event = sa.Table(
    "event",
    journal,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("hub_ms", sa.Integer),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Integer, nullable=False, server_default=_ZERO),
    sa.Column("partition", sa.Integer, nullable=False, server_default=_ZERO),
    sa.Column("number", sa.Integer, nullable=False, server_default=_ZERO),
    sa.Column("code", sa.Text),
    sa.Column("known_as", sa.Text),
    sa.Index("event_by_id", "event_id", unique=True),
    sa.Index("event_waiting", "member_id", "seq", sqlite_where=sa.text("state = 0")),
    sa.Index("event_in_turn", "seq", sqlite_where=sa.text("state = 0")),
    sa.Index("event_aside", "seq", sqlite_where=sa.text("state = 2")),
    sa.Index("event_settling", "partition", "number", "member_id", sqlite_where=sa.text("state = 1")),
    sqlite_strict=True,
)

basket = sa.Table(
    "basket",
    journal,
    sa.Column("basket_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("live", sa.Integer, nullable=False),
    sa.Column("opened_at", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Index("basket_live", "opened_at", "basket_id", sqlite_where=sa.text("live = 1")),
    sqlite_strict=True,
)

answer = sa.Table(
    "answer",
    journal,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

counter = sa.Table(
    "counter",
    journal,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("until", sa.Text),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

event_subject = sa.Table(
    "event_subject",
    journal,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

event_count = sa.Table(
    "event_count",
    journal,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("amount", sa.Integer, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

contents = sa.Table(
    "contents",
    replica,
    sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True),
    sa.Column("members", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("fresh_ms", sa.Integer),
    sqlite_strict=True,
)

place = sa.Table(
    "place",
    replica,
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("checksum", sa.Integer, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("anew", sa.Integer, nullable=False),
    sa.Column("whole", sa.Integer, nullable=False),
    sqlite_strict=True,
)

member = sa.Table(
    "member",
    replica,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("member_id", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_placed(),
    sa.Column("found_by", sa.LargeBinary),
    sa.Index("member_by_id", "member_id", unique=True),
    sa.Index("member_by_place", "partition", "generation"),
    sqlite_strict=True,
)

identifier = sa.Table(
    "identifier",
    replica,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("member_row", sa.Integer, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

phone = sa.Table(
    "phone",
    replica,
    sa.Column("digits", sa.Text, primary_key=True),
    sa.Column("member_row", sa.Integer, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

product = sa.Table(
    "product",
    replica,
    sa.Column("product_id", sa.Text, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_placed(),
    sa.Column("found_by", sa.LargeBinary),
    sa.Index("product_by_place", "partition", "generation"),
    sqlite_strict=True,
)

product_code = sa.Table(
    "product_code",
    replica,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("product_id", sa.Text, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

program = sa.Table(
    "program",
    replica,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_placed(),
    sa.Index("program_by_place", "partition", "generation"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

voucher = sa.Table(
    "voucher",
    replica,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_placed(),
    sa.Index("voucher_by_place", "partition", "generation"),
    sqlite_strict=True,
)

usage = sa.Table(
    "usage",
    replica,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_placed(),
    sa.Index("usage_by_place", "partition", "generation"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

name_index = sa.table("name_index", sa.column("rowid"), sa.column("words"))
"""The FTS5 table; ``rowid`` is :data:`member`'s ``row``."""

_NAMED = sqlite.dialect(paramstyle="named")
_IN_ORDER = sqlite.dialect(paramstyle="qmark")


def sql(statement: sa.ClauseElement, *, in_order: bool = False) -> str:
    """Return the text of ``statement``; compile once, at import.

    Every parameter is a ``:name`` or, ``in_order``, a ``?`` for rows that come as tuples in the order of the columns.

    Raises:
        InvariantBroken: the statement carries a value of its own, which the text would lose.
    """
    compiled = statement.compile(dialect=_IN_ORDER if in_order else _NAMED)
    if kept := {name: value for name, value in compiled.params.items() if value is not None}:
        raise InvariantBroken(f"a statement must take every value as a parameter, this one holds {kept}")
    return str(compiled)


def upsert(table: sa.Table) -> sa.ClauseElement:
    """Return an insert of a whole row that replaces the row with the same primary key."""
    insert = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(
        index_elements=keys, set_={c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
    )


def add_up(table: sa.Table, column: str) -> sa.ClauseElement:
    """Return an insert of a whole row that, where its primary key is there already, adds ``column`` to that row's."""
    insert = sqlite.insert(table)
    keys = [key.name for key in table.primary_key]
    added = {column: table.c[column] + insert.excluded[column]}
    return insert.on_conflict_do_update(index_elements=keys, set_=added)
