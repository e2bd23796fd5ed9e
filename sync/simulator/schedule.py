"""Time in a story: it stands still until the next thing happens."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Final, NamedTuple

from pos_loyalty.core.ids import ENTROPY_BYTES, uuid7

BEGIN: Final = datetime(2026, 3, 21, 9, tzinfo=UTC)
SECOND_NS: Final = 1_000_000_000

_BEGIN_MS: Final = int(BEGIN.timestamp()) * 1_000
Action = Callable[[], None]


def always() -> bool:
    """Whether something still happens that nothing can prevent."""
    return True


class _Due(NamedTuple):
    at_ns: int
    order: int
    """No two are equal, so what follows is never compared."""
    what: str
    action: Action
    still: Callable[[], bool]


class Schedule:
    """What is to happen, in the order of its time; the hub's clock (a :class:`~pos_loyalty.ports.Clock`), too."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._closed = timedelta()
        self._order = itertools.count()
        self._due: list[_Due] = []

    def later(self, delay_ns: int, what: str, action: Action, still: Callable[[], bool] = always) -> None:
        """Have ``action`` happen so much later, if ``still`` says so then; ``what`` is its line in the trace."""
        heappush(self._due, _Due(self.now_ns + delay_ns, next(self._order), what, action, still))

    def next(self) -> tuple[str, Action]:
        """Go on to the next thing and return it. There always is one: tills look after the hub for ever."""
        due = heappop(self._due)
        while not due.still():
            due = heappop(self._due)
        self.now_ns = due.at_ns
        return due.what, due.action

    def close_for(self, time: timedelta) -> None:
        """Let time of day pass in which nothing happens, for everybody."""
        self._closed += time

    def now(self) -> datetime:
        """Return the time of day."""
        return BEGIN + self._closed + timedelta(microseconds=self.now_ns // 1_000)

    def monotonic_ns(self) -> int:
        """Return the time since the beginning."""
        return self.now_ns


class Ids:
    """New ids (:class:`~pos_loyalty.ports.Ids`), the same for the same story."""

    def __init__(self, schedule: Schedule, chance: Random) -> None:
        self._schedule = schedule
        self._chance = chance

    def __call__(self) -> str:
        """Return a new id."""
        return uuid7(_BEGIN_MS + self._schedule.now_ns // 1_000_000, self._chance.randbytes(ENTROPY_BYTES))
