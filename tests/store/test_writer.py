"""The writing thread: groups, refusals, full disks, and who wins when many write at once."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos_loyalty.errors import InvariantBroken, StoreFull, StoreLocked
from pos_loyalty.ports import Change, Committed, Replayed, StaleBasket
from pos_loyalty.store.connections import WAL_BYTES_MAX
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.sqlite import SqliteStore
from tests.store.shop import DEADLINE_S, answer, basket, committed, done, new_id, note, sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return an empty store."""
    with closing(sqlite_store(tmp_path / "till")) as opened:
        yield opened


@contextmanager
def foreign_writer(store: SqliteStore) -> Iterator[dbapi.Connection]:
    """Hold the journal as another program would."""
    with closing(dbapi.connect(store.folder / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.execute("ROLLBACK")


def statements_of(store: SqliteStore) -> list[str]:
    """Return a list that grows with every statement of the writer."""
    seen: list[str] = []
    store._writer._connection.set_trace_callback(seen.append)
    return seen


def at_once(number: int, act: Callable[[int], None]) -> None:
    """Run ``act`` in so many threads that start together."""
    start = threading.Barrier(number)

    def run(index: int) -> None:
        start.wait(DEADLINE_S)
        act(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def test_changes_that_wait_together_share_a_commit(store: SqliteStore) -> None:
    """True if thirty changes queued while the file was held take two transactions, and all are done."""
    seen = statements_of(store)
    with foreign_writer(store):
        futures = [store.commit(Change(events=(note("m"),))) for _ in range(30)]
    outcomes = [future.result(DEADLINE_S) for future in futures]
    assert all(isinstance(outcome, Committed) for outcome in outcomes)
    assert [event.seq for event in store.events()] == list(range(1, 31))
    assert Counter(seen)["COMMIT"] <= 2


def test_a_bad_change_leaves_its_group_alone(store: SqliteStore) -> None:
    """True if a change refused in mid-group takes nothing with it and leaves no gap."""
    known = new_id()
    committed(store, note("m", event_id=known))
    with foreign_writer(store):
        before = store.commit(Change(events=(note("m"), note("m"))))
        bad = store.commit(Change(events=(note("m"), note("m", event_id=known)), basket=basket("b", 1)))
        stale = store.commit(Change(events=(note("m"),), basket=basket("b", 5)))
        unwritable = store.commit(Change(events=(note("m"), note("m", "\ud800"))))
        after = store.commit(Change(events=(note("m"),), basket=basket("b", 1)))
    assert isinstance(before.result(DEADLINE_S), Committed)
    assert isinstance(bad.exception(DEADLINE_S), InvariantBroken)
    assert stale.result(DEADLINE_S) == StaleBasket(basket=None)
    assert isinstance(unwritable.exception(DEADLINE_S), InvariantBroken)
    assert isinstance(after.result(DEADLINE_S), Committed)
    assert [event.seq for event in store.events()] == [1, 2, 3, 4]
    assert store.counts().waiting == 4


def test_a_retry_in_the_same_group_is_replayed(store: SqliteStore) -> None:
    """True if a change sees what stands before it in its own transaction."""
    with foreign_writer(store):
        futures = [store.commit(Change(events=(note("m"),), answer=answer("k"))) for _ in range(5)]
    kinds = Counter(type(future.result(DEADLINE_S)) for future in futures)
    assert kinds == {Committed: 1, Replayed: 4}
    assert len(store.events()) == 1


def test_ten_threads_with_one_key_make_one_sale(store: SqliteStore) -> None:
    """True if nine of ten equal requests get the answer of the first."""
    outcomes: list[object] = []
    at_once(10, lambda _: outcomes.append(done(store, Change(events=(note("m"),), answer=answer("k")))))
    assert Counter(type(outcome) for outcome in outcomes) == {Committed: 1, Replayed: 9}
    assert len(store.events()) == 1


def test_ten_threads_on_one_revision_have_one_winner(store: SqliteStore) -> None:
    """True if nine of ten writers of the same revision learn what the winner wrote."""
    done(store, Change(basket=basket("b", 1)))
    outcomes: list[object] = []
    at_once(10, lambda _: outcomes.append(done(store, Change(events=(note("m"),), basket=basket("b", 2)))))
    assert Counter(type(outcome) for outcome in outcomes) == {Committed: 1, StaleBasket: 9}
    assert (len(store.events()), store.basket("b")) == (1, basket("b", 2))


def test_many_threads_leave_no_gap_and_read_what_they_wrote(store: SqliteStore) -> None:
    """True if a member's notes are all shown as soon as the future has ended, while others write and search."""

    def seller(index: int) -> None:
        for count in range(1, 11):
            committed(store, note(f"m{index}"))
            mine = [event for event in store.events() if event.member_id == f"m{index}"]
            assert len(mine) == count
            store.search("ali", 5)

    at_once(8, seller)
    assert [event.seq for event in store.events()] == list(range(1, 81))


def test_a_foreign_writer_is_reported_and_the_store_goes_on(store: SqliteStore) -> None:
    """True if a change fails as locked while another program writes, and the next one succeeds."""
    with foreign_writer(store), pytest.raises(StoreLocked, match="another program"):
        done(store, Change(events=(note("m"),)))
    assert committed(store, note("m")).events[0].seq == 1


def test_a_cancelled_change_leaves_no_trace(store: SqliteStore) -> None:
    """True if a change given up before its turn is not written."""
    with foreign_writer(store):
        first = store.commit(Change(events=(note("m", "first"),)))
        given_up = store.commit(Change(events=(note("m", "given up"),)))
        if not given_up.cancel():
            pytest.fail("the writer took the second change while the first was waiting for the file")
    first.result(DEADLINE_S)
    store.close()
    with closing(sqlite_store(store.folder)) as again:
        assert len(again.events()) == 1


def test_close_finishes_what_was_queued(store: SqliteStore) -> None:
    """True if every change handed in before close is on disk after it."""
    futures = [store.commit(Change(events=(note("m"),))) for _ in range(200)]
    store.close()
    assert all(future.done() for future in futures)
    with closing(sqlite_store(store.folder)) as again:
        assert len(again.events()) == 200


def test_a_full_database_refuses_the_whole_group_and_recovers(store: SqliteStore) -> None:
    """True if no room for one means no promise to any of its group, and room again means work again."""
    committed(store, note("m"))
    writing = store._writer._connection
    pages = writing.execute("PRAGMA page_count").fetchone()[0]
    writing.execute(f"PRAGMA max_page_count = {pages}")
    with foreign_writer(store):
        futures = [store.commit(Change(session=b"a"))]
        futures += [store.commit(Change(session=b"b", answer=answer("k", body=b"x" * 50_000))) for _ in range(3)]
    errors = [future.exception(DEADLINE_S) for future in futures[1:]]
    assert all(isinstance(error, StoreFull) for error in errors)
    assert (store.answer("k"), len(store.events())) == (None, 1)
    assert store.session() == (None if futures[0].exception() else b"a")
    writing.execute("PRAGMA max_page_count = 1000000")
    assert committed(store, note("m")).events[0].seq == 2


def sell_until_refused(store: SqliteStore) -> tuple[int, BaseException]:
    """Return how many events were acknowledged before the first refusal, and the refusal."""
    for count in range(10_000):
        future = store.commit(Change(events=(note("m", "x" * 5_000), note("m", "y" * 5_000))))
        if refusal := future.exception(DEADLINE_S):
            return 2 * count, refusal
    pytest.fail("ten thousand sales of ten kilobytes fit on a small disk")


def test_a_full_disk_loses_nothing_that_was_promised(small_disk: Path) -> None:
    """True if on a disk that runs full every acknowledged event is kept, and freed room is used."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"b" * 900_000)
    with closing(sqlite_store(small_disk / "till")) as store:
        promised, refusal = sell_until_refused(store)
        assert isinstance(refusal, StoreFull)
        assert "free some space" in str(refusal)
        assert promised > 10
        assert len(store.events()) == promised
        ballast.unlink()
        assert committed(store, note("m")).events[0].seq == promised + 1
    with closing(sqlite_store(small_disk / "till")) as store:
        assert [event.seq for event in store.events()] == list(range(1, promised + 2))


def test_the_wal_does_not_grow_without_bound(store: SqliteStore) -> None:
    """True if twenty megabytes of changes leave a WAL of little more than its limit, and close leaves none."""
    wal = store.folder / "journal.db-wal"
    largest = 0
    for number in range(100):
        done(store, Change(basket=basket("b", number + 1), session=bytes([number]) * 200_000))
        largest = max(largest, wal.stat().st_size)
    assert WAL_BYTES_MAX < largest < WAL_BYTES_MAX + 1_000_000
    store.close()
    assert not wal.exists()


def test_a_wal_that_cannot_be_looked_at_does_not_end_the_writer(store: SqliteStore, tmp_path: Path) -> None:
    """True if changes are still written after the size of the WAL could not be told."""
    store._writer._wal = tmp_path / ("x" * 300)
    assert [committed(store, note("m")).events[0].seq for _ in range(3)] == [1, 2, 3]


def test_a_start_on_a_full_disk_says_that_it_is_full(small_disk: Path) -> None:
    """True if too little room for the files beside the journal is told as that, and room again means a start."""
    with closing(sqlite_store(small_disk / "till")) as store:
        committed(store, note("m"))
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(b"b" * (4 << 20))
    with pytest.raises(StoreFull, match="free some space"):
        sqlite_store(small_disk / "till")
    (small_disk / "ballast").unlink()
    with closing(sqlite_store(small_disk / "till")) as store:
        assert len(store.events()) == 1


KILLS = 5


def test_a_killed_till_keeps_every_promise_and_doubles_nothing(tmp_path: Path) -> None:
    """True if kill -9 among groups of changes leaves each acknowledged one whole, once, and without a gap."""
    promised: list[str] = []
    for kill in range(KILLS):
        command = [sys.executable, "-m", "tests.store.busy_till", str(tmp_path / "till")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as till:
            assert till.stdout is not None
            promised += [till.stdout.readline().strip() for _ in range(20 + 37 * kill)]
            till.kill()
            # A last line may have been cut in the pipe; what has no end was not received.
            promised += [line.strip() for line in till.stdout if line.endswith("\n")]
    with closing(sqlite_store(tmp_path / "till")) as store:
        events = store.events(limit=1_000_000)
        by_request = Counter(event.associate_id for event in events)
        assert len(promised) > 100 * KILLS // 2
        assert all(store.answer(key) is not None for key in promised)
        assert {by_request[key] for key in promised} == {2}
        assert set(by_request.values()) == {2}
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert len({event.event_id for event in events}) == len(events)
