"""The programs of the sample shop: every kind, in three languages, about goods that it sells, each with a taker."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest

from pos_loyalty.core.basket import Basket, BasketLine, LineRequest, compose
from pos_loyalty.core.claims import Claim, Claims
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.program_check import Habits, Severity, check
from pos_loyalty.core.program_check import Shop as CheckedShop
from pos_loyalty.core.programs import FreeItem, Goods, Kind, Program, Texts
from pos_loyalty.core.voucher_codes import is_mistyped
from pos_loyalty.sample import STARS, Star, sample_shop
from pos_loyalty.sample.programs import sample_programs
from pos_loyalty.sample.stars import AHMAD, EMILY, NAVID, REZA, SARA
from pos_loyalty.sample.vouchers import COUPON, GESTURE, GIFT_CARD, INVITATION

ALL = sample_programs()
SHOP = sample_shop(5, today=date(2026, 11, 21))
MEMBERS = {member.member_id: member for member in SHOP.members}
PRODUCTS = {product.product_id: product for product in SHOP.products}
BY_NAME = {product.name["en"]: product.product_id for product in SHOP.products}

QUIET = datetime(2026, 11, 21, 11, 0, tzinfo=ZoneInfo("Asia/Tehran"))
HAPPY = QUIET.replace(hour=17)


def priced(
    star: Star | None,
    goods: Mapping[str, int],
    *claims: str | Claim,
    codes: tuple[str, ...] = (),
    now: datetime = QUIET,
) -> Evaluation:
    """Return the price of ``goods``, by their English names, for a star or a stranger."""
    lines = compose([LineRequest(product=BY_NAME[name], quantity=n) for name, n in goods.items()], PRODUCTS.get, "en")
    basket = Basket(
        basket_id="b",
        currency="IRR",
        opened_at=now,
        lines=tuple(line for line in lines if isinstance(line, BasketLine)),
        claims=claims,
        codes=codes,
        vouchers=SHOP.vouchers,
    )
    return evaluate(basket, MEMBERS[star.member_id] if star else None, ALL, now, catalogue=PRODUCTS)


def test_there_is_a_program_of_every_kind() -> None:
    """Thirteen kinds, each in force and in rials."""
    assert {program.kind for program in ALL} == set(Kind)
    assert all(program.holds_at(QUIET) and program.currency == "IRR" for program in ALL)


def _texts(program: Program) -> Iterator[Texts]:
    yield program.name
    yield from (reward.name for reward in program.rewards)
    yield from (text for tier in program.tiers for text in (tier.name, *tier.perks))
    if program.unit:
        yield program.unit


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.program_id)
def test_whatever_is_shown_is_there_in_three_languages(program: Program) -> None:
    """Names, units and perks; a Persian text has no Arabic yeh or kaf."""
    for texts in _texts(program):
        assert set(texts) == {"en", "fa", "ar"}
        assert not set("يك") & set(texts["fa"])


def _goods(program: Program) -> Iterator[Goods]:
    for part in (*program.rules, *program.rewards):
        yield part.goods
        if part.needs.goods:
            yield part.needs.goods


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.program_id)
def test_programs_speak_of_goods_that_the_shop_sells(program: Program) -> None:
    """Every category, tag, product and gift exists: a slip of the pen would make a rule that never holds."""
    categories = {category for product in SHOP.products for category in product.categories}
    tags = {tag for product in SHOP.products for tag in product.tags}
    for goods in _goods(program):
        assert set(goods.categories) | set(goods.except_categories) <= categories
        assert set(goods.tags) | set(goods.except_tags) <= tags
        assert set(goods.products) | set(goods.except_products) <= set(PRODUCTS)
    assert {gift for r in program.rewards if isinstance(r, FreeItem) for gift in r.gifts} <= set(PRODUCTS)


def test_tiers_are_those_that_members_are_in() -> None:
    """One program says which there are, and rules and members name no other."""
    (levels,) = (program for program in ALL if program.tiers)
    tiers = {tier.tier_id for tier in levels.tiers}
    assert {member.tier for member in sample_shop(200, today=date(2026, 11, 21)).members} == tiers
    assert {tier for reward in levels.rewards for tier in reward.only.tiers} <= tiers


def test_vouchers_have_codes_of_their_own_and_a_program() -> None:
    """Each can be typed with its check character, is nobody's card number, and is good today."""
    assert [voucher.code for voucher in SHOP.vouchers] == [GIFT_CARD, INVITATION, COUPON, GESTURE]
    for voucher in SHOP.vouchers:
        assert len(voucher.code) == 12
        assert not is_mistyped(voucher.code)
        assert not is_payment_card(voucher.code)
        assert voucher.program_id in {program.program_id for program in ALL}
        assert voucher.valid_until is not None
        assert voucher.valid_until > QUIET
    assert all(v.member_id == m.member_id for m in MEMBERS.values() for v in m.vouchers)


