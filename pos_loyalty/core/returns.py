"""Returns and voids of a sale: what the customer gets back, and what goes back with it. Pure.

Money: a unit carries the same share of what its line cost, free units too, so no order of returning pays better than
another, and returning everything gives back exactly what was paid. What gift cards and wallets had paid goes back
there first, the rest is paid out: a card cannot be turned into cash.

Points: what was earned is taken back in proportion, rounded down; what was spent is given back in proportion, rounded
up; both exactly once everything is back, and never more than was earned or spent. Earned points go by the lines they
were earned on, spent ones by the lines on which the reward lay. A return earns nothing.

Vouchers: one that was used comes back when everything it lay on is back; a coupon that the sale gave is revoked when
everything that was paid for is back. A gift card that was sold comes back through its line, for what is left on it;
one that has paid for something stays good, so that what it paid can come back to it and to nobody's pocket.

Uses of limits, and the grant of an occasion, are released when nothing of the sale is out any more, gifts included.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.evaluation import PointsMove, VoucherMove
from pos_loyalty.core.event_bodies import BasketReturned, BasketVoided, PaidBack, ReturnedLine, SoldLine
from pos_loyalty.core.programs import ProgramSet
from pos_loyalty.core.return_requests import Accepted, ReturnFault, ReturnFaultKind, ReturnRequest, accept
from pos_loyalty.core.returned_cards import emptied, emptied_before, money_of
from pos_loyalty.core.returned_money import repay
from pos_loyalty.core.returned_points import Undoing, made_up
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.shares import Shares
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.vouchers import Voucher

__all__ = [
    "PricedReturn",
    "ReturnFault",
    "ReturnFaultKind",
    "ReturnRequest",
    "after_return",
    "price_return",
    "price_void",
    "returned_body",
    "voided_body",
]

NO_BALANCES: Mapping[str, int] = MappingProxyType({})
NO_VOUCHERS: Mapping[str, Voucher] = MappingProxyType({})


class PricedReturn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What coming back gives and moves. Amounts are minor units.

    ``refund == to_refund + sum(payments_back) == sum(line.amount + line.added_tax)``.
    """

    currency: str
    refund: int
    added_tax: int = 0
    to_refund: int
    """To be paid out to the customer, as the sale was paid."""
    lines: tuple[ReturnedLine, ...]
    """In the order of the sale; one for each line of which something came."""
    payments_back: tuple[PaidBack, ...] = ()
    """To gift cards and wallets; ``vouchers`` and ``moves`` have the moves that belong to them."""
    moves: tuple[PointsMove, ...] = ()
    """Restorations (above zero), then reversals (below zero); 0 where all is ``forgiven`` or ``short``."""
    vouchers: tuple[VoucherMove, ...] = ()
    counts: tuple[Counted, ...] = ()
    """Amounts below zero: uses that no longer count."""
    granted: dict[str, date] = {}
    """Programs of an occasion that may give again, with the day of the grant that is taken back."""
    complete: bool = False
    """Nothing of the sale is out any more."""
    gifts_out: tuple[int, ...] = ()
    """Lines of gifts that the customer still has: ask for them. They come back for no money."""
    balances_after: dict[str, int] = {}


