"""What a till has to tell the hub, as drafts for its journal and as documents for a peer; and small members."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

import msgspec

from pos_loyalty.core.evaluation import MoveKind, PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted, Body, NoteWritten, SoldLine
from pos_loyalty.core.events import Draft
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.ids import part_of, uuid7
from pos_loyalty.core.members import Member, PersonName
from pos_loyalty.core.programs import EarnPerMoney, Program
from pos_loyalty.core.rows import VoucherRow

NOTE, SALE = "notes", "sales of three lines"
KINDS = (NOTE, SALE)
CLUB = Program(
    program_id="club",
    version=1,
    name={"en": "club"},
    account="points",
    currency="EUR",
    rules=(EarnPerMoney(rule_id="per-money", points=1, amount=100),),
)
"""What the points of the sales are earned by."""

_T = TypeVar("_T")
_BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)
_NOTE = NoteWritten(text="prefers linen, size 52, and a call when the autumn coats are in")


def drafts(kind: str, count: int, members: int, first: int = 0) -> Iterator[Draft]:
    """Yield so many events about so many members in turn, from number ``first`` on: the same for the same number."""
    for number in range(first, first + count):
        member_id = f"m{number % members:07d}"
        occurred_at = _BEGAN + timedelta(seconds=number)
        yield Draft(
            event_id=uuid7(int(occurred_at.timestamp() * 1_000), number.to_bytes(10, "big")),
            occurred_at=occurred_at,
            body=_NOTE if kind == NOTE else _sale(number),
            member_id=member_id,
            associate_id="a1",
            part=part_of(member_id),
            program_versions=() if kind == NOTE else (CLUB.stamp,),
        )


def small_members(count: int) -> Iterator[Member]:
    """Yield members of whom only a name and a card are known."""
    for number in range(count):
        yield Member(
            member_id=f"m{number:07d}",
            name=PersonName(given=f"Given {number}", family=f"Family {number % 997}"),
            language="en",
            identifiers=(Identifier(kind=IdentifierKind.CARD, value=f"PL-{number:07d}"),),
        )


def small_vouchers(count: int) -> Iterator[VoucherRow]:
    """Yield vouchers that nobody has used yet."""
    return (VoucherRow(code=f"VC-{number:07d}", program_id="gift") for number in range(count))


def document_of(name: str, document: bytes) -> bytes:
    """Return a JSON object (not an empty one) as a peer's database takes it, under an id."""
    return b'{"_id":' + msgspec.json.encode(name) + b"," + document[1:]


def in_batches(things: Iterable[_T], size: int) -> Iterator[tuple[_T, ...]]:
    """Yield ``things`` in tuples of ``size``; the last may have fewer."""
    rest = iter(things)
    while some := tuple(islice(rest, size)):
        yield some


def _sale(number: int) -> Body:
    lines = tuple(
        SoldLine(
            number=line, product_id=f"P-{line}", name="Shirt", unit_price=price, quantity=1, gross=price, net=price
        )
        for line, price in enumerate((4_900, 2_500, 1_200), 1)
    )
    total = sum(line.net for line in lines)
    earned = PointsMove(account="points", points=total // 100, kind=MoveKind.ACCRUAL, source=f"{CLUB.stamp}/per-money")
    return BasketCommitted(
        basket_id=f"b{number}", currency="EUR", gross=total, discount=0, net=total, lines=lines, moves=(earned,)
    )
