"""What a percentage, an amount or points take off, and which lines they fall on."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.programs import Base, Kind, Limit, Measure, Needs, Scope, Stacking, Target
from pos_loyalty.core.taxes import Tax
from tests.core.pricing.shop import (
    ON_TOP,
    basket,
    bundle,
    cheapest,
    fixed,
    line,
    member,
    only,
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


def test_a_line_is_the_one_that_was_asked_for() -> None:
    """Half off one line: off line 1 if the customer says so, else off the dearest, of equals the first."""
    club = program(percent(50, cost=1, on=Target.LINE))
    asked = basket(1_000, 3_000, 3_000, claims=(Claim(reward="club/percent", line=1),))
    assert [each.net for each in price(asked, club, by=member(1)).lines] == [500, 3_000, 3_000]
    dearest = replace(asked, claims=("club/percent",))
    assert [each.net for each in price(dearest, club, by=member(1)).lines] == [1_000, 1_500, 3_000]


def test_a_line_that_is_not_there_is_answered() -> None:
    """A line that nobody scanned, or that the reward is not on, cannot be chosen."""
    club = program(percent(50, cost=1, on=Target.LINE, goods=only("tea")))
    asked = basket(line(100, product="tea"), 200, claims=(Claim(reward="club/percent", line=2),))
    assert reasons(price(asked, club, by=member(1))) == {"club/percent": Because.UNKNOWN_LINE}


def test_a_choice_of_line_means_nothing_to_other_rewards() -> None:
    """A reward on the order takes no notice of the line that was named."""
    club = program(percent(50, cost=1))
    asked = basket(100, 200, claims=(Claim(reward="club/percent", line=2),))
    assert price(asked, club, by=member(1)).discount == 150


def test_the_cheapest_unit_is_one_unit() -> None:
    """Of three at 1.00 one is free; of the 2.50 that 0.50 off leaves of them, a third is 0.83."""
    off = promotion(percent(100, on=Target.CHEAPEST), name="b")
    assert price(basket(line(100, 3), 500), off).discount == 100
    # An amount comes after a percentage, unless it has priority.
    before = promotion(fixed(50, on=Target.PRODUCTS, goods=only("x")), name="a", stacking=Stacking(priority=1))
    both = price(basket(line(100, 3, "x"), 500), off, before)
    assert values(both) == {"a/fixed": 50, "b/percent": 83}


@pytest.mark.parametrize(("base", "value"), [(Base.REMAINING, 45), (Base.ORIGINAL, 50)])
def test_the_cheapest_unit_costs_what_is_left_or_what_it_cost(base: Base, value: int) -> None:
    """Half of the cheapest after 10 % off everything: of 0.90 or of 1.00."""
    ten = program(percent(10, on=Target.PRODUCTS), name="ten")
    club = program(percent(50, cost=1, base=base, on=Target.CHEAPEST))
    asked = basket(100, 500, claims=("club/percent",))
    assert values(price(asked, club, ten, by=member(1)))["club/percent"] == value


def test_nothing_is_cheapest_where_everything_is_free() -> None:
    """When all units are free there is no cheapest, and the reward says it has no effect."""
    whole = promotion(percent(100, on=Target.PRODUCTS), name="a")
    club = program(percent(100, cost=1, on=Target.CHEAPEST))
    sale = price(basket(100, claims=("club/percent",)), whole, club, by=member(1))
    assert reasons(sale) == {"club/percent": Because.NO_EFFECT}


@pytest.mark.parametrize(("cap", "given"), [(None, 500), (200, 200), (900, 500)])
def test_an_amount_has_a_cap_too(cap: int | None, given: int) -> None:
    """5.00 off, at most the cap."""
    assert price(basket(1_000), promotion(fixed(500, cap=cap))).discount == given


def test_points_pay_whole_steps_within_cap_and_budget() -> None:
    """Steps of 1.00: the cap of 3.50 leaves three, the budget of 2.50 two."""
    asked = basket(1_000, claims=("club/per-point",))
    budget = Limit(limit_id="b", most=250, of=Measure.VALUE, per=Scope.TOTAL)
    assert price(asked, program(per_point(100, cap=350)), by=member(9)).discount == 300
    assert price(asked, program(per_point(100, cap=350), limits=(budget,)), by=member(9)).discount == 200


def test_the_customer_chooses_how_many_points() -> None:
    """Four of nine points, if they are there; more than are there is answered with what is missing."""
    club = program(per_point(100))
    for points, discount in ((4, 400), (10, 0)):
        asked = basket(1_000, claims=(Claim(reward="club/per-point", points=points),))
        assert price(asked, club, by=member(9)).discount == discount
    poor = price(basket(1_000, claims=("club/per-point",)), program(per_point(100, 5)), by=member(3))
    assert poor.withheld[0].reason.numbers == {"missing": 2}


def test_a_gesture_gives_what_the_associate_wrote_on_it() -> None:
    """A goodwill voucher over 7.50 takes that off, whatever its program says."""
    goodwill = vouchers(fixed(500), kind=Kind.GOODWILL, roles={"manager": 1_000})
    sale = price(basket(1_000, codes=("SORRY",), vouchers=(voucher("SORRY", value=750),)), goodwill, by=member())
    assert values(sale) == {"gift/fixed": 750}


def test_all_points_go_where_the_reward_takes_them_all() -> None:
    """5.00 off for the whole balance, of which 10 there must be at least."""
    club = program(fixed(500, cost=10, clear_all=True))
    asked = basket(1_000, claims=("club/fixed",))
    assert price(asked, club, by=member(37)).balances_after == {"points": 0}
    assert reasons(price(asked, club, by=member(9))) == {"club/fixed": Because.POINTS_MISSING}


def test_a_budget_cuts_the_last_discount() -> None:
    """3.00 are left of a budget: 10 % of 100.00 give 3.00, and a second reward of the program nothing."""
    budget = Limit(limit_id="b", most=300, of=Measure.VALUE, per=Scope.TOTAL)
    offer = promotion(percent(10), fixed(500, on=Target.PRODUCTS, goods=only("x")), limits=(budget,))
    sale = price(basket(10_000), offer)
    assert (values(sale), [(each.key, each.amount) for each in sale.counts]) == (
        {"promo/percent": 300},
        [("promo/b", 300)],
    )


def test_a_budget_is_shared_by_the_rewards_of_a_program() -> None:
    """What the first reward takes of the budget is gone for the second."""
    budget = Limit(limit_id="b", most=300, of=Measure.VALUE, per=Scope.TOTAL)
    club = program(percent(10, cost=1, on=Target.PRODUCTS), fixed(500, cost=1), limits=(budget,))
    sale = price(basket(10_000, claims=("club/percent", "club/fixed")), club, by=member(2))
    assert (values(sale), reasons(sale)) == ({"club/percent": 300}, {"club/fixed": Because.BUDGET_SPENT})


def test_sets_give_away_no_more_than_the_budget() -> None:
    """Of two for one, a bundle and a gift, each gives as much as a budget of 2.50 allows, and never more."""
    budget = (Limit(limit_id="b", most=250, of=Measure.VALUE, per=Scope.TOTAL),)
    two = promotion(cheapest(2), kind=Kind.BUY_X_GET_Y, limits=budget)
    assert price(basket(line(300, 4)), two).discount == 250
    assert price(basket(line(300, 4)), promotion(bundle(100), kind=Kind.BUY_X_GET_Y, limits=budget)).discount == 250


def test_a_tax_per_piece_makes_a_unit_dearer() -> None:
    """A bottle at 0.95 with a deposit of 0.25 is dearer than one at 1.00 without."""
    deposit = Tax(tax_id="d", percent=Decimal(0), per_unit=25)
    sale = price(basket(line(95, tax=deposit), line(100)), promotion(percent(100, on=Target.CHEAPEST)))
    assert [each.net for each in sale.lines] == [95, 0]
    assert sale.total == 120


def test_a_tax_above_the_price_is_split_over_its_lines() -> None:
    """150 % on top of 1.00 and 2.00 is 1.50 and 3.00, and of nothing nothing."""
    steep = replace(ON_TOP, percent=Decimal(150))
    assert [each.tax for each in price(basket(line(100, tax=steep), line(200, tax=steep))).lines] == [150, 300]
    free = price(basket(line(100, tax=steep)), promotion(percent(100)))
    assert (free.total, free.taxes[0].tax) == (0, 0)


def test_needs_of_a_reward_can_be_other_goods() -> None:
    """A discount on socks for who buys shoes."""
    socks = promotion(
        percent(50, on=Target.PRODUCTS, goods=only("socks"), needs=Needs(quantity=1, goods=only("shoes")))
    )
    assert price(basket(line(400, product="socks")), socks).discount == 0
    assert price(basket(line(400, product="socks"), line(9_000, product="shoes")), socks).discount == 200
