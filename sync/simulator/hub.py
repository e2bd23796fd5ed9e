"""The hub of a story: the real one over the store in memory, which can go down in any step and fall back."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Final, TypeVar, cast

from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.core.programs import EarnPerMoney, Program
from pos_loyalty.errors import StoreError
from sync.hub.authority import Authority, program_row
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.jobs.leaving import follow, leave
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.publishing import Publication
from sync.hub.scope_building import set_up
from sync.hub.shop import milliseconds
from sync.simulator.schedule import Ids, Schedule
from sync.wire import Halt, HoldAnswer, HoldRequest, PushAnswer, PushRequest

T = TypeVar("T")

PAGE_ROWS: Final = 3
"""Few, so that most answers have more to come."""
_ALL: Final = 1 << 40
_COPIES_KEPT: Final = 6
_CLUB: Final = Program(
    program_id="club",
    version=1,
    name={"en": "club"},
    account="points",
    currency="EUR",
    rules=(EarnPerMoney(rule_id="per-money", points=1, amount=1),),
)


class FragileStore:
    """A :class:`~sync.hub.hub_store.HubStore` that goes down in the middle of a step when it is told to."""

    def __init__(self, store: HubStore) -> None:
        self._store = store
        self._moments_left: int | None = None

    def break_at(self, moment: int) -> None:
        """Go down at this moment of the next step: 0 before its first call, 1 after it, and so on."""
        self._moments_left = moment

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a step; one that ends before the moment comes is spared."""
        with self._store.transaction() as step:
            try:
                yield cast("Transaction", _Fragile(step, self._pass_moment))
            finally:
                self._moments_left = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read as ever."""
        with self._store.reading() as reading:
            yield reading

    def scrub(self) -> None:
        """Leave nothing behind."""
        self._store.scrub()

    def close(self) -> None:
        """Let go of it."""
        self._store.close()

    def _pass_moment(self) -> None:
        if self._moments_left == 0:
            raise StoreError("the hub went down, as the story wants it")
        if self._moments_left is not None:
            self._moments_left -= 1


class _Fragile:
    def __init__(self, step: Transaction, moment: Callable[[], None]) -> None:
        self._step = step
        self._moment = moment

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._step, name)

        def call(*args: object) -> object:
            self._moment()
            given: object = method(*args)
            self._moment()
            return given

        return call


class SimulatedHub:
    """One hub, and the copies of its database that were made on the way."""

    def __init__(self, clock: Schedule, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._copies: list[MemoryHubStore] = []
        self._open(MemoryHubStore())
        self.publish(program_row(_CLUB))

    @property
    def now_ms(self) -> int:
        """The hub's clock."""
        return milliseconds(self._clock.now())

    @property
    def epoch(self) -> str:
        """The life of the history that stands."""
        with self.store.reading() as reading:
            return reading.epochs()[-1].name

    def push(self, request: PushRequest) -> PushAnswer | Halt | None:
        """Take a batch; None: the hub went down over it, and is back."""
        return self._unless_down(lambda: self.authority.push(request))

    def feed(self, terminal_id: str, cursor: Cursor) -> FeedPage | Halt:
        """Return a page."""
        return self.authority.feed(terminal_id, cursor, PAGE_ROWS)

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
        return self._unless_down(lambda: self.authority.hold(terminal_id, request))

    def void(self, terminal_id: str, hold_id: str) -> HoldAnswer | Halt | None:
        """Give back what was kept; None: the hub went down over it."""
        return self._unless_down(lambda: self.authority.void(terminal_id, hold_id))

    def time_out_holds(self) -> None:
        """Do what the night does with holds."""
        self._unless_down(self.authority.time_out_holds)

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
        self._until_done(lambda: sum(leave(self._fragile, self._clock.now().date() + timedelta(days=days))))

    def publish(self, publication: Publication) -> None:
        """Put out one row of the whole shop."""
        self._until_done(lambda: self.authority.publish([publication]))

    def break_at(self, moment: int) -> None:
        """Go down in the next step."""
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
        # What was copied after it belongs to a history that never was.
        self._copies = self._copies[:rank]
        self._open(older)
        self.authority.begin_epoch()
        return True

    def _unless_down(self, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except StoreError:
            self._open(self.store)
            return None

    def _until_done(self, act: Callable[[], object]) -> None:
        """Do what the office does, and again if the hub went down over it."""
        try:
            act()
        except StoreError:
            self._open(self.store)
            act()

    def _open(self, store: MemoryHubStore) -> None:
        self.store = store
        self._fragile = self.over(store)
        self.authority = Authority(self._fragile, zone=UTC, clock=self._clock, ids=self._ids)

    def over(self, store: MemoryHubStore) -> FragileStore:
        """Return what the hub's steps go through."""
        return FragileStore(store)
