"""What toy engines get wrong about money, tax and points: points 1 to 5, 13, 15 and 31."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs import Deduct, Needs, Stacking, TaxView
from pos_loyalty.core.taxes import Tax
from tests.core.pricing.shop import (
    ON_TOP,
    VAT,
    basket,
    earned,
    fixed,
    line,
    member,
    only,
    pay,
    per_money,
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


def test_point_1_money_is_whole_units() -> None:
    """1: 3.39 and 161 times 0.01 are 5.00 exactly, and 90.90 at a point for every 0.03 is 3030 points."""
    assert price(basket(339, line(1, 161))).total == 500
    assert price(basket(9_090), program(per_money(1, 3)), by=member()).balances_after == {"points": 3_030}


def test_point_1_a_percentage_with_two_decimals_is_exact() -> None:
    """1: 0.07 % of 1,000,000.00 is 700.00, where binary fractions would make it 700.0000000000001."""
    assert price(basket(100_000_000), promotion(percent("0.07"))).discount == 70_000


def test_point_2_points_are_not_currency() -> None:
    """2: where cash comes in steps of 250 dinars, one point is still one point, earned and spent."""
    dinars = replace(basket(250), currency="IQD")
    club = program(per_money(1, 250), per_point(250), currency="IQD")
    assert earned(price(dinars, club, by=member())) == {"club@1/per-money": 1}
    spent = price(replace(dinars, claims=("club/per-point",)), club, by=member(1))
    assert (spent.discount, spent.applied[0].cost) == (250, 1)


@pytest.mark.parametrize(
    ("amount", "rounding", "points"),
    [
        (10_500, Rounding.DOWN, 10),
        (10_500, Rounding.HALF_UP, 11),
        (10_500, Rounding.UP, 11),
        (10_499, Rounding.HALF_UP, 10),
        (10_500, Rounding.HALF_EVEN, 10),
    ],
)
def test_point_3_the_rule_says_how_points_are_rounded(amount: int, rounding: Rounding, points: int) -> None:
    """3: $105 at 1 per $10 is 10 points where the program rounds down, and 11 where it rounds half up."""
    club = program(per_money(1, 1_000, rounding=rounding))
    assert earned(price(basket(amount), club, by=member())) == {"club@1/per-money": points}


def test_point_3_the_rounding_is_frozen_with_the_version() -> None:
    """3: a basket that was first priced with version 1 keeps its rounding when version 2 rounds in another way."""
    down = program(per_money(1, 1_000))
    up = program(per_money(1, 1_000, rounding=Rounding.UP), version=2)
    assert earned(price(basket(10_500), down, up, by=member())) == {"club@2/per-money": 11}
    assert earned(price(basket(10_500, pinned=("club@1",)), down, up, by=member())) == {"club@1/per-money": 10}


def test_point_4_the_discount_is_rounded_not_the_total() -> None:
    """4: 28.75 less 10 % is 25.87, for the discount is 2.88."""
    cut = price(basket(2_875), promotion(percent(10)))
    assert (cut.discount, cut.total) == (288, 2_587)


def test_point_4_an_amount_falls_on_lines_in_proportion() -> None:
    """4: 40.00 off 120.00 and 100.00 of two tax groups is 21.82 and 18.18."""
    cut = price(basket(line(12_000, tax=VAT), line(10_000, tax=Tax(tax_id="none"))), promotion(fixed(4_000)))
    assert [each.gross - each.net for each in cut.lines] == [2_182, 1_818]
    assert [group.net for group in cut.taxes] == [9_818, 8_182]


def test_point_4_what_rounding_leaves_over_is_on_the_largest_line() -> None:
    """4: 1.00 off 1.00, 1.01 and 1.00 is 0.33, 0.34 and 0.33; the lines sum to the discount."""
    cut = price(basket(100, 101, 100), promotion(fixed(100)))
    assert [each.discounts[0].amount for each in cut.lines] == [33, 34, 33]
    assert sum(each.discounts[0].amount for each in cut.lines) == cut.discount == 100


def test_point_4_a_cap_is_spread_too() -> None:
    """4: 10 % of 400.00, at most 20.00, is 15.00 and 5.00 off 300.00 and 100.00."""
    cut = price(basket(30_000, 10_000), promotion(percent(10, cap=2_000)))
    assert [each.discounts[0].amount for each in cut.lines] == [1_500, 500]


def test_point_5_a_tax_per_piece_is_not_discounted() -> None:
    """5: 100.00 with 15 % and 10.00 a piece on top, half off, is 67.50."""
    deposit = Tax(tax_id="bottle", percent=Decimal(15), included=False, per_unit=1_000)
    cut = price(basket(line(10_000, tax=deposit)), promotion(percent(50)))
    assert (cut.net, cut.added_tax, cut.total) == (5_000, 1_750, 6_750)


@pytest.mark.parametrize(
    ("view", "tax", "held"),
    [
        (TaxView.INCLUDED, VAT, True),
        (TaxView.EXCLUDED, VAT, False),
        (TaxView.INCLUDED, ON_TOP, True),
        (TaxView.EXCLUDED, ON_TOP, True),
    ],
)
def test_point_5_a_threshold_is_with_tax_or_without(view: TaxView, tax: Tax, *, held: bool) -> None:
    """5: 110.00 with 10 % in it reaches 110.00 with tax and only 100.00 without; with 10 % on top it reaches both."""
    off = promotion(fixed(500, needs=Needs(amount=11_000, tax=view)))
    assert values(price(basket(line(11_000, tax=tax)), off)) == ({"promo/fixed": 500} if held else {})


def test_point_5_tax_is_on_what_the_discount_leaves() -> None:
    """5: 10 % in 110.00 is 10.00; in the 55.00 that half off leaves it is 5.00."""
    full, half = price(basket(line(11_000, tax=VAT))), price(basket(line(11_000, tax=VAT)), promotion(percent(50)))
    assert [(group.net, group.tax) for group in (*full.taxes, *half.taxes)] == [(11_000, 1_000), (5_500, 500)]


def test_point_5_gift_cards_pay_after_tax_and_lower_none() -> None:
    """5: of 100.00 with 10 % on top a card of 200.00 pays 110.00, and the tax is 10.00 all the same."""
    card = voucher("CARD", "card", balance=20_000)
    paid = price(basket(line(10_000, tax=ON_TOP), codes=("card",), vouchers=(card,)), vouchers(pay(), name="card"))
    assert (paid.total, paid.to_pay, [group.tax for group in paid.taxes]) == (11_000, 0, [1_000])
    assert [(payment.amount, payment.left) for payment in paid.payments] == [(11_000, 9_000)]


@pytest.mark.parametrize(
    ("view", "tax", "points"),
    [
        (TaxView.INCLUDED, VAT, 110),
        (TaxView.EXCLUDED, VAT, 100),
        (TaxView.INCLUDED, ON_TOP, 121),
        (TaxView.EXCLUDED, ON_TOP, 110),
    ],
)
def test_point_5_earning_before_or_after_tax_is_a_choice(view: TaxView, tax: Tax, points: int) -> None:
    """5: a point per 1.00 of 110.00: 110 or 100 with 10 % in the price, 121 or 110 with 10 % on top."""
    club = program(per_money(1, 100, tax=view))
    assert earned(price(basket(line(11_000, tax=tax)), club, by=member())) == {"club@1/per-money": points}


def test_point_5_the_tax_that_earns_is_the_tax_on_the_receipt() -> None:
    """5: two lines of 0.05 have 0.01 of tax on top together, not 0.01 each: at a point per cent 11, not 12."""
    basket_ = basket(line(5, tax=ON_TOP), line(5, tax=ON_TOP))
    sale = price(basket_, program(per_money(1, 1)), by=member())
    assert (sale.total, sum(earned(sale).values())) == (11, 11)


def test_point_5_a_tax_per_piece_is_part_of_what_is_spent_with_tax() -> None:
    """5: a bottle of 1.00 with a deposit of 0.25 earns 125 points with tax and 100 without."""
    bottle = line(100, tax=Tax(tax_id="deposit", per_unit=25))
    assert sum(earned(price(basket(bottle), program(per_money(1, 1)), by=member())).values()) == 125
    without = program(per_money(1, 1, tax=TaxView.EXCLUDED))
    assert sum(earned(price(basket(bottle), without, by=member())).values()) == 100


def test_point_13_the_cost_follows_the_discount_that_was_given() -> None:
    """13: of 30 points at 10.00 each only 2 are spent where 20.00 is left to pay."""
    cut = price(basket(2_000, claims=("club/per-point",)), program(per_point(1_000)), by=member(30))
    assert (cut.total, cut.applied[0].cost, cut.balances_after) == (0, 2, {"points": 28})


def test_point_13_whole_steps_only() -> None:
    """13: of 11 points in steps of 3, 9 are spent."""
    cut = price(basket(2_000, claims=("club/per-point",)), program(per_point(100, 3)), by=member(11))
    assert (cut.discount, cut.applied[0].cost) == (300, 9)
    assert cut.applied[0].reason.numbers == {"amount": 100, "points": 3, "steps": 3}


def test_point_13_no_step_is_given_that_does_not_fit() -> None:
    """13: of 25.00 two steps of 10.00 are paid by points; the third would waste half of itself."""
    cut = price(basket(2_500, claims=("club/per-point",)), program(per_point(1_000)), by=member(30))
    assert (cut.total, cut.applied[0].cost) == (500, 2)
    one = price(basket(999, claims=("club/per-point",)), program(per_point(1_000)), by=member(30))
    assert reasons(one) == {"club/per-point": Because.NO_EFFECT}


def test_point_15_what_the_program_itself_takes_off_does_not_lower_what_it_earns() -> None:
    """15: 10.00 off by its own reward, and 100.00 earn all the same; 10.00 off by another program leave 90.00."""
    rule, off = per_money(1, 100), fixed(1_000)
    assert sum(earned(price(basket(10_000), program(rule, off), by=member())).values()) == 100
    assert sum(earned(price(basket(10_000), program(rule), promotion(off), by=member())).values()) == 90


def test_point_15_what_a_gift_card_pays_earns() -> None:
    """15: paying by card is paying: 100.00 earn 100 points, however much of it the card pays."""
    card = voucher("CARD", "card", balance=4_000)
    basket_ = basket(10_000, codes=("CARD",), vouchers=(card,))
    sale = price(basket_, vouchers(pay(), name="card"), program(per_money(1, 100)), by=member())
    assert (sale.to_pay, sum(earned(sale).values())) == (6_000, 100)


def test_point_15_the_share_of_an_order_wide_discount_is_a_choice() -> None:
    """15: 10 % off the order, points on one category: 90 points, or 100 where the rule ignores order discounts."""
    shoes = line(10_000, categories=("shoes",))
    goods = replace(only(), categories=("shoes",))
    counts = program(per_money(1, 100, goods=goods))
    ignores = program(replace(per_money(1, 100, goods=goods), order_discounts=Deduct.IGNORED))
    for club, points in ((counts, 90), (ignores, 100)):
        sale = price(basket(shoes, 5_000), club, promotion(percent(10)), by=member())
        assert sum(earned(sale).values()) == points


def test_point_31_a_reward_without_effect_burns_nothing() -> None:
    """31: with nothing left to pay the voucher stays good and the points stay where they are, and both are told."""
    everything = promotion(fixed(10_000), stacking=Stacking(priority=1))
    gift, club = vouchers(fixed(500, combines=True)), program(percent(10, cost=5, combines=True))
    asked = basket(1_000, codes=("V1",), vouchers=(voucher("V1"),), claims=("club/percent",))
    sale = price(asked, everything, gift, club, by=member(5))
    assert (sale.total, sale.vouchers, sale.balances_after) == (0, (), {"points": 5})
    assert reasons(sale) == {"gift/fixed": Because.NO_EFFECT, "club/percent": Because.NO_EFFECT}
