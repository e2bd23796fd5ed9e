"""A whole replica as one file: made by the hub, fetched by a till, put in the place of the old one.

``docs/explanation/sync-model.md``, "Snapshot". The hub reads its cursor first and the rows afterwards, so the feed
from this cursor repeats something and leaves out nothing.
"""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pos_loyalty.core.feed import Cursor, Row
from pos_loyalty.errors import InvariantBroken, StoreError, StoreTooNew
from pos_loyalty.store.bulk_load import Progress, Tally, make_replica
from pos_loyalty.store.connections import connect_frozen, schema_of, schema_steps
from pos_loyalty.store.faults import damaged, told_of
from pos_loyalty.store.folder import discard, put_in_place
from pos_loyalty.store.opening import refuse_what_is_no_database
from pos_loyalty.store.places import Place, Places, read_places

SCHEMA: Final = len(schema_steps("replica"))
"""Of the replica that this program makes and reads."""


def build(
    path: Path,
    rows: Iterable[Row],
    cursor: Cursor,
    checksums: Mapping[int, int],
    hub_ms: int,
    progress: Progress | None = None,
) -> None:
    """Make a replica of ``rows`` at ``path``, from which the feed goes on at ``cursor``.

    ``checksums`` are of the partitions that are complete at the cursor, ``hub_ms`` is when the cursor was read.
    Afterwards there is the whole file under that name, on disk, or none.

    Raises:
        InvariantBroken: two rows of one kind and key, or rows that do not add up to their partition's checksum.
        StoreError: the disk said no.
    """

    def settle(tally: Tally) -> Places:
        return _places(tally, cursor, checksums, hub_ms)

    made = path.with_name(path.name + ".new")
    with told_of(path):
        try:
            discard(made)
            make_replica(made, rows, settle, progress)
            put_in_place(made, path)
        finally:
            discard(made)


def verify(path: Path, cursor: Cursor | None = None) -> None:
    """Insist that ``path`` is a replica of today's schema, at ``cursor`` if that is given.

    What is on its pages is checked beside the work, once it is in its place: that takes seconds for a million
    members, and the bytes were compared with the hub's hash.

    Raises:
        StoreTooNew: its schema is of a newer program.
        StoreDamaged: it is no replica, or at another cursor.
        StoreError: its schema is of an older program.
    """
    refuse_what_is_no_database(path)
    with contextlib.closing(connect_frozen(path)) as connection:
        version = schema_of(connection, "replica", path)
        if version > SCHEMA:
            raise StoreTooNew(f"{path} has schema {version}, this program knows {SCHEMA}; install a newer version")
        if version < SCHEMA:
            raise StoreError(f"{path} has schema {version}, this program needs {SCHEMA}; take the feed instead")
        found = read_places(connection).cursor
    if not found.epoch:
        raise damaged(path, "a replica that never came from a hub")
    if cursor is not None and found != cursor:
        raise damaged(path, "a replica at another cursor than the hub said")


def _places(tally: Tally, cursor: Cursor, checksums: Mapping[int, int], hub_ms: int) -> Places:
    by_partition = {}
    for partition in {*cursor.numbers, *tally.checksums}:
        place = Place(number=cursor.numbers.get(partition), checksum=tally.checksums.get(partition, 0))
        repeats = tally.highest.get(partition, 0) > cursor.at(partition)
        if partition in checksums and not repeats:
            place.whole = True
            if place.checksum != checksums[partition]:
                raise InvariantBroken(f"rows of partition {partition} do not add up to its checksum")
        by_partition[partition] = place
    return Places(epoch=cursor.epoch, fresh_ms=hub_ms, by_partition=by_partition)
