"""The wait for news beside a till's line: what it spares, and what it is believed to prove."""

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple, Protocol

from pos_loyalty.core.feed import Cursor
from pos_loyalty.errors import InvariantBroken
from sync.engine.inputs import Hint, Input, Listens, Quiet
from sync.engine.line import Line
from sync.engine.memory_replica import MemoryReplica
from sync.engine.troubles import Trouble
from sync.hub.news import Seen, look
from sync.simulator.hub import SimulatedHub
from sync.simulator.network import Exchange
from sync.simulator.schedule import SECOND_NS, Action, Schedule, always

_PAUSE_NS: Final = (SECOND_NS, 20 * SECOND_NS)
"""A wait of a story ends at once; the time for which a hub keeps it comes after it."""
_PATIENCE_NS: Final = 35 * SECOND_NS


class Told(NamedTuple):
    """What came of a wait."""

    newer: bool = False
    looked_ms: int = 0
    trouble: Trouble | None = None


class Listener(Protocol):
    """A till that waits."""

    name: str
    replica: MemoryReplica
    line: Line

    def hear(self, happened: Input) -> None:
        """Tell the line."""

    def ask(self, exchange: Exchange[Told]) -> None:
        """Ask the hub."""

    def ear(self, hear: Callable[[Told], None]) -> Callable[[Told], None]:
        """Return how to tell this process something."""

    def later(self, delay_ns: int, what: str, action: Action, still: Callable[[], bool] = always) -> None:
        """Have something happen later, if this process still runs then."""


class Lookout:
    """A process of the hub that looks for news, and is asked for them."""

    def __init__(self, hub: SimulatedHub) -> None:
        self._hub = hub
        self._seen: Seen | None = None

    def told(self, asked: Cursor) -> Told:
        """Return whether there is anything for a reader at ``asked``.

        Raises:
            InvariantBroken: there is, and it says that there is not.
        """
        looked_ms = self._hub.now_ms
        with self._hub.store.reading() as reading:
            self._seen = look(reading, self._seen)
            newer = self._seen.has_more(asked) or self._seen.has_less(asked)
            numbers = {partition: asked.at(partition) for partition in reading.counters()}
            if not newer and (missed := reading.rows_above(numbers, 1)):
                raise InvariantBroken(f"a wait at {asked} says nothing of {missed[0].kind} {missed[0].key}")
        return Told(newer, looked_ms)


class Listening:
    """What one till does beside its line, and how fresh it knows its data to be by that."""

    def __init__(self, till: Listener, lookout: Lookout, schedule: Schedule, chance: Random) -> None:
        self._till = till
        self._lookout = lookout
        self._schedule = schedule
        self._chance = chance
        self._number = 0
        self._quiet: tuple[Cursor, int] | None = None

    @property
    def fresh_ms(self) -> int | None:
        """When the till last had everything, as far as the replica and the waits say."""
        replica, quiet = self._till.replica, self._quiet
        kept_ms = replica.fresh_ms()
        return max(kept_ms or 0, quiet[1]) if quiet and quiet[0] == replica.cursor() else kept_ms

    def start(self) -> None:
        """Begin with a process that remembers nothing."""
        self._quiet = None
        self._pause()

    def _pause(self) -> None:
        self._number += 1
        self._till.later(self._chance.randint(*_PAUSE_NS), "waits for news", self._wait)

    def _wait(self) -> None:
        till, number = self._till, self._number
        if not till.line.open:
            self._pause()
            return
        asked = till.replica.cursor()
        till.hear(Listens(up=True))
        tell = till.ear(lambda told: self._hear(number, asked, told))
        till.later(_PATIENCE_NS, "waits no more", self._give_up, lambda: number == self._number)
        what = f"wait of {till.name}"
        till.ask(Exchange(what, lambda: self._lookout.told(asked), lambda trouble: Told(trouble=trouble), tell))

    def _hear(self, number: int, asked: Cursor, told: Told) -> None:
        if number != self._number:
            return
        if told.trouble is not None:
            self._give_up()
            return
        if told.newer:
            self._till.hear(Hint())
        elif self._till.replica.cursor() == asked:
            self._quiet = asked, told.looked_ms
            self._till.hear(Quiet(self._schedule.now_ns))
        self._pause()

    def _give_up(self) -> None:
        self._till.hear(Listens(up=False))
        self._pause()
