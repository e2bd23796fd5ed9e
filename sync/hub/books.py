"""What events write into the ledger, by core's own rules. Pure.

A book is one member's points of one kind, with both sides of each transfer, so that it sums to zero by itself and no
row of a program is ever waited for. Only what can still matter is loaded: what is open, and what an entry names.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind, derive, is_event_id
from pos_loyalty.core.book import Book, Merged
from pos_loyalty.core.entries import (
    Accrue,
    AnyEntry,
    Booked,
    Outcome,
    Redeem,
    Refusal,
    Refused,
    RestoreRedemption,
    ReverseAccrual,
    VoidHold,
)
from pos_loyalty.core.event_bodies import BasketCommitted, Body, PointsActivated, PointsExpired, TierAssessed
from pos_loyalty.core.ledger import activate, expire, perform, time_out
from pos_loyalty.core.lots import Hold, HoldStatus, Spend
from pos_loyalty.core.members import HeldPoints, Member
from pos_loyalty.core.settlement import Due
from sync.hub.book_records import Shelf, Waiting, shelf_of
from sync.hub.hub_store import Transaction
from sync.hub.kept import BookKey, Record, RecordKey, RecordKind
from sync.hub.reach import Reach
from sync.hub.shop import Shop, milliseconds

HOLD = "hold"
"""The leg under which a hold is placed."""
_NOT_YET = frozenset({Refusal.UNKNOWN_ACCRUAL, Refusal.UNKNOWN_REDEMPTION})
_NEED_NO_LOTS = frozenset({RecordKind.BALANCES, RecordKind.HOLD, RecordKind.ALLOWANCE})
"""Open records beside which points can be earned without looking at others that were earned."""

_Run = Callable[[Book, str, datetime], tuple[Book, Booked]]
_RUNS: Mapping[type[Body], _Run] = {PointsActivated: activate, PointsExpired: expire}


class EntryRefused(Exception):
    """The ledger cannot take an entry, now or ever; the reason is the only argument."""


def load(transaction: Transaction, reaches: Iterable[Reach], beside: Iterable[BookKey] = ()) -> dict[BookKey, Shelf]:
    """Load what the events of one batch may need of their books, and what is open in those ``beside``.

    The partitions of all are locked. Whoever only earns needs none of the lots that are there, which may be hundreds,
    but to pay a debt, or for what waits: then all that is open is loaded. What is held names the lots it came from.
    """
    whole: set[BookKey] = set(beside)
    earning: set[BookKey] = set()
    causes: set[RecordKey] = set()
    names: set[RecordKey] = set()
    for reach in reaches:
        if isinstance(reach.body, PointsActivated | PointsExpired):
            whole.add(BookKey(reach.book, reach.body.unit))
        for due in reach.dues:
            book = book_of(reach, due)
            (earning if isinstance(due.entry, Accrue) else whole).add(book)
            if isinstance(due.entry, ReverseAccrual):
                causes.add(RecordKey(book, RecordKind.LOT, reach.sale))
            if isinstance(due.entry, RestoreRedemption):
                names.add(RecordKey(book, RecordKind.SPEND, due.entry.redemption))
    beside_lots = transaction.open_records(earning - whole, lots=False)
    whole |= {record.book for record in beside_lots if record.kind not in _NEED_NO_LOTS}
    records = [*beside_lots, *transaction.open_records(whole)]
    records += [*transaction.caused_records(causes), *transaction.named_records(names)]
    return _with_lots_used(transaction, whole | earning, records)


def open_shelves(transaction: Transaction, wanted: Collection[BookKey]) -> dict[BookKey, Shelf]:
    """Load what is open in some books, whose partitions are locked."""
    return _with_lots_used(transaction, wanted, transaction.open_records(wanted))


def settled(
    shelves: Mapping[BookKey, Shelf],
    reach: Reach,
    holds: Mapping[BookKey, tuple[str, ...]],
    shop: Shop,
) -> dict[BookKey, Shelf]:
    """Return the books of one event after its entries, and after those that waited for it.

    Points expire by when it happened. Only the hub's clock ends a hold. ``holds`` are those which the event names, by
    book: what they hold is spent first, and what is over comes back. Of allowances it takes what it says it did.

    Raises:
        EntryRefused: the ledger cannot take one.
    """
    if isinstance(reach.body, PointsActivated | PointsExpired):
        key = BookKey(reach.book, reach.body.unit)
        return {key: _after_time(shelves[key], _RUNS[type(reach.body)], shop.moment_of(reach.event.occurred_at))}
    if not (reach.dues or holds):
        return {}
    moment, now = shop.moment_of(reach.event.occurred_at), shop.local_now
    dues = [(book_of(reach, due), due) for due in reach.dues]
    after = {key: timed_out(_aware(shelves[key], reach), now) for key in (*(key for key, _ in dues), *holds)}
    left, drawn = dict(holds), _draws(reach)
    for key, due in dues:
        entry, before = due.entry, after[key]
        if isinstance(entry, Redeem) and (drawn or key in left):
            entry = replace(entry, holds=tuple(map(ledger_id, left.pop(key, ()))), draws=drawn)
        after[key] = _performed(before, Due(due.unit, entry), reach.sale, moment)
        drawn = {name: points - _taken(name, before, after[key]) for name, points in drawn.items()}
    for key, names in left.items():
        for name in names:
            after[key] = voided(after[key], name, reach.member_id, reach.event.event_id, moment)
    return {key: _caught_up(shelf, reach.event.event_id, moment) for key, shelf in after.items()}


def _draws(reach: Reach) -> dict[str, int]:
    """Return what an event says that it took of allowances, by their names in the ledger."""
    draws = reach.body.draws if isinstance(reach.body, BasketCommitted) else {}
    # A name that no hold can have is no reason to refuse a sale.
    return {ledger_id(name): points for name, points in draws.items() if is_event_id(name) and points > 0}


def _taken(name: str, before: Shelf, after: Shelf) -> int:
    """Return what an allowance has less than before."""
    return before.book.holds[name].points - after.book.holds[name].points if name in before.book.holds else 0


def timed_out(shelf: Shelf, now: datetime) -> Shelf:
    """Return a book without the holds whose time is over by the hub's clock."""
    if not any(hold.is_over(now) for hold in open_holds(shelf)):
        return shelf
    book, _ = time_out(shelf.book, now)
    return Shelf(book, shelf.waiting)


