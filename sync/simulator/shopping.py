"""What happens in the shops of a story: members are enrolled, come back, buy, redeem and return, things are noted."""

from collections.abc import Collection
from datetime import timedelta
from random import Random
from typing import Final, NamedTuple

from pos_loyalty.core.evaluation import VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    Body,
    IdentifierLinked,
    MemberEnrolled,
    NoteWritten,
    PreferenceSet,
    VisitOpened,
)
from pos_loyalty.core.feed import partition_of
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.members import PersonName, Preference
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.usage import Counted
from pos_loyalty.ports import Ids
from sync.engine.troubles import Trouble
from sync.simulator.hub import SimulatedHub
from sync.simulator.network import Exchange
from sync.simulator.redeeming import Redeeming
from sync.simulator.schedule import Schedule
from sync.simulator.selling import UNIT, card, coupon, earned, sale, taken_back
from sync.simulator.till import Till
from sync.simulator.watch import Watch
from sync.wire import Halt, LookupAnswer

_PARTITIONS: Final = 3
"""All people live in so few, so that tills meet there."""
_CARDS: Final = ("CARD-1", "CARD-2", "CARD-3")
_LATE_DAYS: Final = (28, 29, 30, 31)
"""How late a sale may be that was left on a till: its points have a few days to live, or none."""
_OFTEN: Final = 4


class Sold(NamedTuple):
    """One sale, as the receipt says."""

    event_id: str
    member_id: str
    body: BasketCommitted


class Surroundings(NamedTuple):
    """What the shops share with the rest of a story."""

    hub: SimulatedHub
    watch: Watch
    chance: Random
    ids: Ids
    schedule: Schedule
    redeeming: type[Redeeming]


