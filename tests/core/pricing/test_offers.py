"""What could be had for the asking, what it is worth, and the bound where not everything is weighed."""

import pytest

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.pricing.bound import lowest_net
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.programs import Deduct, Kind, Mode, ProgramSet, Reward, Spends, Stacking, Target
from tests.core.pricing.shop import (
    basket,
    bundle,
    cheapest,
    fixed,
    free,
    line,
    member,
    only,
    per_money,
    per_point,
    percent,
    price,
    program,
    promotion,
    reasons,
    voucher,
    vouchers,
)


def test_an_offer_is_worth_what_it_lowers_the_price_by() -> None:
    """10 % for points would replace the 5 % of the promotion: on 100.00 it is worth 5.00, and costs 20 points."""
    five = promotion(percent(5))
    ten = program(percent(10, cost=20))
    sale = price(basket(10_000), five, ten, by=member(50))
    assert [(each.reward, each.value, each.cost) for each in sale.claimable] == [("club/percent", 500, 20)]
    claimed = price(basket(10_000, claims=("club/percent",)), five, ten, by=member(50))
    assert (claimed.total, reasons(claimed)) == (9_000, {"promo/percent": Because.EXCLUDED})


def test_what_is_worth_less_than_what_it_would_replace_is_no_offer() -> None:
    """5 % for points is not offered where 10 % are given by themselves."""
    sale = price(basket(10_000), promotion(percent(10)), program(percent(5, cost=1)), by=member(9))
    assert (sale.claimable, reasons(sale)) == ((), {"club/percent": Because.EXCLUDED})


def test_an_offer_says_how_points_go_in_steps() -> None:
    """Up to 9 points of 11, in steps of 3, at 1.00 a step."""
    (offer,) = price(basket(10_000), program(per_point(100, 3)), by=member(11)).claimable
    assert (offer.value, offer.cost, offer.step) == (300, 9, 3)


def test_what_does_not_go_with_a_claim_is_not_offered() -> None:
    """The customer asked for one discount on the order, so the other is no offer, and names what it gave way to."""
    club = program(percent(10, cost=1), fixed(5_000, cost=1))
    sale = price(basket(10_000, claims=("club/percent",)), club, by=member(9))
    assert [(why.reward, why.reason.code, why.reason.names) for why in sale.withheld] == [
        ("club/fixed", Because.EXCLUDED, {"by": "club/percent"})
    ]


def test_an_offer_on_units_is_worth_what_is_left_of_them() -> None:
    """A free coffee at 3.00 after 10 % off everything saves 2.70, for the discount shrinks with it."""
    club = program(free(cost=5))
    ten = promotion(percent(10))
    (offer,) = price(basket(line(300, 2)), club, ten, by=member(5)).claimable
    assert offer.value == 270


def test_an_offer_in_place_of_another_on_goods_is_worth_the_difference() -> None:
    """In one group 3.00 off instead of 1.00 off, before 10 % off the order: 1.80 less."""
    group = Stacking(group="g", mode=Mode.BEST_FOR_CUSTOMER)
    one = promotion(fixed(100, on=Target.PRODUCTS), name="one", stacking=group)
    three = program(fixed(300, cost=1, on=Target.PRODUCTS), stacking=group)
    ten = promotion(percent(10), name="ten")
    (offer,) = price(basket(1_000), one, three, ten, by=member(1)).claimable
    assert offer.value == 180


def test_what_would_take_from_an_earlier_claim_is_no_offer() -> None:
    """One coffee, claimed for points: the bundle that wants it first would leave nothing to the claim."""
    club = program(free(cost=5, goods=only("coffee")))
    bundled = program(bundle(100, 2, cost=1), name="bundle", stacking=Stacking(priority=1))
    asked = basket(line(300, product="coffee"), line(50, product="tea"), claims=("club/free",))
    sale = price(asked, club, bundled, by=member(9))
    assert (sale.claimable, reasons(sale)) == ((), {"bundle/bundle": Because.UNITS_MISSING})
    wide = program(fixed(350, on=Target.PRODUCTS, cost=1), name="all", stacking=Stacking(priority=1))
    later = program(percent(10, cost=1))
    sale = price(basket(350, claims=("club/percent",)), later, wide, by=member(9))
    assert [(why.reward, why.reason.code, why.reason.names) for why in sale.withheld] == [
        ("all/fixed", Because.EXCLUDED, {"by": "club/percent"})
    ]


def test_an_offer_that_comes_before_what_is_given_is_worth_what_it_leaves_of_it() -> None:
    """10.00 for points before 50 % off: 5.00 less, though on top of all it would be 10.00."""
    half = promotion(percent(50))
    ten = program(fixed(1_000, cost=3, combines=True), stacking=Stacking(priority=1))
    (offer,) = price(basket(10_000), half, ten, by=member(3)).claimable
    assert offer.value == 500


