"""One sale, from the scan to the disk, through the socket."""

import asyncio
from datetime import timedelta
from pathlib import Path

from msgspec import structs

from pos_loyalty.core.basket import Basket, BasketStatus, LineRequest
from pos_loyalty.core.products import Product
from pos_loyalty.core.scans import ReaderState, ReaderStatus, RefusedScan, ScanFault
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.ports import ReplicaContents, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.wire import Problem, TillView
from pos_loyalty.store.memory import MemoryStore
from tests.support.readings import reading
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import (
    AHMAD_CODE,
    CLUB,
    EMILY_CODE,
    FIXED,
    NOW,
    PAYMENT_CARD,
    PRODUCTS,
    REZA,
    REZA_CODE,
    SHARED_CODE,
    SHIRT,
    SHIRT_CODE,
    SUIT,
    TEN_PERCENT,
    ManualClock,
)


def _granted(answer: object) -> Basket:
    assert isinstance(answer, Basket), answer
    return answer


def _refused(answer: object) -> Problem:
    assert isinstance(answer, Problem), answer
    return answer


async def _basket_of(running_till: RunningTill, *products: str) -> Basket:
    opened = _granted(await running_till.client.open_basket())
    lines = tuple(LineRequest(product=product) for product in products)
    return _granted(await running_till.client.replace(opened.basket_id, lines))


async def test_a_scan_from_a_reader_greets_the_member(running_till: RunningTill) -> None:
    """Bytes that became a scan end as a view with the member's document."""
    running_till.till.deliver(reading(REZA_CODE))
    view = await running_till.view_when(lambda view: view.stage is Stage.IDENTIFIED)
    assert view.member is not None
    assert view.member.name == REZA.name
    assert view.scan is not None
    assert view.scan.last_byte_ns == 2


async def test_a_rewarded_sale_reaches_the_journal(running_till: RunningTill, store: Store) -> None:
    """Scan, two lines, a reward, commit: points, receipt and events agree."""
    await running_till.client.scan(REZA_CODE)
    basket = await _basket_of(running_till, SHIRT, SHIRT)
    assert basket.evaluation is not None
    # Both are worth 500,000 here; the one that costs fewer points comes first.
    assert [offer.reward for offer in basket.evaluation.claimable] == [FIXED, TEN_PERCENT]
    basket = _granted(
        await running_till.client.replace(
            basket.basket_id, (LineRequest(product=SHIRT, quantity=2),), (TEN_PERCENT,), basket.revision
        )
    )
    sold = _granted(await running_till.client.commit(basket.basket_id, basket.revision))
    assert sold.status is BasketStatus.COMMITTED
    assert sold.receipt is not None
    assert (sold.receipt.gross, sold.receipt.discount, sold.receipt.net) == (5_000_000, 500_000, 4_500_000)
    assert sold.receipt.balances_before == {"club": 1_200}
    assert sold.receipt.balances_after == {"club": 1_200 - 500 + 45}
    types = [event.type for event in store.events()]
    assert types == ["visit.opened", "basket.committed", "visit.closed"]
    member = store.member(REZA.member_id)
    assert member is not None
    assert member.balances == {"club": 745}
    assert member.purchases[0].net == 4_500_000
    view = await running_till.client.till()
    assert view.stage is Stage.FAREWELL
    assert view.basket == sold


async def test_ten_commits_at_once_are_one_sale(running_till: RunningTill, store: Store) -> None:
    """The same commit ten times, with one key or with none, yields one sale and one receipt."""
    await running_till.client.scan(REZA_CODE)
    basket = await _basket_of(running_till, SUIT)
    keys = ["the-key"] * 5 + [None] * 5
    answers = await asyncio.gather(*(running_till.client.commit(basket.basket_id, key=key) for key in keys))
    receipts = {_granted(answer).receipt.event_id for answer in answers if _granted(answer).receipt}  # type: ignore[union-attr] # asserted one word before
    assert len(receipts) == 1
    assert [event.type for event in store.events()].count("basket.committed") == 1


async def test_commit_after_void_is_refused(running_till: RunningTill, store: Store) -> None:
    """A basket that was given up cannot be sold."""
    basket = await _basket_of(running_till, SHIRT)
    assert _granted(await running_till.client.void(basket.basket_id)).status is BasketStatus.VOIDED
    problem = _refused(await running_till.client.commit(basket.basket_id))
    assert problem.type == "urn:pos-loyalty:problem:basket-closed"
    assert "open a new one" in problem.detail
    assert [event.type for event in store.events()] == ["basket.voided"]


