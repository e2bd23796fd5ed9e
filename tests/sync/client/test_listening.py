"""Waiting for news: what it spares, what it proves, and what it does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pos_loyalty.core.feed import Cursor, FeedPage
from sync.client import listening
from sync.client.faults import Fault
from sync.client.hub_line import _has
from sync.client.listening import Listening
from sync.client.store_thread import StoreThread
from sync.engine.memory_replica import MemoryReplica
from sync.engine.troubles import Trouble
from sync.wire import Halt, HaltReason, WaitAnswer
from tests.sync.client.conftest import Shop, ms
from tests.sync.client.hub_server import DEADLINE_S, saying

FEED, WAIT = "/sync/1/feed", "/sync/1/wait"
HUB_MS = 1_774_085_400_000
AHEAD_MS = 3_600_000
TWO_LOOKS = 2
HERE, FURTHER = Cursor(epoch="one", numbers={0: 5}), Cursor(epoch="one", numbers={0: 6})
LISTENS, DEAF = "listens", "deaf"

Answer = WaitAnswer | Halt | Fault | Callable[[], WaitAnswer] | None
"""None: never."""


class Till:
    """A replica at ``HERE``, a hub whose answers to waits are given, and what the line was told."""

    def __init__(self, *answers: Answer) -> None:
        self.replica = MemoryReplica()
        self.goes_to(HERE)
        self.told: list[object] = []
        self.asked: list[Cursor] = []
        self.done = asyncio.Event()
        self.deaf = asyncio.Event()
        self.disk = StoreThread()
        self.listening = Listening(self, self.replica, self.disk, self)
        self._answers = list(answers)

    def goes_to(self, cursor: Cursor) -> None:
        """Have a page written that ends there."""
        self.replica.apply(FeedPage(rows=(), cursor=cursor, hub_ms=1), self.replica.cursor())

    async def wait(self, cursor: Cursor) -> WaitAnswer | Halt | Fault:
        """Answer as it was given; after the last the test may look."""
        self.asked.append(cursor)
        if not self._answers:
            self.done.set()
        answer = self._answers.pop(0) if self._answers else None
        if answer is None:
            await asyncio.Event().wait()
        assert answer is not None
        return answer() if callable(answer) else answer

    def listens(self, *, up: bool) -> None:
        """Write down whether it does."""
        self.told.append(LISTENS if up else DEAF)
        if not up:
            self.deaf.set()

    def news(self) -> None:
        """Fetch what is new."""
        self.told.append("news")
        self.goes_to(FURTHER)
        self.listening.pulled()

    def quiet(self, cursor: Cursor, looked_ms: int) -> None:
        """Write down when there was nothing."""
        self.told.append((cursor, looked_ms))


@asynccontextmanager
async def listening_at(till: Till) -> AsyncIterator[None]:
    """Let a till listen."""
    till.listening.line_is(up=True)
    task = asyncio.create_task(till.listening.run())
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        till.disk.stop()


async def heard(*answers: Answer) -> Till:
    """Let a till listen until all answers were given, and once more."""
    till = Till(*answers)
    async with listening_at(till):
        await till.done.wait()
    return till


def nothing(looked_ago_ms: int = 0) -> WaitAnswer:
    """Return that there was nothing new when the hub looked."""
    return WaitAnswer(newer=False, hub_ms=HUB_MS, looked_ms=HUB_MS - looked_ago_ms)


async def test_a_wait_without_news_says_when_the_hub_looked() -> None:
    """And the till listens all the time, from the beginning of the first wait."""
    till = await heard(nothing(400), nothing())
    assert till.told == [LISTENS, (HERE, HUB_MS - 400), (HERE, HUB_MS)]


async def test_news_are_fetched_before_it_is_waited_again() -> None:
    """From the cursor that was reached, or the old one would be answered at once."""
    till = await heard(WaitAnswer(newer=True, hub_ms=HUB_MS))
    assert (till.told, till.asked) == ([LISTENS, "news"], [HERE, FURTHER])


async def test_a_wait_proves_nothing_of_a_replica_that_went_elsewhere() -> None:
    """What the hub had beyond the old cursor says nothing of the new one."""

    def moving() -> WaitAnswer:
        till.goes_to(FURTHER)
        return nothing()

    till = Till(nothing(), moving, nothing())
    async with listening_at(till):
        await till.done.wait()
    assert till.told == [LISTENS, (HERE, HUB_MS), (FURTHER, HUB_MS)]


@pytest.mark.parametrize(
    "answer",
    [
        nothing(10_001),
        nothing(-1),
        WaitAnswer(newer=False, hub_ms=HUB_MS),
        Fault(trouble=Trouble.UNREACHABLE),
        Fault(trouble=Trouble.BUSY),
        Halt(reason=HaltReason.REVOKED),
    ],
    ids=["looked long ago", "will look", "never looked", "broke off", "too many wait", "served no more"],
)
async def test_who_hears_nothing_says_so(answer: Answer) -> None:
    """A hub that could not look proves nothing, and nobody listens in the pause after it."""
    till = await heard(answer, nothing())
    assert till.told == [LISTENS, DEAF, LISTENS, (HERE, HUB_MS)]


async def test_a_hub_that_asks_for_time_is_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """``Retry-After`` goes on top of the pause, as it does for all else."""
    given: list[int] = []

    def no_pause(_: int, __: int, retry_after_ns: int) -> int:
        given.append(retry_after_ns)
        return 0

    monkeypatch.setattr(listening, "backoff_ns", no_pause)
    await heard(Fault(trouble=Trouble.BUSY, retry_after_ns=7), Fault(trouble=Trouble.TIMEOUT), nothing(99_999))
    assert given == [7, 0, 0]


async def test_a_network_that_swallows_waits_is_not_relied_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first that nobody answered the clock looks as often as ever, until one is answered."""
    monkeypatch.setattr(listening, "_PATIENCE_S", 0.05)
    till = await heard(None, None, nothing(), nothing())
    assert till.told == [LISTENS, DEAF, (HERE, HUB_MS), LISTENS, (HERE, HUB_MS)]


