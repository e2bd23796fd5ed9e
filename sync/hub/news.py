"""What is news to who waits for the feed: rows that changed, and not the many events that change none. Pure."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from pos_loyalty.core.feed import Cursor
from sync.hub.hub_store import Reading
from sync.hub.kept import Counter
from sync.hub.scopes import parted


class Standing(NamedTuple):
    """How far the hub was at one look."""

    epoch: str
    counters: Mapping[int, Counter]
    """Of each partition that is not at its beginning."""


class Seen(NamedTuple):
    """What is known of the rows of the hub, from one look to the next."""

    standing: Standing
    changed: dict[int, int]
    """Partition to a number above which no row was changed."""

    def has_more(self, cursor: Cursor) -> bool:
        """Return whether there may be rows for a reader at ``cursor``. They may be outside of its scope."""
        life, _ = parted(cursor.epoch)
        return life != self.standing.epoch or any(number > cursor.at(each) for each, number in self.changed.items())

    def has_less(self, cursor: Cursor) -> bool:
        """Return whether a reader at ``cursor`` is ahead of this look.

        It read through another process what came after the look; or the database fell back, which the feed tells it.
        """
        counters = self.standing.counters
        return any(number > counters.get(each, _BEGINNING).number for each, number in cursor.numbers.items())


def look(reading: Reading, before: Seen | None) -> Seen:
    """Return what is known after another look."""

    def first_above(numbers: Mapping[int, int]) -> int | None:
        rows = reading.rows_above(numbers, 1)
        return rows[0].partition if rows else None

    return seen(Standing(reading.epochs()[-1].name, reading.counters()), before, first_above)


def seen(now: Standing, before: Seen | None, first_above: Callable[[Mapping[int, int]], int | None]) -> Seen:
    """Return what is known after a look at ``now``.

    A row that was changed since the one before has a new number, and mostly the checksum of its partition is another.
    It is the same if a row came and went in between, which somebody may have read meanwhile. So of partitions that
    went on otherwise, ``first_above`` says which one has a row above its number, if any has.
    """
    counters = now.counters
    if before is None or before.standing.epoch != now.epoch:
        return Seen(now, {partition: counter.number for partition, counter in counters.items()})
    old = {partition: before.standing.counters.get(partition, _BEGINNING) for partition in counters}
    changed = {p: each.number for p, each in counters.items() if each.checksum != old[p].checksum}
    left = {p: old[p].number for p, each in counters.items() if p not in changed and each.number != old[p].number}
    while left and (partition := first_above(left)) is not None:
        changed[partition] = counters[partition].number
        del left[partition]
    return Seen(now, before.changed | changed)


_BEGINNING: Final = Counter()
