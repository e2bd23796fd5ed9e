"""What is sold in a story, and what may be redeemed without the hub."""

from typing import Final

from pos_loyalty.core.evaluation import MoveKind, PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.offline import OfflinePolicy

UNIT: Final = "points"
POLICY: Final = OfflinePolicy(floor=12, cap=20, exposure=50, age_ms=5 * 60_000)
_EARNED: Final = "club@1/per-money"
_SPENT: Final = "club@1/off"


def spent_by(event: Event) -> int:
    """Return the points that an event spent."""
    moves: tuple[PointsMove, ...] = getattr(body_of(event), "moves", ()) if event.type == "basket.committed" else ()
    return -sum(min(0, move.points) for move in moves)


def earned(points: int) -> PointsMove:
    """Return points that a sale earned."""
    return PointsMove(account=UNIT, points=points, kind=MoveKind.ACCRUAL, source=_EARNED)


def spent(points: int) -> PointsMove:
    """Return points that a sale spent."""
    return PointsMove(account=UNIT, points=-points, kind=MoveKind.REDEMPTION, source=_SPENT)


def sale(*moves: PointsMove, holds: tuple[str, ...] = ()) -> BasketCommitted:
    """Return a sale."""
    return BasketCommitted(
        basket_id="basket", currency="EUR", gross=100, discount=0, net=100, lines=(), moves=moves, holds=holds
    )
