"""Bad input: a document that cannot be is refused with its path; all else gets an answer and never a wrong price."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.members import Calendar, Member, Occasion
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import (
    CheapestFree,
    FreeItem,
    Goods,
    Kind,
    Limit,
    Measure,
    Only,
    Pay,
    Period,
    PerPoint,
    Program,
    Scope,
    Target,
)
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.core.windows import Hours, When
from tests.support.builders import NOW, basket_of, earn, fixed_off, percent_off, program

BERLIN = ZoneInfo("Europe/Berlin")
MEMBER = Member(member_id="m1", balances={"points": 100})
THIRTY_DIGITS = "1.00000000000000000000000000001"


def document(**changed: object) -> dict[str, object]:
    """Return a program as JSON would have it, with one reward and one rule."""
    return {"program_id": "p", "version": 1, "name": {}, "currency": "IRR", "account": "points"} | changed


def reward(**changed: object) -> dict[str, object]:
    """Return a reward as JSON would have it."""
    return {"kind": "percent_off", "reward_id": "r", "name": {}, "percent": "10"} | changed


def rule(**changed: object) -> dict[str, object]:
    """Return a rule as JSON would have it."""
    return {"kind": "per_money", "rule_id": "r", "points": 1, "amount": 10} | changed


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (document(rewards=[reward(percent="-5")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="0")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="100.01")]), "$.rewards[0]"),
        (document(rewards=[reward(percent=THIRTY_DIGITS)]), "$.rewards[0]"),
        (document(rewards=[reward(percent="1e-999999999")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="1e999999999")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="NaN")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="Infinity")]), "$.rewards[0]"),
        (document(rewards=[reward(percent="ten")]), "$.rewards[0].percent"),
        (document(rewards=[reward(cost=-1)]), "$.rewards[0].cost"),
        (document(rewards=[reward(cost=10**15 + 1)]), "$.rewards[0].cost"),
        (document(rewards=[reward(cost=10**40)]), "$.rewards[0].cost"),
        (document(rewards=[reward(cap=0)]), "$.rewards[0].cap"),
        (document(rewards=[reward(kind="fixed_off", amount=0)]), "$.rewards[0]"),
        (document(rewards=[reward(percnt="10")]), "$.rewards[0]"),
        (document(rewards=[reward(kind="percentoff")]), "$.rewards[0].kind"),
        (document(rewards=[reward(needs={"amount": -1})]), "$.rewards[0].needs.amount"),
        (document(rules=[rule(points=0)]), "$.rules[0].points"),
        (document(rules=[rule(amount=-10)]), "$.rules[0].amount"),
        (document(rules=[rule(multipliers=[{"times": THIRTY_DIGITS}])]), "$.rules[0].multipliers[0]"),
        (document(rules=[rule(multipliers=[{"times": "-2"}])]), "$.rules[0].multipliers[0]"),
        (document(limits=[{"limit_id": "l", "most": 0}]), "$.limits[0].most"),
        (document(version=0), "$.version"),
        (document(valid_from="2026-13-01T00:00:00Z"), "$.valid_from"),
        (document(valid_from="2026-01-01T00:00:00"), "$.valid_from"),
        (document(pending_days=10**9), "$.pending_days"),
        (
            document(only={"when": {"windows": [{"rule": "FREQ=SECONDLY", "starts": "2026-01-01", "minutes": 1}]}}),
            "$.only",
        ),
    ],
)
def test_a_program_that_cannot_be_is_refused_with_its_path(raw: Mapping[str, object], path: str) -> None:
    """Each is refused when it is read, at the place where it is wrong, before any basket is priced."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(raw), type=Program)
    assert path in str(refused.value)


