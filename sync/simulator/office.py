"""What is done at the hub itself: products are put out, people are made one, parted and forgotten."""

from random import Random
from typing import Final

from pos_loyalty.core.event_bodies import Body, MemberErased, MemberMerged, MemberUnmerged
from pos_loyalty.core.events import Draft
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.ids import part_of
from pos_loyalty.core.verdicts import Outcome
from pos_loyalty.ports import Ids
from sync.hub.kept import RowKey
from sync.hub.publishing import Publication
from sync.simulator.hub import SimulatedHub
from sync.simulator.insisting import insist
from sync.simulator.selling import CLUB
from sync.simulator.shopping import Shopping
from sync.simulator.standings import points_in
from sync.simulator.watch import Watch

_PRODUCTS: Final = 4
_ACTS: Final = {"publish": 6, "merge": 3, "part": 3, "erase": 2}
"""How often each is done."""
_TOMORROW: Final = b'{"program_id":"club","version":2,"tomorrow":[1]}'
"""A version of the program that a newer build put out."""


class BackOffice:
    """Whoever works there; what they ask for is done, or refused for a reason that was known before."""

    def __init__(self, hub: SimulatedHub, watch: Watch, shopping: Shopping, chance: Random, ids: Ids) -> None:
        self._hub = hub
        self._watch = watch
        self._shopping = shopping
        self._chance = chance
        self._ids = ids

    def works(self) -> str:
        """Do one thing; return what, in a word."""
        (act,) = self._chance.choices([*_ACTS], [*_ACTS.values()]) if self._shopping.people else ("publish",)
        match act:
            case "merge":
                return self._merge()
            case "part":
                return self._part()
            case "erase":
                return self._erase()
        self._hub.publish(self._publication())
        return "a row is published"

    def _publication(self) -> Publication:
        if self._chance.random() < 1 / 10:
            return Publication(RowKey(RowKind.PROGRAM, f"{CLUB.program_id}@2"), _TOMORROW)
        key = RowKey(RowKind.PRODUCT, f"product-{self._chance.randrange(_PRODUCTS)}")
        gone = self._chance.random() < 1 / 4
        return Publication(key, None if gone else b'{"price":%d}' % self._chance.randrange(1_000))

    def _merge(self) -> str:
        """Make one member part of another. All that they have they have together, before and after."""
        source, target = (self._chance.choice(self._shopping.people) for _ in range(2))
        if not (self._hub.row(source) and self._hub.row(target)):
            return "nobody is known"
        one, other = self._hub.member(source), self._owner(target)
        sound = one is not None and other is not None and not one.merged_into and other != source
        before = self._points(source, target)
        self._tells(source, MemberMerged(target=target), sound=sound)
        if not sound:
            return "a merge is refused"
        insist(self._points(source, target) == before, f"{before} points of two members are another number of one")
        insist(self._owner(source) == other, f"{source} is not who it was merged into")
        return "members are merged"

    def _part(self) -> str:
        merged = [each for each in self._shopping.people if self._owner(each) not in {each, None}]
        source = self._chance.choice(merged or self._shopping.people)
        member = self._hub.member(source)
        target = member.merged_into if member else ""
        before = self._points(source, target)
        self._tells(source, MemberUnmerged(target=target or source), sound=bool(target))
        if not target:
            return "a parting is refused"
        insist(self._points(source, target) == before, f"{before} points of one member are another number of two")
        insist(self._owner(source) == source, f"{source} was parted and is still somebody else")
        return "members are parted"

    def _erase(self) -> str:
        member_id = self._chance.choice(self._shopping.people)
        if self._hub.row(member_id) is None:
            return "nobody is known"
        shown = self._hub.member(self._owner(member_id) or member_id)
        person = {member_id, *(shown.ids if shown else ())}
        self._tells(member_id, MemberErased(), sound=True)
        self._shopping.leave(person)
        for each in sorted(person):
            insist(self._hub.member(each) is None, f"{each} was erased and is still there")
        if self._chance.random() < 3 / 4:
            # Else it is left to the night.
            self._hub.forget()
            self._watch.was_forgotten()
        return "a person is erased"

    def _tells(self, member_id: str, body: Body, *, sound: bool) -> None:
        draft = Draft(
            event_id=self._ids(), occurred_at=self._hub.now(), body=body, member_id=member_id, part=part_of(member_id)
        )
        self._watch.was_told(draft)
        verdict = self._hub.tell(draft)
        taken = verdict.outcome is not Outcome.QUARANTINED
        insist(taken is sound, f"{type(body).__name__} of {member_id} is {verdict.outcome}, {verdict.code}")

    def _owner(self, member_id: str) -> str | None:
        """Return in whose row a member is; None of one who is gone."""
        member = self._hub.member(member_id)
        while member is not None and member.merged_into:
            member = self._hub.member(member.merged_into)
        return member.member_id if member else None

    def _points(self, *members: str) -> int:
        """Return what these members have together in the ledger, as one or as several."""
        owners = {self._owner(member_id) for member_id in members if member_id}
        with self._hub.store.reading() as reading:
            books = [points_in(key, reading.records_of(key)) for key in reading.books()]
        return sum(points.get(owner, 0) for points in books for owner in owners if owner)
