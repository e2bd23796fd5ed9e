"""Pages of the feed, the next one on its way while the till writes the one before.

The hub and the line take as long over a page as the till does writing it. What follows a page is known when it is here:
the cursor that it carries. Should the till be elsewhere after all, since the rows did not add up or were of another
life, the page that was asked for is of no use and is asked for as if it had never been.
"""

import asyncio
from typing import Protocol

from pos_loyalty.core.feed import Cursor, FeedPage
from sync.client.faults import Fault
from sync.wire import Halt


class Feed(Protocol):
    """Who is asked."""

    async def feed(self, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt | Fault:
        """Ask for the page after ``cursor``."""


class ReadingAhead:
    """At most one page ahead. Belongs to one event loop."""

    def __init__(self, hub: Feed) -> None:
        self._hub = hub
        self._after = Cursor()
        self._page: asyncio.Task[FeedPage | Halt | Fault] | None = None

    async def feed(self, cursor: Cursor, settled_ms: int | None = None) -> FeedPage | Halt | Fault:
        """Return the page after ``cursor``. What ends this ends the asking too.

        A page that was asked for ahead says nothing of ``settled_ms``: while there is more to come, nobody needs it.
        """
        answer = await self._asked(cursor, settled_ms)
        if isinstance(answer, FeedPage) and answer.more and answer.rows:
            self._after = answer.cursor
            self._page = asyncio.create_task(self._hub.feed(answer.cursor), name="the page after")
        return answer

    def forget(self) -> None:
        """Ask for nothing ahead any more: the till is about to pause, or to end."""
        page, self._page = self._page, None
        if page is not None:
            page.cancel()

    async def _asked(self, cursor: Cursor, settled_ms: int | None) -> FeedPage | Halt | Fault:
        page, after = self._page, self._after
        if page is None or after != cursor:
            self.forget()
            return await self._hub.feed(cursor, settled_ms)
        self._page = None
        return await page
