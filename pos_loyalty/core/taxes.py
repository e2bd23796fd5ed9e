"""Taxes on goods: a percentage that is in the price or comes on top, and an amount per piece."""

from decimal import Decimal
from typing import Annotated

import msgspec

from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.programs.goods import TaxView
from pos_loyalty.core.programs.terms import HUNDREDTHS, hundredths

PERCENT_MAX = 1000
_STEP = Decimal("0.01")


class Tax(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tax group. Goods without one are not taxed."""

    tax_id: str
    percent: Decimal = Decimal(0)
    """In steps of a hundredth."""
    included: bool = True
    """Whether shelf prices hold the percentage already."""
    per_unit: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Minor units for every piece, on top of the price. No discount lowers it."""

    def __post_init__(self) -> None:
        """Refuse a rate that no receipt could show (msgspec's protocol: ValueError)."""
        percent = self.percent
        # The step is asked for first: of 1e-1000000000 nothing is left when it is divided.
        if not (percent.is_finite() and (percent == 0 or _STEP <= percent <= PERCENT_MAX) and not percent % _STEP):
            raise ValueError(f"percent is {self.percent}: expected 0 to {PERCENT_MAX} in steps of 0.01")

    @property
    def ratio(self) -> tuple[int, int]:
        """Return tax per price as a fraction: of the price with tax if it is included, else of the price without."""
        rate = hundredths(self.percent)
        return rate, HUNDREDTHS + rate if self.included else HUNDREDTHS

    def seen(self, price: int, units: int, view: TaxView) -> int:
        """Return ``price``, as it is on the shelf for ``units`` units, with all tax or without any."""
        if self.included and view is TaxView.INCLUDED:
            return price + self.per_unit * units
        rate, whole = self.ratio
        percentage = round_ratio(price * rate, whole, Rounding.HALF_UP)
        if self.included:
            return price - percentage
        return price if view is TaxView.EXCLUDED else price + percentage + self.per_unit * units
