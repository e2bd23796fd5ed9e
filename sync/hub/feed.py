"""The feed: rows above a cursor, each once and at its newest, of all or of one scope. Pure.

A page is read from one moment, so what it says of a partition (rows, number, checksum) belongs together. It ends
between two numbers and never within one: rows that one event changed come down together.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pos_loyalty.core.feed import SHOP_PARTITION, Cursor, FeedPage, Row
from pos_loyalty.errors import StoreDamaged
from sync.hub.hub_store import Reading
from sync.hub.kept import Counter, Counters, Epoch, ScopePart
from sync.hub.scopes import ALL, SHARED, parted, told
from sync.wire import PAGE_ROWS_MAX

_CHECKSUM = (1 << 64) - 1


def page(reading: Reading, cursor: Cursor, hub_ms: int, limit: int = PAGE_ROWS_MAX, scope: str = ALL) -> FeedPage:
    """Return the next page above ``cursor``: about ``limit`` rows, at least those of one number.

    ``scope`` is what it is kept under. The answer to a cursor of another life of the history, or of another scope, has
    no rows: it says what the two have in common, so that its reader forgets the rest before anything new comes.

    Raises:
        StoreDamaged: the reader has more of this very life than there is.
    """
    epochs = reading.epochs()
    epoch = told(epochs[-1].name, scope)
    if cursor.epoch not in {"", epoch}:
        return FeedPage(rows=(), cursor=common(cursor, epochs, scope), more=True, hub_ms=hub_ms)
    counters = reading.counters()
    _insist(cursor, counters)
    source = Scoped(reading, scope, counters)
    behind = {each: cursor.at(each) for each, counter in counters.items() if cursor.at(each) < counter.number}
    part = _part(source, behind, limit) if behind else _Part([])
    whole = [each for each in sorted(behind) if part.cut is None or each < part.cut.partition]
    numbers = dict(cursor.numbers)
    # The last row's partition first: the number of one that is whole goes before that of its last row.
    numbers.update((row.partition, row.number) for row in part.rows[-1:])
    numbers.update((each, counters[each].number) for each in whole)
    return FeedPage(
        rows=tuple(part.rows),
        cursor=Cursor(epoch=epoch, numbers=numbers),
        more=part.cut is not None,
        checksums={each: source.checksum(each) for each in whole},
        hub_ms=hub_ms,
    )


def common(cursor: Cursor, epochs: tuple[Epoch, ...], scope: str = ALL) -> Cursor:
    """Return as much of ``cursor`` as the newest of ``epochs`` has in common with it; of another scope, nothing.

    Of a partition in which the reader has more than that, its rows cannot be told apart: it is at the beginning.
    """
    names = [epoch.name for epoch in epochs]
    epoch_now = told(names[-1], scope)
    life, own = parted(cursor.epoch)
    if life not in names or own != scope:
        return Cursor(epoch=epoch_now)
    numbers = cursor.numbers
    for epoch in epochs[names.index(life) + 1 :]:
        numbers = {p: number for p, number in numbers.items() if number <= epoch.since.get(p, 0)}
    return Cursor(epoch=epoch_now, numbers=numbers)


class Scoped:
    """The rows of one scope. Those of the whole shop are in every one."""

    def __init__(self, reading: Reading, scope: str, counters: Counters) -> None:
        self._reading = reading
        self._scope = scope
        self._counters = counters
        self._sums = reading.scope_sums([scope, SHARED], counters.keys()) if scope else {}

    def end(self) -> Cursor:
        """Return the cursor of who has everything."""
        numbers = {partition: counter.number for partition, counter in self._counters.items()}
        return Cursor(epoch=told(self._reading.epochs()[-1].name, self._scope), numbers=numbers)

    def rows_above(self, numbers: Mapping[int, int], limit: int) -> list[Row]:
        """Return rows as :meth:`Reading.rows_above` does."""
        if not self._scope:
            return self._reading.rows_above(numbers, limit)
        members = {partition: number for partition, number in numbers.items() if partition != SHOP_PARTITION}
        rows = self._reading.scope_rows_above(self._scope, members, limit)
        shop = {partition: number for partition, number in numbers.items() if partition == SHOP_PARTITION}
        # The last of all partitions.
        return rows + self._reading.rows_above(shop, limit - len(rows)) if len(rows) < limit else rows

    def checksum(self, partition: int) -> int:
        """Return the checksum of a partition."""
        if self._scope and partition != SHOP_PARTITION:
            return sum(self._sums.get(ScopePart(each, partition), 0) for each in (self._scope, SHARED)) & _CHECKSUM
        return self._counters[partition].checksum


def _insist(cursor: Cursor, counters: Counters) -> None:
    for partition, number in cursor.numbers.items():
        there = counters.get(partition, Counter()).number
        if number > there:
            # To go on would pass over what takes those numbers next.
            raise StoreDamaged(
                f"a till has read number {number} of partition {partition}, the hub has {there}: its database was put "
                "back from a backup; begin another epoch, and the tills bring what is missing"
            )


class _Part(NamedTuple):
    rows: list[Row]
    cut: Row | None = None
    """The first that is left for another page."""


def _part(source: Scoped, behind: dict[int, int], limit: int) -> _Part:
    """Return all rows that are left, or up to ``limit`` without parting a number."""
    rows = source.rows_above(behind, limit + 1)
    if len(rows) <= limit:
        return _Part(rows)
    cut = rows[limit]
    if kept := [row for row in rows if (row.partition, row.number) < (cut.partition, cut.number)]:
        return _Part(kept, cut)
    return _part(source, behind, 2 * limit)
