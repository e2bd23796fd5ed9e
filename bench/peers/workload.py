"""Baskets and programs that every engine prices alike: plain data, made once from a seed, read by each process.

The engines differ where programs meet (docs/explanation/peers.md), so in a workload they never do: either all are
for the whole order and one wins, or each product belongs to one program at most. Prices are whole hundreds of minor
units and percentages whole, so that every discount is exact and nobody rounds.

Standard library only: an environment of a peer has nothing of ours.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

PROGRAMS = (5, 20, 100)
LINES_MAX = 60
UNITS_MAX = 4

_SET_PRODUCTS = 16
_SETS_PER_LOOSE_SET = 5
"""One set in six belongs to no program, as goods at full price do in a shop."""
_LINES_STEP = 37
"""Near 60 divided by the golden ratio: the first few baskets are already spread over all sizes."""
_ORDER_PRODUCTS = 100
_WHOLE = 100
"""Minor units in one whole."""
_PRICE_MAX = 200


class Program(NamedTuple):
    """A promotion that everyone gets."""

    kind: Literal["percent", "cheapest"]
    """``percent`` off every unit, or the cheapest unit free for every ``least`` units."""
    products: tuple[int, ...]
    """What it is for; nothing named: all products."""
    least: int
    """Units of these that a basket needs."""
    percent: int = 0


class Line(NamedTuple):
    """Units of one product; no product is on two lines of a basket."""

    product: int
    units: int


class Workload(NamedTuple):
    """A shop for an afternoon; a product is its place in ``prices`` (minor units)."""

    name: str
    prices: tuple[int, ...]
    programs: tuple[Program, ...]
    baskets: tuple[tuple[Line, ...], ...]


def make_workloads(baskets: int, seed: int = 3) -> tuple[Workload, ...]:
    """Return two workloads for each number of programs; the same arguments always make the same."""
    makers = (_whole_order, _disjoint_sets)
    return tuple(maker(count, baskets, Random(f"{seed} {count}")) for count in PROGRAMS for maker in makers)


def write(workloads: Sequence[Workload], path: Path) -> None:
    """Write the workloads to a JSON file."""
    path.write_text(json.dumps(workloads), "utf-8")


def read(path: Path) -> tuple[Workload, ...]:
    """Return what ``write`` wrote."""
    return tuple(
        Workload(
            name,
            tuple(prices),
            tuple(Program(kind, tuple(products), least, percent) for kind, products, least, percent in programs),
            tuple(tuple(Line(*line) for line in basket) for basket in baskets),
        )
        for name, prices, programs, baskets in json.loads(path.read_text("utf-8"))
    )


def _whole_order(count: int, baskets: int, random: Random) -> Workload:
    """The more units, the more percent off everything: the most demanding program is first and gives the most."""
    top = count - 1
    programs = tuple(Program("percent", (), 1 + 150 * rank // top, 5 + 35 * rank // top) for rank in range(top, -1, -1))
    prices = _prices(_ORDER_PRODUCTS, random)
    filled = tuple(
        tuple(Line(product, random.randint(1, UNITS_MAX)) for product in random.sample(range(len(prices)), lines))
        for lines in _sizes(baskets)
    )
    return Workload(f"{count} programs, percent on all", prices, programs, filled)


def _disjoint_sets(count: int, baskets: int, random: Random) -> Workload:
    """Percent off one set, the cheapest free in the next, and so on; a customer buys several products of a set."""
    set_count = count + -(-count // _SETS_PER_LOOSE_SET)
    sets = [tuple(range(first, first + _SET_PRODUCTS)) for first in range(0, set_count * _SET_PRODUCTS, _SET_PRODUCTS)]
    programs = tuple(
        Program("cheapest", products, random.randint(2, 6))
        if place % 2
        else Program("percent", products, 1, random.randint(5, 50))
        for place, products in enumerate(sets[:count])
    )
    # django-oscar gives a free unit once a basket, so nobody buys enough for a second one.
    units_max = dict.fromkeys(range(set_count), LINES_MAX * UNITS_MAX)
    units_max |= {place: 2 * one.least - 1 for place, one in enumerate(programs) if one.kind == "cheapest"}
    filled = tuple(_filled(sets, units_max, lines, random) for lines in _sizes(baskets))
    prices = _prices(set_count * _SET_PRODUCTS, random)
    return Workload(f"{count} programs, percent on a set or cheapest free", prices, programs, filled)


def _filled(sets: Sequence[tuple[int, ...]], units_max: dict[int, int], lines: int, random: Random) -> tuple[Line, ...]:
    """Return some products of one set, some of the next, until there are enough; where sets run out, the rest too."""
    wanted = [
        product
        for products in random.sample(sets, len(sets))
        for product in random.sample(products, random.randint(2, len(products)))
    ]
    rest = sorted({product for products in sets for product in products}.difference(wanted))
    left = dict(units_max)
    basket: list[Line] = []
    for product in wanted + random.sample(rest, len(rest)):
        units, place = random.randint(1, UNITS_MAX), product // _SET_PRODUCTS
        if units <= left[place]:
            left[place] -= units
            basket.append(Line(product, units))
    return tuple(basket[:lines])


def _sizes(baskets: int) -> Iterator[int]:
    return (1 + number * _LINES_STEP % LINES_MAX for number in range(1, baskets + 1))


def _prices(products: int, random: Random) -> tuple[int, ...]:
    return tuple(_WHOLE * random.randint(1, _PRICE_MAX) for _ in range(products))
