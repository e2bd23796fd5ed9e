"""Rows under the numbers of one event. Pure over the transaction."""

from collections.abc import Mapping

import msgspec

from pos_loyalty.core.feed import Row, row_digest
from sync.hub.hub_store import Transaction
from sync.hub.kept import Counter, Place, RowKey
from sync.hub.reach import partition_of_row

_CHECKSUM = (1 << 64) - 1


def exchanged(counter: Counter, before: Row | None, after: Row) -> Counter:
    """Return the counter of a partition in which ``after`` takes the place of ``before``."""
    checksum = counter.checksum - _digest(before) + _digest(after)
    return counter._replace(checksum=checksum & _CHECKSUM)


def put(
    transaction: Transaction,
    counters: Mapping[int, Counter],
    event_id: str,
    home: int,
    documents: Mapping[RowKey, msgspec.Raw | None],
) -> int:
    """Write documents (None: a tombstone) under the next numbers of their partitions, and return that of ``home``.

    ``counters`` are those of the partitions, which are locked.
    """
    before = transaction.rows(documents)
    after: dict[int, Counter] = {}
    for partition in sorted({home, *map(partition_of_row, documents)}):
        after[partition] = counters[partition]._replace(number=counters[partition].number + 1)
    rows = []
    for key, document in documents.items():
        partition = partition_of_row(key)
        row = Row(kind=key.kind, key=key.key, partition=partition, number=after[partition].number, document=document)
        after[partition] = exchanged(after[partition], before.get(key), row)
        rows.append(row)
    transaction.take_places(Place(partition, counter.number, event_id) for partition, counter in after.items())
    transaction.put_rows(rows)
    transaction.put_counters(after)
    return after[home].number


def _digest(row: Row | None) -> int:
    return row_digest(row.kind, row.key, row.number) if row and row.document is not None else 0
