"""The till's store: a folder with ``journal.db`` and ``replica.db`` (docs/explanation/store.md)."""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Answer, Change, Clock, Ids, Outcome, ReplicaContents, StoreCounts
from pos_loyalty.store.background_check import BackgroundCheck
from pos_loyalty.store.bulk_load import Progress
from pos_loyalty.store.connections import connect, connect_reader
from pos_loyalty.store.faults import UNREADABLE, damaged, from_sqlite, told_of
from pos_loyalty.store.folder import Folder, discard, put_in_place
from pos_loyalty.store.journal import JournalReader
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.member_view import MemberView
from pos_loyalty.store.opening import is_checked_at_open, open_journal
from pos_loyalty.store.outbox import SqliteOutbox
from pos_loyalty.store.replica import ReplicaReader
from pos_loyalty.store.semantics import newest_step, sale_of, voucher_now
from pos_loyalty.store.shared_limits import SharedLimits
from pos_loyalty.store.till_replica import SqliteReplica
from pos_loyalty.store.visitors import Visitors
from pos_loyalty.store.writer import Writer

_ANSWERS_CROSS_MS: Final = 60_000
"""An event that was answered so long before everything was here last is inside; a shorter while could be two clocks."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _reads(
    method: "Callable[Concatenate[SqliteStore, _P], _T]",
) -> "Callable[Concatenate[SqliteStore, _P], _T]":
    """Say in our words what cannot be read; a context manager would cost a tenth of a lookup."""

    @wraps(method)
    def told(self: "SqliteStore", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, *args, **kwargs)
        except dbapi.Error as error:
            raise from_sqlite(error, self.folder) from error
        except msgspec.DecodeError as error:
            raise damaged(self.folder, UNREADABLE) from error

    return told


class SqliteStore:
    """A :class:`~pos_loyalty.ports.Store` over one folder, which it keeps to itself until closed.

    Reads take turns, so they may come from any thread; ``search`` has a reader of its own and keeps nobody waiting.

    Raises:
        StoreLocked: another process holds the folder, or another program is writing the journal.
        StoreReadOnly: the folder or a file in it cannot be written.
        StoreDamaged: the journal is not sound; it is left as it is.
        StoreTooNew: a newer version of this program wrote a file.
        StoreFull: there is no room to make a file.
    """

    def __init__(self, folder: Path, *, clock: Clock, ids: Ids) -> None:
        self.folder = folder
        self.journal_fault: StoreError | None = None
        """What a check beside the work found in the journal; every commit then fails with it."""
        self._clock = clock
        self._visitors = Visitors(clock.monotonic_ns)
        self._usage = SharedLimits()
        self._closed = False
        self._files = Folder(folder)
        try:
            with told_of(folder):
                self._open(ids)
        except BaseException:
            self._files.release()
            raise

    def _open(self, ids: Ids) -> None:
        journal, replica = self._files.journal, self._files.replica
        with contextlib.ExitStack() as opened:
            writing = opened.enter_context(contextlib.closing(open_journal(journal, ids)))
            self.replica = SqliteReplica(replica, self._clock, self._visitors)
            opened.callback(self.replica.close)
            readers = [JournalReader(connect_reader(journal)) for _ in range(3)]
            for reader in readers:
                opened.callback(reader.close)
            self._terminal_id = readers[0].terminal_id()
            self._pending = readers[0].pending_index(self.replica.cursor().numbers)
            self._view, self._search_view = self._views = tuple(
                MemberView(ReplicaReader(replica), reader, self._pending, self._visitors) for reader in readers[:2]
            )
            for view in self._views:
                opened.callback(view.close)
            self._writer = Writer(writing, journal, self._pending)
            opened.callback(self._writer.close)
            self.outbox = SqliteOutbox(readers[2], self._writer, self._pending, journal)
            self.replica.serve(self._views, self._note_reached)
            self._check: BackgroundCheck | None = None
            if not is_checked_at_open(journal):
                self._check = BackgroundCheck(connect_reader(journal), journal, self._distrust_journal)
            opened.pop_all()

    @property
    def terminal_id(self) -> str:
        """Name of this installation, made when the journal was; another one after :meth:`rename`."""
        return self._terminal_id

    @property
    def edition(self) -> int:
        """Which products and programs are here: rises whenever any of them may have changed."""
        return self._view.edition

    @property
    def replica_reset(self) -> bool:
        """Whether a damaged replica was put aside, so that this one waits for the hub or a load."""
        return self.replica.reset

    @_reads
    def lookup(self, code: str) -> tuple[Member, ...]:
        """Return the members that ``code`` (in normal form) names, by id."""
        return self._view.lookup(code)

    @_reads
    def member(self, member_id: str) -> Member | None:
        """Return one member's document, pending events included."""
        return self._view.member(member_id)

    @_reads
    def search(self, text: str, limit: int) -> tuple[Member, ...]:
        """Return members whose name or phone begins with the words of ``text``: whole words first, then by name.

        Where hundreds of members match, the ones ranked are those that came first in the load.
        """
        return self._search_view.search(text, limit)

    @_reads
    def product(self, code: str) -> Product | None:
        """Return the product with this code (in normal form) or this id; a code wins over an id."""
        with self._view.turn:
            return self._view.replica.product(code)

    @_reads
    def products(self) -> tuple[Product, ...]:
        """Return all products, by id."""
        with self._view.turn:
            return self._view.replica.products

    @_reads
    def programs(self) -> tuple[Program, ...]:
        """Return every version of every program that can be read, by id and version; the same object until a load."""
        with self._view.turn:
            return self._view.replica.programs.known

    @_reads
    def unreadable_programs(self) -> tuple[str, ...]:
        """Return the programs that were left out, as ``name@version``: this build does not know all that is in them."""
        with self._view.turn:
            return self._view.replica.programs.unreadable

    @_reads
    def voucher(self, code: str) -> Voucher | None:
        """Return the voucher with this code (in normal form), with all that this till did to it."""
        with self._view.turn:
            replica = self._view.replica
            row = replica.voucher(code) or self._visitors.voucher(code)
            # Without a row: what the hub had well before everything was here last has left nothing.
            since_ms = None if row or replica.fresh_ms is None else replica.fresh_ms - _ANSWERS_CROSS_MS
            return voucher_now(row, code, self._view.journal.not_inside_voucher(code, since_ms))

    @_reads
    def sale(self, event_id: str) -> Sale | None:
        """Return the sale that this event of this till was, with all that came back of it."""
        with self._view.turn:
            journal = self._view.journal
            event = journal.event(event_id)
            return sale_of(event, journal.about(event_id)) if event else None

    @_reads
    def pass_step(self, instance_id: str) -> int:
        """Return the newest step of a rotating pass that this till took, -1 if it took none."""
        with self._view.turn:
            return newest_step(self._view.journal.about(instance_id), instance_id)

    @_reads
    def usage(self) -> Usage:
        """Return what all stores used of limits that are not one member's alone, as far as this till knows."""
        with self._view.turn:
            return self._usage.read(self._view.replica.usage, self._view.journal, self._pending.changes)

    @_reads
    def basket(self, basket_id: str) -> Basket | None:
        """Return one basket of this till, whatever became of it."""
        with self._view.turn:
            return self._view.journal.basket(basket_id)

    @_reads
    def live_baskets(self) -> tuple[Basket, ...]:
        """Return the baskets that are open or priced, oldest first."""
        with self._view.turn:
            return self._view.journal.live_baskets()

    @_reads
    def session(self) -> bytes | None:
        """Return the till session saved by the last change that carried one."""
        with self._view.turn:
            return self._view.journal.session()

    @_reads
    def answer(self, key: str) -> Answer | None:
        """Return the answer already given for an idempotency key."""
        with self._view.turn:
            return self._view.journal.answer(key)

    @_reads
    def events(self, after_seq: int = 0, limit: int = 1_000) -> tuple[Event, ...]:
        """Return this till's own events in ``seq`` order."""
        with self._view.turn:
            return self._view.journal.events(after_seq, limit)

    @_reads
    def counts(self) -> StoreCounts:
        """Return how much is in the store; members that only this till knows are not counted."""
        with self._view.turn:
            return StoreCounts(
                members=self._view.replica.members,
                events=self._pending.events,
                waiting=self._pending.waiting,
            )

    @_reads
    def waiting_since(self) -> datetime | None:
        """Return when the oldest event happened that the hub has not acknowledged; None if there is none."""
        with self._view.turn:
            oldest = self._view.journal.oldest_waiting()
        return oldest.occurred_at if oldest else None

    @_reads
    def ended_to(self, before_ms: int) -> int:
        """Return up to which ``seq`` the hub ended every event before ``before_ms`` of its clock; 0: none."""
        with self._view.turn:
            return self._view.journal.ended_to(before_ms)

    def commit(self, change: Change) -> "Future[Outcome]":
        """Queue ``change``; the future ends once it is durable, or was refused and left no trace.

        The future may fail with any :class:`~pos_loyalty.errors.StoreError`, or with ``InvariantBroken`` if the
        change cannot be written at all.
        """
        return self._writer.submit(change)

    def load(self, contents: ReplicaContents, progress: Progress | None = None) -> int:
        """Replace the replica by ``contents``; return the number of members. The journal is left alone.

        Readers see the old replica until the new one is whole and on disk. ``progress`` is told the number of
        members that are in. What was loaded is of no feed: the first whole pull replaces it by what the hub has.
        """
        return self.replica.load(contents, progress)

    def visiting(self, rows: tuple[Row, ...]) -> None:
        """Keep for a day what the hub sent for one customer, who is not of this store.

        ``lookup``, ``member`` and ``voucher`` know it from now on; a row of the replica wins over it.
        """
        with self._view.turn:
            replica = self._view.replica
            self._visitors.welcome(
                row
                for row in rows
                if (replica.voucher if row.kind is RowKind.VOUCHER else replica.member)(row.key) is None
            )

    def rename(self, terminal_id: str) -> None:
        """Give the journal another name, after it parted from its own: it was forked or cloned, and enrolled again.

        Events keep their ids and numbers, and all that the hub had waits again; it has them as duplicates.
        """
        self._writer.rename(terminal_id).result()
        self._terminal_id = terminal_id

    def backup(self, folder: Path) -> Path:
        """Copy the journal into ``folder`` while it is in use; return the copy, which is on disk and whole."""
        place = folder / f"journal-{self._clock.now():%Y%m%dT%H%M%SZ}.db"
        made = place.with_name(place.name + ".new")
        with told_of(place):
            discard(made)
            source, target = connect_reader(self._files.journal), connect(made, flags="mode=rwc")
            with contextlib.closing(source), contextlib.closing(target):
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            put_in_place(made, place)
        return place

    def wait_for_checks(self) -> None:
        """Wait until the checks that were begun at open have ended."""
        self.replica.wait_for_check()
        if self._check:
            self._check.wait()

    def close(self) -> None:
        """Finish what was queued and let go of the files."""
        if self._closed:
            return
        self._closed = True
        self.replica.stop_check()
        if self._check:
            self._check.stop()
        self.outbox.close()
        for view in self._views:
            view.close()
        # The writers go last: whoever closes the last connection checkpoints, and that is their task alone.
        self.replica.close()
        self._writer.close()
        self._files.release()

    def _note_reached(self, cursor: Cursor) -> None:
        self._writer.reach(cursor.numbers).exception()

    def _distrust_journal(self, finding: StoreError) -> None:
        self.journal_fault = finding
        self._writer.refuse(finding)
