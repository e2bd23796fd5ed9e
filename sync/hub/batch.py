"""The new events of one batch, under the locks: loaded once, folded one by one, written once. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from pos_loyalty.core.erasing import redacted
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.members import Member
from sync.hub import books
from sync.hub.book_records import Shelf, postings_of, records_of
from sync.hub.documents import Document, changed_by, read, with_vouchers, write
from sync.hub.hub_store import Transaction
from sync.hub.intake import Arrival
from sync.hub.kept import BookKey, Logged, Loss, Place, RowKey
from sync.hub.numbering import exchanged
from sync.hub.reach import Reach, partition_of_row
from sync.hub.shop import Shop
from sync.hub.whereabouts import insist


class Batch:
    """What stands, and what the events taken so far have made of it."""

    def __init__(self, transaction: Transaction, reaches: Sequence[Reach], shop: Shop) -> None:
        self._transaction = transaction
        self._shop = shop
        self._counters = transaction.lock(sorted({each for reach in reaches for each in reach.partitions}))
        wanted = {key for reach in reaches for key in (*reach.rows, *reach.signposts)}
        self._rows = transaction.rows(wanted)
        insist(
            transaction,
            {r.member_id: r.whereabouts for r in reaches if r.member_id},
            {k: self._rows.get(k) for k in wanted},
        )
        self._shelves = books.load(transaction, reaches)
        self._loaded = dict(self._shelves)
        self._documents: dict[RowKey, Document | None] = {}
        self._changed: set[RowKey] = set()
        self._touched: set[int] = set()
        self._logged: list[Logged] = []
        self._places: list[Place] = []
        self._losses: list[Loss] = []

    def take(self, arrival: Arrival, reach: Reach) -> int:
        """Give one event its places and its effect; return its number at home.

        Whatever this raises, nothing of the event is here then.
        """
        known = {key: self._document(key) for key in reach.rows if key in self._rows}
        changed = changed_by(reach, known)
        shelves = books.settled(self._shelves, reach, self._shop.moment_of(arrival.event.occurred_at))
        documents = {key: _with_last_word(document, changed.rows, shelves) for key, document in changed.rows.items()}
        written = {key: write(document) for key, document in documents.items()}
        # From here on nothing can fail.
        numbers = {each: self._next(each, arrival) for each in sorted({reach.home, *map(partition_of_row, written)})}
        for key, document in written.items():
            self._put(key, numbers[partition_of_row(key)], document)
        self._documents |= documents
        self._shelves |= shelves
        self._losses += changed.losses
        number = numbers[reach.home]
        # What comes late about somebody who was erased is not even kept as it came.
        event = redacted(arrival.event) if self._is_gone(reach) else arrival.event
        self._logged.append(Logged(event, arrival.digest, reach.home, number, self._shop.now_ms))
        return number

    def write(self) -> None:
        """Write all that was taken."""
        self._transaction.append(self._logged)
        self._transaction.take_places(self._places)
        self._transaction.put_rows([self._rows[key] for key in self._changed])
        moved = [(key, self._loaded[key], shelf) for key, shelf in self._shelves.items()]
        self._transaction.put_records([each for change in moved for each in records_of(*change)])
        self._transaction.post([each for change in moved for each in postings_of(*change)])
        self._transaction.lose(self._losses)
        self._transaction.put_counters({each: self._counters[each] for each in self._touched})

    def _is_gone(self, reach: Reach) -> bool:
        row = self._rows.get(RowKey(RowKind.MEMBER, reach.whereabouts.owner))
        return row is not None and row.document is None

    def _document(self, key: RowKey) -> Document | None:
        if key not in self._documents:
            document = self._rows[key].document
            self._documents[key] = None if document is None else read(key.kind, document)
        return self._documents[key]

    def _next(self, partition: int, arrival: Arrival) -> int:
        counter = self._counters[partition]
        self._counters[partition] = counter._replace(number=counter.number + 1)
        self._touched.add(partition)
        self._places.append(Place(partition, counter.number + 1, arrival.event.event_id))
        return counter.number + 1

    def _put(self, key: RowKey, number: int, document: msgspec.Raw) -> None:
        partition = partition_of_row(key)
        row = Row(kind=key.kind, key=key.key, partition=partition, number=number, document=document)
        self._counters[partition] = exchanged(self._counters[partition], self._rows.get(key), row)
        self._rows[key] = row
        self._changed.add(key)


def _with_last_word(document: Document, rows: Mapping[RowKey, Document], shelves: Mapping[BookKey, Shelf]) -> Document:
    """Return a member with what the ledger says of points, and rows of vouchers: the fold has only what was asked."""
    if not isinstance(document, Member):
        return document
    return with_vouchers(books.told(document, shelves), rows)
