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
        """Give ``candidates`` in their order, on top of what ``ticket`` has; it is changed."""
        ordered = sorted(candidates, key=_order)
        self.turns += len(ordered)
        failed: dict[Candidate, Reason] = {}
        pooling = [candidate for candidate in ordered if candidate.pools]
        for candidate in ordered:
            later: Sequence[Candidate] = ()
            if candidate.pools:
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
