"""A priced basket becomes a fact and a receipt."""

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.checkout import codes_needed, receipt_of, return_receipt_of, sold, with_codes
from pos_loyalty.core.event_bodies import BasketCommitted, SoldLine
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import GiveVoucher, Kind, ProgramSet
from pos_loyalty.core.returns import PricedReturn, after_return, price_void, returned_body
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.taxes import Tax
from pos_loyalty.errors import InvariantBroken
from tests.core.pricing.shop import (
    CATALOGUE,
    ON_TOP,
    VAT,
    basket,
    free,
    line,
    member,
    only,
    per_unit,
    percent,
    price,
    program,
    promotion,
    voucher,
    vouchers,
)
from tests.support.builders import NOW, uuid_of

DAY = NOW.date()
EVENT = uuid_of(1)
NAMED = {"mug": Product(product_id="mug", codes=(), name={"en": "Mug", "fa": "لیوان"}, unit_price=900)}


def sale_of(bought: Basket, body: BasketCommitted) -> Sale:
    """Return ``body`` as a sale without a program."""
    assert bought.basket_id == body.basket_id
    return Sale(event_id=EVENT, body=body)


def test_everything_the_price_says_is_in_the_fact() -> None:
    """Lines with discounts, free units and taxes; the gift with its name in the language of the sale."""
    bought = basket(
        line(1_000, 2, "tea", name="Tea", tax=ON_TOP),
        line(1_100, 1, "cake", tax=VAT),
        line(100, 2, tax=Tax(tax_id="bottle", per_unit=10)),
        store_id="tehran",
        visit_id="v1",
    )
    gift = program(free(gifts=("mug",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    tea = program(per_unit(1, goods=only("tea")))
    priced = price(bought, promotion(percent(50)), gift, tea, by=member())
    body = sold(bought, priced, DAY, catalogue=NAMED, language="fa")
    assert body.lines == (
        SoldLine(
            number=1,
            product_id="tea",
            name="Tea",
            unit_price=1_000,
            quantity=2,
            gross=2_000,
            net=1_000,
            discounts={"promo/percent": 1_000},
            tax=100,
            tax_id="on-top",
            added_tax=100,
        ),
        SoldLine(
            number=2,
            product_id="cake",
            unit_price=1_100,
            quantity=1,
            gross=1_100,
            net=550,
            discounts={"promo/percent": 550},
            tax=50,
            tax_id="vat",
        ),
        SoldLine(
            number=3,
            unit_price=100,
            quantity=2,
            gross=200,
            net=100,
            discounts={"promo/percent": 100},
            tax=20,
            tax_id="bottle",
            added_tax=20,
        ),
        SoldLine(
            number=4,
            product_id="mug",
            name="لیوان",
            unit_price=900,
            quantity=1,
            gross=900,
            net=0,
            discounts={"gift/free": 900},
            free_units=1,
        ),
    )
    assert body.added_tax == sum(each.added_tax for each in body.lines) == 120
    assert (body.store_id, body.visit_id, body.day, body.to_pay) == ("tehran", "v1", DAY, priced.to_pay)
    assert (body.taxes, body.moves, body.gross - body.discount) == (priced.taxes, priced.moves, body.net)
    assert [move.lines for move in body.moves] == [(1,)]


def test_a_gift_that_nobody_knows_any_more_is_sold_without_a_name() -> None:
    """The product was taken out of the catalogue after the price was shown."""
    gift = program(free(gifts=("mug",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    bought = basket(1_000)
    body = sold(bought, price(bought, gift, by=member()), DAY, catalogue={}, language="en")
    assert [(each.product_id, each.name) for each in body.lines] == [("", ""), ("mug", "")]


def test_a_reward_given_for_two_vouchers_is_one_discount_on_the_line() -> None:
    """The shares of both are what a return looks at."""
    bought = basket(1_000, codes=("V-1", "V-2"), vouchers=(voucher("V-1"), voucher("V-2")))
    priced = price(bought, vouchers(percent(10, combines=True)))
    body = sold(bought, priced, DAY, catalogue={}, language="en")
    assert [each.discounts for each in body.lines] == [{"gift/percent": 1_000 - body.net}]


def test_new_vouchers_get_their_codes_in_order() -> None:
    """As many as are made, no more and no fewer."""
    coupons = promotion(GiveVoucher(rule_id="give"), percent(10), name="next", kind=Kind.NEXT_ORDER)
    bought = basket(1_000, codes=("V-1",), vouchers=(voucher("V-1"),))
    priced = price(bought, coupons, vouchers(percent(10)))
    assert codes_needed(priced.vouchers) == 1
    body = sold(bought, priced, DAY, codes=["N-1"], catalogue=CATALOGUE, language="en")
    assert {(move.kind.value, move.code) for move in body.vouchers} == {("issued", "N-1"), ("redeemed", "V-1")}
    for codes in ([], ["N-1", "N-2"]):
        with pytest.raises(InvariantBroken, match="need a code"):
            with_codes(priced.vouchers, codes)


def test_the_price_of_another_basket_is_not_sold() -> None:
    """Lines changed after the price was shown: it must be shown anew."""
    with pytest.raises(InvariantBroken, match="other lines"):
        sold(basket(1, 2), price(basket(1)), DAY, catalogue={}, language="en")


def test_receipts_are_kept_with_the_basket() -> None:
    """Of the sale and of its return: what a second till, or a retry, is answered."""
    bought = basket(line(1_000, 2))
    priced = price(bought, promotion(percent(10)))
    body = sold(bought, priced, DAY, catalogue={}, language="en")
    receipt = receipt_of(EVENT, body, priced, NOW)
    assert (receipt.net, receipt.total, receipt.to_pay, receipt.balances_before) == (1_800, 1_800, 1_800, {})
    back = price_void(sale_of(bought, body), ProgramSet(), NOW)
    assert isinstance(back, PricedReturn)
    slip = return_receipt_of(uuid_of(2), sale_of(bought, body), back, NOW)
    assert (slip.refund, slip.to_refund, slip.complete, slip.sale_event_id) == (1_800, 1_800, True, EVENT)
    sale = after_return(sale_of(bought, body), returned_body(sale_of(bought, body), back, DAY))
    kept = replace(bought, status=BasketStatus.COMMITTED, receipt=receipt, returns=(slip,))
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Basket) == kept
    assert sale.out == {}
