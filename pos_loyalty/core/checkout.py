"""From a priced basket to a sale and its receipts: the facts, put together in the same way everywhere."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine, Receipt, ReturnReceipt
from pos_loyalty.core.evaluation import Evaluation, PricedLine, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, SoldLine
from pos_loyalty.core.products import Product, in_language
from pos_loyalty.core.returns import PricedReturn
from pos_loyalty.core.sale import Sale
from pos_loyalty.errors import InvariantBroken


def codes_needed(vouchers: Sequence[VoucherMove]) -> int:
    """Return how many new codes the vouchers need that are made."""
    return sum(move.kind is VoucherMoveKind.ISSUED for move in vouchers)


def with_codes(vouchers: Sequence[VoucherMove], codes: Sequence[str]) -> tuple[VoucherMove, ...]:
    """Give every voucher that is made its code, in order.

    ``codes`` are in the normal form of :func:`~pos_loyalty.core.identifiers.normal_code`, unique in the shop.

    Raises:
        InvariantBroken: there are not as many as :func:`codes_needed` says.
    """
    if len(codes) != codes_needed(vouchers):
        raise InvariantBroken(f"{codes_needed(vouchers)} vouchers need a code and {len(codes)} are there: make as many")
    new = iter(codes)
    return tuple(replace(move, code=next(new)) if move.kind is VoucherMoveKind.ISSUED else move for move in vouchers)


def sold(
    basket: Basket,
    priced: Evaluation,
    day: date,
    *,
    codes: Sequence[str] = (),
    catalogue: Mapping[str, Product],
    language: str,
) -> BasketCommitted:
    """Return the fact that ``basket`` was sold as ``priced``, on ``day`` (of the store).

    ``codes`` are for the vouchers it makes, see :func:`with_codes`; ``catalogue`` and ``language`` name the gifts that
    were added. The event also gets ``program_versions=priced.programs``; ``Sale`` needs them for a return.

    Raises:
        InvariantBroken: ``priced`` is not the price of ``basket``, or the codes are too few or too many.
    """
    count = len(basket.lines)
    if [line.number for line in priced.lines[:count]] != [line.number for line in basket.lines]:
        raise InvariantBroken(f"the price of basket {basket.basket_id} is that of other lines: price it again")
    own = [_sold_line(line, share) for line, share in zip(basket.lines, priced.lines[:count], strict=True)]
    gifts = [_gift(line, catalogue.get(line.product_id), language) for line in priced.lines[count:]]
    return BasketCommitted(
        basket_id=basket.basket_id,
        visit_id=basket.visit_id,
        currency=priced.currency,
        gross=priced.gross,
        discount=priced.discount,
        net=priced.net,
        added_tax=priced.added_tax,
        to_pay=priced.to_pay,
        lines=(*own, *gifts),
        taxes=priced.taxes,
        moves=priced.moves,
        payments=priced.payments,
        vouchers=with_codes(priced.vouchers, codes),
        counts=priced.counts,
        granted=priced.granted,
        holds=tuple(hold.hold_id for hold in basket.holds),
        day=day,
        store_id=basket.store_id,
    )


def receipt_of(event_id: str, body: BasketCommitted, priced: Evaluation, at: datetime) -> Receipt:
    """Return the receipt of a sale that became event ``event_id`` at ``at``."""
    return Receipt(
        event_id=event_id,
        basket_id=body.basket_id,
        committed_at=at,
        currency=body.currency,
        gross=body.gross,
        discount=body.discount,
        net=body.net,
        total=priced.total,
        to_pay=priced.to_pay,
        payments=body.payments,
        vouchers=body.vouchers,
        moves=body.moves,
        balances_before=priced.balances_before,
        balances_after=priced.balances_after,
    )


def return_receipt_of(event_id: str, sale: Sale, priced: PricedReturn, at: datetime) -> ReturnReceipt:
    """Return the receipt of a return, or of a void, that became event ``event_id`` at ``at``."""
    return ReturnReceipt(
        event_id=event_id,
        basket_id=sale.body.basket_id,
        sale_event_id=sale.event_id,
        returned_at=at,
        currency=priced.currency,
        refund=priced.refund,
        to_refund=priced.to_refund,
        lines=priced.lines,
        payments_back=priced.payments_back,
        vouchers=priced.vouchers,
        moves=priced.moves,
        gifts_out=priced.gifts_out,
        complete=priced.complete,
        balances_after=priced.balances_after,
    )


def _sold_line(line: BasketLine, priced: PricedLine) -> SoldLine:
    tax = line.tax
    on_top = 0 if tax is None else tax.per_unit * line.quantity if tax.included else priced.tax
    return SoldLine(
        number=line.number,
        product_id=line.product_id,
        name=line.name,
        unit_price=line.unit_price,
        quantity=line.quantity,
        gross=priced.gross,
        net=priced.net,
        discounts=_discounts(priced),
        free_units=priced.free_units,
        tax=priced.tax,
        tax_id=tax.tax_id if tax else "",
        added_tax=on_top,
    )


def _gift(priced: PricedLine, product: Product | None, language: str) -> SoldLine:
    return SoldLine(
        number=priced.number,
        product_id=priced.product_id,
        name=in_language(product.name, language) if product else "",
        unit_price=priced.gross // priced.quantity,
        quantity=priced.quantity,
        gross=priced.gross,
        net=priced.net,
        discounts=_discounts(priced),
        free_units=priced.free_units,
    )


def _discounts(priced: PricedLine) -> dict[str, int]:
    """Return what each reward took off; one that was given for two vouchers stands there once."""
    discounts: dict[str, int] = {}
    for each in priced.discounts:
        discounts[each.reward] = discounts.get(each.reward, 0) + each.amount
    return discounts
