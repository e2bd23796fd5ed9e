"""The till and the programs: what is entered, claimed, given, sold, and still so after a restart."""

from datetime import timedelta
from pathlib import Path

from msgspec import structs

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.events import body_of
from pos_loyalty.core.programs import Only
from pos_loyalty.core.voucher_codes import is_mistyped
from pos_loyalty.core.vouchers import VoucherStatus
from pos_loyalty.core.windows import Hours, When
from pos_loyalty.ports import Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import TillView
from pos_loyalty.store.sqlite import SqliteStore
from tests.service.shop_of_rewards import (
    CARD,
    CARDS,
    COUPON,
    GIFT,
    LOOSE,
    ONCE_A_DAY,
    SPRING,
    filled,
    granted,
    price_of,
    receipt_of,
    refused,
    shop,
    sold,
)
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import EMILY_CODE, REZA_CODE, SCARF, SHIRT, SUIT, ManualClock


async def test_pricing_looks_the_programs_through_once(running_till: RunningTill, store: Store) -> None:
    """A program set is made after a load, and is the same one for every basket that follows."""
    pricing = running_till.till.counter.desk.pricing
    before = pricing.programs
    for _ in range(3):
        await sold(running_till, SHIRT)
    assert pricing.programs is before
    store.load(shop(SPRING))
    assert price_of(await filled(running_till, SHIRT, codes=("SPRING10",))).discount == 250_000
    assert pricing.programs is not before


async def test_a_program_means_the_clock_of_the_shop(running_till: RunningTill, store: Store) -> None:
    """13:00 in Tehran is 09:30 in UTC, which is what the clock of the machine says."""
    at_one, at_nine = When(hours=Hours(start="13:00", end="13:30")), When(hours=Hours(start="09:00", end="10:00"))
    store.load(shop(structs.replace(SPRING, codes=(), only=Only(when=at_nine))))
    assert price_of(await filled(running_till, SHIRT)).discount == 0
    store.load(shop(structs.replace(SPRING, version=2, codes=(), only=Only(when=at_one))))
    assert price_of(await filled(running_till, SHIRT)).discount == 250_000


async def test_a_basket_is_of_this_store_and_of_a_register(running_till: RunningTill, store: Store) -> None:
    """Programs for other channels stay away; the versions in force are pinned with the first price."""
    store.load(shop(structs.replace(SPRING, codes=(), only=Only(channels=("web",)))))
    basket = await filled(running_till, SHIRT)
    assert (basket.channel, basket.store_id, price_of(basket).discount) == ("register", "", 0)
    assert basket.pinned == ("club@1", "spring@1")


async def test_a_code_wakes_its_program_and_stays_with_the_basket(running_till: RunningTill, store: Store) -> None:
    """Typed in any digits and case; a product scanned afterwards leaves it in, an empty list takes it out."""
    store.load(shop(SPRING))
    basket = await filled(running_till, SUIT, codes=(" spring۱۰ ",))
    assert price_of(basket).discount == 4_800_000
    await running_till.client.scan("6260000000014")
    view = await running_till.client.till()
    assert view.basket is not None
    assert (view.basket.codes, price_of(view.basket).discount) == ((" spring۱۰ ",), 5_050_000)
    bare = await filled(running_till, SUIT)
    assert price_of(bare).discount == 0


async def test_what_a_code_is_refused_for_is_said(running_till: RunningTill, store: Store) -> None:
    """Unknown, used and somebody else's are three answers."""
    used = structs.replace(LOOSE, code="USED23456789", status=VoucherStatus.REDEEMED)
    others = structs.replace(LOOSE, code="REZA23456789", member_id="m-reza")
    store.load(shop(COUPON, vouchers=(used, others)))
    await running_till.client.scan(EMILY_CODE)
    basket = await filled(running_till, SUIT, codes=("NOTHING", used.code, others.code))
    reasons = [refusal.reason.code for refusal in price_of(basket).refused_codes]
    assert reasons == [Because.UNKNOWN_CODE, Because.CODE_USED, Because.NOT_YOUR_CODE]


async def test_a_voucher_that_was_used_is_used(running_till: RunningTill, store: Store) -> None:
    """A coupon pays once; the next basket says that it is used."""
    store.load(shop(COUPON, vouchers=(LOOSE,)))
    first = await sold(running_till, SCARF, codes=(LOOSE.code,))
    assert (receipt_of(first).discount, receipt_of(first).vouchers[0].kind) == (100_000, VoucherMoveKind.REDEEMED)
    second = await filled(running_till, SCARF, codes=(LOOSE.code,))
    assert price_of(second).discount == 0
    assert [refusal.reason.code for refusal in price_of(second).refused_codes] == [Because.CODE_USED]


async def test_a_coupon_of_this_sale_pays_the_next(running_till: RunningTill, store: Store) -> None:
    """It gets a code at the commit, belongs to the member, and is claimed without any code."""
    store.load(shop(COUPON))
    await running_till.client.scan(REZA_CODE)
    first = await sold(running_till, SUIT)
    (made,) = receipt_of(first).vouchers
    assert (made.kind, len(made.code), is_mistyped(made.code)) == (VoucherMoveKind.ISSUED, 12, False)
    await running_till.client.scan(REZA_CODE)
    second = await sold(running_till, SCARF, claims=(Claim(reward="again/off", code=made.code),))
    assert (receipt_of(second).discount, receipt_of(second).vouchers[0].code) == (100_000, made.code)


