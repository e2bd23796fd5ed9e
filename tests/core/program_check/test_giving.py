"""Combinations that give goods away are found by pricing the worst baskets."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.program_check import Code, Severity
from pos_loyalty.core.program_check.giving import PRICED_MAX
from pos_loyalty.core.programs import (
    Base,
    CheapestFree,
    FixedPrice,
    FreeItem,
    GiveVoucher,
    Goods,
    Kind,
    LoadCard,
    Mode,
    Needs,
    Only,
    Pay,
    Perk,
    Program,
    Stacking,
    Status,
    Target,
)
from pos_loyalty.core.windows import Hours, Weekday, When
from tests.core.program_check.shops import GOODS, NOW, SUIT, card, codes, earn, findings, fixed, percent, product, promo

ON_GOODS = Target.PRODUCTS


def tenths(number: int, **fields: object) -> list[Program]:
    """Return so many programs of 10 % off each product, of the original price."""
    return [promo(f"p{i}", percent(10, on=ON_GOODS, base=Base.ORIGINAL), **fields) for i in range(number)]


def test_five_offers_of_ten_percent_take_half() -> None:
    """The classic of peers: offers that are not exclusive add up. Told as soon as they pass the shop's share."""
    (found,) = findings(*tenths(5))
    assert (found.code, found.severity, found.numbers) == (
        Code.DEEP_DISCOUNT,
        Severity.WARNING,
        {"percent": 50, "quantity": 1},
    )
    assert found.programs == tuple(f"p{i}/percent" for i in range(5))
    assert "best_for_customer" in found.message
    assert codes(*tenths(5), share=50) == []
    assert codes(*tenths(5), share=49) == [Code.DEEP_DISCOUNT]
    assert codes(*tenths(10), share=100) == [Code.GIVEN_AWAY]


def test_ten_offers_of_ten_percent_give_everything_away() -> None:
    """Nothing is left to pay: an error, with or without products."""
    for shop in ({}, {"products": ()}):
        (found,) = findings(*tenths(10), **shop)
        assert (found.code, found.severity, found.numbers["percent"]) == (Code.GIVEN_AWAY, Severity.ERROR, 100)


def test_one_stacking_group_mends_it() -> None:
    """The remedy of the message works: in a group of which one is given nothing is left to tell."""
    assert codes(*tenths(10, stacking=Stacking(group="g", mode=Mode.BEST_FOR_CUSTOMER))) == []


def test_a_percentage_and_an_amount_reach_the_price_of_a_cheap_product() -> None:
    """What is harmless on a suit gives socks away."""
    programs = (promo("a", percent(50, on=ON_GOODS)), promo("b", fixed(450, on=ON_GOODS)))
    found = findings(*programs)
    assert [(f.code, f.programs) for f in found] == [(Code.GIVEN_AWAY, ("a/percent", "b/fixed"))]
    assert "socks" in found[0].message
    assert codes(*programs, products=(SUIT,)) == [Code.DEEP_DISCOUNT]


def test_what_never_meets_is_not_weighed_together() -> None:
    """Friday and Sunday, morning and evening, last year and next, two stores: no finding."""
    friday, sunday = (When(weekdays=(day,)) for day in (Weekday.FRI, Weekday.SUN))
    early, late = (When(hours=Hours(start=a, end=b)) for a, b in (("09:00", "12:00"), ("17:00", "20:00")))
    for one, other in (
        (Only(when=friday), Only(when=sunday)),
        (Only(when=early), Only(when=late)),
        (Only(stores=("a",)), Only(stores=("b",))),
        (Only(channels=("a",)), Only(channels=("b",))),
    ):
        assert (
            codes(promo("a", percent(50, on=ON_GOODS), only=one), promo("b", percent(50, on=ON_GOODS), only=other))
            == []
        )
    spring = promo("a", percent(50, on=ON_GOODS), valid_until=NOW + timedelta(days=9))
    summer = promo("b", percent(50, on=ON_GOODS), valid_from=NOW + timedelta(days=9))
    assert codes(spring, summer) == []
    assert codes(spring, promo("b", percent(50, on=ON_GOODS), valid_from=NOW + timedelta(days=8))) == [
        Code.DEEP_DISCOUNT
    ]


