"""The line of :mod:`sync.engine`, run: its effects performed over HTTP and on disk, their outcomes told to it.

Every try has one outcome. It is the answer, or a fault, or, whatever else happens here, a failure of our own; a try
that the engine abandoned has none, since the engine has counted it already.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from secrets import randbelow
from typing import Any, NamedTuple, Protocol

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.errors import StoreError, whence
from sync.client.faults import Fault
from sync.client.hub_clock import HubClock
from sync.client.reading_ahead import Feed, ReadingAhead
from sync.client.store_thread import StoreThread
from sync.engine.effects import Abandon, Effect, Fetch, LineStatus, Send, Settle, Tell, Wake, Way
from sync.engine.inputs import (
    Failed,
    Halted,
    Input,
    NothingToSend,
    Outcome,
    PullAnswered,
    PushAnswered,
    Started,
    Stopped,
    Tick,
)
from sync.engine.line import Line, step
from sync.engine.pauses import CHANCES, Now
from sync.engine.ports import Outbox, TillReplica, write
from sync.engine.troubles import Trouble
from sync.wire import Halt, PushAnswer, PushRequest

_log = logging.getLogger(__name__)
_SECOND_NS = 1_000_000_000
_TICK = Tick()


class Hub(Feed, Protocol):
    """The hub, as far as the line asks it: :class:`~sync.client.calls.HubCalls`."""

    async def push(self, request: PushRequest) -> PushAnswer | Halt | Fault:
        """Bring events."""


class TillStore(Protocol):
    """The two halves of a till's store that sync."""

    @property
    def outbox(self) -> Outbox:
        """The events that wait."""

    @property
    def replica(self) -> TillReplica:
        """What came down."""


class Terminal(NamedTuple):
    """One start of one till."""

    terminal_id: str
    boot_nonce: str


class Ear(Protocol):
    """Who is told what becomes of the line, in its thread."""

    def status(self, status: LineStatus) -> None:
        """The line is now thus."""

    def written(self, settled: Settle) -> None:
        """This is on disk."""


