"""Waking those who wait for news.

Whoever waits costs a future and no thread. One task looks at the counters of the hub: at once when a push of this
process was committed, and twice a second for the pushes of others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import whence
from sync.hub.scopes import parted

LOOK_S: Final = 0.5
PAUSE_S: Final = 0.02
"""Between two looks: pushes come faster than anybody can read a page."""

_log = logging.getLogger(__name__)


class Standing(NamedTuple):
    """How far the hub is."""

    epoch: str
    numbers: dict[int, int]
    """Partition to number."""

    def is_beyond(self, cursor: Cursor) -> bool:
        """Return whether the feed may have anything for a reader at ``cursor``: it may be outside of its scope."""
        life, _ = parted(cursor.epoch)
        return life != self.epoch or any(number > cursor.at(partition) for partition, number in self.numbers.items())


class Bell:
    """Where waiters stand. All of it is one event loop's."""

    def __init__(self, look: Callable[[], Awaitable[Standing]]) -> None:
        self._look = look
        self._standing: Standing | None = None
        self._rung = asyncio.Event()
        self._news: asyncio.Future[None] | None = None
        self._closed = False
        self.waiters = 0

    def ring(self) -> None:
        """Say that something was committed here."""
        self._rung.set()

    async def watch(self) -> None:
        """Look at the hub until cancelled."""
        while not self._closed:
            self._rung.clear()
            try:
                await self._see()
            except Exception as error:  # noqa: BLE001 - the database is away; those who wait do so as without news
                _log.warning("nobody could look for news: %s", whence(error))
            await asyncio.sleep(PAUSE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._rung.wait()

    async def wait(self, cursor: Cursor, seconds: float) -> bool:
        """Return whether there is anything above ``cursor``, at once or within so many ``seconds``."""
        self.waiters += 1
        try:
            async with asyncio.timeout(seconds):
                while not self._closed:
                    if self._standing and self._standing.is_beyond(cursor):
                        return True
                    await asyncio.shield(self._next())
        except TimeoutError:
            pass
        finally:
            self.waiters -= 1
        return False

    def close(self) -> None:
        """Send everybody home: the process ends, and another worker answers when they ask again."""
        self._closed = True
        self._rung.set()
        self._tell()

    async def _see(self) -> None:
        seen = await self._look()
        if seen != self._standing:
            self._standing = seen
            self._tell()

    def _next(self) -> asyncio.Future[None]:
        if self._news is None:
            self._news = asyncio.get_running_loop().create_future()
        return self._news

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set_result(None)
            self._news = None
