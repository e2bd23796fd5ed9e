"""The baskets and programs are the same every time, and such that all engines must agree on them."""

from pathlib import Path

import pytest

from bench.peers.workload import LINES_MAX, PROGRAMS, UNITS_MAX, Line, Program, Workload, make_workloads, read, write

BASKETS = 60
WORKLOADS = make_workloads(BASKETS)

each_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


def units_of(program: Program, basket: tuple[Line, ...]) -> int:
    """Return how many units of the program's products are in the basket."""
    return sum(line.units for line in basket if not program.products or line.product in program.products)


def test_the_same_arguments_make_the_same_workloads() -> None:
    """Two runs compare the same baskets; another seed makes others."""
    assert make_workloads(BASKETS) == WORKLOADS
    assert make_workloads(BASKETS, seed=4) != WORKLOADS


def test_there_are_two_workloads_for_each_number_of_programs() -> None:
    """Each size is measured with programs for everything and with programs for sets."""
    assert [len(workload.programs) for workload in WORKLOADS] == [count for count in PROGRAMS for _ in range(2)]


def test_every_process_reads_what_was_written(tmp_path: Path) -> None:
    """A workload survives its file unchanged."""
    write(WORKLOADS, tmp_path / "workloads.json")
    assert read(tmp_path / "workloads.json") == WORKLOADS


@each_workload
def test_baskets_have_all_sizes(workload: Workload) -> None:
    """Sixty baskets have 1 to 60 lines, each size once, of 1 to 4 units, and no product twice."""
    assert sorted(len(basket) for basket in workload.baskets) == list(range(1, LINES_MAX + 1))
    assert {line.units for basket in workload.baskets for line in basket} == set(range(1, UNITS_MAX + 1))
    assert all(len({line.product for line in basket}) == len(basket) for basket in workload.baskets)


@each_workload
def test_the_first_baskets_are_of_mixed_sizes(workload: Workload) -> None:
    """The first five, all that the slowest engine prices, are neither all small nor all big."""
    sizes = [len(basket) for basket in workload.baskets[:5]]
    assert min(sizes) < LINES_MAX // 3 < 2 * LINES_MAX // 3 < max(sizes)


@each_workload
def test_programs_never_meet(workload: Workload) -> None:
    """Either every program is for the whole order, or no product belongs to two of them."""
    named = [product for program in workload.programs for product in program.products]
    assert len(named) == len(set(named))
    assert len({bool(program.products) for program in workload.programs}) == 1


@each_workload
def test_nobody_has_to_round(workload: Workload) -> None:
    """Every percentage of every price is a whole number of minor units."""
    assert not [
        (price, program.percent)
        for program in workload.programs
        for price in workload.prices
        if price * program.percent % 100
    ]


@each_workload
def test_the_first_program_that_holds_for_the_order_gives_the_most(workload: Workload) -> None:
    """Whoever takes the first one and whoever takes the best one take the same."""
    order_wide = [program for program in workload.programs if not program.products]
    assert order_wide == sorted(order_wide, key=lambda program: (program.percent, program.least), reverse=True)


@each_workload
def test_one_unit_of_a_set_is_free_at_most(workload: Workload) -> None:
    """No basket has enough of a set for a second free unit, and many have enough for one."""
    groups = [
        units_of(program, basket) // program.least
        for program in workload.programs
        for basket in workload.baskets
        if program.kind == "cheapest"
    ]
    assert not groups or (max(groups) == 1 and sum(groups) >= BASKETS)


@each_workload
def test_programs_are_used(workload: Workload) -> None:
    """In nine baskets of ten some program holds, and not always the same one."""
    holding = [
        tuple(program for program in workload.programs if units_of(program, basket) >= program.least)
        for basket in workload.baskets
    ]
    assert sum(map(bool, holding)) >= BASKETS * 9 // 10
    assert len(set(holding)) > 1
