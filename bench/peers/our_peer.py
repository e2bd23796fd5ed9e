"""pos-loyalty: ``evaluate`` with the programs read beforehand, for a customer who is not known.

Counted: the whole evaluation with all that it explains, where the others answer with prices only. Not counted:
reading the programs, making the basket.
"""

from datetime import UTC, datetime

import msgspec

from bench.peers.till import serve
from bench.peers.workload import Line, Program, Workload
from pos_loyalty import __version__
from pos_loyalty.core import programs
from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.errors import InvariantBroken

_CURRENCY = "EUR"
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class OurTill:
    """Published promotions without a member."""

    def __init__(self, workload: Workload) -> None:
        documents = [document(place, program) for place, program in enumerate(workload.programs)]
        self._programs = programs.ProgramSet(msgspec.convert(one, programs.Program) for one in documents)
        self._prices = workload.prices
        self._basket = _basket((), self._prices)
        self._evaluation: Evaluation | None = None

    def lay(self, basket: tuple[Line, ...]) -> None:
        """Make the basket."""
        self._basket = _basket(basket, self._prices)

    def apply(self) -> None:
        """Price it."""
        self._evaluation = evaluate(self._basket, None, self._programs, _NOW)

    def total(self) -> int:
        """Return minor units to pay."""
        if self._evaluation is None:
            raise InvariantBroken("total asked before apply")
        return self._evaluation.net


def document(place: int, program: Program) -> dict[str, object]:
    """Return the program as a shop would write it; ``place`` is its rank."""
    name = {"en": f"Promotion {place}"}
    goods = {"goods": {"products": [str(product) for product in program.products]}}
    if program.kind == "cheapest":
        reward = {"kind": "cheapest_free", "of": program.least, "free": 1, "take": "cheapest_first", **goods}
    else:
        on = {"on": "products", **goods} if program.products else {"on": "order", "needs": {"quantity": program.least}}
        reward = {"kind": "percent_off", "percent": str(program.percent), **on}
    return {
        "program_id": f"promotion-{place:03}",
        "version": 1,
        "kind": "promotion",
        "name": name,
        "currency": _CURRENCY,
        "rewards": [{"reward_id": "discount", "name": name, **reward}],
    }


def _basket(lines: tuple[Line, ...], prices: tuple[int, ...]) -> Basket:
    return Basket(
        basket_id="peers",
        currency=_CURRENCY,
        opened_at=_NOW,
        lines=tuple(
            BasketLine(number=number, product_id=str(product), unit_price=prices[product], quantity=units)
            for number, (product, units) in enumerate(lines, start=1)
        ),
    )


if __name__ == "__main__":
    serve(f"pos-loyalty {__version__}", OurTill)
