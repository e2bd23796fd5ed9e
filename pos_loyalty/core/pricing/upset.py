"""Which discounts could leave the customer worse off, though nothing stands in their way.

A discount on several lines falls on them in proportion, to the last minor unit, or on the one with most left. What it
leaves in all never falls when more was left before; what it leaves on *one* of the lines may. So where somebody later
looks at some of these lines only, whatever changes them beforehand may be better left out: by a unit for a rounding,
by more where it turns a discount ``on = "line"`` to another line.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.programs import Discount, PerPoint, Target
from pos_loyalty.core.programs.program_set import Stage

_ON_ALL = (Target.ORDER, Target.PRODUCTS)
_order = attrgetter("order")


def find_upset(candidates: Iterable[Candidate]) -> set[Candidate]:
    """Return the rewards without which some later one might give more."""
    ordered = sorted(candidates, key=_order)
    masks = [_mask(candidate.lines) for candidate in ordered]
    found: set[Candidate] = set()
    for place, candidate in enumerate(ordered):
        if place and _falls_unevenly(candidate, ordered[place + 1 :], masks[place], masks[place + 1 :]):
            reach = masks[place]
            for earlier in range(place - 1, -1, -1):
                if masks[earlier] & reach:
                    found.add(ordered[earlier])
                    reach |= masks[earlier]
        if candidate.pools:
            found |= _pooling(place, ordered, masks)
    for sharing in budgets_shared(ordered):
        found.update(sharing[:-1])
    return found


def _pooling(place: int, ordered: Sequence[Candidate], masks: Sequence[int]) -> set[Candidate]:
    """Return the amounts for which the one at ``place`` leaves lines: which ones it leaves depends on who they are."""
    meeting = [i for i in range(place + 1, len(ordered)) if masks[i] & masks[place]]
    # One that follows alone gets what is best for it, and nobody else minds.
    return {ordered[i] for i in meeting if ordered[i].pools} if len(meeting) > 1 else set()


def budgets_shared(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Return rewards that draw on one budget, in their order: what one takes is lost to the next."""
    by_program: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=_order):
        if candidate.budget is not None:
            by_program.setdefault(candidate.plan.program.program_id, []).append(candidate)
    return [sharing for sharing in by_program.values() if len(sharing) > 1]


def _falls_unevenly(candidate: Candidate, later: Sequence[Candidate], mask: int, masks: Sequence[int]) -> bool:
    """Whether ``candidate`` falls on lines that one of ``later`` tells apart."""
    if candidate.plan.stage == Stage.UNITS or not candidate.lines[1:]:
        return False
    target = _target(candidate)
    if target is Target.CHEAPEST or isinstance(candidate.plan.reward, PerPoint):
        # It leaves no more for being on a dearer line. Only points may, when later discounts would have been on it.
        return isinstance(candidate.plan.reward, PerPoint) and any(other & mask for other in masks)
    return any(
        other & mask and (mask & ~other or _target(following) not in _ON_ALL)
        for following, other in zip(later, masks, strict=True)
    )


def _target(candidate: Candidate) -> Target | None:
    reward = candidate.plan.reward
    return reward.on if isinstance(reward, Discount) else None


def _mask(lines: Sequence[int]) -> int:
    mask = 0
    for i in lines:
        mask |= 1 << i
    return mask
