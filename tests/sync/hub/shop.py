"""A hub for tests, tills that push to it, and events of every kind that moves something."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Raw
from msgspec.structs import replace

from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    MemberEnrolled,
    NoteWritten,
    PointsEarned,
    VisitOpened,
)
from pos_loyalty.core.events import Draft, Event, seal
from pos_loyalty.core.ids import part_of, uuid7
from pos_loyalty.core.members import PersonName
from pos_loyalty.core.programs import EarnPerMoney, Program, ProgramSet, Scope
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.verdicts import Outcome, Verdict
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.shop import Shop
from sync.wire import Halt, PushAnswer, PushRequest

NOON = datetime(2026, 3, 21, 12, tzinfo=UTC)
CLUB = Program(
    program_id="club",
    version=1,
    name={"en": "club"},
    account="points",
    currency="EUR",
    rules=(EarnPerMoney(rule_id="per-money", points=1, amount=1),),
)
SHOP = Shop(ProgramSet((CLUB,)), UTC, NOON)
EARNED, SPENT = "club@1/per-money", "club@1/off"


class StandingClock:
    """A clock at noon."""

    def now(self) -> datetime:
        """Return noon."""
        return NOON

    def monotonic_ns(self) -> int:
        """Return nothing passed."""
        return 0


class Ids:
    """Ids in order, the same in every run."""

    def __init__(self, first: int = 1) -> None:
        self._numbers = itertools.count(first)

    def __call__(self) -> str:
        """Return the next id."""
        return uuid7(1_774_094_400_000, next(self._numbers).to_bytes(10, "big"))


class Till:
    """A till's journal and what it would send."""

    def __init__(self, terminal_id: str, ids: Ids, nonce: str = "boot-1") -> None:
        self.terminal_id = terminal_id
        self.nonce = nonce
        self.journal: list[Event] = []
        self._ids = ids

    def did(self, body: Body, member_id: str | None = "m1") -> Event:
        """Write one event into the journal."""
        draft = Draft(
            event_id=self._ids(),
            occurred_at=NOON - timedelta(minutes=5),
            body=body,
            member_id=member_id,
            part=part_of(member_id or self.terminal_id),
        )
        event = seal(draft, self.terminal_id, len(self.journal) + 1)
        self.journal.append(event)
        return event

    def request(self, *events: Event) -> PushRequest:
        """Return a push of these events, or of the whole journal."""
        return PushRequest(terminal_id=self.terminal_id, boot_nonce=self.nonce, events=events or tuple(self.journal))


def hub_over(store: HubStore, *terminals: str, first_id: int = 1_000_000) -> Authority:
    """Return a hub with these tills enrolled."""
    hub = Authority(store, zone=UTC, clock=StandingClock(), ids=Ids(first_id))
    for terminal_id in terminals:
        hub.enrol(Terminal(terminal_id=terminal_id, public_key=b"k" * 32))
    return hub


def answered(answer: PushAnswer | Halt) -> tuple[Verdict, ...]:
    """Return the verdicts of an answer that must be one."""
    assert isinstance(answer, PushAnswer), answer
    return answer.verdicts


def outcomes(answer: PushAnswer | Halt) -> list[Outcome]:
    """Return what became of each event."""
    return [verdict.outcome for verdict in answered(answer)]


def enrolled(given: str = "Roya") -> MemberEnrolled:
    """Return that a person became a member."""
    return MemberEnrolled(name=PersonName(given=given))


def note(text: str = "likes blue") -> NoteWritten:
    """Return a remark."""
    return NoteWritten(text=text)


def visit(visit_id: str = "v1") -> VisitOpened:
    """Return that the member came."""
    return VisitOpened(visit_id=visit_id, place="door")


def points(amount: int, source: str = "") -> PointsMove:
    """Return points earned (above zero) or spent."""
    kind = MoveKind.ACCRUAL if amount > 0 else MoveKind.REDEMPTION
    return PointsMove(account="points", points=amount, kind=kind, source=source or (EARNED if amount > 0 else SPENT))


def sale(*amounts: int, vouchers: Iterable[VoucherMove] = (), uses: int = 0) -> BasketCommitted:
    """Return a sale that moved these points, vouchers and a limit of all stores."""
    return BasketCommitted(
        basket_id="b1",
        currency="EUR",
        gross=10,
        discount=0,
        net=10,
        lines=(),
        moves=tuple(points(amount) for amount in amounts),
        vouchers=tuple(vouchers),
        counts=(Counted(key="spring/all", amount=uses, scope=Scope.TOTAL),) if uses else (),
    )


def back(sale_event_id: str, *amounts: int) -> BasketReturned:
    """Return that goods came back: earned points go (below zero), spent ones return."""
    moves = tuple(
        replace(points(amount, SPENT if amount > 0 else EARNED), kind=MoveKind.REVERSAL) for amount in amounts
    )
    return BasketReturned(
        basket_id="b1", sale_event_id=sale_event_id, currency="EUR", refund=10, lines=(), moves=moves, complete=True
    )


def voided(sale_event_id: str, *amounts: int) -> BasketVoided:
    """Return that a sale was undone: earned points go (below zero), spent ones return."""
    return BasketVoided(basket_id="b1", sale_event_id=sale_event_id, moves=back(sale_event_id, *amounts).moves)


def earned(amount: int) -> PointsEarned:
    """Return points for a visit."""
    return PointsEarned(happening="visit", moves=(points(amount),))


def issued(code: str, balance: int = 0) -> VoucherMove:
    """Return a new voucher, or a gift card with money on it."""
    kind = VoucherMoveKind.ISSUED
    line = 1 if balance else None
    return VoucherMove(kind=kind, program_id="gift", source="gift@1/card", code=code, amount=balance, line=line)


def used(code: str, amount: int = 0) -> VoucherMove:
    """Return that a voucher was used, or that so much was taken from a gift card."""
    kind = VoucherMoveKind.DEBITED if amount else VoucherMoveKind.REDEEMED
    return VoucherMove(kind=kind, program_id="gift", source="gift@1/card", code=code, amount=amount)


def unknown(till: Till, body: bytes = b'{"colour": "blue"}') -> Event:
    """Write an event of a type that no build of today knows."""
    event = till.did(note())
    till.journal[-1] = replace(event, type="wardrobe.added", body=Raw(body))
    return till.journal[-1]


def unreadable(till: Till) -> Event:
    """Write an event whose body is not one of its type."""
    event = till.did(note())
    till.journal[-1] = replace(event, body=Raw(b'{"text": 7}'))
    return till.journal[-1]
