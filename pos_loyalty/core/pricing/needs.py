"""Needs: what must be paid for before a rule earns or a reward is given."""

from collections.abc import Mapping
from types import MappingProxyType

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import Goods, Needs

NONE_FREE: Mapping[int, int] = MappingProxyType({})


def unmet(needs: Needs, goods: Goods, program_id: str, ticket: Ticket) -> Reason | None:
    """Return what is missing, looking at the units that are paid for and at shelf prices.

    Discounts do not lower what was reached, but for those that a code of another program brought.
    """
    if not (needs.quantity or needs.amount):
        return None
    lines = ticket.shelf.reach(needs.goods or goods)
    if needs.quantity:
        units = sum([ticket.paid[i] for i in lines])
        if units < needs.quantity:
            return Reason(Because.UNITS_MISSING, {"missing": needs.quantity - units})
    if needs.amount:
        amount = paid_amount(needs, lines, program_id, ticket)
        if amount < needs.amount:
            return Reason(Because.MONEY_MISSING, {"missing": needs.amount - amount})
    return None


def times_met(needs: Needs, goods: Goods, program_id: str, ticket: Ticket) -> int:
    """Return how many times over ``needs``, of which there are some, are met."""
    lines = ticket.shelf.reach(needs.goods or goods)
    times = []
    if needs.quantity:
        times.append(sum([ticket.paid[i] for i in lines]) // needs.quantity)
    if needs.amount:
        times.append(paid_amount(needs, lines, program_id, ticket) // needs.amount)
    return min(times)


def paid_amount(
    needs: Needs, lines: tuple[int, ...], program_id: str, ticket: Ticket, free: Mapping[int, int] = NONE_FREE
) -> int:
    """Return what the paid units of ``lines`` cost on the shelf, less what codes of other programs took off.

    ``free`` are units by line that are about to be free.
    """
    shelf, paid = ticket.shelf, ticket.paid
    coded = [taken for other, taken in ticket.coded.items() if other != program_id]
    if free:
        paid = [units - free.get(i, 0) for i, units in enumerate(paid)]
    if not (coded or shelf.taxes):
        unit = shelf.unit
        return sum([unit[i] * paid[i] for i in lines])
    if not coded:
        return sum([shelf.amount(i, paid[i], needs.tax) for i in lines])
    return sum([shelf.amount(i, paid[i], needs.tax, sum(taken.get(i, 0) for taken in coded)) for i in lines])
