"""Rates at the edges of what a decimal number can say: refused with a path, never taken for another."""

from decimal import Decimal

import msgspec
import pytest

from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.programs import Multiplier, PercentOff
from pos_loyalty.core.taxes import Tax

RATES = ["1e-1000000000", "50." + "0" * 40 + "1", "1e1000000000", "NaN", "Infinity", "-5", "1e-5"]
WHERE = [
    (PercentOff, {"kind": "percent_off", "reward_id": "r", "name": {}}, "percent"),
    (Tax, {"tax_id": "vat"}, "percent"),
    (Multiplier, {}, "times"),
]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("document", "rest", "field"), WHERE)
def test_a_rate_that_no_receipt_could_show_is_refused(
    document: type[msgspec.Struct], rest: dict[str, object], field: str, rate: str
) -> None:
    """A rate too small, too large, negative, no number or with too many digits is refused, and the field is named."""
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert({**rest, field: rate}, document)


@pytest.mark.parametrize("percent", ["0", "0.00", "0.01", "10", "1000"])
def test_a_tax_of_nothing_and_a_tax_of_much_are_taxes(percent: str) -> None:
    """From nothing to ten times the price, in steps of a hundredth."""
    assert msgspec.convert({"tax_id": "vat", "percent": percent}, Tax).percent == Decimal(percent)


def test_a_misspelt_expiry_is_no_expiry_for_ever() -> None:
    """``month`` for ``months`` is refused; it would have made points that never expire."""
    with pytest.raises(msgspec.ValidationError, match="month"):
        msgspec.convert({"month": 3}, ExpiryPolicy)
