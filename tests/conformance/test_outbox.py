"""What every outbox means by its words, whatever it is kept in."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from pos_loyalty.core.event_bodies import VisitOpened
from pos_loyalty.core.events import Draft, Event, body_of, encode, seal
from pos_loyalty.core.ids import ENTROPY_BYTES, uuid7
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.store.sqlite import SqliteStore
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.ports import Outbox
from tests.store.shop import NOON, StandingClock, committed

MANY = 1_000
ROOMY = 1 << 20
WEEK_MS = 7 * 24 * 3_600_000


class Journal(NamedTuple):
    """An outbox, and the way events get into it."""

    outbox: Outbox
    append: Callable[[Event], None]

    def filled(self, count: int) -> list[str]:
        """Append events 1 to ``count`` and return their ids."""
        for seq in range(1, count + 1):
            self.append(event(seq))
        return [event(seq).event_id for seq in range(1, count + 1)]

    def waiting(self) -> list[int]:
        """Return the ``seq`` of everything that waits."""
        return [waiting.seq for waiting in self.outbox.waiting(MANY, ROOMY)]


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """Return an empty outbox of each kind."""
    if request.param == "memory":
        outbox = MemoryOutbox()
        yield Journal(outbox, outbox.append)
        return
    with closing(SqliteStore(tmp_path / "till", clock=StandingClock(), ids=lambda: "till-1")) as store:
        yield Journal(store.outbox, lambda made: sell(store, made))


def event(seq: int) -> Event:
    """Return the same event for the same number."""
    body = VisitOpened(visit_id="v", place="door")
    draft = Draft(event_id=uuid7(seq, bytes(ENTROPY_BYTES)), occurred_at=NOON, body=body, part=7)
    return seal(draft, "till-1", seq)


def sell(store: SqliteStore, made: Event) -> None:
    """Have a store make this very event."""
    draft = Draft(event_id=made.event_id, occurred_at=made.occurred_at, body=body_of(made), part=made.part)
    assert committed(store, draft).events == (made,)


def applied(*event_ids: str) -> tuple[Verdict, ...]:
    """Return the hub's good word on each."""
    return tuple(Verdict(event_id=event_id, outcome=Outcome.APPLIED, number=1) for event_id in event_ids)


def test_a_new_outbox_is_empty(journal: Journal) -> None:
    """Nothing waits, nothing is put aside, and no epoch was seen."""
    assert journal.outbox.waiting(MANY, ROOMY) == ()
    assert journal.outbox.waiting_count() == 0
    assert journal.outbox.quarantined() == ()
    assert journal.outbox.epoch() == ""


def test_events_wait_in_their_order_and_whole(journal: Journal) -> None:
    """What was appended is what waits, byte for byte, by ``seq``."""
    journal.filled(3)
    assert journal.outbox.waiting(MANY, ROOMY) == (event(1), event(2), event(3))
    assert [encode(waiting) for waiting in journal.outbox.waiting(1, ROOMY)] == [encode(event(1))]
    assert journal.outbox.waiting_count() == 3


def test_a_batch_has_at_most_so_many_events(journal: Journal) -> None:
    """The lowest come first."""
    journal.filled(5)
    assert [waiting.seq for waiting in journal.outbox.waiting(2, ROOMY)] == [1, 2]


@pytest.mark.parametrize(("room", "expected"), [(2.0, [1, 2]), (1.99, [1]), (0.5, [1])])
def test_a_batch_has_at_most_so_many_bytes(journal: Journal, room: float, expected: list[int]) -> None:
    """What would be too much stays behind, but for a first event, which must go somewhere."""
    journal.filled(4)
    assert [waiting.seq for waiting in journal.outbox.waiting(MANY, int(room * len(encode(event(1)))))] == expected


def test_a_verdict_ends_the_event_it_names(journal: Journal) -> None:
    """And no other; what was never here is passed over."""
    ids = journal.filled(4)
    journal.outbox.record(applied(ids[0], ids[2], "no-such-event"), 1)
    assert journal.waiting() == [2, 4]
    assert journal.outbox.waiting_count() == 2


