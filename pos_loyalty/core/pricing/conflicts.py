"""Which rewards are in each other's way, and so leave something to choose."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.needs import unmet
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.upset import budgets_shared, find_upset
from pos_loyalty.core.programs import FreeItem, Mode, PerPoint
from pos_loyalty.core.programs.program_set import Stage

_ONE_OF_A_GROUP = frozenset({Mode.FIRST, Mode.BEST_FOR_CUSTOMER, Mode.BEST_FOR_SHOP, Mode.EXCLUSIVE})

Option = tuple[Candidate, ...]


def are_in_conflict(one: Candidate, other: Candidate) -> bool:
    """Whether two rewards may not be in one combination."""
    mine, theirs = one.plan, other.plan
    if mine.alone and theirs.alone:
        return True
    if mine.group and mine.group == theirs.group:
        return mine.mode in _ONE_OF_A_GROUP or theirs.mode in _ONE_OF_A_GROUP
    return Mode.EXCLUSIVE in (mine.mode, theirs.mode)


class Slot(NamedTuple):
    """A place that one of several options can take."""

    options: tuple[Option, ...]
    trifle: bool = False
    """Its reward is in nobody's way: at most it changes how a later discount falls."""


class Part(NamedTuple):
    """Rewards that touch each other's goods, directly or through a third, and no others."""

    always: tuple[Candidate, ...]
    slots: tuple[Slot, ...]

    def without_trifles(self) -> "Part":
        """Return the part with all of its trifles given."""
        given = [candidate for slot in self.slots if slot.trifle for candidate in slot.options[0]]
        return Part((*self.always, *given), tuple(slot for slot in self.slots if not slot.trifle))


class Field(NamedTuple):
    """All rewards, with what is to be chosen among them."""

    parts: list[Part]
    """The rewards on goods, in parts that can be weighed apart."""
    wide: tuple[Candidate, ...]
    """The rewards on the whole order that are always given."""
    rivals: list[Candidate]
    """Those of which some may be better left out."""
    apart: bool
    """Whether the best of each part is the best of all; if not, order-wide discounts look at more than the sum."""


def survey(early: list[Candidate], late: list[Candidate], replay: Replay) -> Field:
    """Find what there is to choose among rewards on goods (``early``) and on the whole order (``late``).

    A group of which one is the best makes a slot; so does each offer on units that others want, or that would take
    from another reward what it needs, each discount by code that lowers what another needs, and each reward that
    would change how a later discount falls on lines which others look at one by one.
    """
    groups, single = _by_group(early, late, replay)
    contested = _contested(early, replay)
    risky = _at_risk(early, late, contested, replay)
    upset = find_upset([*early, *late])
    fought = _fought_over(single, contested, risky, replay)
    # The last option: left to an order-wide discount of the group, or to nobody if even that is better.
    slots = [Slot((*((member,) for member in members), ())) for members in groups.values()]
    slots += [
        Slot(((candidate,), ()), trifle=candidate not in fought)
        for candidate in single
        if candidate in fought or candidate in upset
    ]
    optional = upset | {
        other for other in late if other.plan.alone or _is_one_of(other) or (other.plan.by_code and risky)
    }
    rivals = [other for other in late if other.claim is None and other in optional]
    wide = tuple(other for other in late if other not in rivals)
    tied = risky.union(*budgets_shared([*early, *late]))
    every = len(replay.shelf.lines)
    # What points pay on goods is no discount, so the best of a part need not be the best below an order-wide one.
    pays = bool(late) and any(isinstance(candidate.plan.reward, PerPoint) for candidate in early)
    apart = not pays and not any(
        len(other.lines) < every or other in tied or other.plan.group in groups for other in late
    )
    return Field(_parts(early, slots, risky, replay), wide, rivals, apart)


