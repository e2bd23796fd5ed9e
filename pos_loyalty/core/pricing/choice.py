"""The choice among rewards that do not all go together: the legal combination with which the customer pays least.

A combination is a set of rewards, applied in their fixed :data:`~pos_loyalty.core.pricing.candidate.Order`. It is
legal if every claimed reward is in it, every group keeps its mode, and at most one order-wide discount that does not
combine is in it. What is in nobody's way is always in it: no discount makes the rest dearer. So only what conflicts is
weighed, together with what it shares goods with, and order-wide discounts last, since they look at the sum alone.
docs/explanation/engine.md has the argument; the tests compare with brute force.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from pos_loyalty.core.evaluation import Reason
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.conflicts import Field, Slot, agree, are_in_conflict, find_slots, parts
from pos_loyalty.core.pricing.replay import Replay, Replayed
from pos_loyalty.core.programs import Mode
from pos_loyalty.core.programs.program_set import Stage

COMBINATIONS_MAX = 512
"""Weighed one by one where rewards are in each other's way; beyond, the search climbs, and says so."""
_ROUNDS_MAX = 3


class Chosen(NamedTuple):
    """The combination and its price, and what is not in it."""

    replayed: Replayed
    combinations: int
    optimal: bool
    excluded: dict[Candidate, Candidate]
    """What could have been given, and what it had to give way to."""
    refused: dict[Candidate, Reason]
    """Claims that give nothing by themselves."""


def choose(claimed: Sequence[Candidate], given: Sequence[Candidate], replay: Replay) -> Chosen:
    """Choose among ``given`` what goes best with ``claimed``, whose order is that of the claims."""
    accepted, excluded = agree(claimed)
    tried = replay.of(accepted)
    forced = [candidate for candidate in accepted if candidate not in tried.failed]
    free: list[Candidate] = []
    for candidate in given:
        rival = next((other for other in forced if are_in_conflict(candidate, other)), None)
        if rival is None:
            free.append(candidate)
        else:
            excluded[candidate] = rival
    free = _by_rule(free, excluded, replay)
    worlds = _Worlds(forced, replay)
    worlds.weigh([candidate for candidate in free if candidate.plan.mode is not Mode.EXCLUSIVE])
    for candidate in free:
        if candidate.plan.mode is Mode.EXCLUSIVE:
            worlds.weigh([candidate])
    best = worlds.best()
    chosen = {each.candidate for each in best.ticket.given}
    for candidate in free:
        if candidate not in chosen and candidate not in best.failed:
            excluded[candidate] = _in_the_way(candidate, best)
    return Chosen(best, worlds.combinations, worlds.optimal, excluded, tried.failed)


