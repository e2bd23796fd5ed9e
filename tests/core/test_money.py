"""Ratios become whole units the way the program says, and nothing is lost in between."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.money import AMOUNT_MAX, EXPONENTS, Rounding, exponent, round_ratio, spread
from pos_loyalty.errors import InvariantBroken

DECIMAL_MODES = {
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_CEILING,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
}
WEIGHTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        # expected: down, up, half up, half even
        (0, 7, (0, 0, 0, 0)),
        (6, 3, (2, 2, 2, 2)),
        (1, 2, (0, 1, 1, 0)),
        (3, 2, (1, 2, 2, 2)),
        (5, 2, (2, 3, 3, 2)),
        (1, 3, (0, 1, 0, 0)),
        (2, 3, (0, 1, 1, 1)),
        (28_750, 100, (287, 288, 288, 288)),
        (28_650, 100, (286, 287, 287, 286)),
        (10**30 + 1, 2, (5 * 10**29, 5 * 10**29 + 1, 5 * 10**29 + 1, 5 * 10**29)),
    ],
)
def test_each_mode_rounds_as_its_name_says(numerator: int, denominator: int, expected: tuple[int, ...]) -> None:
    """Halves and odd rests go where the mode sends them, however large the numbers."""
    assert tuple(round_ratio(numerator, denominator, mode) for mode in Rounding) == expected


@given(st.integers(0, 10**30), st.integers(1, 10**18), st.sampled_from(Rounding))
def test_rounding_agrees_with_decimal(numerator: int, denominator: int, mode: Rounding) -> None:
    """The standard library's decimals, given room for every digit, round the same way."""
    exact = Fraction(numerator, denominator)
    whole, rest = divmod(exact, 1)
    # A third has no end in decimal; only on which side of the half the rest lies matters.
    side = Decimal("0.5") if rest * 2 == 1 else Decimal("0.9") if rest * 2 > 1 else Decimal("0.1") if rest else 0
    with localcontext() as context:
        context.prec = 60
        expected = (Decimal(int(whole)) + side).to_integral_value(DECIMAL_MODES[mode])
    assert round_ratio(numerator, denominator, mode) == expected


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (1, 0), (1, -2)])
def test_a_ratio_without_a_sign_settled_is_our_own_fault(numerator: int, denominator: int) -> None:
    """Negative numbers and nothing as a divisor are never rounded by guess."""
    with pytest.raises(InvariantBroken, match="settle signs before"):
        round_ratio(numerator, denominator, Rounding.HALF_UP)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (4000, (12000, 10000), (2182, 1818)),
        (10, (1, 1, 98), (0, 0, 10)),
        (2, (5, 5, 5), (1, 1, 0)),
        (1, (3, 9, 9), (0, 1, 0)),
        (0, (0, 0), (0, 0)),
        (0, (), ()),
        (7, (0, 7, 0), (0, 7, 0)),
    ],
)
def test_a_total_is_spread_by_weight(total: int, weights: tuple[int, ...], shares: tuple[int, ...]) -> None:
    """Shares follow the weights; what is left over goes to the largest, the earlier first."""
    assert spread(total, weights) == shares


@given(st.data(), WEIGHTS)
def test_shares_sum_to_the_total_and_stay_within_their_weights(data: st.DataObject, weights: list[int]) -> None:
    """No unit is lost or invented, no share exceeds its weight, and none is more than a unit off its exact part."""
    whole = sum(weights)
    total = data.draw(st.integers(0, whole))
    shares = spread(total, weights)
    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))
    if whole:
        exact = (Fraction(total * weight, whole) for weight in weights)
        assert all(abs(share - part) <= 1 for share, part in zip(shares, exact, strict=True))
    assert spread(total, tuple(weights)) == shares


@pytest.mark.parametrize(("total", "weights"), [(-1, (5,)), (6, (5,)), (1, ()), (1, (-1, 2))])
def test_what_cannot_be_spread_is_our_own_fault(total: int, weights: tuple[int, ...]) -> None:
    """A discount above what is to pay, or below nothing, is never spread."""
    with pytest.raises(InvariantBroken, match="cannot spread"):
        spread(total, weights)


def test_currencies_have_their_decimal_places() -> None:
    """Rials are counted whole, dinars of Kuwait in thousandths, and what is not listed in hundredths."""
    assert [exponent(code) for code in ("IRR", "KWD", "SAR", "XXX")] == [0, 3, 2, 2]
    assert set(EXPONENTS.values()) == {0, 2, 3}


def test_the_largest_amount_leaves_room_below_64_bits() -> None:
    """A thousand of the largest baskets still fit where SQLite and JSON readers keep an integer."""
    assert AMOUNT_MAX * 1_000 < 2**63
