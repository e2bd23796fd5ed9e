"""Offers on units: sets, bundles and free items, by runs of equal units."""

from decimal import Decimal

import pytest

from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import (
    CheapestFree,
    FreeItem,
    Kind,
    Limit,
    Measure,
    Needs,
    Program,
    Reward,
    Scope,
    Take,
    TaxView,
)
from tests.core.pricing.shop import (
    VAT,
    basket,
    bundle,
    cheapest,
    free,
    line,
    member,
    only,
    price,
    program,
    promotion,
    reasons,
    values,
    voucher,
    vouchers,
)

SHOES, SOCKS = only("shoes"), only("socks")


def offer(reward: Reward, name: str = "promo") -> Program:
    """Return a buy X get Y promotion."""
    return promotion(reward, name=name, kind=Kind.BUY_X_GET_Y)


@pytest.mark.parametrize(
    ("reward", "lines", "discount", "free_units"),
    [
        (cheapest(3), (line(500, 2), line(300, 2), line(200, 2)), 500, [0, 1, 1]),
        (cheapest(3, take=Take.CHEAPEST_FIRST), (line(500, 2), line(300, 2), line(200, 2)), 400, [0, 0, 2]),
        (cheapest(3, most=1), (line(500, 2), line(300, 2), line(200, 2)), 300, [0, 1, 0]),
        (cheapest(4, free=2), (line(500, 3), line(100, 5)), 500 + 100 + 200, [1, 3]),
        (cheapest(2, percent=Decimal(50)), (line(301, 2),), 151, [0]),
        (cheapest(3), (line(100, 9_999),), 333_300, [3_333]),
    ],
)
def test_the_cheapest_of_every_set(
    reward: CheapestFree, lines: tuple[BasketLine, ...], discount: int, free_units: list[int]
) -> None:
    """Sets are made from the dearest down, or the cheapest of all are free; each cheap unit is rounded half up."""
    sale = price(basket(*lines), offer(reward))
    assert (sale.discount, [each.free_units for each in sale.lines]) == (discount, free_units)


def test_how_many_are_missing_to_a_set() -> None:
    """Two of three: one more."""
    sale = price(basket(line(100, 2)), offer(cheapest(3)))
    assert [(why.reason.code, why.reason.numbers) for why in sale.withheld] == [(Because.UNITS_MISSING, {"missing": 1})]


def test_a_hundredth_of_a_cent_is_nothing() -> None:
    """1 % off one unit of 0.10 rounds to nothing, and is not given."""
    assert reasons(price(basket(line(10, 2)), offer(cheapest(2, percent=Decimal(1))))) == {
        "promo/cheapest": Because.NO_EFFECT
    }


@pytest.mark.parametrize(
    ("price_", "quantity", "most", "lines", "total"),
    [
        (1_000, 3, None, (line(400, 3),), 1_000),
        (1_000, 3, None, (line(400, 7),), 2_400),
        (1_000, 3, 1, (line(400, 7),), 1_000 + 1_600),
        (1_000, 3, None, (line(400, 2), line(700), line(300, 3)), 1_000 + 900),
        (1_000, 3, None, (line(300, 2), line(400, 1)), 1_000),
        (250, 1, None, (line(300, 2), line(200, 2)), 500 + 400),
        (0, 2, None, (line(300, 5),), 300),
        (1_000, 3, 2, (line(500, 4), line(450, 5)), 2_000 + 3 * 450),
    ],
)
def test_several_for_one_price(
    price_: int, quantity: int, most: int | None, lines: tuple[BasketLine, ...], total: int
) -> None:
    """The dearest units together, where that is less, at most so many times; what is over costs what it costs."""
    assert price(basket(*lines), offer(bundle(price_, quantity, most=most))).total == total


def test_a_bundle_that_saves_nothing_is_none() -> None:
    """Two for 10.00 where two cost 8.00; one alone lacks one."""
    two = offer(bundle(1_000, 2))
    assert reasons(price(basket(line(400, 2)), two)) == {"promo/bundle": Because.NO_EFFECT}
    assert reasons(price(basket(line(400)), two)) == {"promo/bundle": Because.UNITS_MISSING}


