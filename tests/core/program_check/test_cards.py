"""Gift cards are money: a discount on them is money for nothing."""

import pytest

from pos_loyalty.core.program_check import Code, Severity
from pos_loyalty.core.programs import FixedPrice, FreeItem, Goods, Kind, LoadCard, Needs, Only, Pay, Perk, Reward
from tests.core.program_check.shops import GOODS, card, codes, earn, findings, fixed, per_point, percent, product, promo

TAGGED = Goods(tags=("gift-card",))
CARDS = promo("cards", LoadCard(rule_id="load", goods=TAGGED), Pay(reward_id="pay", name={}), kind=Kind.GIFT_CARD)
SOLD = (*GOODS, product("card", 10_000, "", "gift-card"))


@pytest.mark.parametrize(
    ("reward", "is_told"),
    [
        (percent(10), True),
        (percent(10, goods=Goods(except_tags=("gift-card",))), False),
        (fixed(100, needs=Needs(amount=1_000)), True),
        (FixedPrice(reward_id="r", name={}, price=19_000, quantity=2, goods=TAGGED), True),
        (FreeItem(reward_id="r", name={}, gifts=("card",), needs=Needs(amount=100_000)), True),
        (FreeItem(reward_id="r", name={}, gifts=("socks",), needs=Needs(amount=100_000)), False),
        (Perk(reward_id="r", name={}), False),
    ],
)
def test_a_card_that_costs_less_than_what_is_on_it_is_told(reward: Reward, is_told: bool) -> None:  # noqa: FBT001 - a table
    """By whatever is given on it, a gift among others; the reward that leaves it out is fine."""
    found = [f for f in findings(CARDS, promo("a", reward), products=SOLD) if f.code is Code.CARD_FOR_LESS]
    assert [(f.severity, f.programs) for f in found] == (
        [(Severity.WARNING, ("cards@1", f"a/{reward.reward_id}"))] if is_told else []
    )


def test_it_is_told_without_products_and_for_vouchers() -> None:
    """A coupon on everything is one on cards; the tag that loads them is known without a products file."""
    for kind in (Kind.PROMOTION, Kind.VOUCHER):
        assert codes(CARDS, promo("a", percent(10), kind=kind), products=()) == [Code.CARD_FOR_LESS]


def test_points_and_goodwill_may_buy_a_card() -> None:
    """The ones were paid for, the other makes good what went wrong."""
    gesture = promo("sorry", fixed(1_000, only=Only(stores=("s",))), kind=Kind.GOODWILL, roles={"seller": 1_000})
    club = card(earn(1, 1_000), per_point(5), fixed(10, cost=5))
    assert codes(CARDS, gesture, club, products=SOLD) == []
