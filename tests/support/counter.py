"""A counter that sells and takes back, with every book under audit and the document beside the books."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind, derive
from pos_loyalty.core.audit import check_invariants, check_step
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.book import Book
from pos_loyalty.core.checkout import codes_needed, sold
from pos_loyalty.core.entries import Booked, OpenBalance, OpeningLot, Outcome, PlaceHold, VoidHold
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, Body, PointsEarned
from pos_loyalty.core.events import Draft, seal
from pos_loyalty.core.fold import apply
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.programs import Program, ProgramSet
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.returns import PricedReturn, after_return, price_return, price_void, returned_body, voided_body
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.settlement import (
    Due,
    entries_of_happening,
    entries_of_return,
    entries_of_sale,
    entries_of_void,
    settle,
)
from pos_loyalty.core.voucher_moves import issued, moved
from pos_loyalty.core.vouchers import Voucher
from tests.core.pricing.shop import CATALOGUE
from tests.support.builders import NOW, uuid_of

MOVING = BasketCommitted | BasketReturned | BasketVoided | PointsEarned


@dataclass
class Counter:
    """One member, one till, one ledger. The books and the document start empty."""

    programs: ProgramSet
    member: Member = field(default_factory=lambda: Member(member_id="m1"))
    now: datetime = NOW
    books: dict[str, Book] = field(default_factory=dict)
    vouchers: dict[str, Voucher] = field(default_factory=dict)
    seq: int = 0
    outcomes: tuple[Outcome, ...] = ()
    """Of the last event."""

    @classmethod
    def of(cls, *programs: Program, **what: int) -> "Counter":
        """Return a counter with these programs, whose member has so many points in these accounts."""
        counter = cls(ProgramSet(programs))
        for unit, points in what.items():
            counter.open(unit, points)
        return counter

    def open(self, unit: str, *points: int, program: str = "old", grace_days: int = 0, days: int = 30) -> None:
        """Give the member lots, each good for ``days`` days more than the one before."""
        lots = tuple(
            OpeningLot(points=number, earned_at=self.now, expires_on=(self.now + timedelta(days=days * i)).date())
            for i, number in enumerate(points, 1)
        )
        entry = OpenBalance(
            event_id=uuid_of(10_000 + len(self.books)), member="m1", program=program, lots=lots, grace_days=grace_days
        )
        self._settle((Due(unit, entry),))
        self.member = replace(self.member, balances=self.member.balances | {unit: sum(points)})

    def sell(self, basket: Basket, member: Member | None = None, *, offline: bool = False) -> Sale:
        """Price and sell ``basket``."""
        own = tuple(self.vouchers.values())
        priced = evaluate(
            replace(basket, vouchers=own), member or self.member, self.programs, self.now, catalogue=CATALOGUE
        )
        codes = [f"N{self.seq}-{i}" for i in range(codes_needed(priced.vouchers))]
        body = sold(basket, priced, self.now.date(), codes=codes, catalogue=CATALOGUE, language="en")
        event_id = self.record(body)
        self._settle(entries_of_sale(event_id, "m1", body, self.programs, offline=offline))
        return Sale(event_id=event_id, body=body, programs=priced.programs)

    def take_back(self, sale: Sale, *wanted: ReturnRequest) -> tuple[Sale, PricedReturn]:
        """Take ``wanted`` back; all that is left, if nothing is said, as a return."""
        everything = tuple(ReturnRequest(number=number, quantity=units) for number, units in sale.out.items())
        priced = price_return(
            sale,
            wanted or everything,
            self.programs,
            self.now,
            balances=self.member.balances,
            short=self.member.short,
            vouchers=self.vouchers,
        )
        assert isinstance(priced, PricedReturn), priced
        body = returned_body(sale, priced, self.now.date())
        event_id = self.record(body)
        self._settle(entries_of_return(event_id, "m1", body, self.programs))
        return after_return(sale, body), priced

    def void(self, sale: Sale) -> PricedReturn:
        """Undo ``sale``."""
        priced = price_void(
            sale,
            self.programs,
            self.now,
            balances=self.member.balances,
            short=self.member.short,
            vouchers=self.vouchers,
        )
        assert isinstance(priced, PricedReturn), priced
        body = voided_body(sale, priced, self.now.date())
        event_id = self.record(body)
        self._settle(entries_of_void(event_id, "m1", body, self.programs))
        return priced

    def happened(self, body: PointsEarned) -> None:
        """Write down what earned without a purchase."""
        event_id = self.record(body)
        self._settle(entries_of_happening(event_id, "m1", body, self.programs))

    def record(self, body: Body) -> str:
        """Fold ``body`` into the document and the vouchers; return the id of its event."""
        self.seq += 1
        draft = Draft(
            event_id=uuid_of(self.seq),
            occurred_at=self.now.astimezone(UTC),
            body=body,
            member_id="m1",
            part=1,
        )
        self.member = apply(self.member, seal(draft, "t1", self.seq))
        for move in body.vouchers if isinstance(body, MOVING) else ():
            if move.code in self.vouchers:
                self.vouchers[move.code] = moved(self.vouchers[move.code], move)
            else:
                self.vouchers[move.code] = issued(move, draft.event_id, "m1")
        return draft.event_id

    def set_aside(self, points: int, terminal: str, unit: str = "points") -> str:
        """Set points of the member aside, for a terminal or (empty) for a basket; return the name of the hold."""
        until = self.now + timedelta(minutes=10)
        self.seq += 1
        entry = PlaceHold(
            event_id=uuid_of(self.seq), member="m1", program=unit, points=points, until=until, terminal=terminal
        )
        self._settle((Due(unit, entry),))
        return derive(entry.event_id, entry.leg)

    def gives_up(self, hold_id: str, unit: str = "points") -> None:
        """Give back what was set aside."""
        self.seq += 1
        self._settle((Due(unit, VoidHold(event_id=uuid_of(self.seq), hold_id=hold_id)),))

    def lots(self, unit: str = "points") -> dict[str, int]:
        """Return what remains in each lot."""
        return {lot.lot_id: lot.remaining for lot in self.books[unit].lots.values() if lot.remaining}

    def booked(self, unit: str = "points", kind: AccountKind = AccountKind.AVAILABLE) -> int:
        """Return the balance of the member in the books."""
        return self.books[unit].balance("m1", kind) if unit in self.books else 0

    def _settle(self, entries: tuple[Due, ...]) -> None:
        before = self.books
        self.books, self.outcomes = settle(before, entries, self.now)
        for unit, book in self.books.items():
            check_invariants(book)
            check_step(before.get(unit, Book(unit=unit)), book)
        assert settle(self.books, entries, self.now)[0] == self.books, "an event that is settled twice is settled once"
        assert all(isinstance(outcome, Booked) for outcome in self.outcomes), self.outcomes
