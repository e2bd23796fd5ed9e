"""How the runner talks with an engine in a process of its own: one line of JSON each way, one pass over baskets."""

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bench.peers.workload import Line, Workload, read


class Till(Protocol):
    """One engine, set up for one workload."""

    def lay(self, basket: tuple[Line, ...]) -> None:
        """Make the objects of a new sale; not counted."""

    def apply(self) -> None:
        """Price it. This alone is counted."""

    def total(self) -> int:
        """Return what is to pay in minor units; not counted."""


def serve(engine: str, set_up: Callable[[Workload], Till]) -> None:
    """Price the workloads of the file named first on the command line, one pass for every line read.

    Says ``{"engine": ...}`` when it is ready. A request is ``[workload, baskets]``, by number; the answer has the
    total of each basket in minor units and the seconds it took.
    """
    # Whatever a framework prints while it is loaded must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    workloads = read(Path(sys.argv[1]))
    till: Till | None = None
    current = -1

    def say(answer: dict[str, object]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    say({"engine": engine})
    for request in sys.stdin:
        number, baskets = json.loads(request)
        if till is None or number != current:
            till, current = set_up(workloads[number]), number
            # A walk through everything a framework has loaded is not the price of a basket.
            gc.collect()
            gc.freeze()
        timed = [_timed(till, basket) for basket in workloads[number].baskets[:baskets]]
        say({"totals": [total for total, _ in timed], "seconds": [seconds for _, seconds in timed]})


def _timed(till: Till, basket: tuple[Line, ...]) -> tuple[int, float]:
    till.lay(basket)
    began = time.perf_counter()
    till.apply()
    seconds = time.perf_counter() - began
    return till.total(), seconds