async def test_voiding_a_sale_gives_the_points_back(running_till: RunningTill, store: Store) -> None:
    """What the sale moved moves back, once."""
    await running_till.client.scan(REZA_CODE)
    basket = await _basket_of(running_till, SUIT)
    await running_till.client.commit(basket.basket_id)
    for _ in range(2):
        assert _granted(await running_till.client.void(basket.basket_id)).status is BasketStatus.VOIDED
    member = store.member(REZA.member_id)
    assert member is not None
    assert member.balances == REZA.balances
    assert [event.type for event in store.events()].count("basket.voided") == 1


async def test_points_that_went_while_a_basket_was_open_are_not_spent(running_till: RunningTill, store: Store) -> None:
    """Undoing the sale that earned them shows the new price before anything is sold."""
    await running_till.client.scan(AHMAD_CODE)
    earning = await _basket_of(running_till, SUIT)
    await running_till.client.commit(earning.basket_id)
    await running_till.client.scan(AHMAD_CODE)
    opened = _granted(await running_till.client.open_basket())
    lines = (LineRequest(product=SHIRT),)
    claimed = _granted(await running_till.client.replace(opened.basket_id, lines, (FIXED,)))
    assert claimed.evaluation is not None
    assert claimed.evaluation.discount == 500_000
    await running_till.client.void(earning.basket_id)
    problem = _refused(await running_till.client.commit(claimed.basket_id))
    assert problem.type == "urn:pos-loyalty:problem:stale-basket"
    assert problem.basket is not None
    assert problem.basket.evaluation is not None
    assert problem.basket.evaluation.discount == 0
    assert (await running_till.client.till()).basket == problem.basket
    sold = _granted(await running_till.client.commit(claimed.basket_id))
    assert sold.receipt is not None
    member = store.member("m-ahmad")
    assert member is not None
    assert (sold.receipt.balances_before, sold.receipt.balances_after) == ({"club": 40}, {"club": 65})
    assert member.balances == {"club": 65}


async def test_a_key_gets_its_first_answer_even_if_nothing_was_to_be_done(running_till: RunningTill) -> None:
    """Opening an open basket, committing a sold one, voiding a voided one: later changes do not reach the answer."""
    first = await _basket_of(running_till, SHIRT)
    opened = _granted(await running_till.client.open_basket(key="open"))
    assert opened == first
    await running_till.client.commit(first.basket_id)
    sold = _granted(await running_till.client.commit(first.basket_id, key="commit"))
    await running_till.client.void(first.basket_id)
    undone = _granted(await running_till.client.void(first.basket_id, key="void"))
    assert _granted(await running_till.client.open_basket(key="open")) == opened
    assert _granted(await running_till.client.commit(first.basket_id, key="commit")) == sold
    assert _granted(await running_till.client.void(first.basket_id, key="void")) == undone
    assert _refused(await running_till.client.void(first.basket_id, key="commit")).status == 422


async def test_a_key_with_another_request_is_refused(running_till: RunningTill) -> None:
    """An idempotency key belongs to one request."""
    basket = _granted(await running_till.client.open_basket())
    first = await running_till.client.replace(basket.basket_id, (LineRequest(product=SHIRT),), key="k")
    again = await running_till.client.replace(basket.basket_id, (LineRequest(product=SHIRT),), key="k")
    other = await running_till.client.replace(basket.basket_id, (LineRequest(product=SUIT),), key="k")
    assert first == again
    assert _refused(other).type == "urn:pos-loyalty:problem:key-reused"
    assert _granted(await running_till.client.basket(basket.basket_id)) == first


async def test_an_old_revision_is_refused_with_the_basket_as_it_is(running_till: RunningTill) -> None:
    """Two screens cannot overwrite each other unseen."""
    basket = await _basket_of(running_till, SHIRT)
    problem = _refused(
        await running_till.client.replace(basket.basket_id, (LineRequest(product=SUIT),), revision=basket.revision - 1)
    )
    assert problem.status == 409
    assert problem.basket == basket


async def test_bad_lines_change_nothing(running_till: RunningTill) -> None:
    """Each impossible line is named, and the basket stays as it was."""
    basket = await _basket_of(running_till, SHIRT)
    bad = (
        LineRequest(product=SHIRT, quantity=-1),
        LineRequest(product=SHIRT, quantity=0),
        LineRequest(product=SHIRT, quantity=10_000),
        LineRequest(product="no-such-thing"),
        LineRequest(),
        LineRequest(amount=-5),
        LineRequest(amount=9 * 10**15),
    )
    problem = _refused(await running_till.client.replace(basket.basket_id, bad))
    assert problem.status == 422
    assert [fault.index for fault in problem.faults] == list(range(7))
    assert _granted(await running_till.client.basket(basket.basket_id)) == basket