def ended(before: Shelf, after: Shelf) -> dict[str, str]:
    """Return the holds that are over, each with the member whose points it held."""
    return {
        hold.event_id: after.book.owner(hold.member)
        for hold in open_holds(before)
        if after.book.holds[hold.hold_id].status is not HoldStatus.OPEN
    }


def voided(shelf: Shelf, hold_id: str, member_id: str, event_id: str, now: datetime) -> Shelf:
    """Return a book in which ``event_id`` has given back what was held of the member, if that is open still."""
    hold = shelf.book.holds.get(ledger_id(hold_id))
    if hold is None or shelf.book.owner(hold.member) != shelf.book.owner(member_id):
        return shelf
    entry = VoidHold(event_id=event_id, leg=f"void:{hold_id}", hold_id=hold.hold_id)
    book, _ = perform(shelf.book, entry, now)
    return Shelf(book, shelf.waiting)


def ledger_id(hold_id: str) -> str:
    """Return the name that a hold has in the ledger."""
    return derive(hold_id, HOLD)


def book_of(reach: Reach, due: Due) -> BookKey:
    """Return the book that an entry of an event belongs in."""
    return BookKey(reach.book, due.unit)


def balance_of(shelf: Shelf, member_id: str) -> int:
    """Return what the member has, held or not, or (below zero) owes."""
    there = shelf.book.balance(member_id) + sum(hold.points for hold in open_holds(shelf, member_id))
    return there + shelf.book.balance(member_id, AccountKind.OVERDRAFT)


def short_of(shelf: Shelf, member_id: str) -> int:
    """Return the points that should have come back with goods of the member, and were spent."""
    book = shelf.book
    return sum(spend.short for spend in book.spends.values() if book.owner(spend.member) == member_id)


def held_of(shelf: Shelf, member_id: str) -> dict[str, HeldPoints]:
    """Return what is held of the member's points, by the id of the hold."""
    return {
        hold.event_id: HeldPoints(
            account=shelf.book.unit, points=hold.points, terminal=hold.terminal, until_ms=milliseconds(hold.until)
        )
        for hold in open_holds(shelf, member_id)
    }


def told(member: Member, shelves: Mapping[BookKey, Shelf]) -> Member:
    """Return a member with what the ledger says of points: the fold has only what was asked."""
    if not shelves:
        return member
    name, units = member.member_id, {key.unit for key in shelves}
    balances, short = dict(member.balances), dict(member.short)
    held = {hold_id: each for hold_id, each in member.held.items() if each.account not in units}
    overdrawn = {unit for unit in member.overdrawn if unit not in units}
    for key, shelf in shelves.items():
        if (points := balance_of(shelf, name)) or key.unit in balances:
            balances[key.unit] = points
        short[key.unit] = short_of(shelf, name)
        held |= held_of(shelf, name)
        if shelf.book.balance(name, AccountKind.OVERDRAFT):
            overdrawn.add(key.unit)
    short = {unit: points for unit, points in short.items() if points}
    return replace(member, balances=balances, short=short, held=held, overdrawn=tuple(sorted(overdrawn)))


def open_holds(shelf: Shelf, member_id: str | None = None) -> list[Hold]:
    """Return what is held in a book, by one member or by all whose it is."""
    holds = (hold for hold in shelf.book.holds.values() if hold.status is HoldStatus.OPEN)
    return [hold for hold in holds if member_id is None or shelf.book.owner(hold.member) == member_id]


def _with_lots_used(
    transaction: Transaction, books: Collection[BookKey], records: list[Record]
) -> dict[BookKey, Shelf]:
    shelves = _shelves(books, records)
    if missing := _lots_used(shelves):
        again = {key.book for key in missing}
        records = [*records, *transaction.named_records(missing)]
        shelves |= _shelves(again, [record for record in records if record.book in again])
    return shelves


def tier_record(reach: Reach) -> Iterator[Record]:
    """Yield what is to be found again on the day on which time alone may do something with a member's tier."""
    body = reach.body
    if isinstance(body, TierAssessed):
        due = body.look_on.toordinal() if body.look_on else 0
        name, book = f"{body.program_id}/{reach.member_id}", BookKey(reach.book, body.unit)
        document = bytes(reach.event.body)
        yield Record(book, RecordKind.TIER, name, "", open=False, document=document, due=due)


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
        for taken in _takings(shelf)
        for use in taken.uses
        if use.lot_id not in shelf.book.lots
    }


def _after_time(shelf: Shelf, run: _Run, now: datetime) -> Shelf:
    """Return a book after what time does by itself with the points of each program."""
    book = shelf.book
    for program in sorted({lot.program for lot in book.lots.values()}):
        book, _ = run(book, program, now)
    return Shelf(book, shelf.waiting)


def _takings(shelf: Shelf) -> list[Spend | Hold]:
    return [*shelf.book.spends.values(), *open_holds(shelf)]


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
