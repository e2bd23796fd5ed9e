"""The engine against a brute force that shares no code with it: every subset of what could be given is priced.

``PRICING_EXAMPLES=10000 make test ARGS=tests/core/pricing/test_best_for_customer.py`` takes some five minutes.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate, search
from pos_loyalty.core.programs import (
    FixedOff,
    FixedPrice,
    FreeItem,
    Goods,
    Limit,
    Measure,
    Mode,
    Needs,
    PercentOff,
    PerPoint,
    Program,
    Reward,
    Scope,
    Stacking,
    Target,
)
from tests.support.builders import NOW, basket_of, percent_off, program
from tests.support.naive_pricing import best_prices, chances, endings, naive_price
from tests.support.overlapping_shop import DISCOUNTS, FIXED_PRICE, FREE_ITEM, PER_POINT, Shop, shops

EXAMPLES = int(os.environ.get("PRICING_EXAMPLES", "200"))
patient = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BY_ITSELF, FIRST = Stacking(), Stacking(priority=1)
A, B = Goods(products=("a",)), Goods(products=("b",))
EIGHT = Member(member_id="m1", balances={"points": 8})


def what_it_takes(price: Evaluation) -> int:
    """Return what the customer gives: money, and points that pay step by step."""
    by_points = [applied.value for applied in price.applied if applied.reason.code is Because.PER_POINT]
    return price.net + sum(by_points)


def check(shop: Shop) -> None:
    """Compare the engine with the brute force."""
    price = evaluate(*shop, NOW)
    least = best_prices(*shop)
    if price.choice is None or price.choice.optimal:
        assert what_it_takes(price) in least
    else:
        assert what_it_takes(price) >= min(least)
    # The sums, too: those of the rewards that were given, unit by unit.
    applied = {each.reward for each in price.applied}
    given_ = [each for each in chances(*shop) if f"{each.program.program_id}/{each.reward.reward_id}" in applied]
    counter = naive_price(given_, shop.basket, shop.member)
    assert {line.number: line.net for line in price.lines} == counter.nets
    assert price.balances_after.get("points", 0) == counter.points.get("points", 0)


@patient
@given(shops())
def test_no_legal_combination_is_better(shop: Shop) -> None:
    """Of all subsets of what could be given, none that is legal leaves less to pay, and every sum is right."""
    check(shop)


@patient
@given(shops(rewards=DISCOUNTS | PER_POINT))
def test_no_way_to_round_is_better(shop: Shop) -> None:
    """With discounts alone, where a unit that rounding moves may decide, none leaves less to pay."""
    check(shop)


@patient
@given(shops(rewards=FIXED_PRICE | FREE_ITEM | DISCOUNTS))
def test_no_use_of_the_units_is_better(shop: Shop) -> None:
    """Where offers want the same units and take from each other what they need, none leaves less to pay."""
    check(shop)


@patient
@given(shops())
def test_a_search_that_is_cut_short_says_so_and_names_a_bound(shop: Shop) -> None:
    """Where nothing may be weighed, a price is legal, never below the bound, and called the best only if it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "COMBINATIONS_MAX", 1)
        price = evaluate(*shop, NOW)
    least = best_prices(*shop)
    assert what_it_takes(price) >= min(least)
    if price.choice is None or price.choice.optimal:
        assert what_it_takes(price) in least
    else:
        assert price.choice.bound <= max(min(sum(each.left) for each in found) for found in endings(*shop))


def test_of_equal_choices_either_may_let_a_claim_in_again() -> None:
    """One line is free by the claim or by what comes by itself; idle, the claim lets in what it kept out."""
    cut = FixedOff(reward_id="cut", name={}, cost=4, amount=5, on=Target.LINE)
    line = FixedOff(reward_id="line", name={}, amount=5, on=Target.LINE)
    rival = FixedOff(reward_id="rival", name={}, amount=1, on=Target.PRODUCTS)
    point = PerPoint(reward_id="point", name={}, points=1, amount=1, on=Target.PRODUCTS)
    group = Stacking(group="best", mode=Mode.BEST_FOR_CUSTOMER)
    club, other = (replace(program(each, name=each.reward_id), stacking=group) for each in (cut, rival))
    claims = (Claim(reward="cut/cut", line=1), Claim(reward="step/point"))
    programs = [club, other, program(line, name="alone"), program(point, name="step")]
    shop = Shop(of_two(5, 5, *claims), Member(member_id="m1", balances={"points": 4}), programs)
    assert best_prices(*shop) == {5, 4}
    check(shop)


