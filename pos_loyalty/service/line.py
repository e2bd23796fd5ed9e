"""News of the hub: how the line is, and that members have changed. They come by themselves; nobody asks in a loop."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from pos_loyalty.errors import whence
from pos_loyalty.ports import Hub, LineView

REST_S = 0.2
"""A pull of a million rows tells of each of its pages; no screen needs to hear more than five times a second."""

_log = logging.getLogger(__name__)


class HubNews:
    """Tells of every change of the line and of the members behind it, from the event loop, one after another."""

    def __init__(self, hub: Hub | None, tell: Callable[[LineView], Awaitable[None]]) -> None:
        self._hub = hub
        self._tell = tell
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed, self._over = asyncio.Event(), asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Tell how the line is now and begin to listen; without a hub there is nothing to tell."""
        if self._hub is not None:
            self._loop = asyncio.get_running_loop()
            self._hub.on_change(self._wake)
            self._following = self._loop.create_task(self._follow(self._hub), name="hub news")

    async def stop(self) -> None:
        """Listen no more, once what is being told has been told."""
        self._loop = None
        self._over.set()
        self._changed.set()
        if self._following is not None:
            await self._following

    def _wake(self) -> None:
        # From any thread; the till may stop, and its loop close, at any moment.
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._changed.set)

    async def _follow(self, hub: Hub) -> None:
        while not self._over.is_set():
            self._changed.clear()
            try:
                await self._tell(hub.line())
            except Exception as error:  # noqa: BLE001 - what goes wrong with one piece of news ends none of the others
                # Where, but not what: the message of a foreign exception may hold the data it choked on.
                _log.error("news of the hub: %s", whence(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REST_S):
                    await self._over.wait()
            await self._changed.wait()
