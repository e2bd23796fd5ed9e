"""What time the hub has, as far as this till can tell."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from pos_loyalty.ports import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MS_NS = 1_000_000
_SLOW_NS = 2_000_000_000


class HubClock:
    """The till's clock, put right by what answers of the hub say. Any thread may ask it.

    Once an answer was heard, time goes on by the clock that nobody sets. Before that it is the wall clock with the
    difference that an earlier start measured.
    """

    def __init__(self, clock: Clock, *, ahead_ms: int = 0, seen_ms: int = 0) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept_ahead_ms = ahead_ms
        self._seen_ms = seen_ms
        self._heard: tuple[int, int] | None = None
        """Time of the hub in milliseconds, and the monotonic clock then."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never go back."""
        return self._clock.monotonic_ns()

    def now_ms(self) -> int:
        """Return the hub's clock, in milliseconds since 1970 UTC."""
        with self._lock:
            return self._now_ms()

    @property
    def ahead_ms(self) -> int:
        """How far the hub's clock is ahead of the till's."""
        with self._lock:
            return self._now_ms() - self._wall_ms() if self._heard else self._kept_ahead_ms

    @property
    def seen_ms(self) -> int:
        """The latest time of the hub that an answer said."""
        with self._lock:
            return self._seen_ms

    def heard(self, hub_ms: int, asked_ns: int) -> None:
        """Take the time that an answer says; it was said between ``asked_ns`` and now.

        In the middle, unless the hub had reason to take its time: then just before it was heard.
        """
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            took_ns = now_ns - asked_ns
            self._heard = hub_ms, now_ns - (took_ns // 2 if took_ns < _SLOW_NS else 0)
            self._seen_ms = max(self._seen_ms, hub_ms)

    def _now_ms(self) -> int:
        if self._heard is None:
            return self._wall_ms() + self._kept_ahead_ms
        hub_ms, then_ns = self._heard
        return hub_ms + (self._clock.monotonic_ns() - then_ns) // _MS_NS

    def _wall_ms(self) -> int:
        return (self._clock.now() - _EPOCH) // _MS
