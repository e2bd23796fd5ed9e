"""Payments: gift cards and wallets, after all discounts and taxes. They lower neither."""

from typing import NamedTuple

from pos_loyalty.core.evaluation import (
    Because,
    MoveKind,
    Payment,
    PointsMove,
    Reason,
    VoucherMove,
    VoucherMoveKind,
)
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.programs import Pay
from pos_loyalty.core.vouchers import Voucher


class Paid(NamedTuple):
    """What one card or wallet pays."""

    payment: Payment
    move: PointsMove | None
    voucher: VoucherMove | None


def pay(candidate: Candidate, reward: Pay, balance: int, to_pay: int) -> Paid | Reason:
    """Return what ``candidate`` pays of ``to_pay``; ``balance`` is that of its account."""
    wanted = candidate.claim.points if candidate.claim else None
    if candidate.voucher is not None:
        return _by_card(candidate, candidate.voucher, wanted, to_pay)
    usable = min(balance, balance if wanted is None else wanted)
    if wanted is not None and wanted > balance:
        return Reason(Because.POINTS_MISSING, {"missing": wanted - balance})
    if usable < reward.points:
        return Reason(Because.POINTS_MISSING, {"missing": reward.points - usable})
    steps = min(usable // reward.points, to_pay // reward.amount)
    if not steps:
        return Reason(Because.NO_EFFECT)
    plan, amount, points = candidate.plan, steps * reward.amount, steps * reward.points
    account = plan.program.account
    payment = Payment(
        reward=plan.key, name=reward.name, amount=amount, source=plan.source, account=account, left=balance - points
    )
    reason = Reason(Because.PAID, {"amount": amount, "balance": balance})
    move = PointsMove(account=account, points=-points, kind=MoveKind.REDEMPTION, source=plan.source, reason=reason)
    return Paid(payment, move, None)


def _by_card(candidate: Candidate, card: Voucher, wanted: int | None, to_pay: int) -> Paid | Reason:
    if wanted is not None and wanted > card.balance:
        return Reason(Because.MONEY_MISSING, {"missing": wanted - card.balance})
    amount = min(card.balance, to_pay, card.balance if wanted is None else wanted)
    if amount <= 0:
        return Reason(Because.NO_EFFECT)
    plan = candidate.plan
    payment = Payment(
        reward=plan.key,
        name=plan.reward.name,
        amount=amount,
        source=plan.source,
        code=card.code,
        left=card.balance - amount,
    )
    move = VoucherMove(
        kind=VoucherMoveKind.DEBITED,
        program_id=plan.program.program_id,
        source=plan.source,
        code=card.code,
        amount=amount,
    )
    return Paid(payment, None, move)
