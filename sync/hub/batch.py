"""The new events of one batch, under the locks: loaded once, folded one by one, written once. Pure."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from pos_loyalty.core.erasing import redacted
from pos_loyalty.core.event_bodies import MemberEnrolled
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.rows import VoucherRow
from sync.hub import books
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.documents import Document, changed_by, read, with_vouchers, write
from sync.hub.hold_memos import HoldMemos
from sync.hub.hub_store import Transaction
from sync.hub.intake import Arrival
from sync.hub.kept import BookKey, Logged, Loss, Record, RowKey
from sync.hub.numbering import RowChanges
from sync.hub.reach import Reach, partition_of_row
from sync.hub.shop import Shop
from sync.hub.whereabouts import insist


class Batch:
    """What stands, and what the events taken so far have made of it."""

    def __init__(self, transaction: Transaction, reaches: Sequence[Reach], shop: Shop) -> None:
        self._transaction = transaction
        self._shop = shop
        self._now_ms = shop.now_ms
        counters = transaction.lock(sorted({each for reach in reaches for each in reach.partitions}))
        wanted = {key for reach in reaches for key in (*reach.rows, *reach.signposts)}
        rows = transaction.rows(wanted)
        supposed = {reach.member_id: reach.whereabouts for reach in reaches if reach.member_id}
        insist(transaction, supposed, {key: rows.get(key) for key in wanted})
        self._rows = RowChanges(transaction, counters, rows, shop.seen)
        self._holds = HoldMemos(transaction, {name for reach in reaches for name in reach.holds})
        self._shelves = books.load(transaction, reaches, {key for reach in reaches for key in self._holds.of(reach)})
        self._loaded = dict(self._shelves)
        self._documents: dict[RowKey, Document | None] = {}
        self._logged: list[Logged] = []
        self._losses: list[Loss] = []
        self._tiers: list[Record] = []

    def take(self, arrival: Arrival, reach: Reach) -> int:
        """Give one event its places and its effect; return its number at home.

        Whatever this raises, nothing of the event is here then.
        """
        known = {key: self._document(key) for key in reach.rows if self._rows.row(key)}
        changed = changed_by(reach, known)
        shelves = books.settled(self._shelves, reach, self._holds.of(reach), self._shop)
        documents = {
            key: self._with_last_word(each, reach, changed.rows, shelves) for key, each in changed.rows.items()
        }
        written = {key: write(document) for key, document in documents.items()}
        # From here on nothing can fail.
        partitions = sorted({reach.home, *map(partition_of_row, written)})
        numbers = {each: self._rows.take_number(each, arrival.event.event_id) for each in partitions}
        for key, document in written.items():
            if key.kind is RowKind.MEMBER and isinstance(reach.body, MemberEnrolled):
                self._rows.scoping.settle(key)
            self._rows.put(key, numbers[partition_of_row(key)], document)
        self._documents |= documents
        self._shelves |= shelves
        self._losses += changed.losses
        self._tiers += books.tier_record(reach)
        self._holds.end(reach, self._now_ms)
        number = numbers[reach.home]
        # What comes late about somebody who was erased is not even kept as it came. Whatever is gone is not changed.
        is_gone = len(changed.rows) < len(reach.rows) and self._is_gone(reach)
        event = redacted(arrival.event) if is_gone else arrival.event
        self._logged.append(Logged(event, arrival.digest, reach.home, number, self._now_ms))
        return number

    def write(self) -> None:
        """Write all that was taken."""
        self._transaction.append(self._logged)
        self._rows.write()
        moved = [(key, self._loaded[key], shelf) for key, shelf in self._shelves.items()]
        self._transaction.put_records([each for change in moved for each in records_of(*change)])
        self._transaction.put_records(self._tiers)
        self._transaction.post([each for change in moved for each in postings_of(*change)])
        for _, before, after in moved:
            self._holds.follow(before, after)
        self._holds.write()
        self._transaction.lose(self._losses)

    def _is_gone(self, reach: Reach) -> bool:
        row = self._rows.row(RowKey(RowKind.MEMBER, reach.whereabouts.owner))
        return row is not None and row.document is None

    def _document(self, key: RowKey) -> Document | None:
        if key not in self._documents:
            row = self._rows.row(key)
            document = row.document if row else None
            self._documents[key] = None if document is None else read(key.kind, document)
        return self._documents[key]

    def _with_last_word(
        self, document: Document, reach: Reach, rows: Mapping[RowKey, Document], shelves: Mapping[BookKey, Shelf]
    ) -> Document:
        """Return a document with what only the hub knows: the fold has only what was asked."""
        match document:
            case Member():
                return with_vouchers(books.told(document, shelves), rows)
            case VoucherRow() if document.held in reach.holds or document.held_until_ms <= self._now_ms:
                return replace(document, held="", held_until_ms=0)
        return document
