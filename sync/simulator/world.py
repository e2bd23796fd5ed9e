"""One story from its first step to the peace after it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.errors import InvariantBroken, PosLoyaltyError, whence
from sync.hub.scoping import STAY_DAYS
from sync.simulator.hub import SimulatedHub
from sync.simulator.insisting import insist
from sync.simulator.lending import ALLOWANCES, Borrowing
from sync.simulator.listening import Lookout
from sync.simulator.network import FAULTS, Network
from sync.simulator.office import BackOffice
from sync.simulator.plan import Fault, Plan
from sync.simulator.redeeming import Redeeming
from sync.simulator.schedule import SECOND_NS, Ids, Schedule
from sync.simulator.shopping import Shopping
from sync.simulator.shopping import Surroundings as ShopSurroundings
from sync.simulator.till import STORES, Surroundings, Till
from sync.simulator.watch import Watch

_CUSTOMER_NS: Final = (SECOND_NS, 10 * SECOND_NS)
_OFFICE_NS: Final = (SECOND_NS, 8 * SECOND_NS)
_HOLDS_NS: Final = (20 * SECOND_NS, 60 * SECOND_NS)
_NIGHT_NS: Final = (10 * SECOND_NS, 40 * SECOND_NS)
_LOANS_NS: Final = (SECOND_NS, 4 * SECOND_NS)
_HOURS: Final = (1, 2)
_COPY_NS: Final = (2 * SECOND_NS, 12 * SECOND_NS)
_FAULT_NS: Final = (SECOND_NS // 5, 3 * SECOND_NS)
_BAD_TIME_NS: Final = (5 * SECOND_NS, 60 * SECOND_NS)
_DAYS: Final = (0, STAY_DAYS, 2 * STAY_DAYS)
_JUMPS: Final = (timedelta(seconds=-3), timedelta(hours=1), timedelta(days=-40), timedelta(days=3_650), timedelta())
_HUB_JUMPS: Final = (timedelta(seconds=-3), timedelta(hours=1), timedelta(hours=-1), timedelta())
_AT_BOTH: Final = frozenset({Fault.DISK_FULL, Fault.CLOCK_JUMP})
_AT_HUB: Final = 0.25
_CALLS_OF_A_STEP: Final = 40
_TWICE: Final = 0.25
_TWINS: Final = 3
_NEW: Final = 2
_SNAPSHOT_NS: Final = (SECOND_NS, 20 * SECOND_NS)
_PEACE_NS: Final = 30 * 60 * SECOND_NS
"""When faults stop: longer than every pause and every answer that is under way."""
_LOOK: Final = 5
"""Steps for each till between two looks whether there is peace."""


class Parts(NamedTuple):
    """What a story is played by; the tests put spoilt ones in their place."""

    hub: type[SimulatedHub] = SimulatedHub
    till: type[Till] = Till
    redeeming: type[Redeeming] = Redeeming
    borrowing: type[Borrowing] = Borrowing
    """In stories in which the hub sets points aside."""


REAL: Final = Parts()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a story."""

    plan: Plan
    broken: str = ""
    """What did not hold; empty: everything did."""
    steps: int
    """How many things happened, those after the faults included."""
    trace: tuple[str, ...]
    """One line for each."""
    happened: dict[str, int]
    """How often each fault really struck, and each thing was done."""


def run(plan: Plan, parts: Parts = REAL) -> Report:
    """Play a story to its end, or to the first thing that must not be."""
    world = _World(plan, parts)
    broken = ""
    try:
        world.play()
    except PosLoyaltyError as error:
        broken = str(error)
    except Exception as error:  # noqa: BLE001 - whatever else a part raises is what the story was to find
        broken = f"{whence(error)}: {error}"
    happened = dict(sorted(world.happened.items()))
    return Report(plan=plan, broken=broken, steps=len(world.trace), trace=tuple(world.trace), happened=happened)


