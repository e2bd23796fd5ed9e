"""From what the line wants written to what is in the store."""

import pytest
from msgspec.structs import replace

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.errors import InvariantBroken
from sync.engine.effects import ApplyPage, OfferAgain, PutAside, Rebase, Record, Settle, Way
from sync.engine.inputs import Settled
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.engine.ports import Ended, write
from tests.sync.engine.wired import event, ids


def journal(count: int) -> MemoryOutbox:
    """Return an outbox with this many events."""
    outbox = MemoryOutbox()
    for seq in range(1, count + 1):
        outbox.append(event(seq))
    return outbox


def test_verdicts_of_a_new_epoch_are_not_offered_again() -> None:
    """The old ones wait again first; then the new ones end what they name."""
    outbox, replica = journal(2), MemoryReplica()
    old, new = (Verdict(event_id=event_id, outcome=Outcome.APPLIED) for event_id in ids(1, 2))
    write(Settle(Way.PUSH, 1, (OfferAgain("one", 0), Record((old,), 5))), outbox, replica)
    done = write(Settle(Way.PUSH, 2, (OfferAgain("two", 0), Record((new,), 6))), outbox, replica)
    assert done == Settled(way=Way.PUSH, number=2, reopened=True)
    assert outbox.waiting(9, 1 << 20) == (event(1),)
    assert outbox.ended(event(2).event_id) == Ended(new, 6)
    assert outbox.ended(event(1).event_id) is None


def test_what_is_put_aside_is_in_the_journal_still() -> None:
    """Nothing is lost by it, and it has no time of the hub's."""
    outbox = journal(1)
    write(Settle(Way.PUSH, 1, (PutAside(ids(1)[0], QuarantineCode.TOO_LARGE),)), outbox, MemoryReplica())
    assert outbox.events() == (event(1),)
    assert [verdict.code for verdict in outbox.quarantined()] == [QuarantineCode.TOO_LARGE]


def test_wrong_checksums_are_handed_back() -> None:
    """The line has to know which partitions are to be taken anew."""
    replica = MemoryReplica()
    row = Row(kind=RowKind.MEMBER, key="m", partition=3, number=1)
    page = FeedPage(rows=(row,), cursor=Cursor(epoch="one", numbers={3: 1}), checksums={3: 7}, hub_ms=1)
    done = write(Settle(Way.PULL, 4, (OfferAgain("one", 0), ApplyPage(page, Cursor()))), journal(0), replica)
    assert done == Settled(way=Way.PULL, number=4, wrong=frozenset({3}))
    assert replica.rows() == ()


def test_the_cursor_goes_back_to_what_is_common() -> None:
    """And the epoch is the new one."""
    replica = MemoryReplica()
    write(Settle(Way.PULL, 1, (Rebase(Cursor(epoch="two")),)), journal(0), replica)
    assert replica.cursor() == Cursor(epoch="two")


def test_a_partition_that_was_not_complete_is_no_common_ground() -> None:
    """Of a row that was to come at 3 when the hub fell back to 2: what it is now, at 1, is behind the cursor."""
    replica = MemoryReplica()
    cursor = Cursor(epoch="one", numbers={3: 2, 4: 2})
    page = FeedPage(rows=(), cursor=cursor, more=True, checksums={4: 0}, hub_ms=1)
    assert replica.apply(page, Cursor()) == frozenset()
    replica.rebase(replace(cursor, epoch="two"))
    assert replica.cursor() == Cursor(epoch="two", numbers={4: 2})


@pytest.mark.parametrize("seq", [1, 3])
def test_a_journal_has_no_gap_and_no_event_twice(seq: int) -> None:
    """The next event has the next number, and an id of its own."""
    with pytest.raises(InvariantBroken, match="cannot follow event 1"):
        journal(1).append(event(seq))
