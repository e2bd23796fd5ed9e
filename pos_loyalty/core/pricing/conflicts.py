"""Which rewards are in each other's way, and so leave something to choose."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.needs import unmet
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import Mode
from pos_loyalty.core.programs.program_set import Stage

_ONE_OF_A_GROUP = frozenset({Mode.FIRST, Mode.BEST_FOR_CUSTOMER, Mode.BEST_FOR_SHOP, Mode.EXCLUSIVE})

Option = tuple[Candidate, ...]


def are_in_conflict(one: Candidate, other: Candidate) -> bool:
    """Whether two rewards may not be in one combination."""
    mine, theirs = one.plan, other.plan
    if mine.stage > Stage.ORDER or theirs.stage > Stage.ORDER:
        return False
    if mine.alone and theirs.alone:
        return True
    if mine.group == theirs.group:
        return mine.mode in _ONE_OF_A_GROUP and bool(mine.group)
    return Mode.EXCLUSIVE in (mine.mode, theirs.mode)


class Slot(NamedTuple):
    """A place that one of several options can take."""

    options: tuple[Option, ...]


class Part(NamedTuple):
    """Rewards that touch each other's goods, directly or through a third, and no others."""

    always: tuple[Candidate, ...]
    slots: tuple[Slot, ...]


class Field(NamedTuple):
    """The rewards on goods, in parts that can be weighed apart."""

    parts: list[Part]
    apart: bool
    """Whether the best of each part is the best of all; if not, order-wide discounts look at more than the sum."""


def survey(early: list[Candidate], late: list[Candidate], replay: Replay) -> Field:
    """Find what there is to choose among the rewards on goods.

    A group of which one is the best makes a slot; so does each offer on units that others want, or that would take
    from another reward what it needs, and each discount by code that lowers what another needs.
    """
    groups: dict[str, list[Candidate]] = {}
    single: list[Candidate] = []
    for candidate in early:
        if candidate.plan.mode is Mode.BEST_FOR_CUSTOMER and candidate.plan.group and candidate.claim is None:
            groups.setdefault(candidate.plan.group, []).append(candidate)
        elif candidate.claim is None:
            single.append(candidate)
    wide_groups = {other.plan.group for other in late}
    slots: list[Slot] = []
    for group, members in groups.items():
        if len(members) > 1 or group in wide_groups:
            # The last: left to an order-wide discount of the group, or to nobody if even that is better.
            slots.append(Slot((*((member,) for member in members), ())))
        else:
            single += members
    risky = _at_risk([*early, *late], early, replay)
    slots += [Slot(((candidate,), ())) for candidate in _fought_over(single, early, risky, replay)]
    every = len(replay.shelf.lines)
    apart = not (
        any(len(other.lines) < every or other in risky for other in late)
        or any(group in wide_groups for group in groups)
    )
    return Field(_parts(early, slots, risky, replay), apart)


def _at_risk(candidates: Iterable[Candidate], early: Sequence[Candidate], replay: Replay) -> set[Candidate]:
    """Return the rewards whose needs are met by the basket as it is, but perhaps not beside the others."""
    takers = [each for each in early if each.plan.stage == Stage.UNITS or each.plan.by_code]
    needy = [each for each in candidates if each.plan.reward.needs.quantity or each.plan.reward.needs.amount]
    if not (takers and needy):
        return set()
    blank = replay.blank()
    least = replay.blank()
    for candidate in takers:
        _lessen(least, replay.turn(candidate, blank), blank)
    return {each for each in needy if _meets(each, blank) and not _meets(each, least)}


def _lessen(least: Ticket, outcome: object, blank: Ticket) -> None:
    """Take from ``least`` what one reward could at most make free, or take off by code, whatever the others do."""
    if not isinstance(outcome, Given):
        return
    free = {i for i, _ in outcome.free}
    for i in free:
        least.paid[i] = 0
    if outcome.candidate.plan.by_code:
        program_id = outcome.candidate.plan.program.program_id
        taken = {i: blank.left[i] for i in outcome.candidate.lines}
        least.coded = {**least.coded, program_id: taken | dict(least.coded.get(program_id, {}))}


def _meets(candidate: Candidate, ticket: Ticket) -> bool:
    reward = candidate.plan.reward
    return unmet(reward.needs, reward.goods, candidate.plan.program.program_id, ticket) is None


def _fought_over(
    single: list[Candidate], early: Sequence[Candidate], risky: set[Candidate], replay: Replay
) -> list[Candidate]:
    """Return those of ``single`` without which another reward could give more."""
    wanting: dict[int, int] = {}
    for other in early:
        if other.plan.stage == Stage.UNITS:
            for i in _touched(other, replay):
                wanting[i] = wanting.get(i, 0) + 1
    needed = {i for other in risky for i in _looked_at(other, replay)}
    fought = []
    for candidate in single:
        if candidate.plan.stage == Stage.UNITS:
            if any(wanting[i] > 1 or i in needed for i in _touched(candidate, replay)):
                fought.append(candidate)
        elif candidate.plan.by_code and not needed.isdisjoint(candidate.lines):
            fought.append(candidate)
    return fought


def _looked_at(candidate: Candidate, replay: Replay) -> tuple[int, ...]:
    """Return the lines in which ``candidate`` finds what it needs."""
    reward = candidate.plan.reward
    return replay.shelf.reach(reward.needs.goods or reward.goods)


def _touched(candidate: Candidate, replay: Replay) -> Iterable[int]:
    """Return the lines whose units ``candidate`` may take up."""
    if candidate.plan.reward.needs.quantity and candidate.plan.reward.needs.goods:
        return {*candidate.lines, *_looked_at(candidate, replay)}
    return candidate.lines


class _Joined:
    """Lines that rewards have joined (union-find)."""

    def __init__(self) -> None:
        self._owner: dict[int, int] = {}

    def find(self, i: int) -> int:
        """Return the line that stands for all that are joined with ``i``."""
        owner = self._owner
        while (above := owner.setdefault(i, i)) != i:
            owner[i] = i = owner[above]
        return i

    def join(self, lines: Iterable[int]) -> None:
        """Join all of ``lines``."""
        first = -1
        for i in lines:
            if first < 0:
                first = self.find(i)
            else:
                self._owner[self.find(i)] = first

    def key(self, lines: Sequence[int]) -> int:
        """Return the name of the part that ``lines`` are in; one without lines (a gift of its own) has its own."""
        return self.find(lines[0]) if lines else -1


def _parts(early: Sequence[Candidate], slots: Sequence[Slot], risky: set[Candidate], replay: Replay) -> list[Part]:
    """Sort rewards and slots into parts that share no line."""
    joined = _Joined()
    for candidate in early:
        joined.join(_touched(candidate, replay))
        if candidate in risky:
            joined.join((*candidate.lines, *_looked_at(candidate, replay)))
    for slot in slots:
        joined.join(i for option in slot.options for member in option for i in member.lines)
    in_slots = {member for slot in slots for option in slot.options for member in option}
    always: dict[int, list[Candidate]] = {}
    chosen: dict[int, list[Slot]] = {}
    for candidate in early:
        if candidate not in in_slots:
            always.setdefault(joined.key(candidate.lines), []).append(candidate)
    for slot in slots:
        chosen.setdefault(joined.key(slot.options[0][0].lines), []).append(slot)
    return [Part(tuple(always.get(key, ())), tuple(chosen.get(key, ()))) for key in {**always, **chosen}]
