"""A million members for a new till: prepared by the hub, fetched and put in place, beside the same by the feed."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from bench.hub_box import POSTGRES, HubBox, hub_box, open_hub
from bench.hub_till import HubTill
from bench.process_load import peak_mb
from bench.series import say
from bench.traffic import small_members
from pos_loyalty.core.feed import RowKind
from pos_loyalty.store import snapshot
from sync.client.bootstrap import Bootstrap, Fetched
from sync.client.store_thread import StoreThread
from sync.hub import snapshots
from sync.wire import SnapshotOffer

MEMBERS = 1_000_000
ROUNDS = 3


class Built(NamedTuple):
    """What the hub did."""

    seconds: float
    peak_mb: float
    offer: SnapshotOffer


class Ready(NamedTuple):
    """How long a till took, in seconds: to fetch, from the last byte until it knew a card, and both by the feed."""

    fetch_s: float
    ready_s: float


def run() -> None:
    """Print what the hub and a till need for it."""
    with hub_box(POSTGRES) as box:
        say("", f"putting {MEMBERS:,} members into the hub")
        box.publish(RowKind.MEMBER, ((member.member_id, member) for member in small_members(MEMBERS)))
        built = _alone(box)
        offer = built.offer
        say(f"hub: built in {built.seconds:.1f} s (aim: at most 60), with {built.peak_mb:.0f} MB at most")
        say(f"{offer.packed_bytes / 1e6:.0f} MB packed, {offer.unpacked_bytes / 1e6:.0f} MB on the till")
        tills = []
        for number in range(ROUNDS):
            tills.append(asyncio.run(_fetched(box, offer)))
            say(f"till {number + 1}: fetched in {tills[-1].fetch_s:.2f} s, ready {tills[-1].ready_s:.2f} s later")
        feed_s = asyncio.run(_fed_s(box))
        whole = sorted(feed_s / (till.fetch_s + till.ready_s) for till in tills)
        ready = sorted(feed_s / till.ready_s for till in tills)
        say(f"the same by the feed, page by page: {feed_s:.1f} s")
        say(f"{whole[ROUNDS // 2]:.0f} x that of the whole, {ready[ROUNDS // 2]:.0f} x from the last byte (aim: 50)")


def _alone(box: HubBox) -> Built:
    # A process of its own, as the command is: its highest memory use is then the builder's.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_built, box.database, box.process.snapshots).result()


def _built(database: str, folder: Path) -> Built:
    with closing(open_hub(database)) as store:
        began = time.perf_counter()
        now_ms = time.time_ns() // 1_000_000
        replica = snapshots.Replica(snapshot.build, snapshot.SCHEMA)
        offer = snapshots.build(store, folder, replica, now_ms, lambda *_: None)
        return Built(time.perf_counter() - began, peak_mb(os.getpid()), offer)


async def _fetched(box: HubBox, expected: SnapshotOffer) -> Ready:
    async with HubTill(box) as till, _Disk() as disk:
        install: Callable[[Path], None] = till.store.replica.install
        bootstrap = Bootstrap(till.calls, disk, till.store.folder, snapshot.SCHEMA, install)
        here: list[float] = []
        bootstrap.on_progress = lambda: here.append(time.perf_counter()) if bootstrap.percent == 100 else None
        offer = await bootstrap.offer()
        assert offer == expected
        began = time.perf_counter()
        assert await bootstrap.fetch(offer) is Fetched.INSTALLED
        assert till.store.lookup(f"PL-{MEMBERS - 1:07d}")
        return Ready(here[0] - began, time.perf_counter() - here[0])


class _Disk(StoreThread):
    async def __aenter__(self) -> StoreThread:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()


async def _fed_s(box: HubBox) -> float:
    async with HubTill(box) as till:
        began = time.perf_counter()
        assert await till.pull_all() == MEMBERS
        assert till.store.lookup(f"PL-{MEMBERS - 1:07d}")
        return time.perf_counter() - began
