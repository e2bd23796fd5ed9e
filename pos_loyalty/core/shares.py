"""Which part of a sale's money, points and vouchers belongs to which of its lines, and how much of it is back.

Every unit of a line carries the same share of it, whether it was a free one or not; of a line of gift cards, every
minor unit that was loaded onto them. A share depends only on how much is back in all, never on how it came: returning
one by one gives the same as returning at once.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from pos_loyalty.core.evaluation import Because, PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted, SoldLine
from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.returned_cards import loaded
from pos_loyalty.core.sources import reward_of


class Shares:
    """What is back of one sale."""

    def __init__(self, sale: BasketCommitted, units: Mapping[int, int], card_money: Mapping[int, int]) -> None:
        """``units`` are back, and ``card_money`` was taken from gift cards that are; both by line number."""
        faces = loaded(sale)
        self._lines = sale.lines
        self._units = units
        self._back = {
            line.number: (card_money.get(line.number, 0), face)
            if (face := faces[line.number])
            else (units.get(line.number, 0), line.quantity)
            for line in sale.lines
        }

    @property
    def complete(self) -> bool:
        """Whether nothing is out any more: no gift, and no money of a gift card that was sold."""
        return all(back == whole for back, whole in self._back.values())

    def out(self) -> list[SoldLine]:
        """Return the lines of which something is not back."""
        return [line for line in self._lines if self._units.get(line.number, 0) < line.quantity]

    def part(self, number: int, amount: int) -> int:
        """Return what is back of ``amount`` of a line: half up, and exactly all of it when all is back."""
        back, whole = self._back[number]
        return round_ratio(amount * back, whole, Rounding.HALF_UP)

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
            weights = {line.number: line.quantity for line in self._lines if line.number in weights}
            whole = sum(weights.values())
        # By denominator, since adding fractions is dear and a sale has few different ones.
        parts: Counter[int] = Counter()
        for number, weight in weights.items():
            back, of = self._back[number]
            parts[of] += weight * back
        return sum((Fraction(weight, of) for of, weight in parts.items()), Fraction()) / whole
