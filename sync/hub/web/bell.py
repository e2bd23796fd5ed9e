"""Waking those who wait for news.

Whoever waits costs a future and no thread. One task looks at the counters of the hub: at once when a push of this
process was committed, and twice a second for the pushes of others. What of that is news says :mod:`sync.hub.news`.

Whoever is woken asks for the feed at once. Ten thousand who are woken together would leave no room for those who bring
something; so they are woken in turns, who has waited longest first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final, NamedTuple

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError, whence
from sync.hub.news import Seen

LOOK_S: Final = 0.5
PAUSE_S: Final = 0.02
"""Between two looks, and two turns: pushes come faster than anybody can read a page."""
TURN: Final = 8
"""How many are woken at once: 400 a second, which is about what a process can give a page to."""

_log = logging.getLogger(__name__)


class News(NamedTuple):
    """What came of waiting."""

    newer: bool
    looked_ms: int = 0
    """When there was nothing newer, by the hub's clock; 0: nobody could look."""


class _Waiter(NamedTuple):
    cursor: Cursor
    rung: asyncio.Future[None]
    begun: int
    """Looks that were begun when it came."""


class Bell:
    """Where waiters stand. All of it is one event loop's."""

    def __init__(self, look: Callable[[Seen | None], Awaitable[Seen]], now_ms: Callable[[], int]) -> None:
        self._look = look
        self._now_ms = now_ms
        self._seen: Seen | None = None
        self._looked_ms = 0
        self._begun = self._ended = 0
        """Number of the look that was begun last, and of the last that saw something."""
        self._rung = asyncio.Event()
        self._waiting: dict[int, _Waiter] = {}
        """By when they came."""
        self._came = 0
        self._are_due = False
        """Whether somebody may wait for what is there already."""
        self._doubt = 0
        """Number of the look that judges who came ahead of what is known; 0: nobody did since."""
        self._closed = False

    @property
    def waiters(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ring(self) -> None:
        """Say that something was committed here."""
        self._rung.set()

    async def watch(self) -> None:
        """Look at the hub until cancelled."""
        trouble = ""
        while not self._closed:
            self._rung.clear()
            trouble, before = await self._trouble(), trouble
            # Twice a second for as long as a database is away: said when it begins, when it changes and when it ends.
            if trouble and trouble != before:
                _log.warning("nobody can look for news: %s", trouble)
            elif before and not trouble:
                _log.warning("the database answers again")
            self._wake()
            await asyncio.sleep(PAUSE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake_others()
                    await self._rung.wait()

    async def _trouble(self) -> str:
        """Look, and return what was in the way; those who wait then do so as without news."""
        try:
            await self._see()
        except StoreError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - what nobody expected must not end the looking
            return whence(error)
        return ""

    @contextmanager
    def waiting(self, cursor: Cursor) -> Iterator[asyncio.Future[None]]:
        """Wait in line for anything above ``cursor``: the future is done when it is this reader's turn to ask."""
        self._came += 1
        number, rung = self._came, asyncio.get_running_loop().create_future()
        self._waiting[number] = waiter = _Waiter(cursor, rung, self._begun)
        if self._closed or self._has_news(waiter):
            rung.set_result(None)
        elif self._seen is None or self._seen.has_less(cursor):
            # Another look, begun after it came, shows whether that is only because this process had not looked yet.
            self._doubt = self._begun + 1
            self._rung.set()
        try:
            yield rung
        finally:
            self._waiting.pop(number, None)

    def news(self, cursor: Cursor) -> News:
        """Return whether a reader who has waited at ``cursor`` should ask, as far as is known by now."""
        # At the end nobody looks any more, and whoever hears of no look makes a pause.
        if self._seen is None or self._closed:
            return News(newer=False)
        newer = self._seen.has_more(cursor) or self._seen.has_less(cursor)
        return News(newer=True) if newer else News(newer=False, looked_ms=self._looked_ms)

    def close(self) -> None:
        """Send everybody home: the process ends, and another worker answers when they ask again."""
        self._closed = True
        self._rung.set()
        for waiter in self._waiting.values():
            _tell(waiter)

    async def _see(self) -> None:
        # Before and not after: what is committed meanwhile may not be in it.
        looked_ms = self._now_ms()
        self._begun += 1
        number = self._begun
        before, self._seen = self._seen, await self._look(self._seen)
        self._looked_ms, self._ended = looked_ms, number
        if before is None or before.standing.epoch != self._seen.standing.epoch or before.changed != self._seen.changed:
            self._are_due = True
        if 0 < self._doubt <= number:
            self._are_due, self._doubt = True, 0

    async def _wake_others(self) -> None:
        """Let one turn follow another, until something was committed here."""
        while self._are_due and not self._rung.is_set():
            self._wake()
            await asyncio.sleep(PAUSE_S)

    def _wake(self) -> None:
        """Wake those whose turn it is."""
        due = (each for each in self._waiting.values() if not each.rung.done() and self._has_news(each))
        turn = list(islice(due, TURN)) if self._are_due else []
        for waiter in turn:
            _tell(waiter)
        self._are_due = len(turn) == TURN

    def _has_news(self, waiter: _Waiter) -> bool:
        if self._seen is None:
            return False
        return self._seen.has_more(waiter.cursor) or (self._ended > waiter.begun and self._seen.has_less(waiter.cursor))


def _tell(waiter: _Waiter) -> None:
    if not waiter.rung.done():
        waiter.rung.set_result(None)
