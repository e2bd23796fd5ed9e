"""A member spends points at a till: held by the hub if it answers in time, within the policy if it does not.

A till names every hold that it asked for in the sale, answered or not: a hold that was granted and whose answer was
lost is used up by the sale, and one that comes too late holds nothing.
"""

from random import Random
from typing import Final, NamedTuple

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind, partition_of
from pos_loyalty.core.members import Member, spendable
from pos_loyalty.core.offline import ClockReading, MemberStanding, RedeemedSince, offline_permit
from pos_loyalty.ports import Ids
from sync.engine.troubles import Trouble
from sync.hub.documents import read
from sync.simulator.hub import SimulatedHub
from sync.simulator.network import Exchange
from sync.simulator.schedule import SECOND_NS
from sync.simulator.selling import POLICY, UNIT, earned, sale, spent, spent_by
from sync.simulator.till import Till
from sync.simulator.watch import Watch
from sync.wire import Halt, HoldAnswer, HoldRequest, HoldState

HOLD_S: Final = 6
_PATIENCE_NS: Final = 300_000_000
_BASKET_NS: Final = (SECOND_NS // 2, 8 * SECOND_NS)
_GIVEN_UP: Final = 0.15

Answer = HoldAnswer | Halt | Trouble


class Asked(NamedTuple):
    """A basket that waits for the hub."""

    hold_id: str
    member_id: str
    points: int


class Redeeming:
    """Redemptions at one till. What is under way is forgotten when the till goes down."""

    def __init__(self, till: Till, hub: SimulatedHub, watch: Watch, chance: Random, ids: Ids) -> None:
        self.till = till
        self._watch = watch
        self._hub = hub
        self._chance = chance
        self._ids = ids
        self._asked: Asked | None = None

    def begins(self, member_id: str, points: int) -> None:
        """Ask the hub to keep points for a basket, and wait no longer than a customer does."""
        asked = self._asked = Asked(self._ids(), member_id, points)
        request = HoldRequest(hold_id=asked.hold_id, member_id=member_id, unit=UNIT, points=points, seconds=HOLD_S)
        terminal_id, what = self.till.terminal_id, f"hold of {points} for {self.till.name}"

        def serve() -> Answer | None:
            return self._hub.hold(terminal_id, request)

        def tell(answer: Answer) -> None:
            self._told(asked, answer)

        self.till.ask(Exchange[Answer](what, serve, _trouble, self.till.ear(tell)))
        self.till.later(_PATIENCE_NS, "waits for no hold", lambda: self._told(asked, Trouble.TIMEOUT))

    def standing(self, member_id: str) -> MemberStanding:
        """Return what the row says of a member."""
        row = self.till.replica.row(RowKind.MEMBER, member_id)
        member = read(RowKind.MEMBER, row.document) if row and row.document is not None else None
        if not isinstance(member, Member):
            return MemberStanding(available=0)
        return MemberStanding(available=spendable(member, UNIT), overdrawn=UNIT in member.overdrawn)

    def since(self, member_id: str) -> RedeemedSince:
        """Return what was redeemed here that the rows do not contain."""
        outside = [event for event in self.till.outbox.events() if not self._is_inside(event)]
        spent = [(event.member_id, points) for event in outside if (points := spent_by(event))]
        own = [points for member, points in spent if member == member_id]
        return RedeemedSince(of_member=sum(own), times=len(own), of_all=sum(points for _, points in spent))

    def _told(self, asked: Asked, answer: Answer) -> None:
        if isinstance(answer, HoldAnswer):
            self.till.saw_hub(answer.hub_ms)
        if self._asked != asked:
            return
        self._asked = None
        granted = isinstance(answer, HoldAnswer) and answer.state is HoldState.OPEN
        if granted and isinstance(answer, HoldAnswer):
            self._wait_for_payment(asked, answer.until_ms)
        elif isinstance(answer, HoldAnswer):
            self.pays(asked, 0)
        else:
            self._gives(asked)

    def _wait_for_payment(self, asked: Asked, until_ms: int) -> None:
        pause_ns = self._chance.randint(*_BASKET_NS)
        if self._chance.random() < _GIVEN_UP:
            self.till.later(pause_ns, "gives a basket up", lambda: self._void(asked))
        else:
            self.till.later(pause_ns, "is paid", lambda: self._paid(asked, until_ms))

    def _paid(self, asked: Asked, until_ms: int) -> None:
        """Take the money; a hold that is over by what is known of the hub's clock is worth nothing any more."""
        if self.till.hub_ms >= until_ms:
            self._gives(asked)
        else:
            self.pays(asked, asked.points)

    def _gives(self, asked: Asked) -> None:
        """Let the member spend what the policy permits without the hub."""
        points, last = self.permitted(asked), len(self.till.outbox.events())
        self.pays(asked, points)
        written = self.till.outbox.events()[last:]
        if points and written:
            self._watch.was_given(self.till, written[0].event_id, asked.member_id, points)

    def _void(self, asked: Asked) -> None:
        terminal_id, what = self.till.terminal_id, f"void of a hold of {self.till.name}"

        def serve() -> Answer | None:
            return self._hub.void(terminal_id, asked.hold_id)

        self.till.ask(Exchange[Answer](what, serve, _trouble, _forget))

    def permitted(self, asked: Asked) -> int:
        """Return what the policy lets the member spend without the hub."""
        clock = ClockReading(now_ms=self.till.hub_ms, seen_ms=self.till.seen_ms, fresh_ms=self.till.replica.fresh_ms())
        since = self.since(asked.member_id)
        return offline_permit(asked.points, self.standing(asked.member_id), since, clock, POLICY).amount

    def pays(self, asked: Asked, points: int) -> None:
        """Write the sale, whatever of it could be paid with points."""
        self.till.does(sale(spent(points) if points else earned(1), holds=(asked.hold_id,)), asked.member_id)

    def _is_inside(self, event: Event) -> bool:
        ended = self.till.outbox.ended(event.event_id)
        number = ended.verdict.number if ended else 0
        return 0 < number <= self.till.replica.cursor().at(partition_of(event.part))


def _trouble(trouble: Trouble) -> Answer:
    return trouble


def _forget(_: Answer) -> None:
    """Do nothing: what was to be given back comes back by itself."""
