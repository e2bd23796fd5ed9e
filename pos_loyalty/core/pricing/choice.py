"""The choice among rewards that do not all go together: the legal combination that is best for the customer.

Best is what leaves least to pay, less what the gifts that come with it cost on the shelf; points that pay step by step
count as money.

A combination is a set of rewards, applied in their fixed :data:`~pos_loyalty.core.pricing.candidate.Order`. It is
legal if every claimed reward is in it, every group keeps its mode, and at most one order-wide discount that does not
combine is in it. docs/explanation/engine.md says what has to be weighed and why the rest is always given; the tests
compare with brute force.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.conflicts import are_in_conflict
from pos_loyalty.core.pricing.replay import Replay, Replayed
from pos_loyalty.core.pricing.search import Worlds
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import Mode


class Chosen(NamedTuple):
    """The combination and its price, and what is not in it."""

    replayed: Replayed
    goods: Ticket
    """As it is before the rewards on the whole order."""
    late: tuple[Candidate, ...]
    """Those rewards."""
    combinations: int
    optimal: bool
    excluded: dict[Candidate, Candidate]
    """What could have been given, and what it had to give way to."""
    withheld: dict[Candidate, Reason]
    """What gives nothing even by itself, and why not."""


def choose(claimed: Sequence[Candidate], given: Sequence[Candidate], replay: Replay) -> Chosen:
    """Choose among ``given`` what goes best with ``claimed``, whose order is that of the claims."""
    excluded: dict[Candidate, Candidate] = {}
    withheld: dict[Candidate, Reason] = {}
    forced = _agree(claimed, excluded, withheld, replay)
    free: list[Candidate] = []
    for candidate in given:
        rival = next((other for other in forced if are_in_conflict(candidate, other)), None)
        if rival is None:
            free.append(candidate)
        else:
            excluded[candidate] = rival
    free = _by_rule(free, excluded, withheld, replay)
    worlds = Worlds(forced, replay)
    worlds.weigh([candidate for candidate in free if candidate.plan.mode is not Mode.EXCLUSIVE])
    for candidate in free:
        if candidate.plan.mode is Mode.EXCLUSIVE:
            worlds.weigh([candidate])
    best = worlds.best()
    idle = {candidate: best.failed[candidate] for candidate in forced if candidate in best.failed}
    if idle and len(forced) < len(claimed):
        # What gives nothing beside the others took points, or a place, from claims that would give something.
        again = choose([candidate for candidate in claimed if candidate not in idle], given, replay)
        return again._replace(withheld=again.withheld | idle)
    _explain(free, best, excluded, withheld, worlds)
    return Chosen(best, *worlds.stages(), worlds.combinations, worlds.optimal, excluded, withheld)


def _agree(
    claimed: Sequence[Candidate],
    excluded: dict[Candidate, Candidate],
    withheld: dict[Candidate, Reason],
    replay: Replay,
) -> list[Candidate]:
    """Return the claims that go together, the earlier before the later."""
    forced: list[Candidate] = []
    for candidate in claimed:
        rival = next((other for other in forced if are_in_conflict(candidate, other)), None)
        if rival is not None:
            excluded[candidate] = rival
            continue
        failed = replay.of([*forced, candidate]).failed
        if candidate in failed:
            # It stands in nobody's way: neither in that of a later claim nor of what is given by itself.
            withheld[candidate] = failed[candidate]
        elif failed:
            # It would take the points or the units that an earlier claim is given for.
            excluded[candidate] = next(iter(failed))
        else:
            forced.append(candidate)
    return forced


def _explain(
    free: Sequence[Candidate],
    best: Replayed,
    excluded: dict[Candidate, Candidate],
    withheld: dict[Candidate, Reason],
    worlds: Worlds,
) -> None:
    """Say of what is not in the best combination what it lacks, or what it had to give way to."""
    chosen = {each.candidate for each in best.ticket.given}
    takers = _Takers(best)
    for candidate in free:
        if candidate in chosen or candidate in best.failed:
            continue
        outcome = worlds.outcome(candidate)
        if isinstance(outcome, Given) and (taker := takers.in_the_way_of(candidate)):
            excluded[candidate] = taker
        else:
            withheld[candidate] = outcome if isinstance(outcome, Reason) else Reason(Because.NO_EFFECT)


def _by_rule(
    free: Sequence[Candidate],
    excluded: dict[Candidate, Candidate],
    withheld: dict[Candidate, Reason],
    replay: Replay,
) -> list[Candidate]:
    """Leave of each group whose mode is no choice the one that its rule names, of those that give anything."""
    groups: dict[str, list[tuple[int, Candidate]]] = {}
    out: set[Candidate] = set()
    for candidate in sorted(free, key=lambda each: each.order):
        if candidate.plan.group and candidate.plan.mode in (Mode.FIRST, Mode.BEST_FOR_SHOP):
            outcome = replay.turn(candidate, replay.blank())
            if isinstance(outcome, Reason):
                withheld[candidate] = outcome
                out.add(candidate)
            else:
                groups.setdefault(candidate.plan.group, []).append((outcome.value, candidate))
    for members in groups.values():
        first = members[0][1]
        kept = first if first.plan.mode is Mode.FIRST else min(members, key=lambda each: each[0])[1]
        others = [candidate for _, candidate in members if candidate is not kept]
        excluded.update(dict.fromkeys(others, kept))
        out.update(others)
    return [candidate for candidate in free if candidate not in out]


class _Takers:
    """Who was given, by what they keep others from, to say what stood in the way."""

    def __init__(self, best: Replayed) -> None:
        given = [each.candidate for each in reversed(best.ticket.given)]
        self._by_line = {i: candidate for candidate in given for i in candidate.lines}
        self._by_group = {candidate.plan.group: candidate for candidate in given if candidate.plan.group}
        self._rivals = [each for each in given if each.plan.alone or each.plan.mode is Mode.EXCLUSIVE]
        self._given = given

    def in_the_way_of(self, candidate: Candidate) -> Candidate | None:
        """Return what was given instead of ``candidate``: a rival, else what took its goods; None if nothing was."""
        known = (*self._rivals, self._by_group.get(candidate.plan.group))
        rival = next((other for other in known if other and are_in_conflict(candidate, other)), None)
        if rival is None and candidate.plan.mode is not Mode.EXCLUSIVE:
            rival = next((self._by_line[i] for i in candidate.lines if i in self._by_line), None)
        return rival or next(reversed(self._given), None)