def test_what_meets_late_is_weighed_on_that_day() -> None:
    """A Friday offer and one from 17:00 meet on Friday at 17:00, seven hours after neither does."""
    friday = promo("a", percent(50, on=ON_GOODS), only=Only(when=When(weekdays=(Weekday.FRI,))))
    evening = promo("b", percent(50, on=ON_GOODS), only=Only(when=When(hours=Hours(start="17:00", end="20:00"))))
    assert codes(friday, evening) == [Code.DEEP_DISCOUNT]


def test_the_worst_customer_has_every_code_voucher_segment_and_occasion() -> None:
    """Conditions on people do not keep rewards apart, but tiers do: nobody is in two."""
    gold, silver = Only(tiers=("gold",)), Only(tiers=("silver",))
    half = percent(50, on=ON_GOODS)
    regular, born = Only(segments=("regular",)), Only(occasion=OccasionWindow(kind="birthday", days_after=20))
    voucher = promo("v", half, kind=Kind.VOUCHER)
    for only in (regular, born, Only(first_purchase=True)):
        assert codes(promo("a", half, codes=("NOWRUZ",)), promo("b", half, only=only)) == [Code.DEEP_DISCOUNT]
        assert codes(voucher, promo("b", half, only=only)) == [Code.DEEP_DISCOUNT]
    told = codes(promo("a", half, only=gold), promo("b", half, only=silver))
    assert told == [Code.NO_SUCH_TIER, Code.NO_SUCH_TIER]


@pytest.mark.parametrize(
    "reward",
    [
        FreeItem(reward_id="r", name={}, quantity=1, needs=Needs(quantity=1)),
        FixedPrice(reward_id="r", name={}, price=1, quantity=3),
        CheapestFree(reward_id="r", name={}, of=3, free=2),
    ],
)
def test_the_quantity_is_the_one_the_reward_wants(reward: FreeItem | FixedPrice | CheapestFree) -> None:
    """Offers on several units are tried with so many units, together with an amount that takes the rest."""
    found = findings(promo("a", reward), promo("b", fixed(1_000, on=ON_GOODS)))
    assert (Code.GIVEN_AWAY, ("a/r", "b/fixed")) in [(f.code, f.programs) for f in found]


def test_one_reward_that_leaves_nothing_to_pay_is_told() -> None:
    """A free product without anything to buy, or an amount above a price; not when a voucher pays for it."""
    free = FreeItem(reward_id="free", name={})
    assert codes(promo("a", free)) == [Code.FREE]
    assert codes(promo("a", free, kind=Kind.VOUCHER)) == []
    assert codes(promo("a", fixed(900))) == [Code.FREE]
    assert codes(promo("a", fixed(900, needs=Needs(amount=5_000)))) == []
    assert codes(promo("a", percent(99))) == []


def test_a_treat_may_be_all_that_the_customer_takes() -> None:
    """A coffee on the birthday or with the first purchase is given once; with every visit it is given away."""
    free = FreeItem(reward_id="free", name={})
    for only in (Only(occasion=OccasionWindow(kind="birthday", days_after=11)), Only(first_purchase=True)):
        assert codes(promo("a", free, only=only)) == []
        assert codes(promo("a", replace(free, only=only))) == []
        assert codes(promo("a", replace(free, gifts=("socks",)), only=only)) == []


def test_a_gift_that_needs_nothing_is_told() -> None:
    """It comes with the cheapest thing of the shop, of whatever; with a need, a cost or a voucher it is fine."""
    gift = FreeItem(reward_id="gift", name={}, gifts=("suit", "socks"))
    for products in (GOODS, ()):
        (found,) = findings(promo("a", gift), products=products)
        assert (found.code, found.severity, found.programs) == (Code.FREE, Severity.WARNING, ("a/gift",))
    assert codes(promo("a", replace(gift, needs=Needs(quantity=1)))) == []
    assert codes(promo("a", gift, kind=Kind.VOUCHER)) == []
    assert codes(card(earn(1, 1_000), replace(gift, cost=5_000))) == []


