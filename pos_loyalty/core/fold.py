"""One pure fold: ``apply(member, event) -> member``.

The hub uses it to make the authoritative document, the till to show its own pending events on top. The same event
twice is one event: a document remembers, per terminal, the highest ``seq`` it contains, and a terminal's events
always come in ``seq`` order.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import singledispatch

from msgspec.structs import replace

from pos_loyalty.core.evaluation import PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import (
    BasketCommitted,
    BasketReturned,
    BasketVoided,
    Body,
    FieldChanged,
    GestureGranted,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    MemberErased,
    MemberMerged,
    MemberUnmerged,
    NameChanged,
    NoteWritten,
    OccasionSet,
    PassShown,
    PointsEarned,
    PreferenceSet,
    TierAssessed,
    VisitClosed,
    VisitOpened,
)
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.identifiers import Identifier
from pos_loyalty.core.members import (
    NOTES_KEPT,
    PURCHASES_KEPT,
    USED_VOUCHERS_KEPT,
    VISITS_KEPT,
    HeldPoints,
    Member,
    Note,
    PersonName,
    Purchase,
    PurchaseStatus,
    Used,
    Visit,
)
from pos_loyalty.core.merging import forwarded, parted, with_parts
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.tiers import TierState
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.voucher_moves import issued, moved
from pos_loyalty.core.vouchers import Voucher, VoucherStatus

Moving = BasketCommitted | BasketReturned | BasketVoided | PointsEarned
"""What moves points, vouchers and counters."""

_PLAIN_FIELDS = frozenset({"language", "tier"})


def apply(member: Member, event: Event, body: Body | None = None) -> Member:
    """Return ``member`` with ``event`` inside it; unchanged if it already was, or is about somebody else.

    An event about one who was merged into the member is inside both, and stays with that one when they are parted.
    ``body`` is that of the event, if it was read before.
    """
    if not member.is_called(event.member_id) or event.seq <= member.applied.get(event.terminal_id, 0):
        return member
    return _inside(body or body_of(event), member, event)


def apply_all(member: Member, events: Iterable[Event]) -> Member:
    """Fold ``events``, each terminal's in ``seq`` order, into ``member``."""
    for event in events:
        member = apply(member, event)
    return member


def _inside(body: Body, member: Member, event: Event) -> Member:
    is_own = event.member_id == member.member_id
    applied = member.applied | {event.terminal_id: max(event.seq, member.applied.get(event.terminal_id, 0))}
    match body:
        case MemberUnmerged() if not is_own:
            staying, _ = parted(member, event.member_id or "")
            return replace(staying, applied=applied)
        case MemberMerged() if not is_own:
            # It is part of somebody already: whoever merges it again must part it first.
            return replace(member, applied=applied)
    folded = replace(_fold(body, member, event), applied=applied)
    if not folded.parts:
        return folded
    parts = tuple(_inside(body, part, event) if part.member_id == event.member_id else part for part in member.parts)
    return with_parts(folded, parts)


@singledispatch
def _fold(body: Body, member: Member, event: Event) -> Member:
    return member


@_fold.register
def _(body: MemberEnrolled, member: Member, event: Event) -> Member:
    identifiers = _with(member.identifiers, body.identifiers)
    return replace(
        member,
        name=body.name,
        language=body.language,
        identifiers=identifiers,
        enrolled_at=event.occurred_at,
        from_pass=False,
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
def _(body: PassShown, member: Member, event: Event) -> Member:
    # What a document says is newer than any pass.
    known = not (member.from_pass and body.name)
    return member if known else replace(member, name=PersonName(given=body.name), tier=body.tier)


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
        _moved(member, body, event),
        purchases=(purchase, *member.purchases)[:PURCHASES_KEPT],
        purchase_count=member.purchase_count + 1,
        granted=_granted(member.granted, body, event),
        held=_held(member.held, body),
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
        _moved(member, body, event),
        purchases=purchases,
        purchase_count=_fewer(member.purchase_count),
        granted=_released(member.granted, body.granted),
    )


@_fold.register
def _(body: BasketReturned, member: Member, event: Event) -> Member:
    purchases = tuple(
        _refunded(purchase, body) if purchase.event_id == body.sale_event_id else purchase
        for purchase in member.purchases
    )
    return replace(
        _moved(member, body, event),
        purchases=purchases,
        # Whoever has nothing of it has not bought: what is for a first purchase is for the next.
        purchase_count=_fewer(member.purchase_count) if body.complete else member.purchase_count,
        granted=_released(member.granted, body.granted),
    )


@_fold.register
def _(body: PointsEarned, member: Member, event: Event) -> Member:
    return replace(_moved(member, body, event), granted=_granted(member.granted, body, event))


@_fold.register
def _(body: GestureGranted, member: Member, event: Event) -> Member:
    return replace(member, vouchers=_vouchers(member.vouchers, (body.voucher,), event))


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


@_fold.register
def _(body: MemberMerged, member: Member, event: Event) -> Member:
    return forwarded(member, body.target)


