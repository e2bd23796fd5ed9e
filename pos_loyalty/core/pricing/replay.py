"""A replay: rewards given one after the other, to see what is left to pay."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from pos_loyalty.core.evaluation import Reason
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.turn import Setting, turn

_order = attrgetter("order")


class Replayed(NamedTuple):
    """What came of a sequence."""

    ticket: Ticket
    failed: dict[Candidate, Reason]
    """What gave nothing, and why not."""


class Replay:
    """The start every sequence begins at."""

    __slots__ = ("points", "setting", "shelf", "turns")

    def __init__(self, shelf: Shelf, points: Mapping[str, int], setting: Setting) -> None:
        self.shelf = shelf
        self.points = points
        self.setting = setting
        self.turns = 0
        """How many there were, to know when to stop searching: a count is the same everywhere, time is not."""

    def blank(self) -> Ticket:
        """Return the start."""
        return Ticket(self.shelf, self.points)

    def of(self, candidates: Iterable[Candidate]) -> Replayed:
        """Give ``candidates`` in their order, from the start."""
        return self.on(self.blank(), candidates)

    def on(self, ticket: Ticket, candidates: Iterable[Candidate]) -> Replayed:
        """Give ``candidates`` in their order, on top of what ``ticket`` has; it is changed, or a copy of it is."""
        ordered = sorted(candidates, key=_order)
        pooling = [candidate for candidate in ordered if candidate.pools and candidate.lines]
        if len(pooling) <= 1:
            return self._give(ticket, ordered, pooling)
        start = ticket.copy()
        done = self._give(ticket, ordered, pooling)
        idle = {candidate: done.failed[candidate] for candidate in pooling if candidate in done.failed}
        if not idle:
            return done
        # Lines were left to rewards that give nothing. Once more, for what is not given shall not matter.
        again = self.on(start, [candidate for candidate in ordered if candidate not in idle])
        return Replayed(again.ticket, again.failed | idle)

    def _give(self, ticket: Ticket, ordered: Sequence[Candidate], pooling: Sequence[Candidate]) -> Replayed:
        self.turns += len(ordered)
        failed: dict[Candidate, Reason] = {}
        for candidate in ordered:
            later: Sequence[Candidate] = ()
            if pooling and candidate is pooling[0]:
                later = pooling = pooling[1:]
            outcome = turn(candidate, ticket, self.setting, later)
            if isinstance(outcome, Given):
                ticket.take(outcome)
            else:
                failed[candidate] = outcome
        return Replayed(ticket, failed)

    def turn(self, candidate: Candidate, ticket: Ticket) -> Given | Reason:
        """Return what ``candidate`` would give on top of ``ticket``, which stays as it is, or why nothing."""
        return turn(candidate, ticket, self.setting)
