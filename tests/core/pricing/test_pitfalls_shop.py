"""What toy engines get wrong about tills, hubs, limits, codes and birthdays: points 24 to 28, 30 and 32."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, Evaluation, MoveKind, PointsMove, VoucherMoveKind
from pos_loyalty.core.members import Calendar, Member, Occasion, Used
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.programs import Kind, Limit, Measure, Only, Period, Program, Scope, Target
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import VoucherStatus
from tests.core.pricing.shop import (
    basket,
    earned,
    fixed,
    line,
    member,
    pay,
    per_money,
    per_order,
    percent,
    price,
    program,
    promotion,
    reasons,
    refused,
    values,
    voucher,
    vouchers,
)
from tests.support.builders import NOW

TEHRAN = ZoneInfo("Asia/Tehran")
BIRTHDAY = Only(occasion=OccasionWindow(kind="birthday", days_before=3, days_after=3))


def bytes_of(evaluation: Evaluation) -> bytes:
    """Return what travels."""
    return msgspec.json.encode(evaluation)


def test_point_24_a_till_gives_no_more_than_its_slice_without_asking() -> None:
    """24: of 100.00 for all tills this one may give 8.00 offline; 7.00 of them are used, so 1.00 is left."""
    budget = Limit(limit_id="budget", most=10_000, of=Measure.VALUE, per=Scope.TOTAL)
    offer = promotion(fixed(500), limits=(budget,))
    usage = Usage(used={"promo/budget": 700}, slices={"promo/budget": 800})
    sale = price(basket(10_000), offer, usage=usage)
    assert (sale.discount, [(each.key, each.amount) for each in sale.counts]) == (100, [("promo/budget", 100)])
    empty = price(basket(10_000), offer, usage=replace(usage, used={"promo/budget": 800}))
    assert (empty.discount, reasons(empty)) == (0, {"promo/fixed": Because.BUDGET_SPENT})


def test_point_25_till_and_hub_reckon_the_same_bytes() -> None:
    """25: what was priced on the till is priced on the hub, from what travelled, to the same bytes."""
    programs = [
        program(per_money(1, 7), percent("12.5", cost=3)),
        promotion(fixed(99, on=Target.PRODUCTS), codes=("SPRING",)),
        vouchers(pay(), name="card"),
    ]
    sale = basket(
        2_875,
        line(333, 7, "tea"),
        codes=("spring", "card-1"),
        vouchers=(voucher("CARD-1", "card", balance=50),),
        claims=("club/percent",),
    )
    who = member(9)
    till = price(sale, *programs, by=who)
    travelled = msgspec.json.decode(
        msgspec.json.encode((sale, who, programs)), type=tuple[Basket, Member, list[Program]]
    )
    hub = price(travelled[0], *reversed(travelled[2]), by=travelled[1])
    assert bytes_of(hub) == bytes_of(till)
    assert len(till.applied) == 2


def test_point_25_what_the_till_claims_to_have_reckoned_is_not_believed() -> None:
    """25: the till's hint was 1 point, the truth is 5."""
    club = program(per_money(1, 1_000))
    truth = price(basket(5_000), club, by=member())
    move = PointsMove(account="points", points=1, kind=MoveKind.ACCRUAL, source="club@1/per-money")
    hint = replace(truth, moves=(move,), balances_after={"points": 1})
    assert earned(price(basket(5_000, evaluation=hint), club, by=member())) == {"club@1/per-money": 5}


def test_point_26_a_parked_basket_earns_nothing_until_it_is_committed() -> None:
    """26: however often it is priced, the member stays as they were and the answer the same: nothing adds up."""
    club, who = program(per_money(1, 1_000), fixed(500, cost=10)), member(25)
    parked = basket(5_000, claims=("club/fixed",))
    prices = [price(parked, club, by=who) for _ in range(3)]
    assert {bytes_of(each) for each in prices} == {bytes_of(prices[0])}
    assert prices[0].balances_after == {"points": 20}
    assert who.balances == {"points": 25}


def test_point_26_codes_claims_and_cards_survive_a_restart() -> None:
    """26: read back from the disk the basket still has its code, its gift card, its claim and its versions."""
    parked = basket(
        5_000,
        codes=("SPRING", "card-1"),
        vouchers=(voucher("CARD-1", "card", balance=50),),
        claims=("club/percent", Claim(reward="club/fixed", points=3)),
        declined=("promo/other",),
        pinned=("club@1",),
    )
    resumed = msgspec.json.decode(msgspec.json.encode(parked), type=Basket)
    assert resumed == parked
    programs = (promotion(fixed(99), codes=("SPRING",)), vouchers(pay(), name="card"), program(percent(1)))
    assert bytes_of(price(resumed, *programs, by=member())) == bytes_of(price(parked, *programs, by=member()))
    assert price(resumed, *programs).payments[0].amount == 50


