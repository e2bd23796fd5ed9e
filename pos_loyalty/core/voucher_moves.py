"""What an event does to vouchers: one function, for the member's document and for the store's own table."""

from msgspec.structs import replace

from pos_loyalty.core.evaluation import VoucherMove, VoucherMoveKind
from pos_loyalty.core.vouchers import Voucher, VoucherStatus


def issued(move: VoucherMove, event_id: str, member_id: str | None) -> Voucher:
    """Return the voucher that a move of kind ``issued`` makes; ``event_id`` is the event it stands in.

    A coupon belongs to ``member_id``, the member of the event. A gift card (``move.line`` is set) belongs to whoever
    brings its code, for it was bought to be given away.
    """
    return Voucher(
        code=move.code,
        program_id=move.program_id,
        member_id=member_id if move.line is None else None,
        valid_from=move.valid_from,
        valid_until=move.valid_until,
        balance=move.amount,
        value=move.value,
        issued_by=event_id,
    )


def moved(voucher: Voucher, move: VoucherMove) -> Voucher:
    """Return ``voucher`` after ``move``, a move of its code and of any other kind than ``issued``.

    Only what was used comes back, and what was used stays so when it is revoked: what was given for it is given.
    """
    match move.kind, voucher.status:
        case VoucherMoveKind.REDEEMED, _:
            return replace(voucher, status=VoucherStatus.REDEEMED)
        case VoucherMoveKind.DEBITED, _:
            return replace(voucher, balance=voucher.balance - move.amount)
        case VoucherMoveKind.CREDITED, _:
            return replace(voucher, balance=voucher.balance + move.amount)
        case VoucherMoveKind.RESTORED, VoucherStatus.REDEEMED:
            return replace(voucher, status=VoucherStatus.ISSUED)
        case VoucherMoveKind.REVOKED, VoucherStatus.ISSUED:
            return replace(voucher, status=VoucherStatus.REVOKED, balance=0)
    return voucher
