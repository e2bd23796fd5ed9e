"""Two members of whom one is part of the other from now on, or no more. Pure over the transaction.

Both documents and both their books change in one step, so such an event comes alone. What it needs is looked up, then
locked, then looked up again: if somebody was quicker, the step is made again. Points of the two are in one book from
then on, for ever, parted or not: what was spent of it was spent of both.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.book import Book, queues_of
from pos_loyalty.core.entries import AnyEntry, MergeMembers, Refusal, Refused, UnmergeMembers
from pos_loyalty.core.event_bodies import MemberMerged, MemberUnmerged
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind, partition_of
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.members import Member
from pos_loyalty.core.merging import forwarded, merged, parted
from sync.hub import books
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.books import EntryRefused
from sync.hub.documents import write
from sync.hub.hub_store import Transaction
from sync.hub.kept import BookKey, Memo, Record, RecordKind, RowKey
from sync.hub.numbering import put
from sync.hub.reach import Reach
from sync.hub.shop import Shop
from sync.hub.whereabouts import Elsewhere, Whereabouts, find, keep_book

GONE = "gone"
"""Why a merge is refused: one of the two was erased."""

_member = msgspec.json.Decoder(Member).decode
_Shelves = Mapping[BookKey, Shelf]


def join(transaction: Transaction, reach: Reach, shop: Shop) -> Callable[[], int]:
    """Make the member of the event part of another; return what writes it and returns the number of the event.

    Raises:
        EntryRefused: it is part of one already, or one of them is gone. Nothing was written.
        Elsewhere: somebody was quicker.
    """
    step = _Step(transaction, reach, shop)
    source_id, owner = step.member_id, step.target.owner
    if step.source.owner != source_id:
        raise EntryRefused(Refusal.ALREADY_MERGED)
    if owner == source_id:
        raise EntryRefused(Refusal.SAME_MEMBER)
    source, target = step.document(source_id), step.document(owner)
    before = step.brought_together()
    after = {key: step.performed(shelf, step.merge(key)) for key, shelf in before.items()}
    left = replace(forwarded(source, step.named), book=step.target.book)
    one = books.told(merged(target, source, into=step.named), after)
    return step.writing({**step.pointing(), owner: one, source_id: left}, before, after)


def part(transaction: Transaction, reach: Reach, shop: Shop) -> Callable[[], int]:
    """Make the member of the event one of its own again; return what writes it and returns the number of the event.

    Raises:
        EntryRefused: it is part of no other, or of another than the event says. Nothing was written.
        Elsewhere: somebody was quicker.
    """
    step = _Step(transaction, reach, shop)
    source_id, owner = step.member_id, step.source.owner
    if step.merged_into() != step.named:
        raise EntryRefused(Refusal.NOT_MERGED)
    staying, leaving = parted(step.document(owner), source_id)
    before = books.open_shelves(transaction, transaction.books_of(step.source.book))
    after = {
        key: step.performed(shelf, step.unmerge(key)) if source_id in shelf.book.merges else shelf
        for key, shelf in before.items()
    }
    changed = {owner: books.told(staying, after), source_id: books.told(leaving, after)}
    return step.writing(changed, before, after)


class _Step:
    """One such event, with all it needs under lock."""

    def __init__(self, transaction: Transaction, reach: Reach, shop: Shop) -> None:
        self._transaction = transaction
        self._event = reach.event
        self._home = reach.home
        self._shop = shop
        self._stored: dict[BookKey, Shelf] = {}
        """The target's books as their records are once the source's were moved into them; empty if none are moved."""
        self._memos: list[Memo] = []
        self.member_id = reach.event.member_id or ""
        self.named = reach.body.target if isinstance(reach.body, MemberMerged | MemberUnmerged) else ""
        self.source, self.target = self._found()
        self._counters = transaction.lock(sorted({self._home, *_partitions(self.source, self.target)}))
        if (self.source, self.target) != self._found():
            raise Elsewhere({})

    def _found(self) -> tuple[Whereabouts, Whereabouts]:
        return find(self._transaction, self.member_id), find(self._transaction, self.named)

    def document(self, member_id: str) -> Member:
        """Return a member as it stands; of one of whom nobody has heard, an empty one."""
        key = RowKey(RowKind.MEMBER, member_id)
        row = self._transaction.rows([key]).get(key)
        if row is None:
            return Member(member_id=member_id, from_pass=True)
        if row.document is None:
            raise EntryRefused(GONE)
        return _member(row.document)

    def merged_into(self) -> str:
        """Return whom the member was merged into."""
        return self.document(self.member_id).merged_into

    def merge(self, key: BookKey) -> AnyEntry:
        """Return the entry of one book that makes the two one."""
        leg = _leg("merge", key)
        return MergeMembers(event_id=self._event.event_id, leg=leg, source=self.member_id, target=self.named)

    def unmerge(self, key: BookKey) -> AnyEntry:
        """Return the entry of one book that makes them two."""
        return UnmergeMembers(event_id=self._event.event_id, leg=_leg("unmerge", key), source=self.member_id)

    def performed(self, shelf: Shelf, entry: AnyEntry) -> Shelf:
        """Return a book after an entry.

        Raises:
            EntryRefused: the ledger does not take it.
        """
        book, outcome = perform(shelf.book, entry, self._shop.moment_of(self._event.occurred_at))
        if isinstance(outcome, Refused):
            raise EntryRefused(outcome.reason)
        return Shelf(book, shelf.waiting)

    def brought_together(self) -> dict[BookKey, Shelf]:
        """Return the target's books with all in them that is in the source's: of every kind of points there is."""
        source, target = self.source.book, self.target.book
        theirs = {source: self._transaction.books_of(source), target: self._transaction.books_of(target)}
        units = {key.unit for keys in theirs.values() for key in keys}
        units |= {program.account for program in self._shop.programs.programs}
        wanted = {BookKey(member_id, unit) for member_id in (source, target) for unit in units}
        shelves = books.open_shelves(self._transaction, wanted)
        if self._is_one_book():
            return shelves
        joined = {}
        for unit in units:
            key = BookKey(target, unit)
            joined[key] = _joined(shelves[key], shelves[BookKey(source, unit)])
            # Records move as they are; only the balances of the two become one record.
            book = replace(joined[key].book, balances=shelves[key].book.balances)
            self._stored[key] = replace(joined[key], book=book)
        return joined

    def pointing(self) -> dict[str, Member]:
        """Return whose document says, beside those of the two, in whose books the source's points are."""
        if self._is_one_book():
            return {}
        try:
            return {self.source.book: replace(self.document(self.source.book), book=self.target.book)}
        except EntryRefused:
            # It was erased, and has no document that could say it.
            self._memos.append(keep_book(self.source.book, self.target.book))
            return {}

    def writing(self, changed: Mapping[str, Member], before: _Shelves, after: _Shelves) -> Callable[[], int]:
        """Return what writes all of it. Whatever can go wrong by what is in the event has done so before."""
        records = [
            record
            for key, shelf in after.items()
            for record in records_of(key, self._stored.get(key, before[key]), shelf)
        ]
        transfers = [posted for key, shelf in after.items() for posted in postings_of(key, before[key], shelf)]
        rows = {
            RowKey(RowKind.MEMBER, member_id): write(_with(member, self._event))
            for member_id, member in changed.items()
        }

        def write_all() -> int:
            if self._stored:
                self._move_books()
            self._transaction.put_records(records)
            self._transaction.post(transfers)
            self._transaction.put_memos(self._memos)
            return put(self._transaction, self._counters, self._event.event_id, self._home, rows, self._shop.seen)

        return write_all

    def _is_one_book(self) -> bool:
        return self.source.book == self.target.book

    def _move_books(self) -> None:
        for key in self._transaction.books_of(self.source.book):
            self._transaction.put_records([Record(key, RecordKind.BALANCES, "", "", open=True, document=b"[]")])
            self._transaction.move_book(key, BookKey(self.target.book, key.unit))


def _partitions(*found: Whereabouts) -> set[int]:
    members = {each for one in found for each in (one.owner, one.book, *one.through)}
    return {partition_of(part_of(member)) for member in members}


def _joined(own: Shelf, other: Shelf) -> Shelf:
    """Return one book of two of a kind."""
    balances = dict(own.book.balances)
    for account, points in other.book.balances.items():
        balances[account] = balances.get(account, 0) + points
    lots, merges = own.book.lots | other.book.lots, own.book.merges | other.book.merges
    book = Book(
        unit=own.book.unit,
        lots=lots,
        spends=own.book.spends | other.book.spends,
        holds=own.book.holds | other.book.holds,
        merges=merges,
        balances={account: points for account, points in balances.items() if points},
        queues=queues_of(lots.values(), merges),
    )
    return Shelf(book, own.waiting | other.waiting)


def _with(member: Member, event: Event) -> Member:
    """Return a document that says that the event is inside."""
    seq = max(event.seq, member.applied.get(event.terminal_id, 0))
    return replace(member, applied=member.applied | {event.terminal_id: seq})


def _leg(what: str, key: BookKey) -> str:
    """Return a name of an entry: books of one event have one each, and it has no ``/``."""
    return f"{what}:{key.unit}".replace("/", ":")
