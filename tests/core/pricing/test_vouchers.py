"""Vouchers, gift cards, wallets and services: what uses them up, and what a purchase makes of them."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, MoveKind, VoucherMoveKind
from pos_loyalty.core.members import Member, Occasion
from pos_loyalty.core.occasions import OccasionWindow
from pos_loyalty.core.programs import (
    Deduct,
    GiveVoucher,
    Happening,
    Kind,
    Limit,
    LoadCard,
    Mode,
    Needs,
    Only,
    Program,
    Stacking,
    Target,
)
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from tests.core.pricing.shop import (
    basket,
    cheapest,
    earned,
    fixed,
    free,
    line,
    member,
    only,
    pay,
    per_money,
    percent,
    perk,
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

HERS = (
    voucher("LATE", member_id="m1", valid_until=NOW + timedelta(days=9)),
    voucher("SOON", member_id="m1", valid_until=NOW + timedelta(days=1)),
    voucher("EVER", member_id="m1"),
    voucher("GONE", member_id="m1", status=VoucherStatus.REDEEMED),
)


def owner(*own: Voucher) -> Member:
    """Return the member to whom these vouchers belong."""
    return member(vouchers=own or HERS)


def test_an_own_voucher_is_offered_and_used_when_it_is_claimed() -> None:
    """It is the one that ends soonest; another if the customer names it, in whatever spelling."""
    gift = vouchers(fixed(500))
    sale = price(basket(1_000), gift, by=owner())
    assert ([(each.reward, each.code) for each in sale.claimable], sale.discount) == ([("gift/fixed", "SOON")], 0)
    for code, used in (("", "SOON"), (" late", "LATE")):
        claim = Claim(reward="gift/fixed", code=code)
        sale = price(basket(1_000, claims=(claim,)), gift, by=owner())
        assert [(move.kind, move.code) for move in sale.vouchers] == [(VoucherMoveKind.REDEEMED, used)]
        assert (sale.applied[0].code, sale.applied[0].claimed) == (used, True)


def test_a_code_that_was_entered_gives_its_reward_by_itself() -> None:
    """The customer brought it out, so it is used, before vouchers that are only on file."""
    sale = price(basket(1_000, codes=("late",)), vouchers(fixed(500)), by=owner())
    assert ([move.code for move in sale.vouchers], sale.applied[0].claimed) == (["LATE"], False)


def test_a_claim_for_a_voucher_that_is_none_says_why() -> None:
    """Without any, with one that was used, with a code of nobody or of another program: each has its answer."""
    gift = vouchers(fixed(500))
    for who, code, reason in (
        (member(), "", Because.VOUCHER_MISSING),
        (owner(), "gone", Because.CODE_USED),
        (owner(), "nobody", Because.UNKNOWN_CODE),
        (owner(voucher("OTHER", "else", member_id="m1")), "other", Because.UNKNOWN_CODE),
    ):
        asked = basket(1_000, claims=(Claim(reward="gift/fixed", code=code),))
        assert reasons(price(asked, gift, by=who)) == {"gift/fixed": reason}
    assert reasons(price(basket(1_000), gift)) == {"gift/fixed": Because.VOUCHER_MISSING}


def test_a_voucher_for_a_gift_of_several_asks_which() -> None:
    """Its code offers the gifts; the one that is chosen is given, and then the voucher is used."""
    gift = vouchers(free(gifts=("mug", "poster")))
    asked = basket(1_000, codes=("V",), vouchers=(voucher("V"),))
    (offer,) = price(asked, gift).claimable
    assert (offer.gifts, offer.choose, offer.code) == (("mug", "poster"), 1, "V")
    chosen = price(replace(asked, claims=(Claim(reward="gift/free", gifts=("mug",)),)), gift)
    assert ([each.product_id for each in chosen.lines], [move.code for move in chosen.vouchers]) == (["", "mug"], ["V"])


def test_two_claims_use_two_vouchers() -> None:
    """One for each reward of the program while there are vouchers; then the second claim is answered."""
    gift = vouchers(fixed(500, on=Target.PRODUCTS), percent(10, on=Target.PRODUCTS))
    asked = basket(1_000, claims=("gift/fixed", "gift/percent"))
    two = price(asked, gift, by=owner())
    assert sorted(move.code for move in two.vouchers) == ["LATE", "SOON"]
    one = price(asked, gift, by=owner(HERS[0]))
    assert (values(one), reasons(one)) == ({"gift/fixed": 500}, {"gift/percent": Because.VOUCHER_MISSING})


def test_a_claim_comes_before_the_better_reward_of_the_same_voucher() -> None:
    """Whoever asks for 10 % gets 10 %, though the voucher would also buy 5.00."""
    gift = vouchers(fixed(500, on=Target.PRODUCTS), percent(10, on=Target.PRODUCTS))
    asked = basket(1_000, codes=("V",), vouchers=(voucher("V"),), claims=("gift/percent",))
    sale = price(asked, gift)
    assert (values(sale), reasons(sale)) == ({"gift/percent": 100}, {"gift/fixed": Because.EXCLUDED})
    grouped = replace(gift, stacking=Stacking(group="g", mode=Mode.FIRST))
    assert len(price(replace(asked, claims=()), grouped).applied) == 1


def test_a_purchase_makes_a_coupon_for_the_next() -> None:
    """Good from tomorrow for 30 days, from 20.00 of paid goods; it has no code yet and pays nothing here."""
    rule = GiveVoucher(rule_id="thanks", after_days=1, days=30, needs=Needs(amount=2_000))
    coupons = vouchers(rule, fixed(500), name="next", kind=Kind.NEXT_ORDER)
    sale = price(basket(2_000), coupons)
    (move,) = sale.vouchers
    assert (move.kind, move.code, move.source) == (VoucherMoveKind.ISSUED, "", "next@1/thanks")
    assert (move.valid_from, move.valid_until) == (
        datetime(2026, 3, 22, tzinfo=UTC),
        datetime(2026, 4, 21, tzinfo=UTC),
    )
    assert sale.discount == 0
    assert price(basket(1_999), coupons).vouchers == ()
    assert price(basket(2_000, store_id="s1"), replace(coupons, only=Only(stores=("s2",)))).vouchers == ()


@pytest.mark.parametrize(
    "rule",
    [
        GiveVoucher(rule_id="r", happening=Happening.VISIT),
        GiveVoucher(rule_id="r", goods=only("tea")),
        GiveVoucher(rule_id="r", only=Only(stores=("s2",))),
    ],
)
def test_a_coupon_is_for_what_its_rule_says(rule: GiveVoucher) -> None:
    """For a visit, for tea, for another store: a coffee here makes none; without an end it has none."""
    coupons = vouchers(rule, fixed(500), name="next")
    assert price(basket(line(300, product="coffee"), store_id="s1"), coupons).vouchers == ()
    plain = vouchers(GiveVoucher(rule_id="r"), fixed(500), name="next")
    (move,) = price(basket(300), plain).vouchers
    assert (move.valid_from, move.valid_until) == (None, None)


def test_a_coupon_counts_towards_limits_and_its_occasion() -> None:
    """A birthday coupon is made once, and is a use."""
    rule = GiveVoucher(rule_id="r", only=Only(occasion=OccasionWindow(kind="birthday")))
    coupons = vouchers(rule, fixed(500), name="next", limits=(Limit(limit_id="l", most=1),))
    sale = price(basket(300), coupons, by=member(occasions=(Occasion(kind="birthday", month=3, day=21),)))
    assert (len(sale.vouchers), sale.granted, [each.key for each in sale.counts]) == (1, ("next",), ["next/l"])


# Gift cards and wallets


def cards(**what: object) -> Program:
    """Return a gift card program that sells cards, too."""
    rule = LoadCard(rule_id="load", goods=only("card-50"), days=365)
    return program(rule, pay(), name="card", kind=Kind.GIFT_CARD, **what)


def test_each_card_that_is_paid_for_is_loaded_with_its_shelf_price() -> None:
    """Three cards at 50.00, one of them free: two are loaded, with the line they came from."""
    two_paid = promotion(cheapest(3, goods=only("card-50")), kind=Kind.BUY_X_GET_Y)
    sale = price(basket(300, line(5_000, 3, "card-50")), cards(), two_paid)
    assert [(move.kind, move.amount, move.line) for move in sale.vouchers] == [(VoucherMoveKind.ISSUED, 5_000, 2)] * 2
    assert sale.vouchers[0].valid_until == datetime(2027, 3, 21, tzinfo=UTC)
    endless = replace(cards(), rules=(LoadCard(rule_id="load", goods=only("card-50")),))
    assert price(basket(line(5_000, 1, "card-50")), endless).vouchers[0].valid_until is None


def test_cards_pay_what_is_left_in_turn() -> None:
    """Cards of 30.00 and 90.00 on 100.00: 30.00 and 70.00; a third card finds nothing left."""
    found = tuple(voucher(f"C{i}", "card", balance=balance) for i, balance in enumerate((3_000, 9_000, 500)))
    sale = price(basket(10_000, codes=("C0", "C1", "C2"), vouchers=found), cards())
    assert [(paid.code, paid.amount, paid.left) for paid in sale.payments] == [("C0", 3_000, 0), ("C1", 7_000, 2_000)]
    assert [(move.kind, move.code, move.amount) for move in sale.vouchers] == [
        (VoucherMoveKind.DEBITED, "C0", 3_000),
        (VoucherMoveKind.DEBITED, "C1", 7_000),
    ]
    assert (sale.to_pay, reasons(sale)) == (0, {"card/pay": Because.NO_EFFECT})


def test_the_customer_says_how_much_a_card_pays() -> None:
    """10.00 of a card of 30.00; more than is on it is answered, and an empty card is none."""
    own = voucher("C", "card", balance=3_000, member_id="m1")
    for points, paid, reason in ((1_000, 1_000, None), (3_001, 0, Because.MONEY_MISSING)):
        asked = basket(10_000, claims=(Claim(reward="card/pay", points=points),))
        sale = price(asked, cards(), by=owner(own))
        assert (10_000 - sale.to_pay, reasons(sale).get("card/pay")) == (paid, reason)
    offered = price(basket(10_000), cards(), by=owner(own)).claimable
    assert [(each.value, each.cost, each.step, each.code) for each in offered] == [(3_000, 0, 0, "C")]
    empty = owner(replace(own, balance=0))
    assert reasons(price(basket(10_000), cards(), by=empty)) == {"card/pay": Because.VOUCHER_MISSING}


def test_an_empty_card_that_is_brought_is_said_to_be_used_up() -> None:
    """Not that nothing is left to pay: the cashier takes the code off and tells the customer."""
    entered = basket(10_000, codes=("C",), vouchers=(voucher("C", "card", balance=0),))
    sale = price(entered, cards())
    assert (refused(sale), sale.payments) == ({0: Because.CODE_USED}, ())


def test_a_wallet_pays_in_steps_of_its_points() -> None:
    """A wallet whose 100 points are 1.00: of 1,250 points on 10.00, 1,000 pay; on 9.99, 900."""
    wallet = program(pay(amount=100, points=100), name="wallet", kind=Kind.WALLET, account="wallet")
    who = member(balances={"wallet": 1_250})
    for total, points in ((1_000, 1_000), (999, 900), (99_999, 1_200)):
        sale = price(basket(total, claims=("wallet/pay",)), wallet, by=who)
        assert [(move.account, move.points, move.kind) for move in sale.moves] == [
            ("wallet", -points, MoveKind.REDEMPTION)
        ]
        assert (sale.to_pay, sale.payments[0].left) == (total - points, 1_250 - points)


@pytest.mark.parametrize(
    ("balance", "points", "total", "reason"),
    [
        (50, None, 1_000, Because.POINTS_MISSING),
        (500, 600, 1_000, Because.POINTS_MISSING),
        (500, 50, 1_000, Because.POINTS_MISSING),
        (500, None, 99, Because.NO_EFFECT),
    ],
)
def test_a_wallet_that_cannot_pay_says_why(balance: int, points: int | None, total: int, reason: Because) -> None:
    """Too little in it, less than was asked for, less than a step, or less to pay than a step."""
    wallet = program(pay(amount=100, points=100), name="wallet", kind=Kind.WALLET, account="wallet")
    asked = basket(total, claims=(Claim(reward="wallet/pay", points=points),))
    sale = price(asked, wallet, by=member(balances={"wallet": balance}))
    assert (reasons(sale), sale.moves) == ({"wallet/pay": reason}, ())


def test_a_wallet_is_offered_and_counts_as_used_when_it_pays() -> None:
    """What could be paid is offered; once it pays, the limit on the wallet counts a use."""
    wallet = program(pay(), name="wallet", kind=Kind.WALLET, limits=(Limit(limit_id="l", most=1),))
    offered = price(basket(1_000), wallet, by=member(300))
    assert ([(each.value, each.cost, each.step) for each in offered.claimable], offered.counts) == ([(300, 300, 1)], ())
    paid = price(basket(1_000, claims=("wallet/pay",)), wallet, by=member(300))
    assert [each.key for each in paid.counts] == ["wallet/l"]


def test_what_cards_pay_earns_unless_the_rule_says_otherwise() -> None:
    """Of 100.00 a card pays a third: with payments deducted 66 points are earned, rounded down."""
    card = voucher("C", "card", balance=3_334)
    asked = basket(10_000, codes=("C",), vouchers=(card,))
    club = program(per_money(1, 100, payments=Deduct.DEDUCTED))
    assert earned(price(asked, cards(), club, by=member())) == {"club@1/per-money": 66}


# Services


def test_a_service_is_said_and_uses_nothing_up() -> None:
    """Free alterations for gold: on the screen with every sale, no use of a limit and no gift of an occasion."""
    birthday = Only(occasion=OccasionWindow(kind="birthday"))
    gold = program(perk(), only=Only(tiers=("gold",)), limits=(Limit(limit_id="l", most=1),))
    who = member(tier="gold", occasions=(Occasion(kind="birthday", month=3, day=21),))
    greeting = program(perk(), name="greeting", kind=Kind.OCCASION, only=birthday)
    sale = price(basket(1_000), gold, greeting, by=who)
    assert [(each.reward, each.value, each.cost) for each in sale.applied] == [
        ("club/perk", 0, 0),
        ("greeting/perk", 0, 0),
    ]
    assert (sale.counts, sale.granted, sale.net) == ((), (), 1_000)


def test_a_service_that_costs_is_given_to_who_asks() -> None:
    """Gift wrapping for 5 points is offered, and costs nothing until it is claimed."""
    wrap = program(perk(cost=5))
    offered = price(basket(1_000), wrap, by=member(9))
    assert ([(each.reward, each.value, each.cost) for each in offered.claimable], offered.moves) == (
        [("club/perk", 0, 5)],
        (),
    )
    assert price(basket(1_000, claims=("club/perk",)), wrap, by=member(9)).balances_after == {"points": 4}
    assert reasons(price(basket(1_000), wrap, by=member(4))) == {"club/perk": Because.POINTS_MISSING}
    assert reasons(price(basket(1_000, claims=("club/perk",)), wrap, by=member(4))) == {
        "club/perk": Because.POINTS_MISSING
    }


def test_services_share_the_points_that_are_left() -> None:
    """Two services at 10 points with 10 on the card: the first is given, the second lacks 10."""
    club = program(perk(cost=10), perk(reward_id="second", cost=10))
    sale = price(basket(1_000, claims=("club/perk", "club/second")), club, by=member(10))
    assert (list(values(sale)), reasons(sale)) == (["club/perk"], {"club/second": Because.POINTS_MISSING})
    assert sale.balances_after == {"points": 0}


def test_what_a_wallet_paid_is_not_there_for_a_service_or_an_offer() -> None:
    """The wallet pays first; what costs points of the same account lacks them, asked for or not."""
    wallet = program(pay(), name="wallet", kind=Kind.WALLET)
    club = program(perk(cost=10), fixed(5, cost=10))
    sale = price(basket(10, claims=("wallet/pay", "club/perk")), wallet, club, by=member(10))
    assert (sale.to_pay, sale.claimable, sale.balances_after) == (0, (), {"points": 0})
    assert reasons(sale) == {"club/perk": Because.POINTS_MISSING, "club/fixed": Because.POINTS_MISSING}


def test_a_claim_cannot_be_doubled_by_naming_codes() -> None:
    """No voucher pays for a reward that costs points, so two codes make no two claims of it."""
    club = program(fixed(10, cost=5, on=Target.PRODUCTS))
    claims = (Claim(reward="club/fixed", code="one"), Claim(reward="club/fixed", code="two"))
    sale = price(basket(100, claims=claims), club, by=member(10))
    assert (sale.to_pay, reasons(sale)) == (90, {"club/fixed": Because.CLAIMED_TWICE})


def test_a_voucher_that_a_claim_names_is_kept_for_it() -> None:
    """Whichever claim comes first, the one without a code uses the voucher that no other names."""
    claims = (Claim(reward="gift/fixed"), Claim(reward="gift/fixed", code="V1"))
    gift = vouchers(fixed(10, on=Target.PRODUCTS))
    for some in (claims, claims[::-1]):
        asked = basket(100, claims=some, codes=("V1", "V2"), vouchers=(voucher("V1"), voucher("V2")))
        sale = price(asked, gift)
        assert (sale.to_pay, sale.withheld) == (80, ())


@pytest.mark.parametrize("codes", [(), ("V1",)])
def test_the_earlier_claim_has_the_voucher_that_both_could_use(codes: tuple[str, ...]) -> None:
    """One voucher, two rewards: it goes by the order of the claims, not of the program, and is offered to no other."""
    gift = vouchers(perk(), percent(50, on=Target.PRODUCTS))
    asked = basket(100, claims=("gift/percent",), codes=codes)
    sale = price(asked, gift, by=owner(voucher("V1", member_id="m1")))
    assert (values(sale), sale.claimable) == ({"gift/percent": 50}, ())
    both = replace(asked, claims=("gift/percent", "gift/perk"))
    assert values(price(both, gift, by=owner(voucher("V1", member_id="m1")))) == {"gift/percent": 50}


def test_a_voucher_that_pays_for_one_claim_pays_for_no_other() -> None:
    """Two rewards that name the same voucher: the second claim is told that it is used for this basket."""
    gift = vouchers(fixed(10, on=Target.PRODUCTS), percent(50, on=Target.PRODUCTS))
    claims = (Claim(reward="gift/fixed", code="V1"), Claim(reward="gift/percent", code="V1"))
    sale = price(basket(100, claims=claims, codes=("V1",), vouchers=(voucher("V1"),)), gift)
    assert (sale.to_pay, reasons(sale)) == (90, {"gift/percent": Because.CLAIMED_TWICE})


@pytest.mark.parametrize("mode", [Mode.FIRST, Mode.BEST_FOR_CUSTOMER, Mode.BEST_FOR_SHOP])
def test_a_voucher_buys_one_reward_though_the_mode_has_no_group(mode: Mode) -> None:
    """A mode without a group chooses nothing, and so does not make a voucher worth two rewards."""
    gift = vouchers(fixed(10, on=Target.PRODUCTS), percent(50, on=Target.PRODUCTS), stacking=Stacking(mode=mode))
    sale = price(basket(100, codes=("V1",), vouchers=(voucher("V1"),)), gift)
    assert values(sale) == {"gift/percent": 50}


def test_a_voucher_that_is_to_come_says_from_when() -> None:
    """Of two that are not good yet the nearer counts; whoever has none is told that a voucher is needed."""
    gift = vouchers(fixed(10))
    tomorrow, later = NOW + timedelta(days=1), NOW + timedelta(days=9)
    own = tuple(voucher(code, member_id="m1", valid_from=start) for code, start in (("V1", later), ("V2", tomorrow)))
    (kept,) = price(basket(100), gift, by=member(vouchers=own)).withheld
    assert (kept.reason.code, kept.reason.at) == (Because.NOT_YET, tomorrow)
    used = (voucher("V3", member_id="m1", status=VoucherStatus.REDEEMED), voucher("V4", "other", member_id="m1"))
    assert reasons(price(basket(100), gift, by=member(vouchers=used))) == {"gift/fixed": Because.VOUCHER_MISSING}


def test_a_service_by_voucher_is_used_up_with_what_comes_along() -> None:
    """A voucher for free alterations and 5.00 off is used up once; on file it is offered and not used."""
    both = vouchers(perk(), fixed(500))
    by_code = price(basket(1_000, codes=("V",), vouchers=(voucher("V"),)), both)
    assert ([each.reward for each in by_code.applied], len(by_code.vouchers)) == (["gift/fixed", "gift/perk"], 1)
    on_file = price(basket(1_000), both, by=owner(HERS[2]))
    assert {(each.reward, each.code) for each in on_file.claimable} == {("gift/fixed", "EVER"), ("gift/perk", "EVER")}
    assert on_file.vouchers == ()
