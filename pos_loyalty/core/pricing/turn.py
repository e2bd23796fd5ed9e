"""The turn of one reward: its needs, its points, its effect."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.discounts import give_fixed, give_per_point, give_percent
from pos_loyalty.core.pricing.earning import earn
from pos_loyalty.core.pricing.free_items import give_free_units, give_gift
from pos_loyalty.core.pricing.needs import unmet
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.unit_offers import give_cheapest, give_fixed_price
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import (
    CheapestFree,
    Discount,
    FixedOff,
    FixedPrice,
    FreeItem,
    PercentOff,
    Program,
    Reward,
    Spends,
)

Catalogue = Mapping[str, Product]


class Setting(NamedTuple):
    """What a reward may have to look at besides the basket."""

    at: Circumstances
    catalogue: Catalogue
    own_points: bool = True
    """Whether points of this very basket may pay, where the program says so."""


_NO_LIMIT = 1 << 62


def turn(candidate: Candidate, ticket: Ticket, setting: Setting, later: Sequence[Candidate] = ()) -> Given | Reason:
    """Return what ``candidate`` gives now, or why it gives nothing. ``ticket`` stays as it is.

    ``later`` are the rewards that follow; amounts leave to them what only they could not reach otherwise.
    """
    plan = candidate.plan
    program, reward = plan.program, plan.reward
    balance = ticket.points.get(program.account, 0)
    if program.spends is Spends.BOTH and setting.own_points:
        balance += _earned_here(program, ticket, setting)
    # Before the goods, which who lacks points would fetch in vain. After a reversal an account may be below zero; what
    # costs nothing is had all the same.
    if reward.cost > balance and reward.cost:
        return Reason(Because.POINTS_MISSING, {"missing": reward.cost - balance})
    if not candidate.lines and not (isinstance(reward, FreeItem) and reward.gifts):
        return Reason(Because.GOODS_MISSING)
    needs = reward.needs
    if (needs.quantity or needs.amount) and (
        missing := unmet(needs, reward.goods, program.program_id, ticket)
    ) is not None:
        return missing
    room = _NO_LIMIT
    if candidate.budget is not None:
        room = candidate.budget - ticket.spent.get(program.program_id, 0)
        if room <= 0:
            return Reason(Because.BUDGET_SPENT)
    given = _give(reward, candidate, ticket, (room, balance), setting.catalogue, later)
    if isinstance(given, Given):
        if reward.clear_all:
            given.cost = max(balance, given.cost)
        if given.cost > balance and given.cost:
            return Reason(Because.POINTS_MISSING, {"missing": given.cost - balance})
    return given


def _give(
    reward: Reward,
    candidate: Candidate,
    ticket: Ticket,
    within: tuple[int, int],
    catalogue: Catalogue,
    later: Sequence[Candidate],
) -> Given | Reason:
    room = within[0]
    if isinstance(reward, Discount):
        return _give_discount(reward, candidate, ticket, within, later)
    match reward:
        case CheapestFree():
            return give_cheapest(reward, candidate, ticket, room)
        case FixedPrice():
            return give_fixed_price(reward, candidate, ticket, room)
        case FreeItem() if reward.gifts:
            return give_gift(reward, candidate, ticket, catalogue, room)
        case FreeItem():
            return give_free_units(reward, candidate, ticket, room)
        case _:
            return Given(candidate, 0, reward.cost, (), (), Because.PERK, {})


def _give_discount(
    reward: Discount, candidate: Candidate, ticket: Ticket, within: tuple[int, int], later: Sequence[Candidate]
) -> Given | Reason:
    room, balance = within
    match reward:
        case PercentOff():
            return give_percent(reward, candidate, ticket, room)
        case FixedOff():
            return give_fixed(reward, candidate, ticket, room, later)
        case _:
            return give_per_point(reward, candidate, ticket, room, balance, later)


def _earned_here(program: Program, ticket: Ticket, setting: Setting) -> int:
    """Return the points that the basket earns in ``program`` as it stands, and that can be spent at once."""
    if program.pending_days:
        return 0
    return sum(move.points for move in earn(program, ticket, setting.at, Fraction(0)).moves)
