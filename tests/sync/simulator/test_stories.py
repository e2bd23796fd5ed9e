"""Stories of the real parts: everything holds, in each of them, and each is the same whenever it is told."""

import pytest

from sync.simulator.plan import Fault, drawn
from sync.simulator.world import run

SEEDS = range(50)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds(seed: int) -> None:
    """Whatever goes wrong, nothing acknowledged is lost or doubled, and in the end all tills have what the hub has."""
    report = run(drawn(seed))
    assert report.broken == "", "\n".join((*report.trace[-20:], report.broken))


def test_a_story_is_the_same_each_time() -> None:
    """Nothing but the seed decides."""
    assert run(drawn(3)) == run(drawn(3))
    assert run(drawn(3)).trace != run(drawn(4)).trace


def test_the_seeds_have_everything_that_can_go_wrong() -> None:
    """Each fault strikes in several of the stories, few tills and many."""
    plans = [drawn(seed) for seed in SEEDS]
    assert all(sum(fault in plan.faults for plan in plans) > 10 for fault in Fault)
    assert {plan.tills for plan in plans} >= {5}
    assert max(plan.tills for plan in plans) > 30


def test_what_is_given_is_not_drawn() -> None:
    """A story can be told with other numbers and fewer faults."""
    plan = drawn(1, tills=2, steps=7, faults=(Fault.CUT,))
    assert (plan.tills, plan.steps, plan.faults) == (2, 7, (Fault.CUT,))
