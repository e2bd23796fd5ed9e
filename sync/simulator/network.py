"""What lies between tills and hub: it takes time, and it fails."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final, Generic, NamedTuple, TypeVar

from sync.engine.troubles import Trouble
from sync.simulator.plan import Fault
from sync.simulator.schedule import SECOND_NS, Schedule

T = TypeVar("T")

FAULTS: Final = (Fault.DROP, Fault.DELAY, Fault.DUPLICATE, Fault.REORDER, Fault.CUT)
_FAULTY: Final = 0.25
_NOTICED: Final = 0.5
_HOP_NS: Final = (2_000_000, 80_000_000)
_WITHIN_PATIENCE_NS: Final = (SECOND_NS, 25 * SECOND_NS)
_PAST_PATIENCE_NS: Final = (31 * SECOND_NS, 90 * SECOND_NS)


class Exchange(NamedTuple, Generic[T]):
    """One request: what the hub does about it, and what the till is told of it."""

    what: str
    serve: Callable[[], T | None]
    """What to tell the till; None: the hub went down over it."""
    failed: Callable[[Trouble], T]
    tell: Callable[[T], None]


class Network:
    """Carries requests up and answers down."""

    def __init__(self, schedule: Schedule, chance: Random, faults: tuple[Fault, ...], happened: Counter[str]) -> None:
        self._happened = happened
        self._schedule = schedule
        self._chance = chance
        self._faults = tuple(fault for fault in FAULTS if fault in faults)

    def calm(self) -> None:
        """Fail no more; what is under way stays under way."""
        self._faults = ()

    def refuse(self, exchange: Exchange[T]) -> None:
        """Find no way to the hub."""
        self._fail(exchange, Trouble.UNREACHABLE)

    def carry(self, exchange: Exchange[T]) -> None:
        """Take a request to the hub, and its answer back, or fail to."""
        fault, up_ns = self._fault(), self._hop_ns()
        match fault:
            case Fault.DROP:
                if self._chance.random() < _NOTICED:
                    self._fail(exchange, Trouble.UNREACHABLE)
                return
            case Fault.DELAY:
                up_ns += self._chance.randint(*_WITHIN_PATIENCE_NS)
            case Fault.REORDER:
                up_ns += self._chance.randint(*_PAST_PATIENCE_NS)
            case Fault.DUPLICATE:
                again_ns = up_ns + self._chance.randint(0, _PAST_PATIENCE_NS[1])
                self._schedule.later(again_ns, f"{exchange.what} comes again", lambda: self._arrive(exchange, None))
        self._schedule.later(up_ns, f"{exchange.what} comes", lambda: self._arrive(exchange, fault))

    def _arrive(self, exchange: Exchange[T], fault: Fault | None) -> None:
        told = exchange.serve()
        if told is None:
            self._fail(exchange, Trouble.UNREACHABLE)
        elif fault is Fault.CUT:
            self._fail(exchange, Trouble.UNREADABLE)
        else:
            self._schedule.later(self._hop_ns(), f"{exchange.what} is answered", lambda: exchange.tell(told))

    def _fail(self, exchange: Exchange[T], trouble: Trouble) -> None:
        told = exchange.failed(trouble)
        self._schedule.later(self._hop_ns(), f"{exchange.what} fails: {trouble}", lambda: exchange.tell(told))

    def _hop_ns(self) -> int:
        return self._chance.randint(*_HOP_NS)

    def _fault(self) -> Fault | None:
        if not self._faults or self._chance.random() >= _FAULTY:
            return None
        fault = self._chance.choice(self._faults)
        self._happened[fault] += 1
        return fault
