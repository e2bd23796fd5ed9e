"""The till's store: a folder with ``journal.db`` and ``replica.db`` (docs/explanation/store.md)."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Answer, Change, Clock, Ids, Outcome, ReplicaContents, StoreCounts
from pos_loyalty.store.background_check import BackgroundCheck
from pos_loyalty.store.bulk_load import Progress, replace_replica
from pos_loyalty.store.connections import connect, connect_frozen, connect_reader
from pos_loyalty.store.faults import UNREADABLE, damaged, from_os, from_sqlite
from pos_loyalty.store.folder import Folder, discard, put_in_place
from pos_loyalty.store.journal import JournalReader
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.member_view import MemberView
from pos_loyalty.store.opening import is_checked_at_open, open_journal, open_replica, put_aside
from pos_loyalty.store.replica import ReplicaReader
from pos_loyalty.store.semantics import newest_step, sale_of, voucher_now
from pos_loyalty.store.writer import Writer

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
        self.replica_reset = False
        """Whether a damaged replica was put aside, so that this one waits for a new load."""
        self.journal_fault: StoreError | None = None
        """What a check beside the work found in the journal; every commit then fails with it."""
        self._clock = clock
        self._exchange = Lock()
        self._files = Folder(folder)
        try:
            with _told_of(folder):
                self._open(ids)
        except BaseException:
            self._files.release()
            raise

    @_reads
    def _open(self, ids: Ids) -> None:
        journal, replica = self._files.journal, self._files.replica
        with contextlib.ExitStack() as opened:
            writing = opened.enter_context(contextlib.closing(open_journal(journal, ids)))
            self.replica_reset = open_replica(replica, self._clock)
            reader = opened.enter_context(contextlib.closing(JournalReader(connect_reader(journal))))
            self._terminal_id = reader.terminal_id()
            self._pending = reader.pending_index()
            self._view = MemberView(ReplicaReader(replica), reader, self._pending)
            opened.callback(self._view.close)
            self._search_view = MemberView(
                ReplicaReader(replica), JournalReader(connect_reader(journal)), self._pending
            )
            opened.callback(self._search_view.close)
            self._writer = Writer(writing, journal, self._pending)
            opened.callback(self._writer.close)
            self._checks = [BackgroundCheck(connect_frozen(replica), replica, self._put_replica_aside)]
            opened.callback(self._checks[0].stop)
            if not is_checked_at_open(journal):
                self._checks.append(BackgroundCheck(connect_reader(journal), journal, self._distrust_journal))
            opened.pop_all()

    @property
    def terminal_id(self) -> str:
        """Name of this installation, made when the journal was."""
        return self._terminal_id

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
            return voucher_now(replica.voucher(code), code, self._view.journal.about(code), replica.applied)

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
        """Return what this till's events used of limits that are not one member's alone."""
        with self._view.turn:
            return Usage(used=self._view.journal.used())

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
                events=self._view.journal.count(),
                waiting=self._pending.waiting,
            )

    def commit(self, change: Change) -> "Future[Outcome]":
        """Queue ``change``; the future ends once it is durable, or was refused and left no trace.

        The future may fail with any :class:`~pos_loyalty.errors.StoreError`, or with ``InvariantBroken`` if the
        change cannot be written at all.
        """
        return self._writer.submit(change)

    def load(self, contents: ReplicaContents, progress: Progress | None = None) -> int:
        """Replace the replica by ``contents``; return the number of members. The journal is left alone.

        Readers see the old replica until the new one is whole and on disk. ``progress`` is told the number of
        members that are in.
        """
        self._checks[0].stop()
        with self._exchange, _told_of(self._files.replica):
            count = replace_replica(self._files.replica, contents, progress)
            self._read_new_replica()
            self.replica_reset = False
        return count

    def backup(self, folder: Path) -> Path:
        """Copy the journal into ``folder`` while it is in use; return the copy, which is on disk and whole."""
        place = folder / f"journal-{self._clock.now():%Y%m%dT%H%M%SZ}.db"
        made = place.with_name(place.name + ".new")
        with _told_of(place):
            discard(made)
            source, target = connect_reader(self._files.journal), connect(made, flags="mode=rwc")
            with contextlib.closing(source), contextlib.closing(target):
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            put_in_place(made, place)
        return place

    def wait_for_checks(self) -> None:
        """Wait until the checks that were begun at open have ended."""
        for running in self._checks:
            running.wait()

    def close(self) -> None:
        """Finish what was queued and let go of the files."""
        for running in self._checks:
            running.stop()
        with self._exchange:
            # The writer goes last: whoever closes the last connection checkpoints, and that is its task alone.
            self._view.close()
            self._search_view.close()
            self._writer.close()
            self._files.release()

    def _read_new_replica(self) -> None:
        for view in (self._view, self._search_view):
            view.put_replica(ReplicaReader(self._files.replica))

    def _put_replica_aside(self, _finding: StoreError) -> None:
        # Should this fail too, the damaged file stays in use: what it can still tell is better than nothing.
        with contextlib.suppress(StoreError), self._exchange, _told_of(self._files.replica):
            put_aside(self._files.replica, self._clock)
            open_replica(self._files.replica, self._clock)
            self._read_new_replica()
            self.replica_reset = True

    def _distrust_journal(self, finding: StoreError) -> None:
        self.journal_fault = finding
        self._writer.refuse(finding)


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except dbapi.Error as error:
        raise from_sqlite(error, path) from error
    except OSError as error:
        raise from_os(error, path) from error
