"""What no engine could reckon with is refused when a program is read, with the path to it."""

from decimal import Decimal

import msgspec
import pytest

from pos_loyalty.core.programs import PercentOff, Program, Tier, reward_key
from pos_loyalty.core.taxes import Tax
from tests.support.builders import earn, fixed_off, percent_off, program

GOOD = msgspec.structs.replace(
    program(earn(1, 100_000), percent_off("12.5", cost=100, cap=9, minimum=10), fixed_off(5_000, cost=1)),
    tiers=(Tier(tier_id="gold", name={"fa": "طلایی"}, at=1),),
)
FAULTS = {
    "percent above 100": (("rewards", 0, "percent"), "100.01"),
    "percent of nothing": (("rewards", 0, "percent"), "0"),
    "percent below nothing": (("rewards", 0, "percent"), "-5"),
    "percent finer than a hundredth": (("rewards", 0, "percent"), "1.005"),
    "percent with thirty digits": (("rewards", 0, "percent"), "1.00000000000000000000000000001"),
    "percent that is no number": (("rewards", 0, "percent"), "NaN"),
    "percent without end": (("rewards", 0, "percent"), "Infinity"),
    "a cap of nothing": (("rewards", 0, "cap"), 0),
    "a negative cost": (("rewards", 0, "cost"), -1),
    "a negative minimum": (("rewards", 0, "needs", "amount"), -1),
    "a field nobody knows": (("rewards", 1, "minimum"), 5),
    "a negative discount": (("rewards", 1, "amount"), -5),
    "a discount beyond the 64-bit edge": (("rewards", 1, "amount"), 2**63),
    "a name with a separator": (("rewards", 1, "reward_id"), "a/b"),
    "a kind of reward nobody knows": (("rewards", 1, "kind"), "free_parking"),
    "points for every 0 rials": (("rules", 0, "amount"), 0),
    "no points at all": (("rules", 0, "points"), 0),
    "half a point": (("rules", 0, "points"), 1.5),
    "a rounding nobody knows": (("rules", 0, "rounding"), "sideways"),
    "version 0": (("version",), 0),
    "a program without a name": (("program_id",), ""),
    "a moment without a time zone": (("valid_from",), "2026-03-21T00:00:00"),
}
PERCENT = {"reward_id": "r", "kind": "percent_off", "name": {}, "percent": "10"}
PAY = {"reward_id": "r", "kind": "pay", "name": {}}
FREE = {"reward_id": "r", "kind": "free_item", "name": {}}
RULE = {"rule_id": "p", "kind": "per_money", "points": 1, "amount": 100}
COUPON = {"rule_id": "c", "kind": "give_voucher"}
CONTRADICTIONS = {
    "it ends before it begins": (
        {"valid_from": "2026-03-21T00:00:00Z", "valid_until": "2026-03-21T00:00:00Z"},
        r"valid_until is 2026-03-21T00:00:00\+00:00: expected a moment after valid_from",
    ),
    "two rewards of one name": ({"rewards": [PERCENT, PERCENT]}, "reward_id 'r' is there twice"),
    "points without an account": ({"account": "", "rules": [RULE]}, "account is missing"),
    "the whole balance of nothing": (
        {"rewards": [PERCENT | {"clear_all": True}]},
        "clear_all without a cost: say how many points there must be at least",
    ),
    "needs goods, but none of them": (
        {"rewards": [PERCENT | {"needs": {"goods": {"tags": ["new"]}}}]},
        "goods are named and none of them is needed",
    ),
    "per point at a cost": (
        {"rewards": [{"reward_id": "r", "kind": "per_point", "name": {}, "amount": 1, "cost": 5}]},
        "a per_point reward costs the points that are used",
    ),
    "everything of every set free": (
        {"rewards": [{"reward_id": "r", "kind": "cheapest_free", "name": {}, "of": 2, "free": 2}]},
        "free is 2 of 2: expected fewer",
    ),
    "a free item for ever": ({"rewards": [FREE | {"repeats": True}]}, "repeats is set and nothing is needed"),
    "a payment for some goods": (
        {"rewards": [PAY | {"goods": {"products": ["tea"]}}]},
        "a pay reward pays for the whole basket",
    ),
    "a multiplier of nothing": (
        {"rules": [RULE | {"multipliers": [{"times": "0"}]}]},
        "times is 0: expected 0.01 to 100",
    ),
    "a stamp for money": ({"kind": "stamp_card", "rules": [RULE]}, "a stamp_card program gives stamps per unit"),
    "a promotion that costs points": (
        {"kind": "promotion", "rewards": [PERCENT | {"cost": 5}]},
        "a promotion program needs rewards that cost no points",
    ),
    "a voucher for nothing": ({"kind": "voucher"}, "needs rewards that cost no points: it has none"),
    "a coupon that is never given": (
        {"kind": "next_order", "rewards": [PERCENT]},
        "needs a give_voucher rule: nobody would ever get the coupon",
    ),
    "a coupon for a visit only": (
        {"kind": "next_order", "rewards": [PERCENT], "rules": [COUPON | {"happening": "visit"}]},
        "needs a give_voucher rule",
    ),
    "buy and get a percentage": ({"kind": "buy_x_get_y", "rewards": [PERCENT]}, "gives cheapest_free, free_item or"),
    "a gift that is a percentage": ({"kind": "gift_with_purchase", "rewards": [PERCENT]}, "gives free_item rewards"),
    "a gift card with a discount": ({"kind": "gift_card", "rewards": [PERCENT]}, "has load_card rules and one pay"),
    "a wallet without an account": ({"kind": "wallet", "account": "", "rewards": [PAY]}, "needs an account: the money"),
    "a wallet without a payment": ({"kind": "wallet"}, "has one pay reward, nothing else"),
    "tiers without tiers": ({"kind": "tier"}, "a tier program needs tiers"),
    "a referral of nobody": ({"kind": "referral", "rules": [RULE]}, "needs a rule for the happening referral or"),
    "an occasion without one": ({"kind": "occasion", "rewards": [PERCENT]}, r"needs only\.occasion"),
    "goodwill of nobody": ({"kind": "goodwill", "rewards": [PERCENT]}, "needs roles: say how much an associate"),
}
WHOLE: dict[str, dict[str, object]] = {
    "next_order": {"rewards": [PERCENT], "rules": [COUPON]},
    "buy_x_get_y": {"rewards": [FREE]},
    "gift_card": {"rewards": [PAY], "rules": [{"rule_id": "l", "kind": "load_card"}]},
    "wallet": {"rewards": [PAY]},
    "referral": {"rules": [COUPON | {"happening": "referred"}]},
    "occasion": {"rewards": [PERCENT | {"only": {"occasion": {"kind": "birthday"}}}]},
    "goodwill": {"rewards": [PERCENT], "roles": {"manager": 100}},
}


