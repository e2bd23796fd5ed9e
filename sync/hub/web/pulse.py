"""How late this process is, and who is sent away for it.

Whatever comes is first of all read by one event loop. When that is late, more comes than is done, and the tills that
are answered have mostly given up waiting: they ask again, and all is done twice. So those who only ask are told to
come later, before anything else of them is looked at; who brings something is sent away last.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sync.hub.web.problems import Refused, jittered

BEAT_S: Final = 0.1
ASKING_S: Final = 0.5
"""So late, and nobody gets a page any more, or a place to wait."""
BRINGING_S: Final = 5.0
"""So late, and no push is taken: its till waits 30 s at most, and more than one answer goes through here."""
LATE_S_MAX: Final = 10
"""More makes no difference to how long anybody is sent away: 25 to 100 s."""
_NS: Final = 1_000_000_000


class Pulse:
    """Measures the event loop that it beats in."""

    def __init__(self, monotonic_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self.late_s = 0.0
        """Over the last few beats."""

    async def beat(self) -> None:
        """Measure until cancelled."""
        while True:
            began_ns = self._monotonic_ns()
            await asyncio.sleep(BEAT_S)
            late_s = max(0.0, (self._monotonic_ns() - began_ns) / _NS - BEAT_S)
            self.late_s = (self.late_s + late_s) / 2

    def let_ask(self) -> None:
        """Send somebody away who wants to know something.

        Raises:
            Refused: it is late (503).
        """
        if self.late_s > ASKING_S:
            # The later it is, the more there are who ask: they come back the less often.
            late_s = int(min(self.late_s, LATE_S_MAX))
            raise _too_late(jittered(5 + 2 * late_s, 15 + 6 * late_s))

    def let_bring(self) -> None:
        """Send somebody away who brings something.

        Raises:
            Refused: it is very late (503).
        """
        if self.late_s > BRINGING_S:
            raise _too_late(jittered(2, 8))


def _too_late(retry_after_s: int) -> Refused:
    return Refused(503, "busy", "The hub is behind", "nothing was taken; ask again later", retry_after_s=retry_after_s)
