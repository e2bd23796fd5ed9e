"""A price that no combination can undercut, for where there are too many to weigh them all."""

from collections.abc import Iterable

from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.programs import HUNDREDTHS, CheapestFree, FixedOff, PercentOff, hundredths


def lowest_net(candidates: Iterable[Candidate], shelf: Shelf) -> int:
    """Return the shelf prices less the most that each of ``candidates`` could ever give, 0 at the least."""
    return max(0, sum(shelf.gross) - sum(_most(candidate, shelf) for candidate in candidates))


def _most(candidate: Candidate, shelf: Shelf) -> int:
    reward, gross = candidate.plan.reward, sum(shelf.gross[i] for i in candidate.lines)
    match reward:
        case PercentOff():
            most = round_ratio(gross * hundredths(reward.percent), HUNDREDTHS, Rounding.UP)
            return min(most, reward.cap or most)
        case FixedOff():
            value = candidate.voucher.value if candidate.voucher else 0
            return min(gross, max(value, reward.amount))
        case CheapestFree():
            # The dearest units of all: more than the cheapest of any set.
            units = sum(shelf.quantity[i] for i in candidate.lines)
            dearest = max((shelf.unit[i] for i in candidate.lines), default=0)
            return min(gross, units // reward.of * reward.free * dearest)
        case _:
            return gross