async def test_five_hundred_lines_are_sold_and_one_more_is_refused(running_till: RunningTill) -> None:
    """The limit is stated and holds."""
    basket = _granted(await running_till.client.open_basket())
    lines = tuple(LineRequest(amount=1_000 + i) for i in range(500))
    priced = _granted(await running_till.client.replace(basket.basket_id, lines))
    assert len(priced.lines) == 500
    problem = _refused(await running_till.client.replace(basket.basket_id, (*lines, LineRequest(amount=1))))
    assert "at most 500" in problem.detail
    assert _granted(await running_till.client.commit(basket.basket_id)).status is BasketStatus.COMMITTED


async def test_a_payment_card_is_refused_wherever_it_comes_in(running_till: RunningTill, store: Store) -> None:
    """By reader, by hand, in a note, in a line: it is refused and never kept."""
    refused = RefusedScan(reader_id="counter", fault=ScanFault.PAYMENT_CARD, first_byte_ns=1, last_byte_ns=2)
    running_till.till.deliver(refused)
    view = await running_till.view_when(lambda view: view.stage is Stage.REFUSED)
    assert view.refusal is NoticeCode.PAYMENT_CARD
    typed = await running_till.client.scan(PAYMENT_CARD)
    assert isinstance(typed, TillView)
    assert typed.refusal is NoticeCode.PAYMENT_CARD
    note = await running_till.client.note(REZA.member_id, f"pays with {PAYMENT_CARD[:4]} {PAYMENT_CARD[4:]}")
    assert _refused(note).type == "urn:pos-loyalty:problem:payment-card"
    basket = _granted(await running_till.client.open_basket())
    for line in (LineRequest(amount=5, name=f"{PAYMENT_CARD} 12/26"), LineRequest(product=PAYMENT_CARD)):
        answer = _refused(await running_till.client.replace(basket.basket_id, (line,)))
        assert answer.type == "urn:pos-loyalty:problem:payment-card"
    claimed = await running_till.client.replace(basket.basket_id, (LineRequest(amount=5),), (PAYMENT_CARD,))
    assert _refused(claimed).type == "urn:pos-loyalty:problem:payment-card"
    assert _granted(await running_till.client.basket(basket.basket_id)) == basket
    assert not [event for event in store.events() if PAYMENT_CARD.encode() in bytes(event.body)]


async def test_an_endless_text_is_refused(running_till: RunningTill) -> None:
    """Nothing makes a basket, an event or a member's history grow without a limit."""
    basket = _granted(await running_till.client.open_basket())
    endless = "x" * 201
    for line, claims in (
        (LineRequest(amount=5, name=endless), ()),
        (LineRequest(product=endless), ()),
        (LineRequest(amount=5), (endless,)),
    ):
        problem = _refused(await running_till.client.replace(basket.basket_id, (line,), claims))
        assert problem.type == "urn:pos-loyalty:problem:text"
        assert "expected 0 to 200" in problem.detail
    view = await running_till.client.scan("7" * 513)
    assert isinstance(view, TillView)
    assert view.notice is not None
    assert view.notice.code is NoticeCode.TOO_LONG


async def test_an_unknown_code_is_told_and_changes_nothing(running_till: RunningTill, store: Store) -> None:
    """With nobody at the counter it is a refusal, with a basket open a notice."""
    view = await running_till.client.scan("NOBODY-1")
    assert isinstance(view, TillView)
    assert (view.stage, view.refusal) == (Stage.REFUSED, NoticeCode.UNKNOWN_CODE)
    await _basket_of(running_till, SHIRT)
    told = await running_till.client.scan("NOBODY-1")
    assert isinstance(told, TillView)
    assert told.stage is Stage.PRICED
    assert told.notice is not None
    assert told.notice.code is NoticeCode.UNKNOWN_CODE
    assert store.events() == ()


async def test_a_code_of_two_members_is_a_question(running_till: RunningTill) -> None:
    """The cashier chooses; nobody is guessed."""
    view = await running_till.client.scan(SHARED_CODE)
    assert isinstance(view, TillView)
    assert view.stage is Stage.CHOOSING
    assert {member.member_id for member in view.candidates} == {"m-ahmad", "m-emily"}
    chosen = await running_till.client.choose("m-emily")
    assert isinstance(chosen, TillView)
    assert chosen.stage is Stage.IDENTIFIED
    assert chosen.member is not None
    assert chosen.member.member_id == "m-emily"


