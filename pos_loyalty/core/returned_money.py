"""The money that goes back when goods come back: what their lines had cost, and to whom it goes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pos_loyalty.core.evaluation import MoveKind, Payment, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.events import PaidBack, ReturnedLine, SoldLine
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.shares import part
from pos_loyalty.core.sources import program_of
from pos_loyalty.core.vouchers import Voucher, VoucherStatus


def cards_out(sale: Sale, number: int) -> list[VoucherMove]:
    """Return the gift cards that were sold with line ``number`` and have not come back."""
    back = {move.code for returned in sale.returns for move in returned.vouchers}
    return [move for move in _cards_sold(sale, number) if move.code not in back]


def _cards_sold(sale: Sale, number: int) -> list[VoucherMove]:
    return [move for move in sale.body.vouchers if move.line == number]


def left_on(card: Voucher) -> int:
    """Return the minor units that can still be spent with ``card``."""
    return max(0, card.balance) if card.status is VoucherStatus.ISSUED else 0


def returned_line(
    sale: Sale,
    line: SoldLine,
    back: int,
    units: int,
    cards: Sequence[VoucherMove],
    vouchers: Mapping[str, Voucher],
) -> ReturnedLine:
    """Return what ``units`` more of ``line`` give back, of which ``back`` have come; gift ``cards`` are among them.

    A card gives back the part of its price that is still on it: bought at 80 for 100 with 50 left it is worth 40.
    """
    # A unit that was free is no card: of a line of cards, the cards carry all of the price.
    quantity = len(_cards_sold(sale, line.number)) or line.quantity
    before, after = min(back, quantity), min(back + units, quantity)
    face = sum(move.amount for move in cards)
    left = min(face, sum(left_on(vouchers[move.code]) for move in cards))

    def share(whole: int) -> int:
        grown = part(whole, after, quantity) - part(whole, before, quantity)
        return grown * left // face if face else grown

    return ReturnedLine(
        number=line.number,
        quantity=units,
        amount=share(line.net),
        tax=share(line.tax),
        added_tax=share(line.added_tax),
    )


def revoked(move: VoucherMove, card: Voucher) -> VoucherMove:
    """Return how the gift card that ``move`` made ends, with what was left on it."""
    return VoucherMove(
        kind=VoucherMoveKind.REVOKED,
        program_id=move.program_id,
        source=move.source,
        code=move.code,
        amount=left_on(card),
        line=move.line,
    )


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
    spent = -sum(move.points for move in sale.body.moves if move.source == payment.source)
    after = before + back.amount
    points = -(-spent * after // payment.amount) + (-spent * before // payment.amount)
    if not points:
        return None
    return PointsMove(account=back.account, points=points, kind=MoveKind.RESTORATION, source=back.source)
