"""The money that goes back to the gift cards and wallets that had paid."""

from collections.abc import Mapping
from typing import NamedTuple

from pos_loyalty.core.evaluation import MoveKind, Payment, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import PaidBack
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.sources import program_of
from pos_loyalty.core.vouchers import Voucher, VoucherStatus


class Repaid(NamedTuple):
    """What one payment gets back."""

    payment: PaidBack
    voucher: VoucherMove | None
    move: PointsMove | None


def repay(sale: Sale, refund: int, vouchers: Mapping[str, Voucher]) -> list[Repaid]:
    """Return what of ``refund`` goes back to gift cards and wallets, in the order in which they had paid.

    A card that was revoked meanwhile is passed over: what is put on it, nobody could spend.
    """
    repaid = []
    for payment in sale.body.payments:
        card = vouchers.get(payment.code) if payment.code else None
        before = _repaid_before(sale, payment)
        amount = min(refund, payment.amount - before)
        if amount <= 0 or (card is not None and card.status is VoucherStatus.REVOKED):
            continue
        refund -= amount
        back = PaidBack(
            reward=payment.reward, amount=amount, source=payment.source, code=payment.code, account=payment.account
        )
        repaid.append(Repaid(back, _credit(back), _restoration(sale, payment, before, back)))
    return repaid


def _repaid_before(sale: Sale, payment: Payment) -> int:
    key = payment.source, payment.code
    return sum(
        back.amount for returned in sale.returns for back in returned.payments_back if (back.source, back.code) == key
    )


def _credit(back: PaidBack) -> VoucherMove | None:
    if not back.code:
        return None
    return VoucherMove(
        kind=VoucherMoveKind.CREDITED,
        program_id=program_of(back.source),
        source=back.source,
        code=back.code,
        amount=back.amount,
    )


def _restoration(sale: Sale, payment: Payment, before: int, back: PaidBack) -> PointsMove | None:
    """Return the points that ``back`` puts into its wallet: rounded up, and all of them once all is back."""
    # A rule may be called like the reward, and what it earned goes by the goods.
    spent = -sum(move.points for move in sale.body.moves if move.source == payment.source and move.points < 0)
    after = before + back.amount
    points = -(-spent * after // payment.amount) + (-spent * before // payment.amount)
    if not points:
        return None
    return PointsMove(account=back.account, points=points, kind=MoveKind.RESTORATION, source=back.source)
