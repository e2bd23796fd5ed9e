"""One pure fold: ``apply(member, event) -> member``.

The hub uses it to make the authoritative document, the till to show its own pending events on top. The same event
twice is one event: a document remembers, per terminal, the highest ``seq`` it contains, and a terminal's events
always come in ``seq`` order.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import singledispatch

from msgspec.structs import replace

from pos_loyalty.core.evaluation import PointsMove
from pos_loyalty.core.events import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    Event,
    FieldChanged,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    NameChanged,
    NoteWritten,
    OccasionSet,
    PreferenceSet,
    VisitClosed,
    VisitOpened,
    body_of,
)
from pos_loyalty.core.identifiers import Identifier
from pos_loyalty.core.members import (
    NOTES_KEPT,
    PURCHASES_KEPT,
    VISITS_KEPT,
    Member,
    Note,
    Purchase,
    PurchaseStatus,
    Visit,
)

_PLAIN_FIELDS = frozenset({"language", "tier"})


def apply(member: Member, event: Event) -> Member:
    """Return ``member`` with ``event`` inside it; unchanged if it already was, or is about somebody else."""
    if event.member_id != member.member_id or event.seq <= member.applied.get(event.terminal_id, 0):
        return member
    folded = _fold(body_of(event), member, event)
    return replace(folded, applied=folded.applied | {event.terminal_id: event.seq})


def apply_all(member: Member, events: Iterable[Event]) -> Member:
    """Fold ``events``, each terminal's in ``seq`` order, into ``member``."""
    for event in events:
        member = apply(member, event)
    return member


@singledispatch
def _fold(body: Body, member: Member, event: Event) -> Member:
    return member


@_fold.register
def _(body: MemberEnrolled, member: Member, event: Event) -> Member:
    identifiers = _with(member.identifiers, body.identifiers)
    return replace(
        member, name=body.name, language=body.language, identifiers=identifiers, enrolled_at=event.occurred_at
    )


@_fold.register
def _(body: NameChanged, member: Member, event: Event) -> Member:
    return replace(member, name=body.name)


@_fold.register
def _(body: FieldChanged, member: Member, event: Event) -> Member:
    return replace(member, **{body.field: body.value}) if body.field in _PLAIN_FIELDS else member


@_fold.register
def _(body: IdentifierLinked, member: Member, event: Event) -> Member:
    return replace(member, identifiers=_with(member.identifiers, (body.identifier,)))


@_fold.register
def _(body: IdentifierRevoked, member: Member, event: Event) -> Member:
    return replace(member, identifiers=tuple(i for i in member.identifiers if i != body.identifier))


@_fold.register
def _(body: VisitOpened, member: Member, event: Event) -> Member:
    visit = Visit(visit_id=body.visit_id, opened_at=event.occurred_at, place=body.place)
    return replace(member, visits=(visit, *member.visits)[:VISITS_KEPT], visit_count=member.visit_count + 1)


@_fold.register
def _(body: VisitClosed, member: Member, event: Event) -> Member:
    return replace(member, visits=tuple(_closed(visit, body.visit_id, event.occurred_at) for visit in member.visits))


@_fold.register
def _(body: BasketCommitted, member: Member, event: Event) -> Member:
    purchase = Purchase(
        event_id=event.event_id,
        basket_id=body.basket_id,
        at=event.occurred_at,
        currency=body.currency,
        net=body.net,
        items=tuple(line.name for line in body.lines if line.name),
    )
    return replace(
        member,
        purchases=(purchase, *member.purchases)[:PURCHASES_KEPT],
        purchase_count=member.purchase_count + 1,
        balances=_moved(member.balances, body.moves),
    )


@_fold.register
def _(body: BasketVoided, member: Member, event: Event) -> Member:
    if body.sale_event_id is None:
        return member
    purchases = tuple(
        replace(purchase, status=PurchaseStatus.VOIDED) if purchase.event_id == body.sale_event_id else purchase
        for purchase in member.purchases
    )
    return replace(
        member,
        purchases=purchases,
        purchase_count=max(0, member.purchase_count - 1),
        balances=_moved(member.balances, body.moves),
    )


@_fold.register
def _(body: BasketReturned, member: Member, event: Event) -> Member:
    purchases = tuple(
        _refunded(purchase, body.refund) if purchase.event_id == body.sale_event_id else purchase
        for purchase in member.purchases
    )
    return replace(member, purchases=purchases, balances=_moved(member.balances, body.moves))


@_fold.register
def _(body: NoteWritten, member: Member, event: Event) -> Member:
    note = Note(event_id=event.event_id, at=event.occurred_at, text=body.text, associate_id=event.associate_id)
    return replace(member, notes=(note, *member.notes)[:NOTES_KEPT])


@_fold.register
def _(body: PreferenceSet, member: Member, event: Event) -> Member:
    others = tuple(p for p in member.preferences if p.key != body.preference.key)
    return replace(member, preferences=(*others, body.preference) if body.preference.value else others)


@_fold.register
def _(body: OccasionSet, member: Member, event: Event) -> Member:
    new = body.occasion
    others = tuple(o for o in member.occasions if (o.kind, o.label) != (new.kind, new.label))
    return replace(member, occasions=(*others, new))


def _with(known: tuple[Identifier, ...], added: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys((*known, *added)))


def _closed(visit: Visit, visit_id: str, at: datetime) -> Visit:
    return replace(visit, closed_at=at) if visit.visit_id == visit_id and visit.closed_at is None else visit


def _refunded(purchase: Purchase, refund: int) -> Purchase:
    returned = purchase.returned + refund
    status = PurchaseStatus.RETURNED if returned >= purchase.net else PurchaseStatus.PARTLY_RETURNED
    return replace(purchase, returned=returned, status=status)


def _moved(balances: dict[str, int], moves: tuple[PointsMove, ...]) -> dict[str, int]:
    moved = dict(balances)
    for move in moves:
        moved[move.account] = moved.get(move.account, 0) + move.points
    return moved
