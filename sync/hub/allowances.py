"""Allowances: points set aside for one terminal, which it may spend without the hub. Pure.

The hub sets aside for terminals that it is told to, of members who are at home in their store. What it has set aside it
does not take back by its own clock. A terminal says up to when it has told everything
(:func:`~sync.hub.terminals.settled_ms`); once that is later than the end of the allowance, by as much as a clock may be
behind, the terminal spends it no more, and all that it spent is in the book. docs/explanation/offline-policy.md says
what that is for, and docs/adr/0017-allowances.md why it is done so.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.entries import AnyEntry, ExtendHold, PlaceHold
from pos_loyalty.core.ids import named_uuid
from pos_loyalty.core.ledger import perform
from pos_loyalty.core.lots import Hold
from pos_loyalty.core.offline import CLOCK_BACK_MS_MAX
from pos_loyalty.core.programs import Program
from sync.hub import books
from sync.hub.book_records import Shelf, shelf_of
from sync.hub.hub_store import Reading
from sync.hub.kept import BookKey, RecordKind, Terminal
from sync.hub.shop import milliseconds
from sync.hub.terminals import OFFICE, settled_ms

_BOOKS_AT_ONCE: Final = 500


class AllowancePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the office decided. Without terminals, or without accounts, nothing is set aside."""

    terminals: tuple[str, ...] = ()
    """Which terminals get allowances; several of one store share equally."""
    days: int = 7
    """How long one lasts. It is renewed when half of that is over."""
    share: int = 50
    """How much of what a member has is set aside at most, in percent."""
    most: dict[str, int] = {}
    """Account to the points of one member that are set aside at most; of others none are."""


class Holder(NamedTuple):
    """A terminal, as far as its allowances go."""

    store_id: str
    settled_ms: int
    """Up to when it has told everything."""
    revoked_ms: int | None


