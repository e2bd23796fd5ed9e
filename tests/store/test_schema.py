"""The schema steps, their past, the tables that statements are made from, and the page that describes them."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from pos_loyalty.core.event_bodies import BasketCommitted, BasketVoided, NoteWritten
from pos_loyalty.core.events import body_of, encode, seal
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.store import tables
from pos_loyalty.store.connections import check, connect, create, migrate, schema_steps
from pos_loyalty.store.linked_sqlite import dbapi
from tests.store.shop import about, committed, note, sqlite_store

PAST = sorted((Path(__file__).parent / "schemas").glob("*.sql"))
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.md"
KINDS = ("journal", "replica")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[dbapi.Connection]:
    """Return an empty database."""
    with closing(connect(tmp_path / "fresh.db", flags="mode=rwc")) as connection:
        yield connection


def restore(dump: Path, place: Path) -> dbapi.Connection:
    """Make the database of a dump."""
    connection = connect(place, flags="mode=rwc")
    connection.executescript(dump.read_text(encoding="utf-8"))
    return connection


def schema_of(connection: dbapi.Connection) -> dict[str, str]:
    """Return name and text of everything in the schema."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(text.split()) for name, text in rows}


def rows_of(connection: dbapi.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every ordinary table of ours."""
    listed = connection.execute("PRAGMA table_list").fetchall()
    names = [row[1] for row in listed if row[2] == "table" and not row[1].startswith("sqlite_")]
    return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - names come from the schema


def shape_of(connection: dbapi.Connection, table: str) -> object:
    """Return all that matters of a table: columns, keys, indexes, STRICT and WITHOUT ROWID."""
    columns = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    indexes = sorted(row[1:] for row in connection.execute(f"PRAGMA index_list({table})").fetchall())
    keys = {name: connection.execute(f"PRAGMA index_xinfo({name})").fetchall() for name, *_ in indexes}
    flags = [row[3:] for row in connection.execute("PRAGMA table_list").fetchall() if row[1] == table]
    return columns, indexes, keys, flags


def test_every_past_schema_is_here() -> None:
    """True if each released step has the dump of a database that it made."""
    steps = [f"{kind}_{number:04}" for kind in KINDS for number in range(1, len(schema_steps(kind)) + 1)]
    assert [path.stem for path in PAST] == steps


@pytest.mark.parametrize("dump", PAST, ids=lambda path: path.stem)
def test_a_past_database_becomes_todays_and_stays_so(dump: Path, tmp_path: Path, fresh: dbapi.Connection) -> None:
    """True if migrating gives the schema made from scratch, keeps every row and does nothing the second time."""
    kind = dump.stem.split("_")[0]
    create(fresh, kind)
    with closing(restore(dump, tmp_path / "past.db")) as past:
        before = rows_of(past)
        for _ in range(2):
            migrate(past, kind, tmp_path / "past.db")
            assert schema_of(past) == schema_of(fresh)
            assert past.execute("PRAGMA user_version").fetchone()[0] == len(schema_steps(kind))
            after = rows_of(past)
            assert {name: len(rows) for name, rows in before.items()} == {name: len(after[name]) for name in before}
        assert check(past, tmp_path / "past.db") is None


@pytest.mark.parametrize("version", range(1, len(schema_steps("journal")) + 1))
def test_a_store_opens_on_the_files_of_any_version_twice(tmp_path: Path, version: int) -> None:
    """True if a till that was upgraded reads what it knew and writes on."""
    (tmp_path / "till").mkdir(mode=0o700)
    for kind in KINDS:
        dump = max(path for path in PAST if path.stem <= f"{kind}_{version:04}" and path.stem.startswith(kind))
        restore(dump, tmp_path / "till" / f"{kind}.db").close()
    for already in (0, 1):
        with closing(sqlite_store(tmp_path / "till")) as store:
            (roya,) = store.lookup("PL-1")
            assert [n.text for n in roya.notes] == ["later"] * already + ["likes blue"]
            assert store.search("رویا", 5) == store.search("0912", 5) == (roya,)
            (sara,) = store.lookup("PL-7")
            assert store.search("سارا", 5) == (sara,)
            assert body_of(store.events(after_seq=1)[0]) == NoteWritten(text="likes blue")
            assert [basket.basket_id for basket in store.live_baskets()] == ["b-1"]
            assert (store.session(), store.answer("k-1") is None) == (b"session", False)
            product = store.product("626001")
            assert product is not None
            assert product.unit_price == 250_000
            assert [program.stamp for program in store.programs()] == ["club@1", "club@2"]
            card, coupon = store.voucher("SPRINGCARD27"), store.voucher("BADCAFE23456")
            assert (card and card.balance, coupon and coupon.member_id) == (
                (500_000, None) if version > 1 else (None, None)
            )
            assert (coupon is not None, len(store.usage().used)) == ((True, 2) if version > 1 else (False, 0))
            committed(store, note("m-roya", "later", f"019d1044-ffff-7000-8000-{already:012}"))


def test_a_journal_of_version_1_knows_afterwards_which_sale_was_undone(tmp_path: Path) -> None:
    """True if events written before there was an index are in it."""
    sale = BasketCommitted(basket_id="b-9", currency="IRR", gross=5, discount=0, net=5, lines=())
    first, second = "019d1044-0000-7000-8000-000000000001", "019d1044-0000-7000-8000-000000000002"
    with closing(restore(PAST[0], tmp_path / "past.db")) as past:
        for seq, event_id, body in ((3, first, sale), (4, second, BasketVoided(basket_id="b-9", sale_event_id=first))):
            event = seal(about(None, body, event_id), "t", seq)
            row = (seq, event_id, None, event.type, None, encode(event))
            past.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", row)
        migrate(past, "journal", tmp_path / "past.db")
        assert past.execute("SELECT subject, seq FROM event_subject").fetchall() == [(first, 4)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_of_the_code_are_those_of_the_files(kind: str, fresh: dbapi.Connection, tmp_path: Path) -> None:
    """True if SQLAlchemy would make exactly the tables and indexes that the SQL files make."""
    create(fresh, kind)
    metadata: sa.MetaData = getattr(tables, kind)
    url = sa.URL.create("sqlite", database=str(tmp_path / "core.db"))
    engine = sa.create_engine(url, module=dbapi, poolclass=sa.NullPool)
    metadata.create_all(engine)
    with closing(connect(tmp_path / "core.db")) as core:
        for name in metadata.tables:
            assert shape_of(core, name) == shape_of(fresh, name)
    made = {row[1] for row in fresh.execute("PRAGMA table_list").fetchall() if row[2] == "table"}
    assert made == {*metadata.tables, "sqlite_schema", "sqlite_temp_schema"}


def test_a_step_that_fails_leaves_nothing(fresh: dbapi.Connection) -> None:
    """True if the steps of a schema are one transaction."""
    fresh.execute("CREATE TABLE program (x)")
    with pytest.raises(dbapi.OperationalError, match="already exists"):
        create(fresh, "replica")
    assert list(schema_of(fresh)) == ["program"]


def test_a_statement_with_a_value_in_it_is_refused() -> None:
    """True if a constant cannot be lost on the way from a Core statement to its text."""
    with pytest.raises(InvariantBroken, match="must take every value"):
        tables.sql(sa.select(tables.event.c.seq).where(tables.event.c.seq == 1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_describes_every_table_and_column(kind: str) -> None:
    """True if docs/reference/schema.md has a section for each table with each column, in order, and no other."""
    sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {s.split("`")[1]: re.findall(r"^\| `(\w+)` \|", s, flags=re.MULTILINE) for s in sections}
    metadata: sa.MetaData = getattr(tables, kind)
    for name, table in metadata.tables.items():
        assert told[name] == [column.name for column in table.columns]
    known = {*tables.journal.tables, *tables.replica.tables, tables.name_index.name}
    assert set(told) == known
