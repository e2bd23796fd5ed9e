"""What is offered is what comes of claiming it, whatever else the claim brings in or keeps out."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.programs import Deduct, Kind, Mode, Program, Spends, Stacking, Target
from tests.core.pricing.close_shop import MUGS, close_shop
from tests.core.pricing.shop import (
    basket,
    fixed,
    free,
    line,
    member,
    only,
    pay,
    per_money,
    per_point,
    percent,
    perk,
    price,
    program,
    promotion,
    reasons,
    values,
)
from tests.support.builders import NOW

BEST = Stacking(group="best", mode=Mode.BEST_FOR_CUSTOMER)
ALONE = Stacking(group="alone", mode=Mode.EXCLUSIVE)
EARLY = Stacking(priority=1)
GOODS = Target.PRODUCTS
FOUR = basket(line(2, 4, product="a"))
"""At 8: half off alone leaves 4; a free unit and 1 off leave 5."""
BESIDE = (
    promotion(free(), name="unit"),
    promotion(fixed(1, on=GOODS), name="one"),
    promotion(percent(50, on=GOODS), name="half", stacking=ALONE),
)


def offered(sale: Evaluation) -> dict[str, tuple[int, int]]:
    """Return what each offer is worth and costs."""
    return {offer.reward: (offer.value, offer.cost) for offer in sale.claimable}


def claimed(name: str, asked: Basket, *programs: Program, by: Member) -> Evaluation:
    """Return the price of ``asked`` once the reward ``name`` is claimed as well."""
    return price(replace(asked, claims=(*asked.claims, Claim(reward=name))), *programs, by=by)


def test_steps_of_points_are_offered_as_many_as_fit_beside_what_the_claim_lets_in() -> None:
    """Points keep 50 % out and let 3 off in: of 5 left, 2 steps of 2 pay 4. That is 3 less than 4, for 2 points."""
    club = program(per_point(2, on=GOODS), per_money(1, 1), spends=Spends.BOTH)
    assert offered(price(FOUR, *BESIDE, club, by=member())) == {"club/per-point": (3, 2)}
    after = claimed("club/per-point", FOUR, *BESIDE, club, by=member())
    assert (after.net, [each.cost for each in after.applied]) == (1, [0, 0, 2])


def test_points_are_offered_at_no_more_than_they_cost_beside_what_the_claim_lets_in() -> None:
    """The 5 that are left cost 5 points, not the 8 that the shelf would take; of old points as of this basket's."""
    own = program(per_point(1, on=GOODS), per_money(1, 1), spends=Spends.BOTH)
    old = program(per_point(1, on=GOODS))
    assert offered(price(FOUR, *BESIDE, own, by=member())) == {"club/per-point": (4, 5)}
    assert offered(price(FOUR, *BESIDE, old, by=member(8))) == {"club/per-point": (4, 5)}


def test_points_are_offered_at_what_they_are_worth_beside_another_choice() -> None:
    """With 20 points on a, before half off the rest, it is better to take 9 off a than 10 off b: 5 less for 11."""
    shop = (
        promotion(fixed(10, on=GOODS, goods=only("b")), name="ten", stacking=BEST),
        promotion(fixed(9, on=GOODS, goods=only("a")), name="nine", stacking=BEST),
        promotion(percent(50), name="half"),
        program(per_point(1, on=GOODS, goods=only("a"))),
    )
    asked = basket(line(20, product="a"), line(20, product="b"))
    assert offered(price(asked, *shop, by=member(50))) == {"club/per-point": (5, 11)}
    after = claimed("club/per-point", asked, *shop, by=member(50))
    assert (after.net, values(after)) == (10, {"nine/fixed": 9, "club/per-point": 11, "half/percent": 10})


def test_points_for_which_another_choice_would_leave_nothing_are_no_offer() -> None:
    """Once points are to pay for a, all of a is better given than 10 off b, and then there is nothing to pay for."""
    shop = (
        promotion(fixed(10, on=GOODS, goods=only("b")), name="ten", stacking=BEST),
        promotion(percent(100, on=GOODS, goods=only("a")), name="all", stacking=BEST),
        promotion(percent(50), name="half"),
        program(per_point(1, on=GOODS, goods=only("a"))),
    )
    sale = price(basket(line(9, product="a"), line(20, product="b")), *shop, by=member(50))
    assert (sale.net, sale.claimable, reasons(sale)["club/per-point"]) == (9, (), Because.NO_EFFECT)


def test_what_the_rule_of_a_group_names_next_may_leave_nothing_to_an_offer() -> None:
    """5 off a for points would keep 1 off out, and then the rule of its group gives 9 off a: nothing is left of it."""
    first = Stacking(group="first", mode=Mode.FIRST)
    shop = (
        promotion(fixed(1), name="one", stacking=first),
        promotion(fixed(9, goods=only("a"), combines=True), name="rest", stacking=first),
        program(fixed(5, cost=3, goods=only("a"))),
    )
    sale = price(basket(line(9, product="a"), line(9, product="b")), *shop, by=member(3))
    assert (sale.net, sale.claimable, reasons(sale)["club/fixed"]) == (17, (), Because.NO_EFFECT)


def test_an_offer_for_which_a_gift_comes_in_is_worth_what_it_lowers_the_price_by() -> None:
    """15.00 off, and then a mug at 9.00 is better than half off the rest: 5.00 less than the 10.00 of before."""
    shop = (
        promotion(percent(50, on=GOODS), name="half", stacking=BEST),
        promotion(free(gifts=("mug",)), name="mug", stacking=BEST),
        program(fixed(1_500, cost=3, on=GOODS), stacking=EARLY),
    )
    assert offered(price(basket(2_000), *shop, by=member(3))) == {"club/fixed": (500, 3)}
    after = claimed("club/fixed", basket(2_000), *shop, by=member(3))
    assert (after.net, list(values(after))) == (500, ["mug/free", "club/fixed"])


