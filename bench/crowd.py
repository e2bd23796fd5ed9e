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

from bench.crowd_tills import OPENING_S, SALE_EVERY_S, Seen, key_of, name_of
from bench.hub_box import POSTGRES, HubBox, hub_box
from bench.process_load import cpu_s, peak_mb
from bench.series import MILLISECONDS, quantile, say
from sync.hub.audit import faults
from sync.hub.kept import Terminal

TILLS = 10_000
PROCESSES = 2
LASTS_S = 120.0
STEADY_AT_S, OUTAGE_AT_S, OUTAGE_S = 50.0, 65.0, 20.0
"""Shops have opened, and have waited once, when the steady time begins."""


class Storm(NamedTuple):
    """When the hub was away (``time.monotonic``), and what it took before and after."""

    steady_s: float
    began_s: float
    ended_s: float
    peaks_mb: tuple[float, float]
    """The most memory."""
    steady_share: float
    """Of one processor, while all tills were there and nothing was amiss."""
    after_share: float
    """From its return to the end of the time."""


def run() -> None:
    """Print what the crowd saw, and whether the hub has everything."""
    # Every till that waits has a socket at either end; ten thousand are more than a shell allows at first.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with hub_box(POSTGRES) as box, ExitStack() as stack:
        _enrol(box)
        say(
            "",
            f"{TILLS:,} tills, open within {OPENING_S:.0f} s, a sale every {SALE_EVERY_S:.0f} s, for {LASTS_S:.0f} s, "
            f"the hub away for {OUTAGE_S:.0f} s",
        )
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
    time.sleep(STEADY_AT_S)
    steady_s, before_s = time.monotonic(), cpu_s(box.process.pid)
    time.sleep(OUTAGE_AT_S - STEADY_AT_S)
    before_mb, steady_share = peak_mb(box.process.pid), _share(box, steady_s, before_s)
    began_s = time.monotonic()
    box.process.kill()
    time.sleep(OUTAGE_S)
    box.process.start()
    ended_s = time.monotonic()
    time.sleep(LASTS_S - OUTAGE_AT_S - OUTAGE_S)
    peaks_mb = before_mb, peak_mb(box.process.pid)
    return Storm(steady_s, began_s, ended_s, peaks_mb, steady_share, _share(box, ended_s, 0.0))


def _share(box: HubBox, since_s: float, used_s: float) -> float:
    return (cpu_s(box.process.pid) - used_s) / (time.monotonic() - since_s)


def _print(seen: Sequence[Seen], storm: Storm) -> None:
    say(f"{'':28} {'p50':>8} {'p95':>8} {'p99':>8} ms  {'asked':>7}")
    for name, asked in (("look", [s.looks for s in seen]), ("push", [s.pushes for s in seen])):
        everything = [each for some in asked for each in some]
        _row(f"{name}, all at rest", [taken for at, taken in everything if storm.steady_s <= at < storm.began_s])
        _row(f"{name}, after the outage", [taken for at, taken in everything if at >= storm.ended_s])
    failures = sum((Counter(each.failures) for each in seen), Counter[str]())
    say(f"tries that came to nothing: {failures.total():,} {dict(failures)}")
    say(f"after the hub was back: {_drained(seen, storm)}")
    say(
        f"hub: {storm.steady_share:.2f} of a processor at rest, {storm.after_share:.2f} after its return; "
        f"at most {storm.peaks_mb[0]:.0f} MB before, {storm.peaks_mb[1]:.0f} MB after; "
        f"the tills: {sum(each.cpu_s for each in seen):.0f} s of processors"
    )


def _drained(seen: Sequence[Seen], storm: Storm) -> str:
    """Return how fast what was sold until the hub was back had its verdicts."""
    verdicts = {name: at for each in seen for name, at in each.verdicts.items() if at >= storm.ended_s}
    sold = {name: at for each in seen for name, at in each.sold.items()}
    backlog = [at - storm.ended_s for name, at in verdicts.items() if sold[name] < storm.ended_s]
    late = [at - sold[name] for name, at in verdicts.items() if sold[name] >= storm.ended_s]
    if not backlog:
        return "nothing waited"
    half, most, last = (quantile(backlog, q) for q in (0.5, 0.95, 1.0))
    said = f"of {len(backlog):,} sales that waited half had verdicts after {half:.0f} s, 95 % after {most:.0f} s"
    later = f"; sales made since then waited {max(late):.0f} s at most" if late else ""
    return f"{said}, all after {last:.0f} s{later}"


def _row(name: str, taken: Sequence[float]) -> None:
    found = [quantile(taken, q) * MILLISECONDS.per_second for q in (0.5, 0.95, 0.99)] if taken else []
    numbers = " ".join(f"{each:8.1f}" for each in found)
    say(f"{name:28} {numbers} ms  {len(taken):>7,}")


def _check(box: HubBox, seen: Iterable[Seen]) -> None:
    sold = {event_id for each in seen for event_id in each.sold}
    waiting = sold - {event_id for each in seen for event_id in each.verdicts}
    with box.store.reading() as reading:
        there = {logged.event.event_id for logged in reading.log()}
        wrong = faults(reading)
    assert not wrong, wrong[:5]
    lost, unknown = sold - waiting - there, there - sold
    say(
        f"{len(sold):,} sales; lost: {len(lost)}, never sold: {len(unknown)}, "
        f"still waiting on their tills: {len(waiting)} (aim: 0, 0, 0)"
    )
    assert not lost
    assert not unknown
