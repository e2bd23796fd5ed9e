"""How long the line waits, and how much it sends at once. Pure: chance comes in.

Durations are nanoseconds; ``chance`` is an even draw from 0 up to :data:`CHANCES`, without it.
"""

from typing import Final, NamedTuple

CHANCES: Final = 1 << 32

_SECOND_NS: Final = 1_000_000_000
BASE_NS: Final = _SECOND_NS // 2
CAP_NS: Final = 60 * _SECOND_NS
RETRY_AFTER_NS_MAX: Final = 15 * 60 * _SECOND_NS
"""A proxy that says "come back in a year" shall not keep a till from its hub for so long."""
PATIENCE_NS: Final = 30 * _SECOND_NS
"""For the whole of one request: a line that drips a byte a second never runs into a time-out of its parts."""
POLL_NS: Final = 5 * _SECOND_NS
"""On average, when no hint comes."""
_LEAST_NS: Final = 1_000_000

BATCH_BYTES_MAX: Final = 1 << 20
"""Of events as JSON. At 300 kbit/s it goes up within the patience, even if it cannot be made smaller."""


class Now(NamedTuple):
    """One moment of the till."""

    ns: int
    """By a clock that never goes back."""
    chance: int


def backoff_ns(failures: int, chance: int, retry_after_ns: int = 0) -> int:
    """Return the wait after so many failures in a row (1 or more): full jitter, on top of what the hub asked for.

    On top and not at least: tills that were all told the same second shall not come back in it together.
    """
    # The seventh doubling is past the cap; without a bound the number would grow for as long as the hub is away.
    span = min(CAP_NS, BASE_NS << min(failures - 1, 7))
    return max(_LEAST_NS, min(retry_after_ns, RETRY_AFTER_NS_MAX) + span * chance // CHANCES)


def poll_ns(chance: int) -> int:
    """Return the time to the next look, between half and one and a half of :data:`POLL_NS`."""
    return POLL_NS // 2 + POLL_NS * chance // CHANCES
