"""Prices worked out on paper."""

from bench.peers.oracle import expected_total
from bench.peers.workload import Line, Program, Workload

PRICES = (1000, 2000, 3000, 500)


def total(*programs: Program, lines: tuple[Line, ...]) -> int:
    """Return the price of one basket under the programs."""
    return expected_total(Workload("paper", PRICES, programs, (lines,)), lines)


def test_without_a_program_the_price_is_the_sum() -> None:
    """Two at 10.00 and one at 30.00 cost 50.00."""
    assert total(lines=(Line(0, 2), Line(2, 1))) == 5000


def test_the_best_program_for_the_whole_order_wins() -> None:
    """From three units 20 %, else 10 %: of 50.00 either 10.00 or, with two units of 40.00, 4.00."""
    programs = (Program("percent", (), 3, 20), Program("percent", (), 1, 10))
    assert total(*programs, lines=(Line(0, 2), Line(2, 1))) == 4000
    assert total(*programs, lines=(Line(0, 1), Line(2, 1))) == 3600


def test_a_set_has_its_own_percentage() -> None:
    """Half off product 1 leaves product 0 alone."""
    assert total(Program("percent", (1,), 1, 50), lines=(Line(0, 1), Line(1, 2))) == 3000


def test_the_cheapest_unit_of_every_full_group_is_free() -> None:
    """Of five units in groups of two, the two cheapest are free; one unit alone is paid."""
    program = Program("cheapest", (0, 1, 2), 2)
    assert total(program, lines=(Line(0, 3), Line(1, 1), Line(2, 1), Line(3, 1))) == 8500 - 2000
    assert total(program, lines=(Line(0, 1), Line(3, 5))) == 3500
