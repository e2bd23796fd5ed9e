"""What is sold and taken back in a story, and what may be redeemed without the hub."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.offline import OfflinePolicy
from pos_loyalty.core.programs import EarnPerMoney, Program
from pos_loyalty.core.tiering import Tiering, TierMeasure
from pos_loyalty.core.tiers import Tier
from pos_loyalty.core.usage import Counted

UNIT: Final = "points"
POLICY: Final = OfflinePolicy(floor=12, cap=20, exposure=50, age_ms=5 * 60_000)
COUPON_WORTH: Final = 7
"""Minor units, as a point is worth one."""
CLUB: Final = Program(
    program_id="club",
    version=1,
    name={"en": "club"},
    account=UNIT,
    currency="EUR",
    rules=(EarnPerMoney(rule_id="per-money", points=1, amount=1),),
    expiry=ExpiryPolicy(months=1),
    tiers=(Tier(tier_id="some", name={"en": "some"}, at=40), Tier(tier_id="many", name={"en": "many"}, at=120)),
    tiering=Tiering(measure=TierMeasure.BALANCE, keep_months=1),
)
_EARNED: Final = "club@1/per-money"
_SPENT: Final = "club@1/off"
_COUPON: Final = "coupon@1/once"
_CARD: Final = "gift@1/card"
_OPPOSITE: Final[Mapping[StrEnum, StrEnum]] = {
    MoveKind.ACCRUAL: MoveKind.REVERSAL,
    MoveKind.REDEMPTION: MoveKind.RESTORATION,
    VoucherMoveKind.ISSUED: VoucherMoveKind.REVOKED,
    VoucherMoveKind.REDEEMED: VoucherMoveKind.RESTORED,
    VoucherMoveKind.DEBITED: VoucherMoveKind.CREDITED,
}


def spent_by(event: Event) -> int:
    """Return the points that an event spent."""
    moves: tuple[PointsMove, ...] = getattr(body_of(event), "moves", ()) if event.type == "basket.committed" else ()
    return -sum(min(0, move.points) for move in moves)


def coupons_of(event: Event) -> tuple[str, ...]:
    """Return the codes of the vouchers that are good once and that an event used."""
    return _codes(event, VoucherMoveKind.REDEEMED)


def revoked_by(event: Event) -> tuple[str, ...]:
    """Return the codes of the vouchers that an event took back."""
    return _codes(event, VoucherMoveKind.REVOKED)


def redeemed_by(event: Event) -> dict[str, int]:
    """Return what an event redeemed, by whose it was: a member, or the code of a voucher."""
    redeemed = dict.fromkeys(coupons_of(event), COUPON_WORTH)
    if points := spent_by(event):
        redeemed[event.member_id or ""] = points
    return redeemed


def earned(points: int, pending_until: date | None = None) -> PointsMove:
    """Return points that a sale earned, which may be available only later."""
    return PointsMove(account=UNIT, points=points, kind=MoveKind.ACCRUAL, source=_EARNED, pending_until=pending_until)


def spent(points: int) -> PointsMove:
    """Return points that a sale spent."""
    return PointsMove(account=UNIT, points=-points, kind=MoveKind.REDEMPTION, source=_SPENT)


def card(code: str, amount: int, *, is_new: bool) -> VoucherMove:
    """Return that a gift card was sold, or paid something."""
    kind, line = (VoucherMoveKind.ISSUED, 1) if is_new else (VoucherMoveKind.DEBITED, None)
    return VoucherMove(kind=kind, program_id="gift", source=_CARD, code=code, amount=amount, line=line)


def coupon(code: str, kind: VoucherMoveKind) -> VoucherMove:
    """Return what happened to a voucher of the member that is good once."""
    return VoucherMove(kind=kind, program_id="coupon", source=_COUPON, code=code)


def sale(
    *moves: PointsMove,
    holds: tuple[str, ...] = (),
    vouchers: tuple[VoucherMove, ...] = (),
    counts: tuple[Counted, ...] = (),
) -> BasketCommitted:
    """Return a sale."""
    return BasketCommitted(
        basket_id="basket",
        currency="EUR",
        gross=100,
        discount=0,
        net=100,
        lines=(),
        moves=moves,
        holds=holds,
        vouchers=vouchers,
        counts=counts,
    )


def taken_back(sale_event_id: str, sold: BasketCommitted) -> BasketReturned:
    """Return that all goods of a sale came back: what it gave is taken, and what it took is given."""
    return BasketReturned(
        basket_id="back",
        sale_event_id=sale_event_id,
        currency=sold.currency,
        refund=sold.net,
        lines=(),
        moves=tuple(replace(move, points=-move.points, kind=_OPPOSITE[move.kind]) for move in sold.moves),
        vouchers=tuple(replace(move, kind=_OPPOSITE[move.kind], line=None) for move in sold.vouchers),
        counts=tuple(replace(counted, amount=-counted.amount) for counted in sold.counts),
        complete=True,
    )


def _codes(event: Event, kind: VoucherMoveKind) -> tuple[str, ...]:
    if not event.type.startswith("basket."):
        return ()
    moves: tuple[VoucherMove, ...] = getattr(body_of(event), "vouchers", ())
    return tuple(move.code for move in moves if move.kind is kind)
