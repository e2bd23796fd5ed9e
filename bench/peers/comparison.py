"""What is said about the passes: first whether all totals are equal, then how long each engine took."""

import statistics
from collections.abc import Mapping, Sequence

from bench.peers.oracle import expected_total
from bench.peers.workload import Workload
from bench.series import MILLISECONDS, quantile

OURS = "pos-loyalty"


def difference(workload: Workload, engine: str, totals: Sequence[int]) -> str | None:
    """Return the first basket for which ``engine`` asks another price than the programs say, in full; None: none."""
    for number, (basket, total) in enumerate(zip(workload.baskets, totals, strict=False)):
        expected = expected_total(workload, basket)
        if total != expected:
            head = f"{workload.name}: basket {number} costs {total} in {engine}, expected {expected} (minor units)"
            prices = workload.prices
            return "\n".join(
                [head, *(f"  {line.units} x product {line.product} at {prices[line.product]}" for line in basket)]
            )
    return None


def table(title: str, seconds: Mapping[str, Sequence[Sequence[float]]]) -> list[str]:
    """Return the lines of a table from engine to rounds to seconds for each basket.

    A basket counts with its median over the rounds. An engine that priced fewer baskets is compared with ours on
    those it did.
    """
    by_basket = {
        engine: [statistics.median(times) for times in zip(*rounds, strict=True)] for engine, rounds in seconds.items()
    }
    width = max(len(engine) for engine in by_basket)
    lines = ["", title, f"{'':{width}}  {'baskets':>7} {'p50':>9} {'p95':>9} ms   x {OURS}"]
    for engine, times in by_basket.items():
        p50, p95 = (quantile(times, q) * MILLISECONDS.per_second for q in (0.5, 0.95))
        ratios = [theirs / ours for theirs, ours in zip(times, by_basket.get(OURS, ()), strict=False)]
        ratio = f"{statistics.median(ratios):.2f}" if ratios and engine != OURS else ""
        lines.append(f"{engine:{width}}  {len(times):>7} {p50:9.3f} {p95:9.3f} ms   {ratio}".rstrip())
    return lines
