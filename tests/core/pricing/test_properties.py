"""What holds for the price of any basket, whatever the programs."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Evaluation, MoveKind
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.programs import Mode, Spends, reward_key
from tests.support.builders import NOW
from tests.support.overlapping_shop import Shop, taxed_shops

ROOT = Path(__file__).parents[3]
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def what_it_takes(price: Evaluation) -> int:
    """Return what the customer gives for the goods: money, and points that pay step by step."""
    by_points = [applied.value for applied in price.applied if applied.reason.code is Because.PER_POINT]
    return price.net + sum(by_points)


def proved(price: Evaluation) -> bool:
    """Return whether nothing legal leaves less to pay."""
    return price.choice is None or price.choice.optimal


@patient
@given(taxed_shops())
def test_lines_rewards_taxes_and_totals_agree(shop: Shop) -> None:
    """Lines sum to the total, by reward and by tax group; nothing is below zero and no discount above its line."""
    price = evaluate(*shop, NOW)
    for line in price.lines:
        assert all(discount.amount > 0 for discount in line.discounts)
        assert line.gross - sum(discount.amount for discount in line.discounts) == line.net >= 0
    assert sum(line.gross for line in price.lines) == price.gross
    assert sum(line.net for line in price.lines) == price.net == price.gross - price.discount
    for applied in price.applied:
        shares = [each.amount for line in price.lines for each in line.discounts if each.reward == applied.reward]
        assert sum(shares) == applied.value >= 0
    taxed = {line.number: line.tax for line in shop.basket.lines if line.tax}
    for group in price.taxes:
        lines = [line for line in price.lines if line.number in taxed and taxed[line.number].tax_id == group.tax_id]
        assert (sum(line.net for line in lines), sum(line.tax for line in lines)) == (group.net, group.tax)
    assert price.net + price.added_tax == price.total
    assert price.total - sum(payment.amount for payment in price.payments) == price.to_pay >= 0


@patient
@given(taxed_shops())
def test_moves_explain_the_balances_and_no_point_is_spent_twice(shop: Shop) -> None:
    """Balances after are those before plus the moves; spending stays within what there was, or was earned here."""
    price = evaluate(*shop, NOW)
    expected = dict(shop.member.balances)
    spent: dict[str, int] = {}
    earned: dict[str, int] = {}
    for move in price.moves:
        assert (move.points < 0) is (move.kind is MoveKind.REDEMPTION)
        expected[move.account] = expected.get(move.account, 0) + move.points
        side = spent if move.points < 0 else earned
        side[move.account] = side.get(move.account, 0) + abs(move.points)
    assert price.balances_after == expected
    at_once = any(program.spends is Spends.BOTH for program in shop.programs)
    for account, points in spent.items():
        here = earned.get(account, 0) if at_once else 0
        assert points <= max(0, shop.member.balances.get(account, 0)) + here
    costs = sum(applied.cost for applied in price.applied)
    assert costs == spent.get("points", 0)


@patient
@given(taxed_shops(), st.randoms(use_true_random=False))
def test_the_same_basket_has_the_same_price(shop: Shop, random: Random) -> None:
    """A second look, programs in another order, and a basket that was priced before give the same bytes."""
    basket, member, programs = shop
    price = evaluate(*shop, NOW)
    first = msgspec.json.encode(price)
    shuffled = random.sample(programs, len(programs))
    pinned = replace(basket, pinned=price.programs, evaluation=price)
    for again in (basket, pinned):
        assert msgspec.json.encode(evaluate(again, member, shuffled, NOW)) == first


@patient
@given(taxed_shops(), st.randoms(use_true_random=False))
def test_the_order_in_which_lines_are_scanned_does_not_matter(shop: Shop, random: Random) -> None:
    """The same lines in another order cost the same, give the same rewards and earn the same points."""
    basket, member, programs = shop
    price = evaluate(*shop, NOW)
    lines = tuple(random.sample(basket.lines, len(basket.lines)))
    other = evaluate(replace(basket, lines=lines), member, programs, NOW)
    assume(proved(price) and proved(other))
    assert [line.number for line in other.lines] == [line.number for line in lines]
    assert (other.net, other.total, other.to_pay) == (price.net, price.total, price.to_pay)
    assert other.balances_after == price.balances_after


@patient
@given(taxed_shops(), st.data())
def test_the_rest_never_costs_more_than_on_the_shelf(shop: Shop, data: st.DataObject) -> None:
    """Without one of its lines the basket costs no more than the shelf says, line by line and with all taxes."""
    basket, member, programs = shop
    gone = data.draw(st.sampled_from(basket.lines))
    rest = replace(basket, lines=tuple(line for line in basket.lines if line is not gone))
    price, undiscounted = evaluate(rest, member, programs, NOW), evaluate(rest, member, (), NOW)
    assert price.total <= undiscounted.total
    assert all(line.net <= line.gross for line in price.lines)


@patient
@given(taxed_shops(), st.data())
def test_an_offer_keeps_its_word(shop: Shop, data: st.DataObject) -> None:
    """Whatever is claimable is given once it is claimed, and lowers the price by its value at least."""
    basket, member, programs = shop
    price = evaluate(*shop, NOW)
    assume(price.claimable)
    offer = data.draw(st.sampled_from(price.claimable))
    asked = replace(basket, claims=(*basket.claims, Claim(reward=offer.reward)))
    after = evaluate(asked, member, programs, NOW)
    assume(proved(price) and proved(after))
    assert not any(kept.reward == offer.reward and kept.claimed for kept in after.withheld)
    if offer.reward in {payment.reward for payment in after.payments}:
        assert price.to_pay - after.to_pay >= offer.value
    else:
        assert price.net - after.net >= offer.value
        assert offer.cost in [applied.cost for applied in after.applied if applied.reward == offer.reward]


@patient
@given(taxed_shops(), st.data())
def test_declining_never_lowers_the_price(shop: Shop, data: st.DataObject) -> None:
    """Whoever declines what is given pays as much or more, unless the shop's own rule had chosen it for the group."""
    basket, member, programs = shop
    price = evaluate(*shop, NOW)
    ruled = {
        reward_key(program, reward)
        for program in programs
        for reward in program.rewards
        if program.stacking.mode in (Mode.FIRST, Mode.BEST_FOR_SHOP)
    }
    names = [each.reward for each in price.applied if not each.claimed and each.reward not in ruled]
    assume(names)
    after = evaluate(replace(basket, declined=(data.draw(st.sampled_from(names)),)), member, programs, NOW)
    assume(proved(price) and proved(after))
    assert what_it_takes(after) >= what_it_takes(price)


@settings(patient, max_examples=3)
@given(st.lists(taxed_shops(), min_size=5, max_size=10))
def test_another_process_gives_the_same_bytes(shops: list[Shop]) -> None:
    """Neither the process nor its hash seed shows in a price."""
    code = (
        "import sys, msgspec\n"
        "from tests.support.builders import NOW\n"
        "from tests.support.overlapping_shop import Shop\n"
        "from pos_loyalty.core.pricing import evaluate\n"
        "for shop in msgspec.json.decode(sys.stdin.buffer.read(), type=list[Shop]):\n"
        "    sys.stdout.buffer.write(msgspec.json.encode(evaluate(*shop, NOW)))\n"
    )
    here = b"".join(msgspec.json.encode(evaluate(*shop, NOW)) for shop in shops)
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed}
        document = msgspec.json.encode(shops)
        there = subprocess.run(
            [sys.executable, "-c", code], input=document, capture_output=True, check=True, cwd=ROOT, env=env
        )
        assert there.stdout == here