def test_a_gift_in_place_of_a_discount_is_offered_as_it_is_given() -> None:
    """A mug for who buys a, in place of half off all: a is not made free as well, for the mug is worth more."""
    shop = (
        promotion(percent(50, on=GOODS), name="half", stacking=ALONE),
        promotion(free(goods=only("a")), name="unit", stacking=EARLY),
        program(free(gifts=("mug",), cost=3, goods=only("a"))),
    )
    asked = basket(line(10, product="a"), line(20, product="b"))
    assert offered(price(asked, *shop, by=member(3))) == {"club/free": (900, 3)}
    assert values(claimed("club/free", asked, *shop, by=member(3))) == {"club/free": 900}


def test_a_wallet_that_takes_points_of_this_basket_from_a_claim_is_no_offer() -> None:
    """10 points are earned on 10.00 and pay 1.00 of it; what a wallet pays earns nothing, so they would be gone."""
    club = program(per_point(10), per_money(1, 100, payments=Deduct.DEDUCTED), spends=Spends.BOTH)
    wallet = program(pay(), name="wallet", kind=Kind.WALLET, account="wallet")
    asked = basket(1_000, claims=("club/per-point",))
    for points, net in ((0, 900), (2, 880)):
        by = Member(member_id="m1", balances={"points": points, "wallet": 2_000})
        sale = price(asked, club, wallet, by=by)
        assert (sale.net, sale.claimable, reasons(sale)) == (net, (), {"wallet/pay": Because.EXCLUDED})
        assert claimed("wallet/pay", asked, club, wallet, by=by).net > net


def test_a_wallet_beside_points_of_this_basket_is_offered_where_it_takes_none() -> None:
    """What the wallet pays earns as well, so the 10 points stay."""
    club = program(per_point(10), per_money(1, 100), spends=Spends.BOTH)
    wallet = program(pay(), name="wallet", kind=Kind.WALLET, account="wallet")
    by = Member(member_id="m1", balances={"wallet": 2_000})
    asked = basket(1_000, claims=("club/per-point",))
    assert offered(price(asked, club, wallet, by=by)) == {"wallet/pay": (900, 900)}
    assert claimed("wallet/pay", asked, club, wallet, by=by).to_pay == 0


def test_what_would_take_the_points_of_a_service_is_no_offer() -> None:
    """5 points, one of them for a service that was claimed: a discount for as many as there are would take it."""
    club = program(per_point(100), perk(cost=1))
    sale = price(basket(1_000, claims=("club/perk",)), club, by=member(5))
    assert (sale.claimable, reasons(sale)) == ((), {"club/per-point": Because.EXCLUDED})


def test_a_claim_that_gives_nothing_in_the_end_takes_no_points_from_an_offer() -> None:
    """All of a is free, so 1 off it for 5 points gives nothing; 6 off b are given in its place, for 5 of the 8."""
    shop = (
        promotion(percent(100, on=GOODS, goods=only("a")), name="all", stacking=BEST),
        program(fixed(1, cost=5, on=GOODS, goods=only("a")), name="small"),
        program(fixed(6, cost=5, on=GOODS, goods=only("b")), stacking=BEST),
    )
    asked = basket(line(2, product="a"), line(10, product="b"), claims=("small/fixed",))
    assert offered(price(asked, *shop, by=member(8))) == {"club/fixed": (4, 5)}
    after = claimed("club/fixed", asked, *shop, by=member(8))
    assert (after.net, values(after)) == (6, {"club/fixed": 6})


def test_what_would_leave_nothing_to_an_earlier_claim_is_no_offer() -> None:
    """Of 10, 6 are off, and 3 for points; 4 off before would leave nothing of it."""
    shop = (
        promotion(fixed(6, on=GOODS), name="six"),
        program(fixed(3, cost=5), name="three"),
        program(fixed(4, cost=5, on=GOODS), stacking=EARLY),
    )
    sale = price(basket(10, claims=("three/fixed",)), *shop, by=member(10))
    assert (sale.net, sale.claimable, reasons(sale)) == (1, (), {"club/fixed": Because.EXCLUDED})


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=True))
def test_every_offer_in_a_close_shop_keeps_its_word(chance: Random) -> None:
    """It is given, for its cost, and lowers the price by its value at least; what was claimed before is still given."""
    shop = close_shop(chance)
    asked, by, programs = shop
    before = evaluate(*shop, NOW, catalogue=MUGS)
    paid = {payment.reward for payment in before.payments}
    for offer in before.claimable:
        best = max(offer.gifts, key=lambda gift: MUGS[gift].unit_price, default="")
        claim = Claim(reward=offer.reward, gifts=(best,) * offer.choose)
        after = evaluate(replace(asked, claims=(*asked.claims, claim)), by, programs, NOW, catalogue=MUGS)
        costs = {each.reward: each.cost for each in after.applied}
        if offer.reward in {payment.reward for payment in after.payments} - paid:
            assert before.to_pay - after.to_pay >= offer.value
            continue
        assert costs[offer.reward] == offer.cost
        assert offer.gifts or before.net - after.net >= offer.value
        # What a wallet pays is not there for a service, and the other way round.
        kept = {each.reward for each in before.applied if each.claimed and each.reason.code is not Because.PERK}
        assert kept <= costs.keys()
