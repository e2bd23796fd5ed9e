"""What has changed since a moment, as a reading that shows nothing else: so each step is checked for what it did."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Final, cast

from pos_loyalty.core.accounts import derive
from pos_loyalty.core.feed import SHOP_PARTITION, Row
from sync.hub.books import HOLD
from sync.hub.hold_memos import KIND
from sync.hub.hub_store import Reading
from sync.hub.kept import BookKey, Counter, Counters, Logged, Memo, Place, Record, RecordKind, ScopePart

_ALL: Final = 1 << 40


class Changes:
    """Remembers how far things were, and gives a reading of those that went on."""

    def __init__(self) -> None:
        self._counters: Counters = {}
        self._records: dict[BookKey, list[Record]] = {}

    def forget(self) -> None:
        """Take everything for changed."""
        self._counters, self._records = {}, {}

    def since(self, reading: Reading) -> "Changed":
        """Return what has changed since the last time."""
        counters = reading.counters()
        partitions = {each for each, counter in counters.items() if counter != self._counters.get(each)}
        records = {key: reading.records_of(key) for key in reading.books()}
        # Most records are the very same ones, which compare at once.
        books = {key: own for key, own in records.items() if own != self._records.get(key)}
        before, self._counters, self._records = self._counters, counters, records
        return Changed(reading, partitions if before else range(SHOP_PARTITION + 1), books, before)


class Changed:
    """Looks like a :class:`~sync.hub.hub_store.Reading` of a hub that has only these partitions and books.

    Of events it has those that are new.
    """

    def __init__(
        self, reading: Reading, partitions: Collection[int], books: Mapping[BookKey, list[Record]], before: Counters
    ) -> None:
        self.partitions = partitions
        self._before = before
        self.books_changed = books
        self._reading = reading
        self._rows: dict[int, list[Row]] = {}
        for row in reading.rows_above(dict.fromkeys(partitions, 0), _ALL):
            self._rows.setdefault(row.partition, []).append(row)

    def __getattr__(self, name: str) -> object:
        return getattr(self._reading, name)

    @property
    def seen(self) -> Reading:
        """The same, for whoever wants a reading."""
        return cast("Reading", self)

    def counters(self) -> Counters:
        """Return how far the changed partitions are."""
        return {each: counter for each, counter in self._reading.counters().items() if each in self.partitions}

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        """Return their rows."""
        found = (row for each, above in numbers.items() for row in self._rows.get(each, ()) if row.number > above)
        return list(islice(found, limit))

    def scope_sums(self, scopes: Collection[str], partitions: Collection[int]) -> dict[ScopePart, int]:
        """Return the checksums of scopes in them."""
        return self._reading.scope_sums(scopes, [each for each in partitions if each in self.partitions])

    def places(self) -> Iterator[Place]:
        """Yield their numbers."""
        return iter(self._places)

    def log(self) -> Iterator[Logged]:
        """Yield their new events."""
        return iter(self._log)

    @cached_property
    def _places(self) -> list[Place]:
        return [place for place in self._reading.places() if place.partition in self.partitions]

    @cached_property
    def _log(self) -> list[Logged]:
        ends = ((each, self._before.get(each, Counter()).number) for each in sorted(self.partitions))
        return [logged for partition, end in ends for logged in self._reading.log_above(partition, end, _ALL)]

    def books(self) -> Iterator[BookKey]:
        """Yield the changed books."""
        return iter(self.books_changed)

    def memos(self, kind: str) -> list[Memo]:
        """Return memos; of holds, of those in the changed books alone."""
        memos = self._reading.memos(kind)
        if kind != KIND:
            return memos
        records = (record for own in self.books_changed.values() for record in own)
        held = {record.record_id for record in records if record.kind is RecordKind.HOLD}
        return [memo for memo in memos if derive(memo.key, HOLD) in held]
