"""Books as records: what is written reads back, and only what changed is written."""

from datetime import date, timedelta

from msgspec.structs import replace

from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import Accrue, AnyEntry, Booked, MergeMembers, PlaceHold, Redeem, UnmergeMembers
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.ledger import perform
from sync.hub.book_records import Shelf, Waiting, postings_of, records_of, shelf_of
from sync.hub.kept import BookKey, RecordKind
from tests.support.builders import uuid_of
from tests.sync.hub.shop import NOON

KEY = BookKey("m1", "points")
EMPTY = Shelf(Book(unit="points"))
ENTRIES: tuple[AnyEntry, ...] = (
    Accrue(event_id=uuid_of(1), member="m1", program="club", points=50),
    Redeem(event_id=uuid_of(2), member="m1", program="club", points=20),
    PlaceHold(event_id=uuid_of(3), member="m1", program="club", points=10, until=NOON + timedelta(hours=1)),
    Redeem(event_id=uuid_of(4), member="m1", program="club", points=40, force=True),
)
ALLOWANCE = PlaceHold(
    event_id=uuid_of(7), member="m1", program="club", points=5, until=NOON + timedelta(days=7), terminal="t1"
)
MERGE = MergeMembers(event_id=uuid_of(5), source="m0", target="m1")


def written(shelf: Shelf, *entries: AnyEntry) -> Shelf:
    """Return the shelf after these entries."""
    book = shelf.book
    for entry in entries:
        book, outcome = perform(book, entry, NOON)
        assert isinstance(outcome, Booked)
    return replace(shelf, book=book)


def test_what_was_written_reads_back() -> None:
    """Lots, debts, holds, merges, balances and what waits are as they were; transfers are kept apart."""
    shelf = replace(
        written(EMPTY, *ENTRIES[:3], ALLOWANCE, ENTRIES[3], MERGE), waiting={"w": Waiting("sale", ENTRIES[0])}
    )
    records = records_of(KEY, EMPTY, shelf)
    assert {record.kind for record in records} == set(RecordKind) - {RecordKind.TIER}
    again = shelf_of(KEY, [record._replace(order=order) for order, record in enumerate(records)])
    assert again.waiting == shelf.waiting
    assert replace(again.book, transfers=shelf.book.transfers, written=shelf.book.written) == shelf.book
    assert [posted.transfer for posted in postings_of(KEY, EMPTY, shelf)] == list(shelf.book.transfers.values())


def test_a_merge_that_was_undone_is_open_no_more() -> None:
    """Its record stays and says nothing, so that the member is on its own when the book is read again."""
    merged = written(EMPTY, *ENTRIES, MERGE)
    parted = written(merged, UnmergeMembers(event_id=uuid_of(6), source="m0"))
    (closed,) = (each for each in records_of(KEY, merged, parted) if each.kind is RecordKind.MERGE)
    assert not closed.open
    assert shelf_of(KEY, [closed]).book.merges == {}


def test_a_lot_is_due_on_the_day_after_its_last_or_when_it_becomes_available() -> None:
    """Time does something with a lot on that day, and nothing with one that never expires or is used up."""
    months, later = ExpiryPolicy(months=1), NOON.date() + timedelta(days=3)
    entries = (
        Accrue(event_id=uuid_of(1), leg="a", member="m1", program="club", points=1, expiry=months),
        Accrue(event_id=uuid_of(1), leg="b", member="m1", program="club", points=1, pending_until=later),
        Accrue(event_id=uuid_of(1), leg="c", member="m1", program="club", points=1),
    )
    earned = written(EMPTY, *entries)
    due = [each.due for each in records_of(KEY, EMPTY, earned) if each.kind is RecordKind.LOT]
    assert due == [date(2026, 4, 22).toordinal(), later.toordinal(), 0]
    spent = written(earned, Redeem(event_id=uuid_of(2), member="m1", program="club", points=2))
    assert {each.due for each in records_of(KEY, earned, spent) if each.kind is RecordKind.LOT} == {0}


def test_only_what_changed_is_written_and_only_what_matters_is_open() -> None:
    """An entry writes the records it touches; what is used up is open no more."""
    before = written(EMPTY, *ENTRIES[:2])
    after = written(before, *ENTRIES[2:])
    changed = {(record.kind, record.open) for record in records_of(KEY, before, after)}
    assert changed == {
        (RecordKind.BALANCES, True),
        (RecordKind.LOT, False),
        (RecordKind.SPEND, True),
        (RecordKind.HOLD, True),
    }
    assert records_of(KEY, after, after) == []
    assert len(postings_of(KEY, before, after)) == len(after.book.transfers) - len(before.book.transfers)