class _World:
    """Everything there is in one story."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        self.trace: list[str] = []
        self.happened: Counter[str] = Counter()
        self._plan = plan
        self._chance = Random(f"story {plan.seed}")  # noqa: S311 - a story must be the same each time it is told
        self._schedule = Schedule()
        ids = Ids(self._schedule, self._chance)
        self._hub = parts.hub(self._schedule, ids, self.happened)
        if plan.lends:
            self._hub.allowances = ALLOWANCES
        self._network = Network(self._schedule, self._chance, plan.faults, self.happened)
        self._tills: list[Till] = []
        self._watch = Watch(self._hub, self._tills, lends=plan.lends)
        self._kind = parts.till
        self._here = here = Surroundings(
            self._schedule,
            self._chance,
            ids,
            self._hub,
            self._network,
            self._watch,
            Lookout(self._hub),
            self.happened,
        )
        self._tills += [parts.till(f"till {number}", here) for number in range(1, plan.tills + 1)]
        redeeming = parts.borrowing if plan.lends else parts.redeeming
        self._shopping = Shopping(
            ShopSurroundings(self._hub, self._watch, self._chance, ids, self._schedule, redeeming)
        )
        self._back_office = BackOffice(self._hub, self._watch, self._shopping, self._chance, ids)
        self._faults = tuple(fault for fault in plan.faults if fault not in FAULTS)
        self._twins = self._new = 0
        self._is_calm = False

    def play(self) -> None:
        """Let everything happen, then let it come to rest."""
        for till in self._tills:
            self._hub.enrol(till.terminal_id, till.store_id)
            self._open(till)
        self._often(_OFFICE_NS, "the office", self._office)
        self._often(_HOLDS_NS, "a look at holds", self._end_holds)
        if self._plan.lends:
            self._often(_LOANS_NS, "a look at allowances", self._lend)
        else:
            self._often(_NIGHT_NS, "a night", self._night)
        self._often(_COPY_NS, "a copy of the hub", self._hub.copy)
        if self._faults:
            self._often(_FAULT_NS, "misfortune", self._strike)
        for _ in range(self._plan.steps):
            self._step()
        self._calm()
        self._rest()
        self._watch.check_whole()

    def _step(self) -> None:
        what, action = self._schedule.next()
        self.trace.append(f"{self._schedule.now_ns / SECOND_NS:.6f} {what}")
        action()

    def _say(self, what: str) -> None:
        """Add what it was to the line of this step."""
        self.trace[-1] += f": {what}"
        self.happened[what] += 1

    def _often(self, every_ns: tuple[int, int], what: str, action: Callable[[], None]) -> None:
        """Have something happen again and again, until the story is over."""

        def act() -> None:
            if not self._is_calm:
                action()
                self._often(every_ns, what, action)

        self._schedule.later(self._chance.randint(*every_ns), what, act)

    def _calm(self) -> None:
        """End every fault. What is under way, as late as it may be, still comes."""
        self._is_calm = True
        self._network.calm()
        self._hub.disk_full, self._hub.skew = False, timedelta()
        for till in self._tills:
            till.online, till.disk_full = True, False
            till.start()

    def _rest(self) -> None:
        end_ns = self._schedule.now_ns + _PEACE_NS
        while unrest := self._watch.unrest():
            if self._schedule.now_ns > end_ns:
                raise InvariantBroken(f"no peace after half an hour: {unrest}")
            for _ in range(_LOOK * len(self._tills)):
                self._step()

    def _open(self, till: Till) -> None:
        """Switch a till on, and let customers come."""
        self._often(_CUSTOMER_NS, f"a customer at {till.name}", lambda: self._say(self._shopping.happens_at(till)))
        till.start()

    def _office(self) -> None:
        if not self._hub.disk_full:
            self._say(self._back_office.works())
            self._watch.check_hub()

    def _end_holds(self) -> None:
        self._hub.time_out_holds()
        self._watch.check_hub()

    def _night(self) -> None:
        """Let a night pass, or a few, and have the hub do what it does then; some are made twice."""
        if self._hub.disk_full:
            return
        day_ns = self._schedule.now().replace(hour=0, minute=0, second=0, microsecond=0)
        morning = day_ns + timedelta(days=self._chance.randint(1, 3), hours=9)
        self._schedule.close_for(morning - self._schedule.now())
        days = self._hub.make_nights()
        self._watch.check_hub()
        self._watch.was_night(days)
        self._say("nights are made" if days else "no night is due")
        if days and self._chance.random() < _TWICE:
            events = self._watch.log_size()
            self._hub.make_night(days[-1])
            self._watch.check_hub()
            insist(self._watch.log_size() == events, f"the night of {days[-1]} did something twice")

    def _lend(self) -> None:
        """Let some hours pass, and have the hub look after its allowances; at midnight it makes a night."""
        if not self._hub.disk_full:
            self._schedule.close_for(timedelta(hours=self._chance.randint(*_HOURS)))
            self._hub.set_aside()
            self._watch.check_hub()
            days = self._hub.make_nights()
            self._watch.check_hub()
            if days:
                self._watch.was_night(days)

    def _strike(self) -> None:
        """Let one thing go wrong."""
        fault, till = self._chance.choice(self._faults), self._chance.choice(self._tills)
        self.trace[-1] += f": {fault} at {till.name}"
        if fault in _AT_BOTH and self._chance.random() < _AT_HUB:
            self._trouble_hub(fault)
            return
        match fault:
            case Fault.OUTAGE:
                till.online = False
                self.happened[fault] += 1
                self._schedule.later(self._bad_time(), f"{till.name} is online", lambda: self._mend(till))
            case Fault.DISK_FULL:
                till.disk_full = True
                self._schedule.later(self._bad_time(), f"{till.name} has room", lambda: self._mend(till))
            case Fault.CLOCK_JUMP:
                till.skew = self._chance.choice(_JUMPS)
                self.happened[f"{fault} of a till"] += 1
            case Fault.TILL_CRASH:
                self._crash(till)
            case Fault.RESTORE:
                till.restore()
            case Fault.CLONE:
                self._clone(till)
            case Fault.NEWER_TILL:
                till.newer = True
            case _:
                self._strike_hub(fault, till)

    def _trouble_hub(self, fault: Fault) -> None:
        """Let go wrong at the hub what can go wrong at a till, too."""
        self.trace[-1] += ", or rather at the hub"
        if fault is Fault.CLOCK_JUMP:
            self._hub.skew = self._chance.choice(_HUB_JUMPS)
            self.happened[f"{fault} of the hub"] += 1
        else:
            self._hub.disk_full = True
            self._schedule.later(self._bad_time(), "the hub has room", self._mend_hub)

    def _strike_hub(self, fault: Fault, till: Till) -> None:
        match fault:
            case Fault.NEW_TILL:
                self._join()
            case Fault.NEWER_HUB:
                self._hub.newer = not self._hub.newer
            case Fault.SCOPES:
                self._rescope(till)
            case Fault.HUB_CRASH:
                self._hub.break_at(self._chance.choice((-1, self._chance.randrange(2 * _CALLS_OF_A_STEP))))
            case _:
                self._fall_back()

    def _rescope(self, till: Till) -> None:
        """Put a till into another scope, or let time pass in which some rows leave theirs."""
        self.happened[Fault.SCOPES] += 1
        match self._chance.randrange(6):
            case 0:
                self._hub.let_rows_leave(self._chance.choice(_DAYS))
            case 1:
                self._hub.put_in_scope(till.terminal_id, "region:all of it", self._chance.choice((STORES, STORES[:1])))
            case 2:
                self._hub.put_in_scope(till.terminal_id, "", ())
            case _:
                self._hub.put_in_scope(till.terminal_id, f"store:{till.store_id}", (till.store_id,))
        self._watch.was_scoped()
        self._watch.check_hub()

    def _mend_hub(self) -> None:
        self._hub.disk_full = False

    def _mend(self, till: Till) -> None:
        till.online, till.disk_full = True, False

    def _bad_time(self) -> int:
        return self._chance.randint(*_BAD_TIME_NS)

    def _crash(self, till: Till) -> None:
        match self._chance.randrange(5):
            case 0 if till.running:
                till.crash()
            case 1:
                self._shopping.happens_at(till, crash=True)
            case 2:
                self._shopping.happens_at(till, crash=False)
            case _:
                till.crash_at(self._chance.randrange(4))

    def _clone(self, till: Till) -> None:
        if self._twins < _TWINS:
            self._twins += 1
            twin = till.twin(f"twin {self._twins} of {till.name}")
            self._tills.append(twin)
            self._open(twin)

    def _join(self) -> None:
        """Let a till join: its snapshot takes a while, and a hub that falls back meanwhile makes another."""
        cursor, rows = self._hub.snapshot()
        delay_ns = self._chance.randint(*_SNAPSHOT_NS)
        self._schedule.later(delay_ns, "a snapshot is made", lambda: self._joined(cursor, rows))

    def _joined(self, cursor: Cursor, rows: Callable[[], FeedPage]) -> None:
        if self._is_calm or self._new == _NEW:
            return
        if cursor.epoch != self._hub.epoch:
            self._join()
            return
        self._new += 1
        self.happened[Fault.NEW_TILL] += 1
        till = self._kind(f"new till {self._new}", self._here)
        till.replica.apply(rows(), till.replica.cursor())
        self._hub.enrol(till.terminal_id, till.store_id)
        self._tills.append(till)
        self._open(till)

    def _fall_back(self) -> None:
        if self._hub.fall_back(self._chance.randrange(4)):
            self._watch.fell_back()
            self._watch.check_hub()
