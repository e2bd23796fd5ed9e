"""How long to wait before the next try. Pure."""

from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 5.0


class Backoff:
    """Doubles from a quarter of a second up to five seconds, until something works."""

    def __init__(self) -> None:
        self._next_s = FIRST_S

    def next_s(self) -> float:
        """Give the wait before the next try, in seconds."""
        wait_s, self._next_s = self._next_s, min(2 * self._next_s, LONGEST_S)
        return wait_s

    def reset(self) -> None:
        """Begin anew: something worked, or the reason has changed."""
        self._next_s = FIRST_S
