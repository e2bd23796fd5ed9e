"""The replica as the sync sees it: pages of the feed in, row by row, beside whoever reads.

It is a ``sync.engine.ports.TillReplica``. Whoever calls writes; calls take turns. Readers see the rows of a page
together, once they are committed, and wait for nothing but the step from one page to the next.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from threading import RLock
from time import perf_counter, sleep

from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind, row_digest
from pos_loyalty.errors import InvariantBroken, StoreError, StoreInterrupted
from pos_loyalty.ports import Clock, ReplicaContents
from pos_loyalty.store.background_check import BackgroundCheck
from pos_loyalty.store.bulk_load import Progress, Tally, make_replica, rows_of_contents
from pos_loyalty.store.connections import WAL_BYTES_MAX, connect_reader, connect_replica_writer
from pos_loyalty.store.faults import told_of
from pos_loyalty.store.folder import discard, put_in_place, sidecars, sync
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.member_view import MemberView
from pos_loyalty.store.opening import open_replica, put_aside
from pos_loyalty.store.places import SUMS, Place, Places, read_places
from pos_loyalty.store.replica_rows import NO_PARTITION, Before, RowWriter
from pos_loyalty.store.snapshot import verify
from pos_loyalty.store.visitors import Visitors

_SLICE = 128
"""Rows that are written without a break: one to four milliseconds."""
_BREATH_EVERY_S = 0.003
_BREATH_S = 50e-6
"""The interpreter takes its lock from a busy thread after 5 ms only. So a customer waits for less: p95 of a lookup
during a pull was 1 to 2.5 ms without these rests, and is that of an idle till with them."""

WAL_BYTES_MAX_PULLING = 32 << 20
"""While more pages follow. Each writes the same pages of the indexes anew; so what several of them wrote comes into the
file at once, which took a tenth of the processor and a third of the time off a pull on a busy disk."""

Reached = Callable[[Cursor], None]
"""Told how far the replica is, after its readers are there."""


class SqliteReplica:
    """Owns the writing connection to ``replica.db``, its check beside the work, and the readers that it moves on."""

    def __init__(self, place: Path, clock: Clock, visitors: Visitors) -> None:
        self.reset = False
        """Whether a damaged file was put aside, so that this one waits for the hub or a load."""
        self._place = place
        self._clock = clock
        self._visitors = visitors
        self._views: tuple[MemberView, ...] = ()
        self._reached: Reached = _nobody
        self._turn = RLock()
        self._breathed = 0.0
        with told_of(place):
            self.reset = open_replica(place, clock)
            self._connection, self._places, self._rows = _opened(place)
        self._check: BackgroundCheck | None = None

    def serve(self, views: tuple[MemberView, ...], reached: Reached) -> None:
        """Move these readers on from now on; they read from this very file. Check it beside the work."""
        self._views, self._reached = views, reached
        self._begin_check()

    def cursor(self) -> Cursor:
        """Return what is here of the feed."""
        return self._places.cursor

    def fresh_ms(self) -> int | None:
        """Return the hub's clock when this was last all there is, None if it never was."""
        return self._places.fresh_ms

    def row(self, kind: RowKind, key: str) -> Row | None:
        """Return one row, None if there is none."""
        with self._turn, told_of(self._place):
            return self._rows.row(kind, key)

    def apply(self, page: FeedPage, asked: Cursor) -> frozenset[int]:
        """Write the rows and the cursor of a page; return the partitions whose sum is not the hub's.

        A row at or below the cursor is here already, and skipped. A wrong partition is taken anew: its cursor is
        forgotten, its rows stay and can be read until the partition is complete again; what did not come again is
        gone then. A partition is complete when its checksum comes, or when the page is the last.

        Raises:
            StoreInterrupted: the replica is no longer at ``asked``, from where the page was asked for: a damaged one
                was put aside meanwhile, or a snapshot or a load took its place.
            InvariantBroken: the page is of another epoch than the cursor (see :meth:`rebase`).
            StoreError: the disk said no; nothing of the page is kept.
        """
        with self._turn, told_of(self._place):
            before = self._places
            if asked != before.cursor:
                raise StoreInterrupted(
                    f"{self._place} is no longer where this page was asked from; ask again from its cursor"
                )
            if page.cursor.epoch != before.epoch and before.epoch:
                raise InvariantBroken(f"a page of epoch {page.cursor.epoch} cannot follow a cursor of {before.epoch}")
            after = before.copy()
            with self._transaction():
                kinds = self._write_rows(page, before, after)
                kinds |= self._complete(page, before, after)
                wrong = frozenset(p for p, checksum in page.checksums.items() if after.at(p).checksum != checksum)
                for partition in wrong:
                    after.at(partition).take_anew()
                if not page.more and not wrong:
                    after.fresh_ms = page.hub_ms
                after.write(self._connection, before.by_partition)
            self._places = after
            self._visitors.forget(row.key for row in page.rows)
            self._move_on(kinds, WAL_BYTES_MAX_PULLING if page.more else WAL_BYTES_MAX)
        return wrong

    def rebase(self, common: Cursor) -> None:
        """Move to the epoch of ``common``; partitions that are here beyond it are taken anew.

        So are those that were not complete at their cursor. Their rows can be read until they are complete again.
        """
        with self._turn, told_of(self._place):
            after = self._places.copy()
            after.epoch = common.epoch
            # A snapshot has rows that came after its cursor was read, of partitions that had no number then, too.
            for partition, place in self._places.by_partition.items():
                if (place.number or 0) > common.at(partition) or not place.whole:
                    after.at(partition).take_anew()
            with self._transaction():
                after.write(self._connection, self._places.by_partition)
            self._places = after
            self._move_on(frozenset(), WAL_BYTES_MAX)

    def install(self, path: Path, cursor: Cursor | None = None) -> None:
        """Put the snapshot at ``path`` in the place of the replica; ``path`` is on the same disk, and gone then.

        A power cut at any point leaves the old one or the new one, whole.

        Raises:
            StoreTooNew: it has a schema that this program does not know.
            StoreDamaged: it is no replica, is not sound, or is not at ``cursor``, if that is given.
            StoreError: it has another schema than today's, or the disk said no; the old replica stays.
        """
        with told_of(path):
            verify(path, cursor)
        self.stop_check()
        with self._turn, told_of(self._place):
            self._swap(path)
        self._begin_check()

    def load(self, contents: ReplicaContents, progress: Progress | None = None) -> int:
        """Replace the replica by ``contents``, which belong to no feed; return the number of members.

        The first whole pull replaces what is here by what the hub has.
        """
        self.stop_check()
        made = self._place.with_name(self._place.name + ".new")
        with self._turn, told_of(self._place):
            try:
                discard(made)
                count = make_replica(made, rows_of_contents(contents), _of_no_feed, progress)
                self._swap(made)
            finally:
                discard(made)
        return count

    def wait_for_check(self) -> None:
        """Wait until the check that began at open has ended."""
        if self._check:
            self._check.wait()

    def close(self) -> None:
        """Let go of the file. After the readers."""
        self.stop_check()
        with self._turn:
            # A checkpoint that fails costs nothing: the WAL keeps what it has.
            with contextlib.suppress(dbapi.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.close()

    def _begin_check(self) -> None:
        with told_of(self._place):
            self._check = BackgroundCheck(connect_reader(self._place), self._place, self._put_aside)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite may have rolled back by itself, as it does when the disk is full.
            with contextlib.suppress(dbapi.Error):
                self._connection.rollback()
            raise

    def _write_rows(self, page: FeedPage, before: Places, after: Places) -> frozenset[RowKind]:
        numbers = before.numbers
        by_kind: dict[RowKind, dict[str, Row]] = {}
        for row in page.rows:
            if row.number > numbers.get(row.partition, 0):
                by_kind.setdefault(row.kind, {})[row.key] = row
        generations = {partition: place.generation for partition, place in before.by_partition.items()}
        for kind, rows in by_kind.items():
            for some in _slices(rows):
                replaced = self._rows.put(kind, some, generations)
                self._add_up(kind, some, replaced, after)
                self._let_others_run()
        return frozenset(by_kind)

    def _let_others_run(self) -> None:
        if perf_counter() - self._breathed > _BREATH_EVERY_S:
            sleep(_BREATH_S)
            self._breathed = perf_counter()

    def _add_up(self, kind: RowKind, rows: Mapping[str, Row], replaced: list[Before], places: Places) -> None:
        for old in replaced:
            self._subtract(kind, old, places)
        there = [row for row in rows.values() if row.document is not None]
        added: dict[int, int] = {}
        for row in there:
            added[row.partition] = added.get(row.partition, 0) + row_digest(kind, row.key, row.number)
        for partition, digests in added.items():
            place = places.at(partition)
            place.checksum = (place.checksum + digests) % SUMS
        if kind is RowKind.MEMBER:
            places.members += len(there) - len(replaced)

    def _subtract(self, kind: RowKind, old: Before, places: Places) -> None:
        place = places.by_partition.get(old.partition)
        if place is not None and place.generation == old.generation:
            place.checksum = (place.checksum - row_digest(kind, old.key, old.number)) % SUMS

    def _complete(self, page: FeedPage, before: Places, after: Places) -> frozenset[RowKind]:
        """Move the cursor, and drop what did not come again of partitions that are complete now."""
        for partition, number in page.cursor.numbers.items():
            place = after.at(partition)
            if number != (place.number or 0):
                place.whole = False
            place.number = number
        for partition in page.checksums:
            after.at(partition).whole = True
        after.epoch = page.cursor.epoch
        dropped: set[RowKind] = set()
        for partition, place in after.by_partition.items():
            if place.anew and (partition in page.checksums or not page.more):
                dropped |= self._drop_old(partition, place, after)
                place.anew = False
        if not page.more and before.fresh_ms is None:
            # What was here before the first pull that was whole came in a load.
            dropped |= self._drop_old(NO_PARTITION, Place(generation=-1), after)
        return frozenset(dropped)

    def _drop_old(self, partition: int, place: Place, after: Places) -> set[RowKind]:
        dropped = self._rows.drop_old(partition, place.generation)
        after.members -= dropped.get(RowKind.MEMBER, 0)
        return set(dropped)

    def _move_on(self, kinds: frozenset[RowKind], wal_bytes_max: int) -> None:
        """Have readers see what was committed, and make room in the WAL when it is longer than that."""
        self._step(kinds)
        if self._wal_bytes() > wal_bytes_max:
            # One that fails costs nothing: the WAL keeps what it has, and the next page reports the disk.
            with contextlib.suppress(dbapi.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            # Readers that begin now read the file alone, so that the next page may begin the WAL from its head.
            self._step(frozenset())
        self._reached(self._places.cursor)

    def _step(self, kinds: frozenset[RowKind]) -> None:
        for view in self._views:
            with view.turn:
                view.move_on(kinds)

    def _wal_bytes(self) -> int:
        try:
            return sidecars(self._place)[0].stat().st_size
        except OSError:
            return 0

    def _swap(self, made: Path) -> None:
        """Give the finished file ``made`` the place of the replica, with nobody reading or writing."""
        with contextlib.ExitStack() as stopped:
            for view in self._views:
                stopped.enter_context(view.turn)
            try:
                self._empty_wal()
                for path in sidecars(self._place):
                    path.unlink(missing_ok=True)
                # A WAL that a power cut brought back would be read as one of the new file.
                sync(self._place.parent)
                put_in_place(made, self._place)
                self.reset = False
            finally:
                self._connection, self._places, self._rows = _opened(self._place)
                for view in self._views:
                    view.read_anew(self._place)
        self._visitors.clear()
        self._reached(self._places.cursor)

    def _empty_wal(self) -> None:
        for view in self._views:
            view.replica.close()
        with contextlib.closing(self._connection):
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(f"{self._place} is being read by another program; close it (lsof {self._place})")

    def stop_check(self) -> None:
        """End the check beside the work, finished or not."""
        if self._check:
            self._check.stop()

    def _put_aside(self, _finding: StoreError) -> None:
        # Should this fail too, the damaged file stays in use: what it can still tell is better than nothing.
        with contextlib.suppress(StoreError), self._turn, told_of(self._place), contextlib.ExitStack() as stopped:
            for view in self._views:
                stopped.enter_context(view.turn)
                view.replica.close()
            self._connection.close()
            try:
                put_aside(self._place, self._clock)
                open_replica(self._place, self._clock)
                self.reset = True
            finally:
                self._connection, self._places, self._rows = _opened(self._place)
                for view in self._views:
                    view.read_anew(self._place)
            self._reached(self._places.cursor)


def _slices(rows: Mapping[str, Row]) -> Iterator[dict[str, Row]]:
    items = iter(rows.items())
    while some := dict(islice(items, _SLICE)):
        yield some


def _opened(place: Path) -> tuple[dbapi.Connection, Places, RowWriter]:
    connection = connect_replica_writer(place)
    try:
        return connection, read_places(connection), RowWriter(connection)
    except BaseException:
        connection.close()
        raise


def _nobody(_: Cursor) -> None:
    pass


def _of_no_feed(_: Tally) -> Places:
    return Places()
