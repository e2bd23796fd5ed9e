"""Ten thousand tills before one hub box for two minutes, with an outage in the middle; nothing may be lost.

Everything is on one machine: two processes with five thousand tills each, the hub, and its database.
"""

import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec

from bench.crowd_tills import POLL_S, SALE_EVERY_S, Seen, key_of, name_of
from bench.hub_box import POSTGRES, HubBox, hub_box
from bench.process_load import peak_mb
from bench.series import MILLISECONDS, quantile, say
from sync.hub.audit import faults
from sync.hub.kept import Terminal

TILLS = 10_000
PROCESSES = 2
LASTS_S = 120.0
OUTAGE_AT_S, OUTAGE_S = 50.0, 20.0


class Storm(NamedTuple):
    """When the hub was away (``time.monotonic``), and the most memory it took before and after, in MB."""

    began_s: float
    ended_s: float
    peaks_mb: tuple[float, float]


def run() -> None:
    """Print what the crowd saw, and whether the hub has everything."""
    # Every till that asks has a socket at either end; ten thousand are more than a shell allows at first.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with hub_box(POSTGRES) as box, ExitStack() as stack:
        _enrol(box)
        say("", f"{TILLS:,} tills, a look every {POLL_S:.0f} s, a sale every {SALE_EVERY_S:.0f} s, for {LASTS_S:.0f} s")
        crowd = [_tills(box, stack, part) for part in range(PROCESSES)]
        storm = _storm(box)
        seen = [msgspec.json.decode(process.communicate()[0], type=Seen) for process in crowd]
        _print(seen, storm)
        _check(box, seen)


def _enrol(box: HubBox) -> None:
    with box.store.transaction() as transaction:
        for number in range(TILLS):
            public = key_of(number).public
            transaction.put_terminal(Terminal(terminal_id=name_of(number), public_key=public, store_id=name_of(number)))
        transaction.commit()


def _tills(box: HubBox, stack: ExitStack, part: int) -> "subprocess.Popen[bytes]":
    count = TILLS // PROCESSES
    numbers = (box.process.port, part * count, count, LASTS_S)
    command = [sys.executable, "-m", "bench.crowd_tills", *map(str, numbers)]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
    stack.callback(process.kill)
    return process


def _storm(box: HubBox) -> Storm:
    time.sleep(OUTAGE_AT_S)
    before_mb = peak_mb(box.process.pid)
    began_s = time.monotonic()
    box.process.kill()
    time.sleep(OUTAGE_S)
    box.process.start()
    ended_s = time.monotonic()
    time.sleep(LASTS_S - OUTAGE_AT_S - OUTAGE_S)
    return Storm(began_s, ended_s, (before_mb, peak_mb(box.process.pid)))


def _print(seen: Sequence[Seen], storm: Storm) -> None:
    say(f"{'':28} {'p50':>8} {'p95':>8} {'p99':>8} ms  {'asked':>7}")
    for name, asked in (("look", [s.pulls for s in seen]), ("push", [s.pushes for s in seen])):
        everything = [each for some in asked for each in some]
        _row(f"{name}, before the outage", [taken for at, taken in everything if at < storm.began_s])
        _row(f"{name}, after it", [taken for at, taken in everything if at >= storm.began_s])
    sold, drained_s = sum(len(each.events) for each in seen), max(each.drained_s for each in seen)
    failures = sum((Counter(each.failures) for each in seen), Counter[str]())
    say(f"{sold:,} sales; tries that came to nothing: {failures.total():,} {dict(failures)}")
    say(f"the last verdict {drained_s - storm.ended_s:.0f} s after the hub was back")
    say(f"hub, largest resident set: {storm.peaks_mb[0]:.0f} MB before the outage, {storm.peaks_mb[1]:.0f} MB after it")


def _row(name: str, taken: Sequence[float]) -> None:
    found = [quantile(taken, q) * MILLISECONDS.per_second for q in (0.5, 0.95, 0.99)] if taken else []
    numbers = " ".join(f"{each:8.1f}" for each in found)
    say(f"{name:28} {numbers} ms  {len(taken):>7,}")


def _check(box: HubBox, seen: Iterable[Seen]) -> None:
    sold = {event_id for each in seen for event_id in each.events}
    with box.store.reading() as reading:
        there = {logged.event.event_id for logged in reading.log()}
        wrong = faults(reading)
    assert not wrong, wrong[:5]
    waiting = {event_id for each in seen for event_id in each.waiting}
    lost, unknown = sold - waiting - there, there - sold
    say(f"lost: {len(lost)}, never sold: {len(unknown)}, still waiting on their tills: {len(waiting)} (aim: 0, 0, 0)")
    assert not lost
    assert not unknown
