"""What was let be redeemed without the hub: within the policy when it is given, within the formula when it is booked.

It believes neither the hub nor the tills: what was given it writes down by itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from pos_loyalty.core.accounts import MEMBER_KINDS, AccountKind, Transfer, TransferKind
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.feed import partition_of
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.hub.hub_store import Reading
from sync.hub.kept import BookKey, KeptHold, LossKind, Record
from sync.simulator.insisting import insist
from sync.simulator.selling import POLICY, coupons_of, revoked_by, spent_by
from sync.simulator.standings import was_parted
from sync.wire import HoldState


class Watched(Protocol):
    """A till, as far as it is looked at."""

    name: str
    terminal_id: str
    suspect: bool
    running: bool
    outbox: MemoryOutbox
    replica: MemoryReplica


class Given(NamedTuple):
    """What a till let be redeemed without the hub."""

    event_id: str
    owner: str
    """Whose it was: a member, or the code of a voucher."""
    worth: int


class Losses:
    """Sees what is redeemed in one story."""

    def __init__(self, tills: Sequence[Watched], *, lends: bool = False) -> None:
        self._tills = tills
        self._lends = lends
        self._forgetful = 0
        self._fell_back = False
        self._by: dict[str, str] = {}
        self._late: set[str] = set()
        """Sales whose hold was over when they came."""
        self._uncovered: Counter[str] = Counter()
        """How often each voucher was used without a hold that kept it, or taken back."""
        self._given_by: dict[str, list[Given]] = {}

    def was_forgotten(self) -> None:
        """Note that a till knows no more what was redeemed there: it lets it be redeemed once more."""
        self._forgetful += 1

    def fell_back(self) -> None:
        """Note that what tills were told is no more: what they redeemed was within limits of another life."""
        self._fell_back = True
        self._uncovered.clear()

    def was_given(self, till: Watched, new: Given) -> None:
        """Insist that what a till lets be redeemed without the hub, and its rows do not have, is within the policy."""
        given = [*self._given_by.get(till.name, ()), new]
        outside = [each for each in given if till.outbox.has(each.event_id) and not _is_inside(till, each.event_id)]
        self._given_by[till.name] = outside
        of_owner = sum(each.worth for each in outside if each.owner == new.owner)
        of_all = sum(each.worth for each in outside)
        within = new.worth <= POLICY.floor and of_owner <= POLICY.cap and of_all <= POLICY.exposure
        insist(within, f"{till.name} gave {new.worth}, {of_owner} of one and {of_all} of all without the hub")

    def heed(self, event: Event, holds: Mapping[str, KeptHold]) -> None:
        """Note who brought an event, and whether what it redeemed was kept for it until then."""
        self._by[event.event_id] = event.terminal_id
        points, coupons = spent_by(event), coupons_of(event)
        if points or coupons:
            named = [holds[name] for name in getattr(body_of(event), "holds", ()) if name in holds]
            if points and any(hold.unit and hold.state is not HoldState.POSTED for hold in named):
                self._late.add(event.event_id)
            kept = {hold.voucher for hold in named if hold.state is HoldState.POSTED}
            self._uncovered.update(code for code in coupons if code not in kept)
        self._uncovered.update(revoked_by(event))

    def check(self, reading: Reading, books: Mapping[BookKey, list[Record]]) -> None:
        """Insist that nothing more was lost than may be, of the points in these books and of vouchers."""
        if not self._fell_back:
            for key, records in books.items():
                # Of an allowance that was parted with its people a till may draw more until it hears of it.
                if not (self._lends and was_parted(records)):
                    self._check_book([posted.transfer for posted in reading.postings_of(key)])
        twice = Counter(loss.code for loss in reading.losses() if loss.kind is LossKind.DUPLICATE)
        for code, times in twice.items():
            most = self._uncovered[code]
            insist(times <= most, f"{code} was lost {times} times, and used {most} times without a hold")

    def _check_book(self, transfers: list[Transfer]) -> None:
        """Insist that of what is owed in a book no till gave more than it may of each member, but for late holds."""
        people = {a.owner for each in transfers for a in (each.debit, each.credit) if a.kind in MEMBER_KINDS}
        blind = 1 + self._forgetful + sum(till.name.startswith("twin") for till in self._tills)
        if self._lends and blind > 1:
            # Who does not know what was drawn on an allowance draws on it again.
            return
        limit = 0 if self._lends else POLICY.cap * blind * max(1, len(people))
        for terminal_id, owed in self._given(transfers).items():
            insist(owed <= limit, f"{terminal_id} gave {owed} of the points that {sorted(people)} owe, {limit} at most")

    def _given(self, transfers: list[Transfer]) -> dict[str, int]:
        """Return what each till gave of what is owed, since nothing was owed last.

        Whose goods come back while their points are held owes them, but nobody gave anything; nor does a merge, which
        makes what one person owes another's.
        """
        owed, given = 0, dict[str, int]()
        for transfer in transfers:
            if transfer.debit.kind is transfer.credit.kind:
                continue
            if transfer.credit.kind is AccountKind.OVERDRAFT:
                owed = max(0, owed - transfer.points)
            if transfer.debit.kind is AccountKind.OVERDRAFT and transfer.kind is not TransferKind.REVERSAL:
                owed += transfer.points
                if transfer.cause in self._by and transfer.cause not in self._late:
                    till = self._by[transfer.cause]
                    given[till] = given.get(till, 0) + transfer.points
            if not owed:
                given = {}
        return given


def _is_inside(till: Watched, event_id: str) -> bool:
    """Whether the rows of a till have one of its events."""
    ended = till.outbox.ended(event_id)
    event = next(event for event in till.outbox.events() if event.event_id == event_id)
    return ended is not None and 0 < ended.verdict.number <= till.replica.cursor().at(partition_of(event.part))
