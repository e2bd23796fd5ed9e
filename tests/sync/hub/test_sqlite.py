"""What is the file's own: its schema, and what it says when it cannot be used."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from pos_loyalty.errors import InvariantBroken, StoreDamaged, StoreLocked, StoreTooNew
from pos_loyalty.store.connections import connect
from sync.hub import tables
from sync.hub.kept import Counter
from tests.sync.hub.shop import hub_over
from tests.sync.hub.stores import sqlite_hub


def test_a_file_that_is_opened_again_has_what_it_had(tmp_path: Path) -> None:
    """The schema is made once."""
    path = tmp_path / "hub.db"
    for number in (1, 2):
        with closing(sqlite_hub(path)) as store, store.transaction() as step:
            assert step.lock([3])[3].number == number - 1
            step.put_counters({3: Counter(number, 0)})
            step.commit()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """It says so, and what to install."""
    path = tmp_path / "hub.db"
    sqlite_hub(path).close()
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match="schema 99"):
        sqlite_hub(path)


def test_errors_of_the_database_are_said_in_our_words(tmp_path: Path) -> None:
    """A file that is none is damaged; one that somebody else writes is locked, and nothing of the step was kept."""
    (tmp_path / "none.db").write_bytes(b"not a database, but long enough to be taken for a header of one" * 9)
    with pytest.raises(StoreDamaged):
        sqlite_hub(tmp_path / "none.db")
    path = tmp_path / "hub.db"
    with closing(sqlite_hub(path)) as store, closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked), store.transaction():
            pass
        other.execute("ROLLBACK")
        with store.transaction() as step:
            assert step.counters() == {}


def test_a_statement_takes_every_value_as_a_parameter() -> None:
    """A value of its own would be lost in the text."""
    with pytest.raises(InvariantBroken, match="parameter"):
        tables.sql(sa.select(tables.counter).where(tables.counter.c.partition == 3))


def test_a_file_of_an_older_program_gets_what_it_lacks(tmp_path: Path) -> None:
    """What is in it stays, and the tables that came since are there."""
    with closing(sqlite_hub(tmp_path / "hub.db")) as store:
        hub_over(store, "t1")
    with closing(connect(tmp_path / "hub.db")) as connection:
        for statement in ("DROP TABLE scope_row", "DROP TABLE scope_sum", "PRAGMA user_version = 1"):
            connection.execute(statement)
    with closing(sqlite_hub(tmp_path / "hub.db")) as store, store.reading() as reading:
        assert reading.terminal("t1") is not None
        assert reading.scopes() == []
