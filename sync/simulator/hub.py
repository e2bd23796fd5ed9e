"""The hub of a story: the real one over the store in memory, which can go down in any step and fall back."""

from collections import Counter, deque
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from msgspec import Struct

from pos_loyalty.core.events import Draft
from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.verdicts import Verdict
from pos_loyalty.errors import StoreError
from sync.hub.allowances import AllowancePolicy
from sync.hub.authority import Authority, program_row
from sync.hub.documents import read
from sync.hub.erasing import forget
from sync.hub.jobs.leaving import follow, leave
from sync.hub.jobs.night import Nights
from sync.hub.jobs.setting_aside import set_aside
from sync.hub.kept import RowKey, Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.office import Office
from sync.hub.publishing import Publication
from sync.hub.scope_building import set_up
from sync.hub.scopes import parted
from sync.hub.shop import milliseconds
from sync.hub.terminals import Settled, settle
from sync.simulator.fragile import FragileStore
from sync.simulator.plan import Fault
from sync.simulator.schedule import Ids, Schedule
from sync.simulator.selling import CLUB
from sync.simulator.tomorrow import read_today
from sync.wire import Halt, HoldAnswer, HoldRequest, LookupAnswer, PushAnswer, PushRequest

T = TypeVar("T")

PAGE_ROWS: Final = 3
"""Few, so that most answers have more to come."""
_ALL: Final = 1 << 40
_COPIES_KEPT: Final = 6


