"""The customer of a price document, from step to step: points in books, everything else in the member's document.

Nothing is reckoned here. What happens is written as an event, folded as a till folds it, and settled as a hub does.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import Adjust, AnyEntry, OpenBalance, OpeningLot, Refused
from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided, PointsEarned
from pos_loyalty.core.events import Draft, seal
from pos_loyalty.core.fold import apply
from pos_loyalty.core.ids import ENTROPY_BYTES, part_of, uuid7
from pos_loyalty.core.ledger import activate, expire
from pos_loyalty.core.lots import Lot, place
from pos_loyalty.core.members import Member
from pos_loyalty.core.price_answer import LotLeft, Standing
from pos_loyalty.core.price_request import GivenMember, PriceRequest
from pos_loyalty.core.price_shop import Shop, vouchers_of
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.settlement import (
    Due,
    entries_of_happening,
    entries_of_return,
    entries_of_sale,
    entries_of_void,
    settle,
)
from pos_loyalty.core.usage import Counted, Usage
from pos_loyalty.core.voucher_moves import issued, moved
from pos_loyalty.core.vouchers import Voucher

_TERMINAL = "price"
_OPENING = "opening"
"""Issues points of an account that no program of the document has."""

Happened = BasketCommitted | BasketReturned | BasketVoided | PointsEarned


class Customer:
    """Who buys; perhaps nobody that is known, but somebody with vouchers in hand."""

    def __init__(self, request: PriceRequest, shop: Shop, now: datetime) -> None:
        self._shop = shop
        self._seq = 0
        self._books: dict[str, Book] = {}
        self._member = _document(request.member) if request.member else None
        self.usage: Usage = request.usage
        """What was used of limits that are not the member's alone."""
        self.bearer: dict[str, Voucher] = {voucher.code: voucher for voucher in vouchers_of(request.vouchers)}
        """Vouchers by code that are not in the member's document."""
        if request.member:
            self._open(request.member, now)
        self.until(now)

    @property
    def member(self) -> Member | None:
        """The member's document, with the balances of the books."""
        if self._member is None:
            return None
        return replace(self._member, balances={unit: self._balance(book) for unit, book in self._books.items()})

    @property
    def vouchers(self) -> dict[str, Voucher]:
        """Every voucher by its code."""
        own = self._member.vouchers if self._member else ()
        return {voucher.code: voucher for voucher in own} | self.bearer

    @property
    def standing(self) -> Standing:
        """How things stand now."""
        vouchers = tuple(voucher for _, voucher in sorted(self.vouchers.items()))
        if self._member is None:
            return Standing(vouchers=vouchers)
        pending = {unit: book.balance(self._id, AccountKind.PENDING) for unit, book in self._books.items()}
        return Standing(
            balances={unit: self._balance(book) for unit, book in self._books.items()},
            pending={unit: points for unit, points in pending.items() if points},
            lots={unit: _left(book.lots.values()) for unit, book in self._books.items()},
            vouchers=vouchers,
            used=self._member.used,
            granted=self._member.granted,
            purchase_count=self._member.purchase_count,
        )

    def until(self, now: datetime) -> None:
        """Let the nights go by in which pending points become available and old ones expire."""
        for unit, book in self._books.items():
            due = {lot.pending_until for lot in book.lots.values() if lot.pending_until}
            nights = [datetime.combine(day, time(), now.tzinfo) for day in sorted(due) if day <= now.date()]
            self._books[unit] = _run(book, [*nights, now])

    def event_id(self, now: datetime) -> str:
        """Return the id of the event that is recorded next."""
        return uuid7(int(now.timestamp()) * 1000, self._seq.to_bytes(ENTROPY_BYTES, "big"))

    def record(self, body: Happened, now: datetime) -> tuple[Refused, ...]:
        """Write what happened into the document, the vouchers, the counters and the books."""
        event_id, member_id = self.event_id(now), self._id or None
        self._seq += 1
        draft = Draft(
            event_id=event_id,
            occurred_at=now.astimezone(UTC),
            body=body,
            member_id=member_id,
            part=part_of(member_id or _TERMINAL),
        )
        for move in body.vouchers:
            self._move(move, event_id, member_id)
        self._count(body.counts)
        if self._member is None:
            return ()
        self._member = apply(self._member, seal(draft, _TERMINAL, self._seq))
        self._books, outcomes = settle(self._books, self._entries(event_id, body), now)
        return tuple(outcome for outcome in outcomes if isinstance(outcome, Refused))

    @property
    def _id(self) -> str:
        return self._member.member_id if self._member else ""

    def _balance(self, book: Book) -> int:
        return book.balance(self._id) + book.balance(self._id, AccountKind.OVERDRAFT)

    def _entries(self, event_id: str, body: Happened) -> tuple[Due, ...]:
        programs = self._shop.programs
        match body:
            case BasketCommitted():
                return entries_of_sale(event_id, self._id, body, programs)
            case BasketReturned():
                return entries_of_return(event_id, self._id, body, programs)
            case BasketVoided():
                return entries_of_void(event_id, self._id, body, programs)
            case _:
                return entries_of_happening(event_id, self._id, body, programs)

    def _move(self, move: VoucherMove, event_id: str, member_id: str | None) -> None:
        if move.kind is VoucherMoveKind.ISSUED:
            made = issued(move, event_id, member_id)
            if made.member_id is None:
                self.bearer[made.code] = made
        elif move.code in self.bearer:
            self.bearer[move.code] = moved(self.bearer[move.code], move)

    def _count(self, counts: Iterable[Counted]) -> None:
        used = dict(self.usage.used)
        for count in counts:
            if count.scope is not Scope.MEMBER:
                used[count.key] = max(0, used.get(count.key, 0) + count.amount)
        self.usage = Usage(used=used, slices=self.usage.slices)

    def _open(self, given: GivenMember, now: datetime) -> None:
        """Write the points the member has into books of their own."""
        entries = []
        for unit in (*given.lots, *given.balances):
            program, grace = self._issuer(unit)
            lots = tuple(
                OpeningLot(points=lot.points, earned_at=lot.earned_at or now, expires_on=lot.expires_on)
                for lot in given.lots.get(unit, ())
            )
            points = given.balances.get(unit, 0)
            if points > 0:
                lots = (OpeningLot(points=points, earned_at=now),)
            self._books[unit] = Book(unit=unit)
            entries.append(Due(unit, self._opening(program, grace, lots, min(points, 0), now)))
        self._seq += 1
        self._books, _ = settle(self._books, entries, now)

    def _opening(self, program: str, grace: int, lots: tuple[OpeningLot, ...], debt: int, now: datetime) -> AnyEntry:
        event_id, member = self.event_id(now), self._id
        if debt:
            return Adjust(
                event_id=event_id,
                member=member,
                program=program,
                points=debt,
                reason="opening",
                role="price",
                force=True,
            )
        return OpenBalance(event_id=event_id, member=member, program=program, lots=lots, grace_days=grace)

    def _issuer(self, unit: str) -> tuple[str, int]:
        """Return the program that points of ``unit`` come from, and the days of grace they have."""
        found = [program for program in self._shop.programs.programs if program.account == unit]
        return (found[-1].program_id, found[-1].expiry.grace_days) if found else (_OPENING, 0)


def _document(given: GivenMember) -> Member:
    return Member(
        member_id=given.member_id,
        tier=given.tier,
        segments=given.segments,
        occasions=given.occasions,
        vouchers=vouchers_of(given.vouchers, given),
        used=dict(given.used),
        granted=given.granted,
        purchase_count=given.purchase_count,
    )


def _run(book: Book, nights: Iterable[datetime]) -> Book:
    """Do by night what is done by night, program by program."""
    programs = sorted({lot.program for lot in book.lots.values()})
    for now in nights:
        for program in programs:
            book, _ = activate(book, program, now)
            book, _ = expire(book, program, now)
    return book


def _left(lots: Iterable[Lot]) -> tuple[LotLeft, ...]:
    left = sorted((lot for lot in lots if lot.remaining), key=lambda lot: (lot.pending_until is not None, place(lot)))
    return tuple(
        LotLeft(points=lot.remaining, program=lot.program, until=lot.until, pending_until=lot.pending_until)
        for lot in left
    )