def of_two(a: int, b: int, *claims: Claim) -> Basket:
    """Return a basket with one ``a`` and one ``b``."""
    lines = [
        BasketLine(number=n, product_id=p, unit_price=price, quantity=1) for n, p, price in ((1, "a", a), (2, "b", b))
    ]
    return replace(basket_of(), lines=tuple(lines), claims=claims)


def promotion(name: str, *rewards: Reward, stacking: Stacking = BY_ITSELF) -> Program:
    """Return a program with these rewards, named in their order."""
    named = [replace(reward, reward_id=f"r{place}") for place, reward in enumerate(rewards)]
    return replace(program(*named, name=name), stacking=stacking)


def off(amount: int, goods: Goods, on: Target = Target.PRODUCTS, *, combines: bool = False) -> FixedOff:
    """Return an amount off some goods."""
    return FixedOff(reward_id="r", name={}, amount=amount, goods=goods, on=on, combines=combines)


def all_off(goods: Goods) -> PercentOff:
    """Return a discount that leaves nothing of some goods."""
    return replace(percent_off(100), goods=goods, on=Target.PRODUCTS)


def given_by(price: Evaluation) -> list[str]:
    """Return the names of what was given."""
    return [applied.reward for applied in price.applied]


def test_a_group_gives_one_even_of_those_on_the_order_that_combine() -> None:
    """Of a group for the best, one on goods and two on the order, the best is given, alone."""
    best = Stacking(group="g", mode=Mode.BEST_FOR_CUSTOMER)
    wide = [
        promotion(name, off(amount, Goods(), Target.ORDER, combines=True), stacking=best)
        for name, amount in (("p", 5), ("q", 4))
    ]
    price = evaluate(of_two(10, 10), EIGHT, [*wide, promotion("r", off(3, A), stacking=best)], NOW)
    assert (price.net, given_by(price)) == (15, ["p/r0"])