class SimulatedHub:
    """One hub, and the copies of its database that were made on the way."""

    def __init__(self, clock: Schedule, ids: Ids, happened: Counter[str]) -> None:
        self.allowances = AllowancePolicy()
        """What it sets aside for tills."""
        self.newer = False
        """Whether its build is newer than the tills'."""
        self._happened = happened
        self._clock = clock
        self._ids = ids
        self._copies: list[MemoryHubStore] = []
        self._is_full = False
        self.skew = timedelta()
        """How far its clock is wrong."""
        self._open(MemoryHubStore())
        self.publish(program_row(CLUB))

    @property
    def disk_full(self) -> bool:
        """Whether there is no room for anything new."""
        return self._is_full

    @disk_full.setter
    def disk_full(self, is_full: bool) -> None:
        self._is_full = self._fragile.full = is_full

    def now(self) -> datetime:
        """Return the time by the hub's clock."""
        return self._clock.now() + self.skew

    def monotonic_ns(self) -> int:
        """Return the time since the beginning."""
        return self._clock.now_ns

    @property
    def now_ms(self) -> int:
        """The hub's clock."""
        return milliseconds(self.now())

    @property
    def epoch(self) -> str:
        """The life of the history that stands."""
        with self.store.reading() as reading:
            return reading.epochs()[-1].name

    def push(self, request: PushRequest) -> PushAnswer | Halt | None:
        """Take a batch; None: the hub went down over it, and is back."""
        return self._said(self._unless_down(lambda: self.authority.push(request)))

    def feed(self, terminal_id: str, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt:
        """Return a page; a till may say with it up to when it has told everything."""
        if settled_ms is not None and self.allowances.terminals:
            self._unless_down(lambda: self._settle(terminal_id, Settled(parted(cursor.epoch)[0], settled_ms)))
        return self._said(self.authority.feed(terminal_id, cursor, PAGE_ROWS))

    def snapshot(self) -> tuple[Cursor, Callable[[], FeedPage]]:
        """Begin a snapshot: the cursor is read now, and the rows when the other half is called."""
        with self.store.reading() as reading:
            counters, epoch = reading.counters(), reading.epochs()[-1].name
        cursor = Cursor(epoch=epoch, numbers={each: counter.number for each, counter in counters.items()})

        def rows() -> FeedPage:
            with self.store.reading() as reading:
                found = reading.rows_above(dict.fromkeys(reading.counters(), 0), _ALL)
            there = tuple(row for row in found if row.document is not None)
            return FeedPage(rows=there, cursor=cursor, more=True, hub_ms=self.now_ms)

        return cursor, rows

    def hold(self, terminal_id: str, request: HoldRequest) -> HoldAnswer | Halt | None:
        """Keep points for a basket; None: the hub went down over it."""
        return self._said(self._unless_down(lambda: self.authority.hold(terminal_id, request)))

    def void(self, terminal_id: str, hold_id: str) -> HoldAnswer | Halt | None:
        """Give back what was kept; None: the hub went down over it."""
        return self._unless_down(lambda: self.authority.void(terminal_id, hold_id))

    def lookup(self, terminal_id: str, code: str) -> LookupAnswer | Halt:
        """Return all that is under a code."""
        return self._said(self.authority.lookup(terminal_id, code))

    def member(self, member_id: str) -> Member | None:
        """Return a member as the row has it; None of one who is gone, or of whom nobody has heard."""
        row = self.row(member_id)
        found = read(RowKind.MEMBER, row.document) if row and row.document is not None else None
        return found if isinstance(found, Member) else None

    def row(self, member_id: str) -> Row | None:
        """Return the row of a member, which may be a tombstone."""
        key = RowKey(RowKind.MEMBER, member_id)
        with self.store.transaction() as step:
            return step.rows([key]).get(key)

    def tell(self, draft: Draft) -> Verdict:
        """Let the office tell something; return the hub's word on it."""
        return self._until_done(lambda: Office(self.authority, self._fragile, self._ids).tell([draft]))[0]

    def forget(self) -> None:
        """Take out of the log what erased people's events said."""
        self._until_done(lambda: deque(forget(self._fragile), maxlen=0))

    def time_out_holds(self) -> None:
        """Do what is done with holds from time to time."""
        self._unless_down(self.authority.time_out_holds)

    def make_nights(self) -> tuple[date, ...]:
        """Make the nights that are due, and return their days. Under a clock that is far ahead none is."""
        plan = self._nights().plan()
        if plan.is_far_ahead:
            return ()
        for day in plan.days:
            self.make_night(day)
        return plan.days

    def make_night(self, day: date) -> None:
        """Make one night; one over which the hub goes down is made again from its beginning."""
        self._until_done(lambda: deque(self._nights().run(day), maxlen=0))

    def set_aside(self) -> None:
        """Look after the allowances, as a night does."""
        with self.store.reading() as reading:
            shop = self.authority.shop(reading)
        self._until_done(lambda: deque(set_aside(self._fragile, shop, self.allowances), maxlen=0))

    def _nights(self) -> Nights:
        office = Office(self.authority, self._fragile, self._ids)
        return Nights(self._fragile, self.authority, office, self.allowances)

    def _settle(self, terminal_id: str, said: Settled) -> None:
        with self._fragile.transaction() as step:
            settle(step, terminal_id, said)
            step.commit()

    def enrol(self, terminal_id: str, store_id: str) -> None:
        """Serve this terminal from now on."""
        self._until_done(lambda: self.authority.enrol(Terminal(terminal_id=terminal_id, store_id=store_id)))

    def put_in_scope(self, terminal_id: str, name: str, stores: Collection[str]) -> None:
        """Give a terminal the rows of a scope of these stores; of none, all."""
        if stores:
            self._until_done(lambda: deque(set_up(self._fragile, {name: stores}, self._ids), maxlen=0))
        self._until_done(lambda: self.authority.put_in_scope(terminal_id, name))

    def let_rows_leave(self, days: int) -> None:
        """Do what the night does with scopes, on a day so far ahead."""
        self._until_done(lambda: follow(self._fragile))
        self._until_done(lambda: sum(leave(self._fragile, self.now().date() + timedelta(days=days))))

    def publish(self, publication: Publication) -> None:
        """Put out one row of the whole shop."""
        self._until_done(lambda: self.authority.publish([publication]))

    def break_at(self, moment: int) -> None:
        """Go down in the next step, at a moment of it or (-1) when all of it is kept and nobody is told."""
        self._fragile.break_at(moment)

    def copy(self) -> None:
        """Make a copy of the database."""
        self._copies = [*self._copies, self.store.copy()][-_COPIES_KEPT:]

    def fall_back(self, age: int) -> bool:
        """Put the copy of this age (0: the newest) in the place of the database, or the oldest there is.

        Return whether there was one.
        """
        if not self._copies:
            return False
        rank = max(0, len(self._copies) - 1 - age)
        older = self._copies[rank]
        self._happened[Fault.FALL_BACK] += 1
        # What was copied after it belongs to a history that never was.
        self._copies = self._copies[:rank]
        self._open(older)
        self._until_done(self._begin_epoch)
        return True

    def _begin_epoch(self) -> None:
        self.authority.begin_epoch()

    def _said(self, answer: T) -> T:
        """Return what a till reads of an answer."""
        if not (self.newer and isinstance(answer, Struct)):
            return answer
        self._happened[Fault.NEWER_HUB] += 1
        return read_today(answer)

    def _unless_down(self, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except StoreError:
            self._open(self.store)
            return None

    def _until_done(self, act: Callable[[], T]) -> T:
        """Do what somebody at the hub does: who makes room first, and does it again if the hub went down over it."""
        self.disk_full = False
        try:
            return act()
        except StoreError:
            self._open(self.store)
            return act()

    def _open(self, store: MemoryHubStore) -> None:
        self.store = store
        self._fragile = self.over(store)
        self._fragile.full = self._is_full
        self.authority = Authority(self._fragile, zone=UTC, clock=self, ids=self._ids)

    def over(self, store: MemoryHubStore) -> FragileStore:
        """Return what the hub's steps go through."""
        return FragileStore(store, self._happened)
