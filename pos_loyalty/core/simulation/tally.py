"""What a replay comes to, and its counting."""

from collections.abc import Sequence

import msgspec

from pos_loyalty.core.evaluation import Evaluation, MoveKind, VoucherMoveKind

TOP = 10


class Contribution(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one program version gave."""

    baskets: int = 0
    """In which it gave a discount, a service or points."""
    discount: int = 0
    """Minor units."""
    issued: int = 0
    """Points."""
    spent: int = 0


class Side(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What all baskets come to under one set of programs. Amounts are minor units."""

    baskets: int = 0
    gross: int = 0
    """With the gifts that were added, at shelf prices."""
    discount: int = 0
    """What the programs cost."""
    net: int = 0
    total: int = 0
    """With tax on top: what customers paid."""
    issued: dict[str, int] = {}
    """Points by account."""
    spent: dict[str, int] = {}
    vouchers: int = 0
    """Vouchers and cards that were made."""
    redeemable: int = 0
    """Baskets in which points or a voucher could have been used, and were not."""
    unclaimed: int = 0
    """What those could have saved, each basket by its best reward."""
    not_optimal: int = 0
    """Baskets with too many choices to weigh them all."""
    programs: dict[str, Contribution] = {}
    """By ``program@version``."""

    def count(self, priced: Evaluation) -> None:
        """Add one basket."""
        self.baskets += 1
        self.gross += priced.gross
        self.discount += priced.discount
        self.net += priced.net
        self.total += priced.total
        self.vouchers += sum(move.kind is VoucherMoveKind.ISSUED for move in priced.vouchers)
        offers = [offer.value for offer in priced.claimable if offer.cost or offer.code]
        self.redeemable += bool(offers)
        self.unclaimed += max(offers, default=0)
        self.not_optimal += priced.choice is not None and not priced.choice.optimal
        self._count_programs(priced)

    def _count_programs(self, priced: Evaluation) -> None:
        had: dict[str, None] = {}
        for applied in priced.applied:
            self._of(applied.source, had).discount += applied.value
        for move in priced.moves:
            contribution, points = self._of(move.source, had), abs(move.points)
            if move.kind is MoveKind.ACCRUAL:
                contribution.issued += points
                self.issued[move.account] = self.issued.get(move.account, 0) + points
            else:
                contribution.spent += points
                self.spent[move.account] = self.spent.get(move.account, 0) + points
        for stamp in had:
            self.programs[stamp].baskets += 1

    def _of(self, source: str, had: dict[str, None]) -> Contribution:
        """Return the contribution of the program in ``source``, and remember that it gave something."""
        stamp = source.partition("/")[0]
        had[stamp] = None
        return self.programs.setdefault(stamp, Contribution())


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a customer paid under the current programs, and would have paid under the draft."""

    customer: str
    """Member id, or ``basket 17`` (the line of the file) for one who is not known."""
    baskets: int
    before: int
    after: int

    @property
    def saved(self) -> int:
        """What the draft saves the customer; below 0 what it costs."""
        return self.before - self.after


class Swing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The customers who are better off, or those who are worse off."""

    customers: int = 0
    baskets: int = 0
    """Single baskets that became cheaper, or dearer."""
    amount: int = 0
    """All of it together."""
    median: int = 0
    """Of an affected customer, the lower middle."""
    most: tuple[Change, ...] = ()
    """The ten who are affected most."""


class Simulation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer: both sides, and who gains and loses. Points count as points, not as money."""

    current: Side
    draft: Side
    winners: Swing
    losers: Swing
    unchanged: int = 0
    """Customers who pay the same."""


def swing(changes: Sequence[Change], baskets: Sequence[int], sign: int) -> Swing:
    """Return the winners (``sign`` 1) or the losers (-1). ``baskets`` are what each basket saves its customer."""
    affected = sorted(
        (change for change in changes if sign * change.saved > 0),
        key=lambda change: (-sign * change.saved, change.customer),
    )
    if not affected:
        return Swing(baskets=sum(sign * saved > 0 for saved in baskets))
    return Swing(
        customers=len(affected),
        baskets=sum(sign * saved > 0 for saved in baskets),
        amount=sum(sign * change.saved for change in affected),
        median=sign * affected[len(affected) // 2].saved,
        most=tuple(affected[:TOP]),
    )
