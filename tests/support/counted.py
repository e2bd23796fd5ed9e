"""A book under audit: whatever is done with it is checked, and done twice."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from pos_loyalty.core import ledger
from pos_loyalty.core.accounts import Account, AccountKind
from pos_loyalty.core.audit import check_invariants, check_step
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import (
    Accrue,
    AnyEntry,
    Booked,
    PlaceHold,
    Redeem,
    Refusal,
    Refused,
    RestoreRedemption,
    ReversalPolicy,
    ReverseAccrual,
)
from pos_loyalty.core.expiry import NEVER, ExpiryPolicy
from tests.support.builders import uuid_of

TEHRAN = timezone(timedelta(hours=3, minutes=30))
START = date(2026, 1, 31)


def noon(day: date) -> datetime:
    """Return the middle of ``day`` in the time zone of the program."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=TEHRAN)


@dataclass
class Counted:
    """A book, the day it is, and the number of the next event. The member is ``m``, the program ``club``."""

    book: Book = field(default_factory=lambda: Book(unit="points"))
    today: date = START
    number: int = 0

    def event(self) -> str:
        """Return the id of a new event."""
        self.number += 1
        return uuid_of(self.number)

    def do(self, entry: AnyEntry, now: datetime | None = None) -> Booked:
        """Write ``entry``, which is not refused."""
        outcome = self.attempt(entry, now)
        assert isinstance(outcome, Booked), outcome
        return outcome

    def refused(self, entry: AnyEntry, now: datetime | None = None) -> Refused:
        """Write ``entry``, which is refused."""
        outcome = self.attempt(entry, now)
        assert isinstance(outcome, Refused), outcome
        return outcome

    def attempt(self, entry: AnyEntry, now: datetime | None = None) -> Booked | Refused:
        """Write ``entry`` and check the book before, after, and after writing it again."""
        now = now or noon(self.today)
        book, outcome = ledger.perform(self.book, entry, now)
        if isinstance(outcome, Refused):
            assert book is self.book
            return outcome
        self._keep(book)
        again, answer = ledger.perform(book, entry, now + timedelta(days=400))
        assert again is book
        assert isinstance(answer, Booked)
        assert answer.again
        assert (answer.entry_id, answer.transfers, answer.uses) == (outcome.entry_id, outcome.transfers, outcome.uses)
        return outcome

    def night(self, program: str = "club") -> tuple[int, int]:
        """Do the nightly runs, each twice, and return how many points they activated and expired."""
        moved = []
        for run in (ledger.activate, ledger.expire):
            book, outcome = run(self.book, program, noon(self.today))
            self._keep(book)
            again, nothing = run(book, program, noon(self.today))
            assert (again, nothing) == (book, Booked())
            moved.append(outcome.points)
        return moved[0], moved[1]

    def time_out(self, now: datetime) -> int:
        """Time out what is held too long, twice, and return how many points came back."""
        book, outcome = ledger.time_out(self.book, now)
        self._keep(book)
        assert ledger.time_out(book, now) == (book, Booked())
        return outcome.points

    def _keep(self, book: Book) -> None:
        check_invariants(book)
        check_step(self.book, book)
        self.book = book

    def earn(
        self, points: int, expiry: ExpiryPolicy = NEVER, pending_until: date | None = None, member: str = "m"
    ) -> str:
        """Earn points and return the event."""
        event = self.event()
        self.do(
            Accrue(
                event_id=event,
                member=member,
                program="club",
                points=points,
                expiry=expiry,
                pending_until=pending_until,
            )
        )
        return event

    def spend(self, points: int, member: str = "m", *, force: bool = False) -> Booked:
        """Spend points."""
        return self.do(Redeem(event_id=self.event(), member=member, program="club", points=points, force=force))

    def hold(self, points: int, minutes: int = 10, terminal: str = "") -> str:
        """Hold points and return the id of the hold."""
        until = noon(self.today) + timedelta(minutes=minutes)
        entry = PlaceHold(
            event_id=self.event(), member="m", program="club", points=points, until=until, terminal=terminal
        )
        return self.do(entry).entry_id

    def give_back(self, redemption: str, points: int | None = None) -> Booked:
        """Restore a redemption."""
        return self.do(RestoreRedemption(event_id=self.event(), redemption=redemption, points=points))

    def take_back(self, accrual: str, points: int, policy: ReversalPolicy = ReversalPolicy.WITHIN_BALANCE) -> Booked:
        """Reverse an accrual."""
        return self.do(
            ReverseAccrual(
                event_id=self.event(), accrual=accrual, member="m", program="club", points=points, policy=policy
            )
        )

    def has(self, member: str = "m") -> dict[str, int]:
        """Return the member's accounts that are not at zero."""
        owner = self.book.owner(member)
        return {account.kind: points for account, points in self.book.balances.items() if account.owner == owner}

    def program(self, kind: AccountKind) -> int:
        """Return the balance of an account of the program."""
        return self.book.balances.get(Account("club", kind), 0)

    def lots(self) -> list[tuple[int, date | None]]:
        """Return what remains in every lot and its last day, in the order they were earned."""
        return [(lot.remaining, lot.until) for lot in self.book.lots.values()]


def months(number: int, grace_days: int = 0) -> ExpiryPolicy:
    """Return the policy of points that live so many months."""
    return ExpiryPolicy(months=number, grace_days=grace_days)


def reason_of(refused: Refused) -> tuple[Refusal, dict[str, int]]:
    """Return reason and numbers, to be compared at once."""
    return refused.reason, refused.numbers
