"""What happens in the shops of a story: members are enrolled and visit, buy and spend, and things are noted."""

from random import Random
from typing import Final

from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    Body,
    MemberEnrolled,
    NoteWritten,
    PreferenceSet,
    VisitOpened,
)
from pos_loyalty.core.feed import RowKind, partition_of
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.members import PersonName, Preference
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.usage import Counted
from pos_loyalty.ports import Ids
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication
from sync.simulator.hub import SimulatedHub
from sync.simulator.redeeming import Redeeming
from sync.simulator.selling import UNIT, earned, sale
from sync.simulator.till import Till
from sync.simulator.watch import Watch

_PARTITIONS: Final = 3
"""All people live in so few, so that tills meet there."""
_CARDS: Final = ("CARD-1", "CARD-2", "CARD-3")
_PRODUCTS: Final = 4


class Shopping:
    """The people, and what they and the sellers do."""

    def __init__(self, hub: SimulatedHub, watch: Watch, chance: Random, ids: Ids, redeeming: type[Redeeming]) -> None:
        self._hub = hub
        self._watch = watch
        self._chance = chance
        self._ids = ids
        self._kind = redeeming
        self._redeeming: dict[str, Redeeming] = {}
        # In some shops there are few, who come often and spend what they have: there tills meet over points.
        self._most, self._redeems = chance.choice(((9, 0.1), (2, 0.7)))
        self._people: list[str] = []
        self._partitions: set[int] = set()

    def happens_at(self, till: Till, *, crash: bool | None = None) -> str:
        """Let one thing happen at a till; return what, in a word. ``crash``: see :meth:`Till.does`."""
        if not self._people or (len(self._people) < self._most and self._chance.random() < 1 / 4):
            member_id = self._somebody_new()
            body: Body = MemberEnrolled(name=PersonName(given=f"given {len(self._people)}"))
        else:
            member_id = self._chance.choice(self._people)
            if crash is None and self._chance.random() < self._redeems:
                return self._redeem(till, member_id)
            body = self._body()
        till.does(body, member_id, crash=crash)
        return type(body).__name__

    def published(self) -> Publication:
        """Return the next change of the office: a product that is new, or another, or gone."""
        key = RowKey(RowKind.PRODUCT, f"product-{self._chance.randrange(_PRODUCTS)}")
        gone = self._chance.random() < 1 / 4
        return Publication(key, None if gone else b'{"price":%d}' % self._chance.randrange(1_000))

    def _somebody_new(self) -> str:
        while True:
            member_id = self._ids()
            partition = partition_of(part_of(member_id))
            if len(self._partitions) < _PARTITIONS or partition in self._partitions:
                self._partitions.add(partition)
                self._people.append(member_id)
                return member_id

    def _redeem(self, till: Till, member_id: str) -> str:
        if not till.running:
            return "nothing"
        at = self._redeeming.get(till.name) or self._kind(till, self._hub, self._watch, self._chance, self._ids)
        self._redeeming[till.name] = at
        # As the till sees it: two tills that are cut off may spend the same points.
        there = max(1, till.member(member_id).balances.get(UNIT, 0))
        at.begins(member_id, self._chance.randint((there + 1) // 2, there))
        return "a redemption"

    def _body(self) -> Body:
        amount = self._chance.randint(1, 60)
        if self._chance.random() < 1 / 2:
            return self._sale(amount)
        words: tuple[Body, ...] = (
            VisitOpened(visit_id=self._ids(), place="door"),
            NoteWritten(text=f"note {amount}"),
            PreferenceSet(preference=Preference(key=f"size.{amount % 3}", value=str(amount))),
        )
        return self._chance.choice(words)

    def _sale(self, amount: int) -> BasketCommitted:
        sold = sale(earned(amount))
        match self._chance.randrange(3):
            case 0:
                return replace(sold, vouchers=(self._voucher(VoucherMoveKind.ISSUED, 50),))
            case 1:
                return replace(sold, vouchers=(self._voucher(VoucherMoveKind.DEBITED, amount),))
            case _:
                return replace(sold, counts=(Counted(key="club/all", amount=1, scope=Scope.TOTAL),))

    def _voucher(self, kind: VoucherMoveKind, amount: int) -> VoucherMove:
        code = self._chance.choice(_CARDS)
        line = 1 if kind is VoucherMoveKind.ISSUED else None
        return VoucherMove(kind=kind, program_id="gift", source="gift@1/card", code=code, amount=amount, line=line)
