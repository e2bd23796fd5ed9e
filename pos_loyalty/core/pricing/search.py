"""The search through combinations: all of what is in each other's way where that can be done, else uphill."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.conflicts import Field, Option, Part, Slot, are_in_conflict, survey
from pos_loyalty.core.pricing.replay import Replay, Replayed
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import Mode
from pos_loyalty.core.programs.program_set import Stage

COMBINATIONS_MAX = 512
"""Weighed one by one where rewards are in each other's way; beyond, the search climbs, and says so."""
TURNS_MIN = 200
_TURNS_SHARED = 14_000
"""Turns of rewards that a basket may take before the search makes do: so many shared by its rewards, since a turn among
many costs more, but never fewer than the least. That keeps the figures of docs/explanation/speed.md."""
_NOT_WEIGHED = 1 << 62


class _Combination(NamedTuple):
    """Rewards on goods that were given, the rewards on the whole order that go with them, and what is left to pay."""

    early: Replayed
    late: tuple[Candidate, ...]
    net: int
    """Less the gifts, here and below: by it combinations are compared."""


class Worlds:
    """The best of what was weighed so far."""

    def __init__(self, forced: list[Candidate], replay: Replay) -> None:
        self._forced = forced
        self._replay = replay
        self._turns_max = TURNS_MIN
        self._best = _Combination(replay.of(()), (), _NOT_WEIGHED)
        self._tried: dict[Candidate, Given | Reason] = {}
        self.combinations = 0
        self.optimal = True

    def weigh(self, free: list[Candidate]) -> None:
        """Weigh the legal combinations of ``free``."""
        candidates = [*self._forced, *free]
        early = [candidate for candidate in candidates if candidate.plan.stage < Stage.ORDER]
        late = [candidate for candidate in candidates if candidate.plan.stage == Stage.ORDER]
        self._turns_max = self._replay.turns + max(TURNS_MIN, _TURNS_SHARED // max(1, len(early)))
        field = survey(early, late, self._replay)
        wide = self._selections(field)
        picked = [self._best_of(part) for part in sorted(field.parts, key=_work)]
        found = self._finish(picked, wide)
        if not field.apart:
            found = self._together(field, picked, found, wide)
        # Strictly less: of equal prices the first is kept, and the first has no exclusive reward.
        if found.net < self._best.net:
            self._best = found

    def stages(self) -> tuple[Ticket, tuple[Candidate, ...]]:
        """Return the best combination as it is before the rewards on the whole order, and those rewards."""
        return self._best.early.ticket, self._best.late

    def best(self) -> Replayed:
        """Return the best combination, with everything that belongs to it given."""
        if not self._best.late:
            return self._best.early
        done = self._replay.on(self._best.early.ticket.copy(), self._best.late)
        return Replayed(done.ticket, self._best.early.failed | done.failed)

    def outcome(self, candidate: Candidate) -> Given | Reason:
        """Return what came of ``candidate`` when it was last tried, by itself if it never was."""
        return self._tried.get(candidate) or self._replay.turn(candidate, self._replay.blank())

    def _best_of(self, part: Part) -> tuple[Candidate, ...]:
        """Return the rewards of one part with which its goods cost least."""
        if not part.slots:
            return part.always
        part, complete = self._within_reach(part)
        picked = [slot.options[0] for slot in part.slots]
        least: int | None = None
        for tried in self._all(part.slots) if complete else self._climb(part.slots, picked):
            self.combinations += 1
            net = self._replay.of(_flat(part.always, tried)).ticket.worth
            if least is None or net < least:
                least = net
                # In place: the walk goes on from what is best so far.
                picked[:] = tried
        return _flat(part.always, picked)

    def _together(
        self,
        field: Field,
        start: list[tuple[Candidate, ...]],
        found: _Combination,
        wide: Sequence[Option],
    ) -> _Combination:
        """Weigh all parts at once, with what follows on the whole order, from the best of each part on."""
        always = tuple(candidate for part in field.parts for candidate in part.always)
        whole, complete = self._within_reach(Part(always, tuple(slot for part in field.parts for slot in part.slots)))
        chosen = {candidate for part in start for candidate in part}
        picked = [next(option for option in slot.options if chosen.issuperset(option)) for slot in whole.slots]
        for tried in self._all(whole.slots) if complete else self._climb(whole.slots, picked):
            priced = self._finish([_flat(whole.always, tried)], wide)
            if priced.net < found.net:
                found = priced
                picked[:] = tried
        return found

    def _within_reach(self, part: Part) -> tuple[Part, bool]:
        """Return ``part``, or what of it is worth weighing if not all can be, and whether all of that can be.

        If not all of it can be weighed, what is found need not be the best.
        """
        if self._can_weigh(part):
            return part, True
        self.optimal = False
        less = part.without_trifles()
        return less, self._can_weigh(less)

    def _can_weigh(self, part: Part) -> bool:
        room = self._turns_max - self._replay.turns
        return _combinations(part) <= COMBINATIONS_MAX and _work(part) <= room

    def _all(self, slots: Sequence[Slot]) -> Iterator[list[Option]]:
        """Try every combination of the options."""
        return (list(options) for options in product(*(slot.options for slot in slots)))

    def _climb(self, slots: Sequence[Slot], picked: list[Option]) -> Iterator[list[Option]]:
        """Change one slot at a time, going on from what is picked, until nothing betters it or the turns are up."""
        yield picked.copy()
        before: list[Option] = []
        while picked != before:
            before = picked.copy()
            for place, slot in enumerate(slots):
                for option in slot.options:
                    if self._replay.turns >= self._turns_max:
                        return
                    if option is not picked[place]:
                        tried = picked.copy()
                        tried[place] = option
                        yield tried

    def _selections(self, field: Field) -> list[Option]:
        """Return the sets of rewards on the whole order that go together, the one without rivals first."""
        found: list[Option] = [field.wide]
        for rival in field.rivals:
            if not rival.plan.alone:
                found += self._fits(rival, found, len(found))
        # Those that go alone come last, for each goes only with what has none of them: a hundred of them are common.
        beside = found.copy()
        for rival in field.rivals:
            if rival.plan.alone:
                found += self._fits(rival, beside, len(found))
        return found

    def _fits(self, rival: Candidate, selections: Sequence[Option], count: int) -> list[Option]:
        """Return those of ``selections`` that ``rival`` goes with, and it; fewer where there are ``count`` already."""
        fits = [(*some, rival) for some in selections if not any(are_in_conflict(rival, other) for other in some)]
        if len(fits) > 1 and count + len(fits) > COMBINATIONS_MAX:
            self.optimal = False
            # It as the only rival, and it with as many as go with it.
            return [fits[0], fits[-1]]
        return fits

    def _finish(self, chosen: Sequence[Sequence[Candidate]], wide: Sequence[Option]) -> _Combination:
        """Give the rewards on goods that are chosen, then the best of what goes on the whole order."""
        given = [candidate for part in chosen for candidate in part]
        early = self._replay.of(given)
        # Only a group can be in the way here: the rewards given so far are on goods, and worlds keep exclusives apart.
        plans = [each.candidate.plan for each in early.ticket.given]
        taken = {plan.group for plan in plans if plan.group and plan.mode is Mode.BEST_FOR_CUSTOMER}
        always = wide[0]
        priced = _Combination(early, always, self._left(early, always))
        self.combinations += len(wide)
        for late in wide[1:]:
            if taken and any(other.plan.group in taken for other in late if other.claim is None):
                continue
            net = self._left(early, late)
            if net < priced.net:
                priced = _Combination(early, late, net)
        return priced

    def _left(self, early: Replayed, late: tuple[Candidate, ...]) -> int:
        """Return what is left to pay after ``late``, without splitting a discount that nothing follows."""
        ticket = early.ticket
        if not late:
            return ticket.worth
        if len(late) == 1:
            outcome = self._tried[late[0]] = self._replay.turn(late[0], ticket)
            if isinstance(outcome, Given) and outcome.code is not Because.PER_POINT:
                return ticket.worth - outcome.value
            return ticket.worth
        return self._replay.on(ticket.copy(), late).ticket.worth


def _flat(always: tuple[Candidate, ...], picked: Sequence[Option]) -> tuple[Candidate, ...]:
    return (*always, *(candidate for option in picked for candidate in option))


def _combinations(part: Part) -> int:
    return prod(len(slot.options) for slot in part.slots)


def _work(part: Part) -> int:
    """Return how many turns it takes to weigh ``part``."""
    return _combinations(part) * (len(part.always) + len(part.slots))
