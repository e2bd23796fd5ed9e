"""Filling a replica with a million members: time, size on disk and memory, against making the same members."""

import os
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.process_load import peak_mb
from bench.series import say
from bench.stores import CACHE, LARGE, TODAY, load, open_store
from pos_loyalty.sample.shop import sample_shop


class Took(msgspec.Struct, frozen=True):
    """What one run took."""

    seconds: float
    peak_mb: float
    disk_mb: float = 0.0


def run() -> None:
    """Print one run each: they take minutes, and their ratio is steady enough."""
    CACHE.mkdir(exist_ok=True)
    floor, loaded = _alone(_made), _alone(_loaded)
    say("", f"load of a replica of {LARGE:,} members", f"{'':36} {'s':>6} {'peak RSS':>10} {'on disk':>10}   x floor")
    say(f"{'floor: make and encode the members':36} {floor.seconds:6.1f} {floor.peak_mb:7.0f} MB")
    ratio = loaded.seconds / floor.seconds
    say(f"{'load':36} {loaded.seconds:6.1f} {loaded.peak_mb:7.0f} MB {loaded.disk_mb:7.0f} MB   {ratio:.2f}")


def _alone(task: Callable[[], Took]) -> Took:
    # The highest memory use is kept per process and never falls, so each task has a process of its own.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task).result()


def _made() -> Took:
    encode, began = msgspec.json.Encoder().encode, time.perf_counter()
    deque((encode(member) for member in sample_shop(LARGE, today=TODAY).members), maxlen=0)
    return Took(time.perf_counter() - began, peak_mb(os.getpid()))


def _loaded() -> Took:
    with TemporaryDirectory(prefix="load-", dir=CACHE) as name, closing(open_store(Path(name) / "store")) as store:
        began = time.perf_counter()
        load(store, LARGE)
        seconds = time.perf_counter() - began
        return Took(seconds, peak_mb(os.getpid()), (store.folder / "replica.db").stat().st_size / 1e6)
