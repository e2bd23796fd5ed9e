"""pretix: ``Discount.apply`` one after the other on the positions that none has consumed, as its checkout does.

Counted: ``apply`` of every discount and the hand-over of what is left to the next one. Not counted: reading
discounts and their products from a database (they are never saved) and making the positions, one for each unit.
"""

import os
from decimal import Decimal
from importlib import import_module, metadata
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Protocol

from bench.peers.till import serve
from bench.peers.workload import Line, Program, Workload

_CURRENCY = "EUR"
_MINOR = 100


class _Discount(Protocol):
    def apply(self, positions: dict[int, Any]) -> dict[int, Decimal]:
        """Return new prices of the positions it consumes."""


class PretixTill:
    """Discounts in the order of the programs."""

    def __init__(self, models: ModuleType, workload: Workload) -> None:
        event = models.Event(currency=_CURRENCY)
        self._prices = [Decimal(price) / _MINOR for price in workload.prices]
        self._discounts = [
            _discount(models, event, place, program) for place, program in enumerate(workload.programs, start=1)
        ]
        self._position = import_module("pretix.base.models.discount").PositionInfo
        self._positions: dict[int, Any] = {}
        self._new_prices: dict[int, Decimal] = {}

    def lay(self, basket: tuple[Line, ...]) -> None:
        """Make a position for every unit: without a date, not an add-on, no voucher."""
        products = [line.product for line in basket for _ in range(line.units)]
        self._positions = {
            place: self._position(product, None, None, self._prices[product], None, Decimal(0))
            for place, product in enumerate(products)
        }
        self._new_prices = {}

    def apply(self) -> None:
        """Let each discount consume what it can."""
        new_prices = self._new_prices
        for discount in self._discounts:
            left = {place: position for place, position in self._positions.items() if place not in new_prices}
            new_prices.update(discount.apply(left))

    def total(self) -> int:
        """Return minor units to pay."""
        prices = (self._new_prices.get(place, one.line_price_gross) for place, one in self._positions.items())
        return int(sum(prices, Decimal(0)) * _MINOR)


def _discount(models: ModuleType, event: object, place: int, program: Program) -> _Discount:
    discount: _Discount = models.Discount(
        pk=place,
        event=event,
        position=place,
        condition_all_products=not program.products,
        condition_min_count=program.least,
        benefit_same_products=True,
        benefit_discount_matching_percent=Decimal(100 if program.kind == "cheapest" else program.percent),
        benefit_only_apply_to_cheapest_n_matches=1 if program.kind == "cheapest" else None,
    )
    # What prefetch_related, which pretix's checkout uses, would have left there.
    items = [models.Item(pk=product) for product in program.products]
    vars(discount)["_prefetched_objects_cache"] = {"condition_limit_products": items}
    return discount


def main() -> None:
    """Serve pretix without a database; its settings insist on a folder for data."""
    with TemporaryDirectory() as folder:
        os.environ |= {
            "PRETIX_CONFIG_FILE": os.devnull,
            "PRETIX_PRETIX_DATADIR": folder,
            "PRETIX_DJANGO_SECRET": "not one",
            "DJANGO_SETTINGS_MODULE": "pretix.settings",
        }
        import_module("django").setup()
        models = import_module("pretix.base.models")
        engine = f"pretix {metadata.version('pretix')}, Django {metadata.version('django')}"
        serve(engine, lambda workload: PretixTill(models, workload))


if __name__ == "__main__":
    main()
