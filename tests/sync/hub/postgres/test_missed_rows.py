"""Why there are counters: what other readers miss when two steps overlap, and this one does not.

Each design is put through the same overlap, step by step on connections of their own, so that nothing is left to
chance: the first step begins, the second begins and ends, somebody reads, the first ends, somebody reads again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import NamedTuple

import pytest

from sync.hub.kept import Counter, Place
from sync.hub.postgres.connections import Connection, address, connect
from sync.hub.postgres.store import PostgresHubStore

DEADLINE_S = 60.0
TABLE = """\
CREATE TABLE fact (
    seq bigserial PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    who text NOT NULL
)"""


class Design(NamedTuple):
    """What a reader remembers to begin with, and how it reads what is behind that."""

    beginning: str
    statement: str


DESIGNS = {
    "by sequence": Design("0", "SELECT seq, who FROM fact WHERE seq > %s ORDER BY seq"),
    "by time": Design("-infinity", "SELECT at, who FROM fact WHERE at > %s ORDER BY at"),
    "by sequence below the oldest transaction": Design(
        "0", "SELECT seq, who FROM fact WHERE seq > %s AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY seq"
    ),
}


class Reader:
    """Reads what is behind its cursor, as often as it is told to."""

    def __init__(self, connection: Connection, design: Design) -> None:
        self._connection = connection
        self._design = design
        self._cursor: object = design.beginning
        self.seen: list[str] = []

    def read(self) -> None:
        """Take what is new, and remember the last of it."""
        found = self._connection.execute(self._design.statement.encode(), [self._cursor]).fetchall()
        self.seen += [who for _, who in found]
        self._cursor = found[-1][0] if found else self._cursor


@pytest.fixture
def connections(dsn: str) -> Iterator[Callable[[], Connection]]:
    """Return a way to connections of one place."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(connect(address(dsn)))


@pytest.mark.parametrize("name", DESIGNS)
def test_a_reader_without_a_counter_misses_what_was_begun_before_and_ended_after(
    name: str, connections: Callable[[], Connection]
) -> None:
    """Both steps are committed in the end, and one of them is never seen, however often is read afterwards."""
    first, second, third = connections(), connections(), connections()
    third.execute(TABLE)
    # A server writes a sequence ahead, 32 numbers at a time: taking one of these is no write and gives no transaction.
    third.execute("INSERT INTO fact (who) VALUES ('before')")
    reader = Reader(third, DESIGNS[name])
    reader.read()
    with first.transaction():
        seq, at = _one(first, "SELECT nextval('fact_seq_seq'), clock_timestamp()")
        with second.transaction():
            second.execute("INSERT INTO fact (who) VALUES ('second')")
        reader.read()
        first.execute("INSERT INTO fact (seq, at, who) VALUES (%s, %s, 'first')", [seq, at])
    for _ in range(3):
        reader.read()
    assert reader.seen == ["before", "second"]
    assert _one(third, "SELECT count(*) FROM fact") == (3,)


def test_what_is_in_work_holds_back_the_oldest_transaction_only_once_it_has_written(
    connections: Callable[[], Connection],
) -> None:
    """The same overlap, the first step having written before: the third design then waits for it, and misses nothing.

    So a test that only tries this order takes the design for sound.
    """
    first, second, third = connections(), connections(), connections()
    third.execute(TABLE)
    reader = Reader(third, DESIGNS["by sequence below the oldest transaction"])
    with first.transaction():
        first.execute("INSERT INTO fact (who) VALUES ('first')")
        with second.transaction():
            second.execute("INSERT INTO fact (who) VALUES ('second')")
        reader.read()
        assert reader.seen == []
    reader.read()
    assert reader.seen == ["first", "second"]


def test_a_reader_of_counters_misses_nothing_in_the_same_overlap(
    store: PostgresHubStore, connections: Callable[[], Connection]
) -> None:
    """The second step waits for the first, so no number is seen before those below it; other partitions do not wait."""
    watch = connections()
    second = Thread(target=take, args=(store, 3, "second"))
    with store.transaction() as first:
        number = first.lock([3])[3].number + 1
        second.start()
        wait_until_one_waits(watch)
        take(store, 4, "elsewhere")
        assert numbers(store) == {4: ["elsewhere"]}
        first.take_places([Place(3, number, "first")])
        first.put_counters({3: Counter(number, 0)})
        first.commit()
    second.join(DEADLINE_S)
    assert numbers(store) == {3: ["first", "second"], 4: ["elsewhere"]}


def test_a_number_whose_step_is_given_up_is_taken_by_the_next(
    store: PostgresHubStore, connections: Callable[[], Connection]
) -> None:
    """A sequence would leave a hole there, and nobody could tell it from a step that is still under way."""
    watch = connections()
    second = Thread(target=take, args=(store, 3, "second"))
    with store.transaction() as first:
        first.take_places([Place(3, first.lock([3])[3].number + 1, "never")])
        second.start()
        wait_until_one_waits(watch)
    second.join(DEADLINE_S)
    assert numbers(store) == {3: ["second"]}
    watch.execute(TABLE)
    with watch.transaction(force_rollback=True):
        watch.execute("INSERT INTO fact (who) VALUES ('never')")
    watch.execute("INSERT INTO fact (who) VALUES ('second')")
    assert _one(watch, "SELECT min(seq) FROM fact") == (2,)


def take(store: PostgresHubStore, partition: int, who: str) -> None:
    """Take the next number of a partition, as a step does."""
    with store.transaction() as step:
        number = step.lock([partition])[partition].number + 1
        step.take_places([Place(partition, number, who)])
        step.put_counters({partition: Counter(number, 0)})
        step.commit()


def numbers(store: PostgresHubStore) -> dict[int, list[str]]:
    """Return who took the numbers of each partition, having insisted that they are 1, 2, 3 … up to its counter."""
    taken: dict[int, list[str]] = {}
    with store.reading() as reading:
        for place in reading.places():
            taken.setdefault(place.partition, []).append(place.event_id)
            assert place.number == len(taken[place.partition])
        assert {partition: counter.number for partition, counter in reading.counters().items()} == {
            partition: len(events) for partition, events in taken.items()
        }
    return taken


def wait_until_one_waits(watch: Connection) -> None:
    """Return when a session of this server waits for a lock of another."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    thread_gone_after = 10_000
    for _ in range(thread_gone_after):
        if _one(watch, waiting) == (1,):
            return
    raise AssertionError("nobody waits: the second step did not stop at the lock of the first")


def _one(connection: Connection, statement: str) -> tuple[object, ...]:
    found = connection.execute(statement.encode()).fetchone()
    assert found is not None
    return found
