"""The rewards as text: what can be acted on, what is missing, what is to pay, and how many points it shall be."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine, Receipt
from pos_loyalty.core.evaluation import (
    AppliedReward,
    Because,
    Choice,
    ClaimableReward,
    Evaluation,
    MoveKind,
    Payment,
    PointsMove,
    PricedLine,
    Reason,
    RefusedCode,
    TaxShare,
    Unearned,
    VoucherMove,
    VoucherMoveKind,
    WithheldReward,
)
from pos_loyalty.core.session import Stage
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import TillView
from tests.support.generous_shop import SHOP_WITH_ALL
from tests.support.small_shop import NOW, REZA
from tui.present.claims import gift_question, gift_rows, spend_question, spending
from tui.present.farewell import farewell
from tui.present.locales import locale_of
from tui.present.missing import programs
from tui.present.picks import Standing, gifts_of, missing, picks
from tui.present.rewards import heading, points, rewards
from tui.present.sale import lines, total
from tui.present.words import words_of

SHOP = replace(SHOP_WITH_ALL, digits="auto", calendar="auto")
EN, FA, AR = (locale_of(SHOP, language) for language in Language)

GIVEN = AppliedReward(
    reward="shirts/third",
    name={"en": "Third shirt free"},
    value=2_500_000,
    reason=Reason(Because.CHEAPEST_FREE, {"free": 1, "of": 3, "sets": 1, "percent": 10_000}),
    source="shirts@1/third",
)
SPEND = ClaimableReward(
    reward="spend/points", name={"en": "Pay with points"}, account="club", value=6_000_000, cost=1_200, step=10
)
GIFT = ClaimableReward(
    reward="gift/accessory", name={"en": "An accessory"}, value=0, cost=0, gifts=("a", "b"), choose=2
)
CARD = Payment(reward="card/pay", name={"en": "Gift card"}, amount=3_000_000, source="card@1/pay", code="GC-7700")


def withheld(reward: str, code: Because, *, claimed: bool = False, missing: int = 0) -> WithheldReward:
    """Return a reward that is not given."""
    numbers = {"missing": missing} if missing else {}
    return WithheldReward(reward=reward, name={"en": reward}, reason=Reason(code, numbers), claimed=claimed)


PRICED = Evaluation(
    currency="IRR",
    gross=55_500_000,
    discount=2_500_000,
    net=53_000_000,
    total=53_000_000,
    to_pay=50_000_000,
    applied=(GIVEN,),
    payments=(CARD,),
    claimable=(SPEND, GIFT),
    withheld=(
        withheld("evening/five", Because.NOT_YET),
        withheld("golden/scarf", Because.DECLINED),
        withheld("spring/ten", Because.CODE_MISSING),
        withheld("cafe/coffee", Because.UNITS_MISSING, missing=3),
        withheld("suit/two", Because.UNITS_MISSING, missing=1),
        withheld("coupon/five", Because.VOUCHER_MISSING, claimed=True),
    ),
    refused_codes=(RefusedCode(index=1, reason=Reason(Because.CODE_USED)),),
    unearned=(Unearned(source="cafe@1/cup", account="cafe", reason=Reason(Because.GOODS_MISSING)),),
    moves=(PointsMove(account="club", points=530, kind=MoveKind.ACCRUAL, source="club@1/per-money"),),
    balances_after={"club": 1_730},
)
BASKET = Basket(
    basket_id="b",
    currency="IRR",
    opened_at=NOW,
    lines=(BasketLine(number=1, name="Suit", unit_price=55_500_000, quantity=1),),
    codes=("GC-7700", "VC-0999"),
    evaluation=PRICED,
)
MEMBER = replace(REZA, balances={"club": 1_200, "purse": 2_000_000})
VIEW = TillView(revision=1, stage=Stage.PRICED, member=MEMBER, basket=BASKET)
WORDS = words_of(SHOP, PRICED, {"a": {"en": "Tie"}}, NOW)


def test_what_was_asked_for_in_vain_comes_first_and_what_is_given_next() -> None:
    """Then what could be had, then what was taken off by hand."""
    assert [(pick.standing, pick.reward or pick.code) for pick in picks(BASKET)] == [
        (Standing.REFUSED, "VC-0999"),
        (Standing.REFUSED, "coupon/five"),
        (Standing.GIVEN, "shirts/third"),
        (Standing.GIVEN, "card/pay"),
        (Standing.OFFERED, "spend/points"),
        (Standing.OFFERED, "gift/accessory"),
        (Standing.DECLINED, "golden/scarf"),
    ]
    assert picks(None) == ()


def test_a_reward_keeps_its_place_however_it_stands() -> None:
    """The list was seen in an order, and stays in it; what is new comes after."""
    seen = (("golden/scarf", ""), ("spend/points", ""))
    assert [pick.reward for pick in picks(BASKET, seen)][:2] == ["golden/scarf", "spend/points"]


def test_codes_of_a_basket_without_a_price_can_be_taken_off() -> None:
    """Nothing is known of them before something is in the basket."""
    empty = replace(BASKET, lines=(), evaluation=None)
    (first, _) = rewards(empty, picks(empty), None, WORDS, EN)
    assert (first.text, first.end) == ("Code \u2068GC-7700\u2069", "")
    assert rewards(None, (), None, WORDS, EN)[0].text.startswith("They appear")


def test_the_nearest_of_what_is_missing_comes_first() -> None:
    """One piece more before three, pieces before codes, codes before hours."""
    assert [each.reward for each in missing(PRICED)] == ["suit/two", "cafe/coffee", "spring/ten", "evening/five"]


def test_the_list_says_how_each_reward_stands() -> None:
    """A symbol, a name with its cost, and a value or a word."""
    offered = picks(BASKET)
    rows = rewards(BASKET, offered, offered[4], WORDS, EN)
    assert [(row.symbol, row.text, row.end) for row in rows[:7]] == [
        (" !", "Code \u2068VC-0999\u2069", "the code has been used"),
        (" !", "coupon/five", "with a voucher or gift card"),
        (" ✓", "Third shirt free", "-250,000"),
        (" ✓", "Gift card", "-300,000"),
        ("▸ ", "Pay with points · up to 1,200", "-600,000"),
        ("  ", "An accessory · choose 2 of 2", "0"),
        (" −", "golden/scarf", "taken off"),
    ]
    assert [row.end for row in rows if row.kept] == ["-600,000"]


def test_a_gift_that_costs_points_says_both() -> None:
    """The points of a wallet are money, and its value says it all."""
    dear = replace(GIFT, cost=7, account="cafe")
    purse = replace(SPEND, reward="purse/pay", account="purse", step=1)
    basket = replace(BASKET, evaluation=replace(PRICED, claimable=(dear, purse)))
    said = [row.text for row in rewards(basket, picks(basket), None, WORDS, EN)]
    assert "An accessory · choose 2 of 2 · 7 × coffee" in said
    assert "Pay with points" in said


def test_a_choice_that_was_not_weighed_whole_is_told_discreetly() -> None:
    """In the heading, and on the page of programs with the most that could be missed."""
    unsure = replace(PRICED, choice=Choice(combinations=512, optimal=False, bound=52_000_000))
    sure = replace(PRICED, choice=Choice(combinations=4, optimal=True, bound=53_000_000))
    assert (heading(unsure, EN), heading(sure, EN), heading(None, EN)) == (
        "Rewards · perhaps not the very best",
        "Rewards",
        "Rewards",
    )
    assert "100,000 Toman" in programs(unsure, (), MEMBER, WORDS, EN)[0].text
    assert programs(sure, (), MEMBER, WORDS, EN)[0].text == "suit"


def test_a_wish_that_keeps_out_something_better_is_told_with_what_it_costs() -> None:
    """The cashier sees that the customer would pay less without it, in every language."""
    said = heading(replace(PRICED, dearer_by=4_000_000), EN)
    assert said == "Rewards · 400,000 Toman less without the wish"
    assert len({heading(replace(PRICED, dearer_by=4_000_000), say) for say in (EN, FA, AR)}) == 3


def test_balances_that_change_come_first() -> None:
    """Money in a wallet is money; a customer without a card has none."""
    assert points(MEMBER, PRICED, WORDS, EN) == ("Club points: 1,200 → 1,730", "Wallet: 200,000 Toman")
    assert points(None, PRICED, WORDS, EN) == ()


@pytest.mark.parametrize("say", [EN, FA, AR])
def test_every_program_is_told_with_its_nearest_first(say: Locale) -> None:
    """What is in vain or at hand, then what is missing, then what is given; every row belongs under its heading."""
    rows = programs(PRICED, picks(BASKET), MEMBER, WORDS, say)
    heads = [row.text for row in rows if not row.symbol]
    if say is EN:
        assert heads == [
            "Next time", "Spend points", "A gift with a suit", "Gold", "suit", "Coffee card", "Spring", "Evening hour",
            "Third shirt free", "Gift card", "Club",
        ]  # fmt: skip
        assert [(row.text, row.end) for row in rows[-2:]] == [("Club", "1,200 points"), ("earned", "+530")]
        assert ("points", "nothing for it in the basket") in [(row.text, row.end) for row in rows]
    assert len(heads) == 11


def test_what_is_to_pay_stays_on_the_last_row() -> None:
    """Discount, tax and payments each in a row of its own where there is room, else all in one with their sum."""
    taxed = replace(BASKET, evaluation=replace(PRICED, added_tax=5_300_000))
    assert [(row.text, row.end) for row in total(taxed, EN)] == [
        ("Discount · Tax · Gift card", "-20,000 Toman"),
        ("To pay", "5,000,000 Toman"),
    ]
    assert [(row.text, row.end) for row in total(taxed, EN, 5)] == [
        ("", ""),
        ("Discount", "-250,000 Toman"),
        ("Tax", "530,000 Toman"),
        ("Gift card", "-300,000 Toman"),
        ("To pay", "5,000,000 Toman"),
    ]
    assert total(None, EN, 3)[2].end == "0 Toman"


def test_tax_in_the_price_is_told_where_there_is_room() -> None:
    """It changes nothing, so it takes no row from anything else."""
    share = TaxShare(tax_id="vat", net=53_000_000, tax=4_000_000)
    taxed = replace(BASKET, evaluation=replace(PRICED, taxes=(share, replace(share, included=False))))
    assert (total(taxed, EN, 4)[0].text, total(taxed, EN, 4)[0].end) == ("Tax in the price", "400,000 Toman")
    assert len(total(taxed, EN, 2)) == 2
    assert "price" not in "".join(row.text for row in total(taxed, EN, 3))


def test_gifts_stand_below_the_lines_by_name() -> None:
    """By id as long as nobody has said what they are called."""
    gifts = (
        PricedLine(number=1, gross=1, net=1),
        PricedLine(number=2, gross=1, net=0, product_id="a", quantity=2),
        PricedLine(number=3, gross=1, net=0, product_id="z", quantity=1),
    )
    basket = replace(BASKET, evaluation=replace(PRICED, lines=gifts))
    assert [(row.text, row.end) for row in lines(basket, 0, EN, WORDS)][1:] == [("2 × Tie", "gift"), ("z", "gift")]
    assert gifts_of(replace(PRICED, lines=gifts)) == {"a", "b", "z"}


@pytest.mark.parametrize(
    ("typed", "spent", "said"),
    [
        ("", 1_200, "pay 1,200 points = 600,000 Toman, keeps 0"),
        ("۷۰۰", 700, "pay 700 points = 350,000 Toman, keeps 500"),
        ("1,000", 1_000, "pay 1,000 points = 500,000 Toman, keeps 200"),
        ("705", 700, "pay 700 points = 350,000 Toman, keeps 500"),
        ("9", 0, "At least 10 points are needed."),
        ("0", 0, "At least 10 points are needed."),
        ("1201", 0, "More than 1,200 points would buy nothing."),
        ("-5", 0, "That is not a number of points. Type digits only."),
        ("9" * 30, 0, "That is not a number of points. Type digits only."),
    ],
)
def test_points_are_told_while_they_are_typed(typed: str, spent: int, said: str) -> None:
    """What they pay and what is kept; whole steps only; what cannot be is a sentence and spends nothing."""
    told = spending(SPEND, typed, VIEW, WORDS, EN)
    assert (told.points, told.rows[0].text) == (spent, said)
    assert (len(told.rows) > 1) is (typed == "705")


def test_points_that_the_basket_spends_already_are_not_kept() -> None:
    """500 of the 1,200 are gone; a customer who is not known has none."""
    spent = PointsMove(account="club", points=-500, kind=MoveKind.REDEMPTION, source="thanks@1/x")
    priced = replace(PRICED, moves=(*PRICED.moves, spent))
    view = replace(VIEW, basket=replace(BASKET, evaluation=priced))
    assert spending(SPEND, "100", view, WORDS, EN).rows[0].text.endswith("keeps 600")
    nobody = TillView(revision=1, stage=Stage.IDLE)
    assert spending(SPEND, "100", nobody, WORDS, EN).rows[0].text.endswith("keeps -100")


def test_a_wallet_pays_in_the_money_of_the_shop() -> None:
    """Typed in toman, kept in rials."""
    purse = replace(SPEND, account="purse", cost=2_000_000, value=2_000_000, step=1)
    told = spending(purse, "50,000", VIEW, WORDS, EN)
    assert (told.points, told.rows[0].text) == (500_000, "pay 50,000 Toman, keeps 150,000 Toman")
    said = spending(purse, "x", VIEW, WORDS, EN)
    assert (said.points, said.rows[0].text) == (0, "That is not an amount. Type digits only, for example 1,200.")
    assert spend_question(purse, WORDS, EN)[1:] == ("How much?", "all that is of use: 200,000 Toman")
    assert spend_question(SPEND, WORDS, FA)[1] == "چند امتیاز؟"


def test_gifts_are_numbered_and_counted() -> None:
    """Each with its digit, its name and how often it is chosen; which keys end it is told."""
    assert [row.text for row in gift_question(GIFT, 1, WORDS, EN)][:3] == [
        "An accessory",
        "Choose 2 gifts. Chosen so far: 1",
        "Enter gives it, Esc leaves it",
    ]
    many = replace(GIFT, gifts=tuple("abcdefghij"), choose=1)
    rows = gift_rows(many, 1, ("a", "a"), WORDS, EN)
    assert [(row.symbol, row.text, row.end, row.selected) for row in rows[:2]] == [
        ("1", "Tie", "✓✓", False),
        ("2", "b", "", True),
    ]
    assert rows[9].symbol == " "


def test_the_farewell_tells_what_waits_and_what_can_be_used_next_time() -> None:
    """Points that are pending, what is left on a card, a voucher with its days, and a card that was loaded."""
    issued = VoucherMove(
        kind=VoucherMoveKind.ISSUED,
        program_id="coupon",
        source="coupon@1/next",
        code="ABC",
        valid_until=datetime(2026, 12, 20, 20, 30, tzinfo=UTC),
    )
    loaded = VoucherMove(
        kind=VoucherMoveKind.ISSUED, program_id="card", source="card@1/load", code="GC", amount=1_000_000
    )
    pending = PointsMove(account="club", points=90, kind=MoveKind.ACCRUAL, source="s", pending_until=date(2026, 12, 5))
    receipt = Receipt(
        event_id="e",
        basket_id="b",
        committed_at=NOW,
        currency="IRR",
        gross=9,
        discount=0,
        net=9,
        to_pay=0,
        payments=(replace(CARD, left=500_000),),
        vouchers=(issued, loaded),
        moves=(pending,),
        balances_before={"club": 1_200, "purse": 5},
        balances_after={"club": 1_200, "purse": 5},
    )
    said = [(row.text, row.end) for row in farewell(receipt, WORDS, EN) if row.text]
    assert said == [
        ("Paid", "0 Toman"),
        ("Gift card · 50,000 Toman left", "300,000 Toman"),
        ("Next time", "\u2066ABC\u2069"),
        ("until 20 December 2026", ""),
        ("Gift card · 100,000 Toman", "\u2066GC\u2069"),
        ("Club points", "1,200"),
        ("90 more from 5 December 2026", ""),
    ]