def test_money_on_a_voucher_may_pay_for_all() -> None:
    """A coupon of 1,000 pays for socks of 900 whatever else is off; with half off it is too much for 1,900."""
    coupon = promo("v", fixed(1_000, on=ON_GOODS), kind=Kind.VOUCHER)
    half = promo("a", percent(50, on=ON_GOODS))
    assert codes(coupon, half, products=(product("socks", 900),)) == []
    assert codes(coupon, half, products=(product("belt", 1_900),)) == [Code.GIVEN_AWAY]


def test_a_gesture_of_goodwill_is_no_offer() -> None:
    """It makes good what went wrong, up to the limit of a role."""
    gesture = promo("sorry", fixed(1_000, on=ON_GOODS), kind=Kind.GOODWILL, roles={"seller": 1_000})
    assert codes(gesture, promo("a", percent(50, on=ON_GOODS)), products=(product("belt", 1_900),)) == []


def test_what_gives_everything_away_is_told_once() -> None:
    """Two rewards that leave nothing need no third, and are not told again with it."""
    programs = [promo(name, fixed(500, on=ON_GOODS)) for name in "ab"]
    third = promo("c", percent(10, on=ON_GOODS), only=Only(when=When(weekdays=(Weekday.FRI,))))
    (found,) = findings(*programs, third, products=(product("socks", 900),))
    assert (found.code, found.programs) == (Code.GIVEN_AWAY, ("a/fixed", "b/fixed"))


def test_each_reward_of_a_voucher_is_tried() -> None:
    """The second of two to choose from is the one that gives away."""
    harmless, other = percent(1), fixed(450, on=ON_GOODS)
    voucher = promo("v", harmless, other, kind=Kind.VOUCHER)
    found = findings(voucher, promo("b", percent(50, on=ON_GOODS)))
    assert (Code.GIVEN_AWAY, ("b/percent", "v/fixed")) in [(f.code, f.programs) for f in found]


def test_gift_cards_perks_and_free_goods_give_nothing_away() -> None:
    """Money on a card was paid for, a service has no price, and what is free anyway loses nothing."""
    pay = Pay(reward_id="pay", name={})
    cards = promo("cards", LoadCard(rule_id="load", goods=Goods(products=("socks",))), pay, kind=Kind.GIFT_CARD)
    perk = promo("perk", Perk(reward_id="tea", name={}))
    coupon = promo(
        "next", GiveVoucher(rule_id="give"), percent(10, goods=Goods(products=("suit",))), kind=Kind.NEXT_ORDER
    )
    assert codes(cards, perk, coupon) == []
    assert codes(promo("a", percent(10)), products=(product("bag", 0),)) == []


def test_drafts_count_as_published_and_only_the_newest_version_does() -> None:
    """A draft is checked before it is published; what it replaces and what is retired is left alone."""
    half = percent(60, on=ON_GOODS)
    other = promo("b", percent(10, on=ON_GOODS))
    assert codes(promo("a", half, status=Status.DRAFT), other) == [Code.DEEP_DISCOUNT]
    assert codes(promo("a", half), promo("a", percent(1, on=ON_GOODS), version=2), other) == []
    assert codes(promo("a", half, status=Status.RETIRED), other) == []


def test_programs_of_two_currencies_never_meet() -> None:
    """Each currency is looked at by itself."""
    half = percent(50, on=ON_GOODS)
    assert codes(promo("a", half), promo("b", half, currency="AED")) == []


def test_what_is_left_out_has_a_limit_and_what_is_made_up_a_name() -> None:
    """Without products one is made up for each product, category and tag; of too many baskets a note tells."""
    goods = [Goods(products=("x",)), Goods(categories=("y",)), Goods(tags=("z",))]
    for one in goods:
        assert codes(*(promo(f"p{i}", percent(50, on=ON_GOODS, goods=one)) for i in range(2)), products=()) == [
            Code.DEEP_DISCOUNT
        ]
    stores = tuple(f"s{i}" for i in range(PRICED_MAX))
    (found,) = findings(promo("a", percent("0.5"), only=Only(stores=stores)))
    assert (found.code, found.severity) == (Code.NOT_ALL_TRIED, Severity.NOTE)


def test_nothing_to_check_is_nothing_found() -> None:
    """No program, no finding."""
    assert codes() == []
    assert codes(promo("a", percent(10), only=Only(when=When(from_date=date(2026, 3, 21))))) == []
