"""An engine that reckons by hand, in a process of its own like the others."""

import sys

from bench.peers.oracle import expected_total
from bench.peers.till import serve
from bench.peers.workload import Line, Workload


class TillByHand:
    """Prices with the oracle."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._basket: tuple[Line, ...] = ()
        self._total = 0

    def lay(self, basket: tuple[Line, ...]) -> None:
        """Take the basket as it is."""
        self._basket = basket

    def apply(self) -> None:
        """Ask the oracle."""
        self._total = expected_total(self._workload, self._basket)

    def total(self) -> int:
        """Return minor units to pay."""
        return self._total


if __name__ == "__main__":
    serve(f"by hand, {sys.version.split()[0]}", TillByHand)