class Taker(NamedTuple):
    """Somebody for whom a reward was thought, and what is given."""

    who: Star | None
    goods: Mapping[str, int]
    given: Mapping[str, int]
    claims: Claims = ()
    codes: tuple[str, ...] = ()
    now: datetime = QUIET


TAKERS = {
    "a birthday today": Taker(EMILY, {"Wool coat": 1}, {"birthday/ten-percent": 8_000_000}),
    "a birthday in three days": Taker(REZA, {"Silk tie": 1}, {"birthday/ten-percent": 1_250_000}),
    "accessories for Platinum": Taker(AHMAD, {"Silk tie": 1, "Gift box": 1}, {"levels/accessories": 1_250_000}),
    "a service for Platinum": Taker(AHMAD, {"Jeans": 1}, {"levels/alterations": 0}),
    "a happy hour": Taker(None, {"Espresso": 2}, {"happy-hour/cafe": 340_000}, now=HAPPY),
    "a code": Taker(None, {"Jeans": 1}, {"leaflet/two-hundred-thousand": 2_000_000}, codes=("narenj",)),
    "three for two": Taker(None, {"Socks, three pairs": 3}, {"three-socks/cheapest": 4_200_000}),
    "three for two on a birthday": Taker(EMILY, {"Socks, three pairs": 3}, {"three-socks/cheapest": 4_200_000}),
    "who was brought": Taker(NAVID, {"Jeans": 1}, {"friends/welcome": 2_650_000}),
    "a free cup": Taker(
        EMILY,
        {"Turkish coffee": 1, "Socks, three pairs": 1},
        {"coffee/free-cup": 950_000, "birthday/ten-percent": 420_000},
        claims=("coffee/free-cup",),
    ),
    "a gift": Taker(
        None,
        {"Navy suit": 1},
        {"suit-gift/tie-or-square": 12_500_000},
        claims=(Claim(reward="suit-gift/tie-or-square", gifts=("P-025",)),),
    ),
    "an invitation": Taker(
        REZA,
        {"Linen shirt": 1},
        {"birthday/ten-percent": 2_150_000, "invitation/fifteen-percent": 2_902_500, "levels/alterations": 0},
        claims=("invitation/fifteen-percent",),
    ),
    "a coupon": Taker(
        EMILY,
        {"Jeans": 1},
        {"birthday/ten-percent": 2_650_000, "come-back/three-hundred-thousand": 3_000_000},
        claims=("come-back/three-hundred-thousand",),
    ),
    "a gesture": Taker(SARA, {"Wool scarf": 1}, {"sorry/amount": 2_000_000}, claims=("sorry/amount",)),
    "points": Taker(
        REZA,
        {"Gift box": 1, "Tweed jacket": 1},
        {
            "birthday/ten-percent": 8_000_000,
            "thanks/gift": 5_000_000,
            "levels/alterations": 0,
        },
        claims=("thanks/gift",),
    ),
}