class LineRunner:
    """One line over one store. Everything belongs to the thread of its event loop."""

    def __init__(
        self, calls: Hub, store: TillStore, disk: StoreThread, terminal: Terminal, ear: Ear, clock: HubClock
    ) -> None:
        self._calls = calls
        self._feed = ReadingAhead(calls)
        self._clock = clock
        self._store = store
        self._disk = disk
        self._terminal = terminal
        self._ear = ear
        self._line = Line()
        self._tries: dict[Way, tuple[int, asyncio.Task[None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._holding = False
        self.settled: Callable[[Cursor], int | None] = lambda _: None
        """What to say with a look of what the hub was told; asked in the thread of the store."""
        self.halt: Halt | None = None
        """What the hub said when it served this till no more."""
        self.fault: Fault | None = None
        """Of the last try that failed; None since one was answered."""

    def start(self) -> None:
        """Begin."""
        self.hear(Started())

    def stop(self) -> None:
        """Cut what is under way; a write that was begun ends by itself."""
        self.hear(Stopped())
        self._feed.forget()
        if self._timer is not None:
            self._timer.cancel()
        for _, task in self._tries.values():
            task.cancel()

    def go_on(self) -> None:
        """Ask again at once, whatever failed or halted the line before."""
        self.halt = None
        # What was asked before may be answered with the very halt that a person has just seen to.
        self._cut(Way.PUSH)
        self._cut(Way.PULL)
        self.hear(Started())

    def hold_pull(self) -> None:
        """Take no more rows until :meth:`release_pull`: the replica is about to be replaced."""
        self._holding = True
        self._cut(Way.PULL)

    def release_pull(self) -> None:
        """Take rows again, beginning at once; a halt is not ended by that, whatever it came from."""
        was_holding, self._holding = self._holding, False
        if was_holding and self._line.halt is None:
            self.hear(Started())

    def hear(self, happened: Input) -> None:
        """Tell the engine, and do what it wants."""
        if isinstance(happened, Failed | Halted):
            # After a pause, what was asked for before it would be old.
            self._feed.forget()
        now = Now(self._clock.monotonic_ns(), randbelow(CHANCES))
        self._line, effects = step(self._line, happened, now)
        if self._line.halt is None:
            self.halt = None
        for effect in effects:
            self._perform(effect)

    def _cut(self, way: Way) -> None:
        """End the try that is under way, if there is one; a write of it that was begun ends as it would."""
        number, task = self._tries.get(way, (0, None))
        if task is not None and not task.done():
            task.cancel()
            self.hear(Failed(way=way, number=number, trouble=Trouble.STORE))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._begin(Way.PUSH, effect.number, partial(self._send, effect))
            case Fetch():
                self._begin(Way.PULL, effect.number, partial(self._fetch, effect))
            case Settle():
                self._begin(effect.way, effect.number, partial(self._settle, effect))
            case Abandon():
                number, task = self._tries.get(effect.way, (0, None))
                if task is not None and number == effect.number:
                    task.cancel()
            case Wake():
                self._wake_at(effect.at_ns)
            case Tell():
                self._ear.status(effect.status)

    def _wake_at(self, at_ns: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay_s = max(0, at_ns - self._clock.monotonic_ns()) / _SECOND_NS
        self._timer = asyncio.get_running_loop().call_later(delay_s, self.hear, _TICK)

    def _begin(self, way: Way, number: int, attempt: Callable[[], Coroutine[Any, Any, Outcome]]) -> None:
        task = asyncio.get_running_loop().create_task(self._try(way, number, attempt), name=f"{way}-{number}")
        self._tries[way] = number, task

    async def _try(self, way: Way, number: int, attempt: Callable[[], Coroutine[Any, Any, Outcome]]) -> None:
        try:
            outcome = await attempt()
        except StoreError as error:
            _log.warning("%s: %s", error.title, error)
            outcome = Failed(way=way, number=number, trouble=Trouble.STORE)
        except Exception as error:  # noqa: BLE001 - an outcome that never comes would hold the line for ever
            _log.error("%s of the line: %s", way, whence(error))
            outcome = Failed(way=way, number=number, trouble=Trouble.STORE)
        self.hear(outcome)

    async def _send(self, send: Send) -> Outcome:
        events, epoch = await self._disk.do(self._batch, send)
        if not events:
            return NothingToSend(send.number)
        sent = tuple(event.event_id for event in events)
        terminal = self._terminal
        request = PushRequest(
            terminal_id=terminal.terminal_id, boot_nonce=terminal.boot_nonce, epoch=epoch, events=events
        )
        answer = await self._calls.push(request)
        if isinstance(answer, PushAnswer):
            self.fault = None
            return PushAnswered(send.number, sent, answer)
        return self._unanswered(Way.PUSH, send.number, answer, sent)

    def _batch(self, send: Send) -> tuple[tuple[Event, ...], str]:
        outbox = self._store.outbox
        return outbox.waiting(send.events_max, send.bytes_max), outbox.epoch()

    async def _fetch(self, fetch: Fetch) -> Outcome:
        if self._holding:
            return Failed(way=Way.PULL, number=fetch.number, trouble=Trouble.STORE)
        cursor, settled_ms = await self._disk.do(self._place)
        answer = await self._feed.feed(cursor, settled_ms)
        if isinstance(answer, FeedPage):
            self.fault = None
            return PullAnswered(fetch.number, cursor, answer)
        return self._unanswered(Way.PULL, fetch.number, answer)

    def _place(self) -> tuple[Cursor, int | None]:
        cursor = self._store.replica.cursor()
        return cursor, self.settled(cursor)

    def _unanswered(self, way: Way, number: int, answer: Halt | Fault, sent: tuple[str, ...] = ()) -> Outcome:
        if isinstance(answer, Halt):
            self.halt = answer
            _log.warning("the hub serves this till no more (%s): %s", answer.reason, answer.detail)
            return Halted(way, number, answer.reason)
        if self.fault is None or self.fault.trouble is not answer.trouble:
            _log.info("%s: %s (%s)", way, answer.trouble, answer.detail)
        self.fault = answer
        return Failed(way=way, number=number, trouble=answer.trouble, sent=sent, retry_after_ns=answer.retry_after_ns)

    async def _settle(self, settle: Settle) -> Outcome:
        if settle.way is Way.PULL and self._holding:
            return Failed(way=Way.PULL, number=settle.number, trouble=Trouble.STORE)
        settled = await self._disk.do(write, settle, self._store.outbox, self._store.replica)
        self._ear.written(settle)
        return settled
