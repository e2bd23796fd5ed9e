"""The hub as whoever serves it calls it: steps in transactions of a store, on the hub's clock."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import tzinfo
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.feed import SHOP_PARTITION, Cursor, FeedPage, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import Program, ProgramSet
from pos_loyalty.errors import InvariantBroken, StoreInterrupted
from pos_loyalty.ports import Clock, Ids
from sync.hub.feed import page
from sync.hub.holds import look_at, place, time_out, void
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.kept import BookKey, Epoch, RecordKind, RowKey, Terminal
from sync.hub.publishing import Publication, bring_in, publish
from sync.hub.push import batches, push
from sync.hub.reach import is_name
from sync.hub.scopes import ALL, scope_of
from sync.hub.shop import Shop, milliseconds
from sync.hub.terminals import served
from sync.hub.whereabouts import Elsewhere, Whereabouts
from sync.wire import PAGE_ROWS_MAX, Halt, HoldAnswer, HoldRequest, LookupAnswer, PushAnswer, PushRequest

TRIES = 3
"""How often a step is made whose connection went, or that met another on a key which neither had seen taken."""
BOOKS_AT_ONCE = 500
"""Of those with holds that are due, for one look."""

_program = msgspec.json.Decoder(Program).decode

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Call = Callable[Concatenate["Authority", _P], _R]


def _again(call: _Call[_P, _R]) -> _Call[_P, _R]:
    """Make a step again, as it was, that ended before its commit by what another or the network did.

    Such a step left nothing, whatever it was. One whose commit gave no answer is not made again here: only its caller
    knows whether twice is once. Of a push it is, since its events keep their ids.
    """

    @wraps(call)
    def tried(hub: "Authority", /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        for _ in range(TRIES - 1):
            with suppress(StoreInterrupted, InvariantBroken):
                return call(hub, *args, **kwargs)
        return call(hub, *args, **kwargs)

    return tried


class Authority:
    """One hub over one store. Any thread may call it; several processes may each have one over the same store.

    Every method may raise :class:`~pos_loyalty.errors.StoreError`: then nothing of the call was kept, and it can be
    made again as it was. Only after :class:`~pos_loyalty.errors.StoreInDoubt` all of it may be kept: that is told to
    nobody as done or as failed. A till sends its batch again and learns what became of it.
    """

    def __init__(self, store: HubStore, *, zone: tzinfo, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._zone = zone
        self._clock = clock
        self._ids = ids
        self._programs: tuple[tuple[str, int], ProgramSet] = ("", -1), ProgramSet()
        self._reading_programs = Lock()
        self._begin()

    def push(self, request: PushRequest) -> PushAnswer | Halt:
        """Take a batch of a terminal; what is answered is durable."""
        first, *others = tuple(batches(request)) or (request,)
        answer = self._push(first)
        for batch in others:
            after = self._push(batch) if isinstance(answer, PushAnswer) else answer
            if isinstance(answer, PushAnswer) and isinstance(after, PushAnswer):
                after = replace(after, verdicts=answer.verdicts + after.verdicts)
            answer = after
        return answer

    def _push(self, request: PushRequest) -> PushAnswer | Halt:
        known: dict[str, Whereabouts] = {}
        while True:
            try:
                return self._step(request, known)
            except Elsewhere as elsewhere:
                known |= elsewhere.known

    @_again
    def _step(self, request: PushRequest, known: Mapping[str, Whereabouts]) -> PushAnswer | Halt:
        with self._store.transaction() as transaction:
            answer = push(transaction, request, self._shop(transaction), known)
            if isinstance(answer, PushAnswer):
                transaction.commit()
        return answer

    @_again
    def feed(self, terminal_id: str, cursor: Cursor, limit: int = PAGE_ROWS_MAX) -> FeedPage | Halt:
        """Return the next page of the feed for a terminal: of its scope."""
        # Before the moment that is read from: what was committed by then is in it.
        hub_ms = milliseconds(self._clock.now())
        with self._store.reading() as reading:
            known = served(reading.terminal(terminal_id), terminal_id)
            if isinstance(known, Halt):
                return known
            scope = scope_of(reading, known)
            return page(reading, cursor, hub_ms, min(limit, PAGE_ROWS_MAX), scope)

    @_again
    def scope_of(self, terminal_id: str) -> str:
        """Return what the scope of a terminal is kept under (:mod:`sync.hub.scopes`)."""
        with self._store.reading() as reading:
            known = reading.terminal(terminal_id)
            return scope_of(reading, known) if known else ALL

    @_again
    def lookup(self, terminal_id: str, code: str) -> LookupAnswer | Halt:
        """Return all that is under a code (in normal form), of any store: members whom it names, a voucher."""
        with self._store.reading() as reading:
            known = served(reading.terminal(terminal_id), terminal_id)
            if isinstance(known, Halt):
                return known
            rows = reading.named(code) if is_name(code) else []
            return LookupAnswer(rows=tuple(rows), hub_ms=self._shop(reading).now_ms)

    def hold(self, terminal_id: str, request: HoldRequest) -> HoldAnswer | Halt:
        """Keep points or a voucher for one basket of a terminal."""
        return self._held(terminal_id, lambda step: place(step, terminal_id, request, self._shop(step)))

    def void(self, terminal_id: str, hold_id: str) -> HoldAnswer | Halt:
        """Give back what a terminal has held."""
        return self._held(terminal_id, lambda step: void(step, terminal_id, hold_id, self._shop(step)))

    @_again
    def hold_of(self, terminal_id: str, hold_id: str) -> HoldAnswer | Halt | None:
        """Return how a hold stands; None if nobody asked for it."""
        with self._store.reading() as reading:
            known = served(reading.terminal(terminal_id), terminal_id)
            return known if isinstance(known, Halt) else look_at(reading, hold_id, self._shop(reading).now_ms)

    def time_out_holds(self) -> int:
        """End the holds of points whose time is over; return how many. Safe at any time, and beside anything.

        What is touched ends them by itself, so this is for members whom nobody touches. A voucher that was held needs
        nothing: its row says until when.
        """
        ended, last = 0, None
        while found := self._due_holds(last):
            for book in found:
                # One whose member is merged at this moment is left for the next time.
                with suppress(Elsewhere):
                    ended += self._time_out(book)
            last = found[-1]
        return ended

    def _due_holds(self, last: BookKey | None) -> list[BookKey]:
        with self._store.reading() as reading:
            day = self._shop(reading).local_now.toordinal()
            return reading.due(RecordKind.HOLD, day, last, BOOKS_AT_ONCE)

    @_again
    def _time_out(self, book: BookKey) -> int:
        with self._store.transaction() as transaction:
            ended = time_out(transaction, book, self._shop(transaction))
            transaction.commit()
        return ended

    def _held(self, terminal_id: str, act: Callable[[Transaction], HoldAnswer]) -> HoldAnswer | Halt:
        while True:
            # A member who is merged meanwhile is found where it is then.
            with suppress(Elsewhere):
                return self._hold_step(terminal_id, act)

    @_again
    def _hold_step(self, terminal_id: str, act: Callable[[Transaction], HoldAnswer]) -> HoldAnswer | Halt:
        with self._store.transaction() as transaction:
            known = served(transaction.terminal(terminal_id), terminal_id)
            if isinstance(known, Halt):
                return known
            answer = act(transaction)
            transaction.commit()
        return answer

    @_again
    def publish(self, publications: Collection[Publication]) -> None:
        """Put out products and programs, or take rows back."""
        with self._store.transaction() as transaction:
            publish(transaction, self._ids(), publications)
            transaction.commit()

    @_again
    def bring_in(self, members: Collection[Member]) -> int:
        """Take members over from elsewhere, with their points; return how many came in."""
        with self._store.transaction() as transaction:
            count = bring_in(transaction, self._ids(), members, self._shop(transaction))
            transaction.commit()
        return count

    @_again
    def enrol(self, terminal: Terminal) -> None:
        """Serve a new terminal from now on; one of that name that was here keeps its numbers, and is served again."""
        with self._store.transaction() as transaction:
            known = transaction.own(terminal.terminal_id)
            last_seq, boots = (known.last_seq, known.boots) if known else (0, ())
            now_ms = self._shop(transaction).now_ms
            transaction.put_terminal(replace(terminal, enrolled_ms=now_ms, last_seq=last_seq, boots=boots))
            transaction.commit()

    @_again
    def put_in_scope(self, terminal_id: str, scope: str) -> bool:
        """Give a terminal the rows of a scope that was set up (empty: all); return whether there is such a terminal."""
        with self._store.transaction() as transaction:
            known = transaction.own(terminal_id)
            if known is None:
                return False
            transaction.put_terminal(replace(known, scope=scope))
            transaction.commit()
        return True

    @_again
    def revoke(self, terminal_id: str) -> bool:
        """Serve a terminal no more; return whether there was one to be revoked."""
        with self._store.transaction() as transaction:
            known = transaction.own(terminal_id)
            if known is None or known.revoked_ms is not None:
                return False
            transaction.put_terminal(replace(known, revoked_ms=self._shop(transaction).now_ms))
            transaction.commit()
        return True

    @_again
    def begin_epoch(self) -> str:
        """Begin another life of the history, after the database fell back; return its name.

        What stands now is what it has in common with the life before.
        """
        with self._store.transaction() as transaction:
            name = self._ids()
            since = {partition: counter.number for partition, counter in transaction.counters().items()}
            transaction.add_epoch(Epoch(name, since))
            transaction.commit()
        return name

    @_again
    def _begin(self) -> None:
        with self._store.transaction() as transaction:
            if not transaction.epochs():
                transaction.add_epoch(Epoch(self._ids()))
                transaction.commit()

    def shop(self, reading: Reading) -> Shop:
        """Return programs, zone and clock as a step at this moment has them."""
        return self._shop(reading)

    def _shop(self, reading: Reading) -> Shop:
        return Shop(self._programs_in(reading), self._zone, self._clock.now())

    def _programs_in(self, reading: Reading) -> ProgramSet:
        """Return the programs, read again only when a row of the whole shop has changed."""
        counter = reading.counters().get(SHOP_PARTITION)
        stamp = reading.epochs()[-1].name, counter.number if counter else 0
        with self._reading_programs:
            if self._programs[0] != stamp:
                self._programs = stamp, ProgramSet(_readable(reading))
            return self._programs[1]


def program_row(program: Program) -> Publication:
    """Return the row of a program version; it never changes, so each version has its own."""
    return Publication(RowKey(RowKind.PROGRAM, program.stamp), msgspec.json.encode(program))


def _readable(reading: Reading) -> Iterable[Program]:
    for row in reading.rows_of(RowKind.PROGRAM):
        try:
            yield _program(row.document or b"")
        except msgspec.ValidationError:
            # Of a newer build: points that it names live for ever until this hub can read it.
            continue
