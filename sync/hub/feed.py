"""The feed: rows above a cursor, each once and at its newest. Pure.

A page is read from one moment, so what it says of a partition (rows, number, checksum) belongs together. It ends
between two numbers and never within one: rows that one event changed come down together.
"""

from typing import NamedTuple

from sync.hub.hub_store import Reading
from sync.hub.kept import Counter, Epoch
from sync.wire import PAGE_ROWS_MAX, Cursor, FeedPage, Row


def page(reading: Reading, cursor: Cursor, hub_ms: int, limit: int = PAGE_ROWS_MAX) -> FeedPage:
    """Return the next page above ``cursor``: about ``limit`` rows, at least those of one number.

    A cursor of another life of the history goes on where the two still agree. Of a partition in which its reader has
    more than that, nothing can be told apart, so it comes from the beginning.
    """
    epochs = reading.epochs()
    at = common(cursor, epochs)
    numbers = dict(at.numbers)
    rows: list[Row] = []
    checksums: dict[int, int] = {}
    more = False
    for partition, counter in sorted(reading.counters().items()):
        if at.at(partition) >= counter.number:
            continue
        if len(rows) >= limit:
            more = True
            break
        part = _part(reading, partition, at.at(partition), counter, limit - len(rows))
        rows += part.rows
        numbers[partition] = part.number
        if part.whole:
            checksums[partition] = counter.checksum
        more = more or not part.whole
    end = Cursor(epoch=epochs[-1].name, numbers=numbers)
    return FeedPage(rows=tuple(rows), cursor=end, more=more, checksums=checksums, hub_ms=hub_ms)


def common(cursor: Cursor, epochs: tuple[Epoch, ...]) -> Cursor:
    """Return as much of ``cursor`` as the newest of ``epochs`` has in common with it."""
    names = [epoch.name for epoch in epochs]
    if cursor.epoch not in names:
        return Cursor(epoch=names[-1])
    numbers = cursor.numbers
    for epoch in epochs[names.index(cursor.epoch) + 1 :]:
        numbers = {p: number for p, number in numbers.items() if number <= epoch.since.get(p, 0)}
    return Cursor(epoch=names[-1], numbers=numbers)


class _Part(NamedTuple):
    rows: list[Row]
    number: int
    whole: bool


def _part(reading: Reading, partition: int, above: int, counter: Counter, limit: int) -> _Part:
    """Return rows of one partition: all that are left, or up to ``limit`` without parting a number."""
    rows = reading.rows_above(partition, above, limit + 1)
    if len(rows) <= limit:
        return _Part(rows, counter.number, whole=True)
    cut = rows[limit].number
    if whole := [row for row in rows if row.number < cut]:
        return _Part(whole, whole[-1].number, whole=False)
    return _part(reading, partition, above, counter, 2 * limit)
