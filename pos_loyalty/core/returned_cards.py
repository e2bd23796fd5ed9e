"""Gift cards that were sold and come back: which of them, and what is left on them.

A card is worth what is left on it, whatever else is reckoned by the piece: bought at 80 for 100, with 50 left, it gives
back 40, and half of the points, the vouchers and the uses that belong to it stay where they are.
"""

from collections import Counter
from collections.abc import Iterable

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.vouchers import Voucher, VoucherStatus


def cards_out(sale: Sale, number: int) -> list[VoucherMove]:
    """Return the gift cards that were sold with line ``number`` and have not come back."""
    back = {move.code for move in _moves_back(sale)}
    return [move for move in sale.body.vouchers if move.line == number and move.code not in back]


def left_on(card: Voucher) -> int:
    """Return the minor units that can still be spent with ``card``."""
    return max(0, card.balance) if card.status is VoucherStatus.ISSUED else 0


def emptied(move: VoucherMove, card: Voucher) -> VoucherMove:
    """Return how the gift card that ``move`` made loses what is left on it.

    One that has all of its money is dead then. One that has paid for something stays good, with nothing on it: when
    those goods come back, their money goes onto the card again. Were it dead, it would be paid out, and a card that
    was bought at 80 for 100 would be 100 in cash.
    """
    left = min(left_on(card), move.amount)
    return VoucherMove(
        kind=VoucherMoveKind.REVOKED if left == move.amount else VoucherMoveKind.DEBITED,
        program_id=move.program_id,
        source=move.source,
        code=move.code,
        amount=left,
        line=move.line,
    )


def emptied_before(sale: Sale) -> Counter[int]:
    """Return the minor units that earlier returns took from the gift cards of each line, by line number."""
    return money_of(_moves_back(sale))


def loaded(sale: BasketCommitted) -> Counter[int]:
    """Return the minor units that the gift cards of each line were sold with, by line number."""
    return money_of(sale.vouchers)


def money_of(moves: Iterable[VoucherMove]) -> Counter[int]:
    """Return the minor units of ``moves`` by the line that their cards were bought with."""
    money: Counter[int] = Counter()
    for move in moves:
        if move.line is not None:
            money[move.line] += move.amount
    return money


def _moves_back(sale: Sale) -> list[VoucherMove]:
    return [move for returned in sale.returns for move in returned.vouchers]
