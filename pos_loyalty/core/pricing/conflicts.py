"""Which rewards are in each other's way, and so leave something to choose."""

from collections.abc import Sequence
from typing import NamedTuple

from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.programs import NOTHING, Mode
from pos_loyalty.core.programs.program_set import Stage

_ONE_OF_A_GROUP = frozenset({Mode.FIRST, Mode.BEST_FOR_CUSTOMER, Mode.BEST_FOR_SHOP, Mode.EXCLUSIVE})


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


def agree(claimed: Sequence[Candidate]) -> tuple[list[Candidate], dict[Candidate, Candidate]]:
    """Return the claims that go together, the earlier before the later, and what each of the others gives way to."""
    accepted: list[Candidate] = []
    excluded: dict[Candidate, Candidate] = {}
    for candidate in claimed:
        rival = next((other for other in accepted if are_in_conflict(candidate, other)), None)
        if rival is None:
            accepted.append(candidate)
        else:
            excluded[candidate] = rival
    return accepted, excluded


class Slot(NamedTuple):
    """A place that one of several options can take."""

    options: tuple[tuple[Candidate, ...], ...]
    lines: frozenset[int]


class Field(NamedTuple):
    """Rewards on goods: those that are always given, and the choices among the others."""

    always: list[Candidate]
    slots: list[Slot]


def find_slots(early: list[Candidate], late: list[Candidate], replay: Replay) -> Field:
    """Find what there is to choose among the rewards on goods.

    A group of which one is the best makes a slot; so does each offer on units that others want, or that would take
    from another reward what it needs, and each discount by code that lowers what another needs.
    """
    open_ones = [candidate for candidate in early if candidate.claim is None]
    groups: dict[str, list[Candidate]] = {}
    for candidate in open_ones:
        if candidate.plan.mode is Mode.BEST_FOR_CUSTOMER and candidate.plan.group:
            groups.setdefault(candidate.plan.group, []).append(candidate)
    slots: list[Slot] = []
    taken: set[Candidate] = set()
    for group, members in groups.items():
        if len(members) > 1 or any(rival.plan.group == group for rival in late):
            # The last: left to an order-wide discount of the group, or to nobody if even that is better.
            options = (*((member,) for member in members), ())
            slots.append(Slot(options, frozenset(i for member in members for i in member.lines)))
            taken.update(members)
    for candidate in _fought_over([each for each in open_ones if each not in taken], [*early, *late], replay):
        slots.append(Slot(((candidate,), ()), frozenset(candidate.lines)))
        taken.add(candidate)
    return Field([candidate for candidate in early if candidate not in taken], slots)


def _fought_over(single: list[Candidate], everybody: list[Candidate], replay: Replay) -> list[Candidate]:
    """Return those of ``single`` without which another reward could give more."""
    needy = [other for other in everybody if other.plan.reward.needs != NOTHING]
    fought = []
    for candidate in single:
        if candidate.plan.stage == Stage.UNITS:
            wanted = any(
                other is not candidate
                and (other.plan.stage == Stage.UNITS or other in needy)
                and _meet(candidate, other, replay)
                for other in everybody
            )
        else:
            wanted = candidate.plan.by_code and any(
                other is not candidate and _meet(candidate, other, replay) for other in needy
            )
        if wanted:
            fought.append(candidate)
    return fought


def _meet(candidate: Candidate, other: Candidate, replay: Replay) -> bool:
    """Whether two rewards look at some of the same lines."""
    reward = other.plan.reward
    looked_at = {*other.lines, *replay.shelf.reach(reward.needs.goods or reward.goods)}
    mine = candidate.plan.reward
    return not looked_at.isdisjoint(candidate.lines) or not looked_at.isdisjoint(
        replay.shelf.reach(mine.needs.goods or mine.goods)
    )


def parts(field: Field, late: list[Candidate], line_count: int) -> list[list[int]]:
    """Return the slots, by index, in groups that do not touch each other's goods, not even through a third reward.

    Where an order-wide discount looks at more than the sum of the basket, all slots are one group.
    """
    everywhere = any(len(other.lines) < line_count or other.plan.reward.needs != NOTHING for other in late)
    owner = list(range(len(field.slots)))

    def find(place: int) -> int:
        while owner[place] != place:
            place = owner[place]
        return place

    seen: dict[int, int] = {}
    bridges = [candidate.lines for candidate in field.always if len(candidate.lines) > 1]
    for place, slot in enumerate(field.slots):
        for i in slot.lines:
            owner[find(place)] = find(seen.setdefault(i, place))
        if everywhere:
            owner[find(place)] = find(0)
    for lines in bridges:
        touched = [seen[i] for i in lines if i in seen]
        for place in touched[1:]:
            owner[find(place)] = find(touched[0])
    groups: dict[int, list[int]] = {}
    for place in range(len(field.slots)):
        groups.setdefault(find(place), []).append(place)
    return list(groups.values())
