"""Holds: points or a voucher kept for one basket, until it is paid. Pure over a transaction.

A hold is no event, for nothing has happened yet: it is in the ledger (points), in the row (a voucher), and in a memo
under its id. Because the row of its member or voucher says that it is held, that row takes the next number of its
partition, under the id of the hold. It ends once: by the sale that names it (:mod:`sync.hub.batch`), by whoever asked
for it, or by the hub's clock, which is looked at whenever the book is touched, and by night.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from pos_loyalty.core.accounts import is_event_id
from pos_loyalty.core.entries import PlaceHold, Refused
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.members import Member
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.core.vouchers import VoucherStatus
from sync.hub import books
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.documents import Document, read, write
from sync.hub.hold_memos import HoldMemos, kept_hold, state_of
from sync.hub.hub_store import Reading, Transaction
from sync.hub.kept import BookKey, KeptHold, RowKey
from sync.hub.numbering import RowChanges
from sync.hub.reach import is_name, partition_of_row
from sync.hub.shop import Shop, milliseconds
from sync.hub.whereabouts import find, insist
from sync.wire import HoldAnswer, HoldRequest, HoldState

_NOTHING = ("", "", 0, "")
"""Wanted by a hold of which only the end is known: it was voided, or a sale named it, before it was asked for."""


def place(transaction: Transaction, terminal_id: str, request: HoldRequest, shop: Shop) -> HoldAnswer:
    """Keep what is asked for, if it is there; the same request again gets what became of it.

    A request under the id of another hold is refused.
    """
    key = _row_key(request)
    if key is None:
        return HoldAnswer(hold_id=request.hold_id, state=HoldState.REFUSED, hub_ms=shop.now_ms)
    step = _Step(transaction, key, request.hold_id, shop)
    # In whole milliseconds, so that the ledger and the memo never differ about whether it is over.
    begin = shop.local_now.replace(microsecond=shop.now.microsecond // 1_000 * 1_000)
    until = begin + timedelta(seconds=request.seconds)
    asked = KeptHold(
        hold_id=request.hold_id,
        terminal_id=terminal_id,
        member_id=request.member_id,
        unit=request.unit,
        points=request.points,
        voucher=request.voucher,
        until_ms=milliseconds(until),
    )
    known = kept_hold(transaction, request.hold_id)
    if known is None:
        granted = step.hold_voucher(asked) if asked.voucher else step.hold_points(asked, until)
        known = asked if granted else replace(asked, state=HoldState.REFUSED)
    elif known.terminal_id != terminal_id or _wanted(known) not in {_wanted(asked), _NOTHING}:
        known = replace(asked, state=HoldState.REFUSED)
    return step.answer(known)


def void(transaction: Transaction, terminal_id: str, hold_id: str, shop: Shop) -> HoldAnswer:
    """Give back what a till has held; one that is over stays as it ended.

    Of one that nobody asked for it is kept that it is voided: the request may still be under way.
    """
    known = kept_hold(transaction, hold_id)
    if known is None:
        known = KeptHold(hold_id=hold_id, terminal_id=terminal_id, state=HoldState.VOIDED)
        if is_event_id(hold_id):
            _remember(transaction, known)
    elif state_of(known, shop.now_ms) is HoldState.OPEN and known.terminal_id == terminal_id:
        step = _Step(transaction, _key_of(known), hold_id, shop)
        # Until the lock was there it may have ended.
        step.void(kept_hold(transaction, hold_id) or known)
        known = kept_hold(transaction, hold_id) or known
    return _answer(known, shop.now_ms)


def look_at(reading: Reading, hold_id: str, now_ms: int) -> HoldAnswer | None:
    """Return how a hold stands, None if nobody asked for it."""
    known = kept_hold(reading, hold_id)
    return _answer(known, now_ms) if known else None


def time_out(transaction: Transaction, book: BookKey, shop: Shop) -> int:
    """End the holds in a book whose time is over; return how many those were.

    Of two members with one book, since they were one once, only one row is written now: the other says a little too
    long that something is held.
    """
    shelf = books.open_shelves(transaction, [book])[book]
    over = books.ended(shelf, books.timed_out(shelf, shop.local_now))
    if not over:
        return 0
    return _Step(transaction, RowKey(RowKind.MEMBER, min(over.values())), min(over), shop).time_out(book.unit)


class _Step:
    """What is about one row, under the lock of its partition, and of the member's book where that is elsewhere."""

    def __init__(self, transaction: Transaction, key: RowKey, cause: str, shop: Shop) -> None:
        self._transaction = transaction
        self._cause = cause
        self._shop = shop
        self._member_id = key.key if key.kind is RowKind.MEMBER else ""
        self._where = where = find(transaction, self._member_id)
        self._key = RowKey(key.kind, where.owner) if self._member_id else key
        touched = {self._key, *(RowKey(RowKind.MEMBER, each) for each in (where.book, *where.through) if each)}
        counters = transaction.lock(sorted(set(map(partition_of_row, touched))))
        rows = transaction.rows(touched)
        insist(transaction, {self._member_id: where}, {each: rows.get(each) for each in touched})
        self._rows = RowChanges(transaction, counters, rows)
        row = self._rows.row(self._key)
        self._document = read(key.kind, row.document) if row and row.document is not None else None

    def hold_points(self, asked: KeptHold, until: datetime) -> bool:
        """Set points aside, if there are so many."""
        if not isinstance(self._document, Member):
            return False
        before = self._shelf(asked.unit)
        shelf = books.timed_out(before, self._shop.local_now)
        entry = PlaceHold(
            event_id=asked.hold_id,
            leg=books.HOLD,
            member=self._where.owner,
            program=asked.unit,
            points=asked.points,
            until=until,
        )
        book, outcome = perform(shelf.book, entry, self._shop.local_now)
        if not isinstance(outcome, Refused):
            _remember(self._transaction, asked)
        self._write_book(before, Shelf(book, shelf.waiting))
        return not isinstance(outcome, Refused)

    def hold_voucher(self, asked: KeptHold) -> bool:
        """Keep a voucher for one basket, if it is good and nothing else has it."""
        voucher = self._document
        if not isinstance(voucher, VoucherRow) or not _is_good(voucher, self._shop.now):
            return False
        if voucher.held_until_ms > self._shop.now_ms:
            return False
        over = kept_hold(self._transaction, voucher.held) if voucher.held else None
        if over and over.state is HoldState.OPEN:
            # It is told here, for a clock that is set back must not find the two of them open.
            _remember(self._transaction, replace(over, state=HoldState.TIMED_OUT))
        _remember(self._transaction, asked)
        self._put(replace(voucher, held=asked.hold_id, held_until_ms=asked.until_ms))
        return True

    def void(self, hold: KeptHold) -> None:
        """Give back what a hold has, if it still has it."""
        if isinstance(self._document, VoucherRow):
            if self._document.held == hold.hold_id and state_of(hold, self._shop.now_ms) is HoldState.OPEN:
                _remember(self._transaction, replace(hold, state=HoldState.VOIDED))
                self._put(replace(self._document, held="", held_until_ms=0))
            return
        before = self._shelf(hold.unit)
        shelf = books.timed_out(before, self._shop.local_now)
        self._write_book(
            before, books.voided(shelf, hold.hold_id, self._where.owner, hold.hold_id, self._shop.local_now)
        )

    def time_out(self, unit: str) -> int:
        """End what the clock ends in one book."""
        before = self._shelf(unit)
        after = books.timed_out(before, self._shop.local_now)
        self._write_book(before, after)
        return len(books.ended(before, after))

    def answer(self, hold: KeptHold) -> HoldAnswer:
        """Return what to tell the till, with what is there beside the hold."""
        if not hold.unit:
            return _answer(hold, self._shop.now_ms)
        book = self._shelf(hold.unit).book
        return _answer(hold, self._shop.now_ms, book.spendable(self._where.owner, self._shop.local_now.date()))

    def _shelf(self, unit: str) -> Shelf:
        key = BookKey(self._where.book, unit)
        return books.open_shelves(self._transaction, [key])[key]

    def _write_book(self, before: Shelf, after: Shelf) -> None:
        if after.book is before.book:
            return
        key = BookKey(self._where.book, after.book.unit)
        self._transaction.put_records(records_of(key, before, after))
        self._transaction.post(postings_of(key, before, after))
        memos = HoldMemos(self._transaction, ())
        memos.follow(before, after)
        memos.write()
        if isinstance(self._document, Member):
            self._put(books.told(self._document, {key: after}))

    def _put(self, document: Document) -> None:
        self._rows.put(self._key, self._rows.take_number(partition_of_row(self._key), self._cause), write(document))
        self._rows.write()


