"""Discounts: what a percentage, an amount or points take off, and how it falls on the lines."""

from collections.abc import Sequence

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.pricing.candidate import Candidate, Given, Units
from pos_loyalty.core.pricing.ticket import Ticket, fall
from pos_loyalty.core.programs import (
    HUNDREDTHS,
    Base,
    Discount,
    FixedOff,
    PercentOff,
    PerPoint,
    Target,
    hundredths,
)


def give_percent(reward: PercentOff, candidate: Candidate, ticket: Ticket, room: int) -> Given | Reason:
    """Give a percentage of what is left of the goods, or of what they cost on the shelf."""
    lines, most, original = aim(reward, candidate, ticket)
    base = original if reward.base is Base.ORIGINAL else most
    rate = hundredths(reward.percent)
    exact = round_ratio(base * rate, HUNDREDTHS, reward.rounding)
    numbers = {"percent": rate, "base": base}
    if reward.cap is not None and exact > reward.cap:
        exact = numbers["cap"] = reward.cap
    value = min(exact, most, room)
    if not value:
        return Reason(Because.NO_EFFECT)
    return Given(candidate, value, reward.cost, None, (), Because.PERCENT, numbers, lines)


def give_fixed(
    reward: FixedOff, candidate: Candidate, ticket: Ticket, room: int, later: Sequence[Candidate]
) -> Given | Reason:
    """Give an amount, or what the voucher says, off what is left of the goods."""
    lines, most, _ = aim(reward, candidate, ticket)
    amount = reward.amount
    if candidate.voucher is not None and candidate.voucher.value > 0:
        amount = candidate.voucher.value
    value = min(amount, most, room, reward.cap or most)
    if not value:
        return Reason(Because.NO_EFFECT)
    numbers = {"amount": amount, "base": most}
    shares = _pooled(value, lines, ticket, later) if later else None
    return Given(candidate, value, reward.cost, shares, (), Because.FIXED, numbers, lines)


def give_per_point(
    reward: PerPoint, candidate: Candidate, ticket: Ticket, room: int, points: int, later: Sequence[Candidate]
) -> Given | Reason:
    """Give so much for each step of points, as many steps as were asked for and as fit into what is left.

    The cost follows what was really given: points that would buy nothing stay where they are.
    """
    lines, most, _ = aim(reward, candidate, ticket)
    wanted = candidate.claim.points if candidate.claim and candidate.claim.points else points
    missing = max(reward.points - wanted, max(wanted, reward.points) - points)
    if missing > 0:
        return Reason(Because.POINTS_MISSING, {"missing": missing})
    steps = min(wanted // reward.points, min(most, room, reward.cap or most) // reward.amount)
    if not steps:
        return Reason(Because.NO_EFFECT)
    value = steps * reward.amount
    numbers = {"amount": reward.amount, "points": reward.points, "steps": steps}
    shares = _pooled(value, lines, ticket, later) if later else None
    return Given(candidate, value, steps * reward.points, shares, (), Because.PER_POINT, numbers, lines)


def aim(reward: Discount, candidate: Candidate, ticket: Ticket) -> tuple[tuple[int, ...], int, int]:
    """Return the lines a discount is on, what is left of it there, and what it costs on the shelf."""
    lines, left = candidate.lines, ticket.left
    match reward.on:
        case Target.ORDER | Target.PRODUCTS:
            if len(lines) == len(left):
                return lines, ticket.net, sum(ticket.shelf.gross)
            return lines, sum([left[i] for i in lines]), sum([ticket.shelf.gross[i] for i in lines])
        case Target.LINE:
            here = candidate.lines if candidate.claim and candidate.claim.line else _dearest(lines, left)
            return here, sum(left[i] for i in here), sum(ticket.shelf.gross[i] for i in here)
        case _:
            here = _cheapest(lines, ticket)
            # Half up: with an odd rest on two units the first one is the one that costs the odd unit more.
            one = sum(round_ratio(left[i], ticket.paid[i], Rounding.HALF_UP) for i in here)
            return here, one, sum(ticket.shelf.unit[i] for i in here)


def _dearest(lines: tuple[int, ...], left: list[int]) -> tuple[int, ...]:
    """Return the line with most left to pay, the first among equals."""
    return (max(lines, key=lambda i: (left[i], -i)),)


def _cheapest(lines: tuple[int, ...], ticket: Ticket) -> tuple[int, ...]:
    """Return the line with the cheapest unit by shelf price with tax, among those with anything left to pay."""
    payable = [i for i in lines if ticket.left[i] and ticket.paid[i]]
    if not payable:
        return ()
    return (min(payable, key=lambda i: (ticket.shelf.taxed[i], i)),)


def _pooled(value: int, lines: tuple[int, ...], ticket: Ticket, later: Sequence[Candidate]) -> Units:
    """Split ``value`` so that lines which no later amount can reach are eaten first.

    5 off {A, B} and then 10 off A, with 6 for A and 4 for B: in proportion, 3 of A would be gone and the second
    amount could only give 3; this way both give 10 together.
    """
    rivals = dict.fromkeys(lines, 0)
    for other in later:
        for i in other.lines:
            if i in rivals:
                rivals[i] += 1
    shares: list[tuple[int, int]] = []
    for reached in sorted(set(rivals.values())):
        pool = tuple(i for i in lines if rivals[i] == reached)
        part = min(value, sum(ticket.left[i] for i in pool))
        if part:
            shares += fall(part, pool, ticket.left)
            value -= part
    return tuple(sorted(shares))
