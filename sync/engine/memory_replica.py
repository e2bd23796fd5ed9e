"""The replica in memory: the port's meaning in its simplest form, for the simulator and for trying things out."""

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind, row_digest
from pos_loyalty.errors import InvariantBroken, StoreInterrupted

_Name = tuple[RowKind, str]
_SUMS = 1 << 64


class MemoryReplica:
    """A :class:`~sync.engine.ports.TillReplica` that forgets everything when it is let go."""

    def __init__(self) -> None:
        self._epoch = ""
        self._numbers: dict[int, int] = {}
        self._rows: dict[_Name, Row] = {}
        self._sums: dict[int, int] = {}
        self._old: dict[int, set[_Name]] = {}
        """Of partitions that are taken anew: rows that have not come again yet."""
        self._whole: set[int] = set()
        """Partitions that were complete at their cursor."""
        self._fresh_ms: int | None = None

    def cursor(self) -> Cursor:
        """Return what is here of the feed."""
        return Cursor(epoch=self._epoch, numbers=dict(self._numbers))

    def row(self, kind: RowKind, key: str) -> Row | None:
        """Return one row, None if there is none."""
        return self._rows.get((kind, key))

    def rows(self) -> tuple[Row, ...]:
        """Return all rows, by kind and key."""
        return tuple(self._rows[name] for name in sorted(self._rows))

    def apply(self, page: FeedPage, asked: Cursor) -> frozenset[int]:
        """Write the rows and the cursor of a page; return the partitions whose sum is not the hub's."""
        if asked != self.cursor():
            raise StoreInterrupted("the replica is no longer where this page was asked from; ask again from its cursor")
        if page.cursor.epoch != self._epoch and self._epoch:
            raise InvariantBroken(f"a page of epoch {page.cursor.epoch} cannot follow a cursor of {self._epoch}")
        for row in page.rows:
            if row.number > self._numbers.get(row.partition, 0):
                self._put(row)
        self._epoch = page.cursor.epoch
        self._whole -= {p for p, number in page.cursor.numbers.items() if number != self._numbers.get(p, 0)}
        self._whole |= page.checksums.keys()
        self._numbers |= page.cursor.numbers
        for partition in [p for p in self._old if p in page.checksums or not page.more]:
            for name in self._old.pop(partition):
                self._drop(name)
        wrong = frozenset(p for p, checksum in page.checksums.items() if self._sums.get(p, 0) != checksum)
        for partition in wrong:
            self._take_anew(partition)
        if not page.more and not wrong:
            self._fresh_ms = page.hub_ms
        return wrong

    def rebase(self, common: Cursor) -> None:
        """Move to the epoch of ``common``; partitions that are here beyond it are taken anew."""
        self._epoch = common.epoch
        # A snapshot has rows that came after its cursor was read, of partitions that had no number then, too.
        there = self._numbers.keys() | {row.partition for row in self._rows.values()}
        for partition in sorted(there):
            if self._numbers.get(partition, 0) > common.at(partition) or partition not in self._whole:
                self._take_anew(partition)

    def fresh_ms(self) -> int | None:
        """Return the hub's clock when this was last all there is, None if it never was."""
        return self._fresh_ms

    def _take_anew(self, partition: int) -> None:
        self._numbers.pop(partition, None)
        self._whole.discard(partition)
        self._old[partition] = {name for name, row in self._rows.items() if row.partition == partition}

    def _put(self, row: Row) -> None:
        name = (row.kind, row.key)
        self._drop(name)
        self._old.get(row.partition, set()).discard(name)
        if row.document is not None:
            self._rows[name] = row
            self._add(row, +1)

    def _drop(self, name: _Name) -> None:
        if gone := self._rows.pop(name, None):
            self._add(gone, -1)

    def _add(self, row: Row, sign: int) -> None:
        digest = row_digest(row.kind, row.key, row.number)
        self._sums[row.partition] = (self._sums.get(row.partition, 0) + sign * digest) % _SUMS