def test_a_bundle_takes_its_units_from_as_many_lines_as_it_needs() -> None:
    """Three kinds at 5.00, 4.00 and 3.00 make one set for 10.00."""
    assert price(basket(line(500), line(400), line(300)), offer(bundle(1_000, 3))).net == 1_000


def test_a_bundle_falls_on_its_lines_in_proportion() -> None:
    """Shoes at 60.00 and socks at 20.00 for 60.00: 15.00 off the shoes and 5.00 off the socks."""
    sale = price(basket(line(6_000), line(2_000)), offer(bundle(6_000, 2)))
    assert [each.net for each in sale.lines] == [4_500, 1_500]


def test_socks_are_free_with_shoes() -> None:
    """One pair of socks for each pair of shoes, whichever is scanned first; shoes are not taken up by two offers."""
    socks = offer(free(goods=SOCKS, needs=Needs(quantity=1, goods=SHOES), repeats=True))
    lines = (line(9_000, 2, "shoes"), line(400, 3, "socks"))
    for some in (lines, lines[::-1]):
        assert price(basket(*some), socks).discount == 800
    both = price(basket(*lines), socks, offer(cheapest(2, goods=SHOES), name="two-shoes"))
    assert both.discount == 9_000


@pytest.mark.parametrize(("units", "missing"), [((0, 1), 1), ((1, 0), 1)], ids=["no shoes", "no socks"])
def test_what_is_missing_for_a_free_item(units: tuple[int, int], missing: int) -> None:
    """Shoes without socks lack socks; socks without shoes lack shoes."""
    lines = [line(900, count, name) for name, count in zip(("shoes", "socks"), units, strict=True) if count]
    socks = offer(free(goods=only("socks", "hat"), needs=Needs(quantity=1, goods=SHOES)))
    sale = price(basket(*lines, line(100, product="other")), socks)
    reason = sale.withheld[0].reason
    wanted = Because.UNITS_MISSING if units[1] else Because.GOODS_MISSING
    assert (reason.code, reason.numbers.get("missing", missing)) == (wanted, missing)


def test_what_has_to_be_bought_is_not_free() -> None:
    """The shoes at 3.00 are cheaper than the socks; but they are what is bought, so the socks are free."""
    either = offer(free(goods=only("shoes", "socks"), needs=Needs(quantity=1, goods=SHOES)))
    sale = price(basket(line(300, product="shoes"), line(400, product="socks")), either)
    assert [each.free_units for each in sale.lines] == [0, 1]


def test_the_dear_ones_are_left_to_other_offers() -> None:
    """Shoes at 20.00 are bought for the free socks, so that those at 90.00 are left to be had for 81.00."""
    socks = offer(free(goods=SOCKS, needs=Needs(quantity=1, goods=SHOES)), name="a")
    cheaper = offer(bundle(8_100, goods=SHOES), name="b")
    lines = line(9_000, product="shoes"), line(2_000, product="shoes"), line(400, product="socks")
    for some in (lines, lines[::-1]):
        assert values(price(basket(*some), socks, cheaper)) == {"a/free": 400, "b/bundle": 900}


def test_goods_that_others_took_up_are_missing_for_a_free_item() -> None:
    """Two for one on socks takes both pairs, so the pair that is free with shoes is not there."""
    first = offer(cheapest(2, goods=SOCKS), name="a")
    second = offer(free(goods=SOCKS, needs=Needs(quantity=1, goods=SHOES)), name="b")
    sale = price(basket(line(400, 2, "socks"), line(900, product="shoes")), first, second)
    assert (sale.discount, len(sale.applied)) == (400, 1)


