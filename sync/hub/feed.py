"""The feed: rows above a cursor, each once and at its newest. Pure.

A page is read from one moment, so what it says of a partition (rows, number, checksum) belongs together. It ends
between two numbers and never within one: rows that one event changed come down together.
"""

from typing import NamedTuple

from pos_loyalty.core.feed import Cursor, FeedPage, Row
from pos_loyalty.errors import StoreDamaged
from sync.hub.hub_store import Reading
from sync.hub.kept import Counter, Counters, Epoch
from sync.wire import PAGE_ROWS_MAX


def page(reading: Reading, cursor: Cursor, hub_ms: int, limit: int = PAGE_ROWS_MAX) -> FeedPage:
    """Return the next page above ``cursor``: about ``limit`` rows, at least those of one number.

    The answer to a cursor of another life of the history has no rows: it says what the two have in common, so that
    its reader forgets the rest before anything new comes.

    Raises:
        StoreDamaged: the reader has more of this very life than there is.
    """
    epochs = reading.epochs()
    if cursor.epoch not in {"", epochs[-1].name}:
        return FeedPage(rows=(), cursor=common(cursor, epochs), more=True, hub_ms=hub_ms)
    counters = reading.counters()
    _insist(cursor, counters)
    behind = {each: cursor.at(each) for each, counter in counters.items() if cursor.at(each) < counter.number}
    part = _part(reading, behind, limit) if behind else _Part([])
    whole = [each for each in sorted(behind) if part.cut is None or each < part.cut.partition]
    numbers = dict(cursor.numbers)
    # The last row's partition first: the number of one that is whole goes before that of its last row.
    numbers.update((row.partition, row.number) for row in part.rows[-1:])
    numbers.update((each, counters[each].number) for each in whole)
    return FeedPage(
        rows=tuple(part.rows),
        cursor=Cursor(epoch=epochs[-1].name, numbers=numbers),
        more=part.cut is not None,
        checksums={each: counters[each].checksum for each in whole},
        hub_ms=hub_ms,
    )


def common(cursor: Cursor, epochs: tuple[Epoch, ...]) -> Cursor:
    """Return as much of ``cursor`` as the newest of ``epochs`` has in common with it.

    Of a partition in which the reader has more than that, its rows cannot be told apart: it is at the beginning.
    """
    names = [epoch.name for epoch in epochs]
    if cursor.epoch not in names:
        return Cursor(epoch=names[-1])
    numbers = cursor.numbers
    for epoch in epochs[names.index(cursor.epoch) + 1 :]:
        numbers = {p: number for p, number in numbers.items() if number <= epoch.since.get(p, 0)}
    return Cursor(epoch=names[-1], numbers=numbers)


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


def _part(reading: Reading, behind: dict[int, int], limit: int) -> _Part:
    """Return all rows that are left, or up to ``limit`` without parting a number."""
    rows = reading.rows_above(behind, limit + 1)
    if len(rows) <= limit:
        return _Part(rows)
    cut = rows[limit]
    if kept := [row for row in rows if (row.partition, row.number) < (cut.partition, cut.number)]:
        return _Part(kept, cut)
    return _part(reading, behind, 2 * limit)
