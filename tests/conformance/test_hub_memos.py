"""Small records of the office, and the list of tills: the same in every store of the hub."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from sync.hub.hub_store import HubStore
from sync.hub.kept import Epoch, Memo, MemoKey, Terminal
from sync.hub.terminals import Settled, settle, settled_ms
from tests.sync.hub.stores import KINDS

DEADLINE_S = 60.0


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubStore]:
    """Return an empty store of each kind."""
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def test_a_memo_reads_back_at_its_newest(store: HubStore) -> None:
    """What was written last under a kind and a key is there; other kinds know nothing of it."""
    first, second = Memo("code", "b", b"{}"), Memo("code", "a", b"\xff")
    with store.transaction() as step:
        assert (step.memo(MemoKey("code", "a")), step.memos("code")) == (None, [])
        step.put_memos([first, second, Memo("job", "a", b"1")])
        step.put_memos([Memo("code", "b", b"[]")])
        assert step.own_memo(MemoKey("code", "b")) == Memo("code", "b", b"[]")
        step.commit()
    with store.reading() as reading:
        assert reading.memo(MemoKey("code", "a")) == second
        assert reading.memo(MemoKey("job", "b")) is None
        assert reading.memos("code") == [second, Memo("code", "b", b"[]")]
        assert reading.memos("other") == []


def test_a_memo_that_was_dropped_is_gone(store: HubStore) -> None:
    """Dropping takes one key of one kind; what is not there is passed over."""
    with store.transaction() as step:
        step.put_memos([Memo("code", "a", b"1"), Memo("code", "b", b"2"), Memo("job", "a", b"3")])
        step.commit()
    with store.transaction() as step:
        step.drop_memos([MemoKey("code", "a"), MemoKey("code", "never")])
        assert step.memo(MemoKey("code", "a")) is None
        step.commit()
    with store.reading() as reading:
        assert reading.memos("code") == [Memo("code", "b", b"2")]
        assert reading.memos("job") == [Memo("job", "a", b"3")]


def test_a_step_that_is_given_up_leaves_memos_as_they_were(store: HubStore) -> None:
    """Neither what it wrote nor what it dropped has happened."""
    kept = Memo("code", "a", b"1")
    with store.transaction() as step:
        step.put_memos([kept])
        step.commit()
    with store.transaction() as step:
        step.put_memos([Memo("code", "a", b"2"), Memo("code", "b", b"")])
        step.drop_memos([MemoKey("code", "a")])
    with store.reading() as reading:
        assert reading.memos("code") == [kept]


def test_whoever_owns_a_memo_has_it_alone(store: HubStore) -> None:
    """Steps that count in one memo, which at first is not even there, all count."""
    steps, key = 25, MemoKey("tries", "all")

    def count() -> None:
        for _ in range(steps):
            with store.transaction() as step:
                found = step.own_memo(key)
                number = int(found.document) if found else 0
                step.put_memos([Memo(*key, b"%d" % (number + 1))])
                step.commit()

    threads = [Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    with store.reading() as reading:
        assert reading.memos("tries") == [Memo(*key, b"%d" % (3 * steps))]


def test_all_tills_are_listed_by_name(store: HubStore) -> None:
    """A till is listed once, as it is now, revoked or not."""
    with store.transaction() as step:
        step.put_terminal(Terminal(terminal_id="t2", store_id="s"))
        step.put_terminal(Terminal(terminal_id="t1"))
        step.put_terminal(Terminal(terminal_id="t2", store_id="s", revoked_ms=5))
        step.commit()
    with store.reading() as reading:
        assert reading.terminals() == [
            Terminal(terminal_id="t1"),
            Terminal(terminal_id="t2", store_id="s", revoked_ms=5),
        ]


def test_what_a_till_has_told_only_grows(store: HubStore) -> None:
    """An older word, or one that is not so much further as is asked for, changes nothing; each till has its own."""
    with store.transaction() as step:
        step.add_epoch(Epoch("one"))
        assert settled_ms(step, "t1") == 0
        assert settle(step, "t1", Settled("one", 5_000))
        assert settle(step, "t2", Settled("one", 1_000))
        step.commit()
    with store.transaction() as step:
        assert not settle(step, "t1", Settled("one", 4_000))
        assert not settle(step, "t1", Settled("one", 5_000))
        assert not settle(step, "t1", Settled("one", 5_999), by_ms=1_000)
        assert settle(step, "t1", Settled("one", 6_000), by_ms=1_000)
        step.commit()
    with store.reading() as reading:
        assert (settled_ms(reading, "t1"), settled_ms(reading, "t2"), settled_ms(reading, "t3")) == (6_000, 1_000, 0)


def test_what_was_told_to_a_lost_life_counts_for_nothing(store: HubStore) -> None:
    """The hub fell back: what a till told may be gone, and counts when it is said anew; late words are not kept."""
    with store.transaction() as step:
        step.add_epoch(Epoch("one"))
        assert settle(step, "t1", Settled("one", 9_000))
        step.add_epoch(Epoch("two"))
        assert settled_ms(step, "t1") == 0
        assert not settle(step, "t1", Settled("one", 10_000))
        assert settle(step, "t1", Settled("two", 3_000), by_ms=1_000_000)
        step.commit()
    with store.reading() as reading:
        assert settled_ms(reading, "t1") == 3_000
