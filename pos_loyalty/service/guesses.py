"""A brake on guessing codes: a few unknown ones are slips of the finger, many are a search."""

from pos_loyalty.ports import Clock

SLIPS = 10
"""Unknown codes that may come at once."""
EACH_S = 6
"""After so long one more may come: ten a minute."""

_EACH_NS = EACH_S * 1_000_000_000


class Guesses:
    """Counts unknown codes on the monotonic clock, which nobody can set back; it forgets with the service.

    A leaky bucket in the form of one moment, that at which it will be empty (the generic cell rate algorithm, ITU-T
    I.371 annex A).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._empty_at_ns = 0

    def wait_s(self) -> int:
        """Return for how many seconds no code may be tried; 0 if one may now."""
        too_long_ns = self._empty_at_ns - self._clock.monotonic_ns() - (SLIPS - 1) * _EACH_NS
        return max(0, -(-too_long_ns // 1_000_000_000))

    def missed(self) -> None:
        """Take note of a code that was unknown."""
        self._empty_at_ns = max(self._empty_at_ns, self._clock.monotonic_ns()) + _EACH_NS
