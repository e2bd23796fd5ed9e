"""The schema goes forward only, and the release before it goes on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.errors import InvariantBroken, StoreError, StoreTooNew
from sync.hub.audit import faults
from sync.hub.postgres.connections import Connection, address, connect
from sync.hub.postgres.steps import Step, bring_up_to_date, step_of, steps
from sync.hub.postgres.store import PostgresHubStore
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import Ids, Till, enrolled, hub_over, issued, outcomes, sale, unreadable, used

NEWEST = steps()[-1].number
EXPANDING = """\
ALTER TABLE event ADD COLUMN region text, ADD COLUMN shelf integer NOT NULL DEFAULT 0;
ALTER TABLE feed_row ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE record ADD COLUMN note text;
CREATE TABLE later (partition smallint PRIMARY KEY);
CREATE INDEX event_received ON event (partition, received_ms);
"""


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    """Return a connection to a place where nothing is yet."""
    with connect(address(dsn)) as opened:
        yield opened


def later(oldest: int, statements: str = EXPANDING) -> tuple[Step, ...]:
    """Return the steps of a release after this one."""
    return (*steps(), Step(NEWEST + 1, oldest, statements))


def taken(connection: Connection) -> list[int]:
    """Return the steps that a database says it has."""
    return [number for (number,) in connection.execute("SELECT number FROM schema_step ORDER BY number").fetchall()]


def test_hubs_that_open_one_new_database_at_once_make_it_once(dsn: str, connection: Connection) -> None:
    """Whoever comes second waits and finds it made; all of them then serve the same history."""
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: PostgresHubStore(dsn, 2), range(4)))
        list(pool.map(hub_over, stores))
    for each in stores:
        with closing(each), each.reading() as reading:
            assert len(reading.epochs()) == 1
    assert taken(connection) == list(range(1, NEWEST + 1))


def test_this_release_runs_after_a_later_step_that_only_adds(dsn: str, connection: Connection) -> None:
    """Every statement does its work on the tables as they will be: the hub goes on while others are made newer."""
    bring_up_to_date(connection, later(oldest=1))
    till = Till("t1", Ids())
    till.did(enrolled())
    till.did(sale(50, -20, uses=1, vouchers=[issued("V", 10)]))
    till.did(sale(-80, 5, vouchers=[used("V", 30)]))
    unreadable(till)
    with closing(PostgresHubStore(dsn)) as store:
        hub = hub_over(store, "t1")
        assert outcomes(hub.push(till.request())) == [Outcome.APPLIED] * 3 + [Outcome.QUARANTINED]
        assert outcomes(hub.push(till.request())) == [Outcome.DUPLICATE] * 3 + [Outcome.QUARANTINED]
        replica = Replica(hub, "t1")
        replica.pull_all(1)
        assert {key: row.number for key, row in replica.rows.items()} == {
            k: r.number for k, r in rows_in(store).items()
        }
        with store.reading() as reading:
            assert faults(reading) == ()
            assert len(reading.quarantine()) == 1
            assert reading.losses() != []


def test_this_release_refuses_what_a_later_step_took_from_it(dsn: str, connection: Connection) -> None:
    """It says which schema is there, which it knows and what to install; and it has changed nothing."""
    bring_up_to_date(connection, later(oldest=NEWEST + 1, statements="ALTER TABLE event DROP COLUMN received_ms"))
    said = f"schema {NEWEST + 1} and serves programs from {NEWEST + 1} on, this program knows {NEWEST}: install"
    with pytest.raises(StoreTooNew, match=said):
        PostgresHubStore(dsn)
    assert taken(connection)[-1] == NEWEST + 1


def test_a_step_that_fails_leaves_the_database_as_it_was(dsn: str, connection: Connection) -> None:
    """All missing steps are taken, or none."""
    broken = later(1, "CREATE TABLE half (a integer); ALTER TABLE nowhere ADD COLUMN b integer")
    with pytest.raises(psycopg.errors.UndefinedTable):
        bring_up_to_date(connection, broken)
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT FROM schema_step")
    with closing(PostgresHubStore(dsn)) as store, store.reading() as reading:
        assert reading.epochs() == ()


def test_a_step_does_not_wait_long_for_tables_that_are_in_use(dsn: str, connection: Connection) -> None:
    """Everybody who comes behind it would wait with it; so it gives up, says so, and can be started again."""
    PostgresHubStore(dsn).close()
    patient = later(1, "SET LOCAL lock_timeout = '10ms'; ALTER TABLE event ADD COLUMN region text")
    with connect(address(dsn)) as other, other.transaction():
        other.execute("SELECT FROM event")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            bring_up_to_date(connection, patient)
    bring_up_to_date(connection, patient)
    assert taken(connection)[-1] == NEWEST + 1


def test_every_step_says_which_program_it_leaves_running() -> None:
    """Numbers are 1, 2, 3 … and the oldest program never becomes older; a file that does not say it is our fault."""
    assert [step.number for step in steps()] == list(range(1, NEWEST + 1))
    assert [step.oldest for step in steps()] == sorted(step.oldest for step in steps())
    assert all(step.oldest <= step.number for step in steps())
    with pytest.raises(InvariantBroken, match=r"hub_0009\.sql must have a line '-- oldest program: N'"):
        step_of("hub_0009.sql", "DROP TABLE event;")


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error says which database at which host, and what to look at."""
    with pytest.raises(StoreError, match=f"database shop at {tmp_path} cannot be reached .* check the address"):
        PostgresHubStore(f"host={tmp_path} dbname=shop user=hub password=secret")