def test_points_that_an_offer_itself_would_take_away_are_not_offered() -> None:
    """9.00 earn 9 points, which pay at once; but what they pay earns nothing, so only the 2 of before are offered."""
    earns = per_money(1, 100, own_discount=Deduct.DEDUCTED)
    club = program(per_point(100, on=Target.PRODUCTS), earns, spends=Spends.BOTH)
    (offer,) = price(basket(900), club, by=member(2)).claimable
    assert (offer.value, offer.cost) == (200, 2)
    assert price(basket(900, claims=("club/per-point",)), club, by=member(2)).net == 700


def test_a_gift_for_points_of_this_basket_is_offered_for_it_takes_none_away() -> None:
    """9 points earned here pay for a mug, and the mug lowers nothing that they are earned on."""
    club = program(free(gifts=("mug",), cost=9), per_money(1, 100), spends=Spends.BOTH)
    (offer,) = price(basket(900), club, by=member()).claimable
    assert (offer.value, offer.cost) == (900, 9)


def test_what_gives_nothing_before_the_rest_is_given_is_no_offer() -> None:
    """Points pay 3 a step on the cheapest unit; that costs 1, so a claim gives nothing, though it is free already."""
    nothing_left = promotion(percent(100, goods=only("a"), on=Target.PRODUCTS))
    club = program(per_point(3, on=Target.CHEAPEST))
    sale = price(basket(line(1, product="a"), line(16, product="b")), nothing_left, club, by=member(9))
    assert (sale.claimable, reasons(sale)) == ((), {"club/per-point": Because.NO_EFFECT})


def test_an_offer_that_would_save_nothing_is_none() -> None:
    """A coffee for points where the price of both is fixed already: no effect."""
    club = program(free(cost=5))
    fixed_price = promotion(bundle(300, 2), kind=Kind.BUY_X_GET_Y)
    sale = price(basket(line(300, 2)), club, fixed_price, by=member(5))
    assert (sale.claimable, reasons(sale)) == ((), {"club/free": Because.UNITS_MISSING})


@pytest.mark.parametrize(
    ("reward", "asked", "lowest"),
    [
        (percent(10), basket(1_000, 2_000), 2_700),
        (percent(10, cap=50), basket(1_000, 2_000), 2_950),
        (fixed(700), basket(1_000), 300),
        (fixed(700), basket(500), 0),
        (cheapest(3), basket(line(300, 7), line(100)), 1_600),
        (bundle(1, 2), basket(300, 300), 0),
    ],
)
def test_no_combination_undercuts_the_bound(reward: Reward, asked: Basket, lowest: int) -> None:
    """The most that each reward could ever give, off the shelf prices; what it really gives is never more."""
    offer = promotion(reward)
    shelf = Shelf(asked)
    (plan,) = ProgramSet([offer]).plans(offer)
    candidate = Candidate(plan, shelf.every)
    assert lowest_net([candidate], shelf) == lowest
    assert price(asked, offer).net >= lowest


def test_a_gesture_counts_with_its_own_amount_in_the_bound() -> None:
    """A voucher over 9.00 of a program that says 5.00."""
    goodwill = vouchers(fixed(500), kind=Kind.GOODWILL, roles={"manager": 1_000})
    (plan,) = ProgramSet([goodwill]).plans(goodwill)
    shelf = Shelf(basket(1_000))
    assert lowest_net([Candidate(plan, shelf.every, voucher=voucher("V", value=900))], shelf) == 100
    assert lowest_net([Candidate(plan, shelf.every, voucher=voucher("V"))], shelf) == 500
    assert lowest_net([Candidate(plan, ())], shelf) == 1_000


def test_where_too_many_go_on_the_order_the_answer_says_so() -> None:
    """Twelve discounts on the order, each the best of its own group, are too many to weigh, and all are given."""
    offers = [
        promotion(percent(10, combines=True), name=name, stacking=Stacking(group=name, mode=Mode.BEST_FOR_CUSTOMER))
        for name in "abcdefghijkl"
    ]
    sale = price(basket(10_000), *offers)
    assert (sale.net, len(sale.applied)) == (2_824, 12)
    assert sale.choice is not None
    assert (sale.choice.optimal, sale.choice.bound) == (False, 0)


def test_a_claim_that_keeps_out_something_better_says_what_it_costs() -> None:
    """A claimed coupon of 100 keeps 10 % of 5,000 out: the customer would pay 400 less without it, and is told so."""
    coupon = program(fixed(100, cost=5), name="coupon")
    everybody = promotion(percent(10), name="gold")
    claimed = price(basket(5_000, claims=("coupon/fixed",)), coupon, everybody, by=member(5))
    assert (claimed.net, claimed.dearer_by) == (4_900, 400)
    assert price(basket(5_000), coupon, everybody, by=member(5)).net == 4_500


def test_a_claim_that_keeps_out_something_worse_costs_nothing() -> None:
    """A claimed coupon of 1,000 keeps 10 % of 5,000 out, and is the better of the two."""
    coupon = program(fixed(1_000, cost=5), name="coupon")
    everybody = promotion(percent(10), name="gold")
    claimed = price(basket(5_000, claims=("coupon/fixed",)), coupon, everybody, by=member(5))
    assert (claimed.net, claimed.dearer_by) == (4_000, 0)