@pytest.mark.parametrize(
    ("per", "of", "each", "key", "amount"),
    [
        (Scope.MEMBER, Measure.USES, Period.EVER, "club/limit", 1),
        (Scope.MEMBER, Measure.USES, Period.DAY, "club/limit:2026-03-21", 1),
        (Scope.STORE, Measure.USES, Period.WEEK, "club/limit@s1:2026-03-16", 1),
        (Scope.TOTAL, Measure.VALUE, Period.MONTH, "club/limit:2026-03-01", 500),
        (Scope.TOTAL, Measure.POINTS, Period.YEAR, "club/limit:2026-01-01", 50),
    ],
)
def test_point_27_uses_are_counted_when_they_happen(
    per: Scope, of: Measure, each: Period, key: str, amount: int
) -> None:
    """27: the answer says what will count towards which limit; whoever commits counts it, and no earlier."""
    limit = Limit(limit_id="limit", most=1_000, of=of, per=per, each=each)
    club = program(per_money(1, 100), fixed(500), limits=(limit,))
    sale = price(basket(5_000, store_id="s1"), club, by=member())
    assert [(count.key, count.amount, count.scope) for count in sale.counts] == [(key, amount, per)]


def test_point_27_a_limit_that_was_reached_meanwhile_is_seen_when_the_basket_is_finalised() -> None:
    """27: priced again at the end, a basket whose last use went elsewhere loses the reward; points exempt nobody."""
    once = program(fixed(500, cost=10), limits=(Limit(limit_id="once", most=1),))
    asked = basket(5_000, claims=("club/fixed",))
    assert price(asked, once, by=member(1_000)).discount == 500
    used = member(1_000, used={"club/once": Used(amount=1)})
    late = price(asked, once, by=used)
    assert (late.discount, late.balances_after, reasons(late)) == (0, {"points": 1_000}, {"club/fixed": Because.USED})


def test_point_27_a_program_that_only_earns_is_used_too() -> None:
    """27: a happy hour once a day is over for the day when it has given its points."""
    daily = program(per_order(50), limits=(Limit(limit_id="daily", most=1, each=Period.DAY),))
    first = price(basket(100), daily, by=member())
    assert [count.key for count in first.counts] == ["club/daily:2026-03-21"]
    again = price(basket(100), daily, by=member(used={"club/daily:2026-03-21": Used(amount=1)}))
    assert (earned(again), again.unearned[0].reason.code) == ({}, Because.USED)
    assert again.unearned[0].reason.at == datetime(2026, 3, 22, tzinfo=NOW.tzinfo)


@pytest.mark.parametrize("typed", ["spring-12", " Spring ۱۲ ", "SPRING١٢", "s p r i n g 1 2"])
def test_point_28_codes_are_normalised(typed: str) -> None:
    """28: case, blanks, Persian and Arabic digits are one code, of a promotion and of a voucher."""
    wanted = "Spring-12" if "-" in typed else "spring12"
    assert price(basket(1_000, codes=(typed,)), promotion(fixed(5), codes=(wanted,))).discount == 5
    own = voucher(wanted.upper())
    assert price(basket(1_000, codes=(typed,), vouchers=(own,)), vouchers(fixed(5))).discount == 5


def test_point_28_every_bad_code_has_its_own_answer() -> None:
    """28: unknown, used, over, not yet, somebody else's, and one that nothing can come of are different answers."""
    later, earlier = NOW + timedelta(days=1), NOW - timedelta(days=1)
    found = (
        voucher("USED", status=VoucherStatus.REDEEMED),
        voucher("REVOKED", status=VoucherStatus.REVOKED),
        voucher("OVER", valid_until=NOW),
        voucher("EARLY", valid_from=later),
        voucher("HERS", member_id="m2"),
        voucher("LOST", "no-such-program"),
        voucher("GOOD"),
    )
    asked = basket(1_000, vouchers=found, codes=("x", *(each.code for each in found), "OLD", "NEXT"))
    old = promotion(fixed(1), name="old", codes=("OLD",), valid_until=earlier)
    coming = promotion(fixed(1), name="next", codes=("NEXT",), valid_from=later)
    sale = price(asked, vouchers(fixed(5)), old, coming, by=member())
    assert sale.discount == 5
    assert [why.value for why in refused(sale).values()] == [
        "unknown_code",
        "code_used",
        "unknown_code",
        "code_expired",
        "not_yet",
        "not_your_code",
        "not_in_force",
        "over",
        "not_yet",
    ]
    assert list(refused(sale)) == [0, 1, 2, 3, 4, 5, 6, 8, 9]


