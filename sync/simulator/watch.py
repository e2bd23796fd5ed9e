"""What must hold after every step of a story, and at its end. The first thing that does not ends the story.

It believes neither the hub nor the tills: what was done and what was acknowledged it writes down by itself.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from pos_loyalty.core.accounts import AccountKind, Transfer
from pos_loyalty.core.events import Event, body_of, encode
from pos_loyalty.core.feed import SHOP_PARTITION, Row, RowKind, partition_of
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.errors import InvariantBroken
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.hub.audit import faults
from sync.hub.hold_memos import kept_holds
from sync.hub.kept import BookKey, Counters, KeptHold, RowKey
from sync.hub.scopes import SHARED, parted
from sync.simulator.hub import SimulatedHub
from sync.simulator.selling import POLICY, UNIT, spent_by
from sync.wire import HaltReason, HoldState, PushAnswer, PushRequest

_ALL = 1 << 40


class Watched(Protocol):
    """A till, as far as it is looked at."""

    name: str
    terminal_id: str
    suspect: bool
    running: bool
    outbox: MemoryOutbox
    replica: MemoryReplica


class Given(NamedTuple):
    """Points that a till let be spent without the hub."""

    event_id: str
    member_id: str
    points: int


class Watch:
    """Sees everything of one story."""

    def __init__(self, hub: SimulatedHub, tills: Sequence[Watched]) -> None:
        self._hub = hub
        self._tills = tills
        self._made: dict[str, set[bytes]] = {}
        self._acknowledged: set[str] = set()
        self._lost: set[str] = set()
        """Of journals that were put back: whoever loses both ends loses the event."""
        self._forgetful = 0
        self._late: set[str] = set()
        """Sales whose hold was over when they came."""
        self._by: dict[str, str] = {}
        self._given_by: dict[str, list[Given]] = {}
        self._holds: dict[str, KeptHold] = {}
        self._fell_back = False
        self._log: set[str] = set()
        self._missing: set[str] = set()
        self._stamp: tuple[str, Counters] = ("", {})
        self._there: tuple[tuple[str, Counters], list[Row]] = ("", {}), []

    def was_made(self, event: Event) -> None:
        """Write down what was done at a till, under the name that it has there."""
        self._made.setdefault(event.event_id, set()).add(encode(event))

    def was_lost(self, events: Iterable[Event]) -> None:
        """Write down what a journal that was put back from a backup does not have."""
        self._lost |= {event.event_id for event in events}
        # Whoever does not know any more what was redeemed lets it be redeemed once more.
        self._forgetful += 1
        self._check_missing()

    def was_given(self, till: Watched, event_id: str, member_id: str, points: int) -> None:
        """Insist that what a till lets be spent without the hub, and its rows do not have, is within the policy."""
        given = [*self._given_by.get(till.name, ()), Given(event_id, member_id, points)]
        outside = [each for each in given if till.outbox.has(each.event_id) and not _is_inside(till, each.event_id)]
        self._given_by[till.name] = outside
        of_member = sum(each.points for each in outside if each.member_id == member_id)
        of_all = sum(each.points for each in outside)
        within = points <= POLICY.floor and of_member <= POLICY.cap and of_all <= POLICY.exposure
        _insist(within, f"{till.name} gave {points}, {of_member} of one member and {of_all} of all without the hub")

    def was_answered(self, request: PushRequest, answer: PushAnswer) -> None:
        """Insist that what is acknowledged is in the log by now, and that nothing is put aside that is not."""
        verdicts = answer.verdicts
        _insist([v.event_id for v in verdicts] == [e.event_id for e in request.events], "verdicts are out of order")
        for verdict in verdicts:
            _insist(verdict.event_id in self._log, f"{verdict.event_id} is {verdict.outcome}, and not in the log")
            _insist(verdict.outcome is not Outcome.QUARANTINED, f"{verdict.event_id} was put aside: {verdict.code}")
            self._acknowledged.add(verdict.event_id)

    def was_halted(self, till: Watched, reason: HaltReason) -> None:
        """Insist that a till is only told to be two when it may be."""
        parted = reason in {HaltReason.FORKED, HaltReason.CLONED}
        _insist(till.suspect or not parted, f"{till.name} was halted without cause: {reason}")
        _insist(parted or reason is HaltReason.UNKNOWN_TERMINAL, f"{till.name} was halted: {reason}")

    def check_hub(self) -> None:
        """Insist that the hub contradicts neither itself nor what was done."""
        with self._hub.store.reading() as reading:
            stamp = reading.epochs()[-1].name, reading.counters()
            if stamp == self._stamp:
                return
            same_life, self._stamp = stamp[0] == self._stamp[0], stamp
            found = faults(reading)
            _insist(not found, "; ".join(found))
            log = {logged.event.event_id: logged.event for logged in reading.log()}
            self._check_holds(kept_holds(reading), same_life=same_life)
            new = [event for event_id, event in log.items() if event_id not in self._log]
            for event in new:
                _insist(encode(event) in self._made.get(event.event_id, ()), f"nobody did {event.event_id}")
                self._heed(event)
        self._log = set(log)
        self._check_loss()
        self._check_missing()

    def fell_back(self) -> None:
        """Note that what tills were told is no more: what they redeemed was within limits of another life."""
        self._fell_back = True

    def _check_holds(self, holds: list[KeptHold], *, same_life: bool) -> None:
        """Insist that a hold ends once, and that only the hub's clock times it out."""
        for hold in holds:
            before = self._holds.get(hold.hold_id) if same_life else None
            ended = before is not None and before.state is not HoldState.OPEN
            _insist(not ended or before == hold, f"hold {hold.hold_id} ended twice")
            early = hold.state is HoldState.TIMED_OUT and self._hub.now_ms < hold.until_ms
            _insist(not early, f"hold {hold.hold_id} timed out before its time")
        self._holds = {hold.hold_id: hold for hold in holds}

    def _heed(self, event: Event) -> None:
        """Note who did it; and of a sale whose hold was over that what it spent was no longer kept for it."""
        self._by[event.event_id] = event.terminal_id
        points, named = spent_by(event), getattr(body_of(event), "holds", ())
        holds = [self._holds[name] for name in named if name in self._holds]
        if points and any(hold.unit and hold.state is not HoldState.POSTED for hold in holds):
            self._late.add(event.event_id)

    def _check_loss(self) -> None:
        """Insist that of what a member owes no till gave more than it may without the hub, but for late holds."""
        limit = POLICY.cap * (1 + self._forgetful + sum(till.name.startswith("twin") for till in self._tills))
        rows = () if self._fell_back else self._rows()
        members = [row for row in rows if row.kind is RowKind.MEMBER and b'"overdrawn"' in bytes(row.document or b"")]
        with self._hub.store.reading() as reading:
            books = {row.key: reading.postings_of(BookKey(row.key, UNIT)) for row in members}
        for member_id, postings in books.items():
            for terminal_id, owed in self._given([posted.transfer for posted in postings]).items():
                _insist(
                    owed <= limit, f"{terminal_id} gave {owed} of the points that {member_id} owes, {limit} at most"
                )

    def _given(self, transfers: list[Transfer]) -> dict[str, int]:
        """Return what each till gave of what is owed, since nothing was owed last."""
        owed, given = 0, dict[str, int]()
        for transfer in transfers:
            if transfer.credit.kind is AccountKind.OVERDRAFT:
                owed -= transfer.points
            if transfer.debit.kind is AccountKind.OVERDRAFT:
                owed += transfer.points
                if transfer.cause in self._by and transfer.cause not in self._late:
                    till = self._by[transfer.cause]
                    given[till] = given.get(till, 0) + transfer.points
            if not owed:
                given = {}
        return given

    def check_till(self, till: Watched) -> None:
        """Insist that a till has every row at or below its cursor, and has ended nothing that the hub has not."""
        epoch, cursor = self._hub.epoch, till.replica.cursor()
        life, scope = parted(cursor.epoch)
        if parted(till.outbox.epoch())[0] == epoch:
            ended = {e.event_id for e in till.outbox.events() if till.outbox.ended(e.event_id)}
            _insist(ended <= self._log, f"{till.name} waits no more with {sorted(ended - self._log)}")
        if life == epoch:
            for row in self._rows_in(scope):
                if row.number <= cursor.at(row.partition):
                    _insist(till.replica.row(row.kind, row.key) == row, f"{till.name} has passed over {row.key}")

    def unrest(self) -> str:
        """Return what is not as it must be in the end, empty if all is."""
        for till in self._tills:
            scope = self._hub.authority.scope_of(till.terminal_id)
            rows = {(row.kind, row.key): row for row in self._rows_in(scope)}
            if not till.running or till.outbox.waiting_count():
                return f"{till.name} still has {till.outbox.waiting_count()} events"
            if {(row.kind, row.key): row for row in till.replica.rows()} != rows:
                return f"the rows of {till.name} are not those of the hub"
        if gone := sorted(each for each in self._missing if each not in self._lost or self._is_kept(each)):
            return f"{gone} were acknowledged and are gone"
        return ""

    def _is_kept(self, event_id: str) -> bool:
        return any(till.outbox.has(event_id) for till in self._tills)

    def _rows(self) -> list[Row]:
        """Return the rows that are there; read again only when something has changed."""
        with self._hub.store.reading() as reading:
            stamp = reading.epochs()[-1].name, reading.counters()
            if stamp != self._there[0]:
                rows = reading.rows_above(dict.fromkeys(stamp[1], 0), _ALL)
                self._there = stamp, [row for row in rows if row.document is not None]
        return self._there[1]

    def _rows_in(self, scope: str) -> list[Row]:
        """Return those of them that are in a scope; none of one that is kept no more."""
        if not scope:
            return self._rows()
        rows = {RowKey(row.kind, row.key): row for row in self._rows()}
        with self._hub.store.reading() as reading:
            if scope not in reading.scopes():
                return []
            there = {each.key for each in reading.memberships(rows) if each.there and each.scope in {scope, SHARED}}
        return [row for key, row in rows.items() if row.partition == SHOP_PARTITION or key in there]

    def _check_missing(self) -> None:
        """Insist that what a fall of the hub took away again is on the disk of some till, which will bring it."""
        self._missing = self._acknowledged - self._log
        for event_id in sorted(self._missing - self._lost):
            _insist(self._is_kept(event_id), f"{event_id} was acknowledged, and nobody has it")


def _is_inside(till: Watched, event_id: str) -> bool:
    """Whether the rows of a till have one of its events."""
    ended = till.outbox.ended(event_id)
    event = next(event for event in till.outbox.events() if event.event_id == event_id)
    return ended is not None and 0 < ended.verdict.number <= till.replica.cursor().at(partition_of(event.part))


def _insist(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the thing that must hold
    if not holds:
        raise InvariantBroken(otherwise)