class Looking:
    """What one look at allowances goes by; it is asked for every row, so all that it says is reckoned once."""

    def __init__(self, policy: AllowancePolicy, holders: Mapping[str, Holder], now: datetime) -> None:
        """``now`` is in the zone of the programs."""
        self.policy: Final = policy
        self.holders: Final = holders
        self.now: Final = now
        until = now + timedelta(days=policy.days)
        self.until: Final = until.replace(microsecond=until.microsecond // 1_000 * 1_000)
        """The end of an allowance that is set aside, or renewed, now. Whole milliseconds, as the terminal is told."""
        self.half: Final = timedelta(days=policy.days) / 2
        """What is left of an allowance that is due to be renewed."""
        self._soon_ms: Final = milliseconds(now + self.half)
        self._late_ms: Final = milliseconds(now - self.half)
        named = {name: holders[name] for name in sorted(set(policy.terminals) & set(holders))}
        self.served: Final = {name: each.store_id for name, each in named.items() if self._is_in_touch(each)}
        """Terminals that get allowances now, with their stores: those that are named, and told everything of late."""
        self._in_store: Final[dict[str, tuple[str, ...]]] = {}
        for name, store_id in self.served.items():
            self._in_store[store_id] = (*self._in_store.get(store_id, ()), name)

    def at_home(self, applied: Iterable[str]) -> tuple[str, ...]:
        """Return those of them in the store of the first terminal in ``applied``, a member's home."""
        first = next((self.holders.get(name) for name in applied if name != OFFICE), None)
        return self._in_store.get(first.store_id, ()) if first and first.store_id else ()

    def part(self, unit: str, there: int, terminals: int) -> int:
        """Return what each of a store's terminals may have of ``there``, the points of a member in one account."""
        if not terminals:
            return 0
        return max(0, min(self.policy.most.get(unit, 0), there * self.policy.share // 100) // terminals)

    def is_due(self, points: int, until_ms: int, more: int) -> bool:
        """Whether an allowance is to be renewed: it ends soon, or would have more than twice what is left of it."""
        return until_ms < self._soon_ms or more > points

    def is_told(self, hold: Hold) -> bool:
        """Whether nothing will be drawn on an allowance any more, and all that was is in the book.

        Of a terminal that was revoked a person has said so.
        """
        holder = self.holders.get(hold.terminal)
        if holder is None:
            return False
        end_ms = milliseconds(hold.until) + CLOCK_BACK_MS_MAX
        return holder.revoked_ms is not None or holder.settled_ms >= end_ms

    def _is_in_touch(self, holder: Holder) -> bool:
        return holder.revoked_ms is None and holder.settled_ms >= self._late_ms


def holders_of(reading: Reading) -> dict[str, Holder]:
    """Return every terminal."""
    return {
        till.terminal_id: Holder(till.store_id, settled_ms(reading, till.terminal_id), till.revoked_ms)
        for till in reading.terminals()
    }


class HeldBack(NamedTuple):
    """What a terminal that nobody hears of keeps from members."""

    members: int
    """How many have points that were set aside until more than a day ago."""
    since_ms: int
    """When the first of them ended."""


def held_back(reading: Reading, now: datetime) -> dict[str, HeldBack]:
    """Return the terminals for which points are set aside longer than they may spend them, and not given back."""
    found: dict[str, HeldBack] = {}
    late = now - timedelta(days=1)
    after: BookKey | None = None
    while keys := reading.due(RecordKind.ALLOWANCE, late.toordinal(), after, _BOOKS_AT_ONCE):
        for key in keys:
            shelf = shelf_of(key, (each for each in reading.records_of(key) if each.kind is RecordKind.ALLOWANCE))
            for hold in books.open_holds(shelf):
                if hold.until <= late:
                    end_ms = milliseconds(hold.until)
                    known = found.get(hold.terminal, HeldBack(0, end_ms))
                    found[hold.terminal] = HeldBack(known.members + 1, min(known.since_ms, end_ms))
        after = keys[-1]
    return dict(sorted(found.items()))


class Unmet(NamedTuple):
    """What a policy names and nobody has."""

    terminals: tuple[str, ...]
    accounts: tuple[str, ...]


def unmet(policy: AllowancePolicy, terminals: Iterable[Terminal], programs: Iterable[Program]) -> Unmet:
    """Return the terminals of a policy that are not served here, and the accounts that no program has: misspelt?"""
    served = {each.terminal_id for each in terminals if each.revoked_ms is None}
    accounts = {each.account for each in programs}
    return Unmet(
        tuple(sorted(set(policy.terminals) - served)),
        tuple(sorted(set(policy.most) - accounts)),
    )


def allowances_of(shelf: Shelf, member_id: str) -> list[Hold]:
    """Return what is set aside of a member's points, what ends first before the others."""
    own = (hold for hold in books.open_holds(shelf, member_id) if hold.terminal)
    return sorted(own, key=lambda hold: (hold.until, hold.hold_id))


def looked_after(shelf: Shelf, member_id: str, terminals: tuple[str, ...], looking: Looking, name: str) -> Shelf:
    """Return a book in which the allowances of a member are as they should be now.

    Those of ``terminals``, at home with the member, are renewed if they are due, or set aside if there are none. Others
    run out, as does one that has more than twice its part by now, or more than its part while another of ``terminals``
    has less than half: less of it there never is before. What has run out is given back when all is told. What others
    still have counts: all allowances of a member together are filled up to the parts of ``terminals``, and no further.
    ``name`` is what no other look has.
    """
    own = allowances_of(shelf, member_id)
    care = _Care(shelf, member_id, terminals, looking, name)
    left = {terminal: sum(hold.points for hold in own if hold.terminal == terminal) for terminal in terminals}
    kept = care.part if any(2 * points < care.part for points in left.values()) else 2 * care.part
    served: set[str] = set()
    for hold in own:
        is_first = hold.terminal in terminals and hold.terminal not in served
        if is_first and hold.points <= kept and care.renews(hold):
            served.add(hold.terminal)
        elif looking.is_told(hold):
            care.gives_back(hold)
        else:
            served.add(hold.terminal)
    for terminal in terminals:
        if terminal not in served:
            care.places(terminal)
    return care.shelf


class _Care:
    """One book under change."""

    def __init__(self, shelf: Shelf, member_id: str, terminals: tuple[str, ...], looking: Looking, name: str) -> None:
        self.shelf = shelf
        self._member_id = member_id
        self._looking = looking
        self._name = name
        # What is owed is nobody's to set aside: an allowance that is wholly owed would be renewed for ever.
        owed = shelf.book.balance(member_id, AccountKind.OVERDRAFT)
        there = self._aside() + shelf.book.spendable(member_id, looking.now.date()) + owed
        self.part = looking.part(shelf.book.unit, there, len(terminals))
        self._all = self.part * len(terminals)

    def renews(self, hold: Hold) -> bool:
        """Let an allowance last longer, and have its part again, if it is due; return whether it may stay as it is.

        It may not last longer than its points.
        """
        more = self._more(self.part - hold.points)
        if not self._looking.is_due(hold.points, milliseconds(hold.until), more):
            return True
        event_id = named_uuid("renewed", self._name, hold.hold_id)
        until = self._looking.until
        return self._wrote(ExtendHold(event_id=event_id, hold_id=hold.hold_id, until=until, points=more))

    def gives_back(self, hold: Hold) -> None:
        """End an allowance."""
        self.shelf = books.voided(self.shelf, hold.event_id, hold.member, hold.event_id, self._looking.now)

    def places(self, terminal: str) -> None:
        """Set points aside that live as long as the allowance, as far as there are any."""
        points = self._more(self.part)
        if not points:
            return
        unit = self.shelf.book.unit
        self._wrote(
            PlaceHold(
                event_id=named_uuid("allowance", self._name, unit, terminal),
                leg=books.HOLD,
                member=self._member_id,
                program=unit,
                points=points,
                until=self._looking.until,
                terminal=terminal,
            )
        )

    def _more(self, wanted: int) -> int:
        """Return how much of ``wanted`` can be set aside now, until the end of an allowance."""
        lasting = self.shelf.book.spendable(self._member_id, self._looking.until.date())
        return max(0, min(wanted, lasting, self._all - self._aside()))

    def _aside(self) -> int:
        return sum(hold.points for hold in allowances_of(self.shelf, self._member_id))

    def _wrote(self, entry: AnyEntry) -> bool:
        before = self.shelf.book
        book, _ = perform(before, entry, self._looking.now)
        self.shelf = Shelf(book, self.shelf.waiting)
        return book is not before