@pytest.mark.parametrize("percent", ["-1", "1000.01", THIRTY_DIGITS, "NaN", "1e-999999999"])
def test_a_tax_that_cannot_be_is_refused_with_its_path(percent: str) -> None:
    """So is a rate that no receipt could show, in the line that has it."""
    line = {"number": 1, "unit_price": 5, "quantity": 1, "tax": {"tax_id": "t", "percent": percent}}
    with pytest.raises(msgspec.ValidationError, match=r"\$\.tax"):
        msgspec.convert(line, type=BasketLine)


@pytest.mark.parametrize(
    ("field", "value"), [("times", 101), ("times", 0), ("points", 0), ("points", -5), ("gift", "x")]
)
def test_a_claim_that_cannot_be_is_refused_with_its_path(field: str, value: object) -> None:
    """A claim for no points, for a hundred and one times or with a word nobody knows is refused when it is read."""
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert([{"reward": "p/r", field: value}], type=list[Claim])


# What can be read is answered


CLAIMABLE = [
    program(percent_off(10), fixed_off(5, cost=10), PerPoint(reward_id="points", name={}, amount=1), name="club"),
    program(FreeItem(reward_id="gift", name={}, cost=10, gifts=("mug", "pen")), name="gifts"),
    program(replace(percent_off(20, cost=1), on=Target.LINE), name="line"),
    replace(program(Pay(reward_id="pay", name={}), name="wallet", account="wallet"), kind=Kind.WALLET),
]
MUG = Product(product_id="mug", codes=(), name={}, unit_price=7)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (Claim(reward=""), Because.UNKNOWN_REWARD),
        (Claim(reward="/"), Because.UNKNOWN_REWARD),
        (Claim(reward="club/"), Because.UNKNOWN_REWARD),
        (Claim(reward="club@1/percent"), Because.UNKNOWN_REWARD),
        (Claim(reward="قهوه/۱"), Because.UNKNOWN_REWARD),
        (Claim(reward="gifts/gift", gifts=("car",)), Because.UNKNOWN_GIFT),
        (Claim(reward="gifts/gift", gifts=("pen",)), Because.UNKNOWN_GIFT),
        (Claim(reward="gifts/gift"), Because.CHOICE_MISSING),
        (Claim(reward="line/percent", line=99), Because.UNKNOWN_LINE),
        (Claim(reward="line/percent", line=-1), Because.UNKNOWN_LINE),
        (Claim(reward="club/points", points=10**15), Because.POINTS_MISSING),
        (Claim(reward="wallet/pay", points=10**15), Because.POINTS_MISSING),
    ],
)
def test_a_claim_that_makes_no_sense_is_answered_and_costs_nothing(claim: Claim, reason: Because) -> None:
    """The claim is withheld with its reason, and the price is that without it."""
    asked = replace(basket_of(1_000), claims=(claim,))
    price = evaluate(asked, MEMBER, CLAIMABLE, NOW, catalogue={"mug": MUG})
    assert [(kept.reward, kept.reason.code) for kept in price.withheld if kept.claimed] == [(claim.reward, reason)]
    assert (price.net, price.balances_after) == (900, MEMBER.balances)


def test_a_hundred_times_is_as_often_as_points_and_goods_allow() -> None:
    """Of a free item for 10 points, claimed a hundred times, three units in the basket are had, or none if too dear."""
    free = program(FreeItem(reward_id="free", name={}, cost=10), name="free")
    asked = replace(basket_of(50, 50, 50), claims=(Claim(reward="free/free", times=100),))
    price = evaluate(asked, MEMBER, [free], NOW)
    assert (price.net, price.balances_after) == (0, {"points": 70})
    poor = evaluate(asked, replace(MEMBER, balances={"points": 25}), [free], NOW)
    assert (poor.net, poor.balances_after) == (150, {"points": 25})
    assert poor.withheld[0].reason.code is Because.POINTS_MISSING


