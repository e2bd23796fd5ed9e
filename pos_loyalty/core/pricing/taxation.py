"""Taxes on what is left after the discounts, to the last unit: lines sum to groups, groups to the total."""

from pos_loyalty.core.evaluation import TaxShare
from pos_loyalty.core.money import Rounding, round_ratio, spread
from pos_loyalty.core.pricing.ticket import Ticket


def tax_lines(ticket: Ticket) -> tuple[list[int], tuple[TaxShare, ...]]:
    """Return the tax of each line and of each tax group, in the order in which the groups first appear.

    A percentage is reckoned once for the group and then split, so that no sum is a unit off. An amount per piece
    falls on every piece that is handed over, free or not, and no discount lowers it.
    """
    taxes = [0] * len(ticket.left)
    groups: list[list[int]] = [[] for _ in ticket.shelf.taxes]
    for i, group in enumerate(ticket.shelf.tax_group):
        if group is not None:
            groups[group].append(i)
    shares = []
    for tax, lines in zip(ticket.shelf.taxes, groups, strict=True):
        net = sum(ticket.left[i] for i in lines)
        whole = round_ratio(net * tax.ratio[0], tax.ratio[1], Rounding.HALF_UP)
        # A percentage above 100 makes the tax larger than the price it is split by.
        parts, rest = divmod(whole, net) if net else (0, 0)
        for i, part in zip(lines, spread(rest, [ticket.left[i] for i in lines]), strict=True):
            taxes[i] = part + parts * ticket.left[i] + tax.per_unit * ticket.shelf.quantity[i]
        shares.append(TaxShare(tax_id=tax.tax_id, net=net, tax=sum(taxes[i] for i in lines), included=tax.included))
    return taxes, tuple(shares)


def added(ticket: Ticket, taxes: list[int]) -> int:
    """Return the tax that comes on top of shelf prices."""
    total = 0
    for line, tax in zip(ticket.shelf.lines, taxes, strict=True):
        if line.tax is not None:
            total += line.tax.per_unit * line.quantity if line.tax.included else tax
    return total
