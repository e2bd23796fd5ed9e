"""Up to when this till has told the hub everything, so that the hub knows what it can still do of what it had.

What the hub sets aside for a till has an end, by the hub's clock. Once the till's disk knows a later time, nothing of
it is spent any more, whatever becomes of the till's own clock; and once nothing waits after that, all that was spent
is told.
"""

from collections.abc import Callable
from typing import Final

from pos_loyalty.core.feed import Cursor
from sync.engine.ports import Outbox

RIPE_NS: Final = 60_000_000_000
"""So long a time is on the disk before it is said. A sale that was decided by an earlier one is in the journal by then;
the service learns of the time a fifth of a second late, and a decision is on disk within less than one."""


class SettledTime:
    """What may be said. All of it is the store's thread's."""

    def __init__(self, outbox: Outbox, kept_ms: Callable[[], int], monotonic_ns: Callable[[], int]) -> None:
        self._outbox = outbox
        self._kept_ms = kept_ms
        self._monotonic_ns = monotonic_ns
        self._green_ms, self._green_ns = kept_ms(), monotonic_ns()
        self._ripe_ms = 0

    def at(self, cursor: Cursor) -> int | None:
        """Return the time of the hub to say with a look from ``cursor``; None while the hub has not everything.

        Raises:
            StoreError: the outbox cannot be read.
        """
        now_ns = self._monotonic_ns()
        if now_ns - self._green_ns >= RIPE_NS:
            self._ripe_ms = self._green_ms
            self._green_ms, self._green_ns = self._kept_ms(), now_ns
        return self._ripe_ms if self._ripe_ms and self._is_told(cursor) else None

    def _is_told(self, cursor: Cursor) -> bool:
        outbox = self._outbox
        # A replica that was fetched whole can be of an epoch to which the outbox has not offered anything again yet.
        return outbox.epoch() == cursor.epoch and not outbox.waiting_count() and not outbox.quarantined()
