"""What an event is about besides its member: vouchers, limits that are not the member's alone, a pass, a sale. Pure."""

from pos_loyalty.core.evaluation import VoucherMove
from pos_loyalty.core.event_bodies import Body, GestureGranted, PassShown
from pos_loyalty.core.programs import Scope
from pos_loyalty.core.usage import Counted


def subjects(body: Body) -> tuple[str, ...]:
    """Return what an event is about besides its member: vouchers, a pass, the event of the sale it undoes."""
    if isinstance(body, PassShown):
        return (body.instance_id,)
    codes = dict.fromkeys(move.code for move in voucher_moves(body))
    sale = getattr(body, "sale_event_id", None)
    return (*codes, sale) if sale else tuple(codes)


def voucher_moves(body: Body) -> tuple[VoucherMove, ...]:
    """Return what an event does to vouchers."""
    return (body.voucher,) if isinstance(body, GestureGranted) else getattr(body, "vouchers", ())


def shared_counts(body: Body) -> tuple[Counted, ...]:
    """Return what an event adds to counters that are not its member's alone; those are in the member's document."""
    counts: tuple[Counted, ...] = getattr(body, "counts", ())
    return tuple(counted for counted in counts if counted.scope is not Scope.MEMBER)