@_fold.register
def _(body: MemberErased, member: Member, event: Event) -> Member:
    return Member(member_id=member.member_id, applied=member.applied)


@_fold.register
def _(body: TierAssessed, member: Member, event: Event) -> Member:
    if not body.tier_id:
        return replace(member, tier="", tier_terms=_without(member.tier_terms, body.program_id))
    state = TierState(tier_id=body.tier_id, since=body.since, held_until=body.held_until)
    return replace(member, tier=body.tier_id, tier_terms=member.tier_terms | {body.program_id: state})


def _without(terms: Mapping[str, TierState], program_id: str) -> dict[str, TierState]:
    return {name: state for name, state in terms.items() if name != program_id}


def _with(known: tuple[Identifier, ...], added: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys((*known, *added)))


def _closed(visit: Visit, visit_id: str, at: datetime) -> Visit:
    return replace(visit, closed_at=at) if visit.visit_id == visit_id and visit.closed_at is None else visit


def _held(held: Mapping[str, HeldPoints], body: BasketCommitted) -> dict[str, HeldPoints]:
    """Return what is held without what was kept for a sale, and less what it took of allowances.

    As in the ledger a draw never gives, and takes only of allowances in an account that the sale redeems.
    """
    redeemed = {move.account for move in body.moves if move.points < 0}
    left = dict[str, HeldPoints]()
    for name, each in held.items():
        if name not in body.holds:
            is_drawable = each.terminal and each.account in redeemed
            drawn = max(0, body.draws.get(name, 0)) if is_drawable else 0
            left[name] = replace(each, points=each.points - drawn)
    return {name: each for name, each in left.items() if each.points > 0}


def _fewer(purchases: int) -> int:
    """Return one less: a till may know of a return, and not of the sale."""
    return max(0, purchases - 1)


def _refunded(purchase: Purchase, body: BasketReturned) -> Purchase:
    returned = purchase.returned + body.refund - body.added_tax
    whole = body.complete or 0 < purchase.net <= returned
    status = PurchaseStatus.RETURNED if whole else PurchaseStatus.PARTLY_RETURNED
    return replace(purchase, returned=returned, status=status)


def _moved(member: Member, body: Moving, event: Event) -> Member:
    return replace(
        member,
        balances=_balances(member.balances, body.moves),
        short=_short(member.short, body.moves),
        vouchers=_vouchers(member.vouchers, body.vouchers, event),
        used=_used(member.used, body.counts, body.day),
    )


def _balances(balances: Mapping[str, int], moves: Iterable[PointsMove]) -> dict[str, int]:
    """Return the balances after ``moves``; what is pending is in none of them, neither coming nor going."""
    after = dict(balances)
    for move in moves:
        if move.pending_until is None:
            after[move.account] = after.get(move.account, 0) + move.points
    return after


def _short(short: Mapping[str, int], moves: Iterable[PointsMove]) -> dict[str, int]:
    after = dict(short)
    for move in moves:
        after[move.account] = after.get(move.account, 0) + move.short
    return {account: points for account, points in after.items() if points}


def _vouchers(known: tuple[Voucher, ...], moves: tuple[VoucherMove, ...], event: Event) -> tuple[Voucher, ...]:
    """Return the member's vouchers after ``moves``. Those of others, and gift cards for anybody, are not kept here."""
    if not moves:
        return known
    by_code = {voucher.code: voucher for voucher in known}
    for move in moves:
        if move.kind is VoucherMoveKind.ISSUED:
            new = issued(move, event.event_id, event.member_id)
            if new.code and new.member_id:
                by_code[new.code] = new
        elif move.code in by_code:
            by_code[move.code] = moved(by_code[move.code], move)
    over = [code for code, voucher in by_code.items() if _is_over(voucher, event.occurred_at)]
    for code in over[:-USED_VOUCHERS_KEPT]:
        del by_code[code]
    return tuple(by_code.values())


def _is_over(voucher: Voucher, at: datetime) -> bool:
    ended = voucher.valid_until is not None and voucher.valid_until <= at
    return voucher.status is not VoucherStatus.ISSUED or ended


def _used(known: dict[str, Used], counts: Iterable[Counted], day: date | None) -> dict[str, Used]:
    """Return the member's counters after ``counts``, without those that no longer matter on ``day``."""
    used = dict(known)
    for count in counts:
        if count.scope is Scope.MEMBER:
            before = used[count.key].amount if count.key in used else 0
            used[count.key] = Used(amount=before + count.amount, until=count.until)
    return {
        key: counter
        for key, counter in used.items()
        if counter.amount > 0 and (day is None or counter.until is None or day <= counter.until)
    }


def _granted(known: dict[str, date], body: BasketCommitted | PointsEarned, event: Event) -> dict[str, date]:
    day = body.day or event.occurred_at.date()
    return known | dict.fromkeys(body.granted, day)


def _released(known: dict[str, date], grants: Mapping[str, date]) -> dict[str, date]:
    """Return what is granted without ``grants``; a later grant of the same program stays."""
    return {program_id: day for program_id, day in known.items() if grants.get(program_id) != day}
