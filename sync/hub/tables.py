"""The hub's database as SQLAlchemy Core tables: the one definition its statements and its schema are made from.

Statements are compiled once, to text, and run on held connections (docs/explanation/store.md says what else costs).
Numbers are unique per partition by primary key, so what the counters' locks promise, the database refuses to break.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from pos_loyalty.errors import InvariantBroken

SCHEMA = 3

hub = sa.MetaData()


def _text(name: str, *, key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _number(name: str, *, key: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, primary_key=key, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


epoch = sa.Table("epoch", hub, _number("rank", key=True), _text("name"), _bytes("since"), sqlite_strict=True)

terminal = sa.Table("terminal", hub, _text("terminal_id", key=True), _bytes("document"), sqlite_strict=True)

counter = sa.Table(
    "counter", hub, _number("partition", key=True), _number("number"), _number("checksum"), sqlite_strict=True
)

event = sa.Table(
    "event",
    hub,
    _text("event_id", key=True),
    _text("terminal_id"),
    _number("seq"),
    _number("partition"),
    _number("number"),
    _bytes("digest"),
    _number("received_ms"),
    _bytes("envelope"),
    sa.Index("event_of_terminal", "terminal_id", "seq", unique=True),
    sa.Index("event_at", "partition", "number", unique=True),
    sqlite_strict=True,
)

place = sa.Table(
    "place",
    hub,
    _number("partition", key=True),
    _number("number", key=True),
    _text("event_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

row = sa.Table(
    "row",
    hub,
    _text("kind", key=True),
    _text("key", key=True),
    _number("partition"),
    _number("number"),
    _bytes("document", nullable=True),
    sa.Index("row_at", "partition", "number"),
    sqlite_strict=True,
)

scope_sum = sa.Table(
    "scope_sum",
    hub,
    _text("scope", key=True),
    _number("partition", key=True),
    _number("checksum"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

scope_row = sa.Table(
    "scope_row",
    hub,
    _number("partition", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("scope", key=True),
    _number("number"),
    _number("there"),
    _number("due"),
    sa.Index("scope_row_at", "partition", "scope", "number"),
    sa.Index("scope_row_due", "partition", "kind", "due", sqlite_where=sa.text("due > 0")),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

name = sa.Table(
    "name",
    hub,
    _text("code", key=True),
    _text("member_id", key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

record = sa.Table(
    "record",
    hub,
    _number("rank", key=True),
    _text("member_id"),
    _text("unit"),
    _text("kind"),
    _text("record_id"),
    _text("cause"),
    _number("open"),
    _number("due"),
    _bytes("document"),
    sa.UniqueConstraint("member_id", "unit", "kind", "record_id"),
    sa.Index("record_due", "kind", "due", sqlite_where=sa.text("due > 0")),
    sa.Index("record_open", "member_id", "unit", sqlite_where=sa.text("open = 1")),
    # One more column, though it is always 1, has this preferred to the one above.
    sa.Index("record_beside_lots", "member_id", "unit", "open", sqlite_where=sa.text("open = 1 AND kind != 'lot'")),
    sa.Index("record_caused", "cause", "member_id", sqlite_where=sa.text("cause != ''")),
    sqlite_strict=True,
)

transfer = sa.Table(
    "transfer",
    hub,
    _text("transfer_id", key=True),
    _text("member_id"),
    _text("unit"),
    _bytes("document"),
    sa.Index("transfer_of_book", "member_id", "unit"),
    sqlite_strict=True,
)

aside = sa.Table(
    "aside",
    hub,
    _number("rank", key=True),
    _text("brought_by"),
    _text("event_id"),
    _bytes("digest"),
    _number("holds_seq"),
    _text("code"),
    _text("reason"),
    _number("received_ms"),
    _bytes("envelope"),
    sa.UniqueConstraint("brought_by", "event_id", "digest"),
    sa.Index("aside_of_terminal", "brought_by", "holds_seq"),
    sqlite_strict=True,
)

loss = sa.Table(
    "loss",
    hub,
    _number("rank", key=True),
    _text("event_id"),
    _text("code"),
    _text("kind"),
    _number("amount"),
    _text("terminal_id"),
    sqlite_strict=True,
)

memo = sa.Table(
    "memo",
    hub,
    _text("kind", key=True),
    _text("key", key=True),
    _bytes("document"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

_NAMED = sqlite.dialect(paramstyle="named")


def sql(statement: sa.ClauseElement) -> str:
    """Return the text of ``statement``, each parameter a ``:name``; compile once, at import.

    Raises:
        InvariantBroken: the statement carries a value of its own, which the text would lose.
    """
    compiled = statement.compile(dialect=_NAMED)
    if kept := {name: value for name, value in compiled.params.items() if value is not None}:
        raise InvariantBroken(f"a statement must take every value as a parameter, this one holds {kept}")
    return str(compiled)


def schema() -> tuple[str, ...]:
    """Return the statements that make a new database, or what an older one lacks: so far, all was only added."""
    made: list[sa.ClauseElement] = [CreateTable(table, if_not_exists=True) for table in hub.sorted_tables]
    made += [CreateIndex(index, if_not_exists=True) for table in hub.sorted_tables for index in table.indexes]
    return (*(str(each.compile(dialect=_NAMED)) for each in made), f"PRAGMA user_version = {SCHEMA}")


def upsert(table: sa.Table, *keys: str, keep: tuple[str, ...] = ()) -> sa.ClauseElement:
    """Return an insert of a whole row that replaces the row with the same ``keys``, but for what is to be kept."""
    insert = sqlite.insert(table).values({c.name: sa.bindparam(c.name) for c in table.columns if c.name not in keep})
    changed = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in (*keys, *keep)}
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def add(table: sa.Table, *, unless_there: bool = False, keep: tuple[str, ...] = ()) -> sa.ClauseElement:
    """Return an insert of a whole row; of one that is there, ``unless_there``, nothing."""
    insert = sqlite.insert(table).values({c.name: sa.bindparam(c.name) for c in table.columns if c.name not in keep})
    return insert.on_conflict_do_nothing() if unless_there else insert