def price_return(
    sale: Sale,
    wanted: Sequence[ReturnRequest],
    programs: ProgramSet,
    now: datetime,
    *,
    balances: Mapping[str, int] = NO_BALANCES,
    short: Mapping[str, int] = NO_BALANCES,
    vouchers: Mapping[str, Voucher] = NO_VOUCHERS,
) -> PricedReturn | tuple[ReturnFault, ...]:
    """Return what taking ``wanted`` back from ``sale`` gives and moves, or every reason why that is not possible.

    ``now`` is in the store's zone. ``programs`` has the versions the sale names; one that is missing has the default
    policy. ``balances`` are the member's by account, now: a policy that takes no more than there is looks at them,
    and ``short`` is what it found missing in earlier returns (:attr:`~pos_loyalty.core.members.Member.short`).
    ``vouchers`` are as they stand now, by code: gift cards that this sale sold must be among them, or a card that was
    emptied would be paid for; a card that had paid and is known to be revoked gets nothing back.
    """
    accepted = accept(sale, wanted, vouchers)
    if not isinstance(accepted, Accepted):
        return accepted
    cards = [
        emptied(card, vouchers[card.code]) for line in sale.body.lines for card in accepted.cards.get(line.number, ())
    ]
    back, money = sale.back, emptied_before(sale)
    before = Shares(sale.body, back, money)
    after = Shares(sale.body, back + accepted.units, money + money_of(cards))
    undoing = Undoing(sale, before, after, programs)
    lines = tuple(
        _returned_line(line, units, before, after) for line in sale.body.lines if (units := accepted.units[line.number])
    )
    added_tax = sum(line.added_tax for line in lines)
    refund = sum(line.amount for line in lines) + added_tax
    repaid = repay(sale, refund, vouchers)
    given = made_up([*(each.move for each in repaid if each.move), *undoing.given_back()], short)
    moves = (*given, *undoing.taken_back(now.date(), _moved(balances, given)))
    return PricedReturn(
        currency=sale.body.currency,
        refund=refund,
        added_tax=added_tax,
        to_refund=refund - sum(each.payment.amount for each in repaid),
        lines=lines,
        payments_back=tuple(each.payment for each in repaid),
        moves=moves,
        vouchers=(
            *(each.voucher for each in repaid if each.voucher),
            *cards,
            *undoing.vouchers(),
        ),
        counts=tuple(undoing.counts()),
        granted=undoing.granted(),
        complete=undoing.complete,
        gifts_out=undoing.gifts_out(),
        balances_after=_moved(balances, moves),
    )


def price_void(
    sale: Sale,
    programs: ProgramSet,
    now: datetime,
    *,
    balances: Mapping[str, int] = NO_BALANCES,
    short: Mapping[str, int] = NO_BALANCES,
    vouchers: Mapping[str, Voucher] = NO_VOUCHERS,
) -> PricedReturn | tuple[ReturnFault, ...]:
    """Return what undoing ``sale`` gives and moves: everything that is left of it, gifts included, comes back.

    Arguments and faults as for :func:`price_return`.
    """
    wanted = [ReturnRequest(number=number, quantity=units) for number, units in sale.out.items()]
    return price_return(sale, wanted, programs, now, balances=balances, short=short, vouchers=vouchers)


def returned_body(sale: Sale, priced: PricedReturn, day: date, store_id: str = "") -> BasketReturned:
    """Return the fact that ``priced`` happened to ``sale`` on ``day`` (of the store), in the store ``store_id``."""
    return BasketReturned(
        basket_id=sale.body.basket_id,
        sale_event_id=sale.event_id,
        currency=priced.currency,
        refund=priced.refund,
        lines=priced.lines,
        moves=priced.moves,
        added_tax=priced.added_tax,
        to_refund=priced.to_refund,
        payments_back=priced.payments_back,
        vouchers=priced.vouchers,
        counts=priced.counts,
        granted=priced.granted,
        complete=priced.complete,
        day=day,
        store_id=store_id,
        sale_store_id=sale.body.store_id,
    )


def voided_body(sale: Sale, priced: PricedReturn, day: date, store_id: str = "") -> BasketVoided:
    """Return the fact that ``sale`` was undone; it names the sale, which itself stays as it is."""
    return BasketVoided(
        basket_id=sale.body.basket_id,
        sale_event_id=sale.event_id,
        moves=priced.moves,
        refund=priced.refund,
        added_tax=priced.added_tax,
        to_refund=priced.to_refund,
        lines=priced.lines,
        payments_back=priced.payments_back,
        vouchers=priced.vouchers,
        counts=priced.counts,
        granted=priced.granted,
        day=day,
        store_id=store_id,
        sale_store_id=sale.body.store_id,
    )


def after_return(sale: Sale, body: BasketReturned | BasketVoided) -> Sale:
    """Return ``sale`` as it stands after ``body``."""
    if isinstance(body, BasketVoided):
        return replace(sale, voided=True)
    return replace(sale, returns=(*sale.returns, body))


def _returned_line(line: SoldLine, units: int, before: Shares, after: Shares) -> ReturnedLine:
    number = line.number

    def share(whole: int) -> int:
        return after.part(number, whole) - before.part(number, whole)

    return ReturnedLine(
        number=number,
        quantity=units,
        amount=share(line.net),
        tax=share(line.tax),
        added_tax=share(line.added_tax),
    )


def _moved(balances: Mapping[str, int], moves: Iterable[PointsMove]) -> dict[str, int]:
    moved = dict(balances)
    for move in moves:
        if move.pending_until is None:
            moved[move.account] = moved.get(move.account, 0) + move.points
    return moved
