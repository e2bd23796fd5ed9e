"""Goods come back: what the customer gets, what goes with it, and why not."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.entries import ReversalPolicy
from pos_loyalty.core.evaluation import MoveKind, VoucherMoveKind
from pos_loyalty.core.event_bodies import ReturnedLine
from pos_loyalty.core.members import Occasion
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.programs import (
    GiveVoucher,
    Kind,
    Limit,
    LoadCard,
    Measure,
    Only,
    ProgramSet,
    Returns,
    Scope,
)
from pos_loyalty.core.return_requests import ReturnFaultKind, ReturnRequest
from pos_loyalty.core.returns import PricedReturn, after_return, price_return, price_void, returned_body, voided_body
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.vouchers import VoucherStatus
from tests.core.pricing.shop import (
    ON_TOP,
    VAT,
    basket,
    bundle,
    cheapest,
    fixed,
    free,
    line,
    only,
    pay,
    per_money,
    per_order,
    per_unit,
    percent,
    program,
    promotion,
    voucher,
    vouchers,
)
from tests.support.builders import NOW
from tests.support.counter import Counter

BOTTLE = Tax(tax_id="bottle", per_unit=10)


def want(number: int = 1, quantity: int = 1, *cards: str) -> ReturnRequest:
    """Return a wish to bring back so many of a line."""
    return ReturnRequest(number=number, quantity=quantity, cards=cards)


def moved(priced: PricedReturn) -> dict[str, int]:
    """Return the points that moved, by source."""
    return {move.source: move.points for move in priced.moves}


def faults(counter: Counter, sale: Sale, *wanted: ReturnRequest) -> list[ReturnFaultKind]:
    """Return why ``wanted`` cannot come back."""
    answer = price_return(sale, wanted, counter.programs, NOW, vouchers=counter.vouchers)
    assert isinstance(answer, tuple)
    return [fault.kind for fault in answer]


# Money


def test_point_16_one_by_one_gives_the_same_as_all_at_once() -> None:
    """Point 16: 10.00 for three is given back as 3.33, 3.34, 3.33, and never a cent more or less in all."""
    counter = Counter.of(promotion(bundle(1_000, quantity=3)))
    sale = counter.sell(basket(line(400, 3)))
    refunds = []
    for _ in range(3):
        sale, back = counter.take_back(sale, want())
        refunds.append((back.refund, back.complete))
    assert refunds == [(333, False), (334, False), (333, True)]
    assert sale.out == {}


def test_a_free_unit_carries_the_same_share_as_the_others() -> None:
    """Three for two at 75: each unit gives back 50, so no order of returning pays better than another."""
    counter = Counter.of(promotion(cheapest(3)))
    sale = counter.sell(basket(line(75, 3)))
    sale, first = counter.take_back(sale, want())
    _, rest = counter.take_back(sale, want(1, 2))
    assert (first.refund, rest.refund, sale.body.net) == (50, 100, 150)


def test_taxes_come_back_with_the_goods() -> None:
    """A tax on top and an amount per piece are given back on top; a tax that is in the price, within it."""
    counter = Counter.of(promotion(percent(50)))
    sale = counter.sell(basket(line(1_000, 2, tax=ON_TOP), line(1_100, 2, tax=VAT), line(100, 2, tax=BOTTLE)))
    assert (sale.body.net, sale.body.added_tax) == (2_200, 120)
    sale, half = counter.take_back(sale, want(1), want(2), want(3))
    assert half.lines == (
        ReturnedLine(number=1, quantity=1, amount=500, tax=50, added_tax=50),
        ReturnedLine(number=2, quantity=1, amount=550, tax=50),
        ReturnedLine(number=3, quantity=1, amount=50, tax=10, added_tax=10),
    )
    assert (half.refund, half.added_tax, half.to_refund) == (1_160, 60, 1_160)
    _, rest = counter.take_back(sale)
    assert (rest.refund, rest.added_tax) == (1_160, 60)
    assert counter.member.purchases[0].status.value == "returned"
    assert counter.member.purchases[0].returned == 2_200


def test_what_cards_and_wallets_paid_goes_back_there_first() -> None:
    """Point 5 and 16: a card cannot be turned into cash by buying and returning; the last cent is paid out."""
    card = program(pay(), name="card", kind=Kind.GIFT_CARD, account="")
    counter = Counter.of(card, program(pay(points=2), name="purse", kind=Kind.WALLET, account="purse"), purse=600)
    counter.vouchers["G-1"] = voucher("G-1", "card", balance=400)
    wants = (Claim(reward="card/pay", code="G-1"), Claim(reward="purse/pay", points=400))
    sale = counter.sell(basket(line(250, 4), claims=wants, codes=("G-1",)))
    assert [(payment.code, payment.amount) for payment in sale.body.payments] == [("G-1", 400), ("", 200)]
    assert (counter.vouchers["G-1"].balance, counter.booked("purse"), sale.body.to_pay) == (0, 200, 400)
    given = []
    for _ in range(4):
        sale, back = counter.take_back(sale, want())
        given.append((counter.vouchers["G-1"].balance, counter.booked("purse"), back.to_refund))
    assert given == [(250, 200, 0), (400, 400, 0), (400, 600, 150), (400, 600, 250)]


def test_a_step_of_a_wallet_is_rounded_for_the_customer() -> None:
    """Ten cents for a point: 25 cents back are three points now, and all of them at the end."""
    counter = Counter.of(program(pay(amount=10), name="purse", kind=Kind.WALLET, account="purse"), purse=10)
    sale = counter.sell(basket(line(25, 4), claims=("purse/pay",)))
    restored = []
    for _ in range(4):
        sale, back = counter.take_back(sale, want())
        restored.append(moved(back)["purse@1/pay"])
    assert restored == [3, 2, 3, 2]
    assert counter.member.balances == {"purse": 10}


def test_a_rule_that_is_called_like_the_reward_changes_no_payment() -> None:
    """A wallet that earns by a rule "pay" has what it paid, and what it earned is taken back."""
    earns = replace(per_money(1, 100), rule_id="pay")
    counter = Counter.of(program(pay(), earns, name="purse", kind=Kind.WALLET, account="purse"), purse=300)
    sale = counter.sell(basket(line(1_000, 2), claims=("purse/pay",)))
    assert [(move.source, move.points) for move in sale.body.moves] == [("purse@1/pay", -300), ("purse@1/pay", 20)]
    counter.take_back(sale)
    assert (counter.member.balances, counter.booked("purse")) == ({"purse": 300}, 300)


def test_nothing_is_put_on_a_card_that_was_revoked() -> None:
    """Its owner could never spend it: it is paid out."""
    counter = Counter.of(program(pay(), name="card", kind=Kind.GIFT_CARD, account=""))
    counter.vouchers["G-1"] = voucher("G-1", "card", balance=100)
    sale = counter.sell(basket(100, codes=("G-1",)))
    counter.vouchers["G-1"] = replace(counter.vouchers["G-1"], status=VoucherStatus.REVOKED)
    _, back = counter.take_back(sale)
    assert (back.to_refund, back.payments_back, back.vouchers) == (100, (), ())


# Gift cards that were sold


def cards(**what: object) -> Counter:
    """Return a counter that sells gift cards."""
    parts = (LoadCard(rule_id="load", goods=only("card")), pay())
    counter = Counter.of(program(*parts, name="card", kind=Kind.GIFT_CARD, account=""), promotion(percent(20)))
    counter.programs = ProgramSet([replace(each, **what) for each in counter.programs.programs])
    return counter


def test_point_16_a_gift_card_is_debited_through_its_line() -> None:
    """Point 16: two cards of 100 sold at 80: one with 50 left comes back for 40; a full one for 80, and is dead."""
    counter = cards()
    sale = counter.sell(basket(line(100, 2, "card")))
    first, second = (move.code for move in sale.body.vouchers)
    counter.vouchers[first] = replace(counter.vouchers[first], balance=50)
    sale, back = counter.take_back(sale, want(1, 1, first.lower()))
    assert (back.refund, counter.vouchers[first].status, counter.vouchers[first].balance) == (40, "issued", 0)
    assert [(move.code, move.amount) for move in back.vouchers] == [(first, 50)]
    sale, back = counter.take_back(sale)
    assert (back.refund, counter.vouchers[second].status, back.complete) == (80, "revoked", False)
    assert sale.out == {}


def test_a_card_that_was_spent_cannot_be_made_cash_through_the_goods() -> None:
    """Bought at 80, spent, back empty for nothing: what the goods had cost goes onto it, not out of the drawer."""
    counter = cards()
    sale = counter.sell(basket(line(100, 1, "card")))
    (code,) = counter.vouchers
    goods = counter.sell(basket(line(125), codes=(code,), claims=(Claim(reward="card/pay", code=code),)))
    assert (sale.body.net, goods.body.to_pay, counter.vouchers[code].balance) == (80, 0, 0)
    _, empty = counter.take_back(sale)
    _, back = counter.take_back(goods)
    assert (empty.refund, back.refund, back.to_refund) == (0, 100, 0)
    assert (counter.vouchers[code].status, counter.vouchers[code].balance) == (VoucherStatus.ISSUED, 100)


def test_points_and_uses_follow_what_is_left_on_a_card() -> None:
    """Half of a card that 10 points paid for is spent: 5 points come back, 5 of 10 go, and its one use stays used."""
    once = (Limit(limit_id="once", most=1),)
    counter = cards()
    club = program(fixed(40, cost=10), per_money(1, 10), limits=once)
    counter.programs = ProgramSet([counter.programs.programs[0], club])
    counter.open("points", 10)
    sale = counter.sell(basket(line(100, 1, "card"), claims=("club/fixed",)))
    assert counter.member.balances == {"points": 10}
    (code,) = counter.vouchers
    counter.vouchers[code] = replace(counter.vouchers[code], balance=50)
    _, back = counter.take_back(sale)
    assert (back.refund, moved(back)) == (30, {"club@1/fixed": 5, "club@1/per-money": -5})
    assert (back.complete, back.counts, list(counter.member.used)) == (False, (), ["club/once"])


def test_the_card_with_most_on_it_comes_back_first() -> None:
    """Nobody named one, so the customer gets most."""
    counter = cards()
    sale = counter.sell(basket(line(100, 3, "card")))
    codes = [move.code for move in sale.body.vouchers]
    for code, left in zip(codes, (30, 100, 60), strict=True):
        counter.vouchers[code] = replace(counter.vouchers[code], balance=left)
    _, back = counter.take_back(sale, want(1, 1), want(1, 1))
    assert sorted(move.code for move in back.vouchers) == sorted(codes[1:])
    assert back.refund == 160 * 160 // 200


def test_a_card_that_this_till_does_not_know_is_not_paid_for() -> None:
    """Nor one that is of another line, nor more cards than are to come back."""
    counter = cards()
    sale = counter.sell(basket(line(100, 2, "card"), 5))
    first, second = (move.code for move in sale.body.vouchers)
    for wanted in (want(1, 1, "X"), want(1, 1, first, second), want(2, 1, first)):
        assert faults(counter, sale, wanted) == [ReturnFaultKind.UNKNOWN_CARD]
    unknown = price_return(sale, [want()], counter.programs, NOW)
    assert isinstance(unknown, tuple)
    assert [(fault.kind, fault.index) for fault in unknown] == [(ReturnFaultKind.UNKNOWN_CARD, 0)]
    assert isinstance(price_return(sale, [want(2)], counter.programs, NOW), PricedReturn)


def test_a_free_unit_of_a_line_of_cards_is_worth_nothing() -> None:
    """No card was made for it: three for two, both cards emptied, and nothing at all comes back."""
    counter = cards()
    counter.programs = ProgramSet([counter.programs.programs[0], promotion(cheapest(3))])
    sale = counter.sell(basket(line(100, 3, "card")))
    assert len(sale.body.vouchers) == 2
    for code in list(counter.vouchers):
        counter.vouchers[code] = replace(counter.vouchers[code], balance=0)
    refunds = []
    for _ in range(3):
        sale, back = counter.take_back(sale, want())
        refunds.append((back.refund, len(back.vouchers)))
    assert refunds == [(0, 1), (0, 1), (0, 0)]


# Points


def test_point_16_points_follow_the_money() -> None:
    """Point 16: 10 points spent on 5.00 off, 20 earned: each half that comes back restores 5 and takes 10."""
    counter = Counter.of(program(fixed(500, cost=10), per_money(1, 100)), points=10)
    sale = counter.sell(basket(line(1_000, 2), claims=("club/fixed",)))
    assert counter.member.balances == {"points": 20}
    sale, half = counter.take_back(sale, want())
    assert [(move.kind, move.points) for move in half.moves] == [(MoveKind.RESTORATION, 5), (MoveKind.REVERSAL, -10)]
    sale, rest = counter.take_back(sale, want())
    assert [move.points for move in rest.moves] == [5, -10]
    assert counter.member.balances == {"points": 10} == rest.balances_after
    assert counter.booked() == 10


def test_points_are_rounded_for_the_customer_and_exact_at_the_end() -> None:
    """Of 10 spent and 10 earned on three units: 4, 3, 3 come back and 3, 3, 4 are taken."""
    counter = Counter.of(program(fixed(1, cost=10), per_order(10)), points=10)
    sale = counter.sell(basket(line(100, 3), claims=("club/fixed",)))
    steps = []
    for _ in range(3):
        sale, back = counter.take_back(sale, want())
        steps.append([move.points for move in back.moves])
    assert steps == [[4, -3], [3, -3], [3, -4]]


def test_points_go_by_the_goods_they_belong_to() -> None:
    """Returning the milk takes back no coffee stamp and gives back no point that a mug had cost."""
    coffee = program(per_unit(1, goods=only("coffee", "espresso")), name="coffee", account="stamps")
    mugs = program(percent(100, cost=50, goods=only("mug")), name="mugs")
    counter = Counter.of(coffee, mugs, points=50)
    lines = (line(100, 1, "coffee"), line(300, 1, "espresso"), line(900, 1, "mug"), line(5_000, 1, "milk"))
    sale = counter.sell(basket(*lines, claims=("mugs/percent",)))
    assert counter.member.balances == {"points": 0, "stamps": 2}
    sale, milk = counter.take_back(sale, want(4))
    assert milk.moves == ()
    sale, cup = counter.take_back(sale, want(1))
    assert moved(cup) == {"coffee@1/per-unit": -1}, "per unit, not by what it cost"
    sale, mug = counter.take_back(sale, want(3))
    assert moved(mug) == {"mugs@1/percent": 50}
    assert mug.refund == 0
    _, rest = counter.take_back(sale)
    assert moved(rest) == {"coffee@1/per-unit": -1}


def test_what_cost_nothing_goes_by_the_pieces() -> None:
    """Nothing was paid, and a point was earned for coming: half the pieces are half of it."""
    counter = Counter.of(program(per_order(2)), promotion(percent(100)))
    sale = counter.sell(basket(line(100, 2)))
    sale, back = counter.take_back(sale, want())
    assert (back.refund, moved(back)) == (0, {"club@1/per-order": -1})


def test_points_on_goods_that_cost_nothing_go_by_the_pieces_of_those_goods() -> None:
    """Two free coffees gave two points: who returns the milk keeps both, who returns a coffee keeps one."""
    gives = program(per_order(2, goods=only("coffee")))
    counter = Counter.of(gives, promotion(percent(100, on="products", goods=only("coffee"))))
    sale = counter.sell(basket(line(100, 2, "coffee"), line(100, 2, "milk")))
    sale, milk = counter.take_back(sale, want(2))
    _, coffee = counter.take_back(sale, want(1))
    assert (moved(milk), moved(coffee)) == ({}, {"club@1/per-order": -1})


@pytest.mark.parametrize(
    ("policy", "taken", "forgiven", "short", "booked", "after"),
    [
        (ReversalPolicy.ONLY_PENDING, 0, 20, 0, 5, 20),
        (ReversalPolicy.WITHIN_BALANCE, 5, 0, 15, 0, 0),
        (ReversalPolicy.UNLIMITED, 20, 0, 0, 0, 0),
    ],
)
def test_point_16_what_was_spent_meanwhile_follows_the_policy(
    policy: ReversalPolicy, taken: int, forgiven: int, short: int, booked: int, after: int
) -> None:
    """Point 16: 20 earned and 15 of them spent; the document says what the book does, also when the reward comes back.

    Nobody gets points by buying, spending what it earned, and returning first the goods and then the reward.
    """
    earns = program(per_money(1, 100, goods=only("shoe")), returns=Returns(earned=policy))
    counter = Counter.of(earns, program(percent(100, cost=15, goods=only("sock")), name="sock"))
    sale = counter.sell(basket(line(2_000, 1, "shoe")))
    socks = counter.sell(basket(line(100, 1, "sock"), claims=("sock/percent",)))
    _, back = counter.take_back(sale)
    assert [(move.points, move.forgiven, move.short) for move in back.moves] == [(-taken, forgiven, short)]
    assert (counter.booked(), counter.booked(kind=AccountKind.OVERDRAFT)) == (booked, min(0, 5 - taken))
    assert (counter.member.balances, sum(counter.member.short.values())) == ({"points": 5 - taken}, short)
    _, back = counter.take_back(socks)
    assert [(move.points, move.short) for move in back.moves] == [(15 - short, -short)]
    assert (counter.member.balances, counter.booked(), counter.member.short) == ({"points": after}, after, {})
    assert back.balances_after == counter.member.balances


def test_point_20_pending_points_are_taken_from_what_is_pending() -> None:
    """Point 20: they were in no balance and leave none; after their day they are like all others."""
    counter = Counter.of(program(per_money(1, 100), pending_days=14))
    sale = counter.sell(basket(line(1_000, 2)))
    assert (counter.member.balances, counter.booked(kind=AccountKind.PENDING)) == ({}, 20)
    sale, back = counter.take_back(sale, want())
    assert [move.pending_until for move in back.moves] == [date(2026, 4, 4)]
    assert (counter.member.balances, counter.booked(kind=AccountKind.PENDING)) == ({}, 10)
    late = price_return(sale, [want()], counter.programs, NOW + timedelta(days=14), balances={"points": 10})
    assert isinstance(late, PricedReturn)
    assert [(move.points, move.pending_until) for move in late.moves] == [(-10, None)]


def test_a_shop_may_keep_what_was_spent() -> None:
    """With ``spent`` off neither points nor vouchers come back; money that had paid always does."""
    counter = Counter.of(
        program(fixed(100, cost=10), returns=Returns(spent=False)),
        vouchers(percent(10, combines=True), name="gift", returns=Returns(spent=False)),
        program(pay(), name="purse", kind=Kind.WALLET, account="purse", returns=Returns(spent=False)),
        points=10,
        purse=50,
    )
    counter.vouchers["V-1"] = voucher("V-1")
    sale = counter.sell(basket(1_000, claims=("club/fixed", "purse/pay"), codes=("V-1",)))
    assert counter.vouchers["V-1"].status is VoucherStatus.REDEEMED
    _, back = counter.take_back(sale)
    assert moved(back) == {"purse@1/pay": 50}
    assert back.vouchers == ()


def test_a_version_that_nobody_knows_has_the_default_policy() -> None:
    """The sale is old, its programs are gone: points go back and forth all the same."""
    counter = Counter.of(program(fixed(100, cost=10), per_order(3)), points=10)
    sale = counter.sell(basket(1_000, claims=("club/fixed",)))
    counter.programs = ProgramSet()
    counter.take_back(sale)
    assert (counter.member.balances, counter.booked()) == ({"points": 10}, 10)


# Vouchers, uses and occasions


def test_a_voucher_comes_back_with_the_last_of_what_it_lay_on() -> None:
    """It cannot be split: half of the shoes leave it used, all of them bring it back, whatever else was bought."""
    counter = Counter.of(vouchers(percent(10, on="products", goods=only("shoe"))))
    counter.vouchers["V-1"] = voucher("V-1", member_id="m1")
    sale = counter.sell(basket(line(1_000, 2, "shoe"), line(500, 1, "milk"), codes=("V-1",)))
    sale, half = counter.take_back(sale, want())
    assert (half.vouchers, counter.vouchers["V-1"].status) == ((), VoucherStatus.REDEEMED)
    sale, whole = counter.take_back(sale, want())
    assert [move.kind for move in whole.vouchers] == [VoucherMoveKind.RESTORED]
    assert counter.vouchers["V-1"].status is VoucherStatus.ISSUED
    _, rest = counter.take_back(sale)
    assert rest.vouchers == ()


def test_a_coupon_for_the_next_order_goes_with_the_last_of_the_goods() -> None:
    """Who returns everything has no next order; what was used meanwhile stays used."""
    coupons = program(GiveVoucher(rule_id="give"), percent(10), name="next", kind=Kind.NEXT_ORDER, account="")
    counter = Counter.of(coupons)
    sale = counter.sell(basket(line(1_000, 2)))
    (code,) = counter.vouchers
    assert [held.code for held in counter.member.vouchers] == [code]
    sale, half = counter.take_back(sale, want())
    assert half.vouchers == ()
    _, whole = counter.take_back(sale)
    assert [(move.kind, move.code) for move in whole.vouchers] == [(VoucherMoveKind.REVOKED, code)]
    assert [held.status for held in counter.member.vouchers] == [VoucherStatus.REVOKED]


def test_point_27_a_use_is_released_by_a_full_return() -> None:
    """Point 27: once for each member; half a return leaves it used, a whole one gives it back, if the shop says so."""
    limits = (
        Limit(limit_id="once", most=1),
        Limit(limit_id="budget", most=10_000, of=Measure.VALUE, per=Scope.TOTAL),
    )
    counter = Counter.of(
        program(percent(10), kind=Kind.POINTS_CARD, limits=limits),
        program(fixed(1, combines=True), name="kept", limits=limits[:1], returns=Returns(uses=False)),
    )
    sale = counter.sell(basket(line(1_000, 2)))
    assert counter.member.used.keys() == {"club/once", "kept/once"}
    sale, half = counter.take_back(sale, want())
    assert half.counts == ()
    _, whole = counter.take_back(sale)
    assert {count.key: count.amount for count in whole.counts} == {"club/once": -1, "club/budget": -200}
    assert counter.member.used.keys() == {"kept/once"}


def test_an_occasion_may_be_granted_again_after_a_full_return() -> None:
    """The birthday present came back; the one of a later year does not count as this one."""
    birthday = program(percent(10), name="day", kind=Kind.OCCASION, only=Only(occasion=OccasionWindow(kind="birthday")))
    counter = Counter.of(birthday)
    counter.member = replace(counter.member, occasions=(Occasion(kind="birthday", month=3, day=21),))
    sale = counter.sell(basket(1_000))
    assert counter.member.granted == {"day": NOW.date()}
    later = Counter(counter.programs, replace(counter.member, granted={"day": date(2027, 3, 21)}))
    later.seq = counter.seq
    later.take_back(sale)
    assert later.member.granted == {"day": date(2027, 3, 21)}
    counter.take_back(sale)
    assert counter.member.granted == {}
    old = replace(sale, body=replace(sale.body, day=None))
    assert isinstance(again := price_void(old, counter.programs, NOW), PricedReturn)
    assert again.granted == {}


def test_a_gift_that_stays_out_is_named_and_keeps_the_sale_open() -> None:
    """The shoes come back without the mug: the money is theirs, but nothing is released, and the till asks for it."""
    gift = program(
        free(gifts=("mug",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE, limits=(Limit(limit_id="once", most=1),)
    )
    counter = Counter.of(gift)
    sale = counter.sell(basket(line(5_000, 1, "shoe")))
    assert [(sold.product_id, sold.net) for sold in sale.body.lines] == [("shoe", 5_000), ("mug", 0)]
    sale, back = counter.take_back(sale, want())
    assert (back.refund, back.gifts_out, back.complete, back.counts) == (5_000, (2,), False, ())
    _, mug = counter.take_back(sale)
    assert (mug.refund, mug.gifts_out, mug.complete) == (0, (), True)
    assert counter.member.used == {}


# Voids


def test_point_17_a_void_is_a_new_fact_that_names_its_original() -> None:
    """Point 17: the sale stays as it is in the ledger; what the void writes is added, and refers to it."""
    counter = Counter.of(program(fixed(100, cost=10), per_money(1, 100)), points=10)
    sale = counter.sell(basket(line(1_000, 2), claims=("club/fixed",)))
    assert counter.member.balances == {"points": 20}
    before = counter.books["points"].transfers
    counter.void(sale)
    after = counter.books["points"].transfers
    assert list(after)[: len(before)] == list(before)
    assert {transfer.original for transfer in list(after.values())[len(before) :]} >= {sale.event_id}
    assert (counter.member.balances, counter.booked()) == ({"points": 10}, 10)
    assert counter.member.purchases[0].status.value == "voided"


def test_point_32_every_fact_names_its_store_and_that_of_the_sale() -> None:
    """Point 32: sold in Tehran, returned in Shiraz: the two can settle that between them."""
    counter = Counter.of()
    sale = counter.sell(basket(line(1_000, 2), store_id="tehran"))
    back = price_return(sale, [want()], counter.programs, NOW)
    assert isinstance(back, PricedReturn)
    for body in (returned_body(sale, back, NOW.date(), "shiraz"), voided_body(sale, back, NOW.date(), "shiraz")):
        assert (body.store_id, body.sale_store_id, body.sale_event_id) == ("shiraz", "tehran", sale.event_id)
    assert sale.body.store_id == "tehran"


def test_a_void_after_a_return_undoes_what_is_left() -> None:
    """Both together are the whole sale, to the cent and to the point."""
    counter = Counter.of(program(fixed(100, cost=7), per_money(1, 100)), points=7)
    sale = counter.sell(basket(line(1_000, 3), claims=("club/fixed",)))
    sale, part = counter.take_back(sale, want())
    rest = counter.void(sale)
    assert part.refund + rest.refund == sale.body.net
    assert (counter.member.balances, counter.booked()) == ({"points": 7}, 7)


# Faults


def test_what_cannot_come_back_is_refused_with_the_reason() -> None:
    """Every wrong line is told, by its place; what was asked for twice is counted together."""
    counter = Counter.of()
    sale = counter.sell(basket(line(100, 3)))
    assert faults(counter, sale) == [ReturnFaultKind.NOTHING_NAMED]
    answer = price_return(sale, [want(9), want(1, 0), want(1, 2), want(1, 2)], counter.programs, NOW)
    assert isinstance(answer, tuple)
    assert [(fault.kind, fault.index, fault.found, fault.limit) for fault in answer] == [
        (ReturnFaultKind.UNKNOWN_LINE, 0, 9, None),
        (ReturnFaultKind.QUANTITY, 1, 0, None),
        (ReturnFaultKind.TOO_MANY, 3, 2, 1),
    ]
    sale, _ = counter.take_back(sale, want(1, 2))
    assert faults(counter, sale, want(1, 2)) == [ReturnFaultKind.TOO_MANY]
    sale, _ = counter.take_back(sale)
    assert faults(counter, sale, want()) == [ReturnFaultKind.NOTHING_LEFT]


def test_a_sale_is_undone_once() -> None:
    """A second void, or a return after it, is refused."""
    counter = Counter.of()
    sale = counter.sell(basket(100))
    undone = after_return(sale, voided_body(sale, counter.void(sale), NOW.date()))
    assert undone.out == {}
    assert faults(counter, undone, want()) == [ReturnFaultKind.VOIDED]
    refused = price_void(undone, counter.programs, NOW)
    assert isinstance(refused, tuple)
    assert [fault.kind for fault in refused] == [ReturnFaultKind.VOIDED]
