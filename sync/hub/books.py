"""What events write into the ledger, by core's own rules. Pure.

A book is one member's points of one kind, with both sides of each transfer, so that it sums to zero by itself and no
row of a program is ever waited for. Only what can still matter is loaded: what is open, and what an entry names.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind, derive
from pos_loyalty.core.book import Merged
from pos_loyalty.core.entries import AnyEntry, Outcome, Refusal, Refused, RestoreRedemption, ReverseAccrual
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.members import Member
from pos_loyalty.core.settlement import Due
from sync.hub.book_records import Shelf, Waiting, shelf_of
from sync.hub.hub_store import Transaction
from sync.hub.kept import BookKey, Record, RecordKey, RecordKind
from sync.hub.reach import Reach

_NOT_YET = frozenset({Refusal.UNKNOWN_ACCRUAL, Refusal.UNKNOWN_REDEMPTION})


class EntryRefused(Exception):
    """The ledger cannot take an entry, now or ever; the reason is the only argument."""


def load(transaction: Transaction, reaches: Iterable[Reach]) -> dict[BookKey, Shelf]:
    """Load what the events of one batch may need of their books, whose partitions are locked."""
    books: set[BookKey] = set()
    causes: set[RecordKey] = set()
    names: set[RecordKey] = set()
    for reach in reaches:
        for due in reach.dues:
            book = book_of(reach, due)
            books.add(book)
            causes.add(RecordKey(book, RecordKind.LOT, reach.sale))
            if isinstance(due.entry, RestoreRedemption):
                names.add(RecordKey(book, RecordKind.SPEND, due.entry.redemption))
    records = [*transaction.open_records(books), *transaction.caused_records(causes), *transaction.named_records(names)]
    shelves = _shelves(books, records)
    if missing := _lots_used(shelves):
        again = {key.book for key in missing}
        records += transaction.named_records(missing)
        shelves |= _shelves(again, [record for record in records if record.book in again])
    return shelves


def open_shelves(transaction: Transaction, wanted: Collection[BookKey]) -> dict[BookKey, Shelf]:
    """Load what is open in some books, whose partitions are locked."""
    return _shelves(wanted, transaction.open_records(wanted))


def settled(shelves: Mapping[BookKey, Shelf], reach: Reach, now: datetime) -> dict[BookKey, Shelf]:
    """Return the books of one event after its entries, and after those that waited for it.

    Raises:
        EntryRefused: the ledger cannot take one.
    """
    after: dict[BookKey, Shelf] = {}
    for due in reach.dues:
        key = book_of(reach, due)
        after[key] = _performed(after.get(key) or _aware(shelves[key], reach), due, reach.sale, now)
    return {key: _caught_up(shelf, reach.event.event_id, now) for key, shelf in after.items()}


def book_of(reach: Reach, due: Due) -> BookKey:
    """Return the book that an entry of an event belongs in."""
    return BookKey(reach.book, due.unit)


def balance_of(shelf: Shelf, member_id: str) -> int:
    """Return what the member has, or (below zero) owes."""
    return shelf.book.balance(member_id) + shelf.book.balance(member_id, AccountKind.OVERDRAFT)


def short_of(shelf: Shelf, member_id: str) -> int:
    """Return the points that should have come back with goods of the member, and were spent."""
    book = shelf.book
    return sum(spend.short for spend in book.spends.values() if book.owner(spend.member) == member_id)


def told(member: Member, shelves: Mapping[BookKey, Shelf]) -> Member:
    """Return a member with what the ledger says of points: the fold has only what was asked."""
    balances, short = dict(member.balances), dict(member.short)
    for key, shelf in shelves.items():
        if (points := balance_of(shelf, member.member_id)) or key.unit in balances:
            balances[key.unit] = points
        short[key.unit] = short_of(shelf, member.member_id)
    short = {unit: points for unit, points in short.items() if points}
    return replace(member, balances=balances, short=short)


def _shelves(books: Iterable[BookKey], records: Iterable[Record]) -> dict[BookKey, Shelf]:
    by_book: dict[BookKey, list[Record]] = {book: [] for book in books}
    for record in records:
        by_book[record.book].append(record)
    return {book: shelf_of(book, own) for book, own in by_book.items()}


def _lots_used(shelves: Mapping[BookKey, Shelf]) -> set[RecordKey]:
    """Return the lots that something was taken from that may come back, and that are not here."""
    return {
        RecordKey(key, RecordKind.LOT, use.lot_id)
        for key, shelf in shelves.items()
        for spend in shelf.book.spends.values()
        for use in spend.uses
        if use.lot_id not in shelf.book.lots
    }


def _aware(shelf: Shelf, reach: Reach) -> Shelf:
    """Return a book that knows whose the points of the event's member are: one may be newer than the merge."""
    member, owner = reach.member_id, reach.whereabouts.owner
    if owner == member or shelf.book.owner(member) == owner:
        return shelf
    merges = shelf.book.merges | {member: Merged(owner, reach.event.event_id)}
    return Shelf(replace(shelf.book, merges=merges), shelf.waiting)


def _performed(shelf: Shelf, due: Due, sale: str, now: datetime) -> Shelf:
    book, outcome = perform(shelf.book, due.entry, now)
    if _is_early(outcome):
        name = derive(due.entry.event_id, due.entry.leg)
        return Shelf(shelf.book, shelf.waiting | {name: Waiting(sale, due.entry)})
    # Whoever takes back what was taken back before has nothing more to take: that is an end, not a fault.
    if isinstance(outcome, Refused) and outcome.reason is not Refusal.NOTHING_LEFT:
        raise EntryRefused(outcome.reason)
    return Shelf(book, shelf.waiting)


def _caught_up(shelf: Shelf, event_id: str, now: datetime) -> Shelf:
    """Perform what waited for this event: first what gives back, as a return does."""
    due = [(name, each) for name, each in shelf.waiting.items() if each.sale == event_id and not each.done]
    for name, each in sorted(due, key=lambda pair: _turn(pair[1].entry)):
        book, outcome = perform(shelf.book, each.entry, now)
        if not _is_early(outcome):
            shelf = Shelf(book, shelf.waiting | {name: Waiting(each.sale, each.entry, done=True)})
    return shelf


def _turn(entry: AnyEntry) -> tuple[bool, str, str]:
    return isinstance(entry, ReverseAccrual), entry.event_id, entry.leg


def _is_early(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.reason in _NOT_YET
