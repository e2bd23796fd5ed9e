"""Waiting for news of the hub, so that what one till writes another shows within a second.

While a wait is under way the clock need not look. One that ends without news says more: up to when, by the hub's clock,
there was nothing beyond the cursor of the replica. It is believed if the replica is still there, and if the hub could
look: a worker without its database hears of no news.
"""

import asyncio
from secrets import randbelow
from typing import Final, Protocol

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import StoreError
from sync.client.faults import Fault
from sync.client.store_thread import StoreThread
from sync.engine.pauses import CHANCES, backoff_ns
from sync.engine.ports import TillReplica
from sync.wire import WAIT_S, Halt, WaitAnswer

_PATIENCE_S: Final = WAIT_S + 10
_PROGRESS_S: Final = 5.0
"""How long a pull that was begun for news may take to show it; longer ones go on, and are waited for no more."""
_BLIND_MS: Final = 10_000
"""A hub that has not looked for so long cannot: it looks twice a second. One that will look has another clock."""
_SECOND_NS: Final = 1_000_000_000


class Asking(Protocol):
    """The hub, as far as it is waited at."""

    async def wait(self, cursor: Cursor) -> WaitAnswer | Halt | Fault:
        """Wait until something is newer than ``cursor``, or until the hub's own patience ends."""


class Attentive(Protocol):
    """Who is told, in the thread of the line."""

    def listens(self, *, up: bool) -> None:
        """A wait is under way, or none is any more."""

    def news(self) -> None:
        """There is something newer."""

    def quiet(self, cursor: Cursor, looked_ms: int) -> None:
        """The replica is at ``cursor``, and at this time of the hub that was all there was."""


class Listening:
    """A long poll while the line is up. Belongs to one event loop."""

    def __init__(self, calls: Asking, replica: TillReplica, disk: StoreThread, ear: Attentive) -> None:
        self._calls = calls
        self._replica = replica
        self._disk = disk
        self._ear = ear
        self._up = asyncio.Event()
        self._pulled = asyncio.Event()
        self._listens = False
        self._retry_after_ns = 0
        self._is_heard = True
        """Whether a wait is answered on this network, as far as was seen; there are proxies that swallow it."""

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
            if not self._up.is_set():
                self._say(listens=False)
                await self._up.wait()
            if await self._has_listened():
                failures = 0
            else:
                failures += 1
                self._say(listens=False)
                pause_ns = backoff_ns(failures, randbelow(CHANCES), self._retry_after_ns)
                await asyncio.sleep(pause_ns / _SECOND_NS)

    async def _has_listened(self) -> bool:
        """Wait for news once, and see it arrive if there is any; return whether all went well."""
        self._retry_after_ns = 0
        try:
            cursor = await self._disk.do(self._replica.cursor)
            self._say(listens=self._is_heard)
            self._is_heard = False
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._calls.wait(cursor)
            # Only one that was swallowed is held against the network, not one that was refused.
            self._is_heard = True
            if not isinstance(answer, WaitAnswer):
                self._retry_after_ns = answer.retry_after_ns if isinstance(answer, Fault) else 0
                return False
            return await (self._is_fetched(cursor) if answer.newer else self._is_quiet(cursor, answer))
        except (TimeoutError, StoreError):
            return False

    async def _is_quiet(self, cursor: Cursor, answer: WaitAnswer) -> bool:
        """Say so if the replica is where it was; return whether the hub could look at all."""
        if not 0 <= answer.hub_ms - answer.looked_ms <= _BLIND_MS:
            return False
        if await self._disk.do(self._replica.cursor) == cursor:
            self._ear.quiet(cursor, answer.looked_ms)
        return True

    async def _is_fetched(self, cursor: Cursor) -> bool:
        """Have the line look, and wait until the cursor is another; the old one would be answered at once."""
        self._pulled.clear()
        self._ear.news()
        async with asyncio.timeout(_PROGRESS_S):
            while await self._disk.do(self._replica.cursor) == cursor:
                await self._pulled.wait()
                self._pulled.clear()
        return True

    def _say(self, *, listens: bool) -> None:
        if listens != self._listens:
            self._listens = listens
            self._ear.listens(up=listens)
