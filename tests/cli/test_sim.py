"""``pos-loyalty sim``: stories by seed, and what is said of one that breaks."""

import os
import shlex
import subprocess
import sys
from functools import partial

import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main, sim
from pos_loyalty.cli.exits import Exit
from sync.simulator.plan import drawn
from sync.simulator.shrinking import shrunk
from sync.simulator.world import run
from tests.sync.simulator.mutants import MUTANTS


def test_a_story_in_which_all_holds() -> None:
    """One line says so, and the exit code too."""
    outcome = CliRunner().invoke(main, ["sim", "--seed", "7", "--tills", "2", "--steps", "50"])
    assert outcome.exit_code == Exit.OK
    assert outcome.output.startswith("seed 7: 2 tills, ")
    assert outcome.output.endswith(" steps, all holds\n")


def test_many_stories_are_counted() -> None:
    """No line for each of them."""
    outcome = CliRunner().invoke(main, ["sim", "--seeds", "3", "--tills", "1", "--steps", "9"])
    assert outcome.output == "3 stories, 0 broken\n"


def test_what_happened_in_all_stories_is_counted() -> None:
    """A line each, of faults as they struck and of what people did; the last line is as ever."""
    outcome = CliRunner().invoke(main, ["sim", "--seeds", "2", "--tills", "2", "--faults", "outage", "--verbose"])
    *counts, last = outcome.output.splitlines()
    happened = {what: int(number.replace(",", "")) for number, what in (line.strip().split("  ", 1) for line in counts)}
    assert happened["outage"] > 2
    assert happened["VisitOpened"] > 0
    assert last == "2 stories, 0 broken"


def test_stories_are_the_same_however_many_are_told_at_once() -> None:
    """In processes of their own, in the order of their seeds."""
    told = ["sim", "--seeds", "7", "--tills", "1", "--steps", "9", "--trace"]
    alone, together = (CliRunner().invoke(main, [*told, "--jobs", jobs]) for jobs in ("1", "2"))
    assert together.output == alone.output
    assert together.output.endswith("7 stories, 0 broken\n")


def test_the_same_seed_is_the_same_bytes_in_every_process() -> None:
    """Whatever seed Python hashes texts with: no set decides what happens."""
    command = [sys.executable, "-m", "pos_loyalty", "sim", "--seed", "12", "--tills", "6", "--trace"]
    traces = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": each}, capture_output=True, check=True).stdout
        for each in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0].count(b"\n") > 300


def test_a_story_that_breaks_is_told_and_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    """What broke, the last steps, and a command for the short story, which breaks when it is typed; the code is 1."""
    parts = MUTANTS["an id made anew for a retry"].parts
    monkeypatch.setattr(sim, "run", partial(run, parts=parts))
    monkeypatch.setattr(sim, "shrunk", partial(shrunk, parts=parts))
    seed = next(seed for seed in range(50) if run(drawn(seed, tills=3, steps=200), parts).broken)
    outcome = CliRunner().invoke(main, ["sim", "--seed", str(seed), "--tills", "3", "--steps", "200"])
    assert outcome.exit_code == Exit.REFUSED
    whole, short = (line for line in outcome.output.splitlines() if line.startswith("  pos-loyalty sim"))
    assert whole.startswith(f"  pos-loyalty sim --seed {seed} ")
    again = CliRunner().invoke(main, shlex.split(short)[1:])
    assert again.exit_code == Exit.REFUSED
    assert "halted without cause: forked" in again.output


def test_a_fault_that_there_is_not() -> None:
    """The message names those that there are."""
    outcome = CliRunner().invoke(main, ["sim", "--faults", "cut,earthquake"])
    assert outcome.exit_code == Exit.USAGE
    assert "there is no 'earthquake'; there are drop, delay" in outcome.output