def test_a_free_item_is_bought_for_money_too() -> None:
    """One is free for every 50.00 that is paid: 3 of 20 at 10.00, at most twice, and once if it does not repeat."""
    for reward, discount in (
        (free(needs=Needs(amount=5_000), repeats=True), 3_000),
        (free(needs=Needs(amount=5_000), repeats=True, most=2), 2_000),
        (free(needs=Needs(amount=5_000)), 1_000),
        (free(needs=Needs(amount=5_000, quantity=9), repeats=True), 2_000),
    ):
        assert price(basket(line(1_000, 20)), offer(reward)).discount == discount


@pytest.mark.parametrize(
    ("reward", "units", "given"),
    [
        (free(needs=Needs(amount=10), repeats=True), 3, 1),
        (free(needs=Needs(amount=10), repeats=True), 4, 2),
        (free(needs=Needs(amount=20)), 3, 1),
        (free(needs=Needs(amount=10, quantity=2), repeats=True), 6, 2),
        (free(needs=Needs(amount=10, tax=TaxView.EXCLUDED)), 3, 1),
    ],
)
def test_a_unit_that_is_free_counts_towards_no_need_not_even_its_own(reward: FreeItem, units: int, given: int) -> None:
    """Of three units at 10, "one free for every 10" leaves two to pay for: one is free, and the third is on its way."""
    sale = price(basket(line(10, units, tax=VAT)), offer(reward))
    assert sale.lines[0].free_units == given


def test_what_a_free_item_lacks_in_money_is_said_without_the_unit_itself() -> None:
    """From 20 one is free: with two at 10 in the basket only 10 would be paid, so 10 more are missing."""
    (kept,) = price(basket(line(10, 2)), offer(free(needs=Needs(amount=20)))).withheld
    assert (kept.reason.code, kept.reason.numbers) == (Because.MONEY_MISSING, {"missing": 10})


@pytest.mark.parametrize(
    ("times", "most", "given", "cost"),
    [(1, None, 1, 10), (3, None, 3, 30), (3, 2, 2, 20), (9, None, 5, 50)],
)
def test_a_free_item_for_points_is_had_as_often_as_asked(times: int, most: int | None, given: int, cost: int) -> None:
    """Three free coffees for three times the points, as many as there are and may be."""
    asked = basket(line(300, 5, "coffee"), claims=(Claim(reward="club/free", times=times),))
    sale = price(asked, program(free(cost=10, goods=only("coffee"), most=most)), by=member(100))
    assert (sale.lines[0].free_units, sale.applied[0].cost) == (given, cost)


def test_a_free_item_that_repeats_and_costs_is_had_as_often_as_asked_and_met() -> None:
    """Two asked for, bought enough for one: one; and without enough points for what was asked, none."""
    club = program(free(cost=10, needs=Needs(quantity=2), repeats=True))
    asked = basket(line(300, 5), claims=(Claim(reward="club/free", times=2),))
    assert price(asked, club, by=member(100)).applied[0].cost == 10
    many = basket(line(300, 9), claims=(Claim(reward="club/free", times=2),))
    assert reasons(price(many, club, by=member(15))) == {"club/free": Because.POINTS_MISSING}


def test_the_whole_balance_is_taken_once() -> None:
    """Three items for the whole balance cost three times at least what one costs."""
    club = program(free(cost=10, clear_all=True))
    asked = basket(line(300, 5), claims=(Claim(reward="club/free", times=3),))
    assert reasons(price(asked, club, by=member(25))) == {"club/free": Because.POINTS_MISSING}
    assert price(asked, club, by=member(35)).applied[0].cost == 35


def test_a_free_unit_beyond_the_budget_is_not_given() -> None:
    """A unit is free or it is not: 3.00 do not fit into a budget of 2.50, nor does a mug at 9.00."""
    budget = (Limit(limit_id="b", most=250, of=Measure.VALUE, per=Scope.TOTAL),)
    for reward in (free(), free(gifts=("mug",))):
        sale = price(basket(300), promotion(reward, limits=budget))
        assert reasons(sale) == {"promo/free": Because.BUDGET_SPENT}


# Gifts