def test_point_28_a_code_whose_program_may_not_give_says_so() -> None:
    """28: a code that this member has used before, or that another store takes, is answered and not passed over."""
    once = promotion(fixed(5), name="once", codes=("ONCE",), limits=(Limit(limit_id="l", most=1),))
    there = promotion(fixed(5), name="there", codes=("THERE",), only=Only(stores=("s2",)))
    who = member(used={"once/l": Used(amount=1)})
    sale = price(basket(1_000, codes=("THERE", "ONCE"), store_id="s1"), once, there, by=who)
    assert refused(sale) == {0: Because.OTHER_STORE, 1: Because.USED}


def test_point_28_a_code_that_the_new_version_dropped_wakes_nothing() -> None:
    """28: version 2 took SPRING back; who types it gets neither version 1's reward nor version 2's."""
    one = promotion(fixed(5), codes=("SPRING",))
    two = replace(one, version=2, codes=("SUMMER",))
    sale = price(basket(1_000, codes=("SPRING",)), one, two)
    assert (sale.discount, refused(sale)) == (0, {0: Because.NOT_IN_FORCE})
    assert price(basket(1_000, codes=("SPRING",), pinned=("promo@1",)), one, two).discount == 5
    assert price(basket(1_000, codes=("SUMMER",)), one, two).discount == 5


def test_point_28_a_voucher_buys_one_reward_once() -> None:
    """28: typed twice and good for either of two rewards, a voucher is used up once, by the better of them."""
    choice = vouchers(fixed(300, on=Target.PRODUCTS), percent(10, on=Target.PRODUCTS))
    one = basket(1_000, codes=("V1", "v1"), vouchers=(voucher("V1"),))
    sale = price(one, choice)
    assert values(sale) == {"gift/fixed": 300}
    assert [(move.code, move.kind) for move in sale.vouchers] == [("V1", VoucherMoveKind.REDEEMED)]
    two = replace(one, codes=("V1", "V2"), vouchers=(voucher("V1"), voucher("V2")))
    assert price(two, choice).discount == 600


@pytest.mark.parametrize(("days", "given"), [(0, 0), (364, 0), (365, 500), (400, 500)])
def test_point_30_a_birthday_pays_once_in_365_days(days: int, given: int) -> None:
    """30: whoever moves their birthday in the client book waits until 365 days have passed since the last."""
    club = program(fixed(500), kind=Kind.OCCASION, only=BIRTHDAY)
    born = (Occasion(kind="birthday", month=3, day=21),)
    who = member(occasions=born, granted={"club": NOW.date() - timedelta(days=days)})
    sale = price(basket(5_000), club, by=who)
    assert (sale.discount, sale.granted) == (given, ("club",) if given else ())


@pytest.mark.parametrize(
    ("occasion", "today"),
    [
        (Occasion(kind="birthday", month=2, day=29), date(2026, 2, 28)),
        (Occasion(kind="birthday", calendar=Calendar.JALALI, month=12, day=30), date(2026, 3, 20)),
        (Occasion(kind="birthday", calendar=Calendar.HIJRI, month=10, day=1), date(2026, 3, 20)),
    ],
)
def test_point_30_leap_days_and_other_calendars_have_their_day(occasion: Occasion, today: date) -> None:
    """30: 29 February, 30 Esfand and 1 Shawwal have their day in a year without them, or on another date of ours."""
    on_the_day = Only(occasion=OccasionWindow(kind="birthday"))
    club = program(fixed(500), kind=Kind.OCCASION, only=on_the_day)
    now = datetime(today.year, today.month, today.day, 23, 59, tzinfo=TEHRAN)
    assert price(basket(5_000), club, by=member(occasions=(occasion,)), now=now).discount == 500
    assert price(basket(5_000), club, by=member(occasions=(occasion,)), now=now + timedelta(days=1)).discount == 0


def test_point_30_a_rule_for_a_birthday_pays_once_too() -> None:
    """30: 100 points for the birthday are granted by the rule alone, and written down like a reward."""
    club = program(per_order(100, only=BIRTHDAY), per_money(1, 1_000))
    born = (Occasion(kind="birthday", month=3, day=20),)
    first = price(basket(5_000), club, by=member(occasions=born))
    assert (sum(earned(first).values()), first.granted) == (105, ("club",))
    again = price(basket(5_000), club, by=member(occasions=born, granted={"club": NOW.date()}))
    assert (sum(earned(again).values()), again.granted) == (5, ())


def test_point_32_points_of_one_branch_pay_in_another() -> None:
    """32: earned in one branch and spent in another; only a program that names stores makes a difference."""
    club = program(fixed(500, cost=10, combines=True))
    here = promotion(fixed(100, combines=True), name="here", only=Only(stores=("s1",)))
    for store, total in (("s1", 4_400), ("s2", 4_500)):
        asked = basket(5_000, claims=("club/fixed",), store_id=store)
        assert price(asked, club, here, by=member(10)).total == total