def _by_group(
    early: Sequence[Candidate], late: Sequence[Candidate], replay: Replay
) -> tuple[dict[str, list[Candidate]], list[Candidate]]:
    """Return the rewards on goods of which a group may give one only, and all others that were not claimed."""
    groups: dict[str, list[Candidate]] = {other.plan.group: [] for other in late if _is_one_of(other)}
    wide = set(groups)
    single: list[Candidate] = []
    for candidate in early:
        # Without a line it gives nothing and is no choice, except a gift for who has nothing else in the basket.
        if candidate.claim is None and _is_one_of(candidate) and (candidate.lines or not replay.shelf.lines):
            groups.setdefault(candidate.plan.group, []).append(candidate)
        elif candidate.claim is None:
            single.append(candidate)
    for group, members in list(groups.items()):
        if not members or (len(members) == 1 and group not in wide):
            single += groups.pop(group)
    return groups, single


def _is_one_of(candidate: Candidate) -> bool:
    return candidate.plan.mode is Mode.BEST_FOR_CUSTOMER and bool(candidate.plan.group)


def _contested(early: Sequence[Candidate], replay: Replay) -> set[int]:
    """Return the lines whose units several offers want."""
    wanted: set[int] = set()
    contested: set[int] = set()
    for candidate in early:
        if candidate.plan.stage == Stage.UNITS:
            touched = set(_touched(candidate, replay))
            contested |= wanted & touched
            wanted |= touched
    return contested


def _at_risk(
    early: Sequence[Candidate], late: Sequence[Candidate], contested: set[int], replay: Replay
) -> set[Candidate]:
    """Return the rewards whose needs are met by the basket as it is, but perhaps not beside the others."""
    takers = [each for each in early if each.plan.stage == Stage.UNITS or each.plan.by_code]
    lowered = any(each.plan.by_code for each in late)
    needy = [each for each in (*early, *late) if each.plan.reward.needs.quantity or each.plan.reward.needs.amount]
    if not (needy and (takers or lowered)):
        return set()
    blank = replay.blank()
    least = _least([replay.turn(candidate, blank) for candidate in takers], contested, replay)
    return {
        each
        for each in needy
        if _meets(each, blank) and ((lowered and each.plan.stage == Stage.ORDER) or _loses(each, blank, least, replay))
    }


def _least(outcomes: Iterable[object], contested: set[int], replay: Replay) -> Ticket:
    """Return a ticket on which everything is free, or taken off by code, that may be with any of the others."""
    least = replay.blank()
    coded: set[int] = set()
    for given in outcomes:
        if isinstance(given, Given):
            candidate = given.candidate
            free = {i for i, _ in given.free}
            if free and not contested.isdisjoint(candidate.lines):
                # Where others take the units it would make free by itself, it makes others free.
                free.update(candidate.lines)
            for i in free:
                least.paid[i] = 0
            if candidate.plan.by_code:
                coded.update(candidate.lines)
    # As if by no program at all, for nothing that a program's own code takes off lowers what it needs.
    if coded:
        least.coded = {"": {i: least.shelf.unit[i] * least.paid[i] for i in coded}}
    return least


def _loses(candidate: Candidate, blank: Ticket, least: Ticket, replay: Replay) -> bool:
    """Whether ``candidate`` gives less on ``least`` than on ``blank`` for what it needs."""
    if not _meets(candidate, least):
        return True
    reward = candidate.plan.reward
    if not isinstance(reward, FreeItem) or not reward.needs.amount:
        return False
    # Its needs are met, but perhaps not so often, or not beside the units that it makes free itself.
    most, rest = replay.turn(candidate, blank), replay.turn(candidate, least)
    return isinstance(most, Given) and not (isinstance(rest, Given) and rest.value >= most.value)


def _meets(candidate: Candidate, ticket: Ticket) -> bool:
    reward = candidate.plan.reward
    return unmet(reward.needs, reward.goods, candidate.plan.program.program_id, ticket) is None


def _fought_over(single: list[Candidate], contested: set[int], risky: set[Candidate], replay: Replay) -> set[Candidate]:
    """Return those of ``single`` without which another reward could give more."""
    needed = {i for other in risky for i in _looked_at(other, replay)}
    wanted = contested | needed
    fought = set()
    for candidate in single:
        if candidate.plan.stage == Stage.UNITS:
            if not wanted.isdisjoint(_touched(candidate, replay)):
                fought.add(candidate)
        elif candidate.plan.by_code and not needed.isdisjoint(candidate.lines):
            fought.add(candidate)
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
    for sharing in budgets_shared(early):
        joined.join(i for candidate in sharing for i in candidate.lines)
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
