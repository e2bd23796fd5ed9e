"""A till and a hub in any weather: nothing is lost, nothing is sent twice at once, and in good weather all is well."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.core.verdicts import Outcome, Verdict
from sync.engine.effects import Abandon, Effect, Fetch, Send, Settle, Wake, Way
from sync.engine.inputs import (
    Appended,
    Failed,
    Halted,
    Hint,
    Input,
    Listens,
    NothingToSend,
    PullAnswered,
    PushAnswered,
    Quiet,
    Settled,
    Started,
    Stopped,
    Tick,
)
from sync.engine.line import Line, step
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.engine.pauses import CHANCES, Now
from sync.engine.ports import write
from sync.engine.troubles import Trouble
from sync.wire import HaltReason
from tests.sync.engine.toy_hub import ToyHub
from tests.sync.engine.wired import SECOND, event

EPOCH_MS = 1_774_085_400_000
SETTLING_STEPS = 400
SETTLING_NS = 600 * SECOND
FOREIGN = Verdict(event_id="no-such-event", outcome=Outcome.APPLIED)
LASTING = {Trouble.REFUSED, Trouble.TOO_LARGE, Trouble.UNAUTHENTICATED, Trouble.FORBIDDEN}
Outcomes = NothingToSend | PushAnswered | PullAnswered | Failed | Halted | Settled
PASSING = [trouble for trouble in Trouble if trouble not in LASTING]


class Weather(RuleBasedStateMachine):
    """The line with a store in memory, a toy hub, and between them whatever can happen to a request."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.now_ns, self.chance, self.wake_ns = Line(), 0, 0, 0
        self.outbox, self.replica, self.hub = MemoryOutbox(), MemoryReplica(), ToyHub()
        self.batch: tuple[int, tuple[Event, ...]] | None = None
        self.asked: tuple[int, Cursor] | None = None
        self.disk_full = False
        self.refused: set[str] = set()
        self.requests = 0
        self.outcomes: list[Input] = []

    def say(self, happened: Input) -> None:
        """Tell the line, and do what it wants."""
        if isinstance(happened, Outcomes):
            self.outcomes.append(happened)
        self.line, effects = step(self.line, happened, Now(self.now_ns, self.chance))
        for effect in effects:
            self.perform(effect)

    def perform(self, effect: Effect) -> None:
        """Do one thing the line wants."""
        match effect:
            case Send():
                assert self.batch is None
                events = self.outbox.waiting(effect.events_max, effect.bytes_max)
                if not events:
                    self.say(NothingToSend(effect.number))
                else:
                    self.batch, self.requests = (effect.number, events), self.requests + 1
            case Fetch():
                assert self.asked is None
                self.asked, self.requests = (effect.number, self.replica.cursor()), self.requests + 1
            case Abandon(way=Way.PUSH):
                self.batch = None
            case Abandon():
                self.asked = None
            case Settle() if self.disk_full:
                self.say(Failed(way=effect.way, number=effect.number, trouble=Trouble.STORE))
            case Settle():
                self.say(write(effect, self.outbox, self.replica))
            case Wake():
                assert effect.at_ns > self.now_ns
                self.wake_ns = effect.at_ns

    @property
    def hub_ms(self) -> int:
        """Return the hub's clock."""
        return EPOCH_MS + self.now_ns // 1_000_000

    def take_batch(self) -> tuple[int, tuple[Event, ...], tuple[str, ...]]:
        """Return what is on its way up, which thereby is no more."""
        assert self.batch is not None
        (number, events), self.batch = self.batch, None
        return number, events, tuple(event.event_id for event in events)

    def take_asked(self) -> tuple[int, Cursor]:
        """Return the question for the feed that is on its way, which thereby is no more."""
        assert self.asked is not None
        asked, self.asked = self.asked, None
        return asked

    @initialize(sales=st.integers(0, 6))
    def begin(self, sales: int) -> None:
        """Switch the till on, after some sales that nobody told it of."""
        self.sell(sales, told=False)
        self.say(Started())

    @rule(sales=st.integers(1, 4), told=st.booleans())
    def sell(self, sales: int, told: bool) -> None:  # noqa: FBT001 - drawn
        """Sell something; now and then nobody tells the line."""
        for _ in range(sales):
            self.outbox.append(event(len(self.outbox.events()) + 1))
            if told:
                self.say(Appended())

    @rule(steps=st.integers(1, 12))
    def all_goes_well(self, steps: int) -> None:
        """Let good requests come and go for a while."""
        for _ in range(steps):
            self.good_step()

    @precondition(lambda self: self.batch)
    @rule(arrived=st.booleans(), trouble=st.sampled_from(PASSING), after_ns=st.integers(0, 100 * SECOND))
    def push_fails(self, arrived: bool, trouble: Trouble, after_ns: int) -> None:  # noqa: FBT001
        """Lose a batch on its way, or its answer after the commit."""
        number, events, sent = self.take_batch()
        if arrived:
            self.hub.push(events, self.hub_ms)
        self.say(Failed(way=Way.PUSH, number=number, trouble=trouble, sent=sent, retry_after_ns=after_ns))

    @precondition(lambda self: self.batch)
    @rule(taken=st.sets(st.integers(0, 5)), doubled=st.booleans(), contradicted=st.booleans())
    def push_is_answered_badly(self, taken: set[int], doubled: bool, contradicted: bool) -> None:  # noqa: FBT001
        """Take a part of a batch; of its verdicts some are there twice, or contradict each other, or are of others."""
        number, events, sent = self.take_batch()
        answer = self.hub.push(tuple(event for place, event in enumerate(events) if place in taken), self.hub_ms)
        verdicts = [FOREIGN, *answer.verdicts]
        verdicts += verdicts if doubled else []
        verdicts += [replace(verdicts[-1], outcome=Outcome.QUARANTINED)] if contradicted else []
        self.say(PushAnswered(number, sent, replace(answer, verdicts=tuple(verdicts))))

    @precondition(lambda self: self.batch)
    @rule(trouble=st.sampled_from([Trouble.REFUSED, Trouble.TOO_LARGE]))
    def push_is_refused(self, trouble: Trouble) -> None:
        """Let the hub refuse the batch whole."""
        number, _, sent = self.take_batch()
        if len(sent) == 1:
            self.refused |= {*sent}
        self.say(Failed(way=Way.PUSH, number=number, trouble=trouble, sent=sent))

    @precondition(lambda self: self.asked)
    @rule(fault=st.sampled_from([*["gap"] * 6, "start", "no epoch", *PASSING]))
    def pull_goes_wrong(self, fault: str) -> None:
        """Bring down a page that passes over a row as a reader of a sequence does, or is of no use; or none."""
        number, cursor = self.take_asked()
        page = self.hub.feed(cursor, self.hub_ms)
        start = FeedPage(rows=(), cursor=Cursor(epoch=cursor.epoch), more=True, hub_ms=self.hub_ms)
        match fault:
            case "gap":
                self.say(PullAnswered(number, cursor, replace(page, rows=page.rows[1:])))
            case "start":
                self.say(PullAnswered(number, cursor, start))
            case "no epoch":
                self.say(PullAnswered(number, cursor, replace(page, cursor=Cursor())))
            case _:
                self.say(Failed(way=Way.PULL, number=number, trouble=Trouble(fault)))

    @precondition(lambda self: self.outcomes)
    @rule(back=st.integers(1, 4))
    def an_outcome_comes_twice(self, back: int) -> None:
        """Say again what was said lately; it counts once."""
        self.say(self.outcomes[-min(back, len(self.outcomes))])

    @rule()
    def timer_goes_off_early(self) -> None:
        """Spend the timer a moment before its time."""
        self.now_ns, self.wake_ns = max(self.now_ns, self.wake_ns - 1), 0
        self.say(Tick())

    @rule(ns=st.integers(1, 90 * SECOND), chance=st.integers(0, CHANCES - 1))
    def time_passes(self, ns: int, chance: int) -> None:
        """Let the clock run, late timers included."""
        self.now_ns, self.chance = self.now_ns + ns, chance
        self.say(Tick())

    @rule(
        happened=st.sampled_from(
            [Hint(), Listens(up=True), Listens(up=False), Quiet(0), Started(), Started(), Stopped()],
        )
    )
    def somebody_says(self, happened: Input) -> None:
        """Bring a hint, begin or end to wait for one, or let a person act."""
        self.say(happened)

    @rule(what=st.sampled_from(["plug", "replica", "disk full", "disk"]))
    def till_suffers(self, what: str) -> None:
        """Pull the plug, put a damaged replica aside, fill the disk, or clear it. What was written stays."""
        if what in {"plug", "replica"}:
            self.line, self.batch, self.asked, self.outcomes = Line(), None, None, []
            self.replica = MemoryReplica() if what == "replica" else self.replica
            self.say(Started())
        else:
            self.disk_full = what == "disk full"

    @rule(age=st.integers(0, 3))
    def hub_falls_back(self, age: int) -> None:
        """Put an older copy of the hub's database in its place."""
        self.hub.fall_back(age)

    @rule(reason=st.sampled_from(HaltReason), way=st.sampled_from(Way), seen_to=st.booleans())
    def hub_halts(self, reason: HaltReason, way: Way, seen_to: bool) -> None:  # noqa: FBT001 - drawn
        """Let the hub serve this terminal no more; a person sees to it at once, if need be."""
        if way is Way.PUSH and self.batch:
            self.say(Halted(way, self.take_batch()[0], reason))
        elif way is Way.PULL and self.asked:
            self.say(Halted(way, self.take_asked()[0], reason))
        if seen_to or reason is not HaltReason.UNKNOWN_TERMINAL:
            self.say(Started())

    @invariant()
    def nothing_is_lost(self) -> None:
        """An event waits, or was refused by itself, or is in the log of the hub of that epoch."""
        waiting = {waiting.event_id for waiting in self.outbox.waiting(1_000, 1 << 30)}
        for sold in self.outbox.events():
            ended = self.outbox.ended(sold.event_id)
            assert (ended is None) == (sold.event_id in waiting)
            if ended and ended.hub_ms is None:
                assert sold.event_id in self.refused
            elif ended and self.outbox.epoch() == self.hub.epoch:
                assert sold.event_id in self.hub.now.log

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        """A line that is open, or that nobody knows, waits for an answer, or for a timer that is set."""
        if self.line.open or self.line.may_ask_again:
            assert self.batch or self.asked or self.wake_ns > self.now_ns

    def teardown(self) -> None:
        """Let the sun shine: in some minutes and with few requests all is in its place."""
        self.disk_full, self.requests, begin_ns = False, 0, self.now_ns
        self.say(Started())
        for _ in range(SETTLING_STEPS):
            if not (self.batch or self.asked) and self.is_at_rest():
                break
            self.good_step()
        assert self.now_ns - begin_ns < SETTLING_NS
        assert self.requests < SETTLING_STEPS / 2
        sold = {sold.event_id for sold in self.outbox.events()} - self.refused
        assert sold <= {*self.hub.now.log}
        assert len({*self.hub.now.log}) == len(self.hub.now.log)
        assert sorted(self.replica.rows(), key=lambda row: row.key) == self.hub.documents()

    def good_step(self) -> None:
        """Let the next thing happen as it should."""
        if self.batch:
            number, events, sent = self.take_batch()
            self.say(PushAnswered(number, sent, self.hub.push(events, self.hub_ms)))
        elif self.asked:
            number, cursor = self.take_asked()
            self.say(PullAnswered(number, cursor, self.hub.feed(cursor, self.hub_ms)))
        else:
            self.now_ns = max(self.now_ns, self.wake_ns)
            self.say(Tick())

    def is_at_rest(self) -> bool:
        """Return whether nothing waits and nothing is to come."""
        end = Cursor(epoch=self.hub.epoch, numbers=dict(enumerate(self.hub.now.heads)))
        return not self.outbox.waiting_count() and self.replica.cursor() == end


TestWeather = Weather.TestCase
TestWeather.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
