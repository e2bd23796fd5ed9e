"""Several processes over one file of SQLite, and one of them killed."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sync.hub.audit import faults
from tests.sync.hub.pusher import EVENTS, journal_of
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import Ids, Till, hub_over, issued, sale
from tests.sync.hub.stores import sqlite_hub

DEADLINE_S = 60.0
TILLS = ("t1", "t2", "t3")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a hub with three tills and a gift card."""
    path = tmp_path / "hub.db"
    store = sqlite_hub(path)
    hub = hub_over(store, *TILLS, "t0")
    till = Till("t0", Ids(500_000))
    till.did(sale(vouchers=[issued("CARD", 10)]), None)
    hub.push(till.request())
    store.close()
    return path


@pytest.fixture
def started() -> Iterator[ExitStack]:
    """Keep processes, and end them."""
    with ExitStack() as stack:
        yield stack


def start(stack: ExitStack, path: Path, terminal_id: str) -> "subprocess.Popen[str]":
    """Start a process that pushes the journal of one till."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.sync.hub.pusher", str(path), terminal_id], stdout=subprocess.PIPE, text=True
        )
    )
    stack.callback(process.kill)
    return process


def said(process: "subprocess.Popen[str]") -> list[list[str]]:
    """Return what a process was told until it ended: id, outcome and number of each event."""
    output, _ = process.communicate(timeout=DEADLINE_S)
    return [line.split() for line in output.splitlines() if line.count(" ") == 2]


def numbers_in(path: Path) -> dict[str, str]:
    """Return the number of each event in the log of a hub that is sound."""
    store = sqlite_hub(path)
    with store.reading() as reading:
        assert faults(reading) == ()
        log = {each.event.event_id: str(each.number) for each in reading.log()}
    replica = Replica(hub_over(store), "t1")
    replica.pull_all(50)
    assert {key: row.number for key, row in replica.rows.items()} == {k: r.number for k, r in rows_in(store).items()}
    store.close()
    return log


def test_processes_over_one_file_give_each_event_once(path: Path, started: ExitStack) -> None:
    """Three tills at three processes, and a fourth process with the journal of the first: once each, without a gap."""
    processes = [start(started, path, terminal_id) for terminal_id in (*TILLS, "t1")]
    told = [line for process in processes for line in said(process)]
    assert [process.returncode for process in processes] == [0] * 4
    log = numbers_in(path)
    assert len(log) == 1 + len(TILLS) * EVENTS
    assert {number for event_id, _, number in told if log[event_id] != number} == set()
    applied = Counter(event_id for event_id, outcome, _ in told if outcome == "applied")
    assert sorted(applied) == sorted(event.event_id for name in TILLS for event in journal_of(name).journal)
    assert set(applied.values()) == {1}


def test_a_process_that_is_killed_loses_nothing_it_was_told(path: Path, started: ExitStack) -> None:
    """Killed after any answer, and started again: what was acknowledged is there, at the number it was given."""
    told: list[list[str]] = []
    for answers in (1, 6, 13):
        process = start(started, path, "t1")
        beside = start(started, path, "t2")
        assert process.stdout is not None
        heard = [process.stdout.readline().split() for _ in range(answers)]
        process.kill()
        told += [*heard, *said(process), *said(beside)]
        log = numbers_in(path)
        assert [line for line in told if log.get(line[0]) != line[2]] == []
    told += said(start(started, path, "t1"))
    log = numbers_in(path)
    assert [line for line in told if log.get(line[0]) != line[2]] == []
    assert {event.event_id for event in journal_of("t1").journal} <= set(log)