def read(document: object) -> Program:
    """Return the program that ``document`` is."""
    return msgspec.json.decode(msgspec.json.encode(document), type=Program)


@pytest.mark.parametrize(("path", "value"), FAULTS.values(), ids=FAULTS)
def test_a_program_that_cannot_be_reckoned_with_is_not_read(path: tuple[str | int, ...], value: object) -> None:
    """One wrong value refuses the program, and the message names where it stands."""
    document = msgspec.json.decode(msgspec.json.encode(GOOD))
    *parents, last = path
    place = document
    for key in parents:
        place = place[key]
    place[last] = value
    with pytest.raises(msgspec.ValidationError, match=str(parents[0]) if parents else str(last)):
        read(document)


@pytest.mark.parametrize(("changed", "sentence"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_program_that_contradicts_itself_is_not_read(changed: dict[str, object], sentence: str) -> None:
    """What a kind is made of must be there, and what no engine would look at must not."""
    bare = {"program_id": "club", "version": 1, "name": {}, "currency": "EUR", "account": "points"}
    with pytest.raises(msgspec.ValidationError, match=sentence):
        read(bare | changed)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_program_with_what_its_kind_is_made_of_is_read(kind: str) -> None:
    """The least that makes one of its kind."""
    bare = {"program_id": "club", "version": 1, "name": {}, "currency": "EUR", "account": "points", "kind": kind}
    assert read(bare | WHOLE[kind]).kind.value == kind


def test_a_program_survives_the_wire() -> None:
    """Encoded and decoded, a program with every kind of rule and reward is what it was."""
    assert msgspec.json.decode(msgspec.json.encode(GOOD), type=Program) == GOOD
    assert b'"percent":"12.5"' in msgspec.json.encode(GOOD)


@pytest.mark.parametrize("percent", ["0.01", "12.50", "99.99", "100", "1E+1"])
def test_percentages_are_whole_hundredths(percent: str) -> None:
    """From a hundredth to all of it, in whatever notation."""
    assert percent_off(percent).percent == Decimal(percent)


def test_a_percentage_written_in_code_is_checked_too() -> None:
    """A test or sample program cannot hold what a published one could not."""
    with pytest.raises(ValueError, match=r"percent is 120: expected 0\.01 to 100"):
        PercentOff(reward_id="x", name={}, cost=0, percent=Decimal(120))


@pytest.mark.parametrize("percent", ["-1", "1000.01", "9.005", "NaN"])
def test_a_rate_no_receipt_could_show_is_refused(percent: str) -> None:
    """A tax is from 0 to 1000 %, in steps of a hundredth."""
    with pytest.raises(ValueError, match=r"expected 0 to 1000 in steps of 0\.01"):
        Tax(tax_id="vat", percent=Decimal(percent))


def test_names_are_program_reward_and_version() -> None:
    """What claims and events refer to."""
    assert reward_key(GOOD, GOOD.rewards[1]) == "club/fixed"
    assert GOOD.stamp == "club@1"
