"""What toy engines get wrong about thresholds, order and units: points 6 to 12 and 14."""

from decimal import Decimal
from itertools import permutations

import pytest
from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.programs import (
    Base,
    Goods,
    Kind,
    Mode,
    Needs,
    Program,
    Spends,
    Stacking,
    Status,
    Take,
    Target,
    TaxView,
)
from pos_loyalty.core.taxes import Tax
from tests.core.pricing.shop import (
    VAT,
    basket,
    cheapest,
    earned,
    fixed,
    free,
    line,
    member,
    only,
    pay,
    per_money,
    per_order,
    per_point,
    percent,
    price,
    program,
    promotion,
    reasons,
    values,
    voucher,
    vouchers,
)

COFFEE = only("coffee")


def test_point_6_a_threshold_looks_at_the_goods_of_the_rule() -> None:
    """6: 20.00 of coffee and 80.00 of other goods do not reach 50.00 of coffee."""
    offer = promotion(fixed(500, goods=COFFEE, needs=Needs(amount=5_000)))
    short = price(basket(line(2_000, product="coffee"), 8_000), offer)
    assert (short.discount, short.withheld[0].reason.numbers) == (0, {"missing": 3_000})
    assert price(basket(line(5_000, product="coffee")), offer).discount == 500


def test_point_6_free_units_reach_no_threshold() -> None:
    """6: of three coffees one is free, so that 'from three coffees' is not reached by them."""
    gets_one_free = promotion(cheapest(3, goods=COFFEE), name="a")
    from_three = promotion(fixed(100, goods=COFFEE, needs=Needs(quantity=3)), name="b")
    three = price(basket(line(300, 3, "coffee")), gets_one_free, from_three)
    assert values(three) == {"a/cheapest": 300}
    assert values(price(basket(line(300, 4, "coffee")), gets_one_free, from_three)) == {
        "a/cheapest": 300,
        "b/fixed": 100,
    }


def test_point_6_what_costs_nothing_reaches_no_threshold() -> None:
    """6: a gift that the register sells at 0.00 is not bought: it is no second coffee, and earns no stamp."""
    offer = promotion(fixed(100, goods=COFFEE, needs=Needs(quantity=2)))
    club = program(per_order(1, goods=only("gift")))
    sale = price(basket(line(300, 1, "coffee"), line(0, 1, "coffee"), line(0, 1, "gift")), offer, club, by=member())
    assert (values(sale), earned(sale)) == ({}, {})


