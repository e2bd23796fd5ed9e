"""What a till says that it has told: never more than its disk knows, and nothing while the hub has not everything."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pos_loyalty.core.feed import Cursor
from pos_loyalty.core.verdicts import QuarantineCode
from pos_loyalty.errors import StoreFull
from pos_loyalty.store.sqlite import SqliteStore
from sync.client.settled import RIPE_NS, SettledTime
from tests.store.feed import NOON_MS, applied, refused
from tests.store.shop import committed, note, sqlite_store
from tests.sync.client.conftest import Shop

HERE = Cursor(epoch="one")


class Ripening:
    """A till's store, and time that passes by itself with each look."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.now_ns = 0
        self.settled = SettledTime(store.outbox, store.outbox.kept_ms, lambda: self.now_ns)

    def said(self, cursor: Cursor = HERE, *, looks: int = 2) -> int | None:
        """Return what is said after so many looks, each as late as a time takes to be ripe."""
        for _ in range(looks - 1):
            self.now_ns += RIPE_NS
            self.settled.at(cursor)
        self.now_ns += RIPE_NS
        return self.settled.at(cursor)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Ripening]:
    """Return a till that is in the first epoch, and has heard the hub once."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        store.outbox.offer_again(HERE.epoch, 0)
        store.outbox.seen(NOON_MS, 0)
        yield Ripening(store)


def test_a_till_says_what_its_disk_knows(till: Ripening) -> None:
    """A later time that is in memory alone is not said: a power cut would have it forgotten."""
    assert till.said() == NOON_MS
    till.store.outbox.seen(NOON_MS + 59_000, 0)
    assert till.store.outbox.seen_ms == NOON_MS + 59_000
    assert till.said() == NOON_MS
    till.store.outbox.seen(NOON_MS + 60_000, 0)
    assert till.said() == NOON_MS + 60_000


def test_a_disk_that_takes_no_time_lets_none_be_said(till: Ripening, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is full: what could not be written is not said, though it was heard."""
    monkeypatch.setattr(till.store._writer._book, "see", _full)
    till.store.outbox.seen(NOON_MS + 3_600_000, 0)
    assert (till.store.outbox.seen_ms, till.said()) == (NOON_MS + 3_600_000, NOON_MS)


def test_a_time_is_said_a_minute_after_it_was_written(till: Ripening) -> None:
    """A sale that was decided just before is in the journal by then, and waits, so that nothing is said."""
    assert till.settled.at(HERE) is None
    till.said()
    till.store.outbox.seen(NOON_MS + 120_000, 0)
    assert till.said(looks=1) == NOON_MS
    till.now_ns += RIPE_NS - 1
    assert till.settled.at(HERE) == NOON_MS
    till.now_ns += 1
    assert till.settled.at(HERE) == NOON_MS + 120_000


def test_nothing_is_said_while_anything_waits(till: Ripening) -> None:
    """An event that the hub has not; once it has, the time is said again."""
    (event,) = committed(till.store, note("m")).events
    assert till.said() is None
    till.store.outbox.record((applied(event, 1),), NOON_MS)
    assert till.said() == NOON_MS


@pytest.mark.parametrize("by_hub", [True, False])
def test_nothing_is_said_while_anything_is_put_aside(till: Ripening, *, by_hub: bool) -> None:
    """By the hub or by the till itself: a person has to look at it first."""
    (event,) = committed(till.store, note("m")).events
    if by_hub:
        till.store.outbox.record((refused(event),), NOON_MS)
    else:
        till.store.outbox.put_aside(event.event_id, QuarantineCode.TOO_LARGE)
    assert (till.store.outbox.waiting_count(), till.said()) == (0, None)


def test_nothing_is_said_to_an_epoch_that_was_offered_nothing_yet(till: Ripening) -> None:
    """The replica was fetched whole from a hub that fell back; what that hub lost is not offered again so far."""
    assert till.said(Cursor(epoch="two")) is None
    assert till.said(Cursor()) is None


def test_after_a_restart_it_is_what_the_disk_knows(tmp_path: Path) -> None:
    """A till that was cut off with a later time in memory says the earlier one."""
    with closing(sqlite_store(tmp_path / "till")) as store:
        store.outbox.offer_again(HERE.epoch, 0)
        store.outbox.seen(NOON_MS, 0)
    with closing(sqlite_store(tmp_path / "till")) as store:
        assert Ripening(store).said() == NOON_MS


def test_each_look_says_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the query, and the hub answers as ever."""
    monkeypatch.setattr(SettledTime, "at", lambda _, cursor: 1_234 if cursor.epoch else None)
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.line.go_on()
    shop.server.wait_for(lambda: any(asked.query.endswith("&settled=1234") for asked in shop.server.asked))


def _full(_hub_ms: int, _ahead_ms: int) -> None:
    raise StoreFull("there is no room: make room")
