"""What a basket costs: sums that hold for any basket, and sums worked out by hand."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.money import AMOUNT_MAX, Rounding
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.programs import FixedOff, Needs, PercentOff, Program, ProgramSet, reward_key
from tests.support.builders import NOW, basket_of, earn, fixed_off, percent_off, program

HOUR = timedelta(hours=1)

# Few names, so that claims meet rewards, versions meet versions and programs share accounts.
ROUNDINGS = st.sampled_from(Rounding)
COSTS = st.integers(0, 300)
LABEL = st.just({"en": "reward"})
MINIMUMS = st.sampled_from([0, 1, 5_000]).map(lambda amount: Needs(amount=amount))
PERCENTS = st.integers(1, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)
RULES = st.builds(
    lambda rule_id, points, amount, rounding: replace(earn(points, amount, rounding), rule_id=rule_id),
    st.sampled_from("rs"),
    st.integers(1, 20),
    st.integers(1, 10_000),
    ROUNDINGS,
)
REWARDS = st.builds(
    PercentOff,
    reward_id=st.just("percent"),
    name=LABEL,
    cost=COSTS,
    percent=PERCENTS,
    cap=st.none() | st.integers(1, 3_000),
    needs=MINIMUMS,
    combines=st.booleans(),
    rounding=ROUNDINGS,
) | st.builds(
    FixedOff,
    reward_id=st.sampled_from(["fixed", "gift"]),
    name=LABEL,
    cost=COSTS,
    amount=st.integers(1, 20_000),
    needs=MINIMUMS,
    combines=st.booleans(),
)
SPANS = st.lists(st.integers(-2, 2), min_size=2, max_size=2, unique=True).map(sorted)
PROGRAMS = st.lists(
    st.builds(
        lambda span, **what: Program(
            valid_from=NOW + span[0] * HOUR if span[0] > -2 else None,
            valid_until=NOW + span[1] * HOUR if span[1] < 2 else None,
            **what,
        ),
        SPANS,
        program_id=st.sampled_from(["club", "thanks"]),
        version=st.integers(1, 3),
        name=st.just({}),
        account=st.sampled_from(["points", "stamps"]),
        currency=st.sampled_from(["IRR", "IRR", "KWD"]),
        rules=st.lists(RULES, max_size=2, unique_by=lambda rule: rule.rule_id).map(tuple),
        rewards=st.lists(REWARDS, max_size=3, unique_by=lambda reward: reward.reward_id).map(tuple),
    ),
    max_size=5,
    unique_by=lambda one: (one.program_id, one.version),
)
CLAIMS = st.lists(
    st.sampled_from(
        [f"{name}/{reward}" for name in ("club", "thanks") for reward in ("percent", "fixed", "gift", "?")]
    ),
    max_size=5,
)
LINES = st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5)), max_size=6)
BASKETS = st.builds(
    lambda lines, claims: replace(
        basket_of(claims=tuple(claims)),
        lines=tuple(BasketLine(number=i, unit_price=price, quantity=n) for i, (price, n) in enumerate(lines, 1)),
    ),
    LINES,
    CLAIMS,
)
BALANCES = st.dictionaries(st.sampled_from(["points", "stamps", "old"]), st.integers(-100, 1_000))
MEMBERS = st.none() | st.builds(Member, member_id=st.just("m1"), balances=BALANCES)


def having(points: int) -> Member:
    """Return a member with this balance."""
    return Member(member_id="m1", balances={"points": points})


def reasons(price: Evaluation) -> list[tuple[str, Because, dict[str, int], bool]]:
    """Return what was withheld, why, with what numbers, and whether it was asked for."""
    return [(kept.reward, kept.reason.code, kept.reason.numbers, kept.claimed) for kept in price.withheld]


# Properties


@given(BASKETS, MEMBERS, PROGRAMS)
def test_every_reward_in_force_is_accounted_for_once(
    basket: Basket, member: Member | None, programs: list[Program]
) -> None:
    """A reward is given, offered or withheld, never two of these; a claim is given or answered with a reason."""
    price = evaluate(basket, member, programs, NOW)
    given_, offered = {a.reward for a in price.applied}, {c.reward for c in price.claimable}
    kept = {w.reward for w in price.withheld if w.reason.code is not Because.CLAIMED_TWICE}
    assert not given_ & offered
    assert not given_ & kept
    assert not offered & kept
    assert len(given_) == len(price.applied)
    in_force = {reward_key(p, r) for p in ProgramSet(programs).speaking(basket.currency, NOW) for r in p.rewards}
    assert given_ | offered | kept == in_force | set(basket.claims)
    claimed = sum(a.claimed for a in price.applied) + sum(w.claimed for w in price.withheld)
    assert claimed >= len(set(basket.claims))


# Worked examples


@pytest.mark.parametrize(
    ("gross", "percent", "cap", "discount", "net"),
    [
        (2_875, 10, None, 288, 2_587),  # 28.75 euros, half a cent up
        (2_865, 10, None, 287, 2_578),
        (2_864, 10, None, 286, 2_578),
        (18_500_000, 10, None, 1_850_000, 16_650_000),  # rials
        (18_500_000, 10, 1_500_000, 1_500_000, 17_000_000),
        (15_000_000, 10, 1_500_000, 1_500_000, 13_500_000),
        (12_345, "12.5", None, 1_543, 10_802),  # 12.345 dinars of Kuwait: 1.543125
        (10_000, "0.01", None, 1, 9_999),
        (1_000, 100, None, 1_000, 0),
        (AMOUNT_MAX, "99.99", None, 999_900_000_000_000, 100_000_000_000),
    ],
)
def test_percent_of_what_is_to_pay(gross: int, percent: int | str, cap: int | None, discount: int, net: int) -> None:
    """Percentages are exact, halves go up, and the cap holds."""
    club = program(percent_off(percent, cap=cap))
    price = evaluate(basket_of(gross, claims=("club/percent",)), having(0), [club], NOW)
    assert (price.gross, price.discount, price.net) == (gross, discount, net)
    numbers = {"percent": int(Decimal(percent) * 100), "base": gross}
    capped = cap is not None and gross > 15_000_000
    assert price.applied[0].reason.code is Because.PERCENT
    assert price.applied[0].reason.numbers == numbers | ({"cap": cap} if capped else {})


def test_a_whole_sale_in_rials() -> None:
    """18.5 million rials, 1,000 of 1,200 points for 5 million off, and a point for every 100,000 paid."""
    club = program(earn(1, 100_000))
    thanks = program(fixed_off(5_000_000, cost=1_000, minimum=10_000_000), name="thanks")
    price = evaluate(basket_of(18_500_000, claims=("thanks/fixed",)), having(1_200), [thanks, club], NOW)
    assert price.net == 13_500_000
    assert [(m.account, m.points, m.kind.value, m.source) for m in price.moves] == [
        ("points", -1_000, "redemption", "thanks@1/fixed"),
        ("points", 135, "accrual", "club@1/per-money"),
    ]
    accrual = price.moves[1].reason
    assert accrual is not None
    assert accrual.code is Because.EARNED_PER_MONEY
    assert accrual.numbers == {"points": 1, "per": 100_000, "base": 13_500_000, "times": 100}
    assert price.balances_after == {"points": 335}
    assert price.programs == ("club@1", "thanks@1")


def test_points_are_earned_on_the_whole_sale_not_line_by_line() -> None:
    """Three lines of 50 earn a point per 100 once, where rounding each line down would earn nothing."""
    assert evaluate(basket_of(50, 50, 50), having(0), [program(earn(1, 100))], NOW).balances_after == {"points": 1}


def test_too_little_to_earn_a_point_moves_nothing() -> None:
    """A move of no points is no move."""
    assert evaluate(basket_of(99), having(7), [program(earn(1, 100))], NOW).moves == ()


# Withheld, with reasons


def test_an_unknown_customer_pays_in_full_and_sees_what_members_get() -> None:
    """Nothing is earned or given without a member; claimed or not, each reward says why."""
    club = program(earn(1, 10), percent_off(10), fixed_off(5))
    price = evaluate(basket_of(1_000, claims=("club/percent",)), None, [club], NOW)
    assert (price.net, price.moves, price.balances_after) == (1_000, (), {})
    assert reasons(price) == [
        ("club/percent", Because.NO_MEMBER, {}, True),
        ("club/fixed", Because.NO_MEMBER, {}, False),
    ]


def test_what_is_missing_is_said_in_numbers() -> None:
    """Points or money: the customer hears how many more."""
    club = program(percent_off(10, cost=100), fixed_off(5, minimum=1_500))
    assert reasons(evaluate(basket_of(1_000), having(40), [club], NOW)) == [
        ("club/fixed", Because.MONEY_MISSING, {"missing": 500}, False),
        ("club/percent", Because.POINTS_MISSING, {"missing": 60}, False),
    ]


def test_a_reward_without_effect_is_not_given_and_costs_nothing() -> None:
    """One percent of nine rials is nothing, so the points stay; so they do when there is nothing to pay for."""
    club = program(percent_off(1, cost=10))
    tiny = evaluate(basket_of(9, claims=("club/percent",)), having(50), [club], NOW)
    empty = evaluate(basket_of(claims=("club/percent",)), having(50), [club], NOW)
    for price, reason in ((tiny, Because.NO_EFFECT), (empty, Because.GOODS_MISSING)):
        assert reasons(price) == [("club/percent", reason, {}, True)]
        assert (price.discount, price.balances_after) == (0, {"points": 50})


def test_a_reward_claimed_twice_is_given_once() -> None:
    """The second claim is answered, even when the points would do for both."""
    price = evaluate(basket_of(1_000, claims=("club/fixed",) * 2), having(500), [program(fixed_off(5, 100))], NOW)
    assert [(applied.value, applied.cost) for applied in price.applied] == [(5, 100)]
    assert reasons(price) == [("club/fixed", Because.CLAIMED_TWICE, {}, True)]
    assert price.balances_after == {"points": 400}


def test_two_rewards_share_one_account_and_the_second_may_not_be_had() -> None:
    """What the first reward took is gone for the second."""
    club = program(percent_off(10, cost=60), replace(fixed_off(5, cost=60), combines=True))
    price = evaluate(basket_of(1_000, claims=("club/percent", "club/fixed")), having(100), [club], NOW)
    assert reasons(price) == [("club/fixed", Because.POINTS_MISSING, {"missing": 20}, True)]
    assert price.balances_after == {"points": 40}


def test_a_free_reward_is_had_with_a_negative_balance() -> None:
    """After a reversal an account may be below zero; a reward that costs nothing asks for no points."""
    price = evaluate(basket_of(1_000, claims=("club/fixed",)), having(-5), [program(fixed_off(5))], NOW)
    assert (price.discount, price.balances_after) == (5, {"points": -5})


def test_a_claim_nobody_knows_is_withheld() -> None:
    """A reward of no program, in whatever spelling, is answered and harms nothing."""
    claims = ("club/nothing", "", "/", "club")
    price = evaluate(basket_of(1_000, claims=claims), having(0), [program(fixed_off(5))], NOW)
    assert [(why[0], why[1]) for why in reasons(price)[:4]] == [
        (claim, Because.UNKNOWN_REWARD) for claim in sorted(claims)
    ]


def test_a_reward_of_another_currency_is_withheld() -> None:
    """A dinar program has nothing to say about a basket in rials: it is not asked, offered or earned from."""
    dinars = program(earn(1, 1), fixed_off(5), currency="KWD")
    price = evaluate(basket_of(1_000, claims=("club/fixed",)), having(0), [dinars], NOW)
    assert reasons(price) == [("club/fixed", Because.OTHER_CURRENCY, {}, True)]
    assert (price.moves, price.claimable, price.programs) == ((), (), ())


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "holds"),
    [
        (None, None, True),
        (NOW, None, True),
        (NOW + HOUR, None, False),
        (None, NOW + HOUR, True),
        (None, NOW, False),
        (NOW - HOUR, NOW + HOUR, True),
    ],
)
def test_a_program_holds_from_its_first_moment_until_its_last_is_over(
    valid_from: datetime | None, valid_until: datetime | None, *, holds: bool
) -> None:
    """The beginning belongs to the program and the end does not; outside, a claim is withheld."""
    club = replace(program(fixed_off(5)), valid_from=valid_from, valid_until=valid_until)
    price = evaluate(basket_of(1_000, claims=("club/fixed",)), having(0), [club], NOW)
    assert price.discount == (5 if holds else 0)
    reason = Because.NOT_YET if valid_from and valid_from > NOW else Because.OVER
    assert reasons(price) == ([] if holds else [("club/fixed", reason, {}, True)])


def test_the_newest_version_in_force_speaks_for_its_program() -> None:
    """Version 2 replaces 1, version 3 is not yet; a reward that 2 dropped is no longer to be had."""
    one = program(fixed_off(5), percent_off(10))
    two = program(fixed_off(7), version=2)
    three = replace(program(fixed_off(9), version=3), valid_from=NOW + HOUR)
    basket = basket_of(1_000, claims=("club/fixed", "club/percent"))
    price = evaluate(basket, having(0), [three, one, two], NOW)
    assert (price.discount, price.programs) == (7, ("club@2",))
    assert reasons(price) == [("club/percent", Because.NOT_IN_FORCE, {}, True)]
    assert evaluate(basket, having(0), [three, one, two], NOW + HOUR).discount == 9


def test_offers_come_best_first() -> None:
    """The greatest value, then the least cost, then the name."""
    offers = [
        program(fixed_off(5, cost=2), name="b"),
        program(fixed_off(5, cost=2), name="a"),
        program(fixed_off(5, cost=1), name="c"),
        program(fixed_off(9, cost=9), name="d"),
    ]
    price = evaluate(basket_of(1_000), having(10), offers, NOW)
    assert [(offer.reward, offer.value, offer.cost) for offer in price.claimable] == [
        ("d/fixed", 9, 9),
        ("c/fixed", 5, 1),
        ("a/fixed", 5, 2),
        ("b/fixed", 5, 2),
    ]


@settings(max_examples=20)
@given(BASKETS, MEMBERS, PROGRAMS)
def test_a_price_survives_the_wire(basket: Basket, member: Member | None, programs: list[Program]) -> None:
    """Encoded and decoded, every part of a price is what it was."""
    price = evaluate(basket, member, programs, NOW)
    assert msgspec.json.decode(msgspec.json.encode(price), type=Evaluation) == price
