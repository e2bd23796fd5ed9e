"""What no engine could reckon with is refused when a program is read, with the path to it."""

from decimal import Decimal

import msgspec
import pytest

from pos_loyalty.core.programs import PercentOff, Program, Tier, reward_key
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
    "percent that is no number": (("rewards", 0, "percent"), "NaN"),
    "percent without end": (("rewards", 0, "percent"), "Infinity"),
    "a cap of nothing": (("rewards", 0, "cap"), 0),
    "a negative cost": (("rewards", 0, "cost"), -1),
    "a negative minimum": (("rewards", 1, "minimum"), -1),
    "a negative discount": (("rewards", 1, "amount"), -5),
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
        msgspec.json.decode(msgspec.json.encode(document), type=Program)


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


def test_names_are_program_reward_and_version() -> None:
    """What claims and events refer to."""
    assert reward_key(GOOD, GOOD.rewards[1]) == "club/fixed"
    assert GOOD.stamp == "club@1"
