"""Waiting for news of the hub, so that what one till writes another shows within a second."""

import asyncio
from collections.abc import Callable
from secrets import randbelow
from typing import Final

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError
from sync.client.calls import HubCalls
from sync.client.store_thread import StoreThread
from sync.engine.pauses import CHANCES, backoff_ns
from sync.engine.ports import TillReplica
from sync.wire import WAIT_S

_PATIENCE_S: Final = WAIT_S + 10
_PROGRESS_S: Final = 5.0
"""How long a pull that was begun for news may take to show it; longer ones go on, and are waited for no more."""
_SECOND_NS: Final = 1_000_000_000


class Listening:
    """A long poll while the line is up. Belongs to one event loop."""

    def __init__(self, calls: HubCalls, replica: TillReplica, disk: StoreThread, hint: Callable[[], None]) -> None:
        self._calls = calls
        self._replica = replica
        self._disk = disk
        self._hint = hint
        self._up = asyncio.Event()
        self._pulled = asyncio.Event()

    def line_is(self, *, up: bool) -> None:
        """Begin to listen, or make a pause after what is under way."""
        if up:
            self._up.set()
        else:
            self._up.clear()

    def pulled(self) -> None:
        """Take note that rows, or at least a cursor, are on disk."""
        self._pulled.set()

    async def run(self) -> None:
        """Listen until cancelled. What goes wrong is asked again after a pause that grows."""
        failures = 0
        while True:
            await self._up.wait()
            failures = 0 if await self._has_listened() else failures + 1
            if failures:
                await asyncio.sleep(backoff_ns(failures, randbelow(CHANCES)) / _SECOND_NS)

    async def _has_listened(self) -> bool:
        """Wait for news once and see it arrive; return whether both went well."""
        try:
            cursor = await self._disk.do(self._replica.cursor)
            async with asyncio.timeout(_PATIENCE_S):
                newer = await self._calls.wait(cursor)
            if not isinstance(newer, bool):
                return False
            return not newer or await self._is_fetched(cursor)
        except (TimeoutError, StoreError):
            return False

    async def _is_fetched(self, cursor: Cursor) -> bool:
        """Have the line look, and wait until the cursor is another; the old one would be answered at once."""
        self._pulled.clear()
        self._hint()
        async with asyncio.timeout(_PROGRESS_S):
            while await self._disk.do(self._replica.cursor) == cursor:
                await self._pulled.wait()
                self._pulled.clear()
        return True
