"""How long scans took to reach a screen, as the screens tell."""

from collections import deque

from pos_loyalty.service.faults import bad_times
from pos_loyalty.service.wire import Latency, Problem

KEPT = 100
LONGEST_NS = 60_000_000_000
"""What took longer was no scan that anybody waited for."""

_NS_PER_MS = 1_000_000


class Latencies:
    """The newest times from the last byte of a scan to the screen."""

    def __init__(self) -> None:
        self._taken_ns: deque[int] = deque(maxlen=KEPT)

    def painted(self, last_byte_ns: int, painted_ns: int) -> Latency | Problem:
        """Take note of one scan; both times are of the monotonic clock of this machine."""
        if not 0 <= painted_ns - last_byte_ns <= LONGEST_NS:
            return bad_times()
        self._taken_ns.append(painted_ns - last_byte_ns)
        return _summary(sorted(self._taken_ns))

    @property
    def summary(self) -> Latency | None:
        """Return the figures; None if no screen has told."""
        return _summary(sorted(self._taken_ns)) if self._taken_ns else None


def _summary(taken_ns: list[int]) -> Latency:
    """Return the figures of at least one time, shortest first, rounded to a tenth of a millisecond."""
    count = len(taken_ns)
    # Nearest rank: the shortest that at least so many of a hundred do not exceed, which is one that was measured.
    ranked = [taken_ns[-(-count * share // 100) - 1] for share in (50, 95, 100)]
    p50_ms, p95_ms, max_ms = (round(taken / _NS_PER_MS, 1) for taken in ranked)
    return Latency(count=count, p50_ms=p50_ms, p95_ms=p95_ms, max_ms=max_ms)
