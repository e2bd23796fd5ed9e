"""Codes: many may be tried by slips of the finger, and few by chance."""

from datetime import timedelta

import httpx

from pos_loyalty.core.basket import CLAIMS_MAX, LineRequest
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Store
from pos_loyalty.service.faults import CODES_MAX
from pos_loyalty.service.guesses import EACH_S, SLIPS, Guesses
from pos_loyalty.service.wire import BasketRequest, TillView
from tests.service.shop_of_rewards import COUPON, LOOSE, SPRING, filled, granted, price_of, refused, shop
from tests.support.running_till import RunningTill
from tests.support.small_shop import PAYMENT_CARD, SCARF, SHIRT, ManualClock


def test_ten_slips_are_free_and_then_ten_a_minute(clock: ManualClock) -> None:
    """The bucket empties by one every six seconds and never holds more than ten."""
    guesses = Guesses(clock)
    for _ in range(SLIPS):
        assert guesses.wait_s() == 0
        guesses.missed()
    assert guesses.wait_s() == EACH_S
    clock.go_on(timedelta(seconds=EACH_S - 1))
    assert guesses.wait_s() == 1
    clock.go_on(timedelta(seconds=1))
    assert guesses.wait_s() == 0
    guesses.missed()
    assert guesses.wait_s() == EACH_S
    clock.go_on(timedelta(days=1))
    for _ in range(SLIPS):
        assert guesses.wait_s() == 0
        guesses.missed()
    assert guesses.wait_s() == EACH_S


async def test_a_search_for_codes_is_slowed_down(running_till: RunningTill, store: Store, clock: ManualClock) -> None:
    """After ten unknown codes the eleventh is not tried, right or wrong, and what was entered before stays good."""
    store.load(shop(SPRING))
    basket = await filled(running_till, SHIRT)
    line = (LineRequest(product=SHIRT),)
    tried = tuple(f"GUESS-{n}" for n in range(SLIPS))
    await running_till.client.fill(basket.basket_id, BasketRequest(lines=line, codes=tried))
    for code in ("GUESS-X", "SPRING10"):
        answer = await running_till.client.fill(basket.basket_id, BasketRequest(lines=line, codes=(code,)))
        assert refused(answer, "too-many-guesses").retry_after == EACH_S
    granted(await running_till.client.fill(basket.basket_id, BasketRequest(lines=line, codes=tried[:3])))
    transport = httpx.AsyncHTTPTransport(uds=str(running_till.socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        raw = await http.put(f"/v1/baskets/{basket.basket_id}", json={"codes": ["ANOTHER"]})
    assert (raw.status_code, raw.headers["retry-after"]) == (429, str(EACH_S))
    clock.go_on(timedelta(seconds=EACH_S))
    answer = await running_till.client.fill(basket.basket_id, BasketRequest(lines=line, codes=("SPRING10",)))
    assert price_of(granted(answer)).discount == 250_000


async def test_a_code_that_is_scanned_is_no_way_round(running_till: RunningTill, store: Store) -> None:
    """Unknown codes from a reader count, too; then a coupon is as unknown as they were."""
    store.load(shop(COUPON, vouchers=(LOOSE,)))
    await filled(running_till, SCARF)
    for n in range(SLIPS):
        await running_till.client.scan(f"GUESS-{n}")
    view = await running_till.client.scan(LOOSE.code)
    assert isinstance(view, TillView)
    assert view.notice is not None
    assert view.notice.code is NoticeCode.UNKNOWN_CODE
    assert price_of(view.basket).discount == 0


async def test_what_is_scanned_while_no_code_is_tried_does_not_lengthen_the_wait(
    running_till: RunningTill, store: Store, clock: ManualClock
) -> None:
    """A hundred goods that the till does not know, and the coupon is good again after six seconds."""
    store.load(shop(COUPON, vouchers=(LOOSE,)))
    await filled(running_till, SCARF)
    for n in range(100):
        await running_till.client.scan(f"GUESS-{n}")
    clock.go_on(timedelta(seconds=EACH_S))
    view = await running_till.client.scan(LOOSE.code)
    assert isinstance(view, TillView)
    assert view.basket is not None
    assert view.basket.codes == (LOOSE.code,)


async def test_a_mistyped_voucher_is_no_guess(running_till: RunningTill, store: Store) -> None:
    """A wrong check character is told at once, as often as it happens; the basket stays as it was."""
    store.load(shop(COUPON))
    basket = await filled(running_till, SCARF)
    for _ in range(SLIPS + 1):
        wanted = BasketRequest(lines=(LineRequest(product=SCARF),), codes=("ABCDEFGHJKMN",))
        refused(await running_till.client.fill(basket.basket_id, wanted), "mistyped-code")
    assert granted(await running_till.client.basket(basket.basket_id)) == basket


async def test_more_than_a_basket_can_use_is_refused(running_till: RunningTill) -> None:
    """Claims, gifts in a claim, refusals and codes have limits that are stated."""
    basket = await filled(running_till, SHIRT)
    many = tuple(f"a/{n}" for n in range(CLAIMS_MAX + 1))
    for wanted in (
        BasketRequest(claims=many),
        BasketRequest(declined=many),
        BasketRequest(claims=(Claim(reward="a/b", gifts=many),)),
    ):
        assert "at most 20" in refused(await running_till.client.fill(basket.basket_id, wanted), "claims").detail
    codes = tuple(f"CODE-{n}" for n in range(CODES_MAX + 1))
    problem = refused(await running_till.client.fill(basket.basket_id, BasketRequest(codes=codes)), "codes")
    assert "at most 20" in problem.detail
    assert granted(await running_till.client.basket(basket.basket_id)) == basket


async def test_a_payment_card_is_no_code_no_reward_and_no_gift(running_till: RunningTill) -> None:
    """Every text of a basket refuses it, and an endless one."""
    basket = await filled(running_till, SHIRT)
    for text, word in ((PAYMENT_CARD, "payment-card"), ("x" * 201, "text")):
        for wanted in (
            BasketRequest(codes=(text,)),
            BasketRequest(declined=(text,)),
            BasketRequest(claims=(Claim(reward=text),)),
            BasketRequest(claims=(Claim(reward="a/b", code=text),)),
            BasketRequest(claims=(Claim(reward="a/b", gifts=(text,)),)),
        ):
            refused(await running_till.client.fill(basket.basket_id, wanted), word)
    assert granted(await running_till.client.basket(basket.basket_id)) == basket