@pytest.mark.parametrize("balance", [-(10**15), -1, 0])
def test_a_card_with_nothing_on_it_pays_nothing(balance: int) -> None:
    """An empty card, or one below zero after a reversal, pays nothing and does not make the basket dearer."""
    cards = replace(program(Pay(reward_id="pay", name={}), name="cards"), kind=Kind.GIFT_CARD)
    card = Voucher(code="CARD", program_id="cards", balance=balance)
    price = evaluate(replace(basket_of(100), codes=("CARD",), vouchers=(card,)), None, [cards], NOW)
    assert (price.to_pay, price.payments, price.vouchers) == (100, (), ())


@pytest.mark.parametrize("value", [-(10**15), -1])
def test_a_gesture_below_zero_never_makes_the_basket_dearer(value: int) -> None:
    """A goodwill voucher whose value is below zero is worth what its program says."""
    goods_off = replace(fixed_off(5), on=Target.PRODUCTS)
    goodwill = replace(program(goods_off, name="sorry"), kind=Kind.VOUCHER)
    voucher = Voucher(code="SORRY", program_id="sorry", value=value)
    price = evaluate(replace(basket_of(100), codes=("SORRY",), vouchers=(voucher,)), None, [goodwill], NOW)
    assert price.net == 95


@pytest.mark.parametrize("code", ["", " ", "\u200f", "x" * 100_000, "' OR 1=1 --", "😀", "۱۲۳"])
def test_a_code_nobody_knows_is_refused(code: str) -> None:
    """Whatever was typed, the code is answered at its place, and the price is that without it."""
    price = evaluate(replace(basket_of(100), codes=(code,)), MEMBER, [program(percent_off(10))], NOW)
    assert [(refused.index, refused.reason.code) for refused in price.refused_codes] == [(0, Because.UNKNOWN_CODE)]
    assert price.net == 90


@pytest.mark.parametrize("pinned", [("p@99",), ("p",), ("", "@", "p@", "@1"), ("p@1", "p@1"), ("x" * 10_000,)])
def test_a_pinned_version_that_is_not_there_leaves_the_one_in_force(pinned: tuple[str, ...]) -> None:
    """A version nobody knows, or a word that names none, is passed over."""
    price = evaluate(replace(basket_of(100), pinned=pinned), MEMBER, [program(percent_off(10), name="p")], NOW)
    assert (price.net, price.programs) == (90, ("p@1",))


def test_a_member_of_a_newer_version_is_priced_as_far_as_it_is_known() -> None:
    """What a newer hub has added to the member document is ignored; the points are still there."""
    raw = {"member_id": "m1", "balances": {"points": 20}, "aura": {"colour": "blue"}, "vouchers": [
        {"code": "V", "program_id": "p", "sparkle": True}]}  # fmt: skip
    member = msgspec.json.decode(msgspec.json.encode(raw), type=Member)
    asked = replace(basket_of(100), claims=("club/fixed",))
    price = evaluate(asked, member, [program(fixed_off(5, cost=20))], NOW)
    assert (price.net, price.balances_after) == (95, {"points": 0})


def test_an_empty_basket_costs_nothing_and_moves_nothing() -> None:
    """With every kind of reward claimed, nothing in the basket is nothing to pay, to earn or to spend."""
    claims = ("club/percent", "club/fixed", "club/points", "line/percent", "wallet/pay")
    empty = replace(basket_of(), claims=claims)
    price = evaluate(empty, MEMBER, [*CLAIMABLE, program(earn(1, 1), name="earn")], NOW)
    assert (price.gross, price.net, price.to_pay, price.moves, price.applied) == (0, 0, 0, (), ())
    assert {kept.reward for kept in price.withheld if kept.claimed} == set(claims)


# At the edges of numbers


