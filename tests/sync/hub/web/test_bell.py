"""Waking those who wait: at once, in turns, and never for nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError
from sync.hub.kept import Counter
from sync.hub.news import Seen, Standing, seen
from sync.hub.web.bell import TURN, Bell, News
from tests.sync.hub.web.site import PATIENCE_S

AT_FIVE = Cursor(epoch="one", numbers={0: 5, 1: 2})
FIVE = Standing("one", {0: Counter(5, 77), 1: Counter(2, 8)})


class Looks:
    """Looks that a test gives, and a clock that counts them."""

    def __init__(self, *looks: Standing | StoreError) -> None:
        self.left = list(looks)
        self.ms = 0
        self.over = asyncio.Event()
        """When the last is being given for the first time."""
        self.bell = Bell(self._look, self._now_ms)

    def _now_ms(self) -> int:
        self.ms += 100
        return self.ms

    async def _look(self, before: Seen | None) -> Seen:
        found = self.left[0]
        if len(self.left) > 1:
            # The next one at once.
            self.bell.ring()
            self.left.pop(0)
        else:
            self.over.set()
        if isinstance(found, StoreError):
            raise found
        return seen(found, before, lambda _: None)

    async def waited(self, seconds: float = 0.1) -> News:
        """Wait a little beside the looks."""
        async with watched(self.bell):
            with self.bell.waiting(AT_FIVE) as rung:
                await asyncio.wait([rung], timeout=seconds)
            return self.bell.news(AT_FIVE)


@asynccontextmanager
async def watched(bell: Bell) -> AsyncIterator[None]:
    """Let a bell look at its hub."""
    watching = asyncio.create_task(bell.watch())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def test_who_waits_in_vain_hears_when_it_was_looked() -> None:
    """By the clock before the look: what was committed meanwhile may not be in it."""
    assert await Looks(FIVE).waited() == News(newer=False, looked_ms=100)


async def test_who_waits_hears_of_news_at_once() -> None:
    """With no time of a look, since there was something."""
    news = await Looks(Standing("one", {0: Counter(9, 1)})).waited(PATIENCE_S)
    assert news == News(newer=True)


async def test_a_database_that_is_away_proves_nothing() -> None:
    """Whoever waits goes home without news, and without a time at which there were none."""
    looks = Looks(StoreError("the database is away: wait"))
    assert await looks.waited() == News(newer=False, looked_ms=0)
    assert looks.ms == 100


async def test_a_database_that_stays_away_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """It is looked for twice a second; what is in the way is written once, and once that it is over."""
    caplog.set_level(logging.INFO)
    away, starting = StoreError("the database is away"), StoreError("the database is starting")
    looks = Looks(away, away, away, starting, Standing("one", {0: Counter(9, 1)}))
    async with watched(looks.bell):
        await looks.over.wait()
        with looks.bell.waiting(AT_FIVE) as rung:
            await rung
    assert [record.getMessage() for record in caplog.records] == [
        "nobody can look for news: the database is away",
        "nobody can look for news: the database is starting",
        "the database answers again",
    ]


async def test_news_of_the_last_moment_is_not_passed_over() -> None:
    """The time was over in the same turn in which the look came back."""
    looks = Looks(FIVE, Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}))
    await looks.bell._see()
    with looks.bell.waiting(AT_FIVE) as rung:
        await looks.bell._see()
        assert not rung.done()
    assert looks.bell.news(AT_FIVE) == News(newer=True)


async def test_a_crowd_is_woken_in_turns() -> None:
    """Who waited longest first, so that those who bring something find room; who was there already is left in peace."""
    looks = Looks(FIVE, Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}))
    await looks.bell._see()
    with ExitStack() as stack:
        crowd = [stack.enter_context(looks.bell.waiting(AT_FIVE)) for _ in range(2 * TURN + 1)]
        await looks.bell._see()
        there = stack.enter_context(looks.bell.waiting(Cursor(epoch="one", numbers={0: 6, 1: 2})))
        for woken in (TURN, 2 * TURN, 2 * TURN + 1, 2 * TURN + 1):
            looks.bell._wake()
            assert [rung.done() for rung in crowd] == [True] * woken + [False] * (len(crowd) - woken)
        assert not there.done()
        assert looks.bell.waiters == len(crowd) + 1
    assert looks.bell.waiters == 0


async def test_who_read_elsewhere_is_not_ahead_for_long() -> None:
    """Another process gave it what this one has not seen yet: one more look, and it waits as others do."""
    ahead = Cursor(epoch="one", numbers={0: 6, 1: 2})
    looks = Looks(FIVE, Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}))
    await looks.bell._see()
    with looks.bell.waiting(ahead) as rung:
        looks.bell._wake()
        assert not rung.done()
        await looks.bell._see()
        looks.bell._wake()
        assert not rung.done()
    assert looks.bell.news(ahead) == News(newer=False, looked_ms=200)


async def test_who_is_ahead_of_the_hub_is_sent_to_ask() -> None:
    """The database fell back, and nobody has begun another life of the history: the feed says what is wrong."""
    looks = Looks(FIVE)
    async with watched(looks.bell):
        with looks.bell.waiting(Cursor(epoch="one", numbers={0: 6, 1: 2})) as rung:
            await rung
    assert looks.bell.news(Cursor(epoch="one", numbers={0: 6, 1: 2})) == News(newer=True)


async def test_the_whole_crowd_is_woken_by_one_change() -> None:
    """One turn after another, though nothing more happens."""
    looks = Looks(FIVE, FIVE, Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}))
    await looks.bell._see()
    with ExitStack() as stack:
        crowd = [stack.enter_context(looks.bell.waiting(AT_FIVE)) for _ in range(5 * TURN)]
        async with watched(looks.bell):
            await asyncio.gather(*crowd)


async def test_at_the_end_everybody_goes_home() -> None:
    """Those who wait, and whoever comes still; no look is claimed, so that nobody comes again at once."""
    looks = Looks(FIVE)
    await looks.bell._see()
    with looks.bell.waiting(AT_FIVE) as before:
        looks.bell.close()
        with looks.bell.waiting(AT_FIVE) as after:
            assert before.done()
            assert after.done()
    assert looks.bell.news(AT_FIVE) == News(newer=False)


async def test_who_came_ahead_while_the_hub_was_looked_at_is_told_by_the_next_look() -> None:
    """The look under way may be older than what the reader has; the next is not, though it finds nothing changed."""
    begun, go, given = asyncio.Event(), asyncio.Event(), 0

    async def look(before: Seen | None) -> Seen:
        nonlocal given
        given += 1
        if given > 1:
            begun.set()
            await go.wait()
        return seen(FIVE, before, lambda _: None)

    bell = Bell(look, lambda: 0)
    async with watched(bell):
        bell.ring()
        await begun.wait()
        with bell.waiting(Cursor(epoch="one", numbers={0: 9, 1: 2})) as rung:
            go.set()
            await rung
    assert given > 1