def _answer(hold: KeptHold, now_ms: int, available: int = 0) -> HoldAnswer:
    state = state_of(hold, now_ms)
    until_ms = hold.until_ms if state is HoldState.OPEN else 0
    return HoldAnswer(hold_id=hold.hold_id, state=state, until_ms=until_ms, available=available, hub_ms=now_ms)


def _remember(transaction: Transaction, hold: KeptHold) -> None:
    memos = HoldMemos(transaction, ())
    memos.place(hold)
    memos.write()


def _row_key(request: HoldRequest) -> RowKey | None:
    """Return the row of what is to be held; None if it is not one thing, or has a name that nothing can have."""
    is_points = bool(request.unit and request.member_id and request.points and not request.voucher)
    is_voucher = bool(request.voucher and not request.unit and not request.points)
    names = (request.member_id, request.unit, request.voucher)
    if is_points is is_voucher or not is_event_id(request.hold_id) or not all(is_name(name) for name in names if name):
        return None
    return RowKey(RowKind.VOUCHER, request.voucher) if is_voucher else RowKey(RowKind.MEMBER, request.member_id)


def _key_of(hold: KeptHold) -> RowKey:
    return RowKey(RowKind.VOUCHER, hold.voucher) if hold.voucher else RowKey(RowKind.MEMBER, hold.member_id)


def _wanted(hold: KeptHold) -> tuple[str, str, int, str]:
    return hold.member_id, hold.unit, hold.points, hold.voucher


def _is_good(voucher: VoucherRow, now: datetime) -> bool:
    begun = voucher.valid_from is None or voucher.valid_from <= now
    over = voucher.valid_until is not None and voucher.valid_until <= now
    return voucher.status is VoucherStatus.ISSUED and not voucher.early and begun and not over
