"""Goods that come back and sales that are undone: money, points, vouchers and limits go back with them, once."""

import asyncio

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.return_requests import ReturnFaultKind, ReturnRequest
from pos_loyalty.core.vouchers import VoucherStatus
from pos_loyalty.ports import Store
from tests.service.shop_of_rewards import (
    CARD,
    CARDS,
    COUPON,
    LOOSE,
    ONCE_A_DAY,
    filled,
    granted,
    receipt_of,
    refused,
    shop,
    sold,
)
from tests.support.running_till import RunningTill
from tests.support.small_shop import FIXED, REZA, REZA_CODE, SCARF, SHIRT, SUIT, contents

FIRST = (ReturnRequest(number=1),)


async def test_a_line_comes_back_with_its_points(running_till: RunningTill, store: Store) -> None:
    """The basket stays sold and has a receipt of the return; the member's document knows of it."""
    await running_till.client.scan(REZA_CODE)
    sale = await sold(running_till, SHIRT, SUIT)
    back = granted(await running_till.client.take_back(sale.basket_id, FIRST))
    (receipt,) = back.returns
    assert (back.status, back.revision) == (BasketStatus.COMMITTED, sale.revision + 1)
    assert (receipt.refund, receipt.to_refund, receipt.complete) == (2_500_000, 2_500_000, False)
    assert receipt.balances_after == {"club": 1_200 + 480}
    member = store.member(REZA.member_id)
    assert member is not None
    assert member.balances == {"club": 1_680}
    assert store.events()[-1].type == "basket.returned"


async def test_a_return_with_a_key_happens_once(running_till: RunningTill, store: Store) -> None:
    """Ten at once with one key are one return; the same goods once more are refused with the reason."""
    sale = await sold(running_till, SHIRT)
    wishes = (running_till.client.take_back(sale.basket_id, FIRST, key="back") for _ in range(10))
    answers = [granted(answer) for answer in await asyncio.gather(*wishes)]
    assert {len(answer.returns) for answer in answers} == {1}
    again = refused(await running_till.client.take_back(sale.basket_id, FIRST), "return")
    assert (again.status, [fault.kind for fault in again.return_faults]) == (409, [ReturnFaultKind.NOTHING_LEFT])
    assert [event.type for event in store.events()].count("basket.returned") == 1


async def test_what_cannot_come_back_is_named(running_till: RunningTill) -> None:
    """Each impossible line has its fault, and nothing is taken back of the others."""
    sale = await sold(running_till, SHIRT, SUIT)
    wanted = (ReturnRequest(number=1), ReturnRequest(number=9), ReturnRequest(number=2, quantity=3))
    problem = refused(await running_till.client.take_back(sale.basket_id, wanted), "return")
    assert (problem.status, "the sale has no line 9" in problem.detail) == (422, True)
    assert [(fault.index, fault.kind) for fault in problem.return_faults] == [
        (1, ReturnFaultKind.UNKNOWN_LINE),
        (2, ReturnFaultKind.TOO_MANY),
    ]
    assert granted(await running_till.client.basket(sale.basket_id)) == sale


async def test_nothing_comes_back_of_what_was_not_sold(running_till: RunningTill) -> None:
    """An unknown basket, an open one and a sale that was undone."""
    refused(await running_till.client.take_back("nothing", FIRST), "unknown-basket")
    basket = await filled(running_till, SHIRT)
    refused(await running_till.client.take_back(basket.basket_id, FIRST), "not-sold")
    await running_till.client.commit(basket.basket_id)
    await running_till.client.void(basket.basket_id)
    refused(await running_till.client.take_back(basket.basket_id, FIRST), "not-sold")


async def test_a_void_after_a_return_gives_back_the_rest(running_till: RunningTill, store: Store) -> None:
    """Line by line or at once, the customer gets exactly what was paid, and the points are as before."""
    await running_till.client.scan(REZA_CODE)
    sale = await sold(running_till, SHIRT, SUIT)
    await running_till.client.take_back(sale.basket_id, FIRST)
    undone = granted(await running_till.client.void(sale.basket_id))
    assert undone.status is BasketStatus.VOIDED
    assert [receipt.refund for receipt in undone.returns] == [2_500_000, 48_000_000]
    member = store.member(REZA.member_id)
    assert member is not None
    assert member.balances == REZA.balances


async def test_what_comes_back_goes_first_for_points_that_were_missing(running_till: RunningTill, store: Store) -> None:
    """Earlier goods came back when their 200 points were spent: of the 300 that come back now, 100 are his."""
    store.load(replace(contents(), members=(replace(REZA, short={"club": 200}),)))
    await running_till.client.scan(REZA_CODE)
    sale = await sold(running_till, SCARF, claims=(FIXED,))
    undone = granted(await running_till.client.void(sale.basket_id))
    assert [(move.points, move.short) for move in undone.returns[0].moves] == [(100, -200), (-4, 0)]
    member = store.member(REZA.member_id)
    assert member is not None
    assert (member.balances, member.short) == ({"club": 1_000}, {})


async def test_all_that_came_back_cannot_be_undone(running_till: RunningTill) -> None:
    """Nobody is paid twice."""
    sale = await sold(running_till, SHIRT)
    await running_till.client.take_back(sale.basket_id, FIRST)
    refused(await running_till.client.void(sale.basket_id), "return")


async def test_vouchers_and_cards_come_back_good(running_till: RunningTill, store: Store) -> None:
    """A coupon can be used again, and a card has what it paid; the rest is paid out."""
    store.load(shop(COUPON, CARDS, vouchers=(LOOSE, CARD)))
    sale = await sold(running_till, SCARF, codes=(LOOSE.code, CARD.code))
    assert receipt_of(sale).to_pay == 400_000
    undone = granted(await running_till.client.void(sale.basket_id))
    assert [(receipt.refund, receipt.to_refund) for receipt in undone.returns] == [(800_000, 400_000)]
    coupon, card = store.voucher(LOOSE.code), store.voucher(CARD.code)
    assert (coupon and coupon.status, card and card.balance) == (VoucherStatus.ISSUED, 400_000)


async def test_a_gift_card_that_was_spent_gives_back_what_is_on_it(running_till: RunningTill, store: Store) -> None:
    """It comes back through the line it was bought with, and is empty; it stays good for what it paid."""
    store.load(shop(CARDS))
    bought = await sold(running_till, SHIRT)
    code = receipt_of(bought).vouchers[0].code
    await sold(running_till, SCARF, codes=(code,))
    back = granted(await running_till.client.take_back(bought.basket_id, FIRST))
    card = store.voucher(code)
    assert back.returns[0].refund == 1_600_000
    assert card
    assert (card.status, card.balance) == (VoucherStatus.ISSUED, 0)


async def test_a_use_that_came_back_is_free_for_the_next(running_till: RunningTill, store: Store) -> None:
    """The first of the day undone, the second is the first."""
    store.load(shop(ONCE_A_DAY))
    await running_till.client.void((await sold(running_till, SHIRT)).basket_id)
    assert receipt_of(await sold(running_till, SHIRT)).discount == 500_000


async def test_goods_come_back_while_the_next_customer_is_served(running_till: RunningTill) -> None:
    """A return is not of the basket at the counter, and leaves it alone."""
    sale = await sold(running_till, SHIRT)
    open_one = await filled(running_till, SUIT)
    granted(await running_till.client.take_back(sale.basket_id, FIRST))
    view = await running_till.client.till()
    assert isinstance(view.basket, Basket)
    assert view.basket == open_one
