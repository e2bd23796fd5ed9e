"""A price under way: what is still to pay on each line, and which units are still open."""

from collections.abc import Mapping, Sequence

from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.money import spread
from pos_loyalty.core.pricing.candidate import Given, Units
from pos_loyalty.core.pricing.shelf import Shelf


def fall(value: int, lines: tuple[int, ...], left: Sequence[int]) -> Units:
    """Split ``value`` over ``lines`` in proportion to what is left of each."""
    if len(lines) == 1:
        return ((lines[0], value),)
    shares = spread(value, [left[i] for i in lines])
    return tuple([(i, share) for i, share in zip(lines, shares, strict=True) if share])


class Ticket:
    """What the rewards given so far leave."""

    __slots__ = ("aside", "coded", "given", "left", "net", "open", "paid", "points", "shelf", "spent")

    def __init__(self, shelf: Shelf, points: Mapping[str, int]) -> None:
        self.shelf = shelf
        self.left = shelf.gross.copy()
        """Minor units still to pay, by line."""
        self.net = sum(self.left)
        self.paid = shelf.bought.copy()
        """Units that are not free, by line."""
        self.open = shelf.bought.copy()
        """Units that no offer has taken up, by line."""
        self.points = points
        """What each account holds; replaced, never changed."""
        self.spent: Mapping[str, int] = {}
        """Minor units each program has given."""
        self.coded: Mapping[str, Mapping[int, int]] = {}
        """Program that a code woke to what it took off which line."""
        self.aside = 0
        """What points paid step by step, less what the gifts that are added cost on the shelf."""
        self.given: list[Given] = []

    @property
    def worth(self) -> int:
        """What the customer gives for it all: the less, the better.

        That is what is left to pay, less the gifts. Points that pay step by step are as good as money: a combination
        is no better for using up more of them.
        """
        return self.net + self.aside

    def copy(self) -> "Ticket":
        """Return a ticket that goes on from here."""
        other = Ticket.__new__(Ticket)
        other.shelf, other.net = self.shelf, self.net
        other.left, other.paid, other.open = self.left.copy(), self.paid.copy(), self.open.copy()
        other.points, other.spent, other.coded = self.points, self.spent, self.coded
        other.aside, other.given = self.aside, self.given.copy()
        return other

    def take(self, given: Given) -> None:
        """Let ``given`` stand."""
        plan = given.candidate.plan
        left, program = self.left, plan.program
        shares = given.shares
        if shares is None:
            shares = fall(given.value, given.lines, left)
            given.shares = shares
        for i, share in shares:
            left[i] -= share
            self.net -= share
        for i, units in given.free:
            self.paid[i] -= units
        for i, units in given.taken:
            self.open[i] -= units
        if given.cost:
            balance = self.points.get(program.account, 0) - given.cost
            self.points = {**self.points, program.account: balance}
        if given.candidate.budget is not None:
            self.spent = {**self.spent, program.program_id: self.spent.get(program.program_id, 0) + given.value}
        if plan.by_code and shares:
            taken = dict(self.coded.get(program.program_id, {}))
            for i, share in given.lowering:
                taken[i] = taken.get(i, 0) + share
            self.coded = {**self.coded, program.program_id: taken}
        self.aside += given.value if given.code is Because.PER_POINT else -given.value if given.gifts else 0
        self.given.append(given)
