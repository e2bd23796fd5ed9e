"""Which discounts could leave the customer worse off, though nothing stands in their way.

A discount on several lines falls on them in proportion, to the last minor unit, or on the one with most left. What it
leaves in all never falls when more was left before; what it leaves on *one* of the lines may. So where somebody later
looks at some of these lines only, whatever changes them beforehand may be better left out: by a unit for a rounding,
by more where it turns a discount ``on = "line"`` to another line.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import attrgetter, or_

from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.programs import Discount, PerPoint, Target
from pos_loyalty.core.programs.program_set import Stage

_ON_ALL = (Target.ORDER, Target.PRODUCTS)
_order = attrgetter("order")


def find_upset(candidates: Iterable[Candidate]) -> set[Candidate]:
    """Return the rewards without which some later one might give more."""
    ordered = sorted(candidates, key=_order)
    found: set[Candidate] = set()
    if not all(_is_on_the_same(candidate, ordered[0]) for candidate in ordered):
        found |= _shifting(ordered)
    for sharing in budgets_shared(ordered):
        found.update(sharing[:-1])
    return found


def _is_on_the_same(candidate: Candidate, first: Candidate) -> bool:
    """Whether a discount falls on the very lines of ``first``: among such ones nobody tells lines apart."""
    on_all = _target(candidate) in _ON_ALL and not isinstance(candidate.plan.reward, PerPoint)
    return on_all and candidate.lines is first.lines


def _shifting(ordered: Sequence[Candidate]) -> set[Candidate]:
    masks = [_mask(candidate.lines) for candidate in ordered]
    later = _Later(ordered, masks)
    found: set[Candidate] = set()
    reach = 0
    for place in reversed(range(len(ordered))):
        candidate = ordered[place]
        if masks[place] & reach:
            # It changes what one falls on that falls unevenly, perhaps through a third.
            found.add(candidate)
            reach |= masks[place]
        elif _falls_unevenly(place, ordered, masks, later):
            reach |= masks[place]
        if candidate.pools:
            found |= _pooling(place, ordered, masks)
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


class _Later:
    """Which rewards look at a line. Those on everything are kept apart: they tell no lines from each other."""

    def __init__(self, ordered: Sequence[Candidate], masks: Sequence[int]) -> None:
        self._everything = reduce(or_, masks, 0)
        self._masks = masks
        self._last_on_all = -1
        self._partial: list[int] = []
        self._by_line: dict[int, list[int]] = {}
        for place, candidate in enumerate(ordered):
            if masks[place] == self._everything and _target(candidate) in _ON_ALL:
                self._last_on_all = place
                continue
            self._partial.append(place)
            for i in candidate.lines:
                self._by_line.setdefault(i, []).append(place)

    def any_after(self, place: int, candidate: Candidate) -> bool:
        """Whether any reward after ``place`` looks at the lines of ``candidate``."""
        return self._last_on_all > place or bool(self.partial_after(place, candidate))

    def partial_after(self, place: int, candidate: Candidate) -> Iterable[int]:
        """Return the rewards after ``place`` that look at some of the lines of ``candidate``, but not at all lines."""
        if self._masks[place] == self._everything:
            return self._partial[bisect_right(self._partial, place) :]
        return {other for i in candidate.lines for other in self._by_line.get(i, ()) if other > place}


def _falls_unevenly(place: int, ordered: Sequence[Candidate], masks: Sequence[int], later: _Later) -> bool:
    """Whether the one at ``place`` falls on lines that a later one tells apart."""
    candidate, mask = ordered[place], masks[place]
    if candidate.plan.stage == Stage.UNITS or not candidate.lines[1:]:
        return False
    if isinstance(candidate.plan.reward, PerPoint):
        # It leaves no more for being on a dearer line; but later discounts might have been on what points paid.
        return later.any_after(place, candidate)
    if _target(candidate) is Target.CHEAPEST:
        return False
    return any(
        mask & ~masks[other] or _target(ordered[other]) not in _ON_ALL
        for other in later.partial_after(place, candidate)
    )


def _target(candidate: Candidate) -> Target | None:
    reward = candidate.plan.reward
    return reward.on if isinstance(reward, Discount) else None


def _mask(lines: Sequence[int]) -> int:
    mask = 0
    for i in lines:
        mask |= 1 << i
    return mask
