"""Parts that are spoilt on purpose, each by one mistake that looks like a good idea."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, cast

from msgspec.structs import replace

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage, Row
from pos_loyalty.core.offline import RedeemedSince
from sync.engine.effects import ApplyPage, Send, Settle
from sync.engine.inputs import Settled
from sync.engine.ports import write
from sync.hub.authority import Authority
from sync.hub.hub_store import Transaction
from sync.hub.memory import MemoryHubStore
from sync.hub.publishing import Publication
from sync.hub.scopes import parted, told
from sync.simulator.fragile import FragileStore
from sync.simulator.hub import SimulatedHub
from sync.simulator.redeeming import Asked, Redeeming
from sync.simulator.schedule import SECOND_NS
from sync.simulator.till import Till
from sync.simulator.world import Parts
from sync.wire import Halt, LookupAnswer, PushAnswer, PushRequest


class NumberingHub(SimulatedHub):
    """A hub that knows when each number was given; its feed has no checksums, and every row it is asked for."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the real one
        self.given_ns: dict[tuple[int, int], int] = {}
        super().__init__(*args, **named)

    def push(self, request: PushRequest) -> PushAnswer | Halt | None:
        """Take a batch, and note the time."""
        answer: PushAnswer | Halt | None = self._timed(lambda: super(NumberingHub, self).push(request))
        return answer

    def publish(self, publication: Publication) -> None:
        """Put out a row, and note the time."""
        self._timed(lambda: super(NumberingHub, self).publish(publication))

    def feed(self, terminal_id: str, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt:
        """Return the rows of a page that this hub sees, and the cursor after the last of them."""
        page = super().feed(terminal_id, cursor, settled_ms)
        if isinstance(page, Halt) or cursor.epoch not in {"", page.cursor.epoch}:
            return page
        rows = tuple(row for row in page.rows if self.sees(row, cursor))
        numbers = dict(cursor.numbers)
        for row in rows:
            numbers[row.partition] = max(row.number, numbers.get(row.partition, 0))
        more = page.more and bool(rows)
        return replace(page, rows=rows, cursor=replace(page.cursor, numbers=numbers), more=more, checksums={})

    def sees(self, row: Row, cursor: Cursor) -> bool:
        """Whether this row goes out."""
        return row.number > cursor.at(row.partition)

    def _timed(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it gives
        before = self._numbers()
        given = act()
        for partition, number in self._numbers().items():
            for each in range(before.get(partition, 0) + 1, number + 1):
                self.given_ns[partition, each] = self._clock.now_ns
        return given

    def _numbers(self) -> dict[int, int]:
        with self.store.reading() as reading:
            return {partition: counter.number for partition, counter in reading.counters().items()}


class SequenceHub(NumberingHub):
    """Numbers come from a sequence: given at the INSERT, seen at the COMMIT, which takes a moment longer."""

    def sees(self, row: Row, cursor: Cursor) -> bool:
        """Whether the commit is over: every second step takes a second, the others no time."""
        given_ns = self.given_ns.get((row.partition, row.number), 0)
        return super().sees(row, cursor) and (row.number % 2 == 1 or self._clock.now_ns - given_ns > SECOND_NS)


class TimestampHub(NumberingHub):
    """The feed is what changed after a time, in whole seconds, as many databases keep it."""

    def sees(self, row: Row, cursor: Cursor) -> bool:
        """Whether the row is younger than the newest that the till has."""
        return self._second(row.partition, row.number) > self._second(row.partition, cursor.at(row.partition))

    def _second(self, partition: int, number: int) -> int:
        return self.given_ns.get((partition, number), -SECOND_NS) // SECOND_NS


class HastyStore(FragileStore):
    """The answer leaves before the commit: when the power goes between the two, nothing was kept."""

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a step."""
        with super().transaction() as step:
            yield cast("Transaction", _Hasty(step, self))


class _Hasty:
    def __init__(self, step: Transaction, store: HastyStore) -> None:
        self._step = step
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._step, name)

    def commit(self) -> None:
        if self._store._moments_left is None:
            self._step.commit()


class HastyHub(SimulatedHub):
    """Acknowledges before it commits."""

    def over(self, store: MemoryHubStore) -> FragileStore:
        """Return a store that loses what was acknowledged."""
        return HastyStore(store, self._happened)


class ForgetfulTill(Till):
    """Makes the id of an event anew for every try."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - as the real one
        super().__init__(*args)
        self._tried: set[str] = set()

    def batch(self, effect: Send) -> tuple[Event, ...]:
        """Return what goes up, under another id than last time."""
        for event in super().batch(effect):
            if event.event_id in self._tried:
                self._make_anew(event)
        events = super().batch(effect)
        self._tried |= {event.event_id for event in events}
        return events

    def _make_anew(self, event: Event) -> None:
        again = replace(event, event_id=self._here.ids())
        self.outbox._events[event.seq - 1] = self.outbox._waiting[event.seq] = again
        self.outbox._seqs[again.event_id] = event.seq
        self._here.watch.was_made(again)


class UntidyTill(Till):
    """Saves the cursor of a page by itself, and its rows afterwards."""

    def transactions(self, settle: Settle) -> Iterator[Callable[[], Settled]]:
        """Yield one transaction more than there should be."""
        for each in settle.writes:
            whole = partial(write, replace(settle, writes=(each,)), self.outbox, self.replica)
            if isinstance(each, ApplyPage):
                before = self.replica.cursor()
                yield partial(self._save, settle, each.page.cursor)
                yield partial(self._save_rows, settle, before, whole)
            else:
                yield whole

    def _save_rows(self, settle: Settle, before: Cursor, whole: Callable[[], Settled]) -> Settled:
        self._save(settle, before)
        return whole()

    def _save(self, settle: Settle, cursor: Cursor) -> Settled:
        self.replica._epoch, self.replica._numbers = cursor.epoch, dict(cursor.numbers)
        return Settled(way=settle.way, number=settle.number)


class GreedyRedeeming(Redeeming):
    """Takes a hold that was granted for good: every later basket of the member is paid with it, too."""

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - as the real one
        super().__init__(*args)
        self._granted: dict[str, Asked] = {}

    def pays(self, asked: Asked, points: int) -> None:
        """Write the sale, and remember what paid it."""
        if points == asked.points:
            self._granted[asked.member_id] = asked
        super().pays(asked, points)

    def permitted(self, asked: Asked) -> int:
        """Return what was granted once, as if it still were."""
        granted = self._granted.get(asked.member_id)
        return granted.points if granted else super().permitted(asked)


class CarelessRedeeming(Redeeming):
    """Does not count what was redeemed since the row came."""

    def since(self, names: tuple[str, ...]) -> RedeemedSince:  # noqa: ARG002 - as the real one
        """Return nothing."""
        return RedeemedSince()


class TillClockHub(SimulatedHub):
    """A hold ends when a till says that it is later than that."""

    def push(self, request: PushRequest) -> PushAnswer | Halt | None:
        """Take a batch, after what its clock ends."""
        if request.events:
            clock = StoppedClock(request.events[-1].occurred_at)
            Authority(self.store, zone=UTC, clock=clock, ids=self._ids).time_out_holds()
        return super().push(request)


class OneEpochHub(SimulatedHub):
    """Tells a till the same epoch whatever its scope is."""

    def push(self, request: PushRequest) -> PushAnswer | Halt | None:
        """Take a batch."""
        answer = super().push(request)
        return replace(answer, epoch=parted(answer.epoch)[0]) if isinstance(answer, PushAnswer) else answer

    def feed(self, terminal_id: str, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt:
        """Return the rows above the cursor, of whatever scope that is."""
        life, scope = parted(cursor.epoch)[0], self.authority.scope_of(terminal_id)
        page = super().feed(terminal_id, replace(cursor, epoch=told(life, scope) if life else ""), settled_ms)
        if isinstance(page, Halt):
            return page
        return replace(page, cursor=replace(page.cursor, epoch=parted(page.cursor.epoch)[0]))


class CachingHub(SimulatedHub):
    """Looks a code up once, and remembers what came of it."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the real one
        super().__init__(*args, **named)
        self._found: dict[str, LookupAnswer | Halt] = {}

    def lookup(self, terminal_id: str, code: str) -> LookupAnswer | Halt:
        """Return what was found under the code when it was asked for first."""
        return self._found.setdefault(code, super().lookup(terminal_id, code))


class RememberingHub(SimulatedHub):
    """Takes the document of who is erased away, and leaves in the log what was said of them."""

    def forget(self) -> None:
        """Do nothing."""


class StoppedClock(NamedTuple):
    """A clock that always says the same."""

    time: datetime

    def now(self) -> datetime:
        """Return that."""
        return self.time

    def monotonic_ns(self) -> int:
        """Return that no time passes."""
        return 0


class Mutant(NamedTuple):
    """A mistake, and the words by which it shows, as a pattern."""

    parts: Parts
    shows: str
    near: int = 0
    """A seed that finds it, or did when this was written: to be tried first, for time's sake."""


MUTANTS = {
    "a cursor over a sequence": Mutant(Parts(hub=SequenceHub), "passed over"),
    "a cursor over time": Mutant(Parts(hub=TimestampHub), "passed over|the rows of"),
    "acknowledged before the commit": Mutant(Parts(hub=HastyHub), "not in the log"),
    "an id made anew for a retry": Mutant(Parts(till=ForgetfulTill), "halted without cause|nobody has it"),
    "a hold that pays twice": Mutant(Parts(redeeming=GreedyRedeeming), "without the hub", near=59),
    "what was redeemed is not counted": Mutant(Parts(redeeming=CarelessRedeeming), "without the hub", near=22),
    "a hold that ends by the clock of a till": Mutant(Parts(hub=TillClockHub), "timed out before its time"),
    "an epoch that says nothing of the scope": Mutant(Parts(hub=OneEpochHub), "passed over|the rows of"),
    "a lookup out of a cache": Mutant(Parts(hub=CachingHub), "a lookup of"),
    "an erasure that leaves the log alone": Mutant(Parts(hub=RememberingHub), "still says what it said"),
    "a cursor saved apart from the rows": Mutant(Parts(till=UntidyTill), "passed over"),
}
