"""What must hold after every step of a story, and at its end. The first thing that does not ends the story.

It believes neither the hub nor the tills: what was done and what was acknowledged it writes down by itself. A step is
checked for all that it changed, and everything once more at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from pos_loyalty.core.erasing import redacted
from pos_loyalty.core.events import Draft, Event, encode
from pos_loyalty.core.feed import SHOP_PARTITION, Row, RowKind
from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.hold_memos import kept_holds
from sync.hub.hub_store import Reading
from sync.hub.kept import Counters, KeptHold, RowKey
from sync.hub.scopes import SHARED, parted
from sync.hub.terminals import OFFICE
from sync.simulator import standings
from sync.simulator.changes import Changed, Changes
from sync.simulator.hub import SimulatedHub
from sync.simulator.insisting import insist
from sync.simulator.losses import Given, Losses, Watched
from sync.wire import HaltReason, HoldState, LookupAnswer, PushAnswer, PushRequest

_ALL: Final = 1 << 40
_BY_NIGHT: Final = frozenset({"points.activated", "points.expired", "tier.assessed"})


class Watch:
    """Sees everything of one story."""

    def __init__(self, hub: SimulatedHub, tills: Sequence[Watched], *, lends: bool = False) -> None:
        self._hub = hub
        self._tills = tills
        self._losses = Losses(tills, lends=lends)
        self._changes = Changes()
        self._made: dict[str, list[Event]] = {}
        """What was done, under each name that it was brought by."""
        self._told: set[str] = set()
        """By the office."""
        self._acknowledged: set[str] = set()
        self._lost: set[str] = set()
        """Of journals that were put back: whoever loses both ends loses the event."""
        self._holds: dict[str, KeptHold] = {}
        self._log: set[str] = set()
        self._missing: set[str] = set()
        self._stamp: tuple[str, Counters] = ("", {})
        self._rows: dict[RowKey, Row] = {}
        """All of them, tombstones too."""
        self._there: dict[str, list[Row]] = {}
        """Those that are not, by the scopes that they were looked for in since anything has changed."""
        self._erased: set[str] = set()

    def was_made(self, event: Event) -> None:
        """Write down what was done at a till, under the name that it has there."""
        self._made.setdefault(event.event_id, []).append(event)

    def was_told(self, draft: Draft) -> None:
        """Write down what the office is about to tell."""
        self._told.add(draft.event_id)

    def was_lost(self, events: Iterable[Event]) -> None:
        """Write down what a journal that was put back from a backup does not have."""
        self._lost |= {event.event_id for event in events}
        self._losses.was_forgotten()
        self._check_missing()

    def was_given(self, till: Watched, given: Given) -> None:
        """Insist that what a till lets be redeemed without the hub is within the policy."""
        self._losses.was_given(till, given)

    def was_answered(self, request: PushRequest, answer: PushAnswer) -> None:
        """Insist that what is acknowledged is in the log by now, and that nothing is put aside that is not."""
        verdicts = answer.verdicts
        insist([v.event_id for v in verdicts] == [e.event_id for e in request.events], "verdicts are out of order")
        for verdict in verdicts:
            insist(verdict.event_id in self._log, f"{verdict.event_id} is {verdict.outcome}, and not in the log")
            insist(verdict.outcome is not Outcome.QUARANTINED, f"{verdict.event_id} was put aside: {verdict.code}")
            self._acknowledged.add(verdict.event_id)

    def was_halted(self, till: Watched, reason: HaltReason) -> None:
        """Insist that a till is only told to be two when it may be."""
        is_two = reason in {HaltReason.FORKED, HaltReason.CLONED}
        insist(till.suspect or not is_two, f"{till.name} was halted without cause: {reason}")
        insist(is_two or reason is HaltReason.UNKNOWN_TERMINAL, f"{till.name} was halted: {reason}")

    def was_found(self, code: str, answer: LookupAnswer) -> None:
        """Insist that a lookup finds what there is."""
        standings.check_found(self._rows, code, answer)

    def was_night(self, days: Sequence[date]) -> None:
        """Insist that a night did what it is for."""
        with self._hub.store.reading() as reading:
            for day in days:
                standings.check_night(reading, day)
        self.was_forgotten()

    def was_forgotten(self) -> None:
        """Insist that nothing is in the log any more of what was said of people who are gone."""
        with self._hub.store.reading() as reading:
            standings.check_forgotten(self._rows, (logged.event for logged in reading.log()))

    def was_scoped(self) -> None:
        """Note that rows may be in other scopes than before, without having changed."""
        self._there.clear()

    def fell_back(self) -> None:
        """Note that what tills were told is no more."""
        self._losses.fell_back()

    def log_size(self) -> int:
        """Return how many events the hub has."""
        return len(self._log)

    def check_hub(self) -> None:
        """Insist that the hub contradicts neither itself nor what was done, as far as anything has changed."""
        with self._hub.store.reading() as reading:
            stamp = reading.epochs()[-1].name, reading.counters()
            if stamp == self._stamp:
                return
            same_life, self._stamp = stamp[0] == self._stamp[0], stamp
            if not same_life:
                self._changes.forget()
                self._log, self._rows, self._erased = set(), {}, set()
                # How these ended was looked at in the life before, when the clock may have been another.
                self._holds = {hold.hold_id: hold for hold in kept_holds(reading)}
            self._check(reading, self._changes.since(reading))
        self._check_missing()

    def check_whole(self) -> None:
        """Insist on the same of everything there is."""
        with self._hub.store.reading() as reading:
            found = faults(reading)
        insist(not found, "; ".join(found))

    def _check(self, reading: Reading, changed: Changed) -> None:
        found = faults(changed.seen)
        insist(not found, "; ".join(found))
        rows = changed.rows_above(dict.fromkeys(changed.partitions, 0), _ALL)
        self._rows |= {RowKey(row.kind, row.key): row for row in rows}
        self._there.clear()
        self._check_holds(kept_holds(reading))
        for logged in changed.log():
            event = logged.event
            if event.event_id not in self._log:
                self._log.add(event.event_id)
                insist(self._was_done(event), f"nobody did {event.event_id}")
                self._losses.heed(event, self._holds)
                self._erased |= {event.member_id or ""} if event.type == "member.erased" else set()
        standings.check_erased(self._rows, self._erased)
        standings.check_points(self._rows, changed.books_changed)
        self._losses.check(reading, changed.books_changed)

    def _was_done(self, event: Event) -> bool:
        """Whether it is what was done, or what may be left of that when somebody is gone."""
        if event.terminal_id == OFFICE:
            return event.type in _BY_NIGHT or event.event_id in self._told
        is_gone = standings.member_in(self._rows, event.member_id or "") is None
        return any(
            encode(event) == encode(each) or (is_gone and encode(event) == encode(redacted(each)))
            for each in self._made.get(event.event_id, ())
        )

    def _check_holds(self, holds: list[KeptHold]) -> None:
        """Insist that a hold ends once, that only the hub's clock times it out, and that a voucher is held once."""
        held: dict[str, str] = {}
        for hold in holds:
            before = self._holds.get(hold.hold_id)
            if hold == before:
                continue
            insist(before is None or before.state is HoldState.OPEN, f"hold {hold.hold_id} ended twice")
            early = hold.state is HoldState.TIMED_OUT and self._hub.now_ms < hold.until_ms
            insist(not early, f"hold {hold.hold_id} timed out before its time")
        self._holds = {hold.hold_id: hold for hold in holds}
        for hold in holds:
            if hold.voucher and hold.state is HoldState.OPEN and hold.until_ms > self._hub.now_ms:
                other = held.setdefault(hold.voucher, hold.hold_id)
                insist(other == hold.hold_id, f"{hold.voucher} is held by {other} and by {hold.hold_id}")

    def check_till(self, till: Watched) -> None:
        """Insist that a till has every row at or below its cursor, and has ended nothing that the hub has not."""
        epoch, cursor = self._hub.epoch, till.replica.cursor()
        life, scope = parted(cursor.epoch)
        if parted(till.outbox.epoch())[0] == epoch:
            ended = {e.event_id for e in till.outbox.events() if till.outbox.ended(e.event_id)}
            insist(ended <= self._log, f"{till.name} waits no more with {sorted(ended - self._log)}")
        if life == epoch:
            for row in self._rows_in(scope):
                if row.number <= cursor.at(row.partition):
                    insist(till.replica.row(row.kind, row.key) == row, f"{till.name} has passed over {row.key}")

    def unrest(self) -> str:
        """Return what is not as it must be in the end, empty if all is."""
        for till in self._tills:
            scope = self._hub.authority.scope_of(till.terminal_id)
            rows = {(row.kind, row.key): row for row in self._rows_in(scope)}
            if not till.running or till.outbox.waiting_count():
                return f"{till.name} still has {till.outbox.waiting_count()} events"
            if {(row.kind, row.key): row for row in till.replica.rows()} != rows:
                return f"the rows of {till.name} are not those of the hub"
            if any(till.replica.row(RowKind.MEMBER, each) for each in self._erased):
                return f"{till.name} shows somebody who was erased"
        if gone := sorted(each for each in self._missing if each not in self._lost or self._is_kept(each)):
            return f"{gone} were acknowledged and are gone"
        return ""

    def _is_kept(self, event_id: str) -> bool:
        return any(till.outbox.has(event_id) for till in self._tills)

    def _rows_in(self, scope: str) -> list[Row]:
        """Return the rows that are there and in a scope; none of one that is kept no more."""
        self.check_hub()
        if scope not in self._there:
            there = {key: row for key, row in self._rows.items() if row.document is not None}
            with self._hub.store.reading() as reading:
                self._there[scope] = _in_scope(reading, scope, there) if scope else list(there.values())
        return self._there[scope]

    def _check_missing(self) -> None:
        """Insist that what a fall of the hub took away again is on the disk of some till, which will bring it."""
        self._missing = self._acknowledged - self._log
        for event_id in sorted(self._missing - self._lost):
            insist(self._is_kept(event_id), f"{event_id} was acknowledged, and nobody has it")


def _in_scope(reading: Reading, scope: str, there: Mapping[RowKey, Row]) -> list[Row]:
    if scope not in reading.scopes():
        return []
    own = {each.key for each in reading.memberships(there) if each.there and each.scope in {scope, SHARED}}
    return [row for key, row in there.items() if row.partition == SHOP_PARTITION or key in own]