async def test_a_line_that_is_down_does_not_listen() -> None:
    """What is under way may end; then it is waited until the line is up."""

    def going_down() -> WaitAnswer:
        till.listening.line_is(up=False)
        return nothing()

    till = Till(going_down, nothing())
    async with listening_at(till):
        await till.deaf.wait()
        assert (till.told, len(till.asked)) == ([LISTENS, (HERE, HUB_MS), DEAF], 1)
        till.listening.line_is(up=True)
        await till.done.wait()
    assert till.told[3:] == [LISTENS, (HERE, HUB_MS)]


def test_the_screen_has_it_without_a_look(shop: Shop) -> None:
    """The data are as fresh as the end of the wait says, and the feed was not asked for that."""
    then_ms = ms(shop.clock.now()) + AHEAD_MS
    shop.server.next(WAIT, saying(shop.server.say(WaitAnswer(newer=False, hub_ms=then_ms, looked_ms=then_ms))))
    shop.wait_until_once(lambda view: view.fresh_ms == then_ms)
    assert shop.server.count(FEED) <= TWO_LOOKS


@pytest.mark.parametrize(
    ("here", "has"),
    [
        (HERE, True),
        (FURTHER, True),
        (Cursor(epoch="one", numbers={0: 4, 1: 9}), False),
        (Cursor(epoch="one"), False),
        (Cursor(epoch="two", numbers={0: 5}), False),
    ],
    ids=["the same", "further", "behind", "nothing", "another epoch"],
)
def test_what_was_proved_counts_for_a_replica_that_has_as_much(here: Cursor, has: bool) -> None:  # noqa: FBT001
    """One that was fetched whole, or put aside, may be older than the one which was waited with."""
    assert _has(here, HERE) is has
