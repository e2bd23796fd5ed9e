"""Threads before a slow database: a short queue, and an end to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event as Signal

import pytest

from sync.hub.web.problems import Refused
from sync.hub.web.threads import Threads

PATIENCE_S = 30.0


@asynccontextmanager
async def held(threads: Threads) -> AsyncIterator[Signal]:
    """Keep a thread busy until the signal, or the end."""
    began, release = asyncio.Event(), Signal()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        assert release.wait(PATIENCE_S)

    holding = asyncio.ensure_future(threads.run(work))
    await began.wait()
    try:
        yield release
    finally:
        release.set()
        await holding
        threads.close()


async def refused_by(threads: Threads) -> Refused:
    """Return why work is not taken."""
    with pytest.raises(Refused) as caught:
        await threads.run(lambda: None)
    return caught.value


async def test_with_no_room_in_the_queue_the_answer_comes_at_once() -> None:
    """All hands full and the queue too: 503, and when to come back."""
    async with asyncio.timeout(PATIENCE_S), held(threads := Threads(1, 0, PATIENCE_S)):
        refused = await refused_by(threads)
        assert (refused.status_code, refused.name) == (503, "busy")
        assert 1 <= int((refused.headers or {})["retry-after"]) <= 5


async def test_nobody_stands_in_the_queue_for_long() -> None:
    """A place in the queue is given up while it is still of use to say so."""
    async with asyncio.timeout(PATIENCE_S), held(threads := Threads(1, 9, 0.02)):
        assert (await refused_by(threads)).name == "busy"


async def test_who_queues_is_served_when_a_thread_gets_free() -> None:
    """The queue is one: it moves on."""
    async with asyncio.timeout(PATIENCE_S), held(threads := Threads(1, 1, PATIENCE_S)) as release:
        queued = asyncio.ensure_future(threads.run(lambda: 7))
        release.set()
        assert await queued == 7


async def test_what_has_begun_is_done_though_nobody_waits_for_it() -> None:
    """A till that goes away does not cut a step in its middle, nor does its thread stay taken."""
    threads = Threads(1, 1, PATIENCE_S)
    loop, began, release, done = asyncio.get_running_loop(), asyncio.Event(), Signal(), Signal()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        assert release.wait(PATIENCE_S)
        done.set()

    asking = asyncio.ensure_future(threads.run(work))
    await began.wait()
    asking.cancel()
    release.set()
    async with asyncio.timeout(PATIENCE_S):
        assert await threads.run(done.is_set)
    threads.close()


async def test_an_error_is_whoever_asked_for_its() -> None:
    """What a step raises comes out where it was asked for, and the thread is free again."""
    threads = Threads(1, 0, PATIENCE_S)

    def fail() -> None:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await threads.run(fail)
    threads.close()
