"""Free items: buy some and get some, in the basket or as a line of its own."""

from bisect import bisect_right
from collections.abc import Mapping

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.needs import paid_amount, times_met
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.unit_offers import open_runs
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import FreeItem, Take

Units = list[tuple[int, int]]


def give_gift(
    reward: FreeItem, candidate: Candidate, ticket: Ticket, catalogue: Mapping[str, Product], room: int
) -> Given | Reason:
    """Add the gifts that were chosen, as lines of their own.

    Whoever pays for the gift with points or a voucher may just fetch it; all others buy something for it.
    """
    fetched = reward.goods.everything and (reward.cost or candidate.voucher is not None)
    if not fetched and not any(ticket.paid[i] for i in candidate.lines):
        return Reason(Because.GOODS_MISSING)
    times = _times(reward, candidate, ticket)
    chosen = candidate.claim.gifts if candidate.claim else ()
    if not chosen and len(reward.gifts) == 1:
        chosen = reward.gifts * (reward.quantity * times)
    if not chosen:
        return Reason(Because.CHOICE_MISSING, {"choose": reward.quantity * times})
    unknown = next((gift for gift in chosen if gift not in reward.gifts or gift not in catalogue), None)
    if unknown is not None:
        return Reason(Because.UNKNOWN_GIFT, {}, {"product": unknown})
    kept = chosen[: reward.quantity * times]
    value = sum(catalogue[gift].unit_price for gift in kept)
    if value > room:
        return Reason(Because.BUDGET_SPENT)
    # Half of a number of gifts costs as much as the whole: ceil(3 gifts / 2 at a time) x cost.
    cost = -(-len(kept) // reward.quantity) * reward.cost
    return Given(candidate, value, cost, (), (), Because.FREE_ITEM, {"units": len(kept)}, gifts=kept)


def give_free_units(reward: FreeItem, candidate: Candidate, ticket: Ticket, room: int) -> Given | Reason:
    """Make units free that are in the basket. What is free was not bought, and what was bought is taken up."""
    buy, get = reward.needs.quantity, reward.quantity
    # Where nothing is bought by the piece, what is free takes up itself alone.
    bought_lines = ticket.shelf.reach(reward.needs.goods or reward.goods) if buy else ()
    both = set(candidate.lines) & set(bought_lines)
    here, there, shared = (sum(ticket.open[i] for i in lines) for lines in (candidate.lines, bought_lines, both))
    times = min(here // get, (here + there - shared) // (get + buy), _times(reward, candidate, ticket))
    if buy:
        times = min(times, there // buy)
    if not times:
        return Reason(
            Because.UNITS_MISSING, {"missing": max(get + buy - (here + there - shared), get - here, buy - there)}
        )

    def free_of(times: int) -> Units:
        return _free(times * get, times * buy - (there - shared), candidate.lines, both, ticket)

    def missing(times: int) -> int:
        return _money_missing(reward, candidate, ticket, free_of(times), times)

    if reward.needs.amount:
        # The more units are free, the less is paid for them.
        times = bisect_right(range(1, times + 1), 0, key=missing)
        if not times:
            return Reason(Because.MONEY_MISSING, {"missing": missing(1)})
    free = free_of(times)
    value = sum(ticket.shelf.unit[i] * units for i, units in free)
    if value > room:
        return Reason(Because.BUDGET_SPENT)
    taken = dict(free)
    for i, units in _take_bought(times * buy, bought_lines, both, taken, ticket):
        taken[i] = taken.get(i, 0) + units
    return Given(
        candidate,
        value,
        times * reward.cost,
        tuple((i, ticket.shelf.unit[i] * units) for i, units in sorted(free)),
        tuple(sorted(free)),
        Because.FREE_ITEM,
        {"units": times * get},
        taken=tuple(sorted(taken.items())),
    )


def _money_missing(reward: FreeItem, candidate: Candidate, ticket: Ticket, free: Units, times: int) -> int:
    """Return what is missing to what ``needs.amount`` asks for ``times``, if ``free`` is not paid for; 0 if nothing."""
    lines = ticket.shelf.reach(reward.needs.goods or reward.goods)
    amount = paid_amount(reward.needs, lines, candidate.plan.program.program_id, ticket, dict(free))
    return max(0, reward.needs.amount * (times if reward.repeats else 1) - amount)


def _times(reward: FreeItem, candidate: Candidate, ticket: Ticket) -> int:
    """Return how often the reward is had: as often as its needs are met, but only as often as asked if it costs."""
    asked = candidate.claim.times if candidate.claim and reward.cost else 1
    if reward.repeats:
        met = times_met(reward.needs, reward.goods, candidate.plan.program.program_id, ticket)
        asked = min(met, asked) if reward.cost else met
    return min(asked, reward.most or asked)


def _free(count: int, keep: int, lines: tuple[int, ...], both: set[int], ticket: Ticket) -> Units:
    """Choose ``count`` open units of ``lines``, cheapest first, but leave ``keep`` of those that can be bought."""
    spare = sum(ticket.open[i] for i in both) - max(0, keep)
    chosen = []
    for i, units in open_runs(lines, ticket, Take.CHEAPEST_FIRST):
        part = min(units, count, spare if i in both else units)
        if part:
            chosen.append((i, part))
            count -= part
            spare -= part if i in both else 0
    return chosen


def _take_bought(count: int, lines: tuple[int, ...], both: set[int], free: Mapping[int, int], ticket: Ticket) -> Units:
    """Choose the units that are bought for it: first those that could not be free, and the dear ones last.

    That leaves most to the offers that follow.
    """
    taken = []
    runs = open_runs(lines, ticket, Take.CHEAPEST_FIRST)
    for i, units in sorted(runs, key=lambda run: run[0] in both):
        part = min(count, units - free.get(i, 0))
        if part:
            taken.append((i, part))
            count -= part
    return taken
