"""A story that broke, made shorter as long as it still breaks: fewer faults, fewer tills, fewer steps."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from sync.simulator.plan import Plan, drawn
from sync.simulator.world import REAL, Parts, Report, run

_NEIGHBOURS: Final = 6
"""Seeds that each smaller plan is tried with: with less in it, the same seed is another story anyhow."""


def shrunk(report: Report, parts: Parts = REAL, tries: int = 400) -> Report:
    """Return the shortest story that was found and does not hold, by taking whatever helps first.

    It may break by something else than ``report``: whatever breaks is worth a look. ``tries`` bounds the time.
    """
    best = _ended(report)
    candidates = _smaller(best.plan)
    for _ in range(tries):
        plan = next(candidates, None)
        if plan is None:
            break
        tried = run(plan, parts)
        if tried.broken:
            best = _ended(tried)
            candidates = _smaller(best.plan)
    return best


def _ended(report: Report) -> Report:
    """Return the same story with no more steps before the peace than it took to break."""
    return replace(report, plan=replace(report.plan, steps=min(report.plan.steps, report.steps)))


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Yield smaller plans, each under its own seed first and then under some others."""
    for smaller in _shapes(plan):
        for seed in range(plan.seed, plan.seed + _NEIGHBOURS):
            # As whoever types its command gets it: all that is not named there is of the seed.
            yield drawn(seed, smaller.tills, smaller.steps, smaller.faults)


def _shapes(plan: Plan) -> Iterator[Plan]:
    """Yield plans with less in them, those with much less first."""
    for fault in plan.faults:
        yield replace(plan, faults=tuple(each for each in plan.faults if each is not fault))
    for tills in sorted({plan.tills // 2, plan.tills - 1} - {0}):
        yield replace(plan, tills=tills)
    for steps in sorted({plan.steps // 2, plan.steps * 7 // 8, plan.steps - 1} - {0}):
        yield replace(plan, steps=steps)
