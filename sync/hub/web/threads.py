"""Threads for what blocks: as many as the database likes, and a queue that is short and says so."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pos_loyalty.errors import whence
from sync.hub.web.problems import busy

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Threads:
    """A few threads, and a queue before them in which nobody stands for long.

    With a slow database an endless queue would only hold requests whose tills have long given up: they ask again, and
    the work is done twice.
    """

    def __init__(self, threads: int, queue_max: int, queue_s: float) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="hub-step")
        self._free = asyncio.Semaphore(threads)
        self._queue_max = queue_max
        self._queue_s = queue_s
        self._queued = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return what ``work`` returns, done in a thread.

        What has begun is done to its end, though nobody may be there any more to hear of it.

        Raises:
            Refused: all threads are busy, and so many wait already, or none gets free in time (503).
        """
        await self._take_turn()
        work_done = asyncio.get_running_loop().run_in_executor(self._executor, work)
        work_done.add_done_callback(self._end_turn)
        return await asyncio.shield(work_done)

    def close(self) -> None:
        """Take nothing more, and wait for what has begun."""
        self._executor.shutdown(cancel_futures=True)

    async def _take_turn(self) -> None:
        if self._free.locked() and self._queued >= self._queue_max:
            raise busy()
        self._queued += 1
        try:
            async with asyncio.timeout(self._queue_s):
                await self._free.acquire()
        except TimeoutError:
            raise busy() from None
        finally:
            self._queued -= 1

    def _end_turn(self, done: asyncio.Future[_T]) -> None:
        self._free.release()
        if not done.cancelled():
            # Whoever waited may be gone; an error is not to be called unheard then.
            done.exception()


async def every(seconds: float, threads: Threads, work: Callable[[], object]) -> None:
    """Do ``work`` in a thread now and then, until cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await threads.run(work)
        except Exception as error:  # noqa: BLE001 - the database is away, or busy; the next time it may not be
            _log.warning("work that is due every %g s was left out: %s", seconds, whence(error))
