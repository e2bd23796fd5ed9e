"""Which part of a sale's points and vouchers belongs to which of its lines, and how much of it is back.

Every unit of a line carries the same share of it, whether it was a free one or not. A share depends only on how many
units are back in all, never on how they came: returning one by one gives the same as returning at once.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from pos_loyalty.core.evaluation import Because, PointsMove
from pos_loyalty.core.events import BasketCommitted, SoldLine
from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.sources import reward_of


def part(amount: int, back: int, quantity: int) -> int:
    """Return what ``back`` of ``quantity`` units come to of ``amount``: half up, and exactly all of it for all."""
    return round_ratio(amount * back, quantity, Rounding.HALF_UP)


class Shares:
    """What is back of one sale: ``back`` is units by line number, of every line at most as many as were sold."""

    def __init__(self, sale: BasketCommitted, back: Mapping[int, int]) -> None:
        self._lines = sale.lines
        self._back = back

    @property
    def complete(self) -> bool:
        """Whether nothing is out any more, no gift either."""
        return not self.out()

    def out(self) -> list[SoldLine]:
        """Return the lines of which something is not back."""
        return [line for line in self._lines if self._back.get(line.number, 0) < line.quantity]

    def earned(self, move: PointsMove) -> Fraction:
        """Return how much of what ``move`` earned was earned on goods that are back.

        Points per unit go by the units that were paid for, all others by what was paid.
        """
        if move.reason is not None and move.reason.code is Because.EARNED_PER_UNIT:
            weights = {line.number: line.quantity - line.free_units for line in self._lines}
        else:
            weights = {line.number: line.net for line in self._lines}
        if move.lines:
            weights = {number: weights.get(number, 0) for number in move.lines}
        return self._of(weights)

    def bought(self) -> Fraction:
        """Return how much of what was paid for is back."""
        return self._of({line.number: line.net for line in self._lines})

    def spent(self, source: str) -> Fraction:
        """Return how much of what the reward of ``source`` took off lay on goods that are back."""
        reward = reward_of(source)
        return self._of({line.number: line.discounts.get(reward, 0) for line in self._lines})

    def _of(self, weights: Mapping[int, int]) -> Fraction:
        whole = sum(weights.values())
        if not whole:
            # Nothing was paid or taken off: the pieces decide.
            weights = {line.number: line.quantity for line in self._lines}
            whole = sum(weights.values())
        # By quantity, since adding fractions is dear and a sale has few different denominators.
        parts: Counter[int] = Counter()
        for line in self._lines:
            parts[line.quantity] += weights.get(line.number, 0) * self._back.get(line.number, 0)
        return sum((Fraction(weight, quantity) for quantity, weight in parts.items()), Fraction()) / whole