def _by_rule(free: list[Candidate], excluded: dict[Candidate, Candidate], replay: Replay) -> list[Candidate]:
    """Leave of each group whose mode is no choice the one that its rule names."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in free:
        if candidate.plan.mode in (Mode.FIRST, Mode.BEST_FOR_SHOP):
            groups.setdefault(candidate.plan.group, []).append(candidate)
    out: set[Candidate] = set()
    for members in groups.values():
        worth = [(replay.alone(candidate), candidate) for candidate in sorted(members, key=lambda each: each.order)]
        worth = [each for each in worth if each[0]]
        if worth:
            first = worth[0][1].plan.mode is Mode.FIRST
            kept = worth[0][1] if first else min(worth, key=lambda each: each[0])[1]
            out.update(candidate for candidate in members if candidate is not kept)
            excluded.update({candidate: kept for candidate in members if candidate is not kept})
    return [candidate for candidate in free if candidate not in out]


class _Combination(NamedTuple):
    """Rewards on goods that were given, the rewards on the whole order that go with them, and what is left to pay."""

    early: Replayed
    late: tuple[Candidate, ...]
    net: int


class _Worlds:
    """The best of what was weighed so far."""

    def __init__(self, forced: list[Candidate], replay: Replay) -> None:
        self._forced = forced
        self._replay = replay
        self._best: _Combination | None = None
        self.combinations = 0
        self.optimal = True

    def weigh(self, free: list[Candidate]) -> None:
        """Weigh the legal combinations of ``free``."""
        candidates = [*self._forced, *free]
        early = [candidate for candidate in candidates if candidate.plan.stage < Stage.ORDER]
        late = [candidate for candidate in candidates if candidate.plan.stage == Stage.ORDER]
        rivals = [candidate for candidate in late if candidate.plan.alone and candidate.claim is None]
        always = tuple(candidate for candidate in late if candidate not in rivals)
        field = find_slots(early, late, self._replay)
        picked = [slot.options[0] for slot in field.slots]
        found = self._price(field, picked, always, rivals)
        for part in parts(field, late, len(self._replay.shelf.lines)):
            complete = prod(len(field.slots[place].options) for place in part) <= COMBINATIONS_MAX
            self.optimal = self.optimal and complete
            for tried in (_all if complete else _climb)(field.slots, part, picked):
                priced = self._price(field, tried, always, rivals)
                if priced.net < found.net:
                    found = priced
                    # In place: the walk goes on from what is best so far.
                    picked[:] = tried
        # Strictly less: of equal prices the first is kept, and the first has no exclusive reward.
        if self._best is None or found.net < self._best.net:
            self._best = found

    def best(self) -> Replayed:
        """Return the best combination, with everything that belongs to it given."""
        if self._best is None:
            return self._replay.of(())
        done = self._replay.on(self._best.early.ticket.copy(), self._best.late)
        return Replayed(done.ticket, self._best.early.failed | done.failed)

    def _price(
        self,
        field: Field,
        picked: Sequence[tuple[Candidate, ...]],
        always: tuple[Candidate, ...],
        rivals: list[Candidate],
    ) -> _Combination:
        self.combinations += 1
        chosen = [candidate for option in picked for candidate in option]
        early = self._replay.of([*field.always, *chosen])
        allowed = [rival for rival in rivals if not any(are_in_conflict(rival, other) for other in chosen)]
        priced = _Combination(early, always, self._left(early, always))
        for rival in allowed:
            late = (*always, rival)
            net = self._left(early, late)
            if net < priced.net:
                priced = _Combination(early, late, net)
        return priced

    def _left(self, early: Replayed, late: tuple[Candidate, ...]) -> int:
        """Return what is left to pay after ``late``, without splitting a discount that nothing follows."""
        ticket = early.ticket
        if not late:
            return ticket.net
        if len(late) == 1:
            return ticket.net - self._replay.value(late[0], ticket)
        return self._replay.on(ticket.copy(), late).ticket.net


def _all(
    slots: Sequence[Slot], part: Sequence[int], picked: list[tuple[Candidate, ...]]
) -> Iterator[list[tuple[Candidate, ...]]]:
    """Try every combination of the options of ``part``; other slots stay as they are picked."""
    for options in product(*(slots[place].options for place in part)):
        tried = picked.copy()
        for place, option in zip(part, options, strict=True):
            tried[place] = option
        yield tried


def _climb(
    slots: Sequence[Slot], part: Sequence[int], picked: list[tuple[Candidate, ...]]
) -> Iterator[list[tuple[Candidate, ...]]]:
    """Change one slot at a time, going on from what is picked by then, until a whole round betters nothing."""
    for _ in range(_ROUNDS_MAX):
        before = picked.copy()
        for place in part:
            for option in slots[place].options:
                if option is not picked[place]:
                    tried = picked.copy()
                    tried[place] = option
                    yield tried
        if picked == before:
            return


def _in_the_way(candidate: Candidate, best: Replayed) -> Candidate:
    """Return what was given instead of ``candidate``: a rival, else what took its goods."""
    given = [each.candidate for each in best.ticket.given]
    rivals = [other for other in given if are_in_conflict(candidate, other)]
    sharing = [other for other in given if set(other.lines) & set(candidate.lines)]
    return (rivals + sharing + given)[0]
