"""Money is an integer count of a currency's smallest unit in use; nothing here ever holds a float.

Toman is not a currency but a way to *show* rials (1 toman = 10 rials); it exists in ``i18n`` only.
"""

from collections.abc import Sequence
from enum import StrEnum

from pos_loyalty.errors import InvariantBroken

AMOUNT_MAX = 10**15
"""Largest amount a basket may reach: 100 trillion toman, and a thousandfold below the 64-bit edge."""

EXPONENTS = {
    "AED": 2,
    "AFN": 0,
    "BHD": 3,
    "EGP": 2,
    "EUR": 2,
    "GBP": 2,
    "IQD": 0,
    "IRR": 0,
    "JOD": 3,
    "JPY": 0,
    "KWD": 3,
    "LBP": 0,
    "OMR": 3,
    "QAR": 2,
    "SAR": 2,
    "TND": 3,
    "TRY": 2,
    "USD": 2,
}
"""Decimal places of a currency at the counter: ISO 4217, but CLDR's 0 where the smaller coin has long gone.

ISO 4217 still lists 2 for IRR, AFN and LBP and 3 for IQD; no till has used those decimals for decades.
"""


class Rounding(StrEnum):
    """How a ratio becomes an integer. A program fixes its own and never changes it within a version."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def exponent(currency: str) -> int:
    """Return the decimal places of ``currency`` (ISO 4217 code); 2 for one that is not in the table."""
    return EXPONENTS.get(currency, 2)


def round_ratio(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return ``numerator / denominator`` as an integer, exactly, for a numerator that is not negative.

    >>> [round_ratio(5, 2, mode) for mode in Rounding]
    [2, 3, 3, 2]
    """
    if numerator < 0 or denominator <= 0:
        raise InvariantBroken(f"round_ratio({numerator}, {denominator}): both must be positive; settle signs before")
    whole, rest = divmod(numerator, denominator)
    if rounding is Rounding.DOWN or not rest:
        return whole
    if rounding is Rounding.UP:
        return whole + 1
    if 2 * rest == denominator:
        return whole + 1 if rounding is Rounding.HALF_UP else whole + whole % 2
    return whole + (2 * rest > denominator)


def spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split ``total`` over ``weights`` in proportion, to the last unit, never giving a share above its weight.

    What rounding down leaves over goes unit by unit to the largest weights, the earlier first among equals, so
    the same input always splits the same way. ``total`` may not exceed the sum of the weights.

    >>> spread(4000, (12000, 10000))
    (2182, 1818)
    """
    whole = sum(weights)
    if not 0 <= total <= whole or min(weights, default=0) < 0:
        raise InvariantBroken(f"cannot spread {total} over weights that sum to {whole}")
    if not total:
        return (0,) * len(weights)
    shares = [total * weight // whole for weight in weights]
    if rest := total - sum(shares):
        # Sorting backwards keeps the earlier first among equals, too.
        for i in sorted(range(len(weights)), key=weights.__getitem__, reverse=True)[:rest]:
            shares[i] += 1
    return tuple(shares)
