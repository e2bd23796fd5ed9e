"""Waking those who wait for news.

Whoever waits costs a future and no thread. One task looks at the counters of the hub: at once when a push of this
process was committed, and twice a second for the pushes of others. Most events change no row, so numbers alone are no
news: the checksum of a partition says whether anything in it is another than before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError, whence
from sync.hub.kept import Counter
from sync.hub.scopes import parted

LOOK_S: Final = 0.5
PAUSE_S: Final = 0.02
"""Between two looks: pushes come faster than anybody can read a page."""

_log = logging.getLogger(__name__)


class Standing(NamedTuple):
    """How far the hub was at one look."""

    epoch: str
    counters: Mapping[int, Counter]
    """Of each partition that is not at its beginning."""


class News(NamedTuple):
    """What came of waiting."""

    newer: bool
    looked_ms: int = 0
    """When there was nothing newer, by the hub's clock; 0: nobody could look."""


class Seen(NamedTuple):
    """What is known of the rows of the hub, from one look to the next."""

    standing: Standing
    changed: dict[int, int]
    """Partition to a number above which no row was changed."""

    def has_news(self, cursor: Cursor) -> bool:
        """Return whether a reader at ``cursor`` has to ask: of rows that may be there, or how it came to be ahead.

        What is there may be outside of its scope.
        """
        life, _ = parted(cursor.epoch)
        return (
            life != self.standing.epoch
            or any(number > cursor.at(partition) for partition, number in self.changed.items())
            or any(number > self._number(partition) for partition, number in cursor.numbers.items())
        )

    def _number(self, partition: int) -> int:
        return self.standing.counters.get(partition, _BEGINNING).number


def seen(standing: Standing, before: Seen | None) -> Seen:
    """Return what is known after another look.

    A row that was changed since the one before has a new number, so that the checksum of its partition is another.
    """
    counters = standing.counters
    if before is None or before.standing.epoch != standing.epoch:
        return Seen(standing, {partition: counter.number for partition, counter in counters.items()})
    old = before.standing.counters
    changed = {p: each.number for p, each in counters.items() if each.checksum != old.get(p, _BEGINNING).checksum}
    return Seen(standing, before.changed | changed)


_BEGINNING: Final = Counter()


class Bell:
    """Where waiters stand. All of it is one event loop's."""

    def __init__(self, look: Callable[[], Awaitable[Standing]], now_ms: Callable[[], int]) -> None:
        self._look = look
        self._now_ms = now_ms
        self._seen: Seen | None = None
        self._looked_ms = 0
        self._rung = asyncio.Event()
        self._news: asyncio.Future[None] | None = None
        self._closed = False
        self.waiters = 0

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
            await asyncio.sleep(PAUSE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
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

    async def wait(self, cursor: Cursor, seconds: float) -> News:
        """Return whether there is anything above ``cursor``, at once or within so many ``seconds``."""
        self.waiters += 1
        try:
            async with asyncio.timeout(seconds):
                while not self._closed:
                    if self._has_news(cursor):
                        break
                    await asyncio.shield(self._next())
        except TimeoutError:
            pass
        finally:
            self.waiters -= 1
        # The last look may have been at the very moment at which the time was over.
        return News(newer=True) if self._has_news(cursor) else News(newer=False, looked_ms=self._looked_ms)

    def close(self) -> None:
        """Send everybody home: the process ends, and another worker answers when they ask again."""
        self._closed = True
        self._rung.set()
        self._tell()

    async def _see(self) -> None:
        # Before and not after: what is committed meanwhile may not be in it.
        looked_ms = self._now_ms()
        before, self._seen = self._seen, seen(await self._look(), self._seen)
        self._looked_ms = looked_ms
        if before is None or before.standing.epoch != self._seen.standing.epoch or before.changed != self._seen.changed:
            self._tell()

    def _has_news(self, cursor: Cursor) -> bool:
        return self._seen is not None and self._seen.has_news(cursor)

    def _next(self) -> asyncio.Future[None]:
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        return self._news

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set_result(None)
            self._news = None
