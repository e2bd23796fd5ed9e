"""A small shop for tests of stores: ids that count, a clock that stands, and builders of what crosses the port."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

from pos_loyalty.core.basket import Basket, BasketLine, BasketStatus
from pos_loyalty.core.event_bodies import Body, MemberEnrolled, NoteWritten
from pos_loyalty.core.events import Draft
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.ids import uuid7
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.ports import Answer, Change, Committed, Outcome, ReplicaContents, Store
from pos_loyalty.store.sqlite import SqliteStore

NOON = datetime(2026, 3, 21, 12, tzinfo=UTC)
DEADLINE_S = 60.0

_numbers = itertools.count(1)


class StandingClock:
    """A clock at noon."""

    def now(self) -> datetime:
        """Return noon."""
        return NOON

    def monotonic_ns(self) -> int:
        """Return nothing passed."""
        return 0


def new_id() -> str:
    """Return an id that no other call of this process returned."""
    return uuid7(1_774_094_400_000, next(_numbers).to_bytes(10, "big"))


def sqlite_store(folder: Path) -> SqliteStore:
    """Open a store in ``folder``."""
    return SqliteStore(folder, clock=StandingClock(), ids=new_id)


def card(value: str) -> Identifier:
    """Return a card."""
    return Identifier(IdentifierKind.CARD, value)


def phone(value: str) -> Identifier:
    """Return a phone number."""
    return Identifier(IdentifierKind.PHONE, value)


def person(member_id: str, given: str, family: str, *identifiers: Identifier) -> Member:
    """Return a member document as the hub would send it."""
    return Member(member_id=member_id, name=PersonName(given=given, family=family), identifiers=identifiers)


def about(member_id: str | None, body: Body, event_id: str = "") -> Draft:
    """Return a draft about a member."""
    return Draft(event_id=event_id or new_id(), occurred_at=NOON, body=body, member_id=member_id, part=7)


def note(member_id: str, text: str = "likes blue", event_id: str = "") -> Draft:
    """Return a note about a member."""
    return about(member_id, NoteWritten(text=text), event_id)


def enrolment(member_id: str, given: str, family: str, *identifiers: Identifier) -> Draft:
    """Return the enrolment of a member by this till."""
    body = MemberEnrolled(name=PersonName(given=given, family=family), language="fa", identifiers=identifiers)
    return about(member_id, body)


def basket(basket_id: str, revision: int, status: BasketStatus = BasketStatus.OPEN) -> Basket:
    """Return a basket with one line."""
    line = BasketLine(number=1, name="shirt", unit_price=250_000, quantity=revision)
    return Basket(basket_id=basket_id, currency="IRR", opened_at=NOON, revision=revision, status=status, lines=(line,))


def answer(key: str, digest: bytes = b"d" * 32, body: bytes = b"{}") -> Answer:
    """Return an answer to an idempotency key."""
    return Answer(key=key, digest=digest, status=201, body=body)


def product(product_id: str, *codes: str, price: int = 100) -> Product:
    """Return a product."""
    return Product(product_id=product_id, codes=codes, name={"en": product_id}, unit_price=price)


def program(program_id: str, version: int) -> Program:
    """Return a program without rules."""
    return Program(program_id=program_id, version=version, name={"en": program_id}, account="club", currency="IRR")


def replica(*members: Member) -> ReplicaContents:
    """Return contents with these members."""
    return ReplicaContents(members=members)


def done(store: Store, change: Change) -> Outcome:
    """Commit and wait."""
    return store.commit(change).result(DEADLINE_S)


def committed(store: Store, *drafts: Draft) -> Committed:
    """Commit events and insist that they were."""
    outcome = done(store, Change(events=drafts))
    assert isinstance(outcome, Committed)
    return outcome