def test_the_largest_amount_is_exact() -> None:
    """At the largest amount a basket may reach, with a tax on top of it, every sum is exact and can be written."""
    tax = Tax(tax_id="t", percent=Decimal("999.99"), included=False, per_unit=10**12)
    line = BasketLine(number=1, product_id="a", unit_price=AMOUNT_MAX, quantity=1, tax=tax)
    price = evaluate(replace(basket_of(), lines=(line,)), MEMBER, [program(percent_off("33.33"), earn(7, 1))], NOW)
    assert price.net == 666_700_000_000_000
    assert price.added_tax == 6_666_933_330_000_000 + 10**12
    assert msgspec.json.decode(msgspec.json.encode(price), type=Evaluation) == price


@pytest.mark.parametrize("balance", [2**63 - 1 - 10**16, 10**15, -(2**63)])
def test_points_do_not_overflow(balance: int) -> None:
    """However many points a rule would give, it gives no more than an account may move, and the sum can be written."""
    rich = replace(MEMBER, balances={"points": balance})
    rules = [replace(earn(10**15, 1), rule_id=f"e{n}") for n in range(3)]
    price = evaluate(basket_of(AMOUNT_MAX), rich, [program(*rules)], NOW)
    assert all(0 < move.points <= POINTS_MAX for move in price.moves)
    assert price.balances_after["points"] == balance + sum(move.points for move in price.moves)
    assert msgspec.json.decode(msgspec.json.encode(price), type=Evaluation) == price


def test_a_price_of_all_points_there_are_leaves_none() -> None:
    """A discount of a unit for each of 10^15 points takes what fits into the price and leaves the others."""
    rich = replace(MEMBER, balances={"points": 10**15})
    asked = replace(basket_of(123), claims=(Claim(reward="club/points", points=10**15),))
    price = evaluate(asked, rich, [program(PerPoint(reward_id="points", name={}, amount=1))], NOW)
    assert (price.net, price.balances_after) == (0, {"points": 10**15 - 123})


def test_a_product_that_is_twice_in_a_category_counts_once() -> None:
    """A tree of categories that goes round gives a line the same category again: it is one line all the same."""
    line = BasketLine(
        number=1, product_id="a", unit_price=10, quantity=2, categories=("x", "y", "x", "y"), tags=("t", "t")
    )
    goods = Goods(categories=("x", "y"), tags=("t",))
    half = replace(percent_off(50), goods=goods, on=Target.PRODUCTS)
    one_of_three = CheapestFree(reward_id="free", name={}, of=3, goods=goods)
    price = evaluate(replace(basket_of(), lines=(line,)), MEMBER, [program(half, one_of_three)], NOW)
    assert (price.net, [applied.reward for applied in price.applied]) == (10, ["club/percent"])


def test_a_thousand_lines_and_five_hundred_programs_have_a_price() -> None:
    """Twice the lines a register may send, and as many programs as a chain has: sums are right and nothing is lost."""
    lines = tuple(
        BasketLine(number=n, product_id=f"p{n % 97}", unit_price=n, quantity=1 + n % 3, categories=(f"c{n % 7}",))
        for n in range(1, 1_001)
    )
    programs = [
        program(
            replace(percent_off(1 + n % 9), goods=Goods(categories=(f"c{n % 11}",)), on=Target.PRODUCTS), name=f"p{n}"
        )
        for n in range(500)
    ]
    price = evaluate(replace(basket_of(), lines=lines), MEMBER, programs, NOW)
    assert [line.number for line in price.lines] == list(range(1, 1_001))
    assert sum(line.net for line in price.lines) == price.net >= 0
    assert sum(applied.value for applied in price.applied) == price.discount
    assert len(price.programs) == 500


# At the edges of time


def test_a_clock_that_was_set_back_gives_neither_a_second_gift_nor_an_error() -> None:
    """A grant that lies in the future was a grant; a version that is not yet in force is not."""
    birthday = Occasion(kind="birthday", month=3, day=21)
    member = replace(MEMBER, occasions=(birthday,), granted={"cake": date(2026, 3, 22)})
    cake = replace(
        program(percent_off(10), name="cake"), kind=Kind.OCCASION, only=Only(occasion=OccasionWindow(kind="birthday"))
    )
    later = replace(program(percent_off(50), name="p", version=2), valid_from=NOW + timedelta(hours=1))
    price = evaluate(basket_of(100), member, [cake, later, program(fixed_off(1), name="p")], NOW)
    assert (price.net, price.programs) == (99, ("p@1",))
    assert [kept.reason.code for kept in price.withheld] == [Because.USED]


