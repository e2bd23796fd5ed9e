"""Each mistake that looks like a good idea is found by the stories in which the real parts do well."""

import re

import pytest

from sync.simulator.plan import drawn
from sync.simulator.world import Parts, run
from tests.sync.simulator.mutants import MUTANTS, NumberingHub
from tests.sync.simulator.test_stories import SEEDS

ENOUGH = 100
"""Seeds within which each has to be found."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_found(name: str) -> None:
    """One of the seeds that are green with the real parts breaks, and by what the mistake does."""
    parts, shows, near = MUTANTS[name]
    seeds = (*range(near, ENOUGH), *range(near))
    broken = next((report.broken for seed in seeds if (report := run(drawn(seed), parts)).broken), "")
    assert re.search(shows, broken), broken


@pytest.mark.parametrize("seed", SEEDS[:10])
def test_it_is_the_mistake_that_is_found(seed: int) -> None:
    """What the two cursors are built on does well by itself, without checksums and with a cursor of its own."""
    assert run(drawn(seed), Parts(hub=NumberingHub)).broken == ""
