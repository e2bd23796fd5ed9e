"""The rows of one step, under the locks: what stands, and what the step makes of it. Pure over the transaction.

Whatever changes a row goes through here, so that its number, its place in the log, the checksum of its partition and
its scopes are always written together.
"""

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from pos_loyalty.core.feed import Row, RowKind, row_digest
from pos_loyalty.core.identifiers import Identifier
from sync.hub.hub_store import Transaction
from sync.hub.kept import Counter, Name, Place, RowKey
from sync.hub.reach import is_name, partition_of_row
from sync.hub.scoping import NOWHERE, Scoping, Seen

_CHECKSUM = (1 << 64) - 1


class _Named(msgspec.Struct):
    """What a document says of what its member is found by, unread: hardly any event changes it."""

    identifiers: msgspec.Raw = msgspec.Raw()


_HINT = b'"identifiers":'
_named = msgspec.json.Decoder(_Named).decode
_identifiers = msgspec.json.Decoder(tuple[Identifier, ...]).decode


class RowChanges:
    """Rows under change. ``counters`` are those of their partitions, all locked; ``rows`` were read after that."""

    def __init__(
        self,
        transaction: Transaction,
        counters: Mapping[int, Counter],
        rows: Mapping[RowKey, Row],
        seen: Seen = NOWHERE,
    ) -> None:
        self.scoping = Scoping(transaction, seen)
        self._transaction = transaction
        self._numbers = {partition: counter.number for partition, counter in counters.items()}
        self._checksums = {partition: counter.checksum for partition, counter in counters.items()}
        self._before = rows
        self._rows = dict(rows)
        self._changed: dict[RowKey, None] = {}
        self._places: list[Place] = []

    def row(self, key: RowKey) -> Row | None:
        """Return a row as it stands now; None if it never was. A tombstone has no document."""
        return self._rows.get(key)

    def number_of(self, partition: int) -> int:
        """Return how far a partition is, with the numbers that were taken here."""
        return self._numbers[partition]

    def take_number(self, partition: int, cause: str) -> int:
        """Return the next number of a partition, which ``cause`` takes."""
        number = self._numbers[partition] + 1
        self._numbers[partition] = number
        self._places.append(Place(partition, number, cause))
        return number

    def put(self, key: RowKey, number: int, document: bytes | None) -> None:
        """Have a row be this from now on, under a number that was taken; without a document it is gone."""
        partition = partition_of_row(key)
        raw = None if document is None else msgspec.Raw(document)
        row = Row(kind=key.kind, key=key.key, partition=partition, number=number, document=raw)
        checksum = self._checksums[partition] - _digest(self._rows.get(key)) + _digest(row)
        self._checksums[partition] = checksum & _CHECKSUM
        self._rows[key] = row
        self._changed[key] = None

    def write(self) -> None:
        """Write everything that has changed."""
        self._transaction.take_places(self._places)
        rows = [self._rows[key] for key in self._changed]
        self._transaction.put_rows(rows)
        self.scoping.write(rows)
        before: set[Name] = set()
        after: set[Name] = set()
        for key in self._changed:
            old, new = _said_in(self._before.get(key)), _said_in(self._rows[key])
            if old != new:
                before |= _names(key, old)
                after |= _names(key, new)
        self._transaction.drop_names(sorted(before - after))
        self._transaction.put_names(sorted(after - before))
        moved = {place.partition for place in self._places}
        self._transaction.put_counters({each: Counter(self._numbers[each], self._checksums[each]) for each in moved})


def put(
    transaction: Transaction,
    counters: Mapping[int, Counter],
    cause: str,
    home: int,
    documents: Mapping[RowKey, bytes | None],
    seen: Seen = NOWHERE,
) -> int:
    """Write documents (None: a tombstone) under the next numbers of their partitions, and return that of ``home``.

    ``counters`` are those of the partitions, which are locked. The members among them are, or were, one person.
    """
    changes = RowChanges(transaction, counters, transaction.rows(documents), seen)
    changes.scoping.unite()
    partitions = sorted({home, *map(partition_of_row, documents)})
    numbers = {partition: changes.take_number(partition, cause) for partition in partitions}
    for key, document in documents.items():
        changes.put(key, numbers[partition_of_row(key)], document)
    changes.write()
    return numbers[home]


def _said_in(row: Row | None) -> bytes:
    """Return what a row says of what its member is found by, as JSON; nothing of one that says nothing."""
    if row is None or row.kind is not RowKind.MEMBER or row.document is None or _HINT not in bytes(row.document):
        return b""
    # Put out by hand it may be anything: whoever folds an event into it will say so.
    with suppress(msgspec.ValidationError):
        return bytes(_named(row.document).identifiers)
    return b""


def _names(key: RowKey, said: bytes) -> set[Name]:
    with suppress(msgspec.ValidationError):
        return {Name(each.value, key.key) for each in _identifiers(said or b"[]") if is_name(each.value)}
    return set()


def _digest(row: Row | None) -> int:
    return row_digest(row.kind, row.key, row.number) if row and row.document is not None else 0
