"""A member redeems points, or a voucher: held by the hub if it answers in time, within the policy if it does not.

A till names every hold that it asked for in the sale, answered or not: a hold that was granted and whose answer was
lost is used up by the sale, and one that comes too late holds nothing.
"""

from collections.abc import Sequence
from random import Random
from typing import ClassVar, Final, NamedTuple

from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMoveKind
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind, partition_of
from pos_loyalty.core.members import spendable
from pos_loyalty.core.offline import ClockReading, MemberStanding, RedeemedSince, offline_permit
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.core.vouchers import VoucherStatus
from pos_loyalty.ports import Ids
from sync.engine.troubles import Trouble
from sync.hub.documents import read
from sync.simulator.hub import SimulatedHub
from sync.simulator.losses import Given
from sync.simulator.network import Exchange
from sync.simulator.schedule import SECOND_NS
from sync.simulator.selling import (
    COUPON_WORTH,
    POLICY,
    UNIT,
    coupon,
    coupons_of,
    earned,
    redeemed_by,
    sale,
    spent,
)
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
    voucher: str = ""
    """Code of what is redeemed instead of points."""
    aside: int = 0
    """Of the points, those that the hub is not asked for."""


class Redeeming:
    """Redemptions at one till. What is under way is forgotten when the till goes down."""

    SHOPS: ClassVar[tuple[tuple[int, float], ...]] = ((9, 0.1), (2, 0.7))
    """How many people there are, and how likely each spends what they have: of these one story has one."""

    def __init__(self, till: Till, hub: SimulatedHub, watch: Watch, chance: Random, ids: Ids) -> None:
        self.till = till
        self._watch = watch
        self._hub = hub
        self._chance = chance
        self._ids = ids
        self._asked: Asked | None = None

    def customer(self, member_id: str, people: Sequence[str]) -> str:  # noqa: ARG002 - for those who choose
        """Return who redeems, of those who could."""
        return member_id

    def begins(self, member_id: str, points: int) -> None:
        """Ask the hub to keep points for a basket."""
        self.asks(Asked(self._ids(), member_id, points))

    def begins_with(self, member_id: str, voucher: str) -> None:
        """Ask the hub to keep a voucher for a basket."""
        self.asks(Asked(self._ids(), member_id, COUPON_WORTH, voucher))

    def asks(self, asked: Asked) -> None:
        """Ask the hub, and wait no longer than a customer does."""
        self._asked = asked
        thing = {"voucher": asked.voucher} if asked.voucher else {"unit": UNIT}
        points = 0 if asked.voucher else asked.points - asked.aside
        request = HoldRequest(hold_id=asked.hold_id, member_id=asked.member_id, points=points, seconds=HOLD_S, **thing)
        terminal_id = self.till.terminal_id
        what = f"hold of {asked.voucher or points} for {self.till.name}"

        def serve() -> Answer | None:
            answer = self._hub.hold(terminal_id, request)
            self._watch.check_hub()
            return answer

        def tell(answer: Answer) -> None:
            self._told(asked, answer)

        self.till.ask(Exchange[Answer](what, serve, _trouble, self.till.ear(tell)))
        self.till.later(_PATIENCE_NS, "waits for no hold", lambda: self._told(asked, Trouble.TIMEOUT))

    def standing(self, asked: Asked) -> MemberStanding:
        """Return what the rows say of what is to be redeemed."""
        if asked.voucher:
            # It is used whole or not at all: half of what is there means money.
            there = 2 * COUPON_WORTH if self._is_good(asked.voucher) else 0
            return MemberStanding(available=there)
        member = self.till.shown(asked.member_id)
        return MemberStanding(available=spendable(member, UNIT), overdrawn=UNIT in member.overdrawn)

    def since(self, names: tuple[str, ...]) -> RedeemedSince:
        """Return what was redeemed here that the rows do not contain; of whom it is, ``names`` say."""
        outside = [event for event in self.till.outbox.events() if not self.is_inside(event)]
        redeemed = [(owner, worth) for event in outside for owner, worth in redeemed_by(event).items()]
        own = [worth for owner, worth in redeemed if owner in names]
        return RedeemedSince(of_member=sum(own), times=len(own), of_all=sum(worth for _, worth in redeemed))

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
            self.gives(asked)

    def _wait_for_payment(self, asked: Asked, until_ms: int) -> None:
        pause_ns = self._chance.randint(*_BASKET_NS)
        if self._chance.random() < _GIVEN_UP:
            self.till.later(pause_ns, "gives a basket up", lambda: self._void(asked))
        else:
            self.till.later(pause_ns, "is paid", lambda: self._paid(asked, until_ms))

    def _paid(self, asked: Asked, until_ms: int) -> None:
        """Take the money; a hold that is over by what is known of the hub's clock is worth nothing any more."""
        if self.till.hub_ms >= until_ms:
            self.gives(asked)
        else:
            self.pays(asked, asked.points)

    def gives(self, asked: Asked) -> None:
        """Let the member redeem what the policy permits without the hub."""
        points, last = self.permitted(asked), len(self.till.outbox.events())
        self.pays(asked, points)
        written = self.till.outbox.events()[last:]
        if points and written:
            self.was_given(Given(written[0].event_id, asked.voucher or asked.member_id, points))

    def was_given(self, given: Given) -> None:
        """Tell what was redeemed without the hub."""
        self._watch.was_given(self.till, given)

    def _void(self, asked: Asked) -> None:
        terminal_id, what = self.till.terminal_id, f"void of a hold of {self.till.name}"

        def serve() -> Answer | None:
            answer = self._hub.void(terminal_id, asked.hold_id)
            self._watch.check_hub()
            return answer

        self.till.ask(Exchange[Answer](what, serve, _trouble, _forget))

    def permitted(self, asked: Asked) -> int:
        """Return what the policy lets the member redeem without the hub."""
        till = self.till
        clock = ClockReading(now_ms=till.hub_ms, seen_ms=till.seen_ms, fresh_ms=till.listening.fresh_ms)
        since = self.since((asked.voucher,) if asked.voucher else till.shown(asked.member_id).ids)
        amount = offline_permit(asked.points, self.standing(asked), since, clock, POLICY).amount
        return 0 if asked.voucher and amount < asked.points else amount

    def pays(self, asked: Asked, points: int) -> None:
        """Write the sale, whatever of it could be paid with what was to be redeemed."""
        sold = sale(earned(1), holds=(asked.hold_id,))
        if points and asked.voucher:
            sold = replace(sold, vouchers=(coupon(asked.voucher, VoucherMoveKind.REDEEMED),))
        elif points:
            sold = replace(sold, moves=(spent(points),))
        self.till.does(sold, asked.member_id)

    def _is_good(self, code: str) -> bool:
        """Whether a voucher can still be used, as far as is known here; one that was used here never can."""
        row = self.till.replica.row(RowKind.VOUCHER, code)
        voucher = read(RowKind.VOUCHER, row.document) if row and row.document is not None else None
        good = isinstance(voucher, VoucherRow) and voucher.status is VoucherStatus.ISSUED and not voucher.early
        return good and not any(code in coupons_of(event) for event in self.till.outbox.events())

    def is_inside(self, event: Event) -> bool:
        """Whether the rows here have an event of this till."""
        ended = self.till.outbox.ended(event.event_id)
        number = ended.verdict.number if ended else 0
        return 0 < number <= self.till.replica.cursor().at(partition_of(event.part))


def _trouble(trouble: Trouble) -> Answer:
    return trouble


def _forget(_: Answer) -> None:
    """Do nothing: what was to be given back comes back by itself."""
