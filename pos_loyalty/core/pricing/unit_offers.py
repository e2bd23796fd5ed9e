"""Offers on units: the cheapest of several free, several for one price, buy some and get some.

A unit that one offer has taken up is not open to another, so that nothing is given away twice. Lines may have
thousands of units, so everything here goes by runs of equal units and never unit by unit.
"""

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.money import Rounding, round_ratio, spread
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import HUNDREDTHS, CheapestFree, FixedPrice, Take, hundredths

Runs = list[tuple[int, int]]
"""Line and units, sorted by price."""


def open_runs(lines: tuple[int, ...], ticket: Ticket, take: Take) -> Runs:
    """Return the open units of ``lines``, with their tax the dearest or cheapest first, of equals the earlier line."""
    taxed, unit = ticket.shelf.taxed, ticket.shelf.unit
    sign = -1 if take is Take.DEAREST_FIRST else 1
    runs = [(i, ticket.open[i]) for i in lines if ticket.open[i]]
    runs.sort(key=lambda run: (sign * taxed[run[0]], sign * unit[run[0]], run[0]))
    return runs


def give_cheapest(reward: CheapestFree, candidate: Candidate, ticket: Ticket, room: int) -> Given | Reason:
    """Make the cheapest of every set free, or cheaper."""
    runs = open_runs(candidate.lines, ticket, reward.take)
    units = sum([count for _, count in runs])
    sets = units // reward.of
    if not sets:
        return Reason(Because.UNITS_MISSING, {"missing": reward.of - units})
    sets = min(sets, reward.most or sets)
    rate = hundredths(reward.percent)
    shares, taken, free, value = [], [], [], 0
    for i, here, lucky in _lucky(reward, runs, sets):
        taken.append((i, here))
        each = round_ratio(ticket.shelf.unit[i] * rate, HUNDREDTHS, Rounding.HALF_UP)
        share = min(lucky * each, room - value)
        if share:
            shares.append((i, share))
            value += share
        if lucky and rate == HUNDREDTHS and share == lucky * each:
            free.append((i, lucky))
    if not value:
        return Reason(Because.NO_EFFECT)
    numbers = {"of": reward.of, "free": reward.free, "sets": sets, "percent": rate}
    return Given(
        candidate, value, reward.cost, tuple(shares), tuple(free), Because.CHEAPEST_FREE, numbers, taken=tuple(taken)
    )


def _lucky(reward: CheapestFree, runs: Runs, sets: int) -> list[tuple[int, int, int]]:
    """Return for each run the units that are in a set, and how many of them are the cheap ones."""
    found, position, end = [], 0, sets * reward.of
    for i, count in runs:
        here = min(count, end - position)
        if not here:
            break
        lucky = _lucky_before(reward, sets, position + here) - _lucky_before(reward, sets, position)
        found.append((i, here, lucky))
        position += here
    return found


def _lucky_before(reward: CheapestFree, sets: int, position: int) -> int:
    """Return how many of the first ``position`` units are cheap ones: the last of each set, or the first of all."""
    if reward.take is Take.CHEAPEST_FIRST:
        return min(position, sets * reward.free)
    whole, rest = divmod(position, reward.of)
    return whole * reward.free + max(0, rest - (reward.of - reward.free))


def give_fixed_price(reward: FixedPrice, candidate: Candidate, ticket: Ticket, room: int) -> Given | Reason:
    """Let every ``quantity`` units, the dearest together, cost one price where that is less."""
    unit = ticket.shelf.unit
    runs = [(i, ticket.open[i]) for i in candidate.lines if ticket.open[i]]
    # By the price that is compared with theirs, without tax: so no later set saves more.
    runs.sort(key=lambda run: (-unit[run[0]], run[0]))
    units = sum([count for _, count in runs])
    if units < reward.quantity:
        return Reason(Because.UNITS_MISSING, {"missing": reward.quantity - units})
    shares: dict[int, int] = {}
    taken: dict[int, int] = {}
    sets, base, value = 0, 0, 0
    for members, times in _sets(runs, reward.quantity):
        prices = [unit[i] * count for i, count in members]
        off = sum(prices) - reward.price
        allowed = min(times, (reward.most or times + sets) - sets)
        if off <= 0 or not allowed:
            break
        part = min(off * allowed, room - value)
        for (i, count), share in zip(members, spread(part, [price * allowed for price in prices]), strict=True):
            shares[i] = shares.get(i, 0) + share
            taken[i] = taken.get(i, 0) + count * allowed
        sets, base, value = sets + allowed, base + sum(prices) * allowed, value + part
    if not value:
        return Reason(Because.NO_EFFECT)
    numbers = {"price": reward.price, "quantity": reward.quantity, "sets": sets, "base": base}
    fallen = tuple((i, share) for i, share in sorted(shares.items()) if share)
    return Given(
        candidate, value, reward.cost, fallen, (), Because.FIXED_PRICE, numbers, taken=tuple(sorted(taken.items()))
    )


def _sets(runs: Runs, quantity: int) -> list[tuple[Runs, int]]:
    """Return the sets that ``runs`` make, in order: which units are in one, and how many such sets there are."""
    found: list[tuple[Runs, int]] = []
    begun: Runs = []
    missing = quantity
    for i, count in runs:
        rest = count
        if begun:
            part = min(rest, missing)
            begun.append((i, part))
            missing, rest = missing - part, rest - part
            if missing:
                continue
            found.append((begun, 1))
            begun, missing = [], quantity
        if rest >= quantity:
            found.append(([(i, quantity)], rest // quantity))
        if rest % quantity:
            begun, missing = [(i, rest % quantity)], quantity - rest % quantity
    return found
