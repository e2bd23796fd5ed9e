"""Many writers and a reader on one server, in threads and in processes of their own, and some of them killed."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.postgres.store import PostgresHubStore
from tests.sync.hub.pusher import EVENTS, journal_of
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import Ids, Till, hub_over, issued, outcomes, sale

DEADLINE_S = 60.0
WRITERS = 8
TILLS = [f"t{number}" for number in range(1, WRITERS + 1)]
BATCH = 5


@pytest.fixture
def started() -> Iterator[ExitStack]:
    """Keep processes, and end them."""
    with ExitStack() as stack:
        yield stack


def prepare(dsn: str) -> None:
    """Make a hub with its tills and a gift card that all of them use."""
    with closing(PostgresHubStore(dsn)) as store:
        hub = hub_over(store, *TILLS, "t0")
        till = Till("t0", Ids(50_000))
        till.did(sale(vouchers=[issued("CARD", 10)]), None)
        assert outcomes(hub.push(till.request())) == [Outcome.APPLIED]


def test_eight_writers_and_a_reader_on_the_same_partitions(store: PostgresHubStore) -> None:
    """While they write, every page is checked against the model; in the end nothing is missing, doubled or out of turn.

    All tills sell to the same three members, use one card and one limit: hardly a batch touches what no other does.
    """
    hub = hub_over(store, *TILLS)

    def push_all(terminal_id: str) -> list[str]:
        journal, taken = journal_of(terminal_id), []
        for start in range(0, EVENTS, BATCH):
            batch = journal.journal[start : start + BATCH]
            assert outcomes(hub.push(journal.request(*batch))) == [Outcome.APPLIED] * len(batch)
            taken += [event.event_id for event in batch]
        return taken

    def read_until(done: list[Future[list[str]]]) -> Replica:
        replica = Replica(hub, "t1")
        while not all(each.done() for each in done):
            replica.pull(7)
            with store.reading() as reading:
                counters = reading.counters()
                last = {place.partition: place.number for place in reading.places()}
                assert last == {partition: counter.number for partition, counter in counters.items()}
        return replica

    with ThreadPoolExecutor(WRITERS) as pool:
        pushed = [pool.submit(push_all, terminal_id) for terminal_id in TILLS]
        replica = read_until(pushed)
        acknowledged = [event_id for each in pushed for event_id in each.result()]
    replica.pull_all(50)
    assert {key: row.number for key, row in replica.rows.items()} == {k: r.number for k, r in rows_in(store).items()}
    with store.reading() as reading:
        assert sorted(each.event.event_id for each in reading.log()) == sorted(acknowledged)
        assert faults(reading) == ()


def test_processes_that_are_killed_lose_nothing_they_were_told(dsn: str, started: ExitStack) -> None:
    """Killed after any answer, beside others, and started again: each event is there once, at the number it was given.

    What a killed process had in work is undone by the server: nobody waits for its locks.
    """
    prepare(dsn)
    told: list[list[str]] = []
    for answers, victims in ((1, TILLS[:2]), (9, TILLS[1:3])):
        processes = [start(started, dsn, terminal_id) for terminal_id in victims]
        beside = start(started, dsn, TILLS[3])
        for process in processes:
            assert process.stdout is not None
            told += [process.stdout.readline().split() for _ in range(answers)]
            process.kill()
        told += [line for process in (*processes, beside) for line in said(process)]
    finished = [start(started, dsn, terminal_id) for terminal_id in TILLS[:3]]
    told += [line for process in finished for line in said(process)]
    assert [process.returncode for process in finished] == [0] * 3
    with closing(PostgresHubStore(dsn)) as store, store.reading() as reading:
        assert faults(reading) == ()
        log = {each.event.event_id: str(each.number) for each in reading.log()}
    assert [line for line in told if log.get(line[0]) != line[2]] == []
    applied = Counter(event_id for event_id, outcome, _ in told if outcome == "applied")
    assert set(applied.values()) == {1}
    wanted = {event.event_id for name in (*TILLS[:3], TILLS[3]) for event in journal_of(name).journal}
    assert len(log) == 1 + len(wanted)
    assert wanted <= set(log)


def start(stack: ExitStack, dsn: str, terminal_id: str) -> "subprocess.Popen[str]":
    """Start a process that pushes the journal of one till."""
    command = [sys.executable, "-m", "tests.sync.hub.pusher", dsn, terminal_id]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(process.kill)
    return process


def said(process: "subprocess.Popen[str]") -> list[list[str]]:
    """Return what a process was told until it ended: id, outcome and number of each event."""
    output, _ = process.communicate(timeout=DEADLINE_S)
    return [line.split() for line in output.splitlines() if line.count(" ") == 2]
