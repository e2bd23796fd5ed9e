"""What a basket costs, by hand: the documented sense of each program in integers, without an engine."""

from collections.abc import Sequence

from bench.peers.workload import Line, Program, Workload


def expected_total(workload: Workload, basket: Sequence[Line]) -> int:
    """Return minor units to pay: the best of the programs for the whole order, and every program for a set."""
    units = [(line.product, workload.prices[line.product]) for line in basket for _ in range(line.units)]
    for_all = [_discount(program, units) for program in workload.programs if not program.products]
    for_sets = [_discount(program, units) for program in workload.programs if program.products]
    return sum(price for _, price in units) - max(for_all, default=0) - sum(for_sets)


def _discount(program: Program, units: Sequence[tuple[int, int]]) -> int:
    prices = sorted(price for product, price in units if not program.products or product in program.products)
    if len(prices) < program.least:
        return 0
    if program.kind == "percent":
        return sum(prices) * program.percent // 100
    return sum(prices[: len(prices) // program.least])
