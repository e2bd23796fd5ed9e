"""The one thread that writes and checkpoints the journal.

Changes that wait together share one COMMIT, that is one ``fsync``; each has its own SAVEPOINT, so that one bad
change leaves the others alone. A future ends only after the COMMIT that its change was in.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from copy import copy
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

import msgspec

from pos_loyalty.core.verdicts import QuarantineCode, Verdict
from pos_loyalty.errors import InvariantBroken, PosLoyaltyError, StoreError
from pos_loyalty.ports import Change, Committed, Outcome
from pos_loyalty.store.connections import WAL_BYTES_MAX
from pos_loyalty.store.faults import from_sqlite
from pos_loyalty.store.folder import sidecars
from pos_loyalty.store.journal import ASIDE, JournalReader
from pos_loyalty.store.journal_writer import JournalWriter
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.pending import PendingIndex, Settling
from pos_loyalty.store.verdict_book import Ended, VerdictBook

GROUP_MAX = 64
"""Changes in one transaction: more would make the first wait longer than its fsync is worth."""
IDLE_S = 0.5
"""After so long without a change the WAL is brought into the journal."""


class _Task(NamedTuple):
    """Something else than a change that is to be on disk when its future ends."""

    write: Callable[[], Any]
    settled: Callable[[Any], None]
    """Told the result after the commit, before the future ends."""


class _Notice(NamedTuple):
    """Something to take notice of between two transactions; nothing is written."""

    take: Callable[[], None]


_Job = tuple[Change | _Task | _Notice, "Future[Any]"]
_FAULT_OF_THE_CHANGE = (dbapi.IntegrityError, dbapi.ProgrammingError, dbapi.InterfaceError, dbapi.DataError)


class Writer:
    """Owns the writing connection from here on; :meth:`close` lets go of it."""

    def __init__(self, connection: dbapi.Connection, path: Path, pending: PendingIndex) -> None:
        self._connection = connection
        self._path = path
        self._wal = sidecars(path)[0]
        self._pending = pending
        self._reader = JournalReader(connection)
        self._journal = JournalWriter(self._reader)
        self._book = VerdictBook(self._reader.cursor)
        self._last_seq = self._reader.last_seq()
        self._refusal: StoreError | None = None
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = Lock()
        self._closed = False
        self._unsettled = True
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Change) -> "Future[Outcome]":
        """Queue ``change``. A future that is cancelled before its turn comes leaves no trace."""
        return self._queued(change)

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> "Future[None]":
        """Queue verdicts of the hub."""
        return self._queued(_Task(lambda: self._book.record(verdicts, hub_ms), self._note_ended))

    def put_aside(self, event_id: str, code: QuarantineCode) -> "Future[None]":
        """Queue a verdict of the till's own."""
        return self._queued(_Task(lambda: self._book.put_aside(event_id, code), self._note_ended))

    def release(self, event_id: str) -> "Future[bool]":
        """Queue that an event which was put aside waits again; the future tells whether there was one."""
        return self._queued(_Task(lambda: self._book.release(event_id), self._look_again_if))

    def offer_again(self, epoch: str, since_ms: int) -> "Future[bool]":
        """Queue a move to another epoch; the future tells whether anything waits again."""
        return self._queued(_Task(lambda: self._book.offer_again(epoch, since_ms), self._look_again_if))

    def rename(self, terminal_id: str) -> "Future[None]":
        """Queue another name for the journal."""

        def write() -> None:
            self._book.rename(self._journal.terminal_id, terminal_id)
            self._journal.terminal_id = terminal_id  # what follows in this group is of the new name already

        return self._queued(_Task(write, self._look_again))

    def see(self, hub_ms: int, ahead_ms: int) -> "Future[None]":
        """Queue what is known of the hub's clock."""
        return self._queued(_Task(lambda: self._book.see(hub_ms, ahead_ms), lambda _: None))

    def prune(self, before_ms: int) -> "Future[int]":
        """Queue the end of events that the hub had before then; the future tells how many went."""

        def settled(gone: int) -> None:
            self._pending.events -= gone

        return self._queued(_Task(lambda: self._book.prune(before_ms, self._pending.reached()), settled))

    def reach(self, numbers: Mapping[int, int]) -> "Future[None]":
        """Queue the news of how far the replica is."""
        return self._queued(_Notice(lambda: self._note_reached(numbers)))

    def refuse(self, error: StoreError) -> None:
        """Promise nothing more: every further change fails with ``error``."""
        self._refusal = error

    def close(self) -> None:
        """Write what was queued, then end."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _queued(self, asked: Change | _Task | _Notice) -> "Future[Any]":
        future: Future[Any] = Future()
        with self._gate:
            if self._closed:
                future.set_exception(StoreError(f"{self._path} is closed; open the store again"))
            else:
                self._queue.put((asked, future))
        return future

    def _run(self) -> None:
        for group in self._groups():
            try:
                self._write(group)
            except Exception as error:  # noqa: BLE001 - the boundary of the thread: nobody may wait for ever
                self._give_up(group, error)
            if self._unsettled and self._wal_is_long():
                self._checkpoint("PASSIVE")
        self._checkpoint("TRUNCATE")
        self._connection.close()

    def _groups(self) -> Iterator[list[_Job]]:
        """Yield what waits, as soon as something does, until the end is asked for."""
        while True:
            try:
                job = self._queue.get(timeout=IDLE_S if self._unsettled else None)
            except Empty:
                self._checkpoint("PASSIVE")
                continue
            group = []
            with contextlib.suppress(Empty):
                while job is not None:
                    if job[1].set_running_or_notify_cancel() and not self._is_notice(job):
                        group.append(job)
                    job = None if len(group) == GROUP_MAX else self._queue.get_nowait()
            if group:
                yield group
            if self._closed and self._queue.empty():
                return

    def _write(self, group: list[_Job]) -> None:
        if self._refusal is not None:
            for _, future in group:
                # One of its own for each: an exception keeps the frames of everybody who ever raised it.
                future.set_exception(copy(self._refusal))
            return
        results: list[object] = []
        last_seq, name = self._last_seq, self._journal.terminal_id
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for asked, _ in group:
                result = self._attempt(asked, last_seq)
                last_seq += len(result.events) if isinstance(result, Committed) else 0
                results.append(result)
            self._commit()
        except dbapi.Error as error:
            self._undo()
            self._journal.terminal_id = name
            for _, future in group:
                future.set_exception(from_sqlite(error, self._path))
            return
        self._last_seq = last_seq
        self._unsettled = True
        self._announce(group, results)

    def _attempt(self, asked: Change | _Task | _Notice, last_seq: int) -> object:
        self._connection.execute("SAVEPOINT change")
        try:
            if isinstance(asked, Change):
                result: object = self._journal.apply(asked, last_seq)
            else:
                result = asked.write() if isinstance(asked, _Task) else None
        except Exception as error:  # the boundary of the thread: a bad change must not end it
            if isinstance(error, dbapi.Error) and not isinstance(error, _FAULT_OF_THE_CHANGE):
                raise
            self._connection.execute("ROLLBACK TO change")
            result = error if isinstance(error, PosLoyaltyError) else _our_fault(error)
        self._connection.execute("RELEASE change")
        return result

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except dbapi.Error:
            self._undo()
            self._write_over()
            raise

    def _write_over(self) -> None:
        # When the sync failed, the refused changes stand whole in the WAL, and a restart would find them there. The
        # next commit takes their place, so this one comes at once; an UPDATE that changes nothing would write nothing.
        with contextlib.suppress(dbapi.Error):
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            self._connection.execute(f"PRAGMA user_version = {version}")

    def _announce(self, group: list[_Job], results: list[object]) -> None:
        for (asked, _), result in zip(group, results, strict=True):
            if isinstance(result, Committed):
                for event in result.events:
                    self._pending.add(event)
            elif isinstance(asked, _Task) and not isinstance(result, PosLoyaltyError):
                asked.settled(result)
        for (_, future), result in zip(group, results, strict=True):
            if isinstance(result, PosLoyaltyError):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _is_notice(self, job: _Job) -> bool:
        asked, future = job
        if not isinstance(asked, _Notice):
            return False
        # What cannot be read now stays in the index, which only says where to look.
        with contextlib.suppress(dbapi.Error, msgspec.DecodeError):
            asked.take()
        future.set_result(None)
        return True

    def _note_ended(self, ended: list[Ended]) -> None:
        inside = set()
        for each in ended:
            self._pending.waiting -= 1
            settling = Settling(each.seq, each.member_id, each.partition, each.number)
            if each.state == ASIDE or self._pending.settle(settling):
                inside.add(each.member_id)
        self._renew(inside)
        self._pending.changes += 1

    def _note_reached(self, numbers: Mapping[int, int]) -> None:
        went_back = any(number > numbers.get(place, 0) for place, number in self._pending.reached().items())
        if went_back:
            self._pending.become(self._reader.pending_index(numbers))
        else:
            self._renew(self._pending.reach(numbers))

    def _renew(self, members: Iterable[str | None]) -> None:
        for member_id in members:
            if member_id is not None:
                settling = self._pending.settling_of(member_id)
                self._pending.renew(member_id, self._reader.not_inside(member_id, settling))

    def _look_again_if(self, something_waits: bool) -> None:  # noqa: FBT001 - what the task came to
        # Every answer of the hub asks, and there is hardly ever anything: the index is a walk over all that waits.
        if something_waits:
            self._look_again(None)

    def _look_again(self, _: object) -> None:
        self._pending.become(self._reader.pending_index(self._pending.reached()))

    def _give_up(self, group: list[_Job], error: Exception) -> None:
        """Promise nothing more, since what this thread remembers may no longer be what the journal says."""
        self._undo()
        self.refuse(StoreError(f"{self._path} is no longer written after {type(error).__name__}; restart the service"))
        for _, future in group:
            if not future.done():
                future.set_exception(_our_fault(error))

    def _undo(self) -> None:
        # SQLite may have rolled back by itself, as it does when the disk is full.
        with contextlib.suppress(dbapi.Error):
            self._connection.rollback()

    def _wal_is_long(self) -> bool:
        try:
            return self._wal.stat().st_size > WAL_BYTES_MAX
        except OSError:  # not there yet; or a disk that fails, which must not end this thread
            return False

    def _checkpoint(self, mode: str) -> None:
        # A checkpoint that fails costs nothing: the WAL keeps what it has, and the next commit reports the disk.
        self._unsettled = False
        with contextlib.suppress(dbapi.Error):
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()


def _our_fault(error: Exception) -> InvariantBroken:
    broken = InvariantBroken(f"a change cannot be written ({type(error).__name__})")
    broken.__cause__ = error
    return broken