def test_the_same_verdicts_twice_are_once(journal: Journal) -> None:
    """A crash between writing and going on is met by writing again."""
    ids = journal.filled(2)
    for _ in range(2):
        journal.outbox.record(applied(ids[0]), 1)
    assert journal.waiting() == [2]


def test_a_last_word_stands(journal: Journal) -> None:
    """A later verdict on an event that has ended changes nothing."""
    ids = journal.filled(1)
    journal.outbox.put_aside(ids[0], QuarantineCode.TOO_LARGE)
    journal.outbox.record(applied(*ids), 1)
    assert [verdict.code for verdict in journal.outbox.quarantined()] == [QuarantineCode.TOO_LARGE]


def test_what_was_put_aside_is_seen(journal: Journal) -> None:
    """By the hub or by the till: it waits no more, and a person can find it, with the reason."""
    ids = journal.filled(3)
    journal.outbox.put_aside(ids[2], QuarantineCode.TOO_LARGE)
    verdict = Verdict(event_id=ids[0], outcome=Outcome.QUARANTINED, code=QuarantineCode.UNREADABLE)
    journal.outbox.record((verdict, *applied(ids[1])), 1)
    aside = Verdict(event_id=ids[2], outcome=Outcome.QUARANTINED, code=QuarantineCode.TOO_LARGE)
    assert journal.outbox.quarantined() == (verdict, aside)
    assert journal.waiting() == []


def test_the_first_epoch_brings_nothing_back(journal: Journal) -> None:
    """Before it nothing can have been acknowledged."""
    journal.filled(2)
    assert journal.outbox.offer_again("one", 0) is False
    assert journal.outbox.epoch() == "one"
    assert journal.waiting() == [1, 2]


def test_another_epoch_brings_back_what_was_acknowledged_in_the_old(journal: Journal) -> None:
    """With the hub's quarantine, oldest first, before what was never sent; from the given time on."""
    ids = journal.filled(5)
    journal.outbox.offer_again("one", 0)
    journal.outbox.record(applied(ids[0]), WEEK_MS - 1)
    bad = Verdict(event_id=ids[2], outcome=Outcome.QUARANTINED, code=QuarantineCode.UNREADABLE)
    journal.outbox.record((*applied(ids[1]), bad), WEEK_MS)
    assert journal.outbox.offer_again("two", WEEK_MS) is True
    assert journal.waiting() == [2, 3, 4, 5]
    assert journal.outbox.quarantined() == ()
    assert journal.outbox.epoch() == "two"


def test_the_same_epoch_brings_back_nothing(journal: Journal) -> None:
    """However often it is named."""
    ids = journal.filled(1)
    journal.outbox.offer_again("one", 0)
    journal.outbox.record(applied(*ids), 5)
    assert journal.outbox.offer_again("one", 0) is False
    assert journal.waiting() == []


def test_what_the_till_put_aside_stays_there_in_any_epoch(journal: Journal) -> None:
    """No hub has ever had it, so no hub can have lost it."""
    ids = journal.filled(1)
    journal.outbox.offer_again("one", 0)
    journal.outbox.put_aside(ids[0], QuarantineCode.REFUSED)
    assert journal.outbox.offer_again("two", 0) is False
    assert journal.waiting() == []


def test_what_came_back_ends_by_a_new_verdict(journal: Journal) -> None:
    """A duplicate is a last word like any other."""
    ids = journal.filled(1)
    journal.outbox.offer_again("one", 0)
    journal.outbox.record(applied(*ids), 5)
    journal.outbox.offer_again("two", 0)
    journal.outbox.record((Verdict(event_id=ids[0], outcome=Outcome.DUPLICATE, number=1),), 6)
    assert journal.waiting() == []
    assert journal.outbox.offer_again("three", 6) is True