def test_the_customer_chooses_among_gifts() -> None:
    """Until one is chosen nothing is given; what is not among the gifts, or not in the shop, is answered."""
    gift = promotion(free(gifts=("mug", "poster", "lamp")), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    open_ = price(basket(1_000), gift)
    assert [(offer.reward, offer.value, offer.gifts, offer.choose) for offer in open_.claimable] == [
        ("gift/free", 1_500, ("mug", "poster"), 1)
    ]
    chosen = price(basket(1_000, claims=(Claim(reward="gift/free", gifts=("mug",)),)), gift)
    assert [(each.product_id, each.gross, each.net) for each in chosen.lines[1:]] == [("mug", 900, 0)]
    for named in ("lamp", "car"):
        sale = price(basket(1_000, claims=(Claim(reward="gift/free", gifts=(named,)),)), gift)
        assert (sale.withheld[0].reason.code, sale.withheld[0].reason.names) == (
            Because.UNKNOWN_GIFT,
            {"product": named},
        )
    assert reasons(price(basket(1_000, claims=("gift/free",)), gift)) == {"gift/free": Because.CHOICE_MISSING}


def test_several_gifts_are_several_lines() -> None:
    """Two mugs and a poster of three that may be chosen; a fourth is one too many and left out."""
    gift = promotion(free(gifts=("mug", "poster"), quantity=3), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    claim = Claim(reward="gift/free", gifts=("mug", "poster", "mug", "poster"))
    sale = price(basket(1_000, claims=(claim,)), gift)
    assert [(each.number, each.product_id, each.quantity) for each in sale.lines[1:]] == [
        (2, "mug", 2),
        (3, "poster", 1),
    ]
    assert (sale.gross, sale.discount, sale.total) == (1_000 + 3_300, 3_300, 1_000)


def test_half_of_the_gifts_cost_as_much_as_all() -> None:
    """Two gifts at a time cost 10 points: three of them cost 20."""
    club = program(free(gifts=("mug",), quantity=2, cost=10))
    three = Claim(reward="club/free", gifts=("mug",) * 3, times=2)
    assert price(basket(1_000, claims=(three,)), club, by=member(50)).applied[0].cost == 20


def test_a_gift_nobody_has_cannot_be_given() -> None:
    """One gift that is not in the shop is neither given nor offered."""
    alone = promotion(free(gifts=("lamp",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    for_points = program(free(gifts=("lamp", "car"), cost=1))
    sale = price(basket(1_000), alone, for_points, by=member(5))
    assert reasons(sale) == {"gift/free": Because.UNKNOWN_GIFT, "club/free": Because.UNKNOWN_GIFT}
    assert all(why.reason.names == {"product": "lamp"} for why in sale.withheld)


def test_a_gift_needs_a_purchase_unless_it_is_paid_with_points_or_a_voucher() -> None:
    """Whoever comes for the mug alone gets it for points or a voucher, and not for nothing."""
    with_purchase = promotion(free(gifts=("mug",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    assert reasons(price(basket(), with_purchase)) == {"gift/free": Because.GOODS_MISSING}
    assert reasons(price(basket(line(0, product="leaflet")), with_purchase)) == {"gift/free": Because.GOODS_MISSING}
    fetched = price(basket(claims=("club/free",)), program(free(gifts=("mug",), cost=5)), by=member(5))
    assert (len(fetched.lines), fetched.balances_after) == (1, {"points": 0})
    by_voucher = vouchers(free(gifts=("mug",)))
    assert len(price(basket(codes=("V",), vouchers=(voucher("V"),)), by_voucher).lines) == 1
    for_coffee = program(free(gifts=("mug",), cost=5, goods=only("coffee")))
    assert price(basket(claims=("club/free",)), for_coffee, by=member(5)).lines == ()


def test_a_gift_without_a_price_is_a_gift() -> None:
    """A sample that is worth nothing is given all the same, with a line that has no discount."""
    sample = Product(product_id="sample", codes=(), name={}, unit_price=0)
    gift = promotion(free(gifts=("sample",)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    sale = price(basket(1_000), gift, catalogue={"sample": sample})
    assert [(each.product_id, each.discounts) for each in sale.lines[1:]] == [("sample", ())]