def test_point_6_automatic_discounts_lower_no_threshold_and_codes_do() -> None:
    """6: 10 % off by itself leaves 'from 100.00' reached at 100.00; 10 % off by a code does not."""
    gift = promotion(free(gifts=("mug",), needs=Needs(amount=10_000)), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    ten = promotion(percent(10, on=Target.PRODUCTS), name="ten")
    coded = replace(ten, codes=("TEN",))
    assert values(price(basket(10_000), ten, gift)) == {"ten/percent": 1_000, "gift/free": 900}
    # The gift comes before the discount, so it is earned points that show what the code lowers.
    club = program(per_order(1, needs=Needs(amount=10_000)))
    assert earned(price(basket(10_000), ten, club, by=member())) == {"club@1/per-order": 1}
    assert earned(price(basket(10_000, codes=("TEN",)), coded, club, by=member())) == {}
    assert earned(price(basket(11_112, codes=("TEN",)), coded, club, by=member())) == {"club@1/per-order": 1}


def test_point_6_a_code_lowers_a_threshold_without_tax_by_its_amount_without_tax() -> None:
    """6: 10 % off 110.00 by code is 99.00, of which 90.00 are without the 10 % tax in it: enough for 90.00."""
    coded = promotion(percent(10), codes=("TEN",))
    club = program(per_order(1, needs=Needs(amount=9_000, tax=TaxView.EXCLUDED)))
    sale = price(basket(line(11_000, tax=VAT), codes=("TEN",)), coded, club, by=member())
    assert earned(sale) == {"club@1/per-order": 1}


def test_point_6_a_unit_that_a_code_makes_free_is_counted_off_once() -> None:
    """6: of two at 100.00 one is free by code; the other still is 100.00 of paid goods."""
    coded = promotion(free(needs=Needs(quantity=1)), codes=("BOGO",), kind=Kind.BUY_X_GET_Y)
    club = program(per_order(1, needs=Needs(amount=10_000)))
    sale = price(basket(line(10_000, 2), codes=("BOGO",)), coded, club, by=member())
    assert (sale.total, earned(sale)) == (10_000, {"club@1/per-order": 1})


def test_point_6_a_program_never_disqualifies_itself() -> None:
    """6: its own code took 10 % off, and its own points still ask for the full 100.00."""
    own = program(percent(10), per_order(1, needs=Needs(amount=10_000)), codes=("TEN",))
    assert earned(price(basket(10_000, codes=("TEN",)), own, by=member())) == {"club@1/per-order": 1}


def test_point_6_a_rule_for_some_goods_needs_one_of_them() -> None:
    """6: with no minimum at all, a rule or reward for coffee still has nothing to say about tea."""
    club = program(per_order(5, goods=COFFEE), fixed(100, goods=COFFEE))
    gift = promotion(free(gifts=("mug",), goods=COFFEE), name="gift", kind=Kind.GIFT_WITH_PURCHASE)
    sale = price(basket(line(300, product="tea")), club, gift, by=member())
    assert (sale.discount, sale.moves, len(sale.lines)) == (0, (), 1)
    assert reasons(sale) == {"club/fixed": Because.GOODS_MISSING, "gift/free": Because.GOODS_MISSING}
    assert [why.reason.code for why in sale.unearned] == [Because.GOODS_MISSING]


def test_point_7_free_goods_then_discounts_then_cards() -> None:
    """7: of two at 26.50 one is free, then 10 % off what is left is 23.85, and the card pays that."""
    programs = (
        vouchers(pay(), name="card"),
        promotion(percent(10), name="ten"),
        promotion(free(needs=Needs(quantity=1)), name="two-for-one", kind=Kind.BUY_X_GET_Y),
    )
    card = voucher("CARD", "card", balance=10_000)
    sale = price(basket(line(2_650, 2), codes=("CARD",), vouchers=(card,)), *programs)
    assert (sale.total, sale.to_pay, sale.payments[0].left) == (2_385, 0, 7_615)
    assert [applied.value for applied in sale.applied] == [2_650, 265]


def test_point_7_claimed_discounts_apply_in_the_order_of_the_claims() -> None:
    """7: 10 % of 50.00 and then 5.00 off is 40.00; 5.00 off first leaves 40.50."""
    club = program(percent(10, cost=1, combines=True), fixed(500, cost=1, combines=True))
    for claims, total in ((("club/percent", "club/fixed"), 4_000), (("club/fixed", "club/percent"), 4_050)):
        assert price(basket(5_000, claims=claims), club, by=member(2)).total == total


@pytest.mark.parametrize(("base", "total"), [(Base.REMAINING, 5_905), (Base.ORIGINAL, 5_000)])
def test_point_7_percentages_are_of_what_is_left_unless_said_otherwise(base: Base, total: int) -> None:
    """7: five times 10 % off 100.00 is 59.05; of the original price, where the program says so, it is 50.00."""
    offers = [promotion(percent(10, base=base, combines=True), name=name) for name in "abcde"]
    assert price(basket(10_000), *offers).total == total


def test_point_7_no_number_of_discounts_goes_below_zero() -> None:
    """7: twenty times 10 % off the original price is all of it, and not one cent more."""
    offers = [promotion(percent(10, base=Base.ORIGINAL, combines=True), name=f"p{i:02}") for i in range(20)]
    sale = price(basket(10_000), *offers)
    assert (sale.total, len(sale.applied), len(sale.withheld)) == (0, 10, 10)


def test_point_8_one_discount_on_the_order_the_best() -> None:
    """8: of 10 % and 12.00 off the order the customer gets the better: 12.00 of 100.00, and 20.00 of 200.00."""
    ten, twelve = promotion(percent(10), name="ten"), promotion(fixed(1_200), name="twelve")
    assert values(price(basket(10_000), ten, twelve)) == {"twelve/fixed": 1_200}
    both = price(basket(20_000), ten, twelve)
    assert (values(both), reasons(both)) == ({"ten/percent": 2_000}, {"twelve/fixed": Because.EXCLUDED})


def test_point_8_discounts_on_goods_and_per_point_go_along() -> None:
    """8: beside the one on the order, discounts on goods, on the cheapest and per point are all given."""
    programs = (
        promotion(percent(10), name="order"),
        promotion(fixed(100, on=Target.PRODUCTS, goods=COFFEE), name="goods"),
        promotion(fixed(50, on=Target.CHEAPEST), name="cheapest"),
        program(per_point(100)),
    )
    sale = price(basket(line(1_000, 1, "coffee"), 2_000, claims=("club/per-point",)), *programs, by=member(1))
    assert values(sale) == {"goods/fixed": 100, "cheapest/fixed": 50, "order/percent": 285, "club/per-point": 100}


@pytest.mark.parametrize(
    ("mode", "given"),
    [
        (Mode.STACK, {"a": 300, "b": 100, "c": 200}),
        (Mode.FIRST, {"b": 100}),
        (Mode.BEST_FOR_CUSTOMER, {"a": 300}),
        (Mode.BEST_FOR_SHOP, {"b": 100}),
        (Mode.EXCLUSIVE, {"a": 300}),
    ],
)
def test_point_8_a_group_says_what_goes_together(mode: Mode, given: dict[str, int]) -> None:
    """8: all of a group, the first by priority, the best for the customer, the best for the shop, or one alone."""

    def offer(name: str, amount: int, priority: int) -> Program:
        stacking = Stacking(group="g", mode=mode, priority=priority)
        return promotion(fixed(amount, on=Target.PRODUCTS), name=name, stacking=stacking)

    offers = [offer("a", 300, 1), offer("b", 100, 2), offer("c", 200, 0)]
    sale = price(basket(1_000), *offers)
    assert values(sale) == {f"{name}/fixed": value for name, value in given.items()}


def test_point_8_an_exclusive_reward_is_alone_in_the_basket() -> None:
    """8: it is given if it is worth more than all others together, and then no other is."""
    lone = promotion(fixed(300, on=Target.PRODUCTS), name="lone", stacking=Stacking(mode=Mode.EXCLUSIVE, group="x"))
    others = [promotion(fixed(200, on=Target.PRODUCTS), name=name) for name in "ab"]
    assert values(price(basket(1_000), lone, *others)) == {"a/fixed": 200, "b/fixed": 200}
    assert values(price(basket(1_000), lone, others[0])) == {"lone/fixed": 300}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_point_9_specific_discounts_share_a_pool(names: tuple[str, str]) -> None:
    """9: 5.00 off {A, B} and 10.00 off A with A at 6.00 and B at 4.00 are 10.00 together, in either order."""
    wide = promotion(fixed(500, on=Target.PRODUCTS, goods=only("A", "B")), name=names[0])
    narrow = promotion(fixed(1_000, on=Target.PRODUCTS, goods=only("A")), name=names[1])
    sale = price(basket(line(600, product="A"), line(400, product="B")), wide, narrow)
    assert (sale.discount, sale.total) == (1_000, 0)


def test_point_9_points_share_the_pool_too() -> None:
    """9: the same with 5 points at 1.00 each on {A, B}, which are claimed."""
    programs = (
        program(per_point(100, on=Target.PRODUCTS, goods=only("A", "B"))),
        program(fixed(1_000, cost=1, on=Target.PRODUCTS, goods=only("A")), name="thanks", account="other"),
    )
    claims = (Claim(reward="club/per-point", points=5), "thanks/fixed")
    who = member(balances={"points": 5, "other": 1})
    assert price(basket(line(600, product="A"), line(400, product="B"), claims=claims), *programs, by=who).total == 0


def test_point_10_cheapest_is_one_unit_by_its_price_with_tax() -> None:
    """10: 9.50 with 10 % on top costs 10.45, so 10.00 without tax is the cheapest, and one unit of it is free."""
    off = promotion(percent(100, on=Target.CHEAPEST))
    taxed = Tax(tax_id="top", percent=Decimal(10), included=False)
    sale = price(basket(line(950, 2, tax=taxed), line(1_000, 3)), off)
    assert [each.gross - each.net for each in sale.lines] == [0, 1_000]
    two_for_one = promotion(cheapest(2), kind=Kind.BUY_X_GET_Y)
    assert [each.free_units for each in price(basket(line(950, tax=taxed), 1_000), two_for_one).lines] == [0, 1]


def test_point_10_gifts_and_what_costs_nothing_are_not_the_cheapest() -> None:
    """10: a gift at 0.00 is passed over, alone and in a set of three."""
    lines = (line(0, product="gift"), line(300, 2), line(500))
    assert price(basket(*lines), promotion(percent(100, on=Target.CHEAPEST))).discount == 300
    for take in Take:
        assert price(basket(*lines), promotion(cheapest(3, take=take), kind=Kind.BUY_X_GET_Y)).discount == 300


def test_point_10_the_order_of_lines_does_not_matter() -> None:
    """10: however the goods are scanned, of every three the cheapest is free and the total is the same."""
    offer = promotion(cheapest(3), kind=Kind.BUY_X_GET_Y)
    lines = (line(500), line(300, 2), line(500, product="x"), line(100, 2))
    assert {price(basket(*some), offer).total for some in permutations(lines)} == {1_800 - 300 - 100}


def test_point_10_units_are_used_up() -> None:
    """10: three coffees make one set of two in one offer; the other offer finds one coffee, and no set."""
    offers = [promotion(cheapest(2, goods=COFFEE), name=name, kind=Kind.BUY_X_GET_Y) for name in "ab"]
    sale = price(basket(line(300, 3, "coffee")), *offers)
    assert (sale.discount, len(sale.applied)) == (300, 1)
    assert price(basket(line(300, 4, "coffee")), *offers).discount == 600


def test_point_11_a_free_item_as_a_unit_in_the_basket() -> None:
    """11: of 75, bought two get one, 25 are free; of 6, 2. A free unit is not a bought one."""
    offer = promotion(free(needs=Needs(quantity=2), repeats=True), kind=Kind.BUY_X_GET_Y)
    for units, gratis in ((75, 25), (6, 2)):
        sale = price(basket(line(100, units)), offer)
        assert (sale.lines[0].free_units, sale.discount) == (gratis, 100 * gratis)


def test_point_11_a_free_item_as_a_line_of_its_own() -> None:
    """11: the same offer with a gift adds a mug for every two that are bought, and the basket stays as it is."""
    offer = promotion(free(needs=Needs(quantity=2), repeats=True, gifts=("mug",)), kind=Kind.GIFT_WITH_PURCHASE)
    sale = price(basket(line(100, 6)), offer)
    assert (sale.total, sale.lines[0].free_units) == (600, 0)
    gift = sale.lines[1]
    assert (gift.product_id, gift.quantity, gift.gross, gift.net, gift.number) == ("mug", 3, 2_700, 0, 2)


def test_point_12_a_smaller_basket_has_a_smaller_reward_or_none() -> None:
    """12: of 6 two are free, of 5 one, of 2 none, and a claim that no longer holds says why."""
    offer = promotion(free(needs=Needs(quantity=2), repeats=True), kind=Kind.BUY_X_GET_Y)
    assert [price(basket(line(100, units)), offer).discount for units in (6, 5, 2)] == [200, 100, 0]
    club = program(fixed(500, cost=10, needs=Needs(amount=5_000)))
    shrunk = price(basket(4_000, claims=("club/fixed",)), club, by=member(10))
    assert (shrunk.balances_after, shrunk.withheld[0].claimed) == ({"points": 10}, True)
    assert shrunk.withheld[0].reason.numbers == {"missing": 1_000}


def test_point_12_a_program_that_is_retired_drops_its_reward() -> None:
    """12: though the basket was priced with it, what is retired or only drafted gives nothing any more."""
    club = program(fixed(500, cost=10))
    asked = basket(4_000, claims=("club/fixed",), pinned=("club@1",))
    assert price(asked, club, by=member(10)).discount == 500
    for status in (Status.RETIRED, Status.DRAFT):
        dropped = price(asked, replace(club, status=status), by=member(10))
        assert (dropped.discount, reasons(dropped)) == (0, {"club/fixed": Because.NOT_IN_FORCE})


@pytest.mark.parametrize(("spends", "given"), [(Spends.PAST, 0), (Spends.BOTH, 500)])
def test_point_14_points_of_this_basket_pay_it_only_if_the_program_says_so(spends: Spends, given: int) -> None:
    """14: 10 points from this very sale buy 5.00 off it, or do not."""
    club = program(per_money(1, 1_000), fixed(500, cost=10), spends=spends)
    sale = price(basket(10_000, claims=("club/fixed",)), club, by=member())
    assert (sale.discount, sale.balances_after) == (given, {"points": 0 if given else 10})


def test_point_14_points_that_a_later_discount_takes_away_pay_nothing() -> None:
    """14: 10 points would pay, but after half off only 5 are earned: nothing is spent that is not there."""
    club = program(per_money(1, 1_000), fixed(500, cost=10, on=Target.PRODUCTS), spends=Spends.BOTH)
    sale = price(basket(10_000, claims=("club/fixed",)), club, promotion(percent(50)), by=member())
    assert (sale.total, sale.balances_after) == (5_000, {"points": 5})
    assert reasons(sale) == {"club/fixed": Because.POINTS_MISSING}


def test_point_14_points_that_are_pending_pay_nothing() -> None:
    """14: points that are held until the return period ends are not there yet."""
    club = program(per_money(1, 1_000), fixed(500, cost=10), spends=Spends.BOTH, pending_days=14)
    assert price(basket(10_000, claims=("club/fixed",)), club, by=member()).discount == 0


def test_point_14_a_next_order_coupon_and_a_wallet_never_pay_their_own_order() -> None:
    """14: the coupon that the sale makes has no code yet, and money it puts into the wallet comes too late to pay."""
    wallet = program(per_money(500, 1_000), pay(), kind=Kind.POINTS_CARD, account="wallet", spends=Spends.BOTH)
    sale = price(basket(1_000, claims=("club/pay",)), wallet, by=member())
    assert (sale.to_pay, sale.balances_after) == (1_000, {"wallet": 500})


def test_goods_by_category_and_tag_are_one_lookup() -> None:
    """Whatever names them, goods are found by product, category and tag, less what is excepted."""
    goods = Goods(categories=("drinks",), tags=("new",), except_products=("tea",))
    lines = (
        line(100, product="tea", categories=("drinks",)),
        line(200, tags=("new",)),
        line(400, categories=("food",)),
    )
    assert price(basket(*lines), promotion(percent(50, on=Target.PRODUCTS, goods=goods))).discount == 100
