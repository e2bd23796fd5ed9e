"""Totals are compared before times, and a difference is shown in full."""

import sys
from pathlib import Path

import pytest

from bench.peers.comparison import OURS, difference, table
from bench.peers.engine_process import EngineProcess
from bench.peers.workload import Line, Program, Workload, make_workloads, write

BY_HAND = (sys.executable, "-m", "tests.bench.peers.by_hand")
WORKLOAD = Workload("one shop", (1000, 500), (Program("percent", (0,), 1, 10),), ((Line(0, 2),), (Line(1, 3),)))


def test_equal_totals_are_no_difference() -> None:
    """Both baskets at 18.00 and 15.00 are right; an engine may price only the first ones."""
    assert difference(WORKLOAD, "peer", [1800, 1500]) is None
    assert difference(WORKLOAD, "peer", [1800]) is None


def test_a_difference_shows_the_basket() -> None:
    """The first wrong total is told with the engine, both prices and every line."""
    assert difference(WORKLOAD, "peer", [1800, 1499]) == (
        "one shop: basket 1 costs 1499 in peer, expected 1500 (minor units)\n  3 x product 1 at 500"
    )


def test_a_basket_counts_with_its_median() -> None:
    """One slow round of three changes nothing, and the ratio is that of the baskets both have priced."""
    seconds = {OURS: [[0.001, 0.002], [0.001, 0.002], [0.9, 0.9]], "peer": [[0.003], [0.004], [0.005]]}
    assert table("one shop", seconds) == [
        "",
        "one shop",
        "             baskets       p50       p95 ms   x pos-loyalty",
        "pos-loyalty        2     2.000     2.000 ms",
        "peer               1     4.000     4.000 ms   4.00",
    ]


def test_an_engine_prices_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Workload after workload, pass after pass: the totals of as many baskets as were asked for, and their times."""
    workloads = make_workloads(5)
    write(workloads, tmp_path / "workloads.json")
    with EngineProcess(BY_HAND, tmp_path / "workloads.json") as engine:
        assert engine.engine.startswith("by hand")
        for number in (0, 0, 1):
            totals, seconds = engine.price(number, 3)
            assert difference(workloads[number], "by hand", totals) is None
            assert len(totals) == len(seconds) == 3
            assert min(seconds) > 0


def test_an_engine_that_ends_is_told(tmp_path: Path) -> None:
    """Without its file the engine cannot start, and the runner says which one it was."""
    with pytest.raises(ChildProcessError, match=r"tests\.bench\.peers\.by_hand .* has ended with 1$"):
        EngineProcess(BY_HAND, tmp_path / "nothing.json")
