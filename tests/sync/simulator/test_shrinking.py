"""A story that breaks is made shorter, and still breaks."""

import pytest

from sync.simulator.plan import Fault, drawn
from sync.simulator.shrinking import shrunk
from sync.simulator.world import run
from tests.sync.simulator.mutants import MUTANTS
from tests.sync.simulator.test_stories import SEEDS


@pytest.mark.parametrize(
    ("name", "fault"),
    [("acknowledged before the commit", Fault.HUB_CRASH), ("a cursor saved apart from the rows", Fault.TILL_CRASH)],
)
def test_what_is_left_is_what_matters(name: str, fault: Fault) -> None:
    """Of all faults the one that shows the mistake, of all tills a few; told again, it breaks in the same way."""
    parts = MUTANTS[name].parts
    some = tuple(each for each in Fault if each in {Fault.DELAY, Fault.OUTAGE, fault})
    plans = (drawn(seed, tills=9, steps=400, faults=some) for seed in SEEDS)
    found = next(report for plan in plans if (report := run(plan, parts)).broken)
    short = shrunk(found, parts)
    assert short.plan.faults == (fault,)
    assert short.plan.tills < found.plan.tills
    assert short.plan.steps <= found.steps
    assert run(short.plan, parts) == short


def test_there_is_an_end_to_it() -> None:
    """After so many tries the shortest so far is good enough; it has no step that came after the break."""
    parts = MUTANTS["an id made anew for a retry"].parts
    found = next(report for seed in SEEDS if (report := run(drawn(seed), parts)).broken)
    short = shrunk(found, parts, tries=0)
    assert short.plan.steps == min(found.steps, found.plan.steps)
    assert run(short.plan, parts).trace == found.trace
