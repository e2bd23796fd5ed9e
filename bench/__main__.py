"""``python -m bench [NAME ...]``: the figures of docs/explanation/speed.md, all of them or those named."""

import os
import platform
import sys
from collections.abc import Callable

from bench import crowd, decode, ingest, load, lookup, pricing, pull, pulling, push, sale, scan, snapshot, start
from bench.series import say
from pos_loyalty.store.linked_sqlite import linked_version

BENCHMARKS: dict[str, Callable[[], None]] = {
    "decode": decode.run,
    "scan": scan.run,
    "identify": lookup.run,
    "sale": sale.run,
    "pricing": pricing.run,
    "start": start.run,
    "load": load.run,
    "hub": ingest.run,
    "push": push.run,
    "pull": pull.run,
    "pulling": pulling.run,
    "snapshot": snapshot.run,
    "crowd": crowd.run,
}


def main(names: list[str]) -> int:
    """Run the benchmarks called ``names``, all if there is none; nothing is judged, only printed."""
    if unknown := [name for name in names if name not in BENCHMARKS]:
        sys.stderr.write(f"bench: {', '.join(unknown)} is not known; there are {', '.join(BENCHMARKS)}\n")
        return 2
    _say_where()
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    _say_where()
    return 0


def _say_where() -> None:
    """Name the machine and how busy it is: with more running than it has processors, only the ratios mean much."""
    load_1, load_5, _ = os.getloadavg()
    sqlite = ".".join(map(str, linked_version()))
    say(
        "",
        f"{os.cpu_count()} processors, load {load_1:.1f} (1 min) {load_5:.1f} (5 min), "
        f"Python {platform.python_version()}, SQLite {sqlite}",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
