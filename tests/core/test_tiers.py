"""Tiers: which one an amount reaches, what is missing to the next, and which lists of tiers are refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.tiers import Progress, Tier, TierState, check_tiers, progress, reached
from tests.support.counted import START

EDGE = 2**63 - 1


def tiers_at(*thresholds: int) -> tuple[Tier, ...]:
    """Return tiers ``t0``, ``t1``, ... that begin at ``thresholds``."""
    return tuple(Tier(tier_id=f"t{i}", name={"en": f"Tier {i}"}, at=at) for i, at in enumerate(thresholds))


def ids(*tiers: Tier | None) -> tuple[str, ...]:
    """Return the id of each of ``tiers``, empty for none."""
    return tuple(tier.tier_id if tier else "" for tier in tiers)


@pytest.mark.parametrize(
    ("spent", "basket", "tier"),
    [
        (0, 9_999, "t0"),
        (8_000, 1_999, "t0"),
        (8_000, 2_000, "t1"),
        (8_000, 3_000, "t1"),
        (11_000, 7_999, "t1"),
        (11_000, 8_000, "t2"),
        (0, 19_000, "t2"),
    ],
)
def test_point_21_the_tier_of_a_sale_is_that_of_all_spent_and_this_basket(spent: int, basket: int, tier: str) -> None:
    """Point 21: 8000 spent before and 3000 now are Silver at 10000; a sale can skip a tier."""
    assert ids(reached(tiers_at(0, 10_000, 19_000), spent + basket)) == (tier,)


@pytest.mark.parametrize(
    ("thresholds", "amount", "tier"),
    [
        ((), 100, ""),
        ((100,), 99, ""),
        ((100,), 100, "t0"),
        ((100,), -100, ""),
        ((0, 100), -100, "t0"),
        ((0, AMOUNT_MAX), AMOUNT_MAX - 1, "t0"),
        ((0, AMOUNT_MAX), AMOUNT_MAX, "t1"),
        ((0, AMOUNT_MAX), EDGE, "t1"),
        ((0, AMOUNT_MAX), -EDGE - 1, "t0"),
    ],
)
def test_a_tier_is_reached_at_its_threshold(thresholds: tuple[int, ...], amount: int, tier: str) -> None:
    """At the threshold, not above it; without tiers there is none, and a debt counts as nothing."""
    assert ids(reached(tiers_at(*thresholds), amount)) == (tier,)


@pytest.mark.parametrize(
    ("amount", "held", "tier", "next_tier", "missing", "to_keep"),
    [
        (0, "", "", "t0", 100, 0),
        (-50, "", "", "t0", 150, 0),
        (150, "", "t0", "t1", 350, 0),
        (500, "", "t1", "", 0, 0),
        (EDGE, "", "t1", "", 0, 0),
        (150, "t1", "t1", "", 0, 350),
        (-50, "t0", "t0", "t1", 550, 100),
        (500, "t0", "t1", "", 0, 0),
        (150, "t0", "t0", "t1", 350, 0),
        (150, "gone", "t0", "t1", 350, 0),
    ],
)
def test_the_screen_knows_what_is_missing(
    amount: int, held: str, tier: str, next_tier: str, missing: int, to_keep: int
) -> None:
    """To the next tier above the one that is held or reached, and to keep one that is held without the amount."""
    state = TierState(tier_id=held, since=START) if held else None
    found = progress(tiers_at(100, 500), amount, state)
    assert (*ids(found.tier, found.next_tier), found.missing, found.to_keep) == (tier, next_tier, missing, to_keep)


def test_without_tiers_there_is_nothing_to_reach() -> None:
    """A program without tiers shows no progress, even to somebody whose tier was taken out of it."""
    assert progress((), 100, TierState(tier_id="gold", since=START)) == Progress()


@given(st.sets(st.integers(0, AMOUNT_MAX), max_size=6), st.integers(-EDGE - 1, EDGE))
def test_what_is_missing_is_just_enough(thresholds: set[int], amount: int) -> None:
    """With it the next tier is reached, with one less it is not."""
    tiers = tiers_at(*sorted(thresholds))
    found = progress(tiers, amount)
    assert found.tier == reached(tiers, amount)
    if found.next_tier:
        assert reached(tiers, amount + found.missing) == found.next_tier
        assert reached(tiers, amount + found.missing - 1) == found.tier


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        (
            (("silver", 100), ("gold", 100)),
            "tier gold begins at 100 and comes after silver at 100: write the lowest first, each with a threshold",
        ),
        ((("gold", 500), ("silver", 100)), "tier silver begins at 100 and comes after gold at 500"),
        ((("gold", 100), ("silver", 200), ("gold", 300)), "tier gold is there twice: give each tier an id of its own"),
    ],
)
def test_tiers_that_cannot_be_told_apart_are_refused(tiers: tuple[tuple[str, int], ...], sentence: str) -> None:
    """Thresholds ascend and differ, and every id is there once."""
    with pytest.raises(ValueError, match=sentence):
        check_tiers([Tier(tier_id=tier_id, name={}, at=at) for tier_id, at in tiers])


@pytest.mark.parametrize("thresholds", [(), (0,), (0, 100, AMOUNT_MAX)])
def test_tiers_in_order_pass(thresholds: tuple[int, ...]) -> None:
    """None, one or several from the lowest up; the check says nothing."""
    tiers = tiers_at(*thresholds)
    check_tiers(tiers)
    assert [tier.at for tier in tiers] == [*thresholds]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"tier_id": "gold", "at": -1}, f"tier gold begins at -1: expected 0 to {AMOUNT_MAX}"),
        ({"tier_id": "gold", "at": AMOUNT_MAX + 1}, f"tier gold begins at {AMOUNT_MAX + 1}: expected 0 to"),
        ({"tier_id": "", "at": 1}, "Expected `str` matching regex '^[^/@]+$' - at `$.tier_id`"),
        ({"tier_id": "gold", "at": 1, "perk": []}, "Object contains unknown field `perk`"),
        ({"tier_id": "gold"}, "Object missing required field `at`"),
    ],
)
def test_a_tier_nobody_could_reach_or_name_is_refused(document: dict[str, object], sentence: str) -> None:
    """It is refused where it is read, with a sentence that says what is expected."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert({"name": {"en": "Gold"}} | document, Tier)
    assert str(error.value).startswith(sentence)
