"""Rows under change: what one event does to documents. Pure.

A member is folded by the same ``apply`` as on the till; vouchers and shared counters by what core says of one move.
Each document remembers, per terminal, the highest ``seq`` that is inside it, so that a till knows which of its own
pending events are not.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.fold import apply
from pos_loyalty.core.members import Member
from pos_loyalty.core.rows import UsageRow, VoucherRow
from pos_loyalty.core.usage import Counted
from pos_loyalty.core.voucher_moves import issued, moved
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from sync.hub.kept import Loss, LossKind, RowKey
from sync.hub.reach import Reach

Document = Member | VoucherRow | UsageRow
_TYPES: Mapping[RowKind, type[Document]] = {
    RowKind.MEMBER: Member,
    RowKind.VOUCHER: VoucherRow,
    RowKind.USAGE: UsageRow,
}
_encode = msgspec.json.Encoder().encode
_decoders = {kind: msgspec.json.Decoder(type_) for kind, type_ in _TYPES.items()}


def read(kind: RowKind, document: bytes) -> Document:
    """Return a document of one of the kinds that events change.

    Raises:
        msgspec.DecodeError: it is none.
    """
    found: Document = _decoders[kind].decode(document)
    return found


def write(document: Document) -> msgspec.Raw:
    """Return the bytes of a document. Keys stay in the order in which they came: ``applied`` says who was the first."""
    return msgspec.Raw(_encode(document))


class Changed(msgspec.Struct, frozen=True):
    """What one event makes of documents."""

    rows: dict[RowKey, Document]
    losses: tuple[Loss, ...]


def changed_by(reach: Reach, known: Mapping[RowKey, Document | None]) -> Changed:
    """Fold one event into the documents it touches.

    ``known`` has None for a tombstone, which stays one: what an erased member does leaves no document.
    """
    rows: dict[RowKey, Document] = {}
    losses: list[Loss] = []
    for key in reach.rows:
        before = known.get(key)
        if before is None and key in known:
            continue
        match key.kind:
            case RowKind.MEMBER:
                rows[key] = folded(before if isinstance(before, Member) else None, reach.event, reach.body)
            case RowKind.VOUCHER:
                voucher = before if isinstance(before, VoucherRow) else None
                rows[key], lost = _voucher(voucher, [m for m in reach.vouchers if m.code == key.key], reach.event)
                losses += lost
            case _:
                usage = before if isinstance(before, UsageRow) else None
                rows[key] = _usage(usage, [c for c in reach.counts if c.key == key.key], reach.event)
    return Changed(rows, tuple(losses))


def with_vouchers(member: Member, rows: Mapping[RowKey, Document]) -> Member:
    """Return a member whose vouchers are as ``rows`` say: those know what was done before the issue was heard of."""
    if not member.vouchers:
        return member
    vouchers = tuple(_plain(rows.get(RowKey(RowKind.VOUCHER, each.code)), each) for each in member.vouchers)
    return member if vouchers == member.vouchers else replace(member, vouchers=vouchers)


def folded(member: Member | None, event: Event, body: Body) -> Member:
    """Return the member with ``event`` inside; of one whom nobody enrolled yet, as much as the event tells.

    ``apply`` takes an event below the highest of its terminal for one that it has seen. The hub knows better, for no
    event comes here twice: one that comes late is folded all the same, else its effect would be lost for ever.
    """
    if member is None:
        member = Member(member_id=event.member_id or "", from_pass=True)
    highest = member.applied.get(event.terminal_id, 0)
    if event.seq > highest:
        return apply(member, event, body)
    others = {terminal: seq for terminal, seq in member.applied.items() if terminal != event.terminal_id}
    late = apply(replace(member, applied=others), event, body)
    return replace(late, applied=member.applied)


def _voucher(
    known: VoucherRow | None, moves: Sequence[VoucherMove], event: Event
) -> tuple[VoucherRow, tuple[Loss, ...]]:
    row, lost = _moved(known, moves[0], event)
    losses = [lost]
    for move in moves[1:]:
        row, lost = _moved(row, move, event)
        losses.append(lost)
    return replace(row, applied=_with(row.applied, event)), tuple(each for each in losses if each)


def _moved(row: VoucherRow | None, move: VoucherMove, event: Event) -> tuple[VoucherRow, Loss | None]:
    if move.kind is VoucherMoveKind.ISSUED:
        return _issued(row, move, event)
    before = row or VoucherRow(code=move.code, program_id=move.program_id)
    after = _row(moved(before, move), before)
    if row is None or row.early:
        # Used on one till before the till that issued it was heard of: what it is worth comes with the issue.
        after = replace(after, early=(*after.early, move))
    return after, _lost(before, after, move, event)


def _issued(row: VoucherRow | None, move: VoucherMove, event: Event) -> tuple[VoucherRow, Loss | None]:
    if row and not row.early:
        return row, None
    row = row or VoucherRow(code=move.code, program_id=move.program_id)
    voucher = issued(move, event.event_id, event.member_id)
    for early in row.early:
        voucher = moved(voucher, early)
    after = replace(_row(voucher, row), early=())
    if after.balance >= 0:
        return after, None
    return after, Loss(event.event_id, move.code, LossKind.OVERDRAWN, -after.balance, event.terminal_id)


def _lost(before: VoucherRow, after: VoucherRow, move: VoucherMove, event: Event) -> Loss | None:
    if move.kind is VoucherMoveKind.REDEEMED and before.status is not VoucherStatus.ISSUED:
        return Loss(event.event_id, move.code, LossKind.DUPLICATE, before.value, event.terminal_id)
    lacking = min(0, before.balance) - after.balance
    if move.kind is VoucherMoveKind.DEBITED and lacking > 0 and not after.early:
        return Loss(event.event_id, move.code, LossKind.OVERDRAWN, lacking, event.terminal_id)
    return None


def _plain(row: Document | None, otherwise: Voucher) -> Voucher:
    if not isinstance(row, VoucherRow):
        return otherwise
    return Voucher(**{name: getattr(row, name) for name in Voucher.__struct_fields__})


def _row(voucher: Voucher, row: VoucherRow) -> VoucherRow:
    """Return what the hub keeps beside a voucher, with the voucher as it is now."""
    return replace(row, **{name: getattr(voucher, name) for name in Voucher.__struct_fields__})


def _usage(known: UsageRow | None, counts: Iterable[Counted], event: Event) -> UsageRow:
    row = known or UsageRow(amount=0)
    for counted in counts:
        row = replace(row, amount=row.amount + counted.amount, until=counted.until)
    return replace(row, applied=_with(row.applied, event))


def _with(applied: dict[str, int], event: Event) -> dict[str, int]:
    return applied | {event.terminal_id: max(event.seq, applied.get(event.terminal_id, 0))}