async def test_a_gift_card_pays_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    """A card that this till sold is good for whoever brings it, whatever happened to the power since."""
    socket = tmp_path / "till.sock"
    store = SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())
    store.load(shop(CARDS))
    async with running(store, socket, clock=clock) as till:
        card = receipt_of(await sold(till, SHIRT)).vouchers[0]
        await filled(till, SCARF, codes=(card.code,))
    store.close()
    store = SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())
    async with running(store, socket, clock=clock) as till:
        view = await till.client.till()
        assert view.basket is not None
        assert view.basket.codes == (card.code,)
        paid = granted(await till.client.commit(view.basket.basket_id))
        receipt = receipt_of(paid)
        assert (receipt.total, receipt.to_pay, receipt.payments[0].left) == (900_000, 0, 1_600_000)
    left = store.voucher(card.code)
    store.close()
    assert left is not None
    assert left.balance == 1_600_000


async def test_a_gift_is_a_line_of_the_sale(running_till: RunningTill, store: Store) -> None:
    """The event and the receipt have it by name, at its shelf price and for nothing."""
    store.load(shop(GIFT))
    await sold(running_till, SHIRT)
    sale = body_of(store.events()[-1])
    assert isinstance(sale, BasketCommitted)
    gift = sale.lines[-1]
    assert (gift.product_id, gift.name, gift.gross, gift.net, gift.free_units) == (SCARF, "Scarf", 900_000, 0, 1)
    declined = await filled(running_till, SHIRT, declined=("gift/scarf",))
    assert len(price_of(declined).lines) == 1


async def test_a_limit_for_all_customers_holds_for_the_day(
    running_till: RunningTill, store: Store, clock: ManualClock
) -> None:
    """The second customer gets nothing; the first of the next day, by the clock of the shop, does."""
    store.load(shop(ONCE_A_DAY))
    discounts = []
    for hours in (0, 1, 13):
        clock.go_on(timedelta(hours=hours))
        discounts.append(receipt_of(await sold(running_till, SHIRT)).discount)
    assert discounts == [500_000, 0, 500_000]
    assert sorted(store.usage().used) == ["first/daily:2026-11-21", "first/daily:2026-11-22"]


async def test_a_limit_that_was_used_up_meanwhile_is_shown_before_anything_is_sold(
    running_till: RunningTill, store: Store
) -> None:
    """Checked again at the commit: another basket of this till, undone and sold again, took the last use."""
    store.load(shop(ONCE_A_DAY))
    first = await sold(running_till, SHIRT)
    waiting = await filled(running_till, SUIT)
    assert price_of(waiting).discount == 0
    await running_till.client.void(first.basket_id)
    stale = refused(await running_till.client.commit(waiting.basket_id), "stale-basket")
    assert price_of(stale.basket).discount == 500_000
    assert receipt_of(granted(await running_till.client.commit(waiting.basket_id))).discount == 500_000


async def test_a_voucher_that_is_gone_is_not_sold(running_till: RunningTill, store: Store) -> None:
    """A card that was emptied elsewhere, as a fresh replica says, pays nothing: the new price is shown first."""
    store.load(shop(CARDS, vouchers=(CARD,)))
    basket = await filled(running_till, SCARF, codes=(CARD.code,))
    assert price_of(basket).to_pay == 500_000
    store.load(shop(CARDS, vouchers=(structs.replace(CARD, balance=100_000),)))
    stale = refused(await running_till.client.commit(basket.basket_id), "stale-basket")
    assert price_of(stale.basket).to_pay == 800_000


async def test_no_hour_strikes_while_somebody_pays(running_till: RunningTill, store: Store, clock: ManualClock) -> None:
    """A price that was shown is sold minutes later, though the happy hour is over; half an hour later it is not."""
    hour = structs.replace(SPRING, codes=(), only=Only(when=When(hours=Hours(start="12:00", end="13:02"))))
    store.load(shop(hour))
    for minutes, discount in ((4, 250_000), (30, 0)):
        basket = await filled(running_till, SHIRT)
        assert price_of(basket).discount == 250_000
        clock.go_on(timedelta(minutes=minutes))
        answer = await running_till.client.commit(basket.basket_id)
        if discount:
            assert receipt_of(granted(answer)).discount == discount
        else:
            refused(answer, "stale-basket")
        clock.go_on(timedelta(minutes=-minutes))


async def test_a_coupon_is_scanned_into_the_basket(running_till: RunningTill, store: Store) -> None:
    """What names neither member nor product, but a voucher, is entered; twice is once."""
    store.load(shop(COUPON, vouchers=(LOOSE,)))
    await filled(running_till, SCARF)
    for _ in range(2):
        view = await running_till.client.scan(LOOSE.code)
        assert isinstance(view, TillView)
        assert view.basket is not None
        assert (view.basket.codes, price_of(view.basket).discount) == ((LOOSE.code,), 100_000)
