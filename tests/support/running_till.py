"""A real till service in this process: store, till, server on a Unix socket, and a client of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.offline import OfflinePolicy
from pos_loyalty.ports import Clock, Hub, Store
from pos_loyalty.service.api import build_app
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.passes import PassFiles
from pos_loyalty.service.server import serve
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import Shop, TillView
from tests.support.small_shop import SHOP, ManualClock

DEADLINE_S = 30.0
NO_FILES = PassFiles()
NO_CREDIT = OfflinePolicy()


class RunningTill:
    """What a test needs of it."""

    def __init__(self, till: Till, client: TillClient, socket: Path) -> None:
        self.till = till
        self.client = client
        self.socket = socket

    async def view_when(self, holds: Callable[[TillView], bool]) -> TillView:
        """Return the first view for which ``holds`` is true, from now on; fail after ``DEADLINE_S``."""
        async with asyncio.timeout(DEADLINE_S):
            async for view in self.client.watch():
                if holds(view):
                    return view
        raise AssertionError("the stream ended before the view came")


@asynccontextmanager
async def running(
    store: Store,
    socket: Path,
    *,
    clock: Clock | None = None,
    shop: Shop = SHOP,
    pass_files: PassFiles = NO_FILES,
    hub: Hub | None = None,
    offline: OfflinePolicy = NO_CREDIT,
) -> AsyncIterator[RunningTill]:
    """Run a till over ``store`` behind ``socket`` for as long as the block lasts. The store stays open."""
    till = Till(
        store,
        shop,
        clock or ManualClock(),
        RandomIds(),
        recogniser(SHOP_AS_DELIVERED),
        pass_files=pass_files,
        hub=hub,
        offline=offline,
    )
    await till.start()
    stop, ready = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        serve(build_app(till), socket, allowed_uids=frozenset({os.getuid()}), ready=ready.set, stop=stop)
    )
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.wait({asyncio.ensure_future(ready.wait()), serving}, return_when=asyncio.FIRST_COMPLETED)
    async with TillClient(socket) as client:
        try:
            yield RunningTill(till, client, socket)
        finally:
            await till.stop()
            stop.set()
            await serving
