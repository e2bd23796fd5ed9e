"""What one customer has in one world: points with their last days, vouchers, counters of limits, a tier.

Points live and die here as in the ledger (nearest expiry first, pending until their day), without its proofs: a
simulation takes nothing back.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from pos_loyalty.core.evaluation import Evaluation, MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.expiry import NEVER, ExpiryPolicy, last_day
from pos_loyalty.core.members import Member, Used
from pos_loyalty.core.programs import Program, Scope, Tiering
from pos_loyalty.core.simulation.baskets import Customer
from pos_loyalty.core.tiering import TierBy, TierMeasure, assess, period_of
from pos_loyalty.core.tiers import TierState
from pos_loyalty.core.vouchers import Voucher


class _Lot(NamedTuple):
    """Points that can be spent from one day to another."""

    points: int
    since: date
    until: date

    def is_good(self, today: date) -> bool:
        return self.since <= today <= self.until


class _Bought(NamedTuple):
    """What one purchase came to."""

    day: date
    spend: int
    points: dict[str, int]


class Purse:
    """The belongings of one member."""

    def __init__(self, customer: Customer, today: date) -> None:
        self._member_id = customer.member_id
        self._lots: dict[str, list[_Lot]] = {
            account: [_Lot(points, date.min, date.max)] for account, points in customer.balances.items()
        }
        self._vouchers: dict[str, Voucher] = {}
        self._used: dict[str, Used] = {}
        self._granted: dict[str, date] = {}
        self._purchases = customer.purchase_count
        self._bought: list[_Bought] = []
        self._tier = TierState(tier_id=customer.tier, since=today) if customer.tier else None
        self._made = 0

    def member(self, customer: Customer, today: date) -> Member:
        """Return the member document of this day. Segments and occasions are those of the past."""
        return Member(
            member_id=self._member_id,
            tier=self._tier.tier_id if self._tier else "",
            segments=customer.segments,
            occasions=customer.occasions,
            balances={account: self._balance(account, today) for account in self._lots},
            vouchers=tuple(self._vouchers.values()),
            used=dict(self._used),
            granted=dict(self._granted),
            purchase_count=self._purchases,
        )

    def keep(self, priced: Evaluation, today: date, policies: dict[str, ExpiryPolicy]) -> None:
        """Take in what a purchase gave and took. ``policies`` say by program version how long points live."""
        for move in sorted(priced.moves, key=lambda move: -move.points):
            self._move(move, today, policies)
        for number, voucher in enumerate(priced.vouchers, self._made + 1):
            self._keep_voucher(voucher, number)
        self._made += len(priced.vouchers)
        for count in priced.counts:
            if count.scope is Scope.MEMBER:
                before = self._used.get(count.key, Used(amount=0))
                self._used[count.key] = Used(amount=before.amount + count.amount, until=count.until)
        self._granted.update(dict.fromkeys(priced.granted, today))
        self._purchases += 1
        earned = dict.fromkeys((move.account for move in priced.moves), 0)
        for move in priced.moves:
            earned[move.account] += max(0, move.points)
        self._bought.append(_Bought(today, priced.net, earned))

    def assess(self, programs: Sequence[Program], today: date) -> None:
        """Raise or lower the member, as the first of ``programs`` that has a policy of tiers says."""
        for program in programs:
            if program.tiering is not None:
                amount = self._measured(program, program.tiering, today)
                self._tier = assess(program.tiering, program.tiers, self._tier, amount, today)
                return

    def _measured(self, program: Program, tiering: Tiering, today: date) -> int:
        if tiering.measure is TierMeasure.BALANCE:
            return self._balance(program.account, today)
        since, before = period_of(tiering, today)
        counted = [bought for bought in self._bought if since <= bought.day < before]
        if tiering.by is TierBy.SPEND:
            return sum(bought.spend for bought in counted)
        return sum(bought.points.get(program.account, 0) for bought in counted)

    def _balance(self, account: str, today: date) -> int:
        return sum(lot.points for lot in self._lots.get(account, ()) if lot.is_good(today))

    def _move(self, move: PointsMove, today: date, policies: dict[str, ExpiryPolicy]) -> None:
        lots = self._lots.setdefault(move.account, [])
        if move.kind is MoveKind.ACCRUAL:
            since = move.pending_until or today
            policy = policies.get(move.source.partition("/")[0], NEVER)
            lots.append(_Lot(move.points, since, last_day(policy, since) or date.max))
        else:
            self._lots[move.account] = list(_spent(lots, -move.points, today))

    def _keep_voucher(self, move: VoucherMove, number: int) -> None:
        known = self._vouchers.get(move.code)
        if move.kind is VoucherMoveKind.ISSUED:
            code = f"{self._member_id}#{number}".upper()
            self._vouchers[code] = Voucher(
                code=code,
                program_id=move.program_id,
                member_id=self._member_id,
                valid_from=move.valid_from,
                valid_until=move.valid_until,
                balance=move.amount,
            )
        elif known is not None and move.kind is VoucherMoveKind.DEBITED:
            self._vouchers[move.code] = replace(known, balance=known.balance - move.amount)
        else:
            self._vouchers.pop(move.code, None)


def _spent(lots: Sequence[_Lot], points: int, today: date) -> Iterator[_Lot]:
    """Yield what is left of ``lots`` after ``points`` were taken, nearest expiry first. They are enough."""
    for lot in sorted(lots, key=lambda lot: (lot.until, lot.since)):
        taken = min(points, max(0, lot.points)) if lot.is_good(today) else 0
        points -= taken
        if lot.points != taken:
            yield lot._replace(points=lot.points - taken)
