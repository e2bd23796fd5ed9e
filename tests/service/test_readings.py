"""What the till does with readings: of readers, which hear what became of them, and of the terminal."""

import asyncio

import pytest

from pos_loyalty.core.basket import LineRequest
from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.programs import Kind, Program
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault, Signal
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.ports import Store
from pos_loyalty.service.faults import SCAN_NOTICES
from pos_loyalty.service.wire import BasketRequest, Health, Latency, Problem
from tests.service.shop_of_rewards import SPRING, filled, granted, price_of, refused, shop
from tests.support.readings import reading
from tests.support.running_till import DEADLINE_S, RunningTill
from tests.support.small_shop import AHMAD_CODE, PAYMENT_CARD, REZA_CODE, SHARED_CODE, SHIRT, SHIRT_CODE

COUPON = next(
    number
    for key in ("629104150021", "952123456789")
    for serial in range(100, 1000)
    if is_payment_card(number := f"{key}{gs1_check_digit(key)}{serial}")
)
"""A GS1 coupon, number and serial, whose digits could be those of a payment card."""
COUPON_PROGRAM = Program(
    program_id="coupon",
    version=1,
    name={"en": "a coupon"},
    currency="IRR",
    kind=Kind.PROMOTION,
    codes=(COUPON,),
    rewards=SPRING.rewards,
)


@pytest.mark.parametrize(
    ("texts", "signal"),
    [
        ((REZA_CODE,), Signal.GOOD),
        ((SHIRT_CODE,), Signal.GOOD),
        ((SHARED_CODE,), Signal.GOOD),
        ((REZA_CODE, REZA_CODE), Signal.GOOD),
        (("NOBODY",), Signal.BAD),
        ((SHIRT_CODE, REZA_CODE, AHMAD_CODE), Signal.BAD),
        ((PAYMENT_CARD,), Signal.BAD),
    ],
)
async def test_a_reader_is_told_what_became_of_its_reading(
    running_till: RunningTill, texts: tuple[str, ...], signal: Signal
) -> None:
    """Good if something came of it, or it was known already; bad if nothing did, whoever refused it."""
    told: asyncio.Queue[tuple[str, Signal]] = asyncio.Queue()
    running_till.till.on_signal = lambda *sign: told.put_nowait(sign)
    for text in texts:
        running_till.till.deliver(reading(text, "gun"))
    async with asyncio.timeout(DEADLINE_S):
        heard = [await told.get() for _ in texts]
    assert heard[-1] == ("gun", signal)


@pytest.mark.parametrize("fault", ScanFault)
async def test_every_fault_of_a_reader_is_told(running_till: RunningTill, fault: ScanFault) -> None:
    """Lost keys and random numbers as well as payment cards."""
    running_till.till.deliver(RefusedScan(reader_id="gun", fault=fault, first_byte_ns=1, last_byte_ns=2))
    view = await running_till.view_when(lambda view: view.stage is Stage.REFUSED)
    assert view.refusal is SCAN_NOTICES[fault]


async def test_a_coupon_with_the_digits_of_a_payment_card_is_entered(running_till: RunningTill, store: Store) -> None:
    """The bar code says that it is one; the same digits typed are refused, and no more may be hidden beside it."""
    store.load(shop(COUPON_PROGRAM))
    basket = await filled(running_till, SHIRT)
    scan = reading(f"]C1255{COUPON}")
    assert isinstance(scan, Scan)
    running_till.till.deliver(scan)
    view = await running_till.view_when(lambda view: bool(view.basket and view.basket.codes))
    assert view.basket is not None
    assert (view.basket.codes, price_of(view.basket).discount) == ((COUPON,), 250_000)
    kept = BasketRequest(lines=(LineRequest(product=SHIRT, quantity=2),), codes=(COUPON,))
    granted(await running_till.client.fill(basket.basket_id, kept))
    hidden = BasketRequest(lines=kept.lines, codes=(COUPON, PAYMENT_CARD))
    refused(await running_till.client.fill(basket.basket_id, hidden), "payment-card")
    granted(await running_till.client.void(basket.basket_id))
    another = await filled(running_till, SHIRT)
    refused(await running_till.client.fill(another.basket_id, kept), "payment-card")
    typed = await running_till.client.scan(COUPON)
    assert not isinstance(typed, Problem)
    assert typed.notice is not None
    assert typed.notice.code is NoticeCode.PAYMENT_CARD


async def test_typing_that_was_taken_for_a_scan_changes_nothing(running_till: RunningTill) -> None:
    """The keys go back to where they were typed; the view is the one from before."""
    before = await running_till.client.till()
    for text in ("reza", "10000", " ", "x" * 600):
        answer = await running_till.client.read(text, 1, 2)
        assert isinstance(answer, Problem)
        assert (answer.type, answer.status) == ("urn:pos-loyalty:problem:not-a-code", 422)
    assert await running_till.client.till() == before


async def test_a_scan_through_the_terminal_greets_with_its_own_times(running_till: RunningTill) -> None:
    """When its first and last key came is for the screen to know."""
    view = await running_till.client.read(f"]E0{REZA_CODE}", 1_000, 2_000)
    assert not isinstance(view, Problem)
    assert (view.stage, view.member and view.member.member_id) == (Stage.IDENTIFIED, "m-reza")
    assert view.scan is not None
    assert (view.scan.first_byte_ns, view.scan.last_byte_ns) == (1_000, 2_000)


async def test_the_health_has_the_times_that_screens_told(running_till: RunningTill) -> None:
    """Of the last hundred scans, by nearest rank; nothing before the first."""
    health = await running_till.client.health()
    assert isinstance(health, Health)
    assert health.latency is None
    for taken_ms in (500, *range(1, 100)):
        assert isinstance(await running_till.client.painted(7, 7 + taken_ms * 1_000_000), Latency)
    answer = await running_till.client.painted(7, 7 + 100 * 1_000_000)
    assert answer == Latency(count=100, p50_ms=50.0, p95_ms=95.0, max_ms=100.0)
    health = await running_till.client.health()
    assert isinstance(health, Health)
    assert health.latency == answer


@pytest.mark.parametrize("painted_ns", [-1, 61_000_000_000])
async def test_times_that_cannot_be_are_refused(running_till: RunningTill, painted_ns: int) -> None:
    """Painted before it came, or so long after that nobody had waited for it."""
    refused(await running_till.client.painted(0, painted_ns), "bad-request")
    assert running_till.till.latencies.summary is None