def test_a_small_discount_is_left_out_where_it_would_turn_a_larger_one_away() -> None:
    """2 off a would make b the dearest line, so that 5 off the dearest and 10 off b meet on it: 8, not 5."""
    programs = [
        promotion("p", off(2, A), stacking=Stacking(priority=1)),
        promotion("q", off(5, Goods(), Target.LINE)),
        promotion("r", off(10, B, Target.ORDER)),
    ]
    price = evaluate(of_two(10, 9), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (5, ["q/r0", "r/r0"])


def test_a_budget_is_kept_for_where_it_is_of_use() -> None:
    """A program has 10 to give; 6 of it off a would be lost, as another one gives all of a."""
    budget = Limit(limit_id="l", most=10, of=Measure.VALUE, per=Scope.TOTAL)
    sharing = replace(promotion("p", off(6, A), off(10, B), stacking=Stacking(priority=1)), limits=(budget,))
    price = evaluate(of_two(10, 10), EIGHT, [sharing, promotion("q", all_off(A))], NOW)
    assert (price.net, given_by(price)) == (0, ["p/r1", "q/r0"])


def test_no_free_discount_is_left_out_for_using_up_more_points() -> None:
    """24 is paid by 8 points to the last unit; 16 after a free discount by 5, and 1 is left: that is better."""
    points = PerPoint(reward_id="r", name={}, amount=3, on=Target.ORDER)
    programs = [promotion("p", points), promotion("q", off(8, A))]
    price = evaluate(of_two(12, 12, Claim(reward="p/r0")), EIGHT, programs, NOW)
    assert (price.net, given_by(price), price.balances_after) == (1, ["q/r0", "p/r0"], {"points": 3})


def test_what_is_not_given_shifts_no_discount() -> None:
    """An amount whose needs are not met leaves the lines of another as they would be without it."""
    needy = replace(off(3, B), needs=Needs(amount=99))
    price = evaluate(of_two(10, 10), EIGHT, [promotion("p", off(6, Goods())), promotion("q", needy)], NOW)
    assert [line.net for line in price.lines] == [7, 7]
    assert {kept.reward: kept.reason.code for kept in price.withheld} == {"q/r0": Because.MONEY_MISSING}


def test_a_reward_in_nobodys_way_is_given_beside_what_is_weighed() -> None:
    """5 off b, which nothing else looks at before, is not among what the dearest line is weighed with."""
    programs = [
        promotion("o", off(1, Goods(products=("c",))), stacking=Stacking(priority=2)),
        promotion("p", off(2, A), stacking=Stacking(priority=1)),
        promotion("q", off(5, Goods(products=("a", "b")), Target.LINE)),
        promotion("r", off(10, B, Target.ORDER)),
    ]
    two = of_two(10, 9)
    third = BasketLine(number=3, product_id="c", unit_price=4, quantity=1)
    price = evaluate(replace(two, lines=(*two.lines, third)), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (8, ["o/r0", "q/r0", "r/r0"])


def test_a_code_that_would_cost_a_greater_discount_is_left_out() -> None:
    """3 off a by code would bring the basket below the 20 that half of everything needs."""
    coded = replace(promotion("p", off(3, A)), codes=("CODE",))
    half = promotion("q", replace(percent_off(50, minimum=20), combines=True))
    price = evaluate(replace(of_two(10, 10), codes=("CODE",)), EIGHT, [coded, half], NOW)
    assert (price.net, given_by(price)) == (10, ["q/r0"])


def test_the_first_of_a_group_is_the_first_that_gives_anything() -> None:
    """One whose needs are not met is passed over, and says what is missing."""
    first = Stacking(group="g", mode=Mode.FIRST)
    programs = [
        promotion("p", replace(off(9, A), needs=Needs(amount=99)), stacking=first),
        promotion("q", off(2, A), stacking=first),
        promotion("r", off(3, A), stacking=first),
    ]
    price = evaluate(of_two(10, 10), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (18, ["q/r0"])
    assert {kept.reward: kept.reason.code for kept in price.withheld} == {
        "p/r0": Because.MONEY_MISSING,
        "r/r0": Because.EXCLUDED,
    }


def test_a_free_item_is_left_out_where_another_would_be_had_less_often() -> None:
    """A free A leaves one amount to pay for B's gift instead of two: it saves 10 and would cost 100."""
    small = promotion("a", FreeItem(reward_id="r", name={}, goods=A))
    needs = Needs(amount=10, goods=Goods(products=("a", "b")))
    large = promotion("b", FreeItem(reward_id="r", name={}, goods=Goods(products=("z",)), needs=needs, repeats=True))
    lines = tuple(
        BasketLine(number=n, product_id=p, unit_price=price, quantity=count)
        for n, (p, price, count) in enumerate([("a", 10, 1), ("b", 10, 1), ("z", 100, 2)], 1)
    )
    price = evaluate(replace(basket_of(), lines=lines), EIGHT, [small, large], NOW)
    assert (given_by(price), price.net) == (["b/r0"], 20)


def test_a_climb_ends_where_no_change_betters_the_price() -> None:
    """Of two sets that want the same units the second is better: the climb finds it, and cannot prove it."""
    sets = [FixedPrice(reward_id="r", name={}, price=price, quantity=2) for price in (15, 9)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "COMBINATIONS_MAX", 1)
        price = evaluate(of_two(10, 10), EIGHT, [promotion(f"p{n}", each) for n, each in enumerate(sets)], NOW)
    assert (price.net, given_by(price)) == (9, ["p1/r0"])
    assert price.choice is not None
    assert not price.choice.optimal


def test_a_claim_that_gives_nothing_in_the_end_keeps_no_points_from_another() -> None:
    """All points were to pay for a, which is free anyway: they pay for what was claimed next."""
    points = PerPoint(reward_id="r", name={}, amount=1, goods=A, on=Target.PRODUCTS)
    programs = [
        promotion("p", points),
        promotion("q", replace(off(3, B), cost=4)),
        promotion("r", all_off(A), stacking=FIRST),
    ]
    price = evaluate(of_two(10, 10, Claim(reward="p/r0"), Claim(reward="q/r0")), EIGHT, programs, NOW)
    assert (price.net, given_by(price), price.balances_after) == (7, ["r/r0", "q/r0"], {"points": 4})
    assert {kept.reward: kept.reason.code for kept in price.withheld} == {"p/r0": Because.NO_EFFECT}


def test_a_later_claim_takes_no_points_from_an_earlier_one() -> None:
    """Eight points were claimed for the order; what would take four of them before is told who is in its way."""
    points = PerPoint(reward_id="r", name={}, amount=1, on=Target.ORDER)
    programs = [promotion("p", points), promotion("q", replace(off(3, B), cost=4))]
    price = evaluate(of_two(10, 10, Claim(reward="p/r0", points=8), Claim(reward="q/r0")), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (12, ["p/r0"])
    assert [(kept.reward, kept.reason.code, kept.reason.names) for kept in price.withheld] == [
        ("q/r0", Because.EXCLUDED, {"by": "p/r0"})
    ]


def test_an_exclusive_reward_without_a_group_stands_alone() -> None:
    """Exclusive needs no group to mean that nothing else goes with it."""
    programs = [promotion("p", off(9, A), stacking=Stacking(mode=Mode.EXCLUSIVE)), promotion("q", off(4, B))]
    price = evaluate(of_two(10, 10), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (11, ["p/r0"])


def test_where_nothing_could_be_weighed_what_could_have_been_given_is_still_explained() -> None:
    """A search that had no turn left gives what it began with; the rest does not say who is better, for nobody is."""
    best = Stacking(group="g", mode=Mode.BEST_FOR_CUSTOMER)
    programs = [
        promotion("p", replace(off(3, A), needs=Needs(amount=99)), stacking=best),
        promotion("q", off(3, A), stacking=best),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("COMBINATIONS_MAX", "TURNS_MIN", "_TURNS_SHARED"):
            patch.setattr(search, name, 1)
        price = evaluate(of_two(10, 10), EIGHT, programs, NOW)
    assert price.choice is None or not price.choice.optimal
    assert {kept.reward: kept.reason.code for kept in price.withheld} == {
        "p/r0": Because.MONEY_MISSING,
        "q/r0": Because.NO_EFFECT,
    }


def test_six_hundred_discounts_on_the_order_are_all_weighed() -> None:
    """Each excludes the others, so there are as many combinations as discounts: the largest is found, and proved."""
    programs = [promotion(f"p{n:03}", off(1 + n, Goods(), Target.ORDER)) for n in range(600)]
    price = evaluate(of_two(500, 500), EIGHT, programs, NOW)
    assert (price.net, given_by(price)) == (400, ["p599/r0"])
    assert price.choice is not None
    assert price.choice.optimal


def test_too_many_combinations_are_not_called_weighed() -> None:
    """Thirty sets that want each other's units are 2^30 combinations: the price stands, with a bound, as not proved."""
    goods = [Goods(products=(f"p{n}", f"p{n + 1}")) for n in range(30)]
    sets = [FixedPrice(reward_id="r", name={}, price=7, quantity=2, goods=some) for some in goods]
    lines = [BasketLine(number=n, product_id=f"p{n}", unit_price=5 + n % 3, quantity=1) for n in range(31)]
    programs = [promotion(f"p{n:02}", each) for n, each in enumerate(sets)]
    price = evaluate(replace(basket_of(), lines=tuple(lines)), EIGHT, programs, NOW)
    assert price.choice is not None
    assert not price.choice.optimal
    assert 0 <= price.choice.bound < price.net < price.gross