class Shopping:
    """The people, and what they and the sellers do."""

    def __init__(self, here: Surroundings) -> None:
        self.people: list[str] = []
        """Those who come."""
        self._gone: list[str] = []
        self._codes: dict[str, str] = {}
        """On the cards of members, by whose they are."""
        self._here = here
        self._chance = chance = here.chance
        self._redeeming: dict[str, Redeeming] = {}
        # In some shops there are few, who come often and spend what they have: there tills meet over points.
        self._most, self._redeems = chance.choice(here.redeeming.SHOPS)
        self._partitions: set[int] = set()
        self._sold: list[Sold] = []
        self._coupons: dict[str, str] = {}
        """Code to whose it is."""

    def happens_at(self, till: Till, *, crash: bool | None = None) -> str:
        """Let one thing happen at a till; return what, in a word. ``crash``: see :meth:`Till.does`."""
        chance = self._chance
        if not self.people or (len(self.people) < self._most and chance.random() < 1 / _OFTEN):
            return self._writes(till, self._somebody_new(), self._enrolment(), crash)
        member_id = chance.choice(self.people)
        if self._gone and chance.random() < 1 / 20:
            # A till that has not heard of it goes on, and what it wrote before comes late.
            member_id = chance.choice(self._gone)
        if crash is None and chance.random() < 1 / 12:
            return self._looks_up(till, member_id)
        if crash is None and chance.random() < self._redeems:
            return self._redeem(till, till.shown(member_id).member_id)
        if self._sold and chance.random() < 1 / 10:
            sold = chance.choice(self._sold)
            return self._writes(till, sold.member_id, taken_back(sold.event_id, sold.body), crash)
        return self._writes(till, till.shown(member_id).member_id, self._body(), crash)

    def leave(self, members: Collection[str]) -> None:
        """Have people come no more, or hardly ever."""
        self._gone += [each for each in self.people if each in members]
        self.people = [each for each in self.people if each not in members]

    def _writes(self, till: Till, member_id: str, body: Body, crash: bool | None) -> str:  # noqa: FBT001 - passed on
        late = isinstance(body, BasketCommitted) and self._chance.random() < 1 / 5
        ago = timedelta(days=self._chance.choice(_LATE_DAYS)) if late else timedelta()
        last = len(till.outbox.events())
        till.does(body, member_id, crash=crash, ago=ago)
        for written in till.outbox.events()[last:]:
            if isinstance(body, BasketCommitted):
                self._sold.append(Sold(written.event_id, member_id, body))
                self._coupons |= {v.code: member_id for v in body.vouchers if v.program_id == "coupon"}
        return type(body).__name__

    def _somebody_new(self) -> str:
        while True:
            member_id = self._here.ids()
            partition = partition_of(part_of(member_id))
            if len(self._partitions) < _PARTITIONS or partition in self._partitions:
                self._partitions.add(partition)
                self.people.append(member_id)
                self._codes[member_id] = f"MEMBER-{len(self._codes)}"
                return member_id

    def _enrolment(self) -> MemberEnrolled:
        name = PersonName(given=f"given {len(self._codes)}")
        return MemberEnrolled(name=name, identifiers=(Identifier(IdentifierKind.CARD, self._codes[self.people[-1]]),))

    def _looks_up(self, till: Till, member_id: str) -> str:
        """Ask the hub who somebody is, whatever the till knows; who comes of it opens a visit."""
        here, terminal_id, code = self._here, till.terminal_id, self._codes[member_id]
        if not till.running:
            return "a till is off"

        def serve() -> LookupAnswer | Halt | Trouble:
            answer = here.hub.lookup(terminal_id, code)
            if isinstance(answer, LookupAnswer):
                here.watch.was_found(code, answer)
            return answer

        def tell(answer: LookupAnswer | Halt | Trouble) -> None:
            if isinstance(answer, LookupAnswer):
                till.saw_hub(answer.hub_ms)
                for row in answer.rows:
                    till.does(VisitOpened(visit_id=here.ids(), place="door"), row.key)

        what = f"lookup of {till.name}"
        till.ask(Exchange[LookupAnswer | Halt | Trouble](what, serve, lambda trouble: trouble, till.ear(tell)))
        return "a lookup"

    def _redeem(self, till: Till, member_id: str) -> str:
        if not till.running:
            return "a till is off"
        here = self._here
        at = self._redeeming.get(till.name) or here.redeeming(till, here.hub, here.watch, here.chance, here.ids)
        self._redeeming[till.name] = at
        member_id = till.shown(at.customer(member_id, self.people)).member_id
        own = [code for code, whose in self._coupons.items() if whose == member_id]
        if own and self._chance.random() < 1 / 4:
            at.begins_with(member_id, self._chance.choice(own))
            return "a voucher is redeemed"
        # As the till sees it: two tills that are cut off may spend the same points.
        there = max(1, till.member(member_id).balances.get(UNIT, 0))
        at.begins(member_id, self._chance.randint((there + 1) // 2, there))
        return "points are redeemed"

    def _body(self) -> Body:
        chance, amount = self._chance, self._chance.randint(1, 60)
        if chance.random() < 1 / 2:
            return self._sale(amount)
        words: tuple[Body, ...] = (
            VisitOpened(visit_id=self._here.ids(), place="door"),
            NoteWritten(text=f"note {amount}"),
            PreferenceSet(preference=Preference(key=f"size.{amount % 3}", value=str(amount))),
            IdentifierLinked(identifier=Identifier(IdentifierKind.BARCODE, f"CODE-{amount % 4}")),
        )
        return chance.choice(words)

    def _sale(self, amount: int) -> BasketCommitted:
        match self._chance.randrange(5):
            case 0:
                return sale(earned(amount), vouchers=(card(self._chance.choice(_CARDS), 50, is_new=True),))
            case 1:
                return sale(earned(amount), vouchers=(card(self._chance.choice(_CARDS), amount, is_new=False),))
            case 2:
                code = f"ONCE-{len(self._coupons) + 1}"
                return sale(earned(amount), vouchers=(coupon(code, VoucherMoveKind.ISSUED),))
            case 3:
                day = self._here.schedule.now().date() + timedelta(days=self._chance.randint(1, 2))
                return sale(earned(amount, pending_until=day))
            case _:
                return sale(earned(amount), counts=(Counted(key="club/all", amount=1, scope=Scope.TOTAL),))
