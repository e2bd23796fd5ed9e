"""The server that leads is killed under load: with standbys in step nothing acknowledged is lost."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from threading import Thread
from typing import NamedTuple

import pytest

from sync.hub.audit import faults
from sync.hub.postgres.store import PostgresHubStore
from tests.ha.cluster import Cluster, until
from tests.support.postgres import NoServer
from tests.sync.hub.shop import hub_over

pytestmark = pytest.mark.ha

TILLS = ("t1", "t2", "t3", "t4")
AT_LEAST = 2_000
"""Events acknowledged before a server is killed, and again after."""
DEADLINE_S = 90.0


class Told(NamedTuple):
    """What writers were told: each event, its verdict and when."""

    lines: list[tuple[str, str, float]]

    def stall(self) -> float:
        """Return the longest time in which nothing was acknowledged, in seconds."""
        times = sorted(at for _, _, at in self.lines)
        return max(after - before for before, after in pairwise(times))


@contextmanager
def cluster(*, durable: bool) -> Iterator[Cluster]:
    """Run a cluster with a hub in it, or skip."""
    try:
        running = Cluster(durable=durable)
    except NoServer as missing:
        pytest.skip(str(missing))
    with running:
        with closing(PostgresHubStore(running.dsn)) as store:
            hub_over(store, *TILLS)
        yield running


@contextmanager
def writing(dsn: str) -> Iterator[Told]:
    """Let every till push through a hub in a process of its own; at the end all of them have ended."""
    told = Told([])

    def listen(process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            event_id, outcome = line.split()
            told.lines.append((event_id, outcome, time.monotonic()))

    command = (sys.executable, "-m", "tests.ha.writer", dsn)
    processes = [
        subprocess.Popen([*command, till], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for till in TILLS
    ]
    listeners = [Thread(target=listen, args=(process,)) for process in processes]
    try:
        for listener in listeners:
            listener.start()
        yield told
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait(DEADLINE_S) for process in processes] == [0] * len(TILLS)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for listener in listeners:
            listener.join()
        for process in processes:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.stdout.close()


def kill_the_leader(running: Cluster, told: Told) -> int:
    """Kill it once enough was acknowledged, and return it when enough was acknowledged by another."""
    before = len(told.lines)
    until(lambda: len(told.lines) >= before + AT_LEAST, "the writers do not get on")
    leader = running.leader()
    running.kill(leader)
    after = len(told.lines)
    running.wait_for_another(leader)
    until(lambda: len(told.lines) >= after + AT_LEAST, "nothing is acknowledged by the new leader")
    return leader


def test_nothing_acknowledged_is_lost_when_the_leader_is_killed_twice(
    record_property: Callable[[str, object], None],
) -> None:
    """What any hub acknowledged is in the log once, at every server that leads after; and the log has no gap."""
    with cluster(durable=True) as running:
        with writing(running.dsn) as told:
            for _ in range(2):
                killed = kill_the_leader(running, told)
                running.start(killed)
                running.wait_until_whole()
        with closing(PostgresHubStore(running.dsn)) as store, store.reading() as reading:
            assert faults(reading) == ()
            log = Counter(each.event.event_id for each in reading.log())
    acknowledged = {event_id for event_id, _, _ in told.lines}
    record_property("acknowledged", len(acknowledged))
    record_property("stall_s", round(told.stall(), 1))
    sys.stdout.write(f"{len(acknowledged)} acknowledged, longest stall {told.stall():.1f} s\n")
    assert acknowledged - set(log) == set()
    assert set(log.values()) == {1}
    assert {outcome for _, outcome, _ in told.lines} <= {"applied", "duplicate"}


def test_the_control_loses_what_no_standby_had() -> None:
    """Without waiting for standbys the same kill loses acknowledged events: so this harness would see a loss."""
    with cluster(durable=False) as running:
        with writing(running.dsn) as told:
            until(lambda: len(told.lines) >= AT_LEAST, "the writers do not get on")
            # Patroni makes the slots of standbys in its own time, and until then they try again every 5 s.
            until(lambda: len(running.receivers()) == 2, "no two standbys take what the leader writes")
            frozen = running.receivers()
            assert len(frozen) == 2
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            behind = len(told.lines) + AT_LEAST
            until(lambda: len(told.lines) >= behind, "the writers wait for standbys")
            leader = running.leader()
            running.kill(leader)
            for pid in frozen:
                # What stands in their sockets must not reach them: they find the end first when they go on.
                os.kill(pid, signal.SIGTERM)
                os.kill(pid, signal.SIGCONT)
            running.wait_for_another(leader)
            after = len(told.lines)
            until(lambda: len(told.lines) > after, "nothing is acknowledged by the new leader")
        with closing(PostgresHubStore(running.dsn)) as store, store.reading() as reading:
            log = {each.event.event_id for each in reading.log()}
    lost = {event_id for event_id, _, _ in told.lines} - log
    sys.stdout.write(f"{len(told.lines)} acknowledged, {len(lost)} lost\n")
    assert lost != set()