@pytest.mark.parametrize("taker", TAKERS.values(), ids=TAKERS)
def test_every_kind_has_a_taker(taker: Taker) -> None:
    """Each reward is given to the customer for whom it was thought, with the value it says, and nothing else is."""
    evaluation = priced(taker.who, taker.goods, *taker.claims, codes=taker.codes, now=taker.now)
    assert {reward.reward: reward.value for reward in evaluation.applied} == taker.given
    assert not [reward for reward in evaluation.withheld if reward.claimed]


@pytest.mark.parametrize(
    ("claims", "codes", "amount", "left"),
    [(("wallet/pay",), (), 4_000_000, 0), ((), (GIFT_CARD,), 10_000_000, 0)],
    ids=["wallet", "gift card"],
)
def test_a_wallet_and_a_gift_card_pay(claims: Claims, codes: tuple[str, ...], amount: int, left: int) -> None:
    """They pay what they hold of the total, after the discounts, and lower no tax."""
    plain = priced(AHMAD, {"Jeans": 1})
    evaluation = priced(AHMAD, {"Jeans": 1}, *claims, codes=codes)
    (payment,) = evaluation.payments
    assert (payment.amount, payment.left) == (amount, left)
    assert evaluation.to_pay == plain.to_pay - amount
    assert evaluation.taxes == plain.taxes


def test_a_large_order_and_a_gift_card_give_vouchers() -> None:
    """A coupon for the next order, and a card that is worth what was paid for it."""
    moves = priced(AHMAD, {"Navy suit": 1, "Gift card, 1,000,000 toman": 1}).vouchers
    assert [(move.program_id, move.amount) for move in moves] == [("come-back", 0), ("gift-card", 10_000_000)]


@pytest.mark.parametrize("star", STARS, ids=lambda star: star.language)
def test_each_star_has_something_to_claim_to_earn_and_to_be_told(star: Star) -> None:
    """On one suit: a gift at least, one point for every 100,000 rials, and what is missing for something else."""
    evaluation = priced(star, {"Grey wool suit": 1})
    assert "suit-gift/tie-or-square" in [reward.reward for reward in evaluation.claimable]
    assert [(m.account, m.points) for m in evaluation.moves] == [("club", evaluation.net // 100_000)]
    missing = {Because.POINTS_MISSING, Because.UNITS_MISSING, Because.GOODS_MISSING, Because.CODE_MISSING}
    assert missing & {reward.reason.code for reward in evaluation.withheld}


@pytest.mark.parametrize("star", [*STARS, SARA, NAVID], ids=lambda star: star.code)
@pytest.mark.parametrize("now", [QUIET, HAPPY], ids=["quiet", "happy"])
def test_whatever_is_offered_is_given_when_it_is_claimed(star: Star, now: datetime) -> None:
    """For at least the value that was said, from a wallet too, which what this basket earns does not fill."""
    goods = {"Wool coat": 1, "Navy suit": 1, "Linen shirt": 1, "Turkish coffee": 9}
    plain = priced(star, goods, now=now)
    for offer in plain.claimable:
        evaluation = priced(star, goods, Claim(reward=offer.reward, gifts=offer.gifts[: offer.choose]), now=now)
        assert not [reward for reward in evaluation.withheld if reward.claimed]
        assert evaluation.to_pay <= plain.to_pay - (0 if offer.gifts else offer.value)


def test_the_linter_finds_nothing_to_change() -> None:
    """Whatever comes together, something is left to pay; every reward can be had, and every tier reached."""
    findings = check(ALL, CheckedShop(now=QUIET, products=SHOP.products, habits=Habits(spend=500_000_000)))
    assert [finding.message for finding in findings if finding.severity is not Severity.NOTE] == []


def test_the_programs_survive_the_wire() -> None:
    """As JSON, which is how they reach a till, they say the same."""
    assert msgspec.json.decode(msgspec.json.encode(ALL), type=tuple[Program, ...]) == ALL
