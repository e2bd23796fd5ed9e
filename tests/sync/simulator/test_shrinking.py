"""A story that breaks is made shorter, and still breaks."""

import pytest

from sync.simulator.plan import Fault, drawn
from sync.simulator.shrinking import shrunk
from sync.simulator.world import run
from tests.sync.simulator.mutants import MUTANTS


@pytest.mark.parametrize(
    ("name", "fault", "first"),
    [
        ("acknowledged before the commit", Fault.HUB_CRASH, 1),
        # From the story before, the search ends in a valley where a second fault is needed.
        ("a cursor saved apart from the rows", Fault.TILL_CRASH, 20),
    ],
)
def test_what_is_left_is_what_matters(name: str, fault: Fault, first: int) -> None:
    """Of all faults the one that shows the mistake, of all tills a few; told again, it breaks in the same way."""
    parts = MUTANTS[name].parts
    found = next(report for seed in range(first, 50) if (report := run(drawn(seed), parts)).broken)
    short = shrunk(found, parts)
    assert short.plan.faults == (fault,)
    assert short.plan.tills < found.plan.tills
    assert short.plan.steps <= found.steps
    assert run(short.plan, parts) == short


def test_there_is_an_end_to_it() -> None:
    """After so many tries the shortest so far is good enough; it has no step that came after the break."""
    parts = MUTANTS["an id made anew for a retry"].parts
    found = next(report for seed in range(50) if (report := run(drawn(seed), parts)).broken)
    short = shrunk(found, parts, tries=0)
    assert short.plan.steps == min(found.steps, found.plan.steps)
    assert run(short.plan, parts).trace == found.trace
