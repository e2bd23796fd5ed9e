"""One till of a story: its disk, which outlives everything, and the process on it, which does not."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from functools import partial
from random import Random
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Draft, Event, seal
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.members import Member
from sync.engine.effects import ApplyPage, Effect, Fetch, OfferAgain, Send, Settle, Wake, Way, Write
from sync.engine.inputs import (
    Appended,
    Failed,
    Halted,
    Input,
    NothingToSend,
    PullAnswered,
    PushAnswered,
    Settled,
    Started,
    Tick,
)
from sync.engine.line import Line, step
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.engine.pauses import CHANCES, Now
from sync.engine.ports import write
from sync.engine.troubles import Trouble
from sync.hub.documents import read
from sync.simulator.hub import SimulatedHub
from sync.simulator.listening import Listening, Lookout
from sync.simulator.network import Exchange, Network
from sync.simulator.plan import Fault
from sync.simulator.schedule import SECOND_NS, Action, Ids, Schedule, always
from sync.simulator.tomorrow import read_today
from sync.simulator.watch import Watch
from sync.wire import Halt, HaltReason, PushAnswer, PushRequest

T = TypeVar("T")

STORES: Final = ("store 1", "store 2")
_ALL = 1 << 40
_NOW = timedelta()
_EMPTY = len(b"{}")
_DISK_NS = (200_000, 20_000_000)
_DOWN_NS = (SECOND_NS, 20 * SECOND_NS)
_PERSON_NS = (SECOND_NS, 40 * SECOND_NS)


class Surroundings(NamedTuple):
    """What all tills of a story share."""

    schedule: Schedule
    chance: Random
    ids: Ids
    hub: SimulatedHub
    network: Network
    watch: Watch
    lookout: Lookout
    """Where tills wait for news."""
    happened: Counter[str]
    """How often each thing has."""


class Till:
    """One till. ``name`` is what the trace calls it; two may have one ``terminal_id``."""

    def __init__(self, name: str, here: Surroundings) -> None:
        self.name = name
        self.terminal_id = name
        self.store_id = STORES[crc32(name.encode()) % len(STORES)]
        self.outbox = MemoryOutbox()
        self.replica = MemoryReplica()
        self.backup: MemoryOutbox | None = None
        self.online = True
        self.disk_full = False
        self.skew = timedelta()
        self.ahead_ms = 0
        """How far the hub's clock was ahead of this one when it was last heard of."""
        self.seen_ms = 0
        """The latest that the hub was ever heard to say; on the disk."""
        self.newer = False
        """Whether its build is newer than the hub's."""
        self.suspect = False
        """Whether its journal may have parted from that of its name: only then may the hub say so."""
        self.line = Line()
        self.running = False
        self._here = here
        self._boot = 0
        self._nonce = ""
        self._alarm = 0
        self._doom: int | None = None
        self._heard: deque[Input] = deque()
        self.listening = Listening(self, here.lookout, here.schedule, here.chance)

    def start(self) -> None:
        """Switch the till on."""
        if not self.running:
            self._boot += 1
            self.running, self.line, self._nonce, self._doom = True, Line(), self._here.ids(), None
            self.hear(Started())
            self.listening.start()

    def crash(self) -> None:
        """Pull the plug; somebody switches it on again."""
        self.running = False
        self._boot += 1
        self._heard.clear()
        self._here.schedule.later(self._draw(_DOWN_NS), f"{self.name} is switched on", self.start)

    def crash_at(self, transaction: int) -> None:
        """Pull the plug just before this transaction of the next answer that has something in it, or at its end."""
        self._doom = transaction

    def does(self, body: Body, member_id: str, *, crash: bool | None = None, ago: timedelta = _NOW) -> None:
        """Write what was done at this till, now or some time ago, into its journal.

        ``crash``: True before the commit, False after it.
        """
        here = self._here
        if self.disk_full:
            here.happened[f"{Fault.DISK_FULL} at a till"] += 1
        if not self.running or self.disk_full:
            return
        if crash:
            self.crash()
            here.happened[f"{Fault.TILL_CRASH} before a commit"] += 1
            return
        draft = Draft(
            event_id=here.ids(),
            occurred_at=here.schedule.now() + self.skew - ago,
            body=body,
            member_id=member_id,
            part=part_of(member_id),
        )
        event = seal(draft, self.terminal_id, len(self.outbox.events()) + 1)
        if self.newer:
            here.happened[Fault.NEWER_TILL] += 1
            event = _of_tomorrow(event)
        self.outbox.append(event)
        here.watch.was_made(event)
        if crash is None:
            self.hear(Appended())
        else:
            here.happened[f"{Fault.TILL_CRASH} after a commit"] += 1
            self.crash()

    @property
    def hub_ms(self) -> int:
        """What time it is, as far as this till knows, by the hub's clock."""
        return self._wall_ms() + self.ahead_ms

    def saw_hub(self, hub_ms: int) -> None:
        """Measure the clock."""
        self.ahead_ms = hub_ms - self._wall_ms()
        self.seen_ms = max(self.seen_ms, hub_ms)

    def _wall_ms(self) -> int:
        return int((self._here.schedule.now() + self.skew).timestamp() * 1_000)

    def shown(self, member_id: str) -> Member:
        """Return whom the rows show under an id, which may be that of one who was merged into another."""
        member, seen = self._row_of(member_id), {member_id}
        while member.merged_into and member.merged_into not in seen:
            seen.add(member.merged_into)
            member = self._row_of(member.merged_into)
        return member

    def member(self, member_id: str) -> Member:
        """Return a member as this till shows them: the row, with the till's own pending events on top."""
        return apply_all(self.shown(member_id), self.outbox.waiting(_ALL, _ALL))

    def _row_of(self, member_id: str) -> Member:
        row = self.replica.row(RowKind.MEMBER, member_id)
        found = read(RowKind.MEMBER, row.document) if row and row.document is not None else None
        return found if isinstance(found, Member) else Member(member_id=member_id, from_pass=True)

    def restore(self) -> None:
        """Put the journal back from its backup, or make one."""
        if self.backup is None:
            self.backup = deepcopy(self.outbox)
            return
        self._here.happened[Fault.RESTORE] += 1
        self._here.watch.was_lost(self.outbox.events()[len(self.backup.events()) :])
        self.outbox, self.backup, self.suspect = self.backup, None, True
        self.crash()

    def twin(self, name: str) -> "Till":
        """Return another till with a copy of this one's disk."""
        self._here.happened[Fault.CLONE] += 1
        other = type(self)(name, self._here)
        other.terminal_id, other.store_id = self.terminal_id, self.store_id
        other.outbox, other.replica = deepcopy(self.outbox), deepcopy(self.replica)
        self.suspect = other.suspect = True
        return other

    def hear(self, happened: Input) -> None:
        """Tell the line, and do what it wants; what comes of it at once is told afterwards."""
        match happened:
            case PushAnswered():
                self.saw_hub(happened.answer.hub_ms)
            case PullAnswered():
                self.saw_hub(happened.page.hub_ms)
        self._heard.append(happened)
        if len(self._heard) > 1:
            return
        while self._heard:
            before = self.line
            now = Now(self._here.schedule.now_ns, self._here.chance.randrange(CHANCES))
            self.line, effects = step(before, self._heard[0], now)
            for effect in effects:
                self._perform(effect)
            if self.line.halt and not before.halt:
                self._call_person(self.line.halt)
            self._heard.popleft()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Fetch():
                self._fetch(effect)
            case Settle():
                what = f"writes what came of {effect.way} {effect.number}"
                self.later(self._draw(_DISK_NS), what, lambda: self._settle(effect))
            case Wake():
                self._alarm += 1
                alarm = self._alarm
                delay_ns = effect.at_ns - self._here.schedule.now_ns
                self.later(delay_ns, "looks at the clock", lambda: self.hear(Tick()), lambda: alarm == self._alarm)

    def batch(self, effect: Send) -> tuple[Event, ...]:
        """Return what goes up."""
        return self.outbox.waiting(effect.events_max, effect.bytes_max)

    def _send(self, effect: Send) -> None:
        events = self.batch(effect)
        if not events:
            self.hear(NothingToSend(effect.number))
            return
        sent = tuple(event.event_id for event in events)
        epoch = self.replica.cursor().epoch
        request = PushRequest(terminal_id=self.terminal_id, boot_nonce=self._nonce, epoch=epoch, events=events)

        def serve() -> Input | None:
            answer = self._pushed(request)
            if isinstance(answer, Halt):
                return Halted(Way.PUSH, effect.number, answer.reason)
            return None if answer is None else PushAnswered(effect.number, sent, answer)

        def failed(trouble: Trouble) -> Input:
            return Failed(way=Way.PUSH, number=effect.number, trouble=trouble, sent=sent)

        what = f"push {effect.number} of {self.name} with {events[0].seq}..{events[-1].seq}"
        self.ask(Exchange(what, serve, failed, self.ear(self.hear)))

    def _pushed(self, request: PushRequest) -> PushAnswer | Halt | None:
        answer = self._here.hub.push(read_today(request) if self.newer else request)
        self._here.watch.check_hub()
        if isinstance(answer, PushAnswer):
            self._here.watch.was_answered(request, answer)
        return answer

    def _fetch(self, effect: Fetch) -> None:
        asked, terminal_id, settled_ms = self.replica.cursor(), self.terminal_id, self.settled_ms()

        def serve() -> Input:
            answer = self._here.hub.feed(terminal_id, asked, settled_ms)
            if isinstance(answer, Halt):
                return Halted(Way.PULL, effect.number, answer.reason)
            return PullAnswered(effect.number, asked, answer)

        def failed(trouble: Trouble) -> Input:
            return Failed(way=Way.PULL, number=effect.number, trouble=trouble)

        self.ask(Exchange(f"pull {effect.number} of {self.name}", serve, failed, self.ear(self.hear)))

    def settled_ms(self) -> int | None:
        """Return up to when the hub has been told everything; None while it has not."""
        is_told = self.outbox.epoch() == self.replica.cursor().epoch and not self.outbox.waiting_count()
        return self.seen_ms if is_told and not self.outbox.quarantined() else None

    def ask(self, exchange: Exchange[T]) -> None:
        """Ask the hub something, if there is a way to it."""
        if self.online:
            self._here.network.carry(exchange)
        else:
            self._here.network.refuse(exchange)

    def transactions(self, settle: Settle) -> Iterator[Callable[[], Settled]]:
        """Yield what is written of an answer, one transaction after the other: the plug can be pulled between them."""
        for each in settle.writes:
            yield partial(write, replace(settle, writes=(each,)), self.outbox, self.replica)

    def _settle(self, settle: Settle) -> None:
        if self.disk_full:
            self._here.happened[f"{Fault.DISK_FULL} at a till"] += 1
            self.hear(Failed(way=settle.way, number=settle.number, trouble=Trouble.STORE))
            return
        before = self.replica.cursor()
        settled = Settled(way=settle.way, number=settle.number)
        doom = self._doom if any(map(_has_content, settle.writes)) else None
        for number, transaction in enumerate(self.transactions(settle)):
            if doom == number:
                when = "in the middle of an answer" if number else "before an answer is kept"
                self._here.happened[f"{Fault.TILL_CRASH} {when}"] += 1
                self.crash()
                break
            done = transaction()
            settled = replace(settled, reopened=settled.reopened or done.reopened, wrong=settled.wrong | done.wrong)
        if any(map(_has_content, settle.writes)) or self.replica.cursor() != before:
            self._here.watch.check_till(self)
        if self.running and doom is not None:
            self._here.happened[f"{Fault.TILL_CRASH} after an answer is kept"] += 1
            self.crash()
        elif self.running:
            self.hear(settled)

    def _call_person(self, reason: HaltReason) -> None:
        self._here.happened[f"a till is told that it is {reason}"] += 1
        self._here.watch.was_halted(self, reason)
        self.later(self._draw(_PERSON_NS), f"is seen to: {reason}", lambda: self._see_to(reason))

    def _see_to(self, reason: HaltReason) -> None:
        """Do what the screen says: enrol the till, under a new name if the old one is spoilt."""
        if reason is not HaltReason.UNKNOWN_TERMINAL:
            self._rename()
        self._here.hub.enrol(self.terminal_id, self.store_id)
        self.hear(Started())

    def _rename(self) -> None:
        """Take a new name, and the whole journal along: same ids, so whatever the hub has it will not take twice."""
        old, self.outbox = self.outbox, MemoryOutbox()
        self._boot += 1
        self.terminal_id, self.suspect, self.backup = f"{self.name}.{self._boot}", False, None
        self.outbox.offer_again(old.epoch(), 0)
        for event in old.events():
            renamed = replace(event, terminal_id=self.terminal_id)
            self.outbox.append(renamed)
            self._here.watch.was_made(renamed)
            ended = old.ended(event.event_id)
            if ended and ended.hub_ms is not None:
                self.outbox.record((ended.verdict,), ended.hub_ms)
        self.line, self._nonce = Line(), self._here.ids()

    def ear(self, hear: Callable[[T], None]) -> Callable[[T], None]:
        """Return how to tell this process something; the next one on this disk is told nothing by it."""
        boot = self._boot

        def tell(happened: T) -> None:
            if boot == self._boot:
                hear(happened)

        return tell

    def later(self, delay_ns: int, what: str, action: Action, still: Callable[[], bool] = always) -> None:
        """Have something happen later, if this process still runs then."""
        boot = self._boot
        self._here.schedule.later(delay_ns, f"{self.name} {what}", action, lambda: boot == self._boot and still())

    def _draw(self, span: tuple[int, int]) -> int:
        return self._here.chance.randint(*span)


def _of_tomorrow(event: Event) -> Event:
    """Return what a build of tomorrow writes: a field, or a whole type, that nobody knows today."""
    if event.seq % 2 and event.type == "note.written":
        return replace(event, type="note.dictated", version=3)
    body = bytes(event.body)
    return replace(event, body=Raw(body[:-1] + (b"," if len(body) > _EMPTY else b"") + b'"tomorrow":[1]}'))


def _has_content(written: Write) -> bool:
    match written:
        case ApplyPage():
            return bool(written.page.rows)
        case OfferAgain():
            return False
        case _:
            return True