@pytest.mark.parametrize(
    ("calendar", "month", "day", "today"),
    [
        (Calendar.GREGORIAN, 2, 29, date(2027, 2, 28)),
        (Calendar.GREGORIAN, 2, 29, date(2028, 2, 29)),
        (Calendar.JALALI, 12, 30, date(2026, 3, 20)),
        (Calendar.JALALI, 12, 30, date(2025, 3, 20)),
    ],
)
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(
    calendar: Calendar, month: int, day: int, today: date
) -> None:
    """29 February and 30 Esfand are on the last day of their month where it has no such day, and on no other."""
    member = replace(MEMBER, occasions=(Occasion(kind="birthday", calendar=calendar, month=month, day=day),))
    cake = replace(
        program(percent_off(10), name="cake"), kind=Kind.OCCASION, only=Only(occasion=OccasionWindow(kind="birthday"))
    )
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    nets = [evaluate(basket_of(100), member, [cake], noon + timedelta(days=n)).net for n in (-1, 0, 1)]
    assert nets == [100, 90, 100]


def test_an_occasion_that_cannot_be_is_on_no_day() -> None:
    """Month 13 and 31 Esfand give nothing and break nothing."""
    odd = (
        Occasion(kind="birthday", month=13, day=1),
        Occasion(kind="birthday", calendar=Calendar.JALALI, month=12, day=31),
    )
    cake = replace(
        program(percent_off(10), name="cake"), kind=Kind.OCCASION, only=Only(occasion=OccasionWindow(kind="birthday"))
    )
    price = evaluate(basket_of(100), replace(MEMBER, occasions=odd), [cake], NOW)
    assert (price.net, price.withheld[0].reason.code) == (100, Because.NO_OCCASION)


@pytest.mark.parametrize(
    ("now", "net"),
    [
        (datetime(2026, 3, 29, 1, 59, tzinfo=BERLIN), 100),
        (datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN), 90),
        (datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=BERLIN), 90),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), 90),
        (datetime(2026, 10, 25, 4, 0, tzinfo=BERLIN), 100),
    ],
)
def test_happy_hours_follow_the_clock_on_the_wall_when_it_jumps(now: datetime, net: int) -> None:
    """From two to four: open from three on the night that has no two o'clock, and in both hours of the one with two."""
    night = Only(when=When(hours=Hours(start="02:00", end="04:00")))
    assert evaluate(basket_of(100), MEMBER, [replace(program(percent_off(10)), only=night)], now).net == net


@pytest.mark.parametrize("year", [1970, 2000, 2038, 2100, 9999])
@pytest.mark.parametrize("each", Period)
def test_a_clock_that_is_far_out_prices_all_the_same(year: int, each: Period) -> None:
    """A battery that died or a year nobody meant: limits, occasions and hours are reckoned, and a price is given."""
    limited = Limit(limit_id="l", most=1, of=Measure.USES, per=Scope.MEMBER, each=each)
    only = Only(
        occasion=OccasionWindow(kind="birthday", days_after=5), when=When(hours=Hours(start="22:00", end="02:00"))
    )
    member = replace(MEMBER, occasions=(Occasion(kind="birthday", month=12, day=31),), granted={"p": date(2026, 1, 1)})
    programs = [
        replace(program(percent_off(10), name="p"), limits=(limited,)),
        replace(program(fixed_off(1)), only=only),
    ]
    for now in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        price = evaluate(basket_of(100), member, programs, now)
        assert 89 <= price.net <= 90
        assert [count.amount for count in price.counts] == [1]