async def test_a_product_scan_fills_the_basket(running_till: RunningTill) -> None:
    """Twice the same product is one line of two, with or without a member."""
    await running_till.client.scan(SHIRT_CODE)
    view = await running_till.client.scan(SHIRT_CODE)
    assert isinstance(view, TillView)
    assert view.stage is Stage.PRICED
    assert view.basket is not None
    assert [(line.product_id, line.quantity) for line in view.basket.lines] == [(SHIRT, 2)]


async def test_a_card_joins_an_anonymous_basket_and_earns(running_till: RunningTill) -> None:
    """Card after the goods: the member is attached and the price knows it."""
    await running_till.client.scan(SHIRT_CODE)
    view = await running_till.client.scan(EMILY_CODE)
    assert isinstance(view, TillView)
    assert view.basket is not None
    assert view.basket.member_id == "m-emily"
    assert view.basket.evaluation is not None
    assert [move.points for move in view.basket.evaluation.moves] == [25]


async def test_a_second_card_does_not_take_the_basket(running_till: RunningTill) -> None:
    """Points go to the member whose basket it is."""
    await running_till.client.scan(REZA_CODE)
    await _basket_of(running_till, SHIRT)
    view = await running_till.client.scan(AHMAD_CODE)
    assert isinstance(view, TillView)
    assert view.basket is not None
    assert view.basket.member_id == REZA.member_id
    assert view.notice is not None
    assert view.notice.code is NoticeCode.BASKET_HAS_MEMBER


async def test_a_time_out_of_the_last_customer_does_not_dismiss_the_next(running_till: RunningTill) -> None:
    """A timer that went off while the next card was on its way ends nobody else's greeting."""
    await running_till.client.scan(REZA_CODE)
    over = running_till.till.counter.session
    await running_till.client.scan(EMILY_CODE)
    running_till.till.counter.on_time_up(over)
    running_till.till.deliver(reading("NOBODY-1"))
    view = await running_till.view_when(lambda view: view.notice is not None)
    assert view.stage is Stage.IDENTIFIED
    assert view.member is not None
    assert view.member.member_id == "m-emily"


async def test_the_counters_of_a_reader_are_in_its_health(running_till: RunningTill) -> None:
    """A reading that changed nothing else still counts."""
    for scans in (1, 2):
        status = ReaderStatus(reader_id="counter", state=ReaderState.READY, scans=scans)
        running_till.till.reader_changed(status)
    await running_till.client.scan("NOBODY-1")
    assert [reader.scans for reader in (await running_till.client.health()).readers] == [2]


async def test_a_product_is_found_by_its_id_as_it_is_written(tmp_path: Path, clock: ManualClock) -> None:
    """An id of the register's own making need not be in capitals."""
    shirt = "p-42/ä"
    store = MemoryStore(ids=RandomIds())
    product = Product(product_id=shirt, codes=("77",), name={"en": "Shirt"}, unit_price=1_000)
    store.load(ReplicaContents(members=(), products=(product,)))
    async with running(store, tmp_path / "till.sock", clock=clock) as till:
        for code in (shirt, "۷۷"):
            basket = _granted(await till.client.open_basket())
            priced = _granted(await till.client.replace(basket.basket_id, (LineRequest(product=code),)))
            assert priced.lines[0].product_id == shirt
        view = await till.client.scan("77")
        assert isinstance(view, TillView)
        assert view.basket is not None
        assert [line.quantity for line in view.basket.lines] == [2]


async def test_a_version_of_tomorrow_does_not_hide_the_one_of_today(tmp_path: Path, clock: ManualClock) -> None:
    """Publishing ahead of time takes nothing from today's customers, nor from a basket that was begun before."""
    store = MemoryStore(ids=RandomIds())
    tomorrow = structs.replace(CLUB, version=2, valid_from=NOW + timedelta(days=1), rules=())
    store.load(ReplicaContents(members=(REZA,), products=PRODUCTS, programs=(CLUB, tomorrow)))
    async with running(store, tmp_path / "till.sock", clock=clock) as till:
        await till.client.scan(REZA_CODE)
        basket = await _basket_of(till, SHIRT)
        assert basket.evaluation is not None
        assert [move.points for move in basket.evaluation.moves] == [25]
        clock.go_on(timedelta(days=1))
        later = _granted(await till.client.price(basket.basket_id))
        assert later.evaluation is not None
        assert [move.points for move in later.evaluation.moves] == [25]
        await till.client.void(basket.basket_id)
        next_one = await _basket_of(till, SHIRT)
        assert next_one.evaluation is not None
        assert next_one.evaluation.moves == ()
