"""What is news: rows that changed, and not the many events that change none."""

import asyncio
import logging

import pytest

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError
from sync.hub.kept import Counter
from sync.hub.web.bell import Bell, News, Standing, seen
from tests.sync.hub.web.site import PATIENCE_S

AT_FIVE = Cursor(epoch="one", numbers={0: 5, 1: 2})
FIVE = Standing("one", {0: Counter(5, 77), 1: Counter(2, 8)})


@pytest.mark.parametrize(
    ("now", "newer"),
    [
        (FIVE, False),
        (Standing("one", {0: Counter(6, 77), 1: Counter(9, 8)}), False),
        (Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}), True),
        (Standing("one", {0: Counter(5, 77), 1: Counter(2, 8), 2: Counter(1, 4)}), True),
        (Standing("one", {0: Counter(5, 77), 1: Counter(2, 8), 2: Counter(1, 0)}), False),
        (Standing("two", FIVE.counters), True),
        (Standing("one", {0: Counter(4, 77), 1: Counter(2, 8)}), True),
        (Standing("one", {0: Counter(5, 77)}), True),
    ],
    ids=["nothing", "no row", "a row", "a first row", "a first event", "another life", "fallen back", "gone"],
)
def test_news_is_a_row_that_changed(now: Standing, *, newer: bool) -> None:
    """Numbers of events that changed no row are none; a hub with less than the till had has to say how that came."""
    assert seen(now, seen(FIVE, None)).has_news(AT_FIVE) is newer


def test_who_is_behind_hears_of_it_until_it_has_asked() -> None:
    """A change is news for as long as a reader may be from before it, however many looks ago that was."""
    known = seen(FIVE, None)
    for number, checksum in ((6, 78), (7, 78), (8, 78)):
        known = seen(Standing("one", {0: Counter(number, checksum), 1: Counter(2, 8)}), known)
    assert known.has_news(AT_FIVE)
    assert not known.has_news(Cursor(epoch="one", numbers={0: 6, 1: 2}))
    assert not known.has_news(Cursor(epoch="one@store:7/1", numbers={0: 8, 1: 2}))


def test_whoever_comes_first_may_have_missed_something() -> None:
    """Before its first look a worker knows of no change, so everything counts as one."""
    known = seen(FIVE, None)
    assert known.has_news(Cursor(epoch="one", numbers={0: 4, 1: 2}))
    assert not known.has_news(AT_FIVE)


class Looks:
    """Looks that a test gives, and a clock that counts them."""

    def __init__(self, *looks: Standing | StoreError) -> None:
        self.left = list(looks)
        self.ms = 0
        self.bell = Bell(self._look, self._now_ms)

    def _now_ms(self) -> int:
        self.ms += 100
        return self.ms

    async def _look(self) -> Standing:
        found = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        if isinstance(found, StoreError):
            raise found
        return found

    async def waited(self, seconds: float = 0.1) -> News:
        """Wait a little beside the looks."""
        watching = asyncio.create_task(self.bell.watch())
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.bell.wait(AT_FIVE, seconds)
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
    watching = asyncio.create_task(looks.bell.watch())
    async with asyncio.timeout(PATIENCE_S):
        while "again" not in caplog.text:
            looks.bell.ring()
            await asyncio.sleep(0)
    watching.cancel()
    await asyncio.wait([watching])
    assert [record.getMessage() for record in caplog.records] == [
        "nobody can look for news: the database is away",
        "nobody can look for news: the database is starting",
        "the database answers again",
    ]


async def test_news_of_the_last_moment_is_not_passed_over() -> None:
    """The time was over in the same turn in which the look came back."""
    looks = Looks(FIVE, Standing("one", {0: Counter(6, 78), 1: Counter(2, 8)}))
    await looks.bell._see()
    waiting = asyncio.ensure_future(looks.bell.wait(AT_FIVE, 0))
    await looks.bell._see()
    assert await waiting == News(newer=True)
