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
"""Between two looks, on average, while nobody says when there is news."""
CALM_NS: Final = 60 * _SECOND_NS
"""The same while a long wait at the hub does: ten thousand tills that look every 5 s ask for nothing 2,000 times a
second."""
UNKNOWN_NS: Final = 10 * 60 * _SECOND_NS
"""Between two tries of a till that the hub does not know, on average. A hub that was served with the wrong database
knows none, and nobody goes to all of them afterwards."""
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


def about_ns(every_ns: int, chance: int) -> int:
    """Return a time between half and one and a half of ``every_ns``."""
    return every_ns // 2 + every_ns * chance // CHANCES
