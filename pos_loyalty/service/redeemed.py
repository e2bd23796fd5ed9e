"""What this till redeemed that the rows of the hub may not contain yet, in minor units.

A sale counts until the hub has acknowledged it and the till has had everything once more after that, by the hub's
clock: then its row has come down. That is never too early, and seldom later than need be: of what was acknowledged
while nobody asked, the journal says when.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from pos_loyalty.core.evaluation import MoveKind, VoucherMoveKind
from pos_loyalty.core.event_bodies import BODIES, BasketCommitted, BasketVoided
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.offline import RedeemedSince
from pos_loyalty.ports import LineView, Store

MARGIN_MS: Final = 60_000
"""An answer says when the hub began with a push, and it may end 30 s later; its processes have clocks of their own."""
_PAGE: Final = 1_000
_OURS: Final = frozenset(name for name, body in BODIES.items() if body in (BasketCommitted, BasketVoided))
_USED: Final = frozenset({VoucherMoveKind.REDEEMED, VoucherMoveKind.DEBITED})


class _Redemption(msgspec.Struct):
    seq: int
    owners: frozenset[str]
    """The member, and the codes of vouchers."""
    worth: int
    acknowledged_ms: int | None = None
    """When it was first seen without a wait, by the hub's clock."""


class Redeemed:
    """Reads the journal as it grows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = 0
        self._sales: dict[str, _Redemption] = {}

    def since(self, names: tuple[str, ...], line_now: Callable[[], LineView]) -> RedeemedSince:
        """Return what one owner and all of them redeemed since their rows.

        ``names`` are the code of a voucher, or the ids of a member. ``line_now`` tells how the line is when asked.

        Raises:
            StoreError: the journal cannot be read.
        """
        self._follow(line_now)
        own = [sale.worth for sale in self._sales.values() if not sale.owners.isdisjoint(names)]
        return RedeemedSince(
            of_member=sum(own), times=len(own), of_all=sum(sale.worth for sale in self._sales.values())
        )

    def _follow(self, line_now: Callable[[], LineView]) -> None:
        contained = self._store.ended_to((line_now().fresh_ms or 0) - MARGIN_MS)
        self._read = max(self._read, contained)
        self._sales = {name: sale for name, sale in self._sales.items() if sale.seq > contained}
        while page := self._store.events(self._read, _PAGE):
            for event in page:
                self._take(event)
            self._read = page[-1].seq
        # Events go up in their order, so those that wait are the newest.
        settled = self._read - self._store.counts().waiting
        # Asked for after the count: an older view may be from before the hub acknowledged what waits no more.
        line = line_now()
        for event_id, sale in list(self._sales.items()):
            if sale.acknowledged_ms is None and sale.seq <= settled:
                sale.acknowledged_ms = line.seen_ms
            if sale.acknowledged_ms is not None and (line.fresh_ms or 0) > sale.acknowledged_ms:
                del self._sales[event_id]

    def _take(self, event: Event) -> None:
        if event.type not in _OURS:
            return
        match body_of(event):
            case BasketCommitted() as sale if worth := worth_of(sale):
                codes = (move.code for move in sale.vouchers if move.kind in _USED)
                owners = frozenset(owner for owner in (event.member_id, *codes) if owner)
                self._sales[event.event_id] = _Redemption(seq=event.seq, owners=owners, worth=worth)
            case BasketVoided(sale_event_id=str(event_id)):
                self._sales.pop(event_id, None)
            case _:
                pass


def worth_of(sale: BasketCommitted) -> int:
    """Return what was redeemed in a sale, in minor units: by points, vouchers, cards and wallets.

    What programs give by themselves costs nobody anything that could be gone.
    """
    spent = {move.source for move in sale.moves if move.kind is MoveKind.REDEMPTION}
    spent |= {move.source for move in sale.vouchers if move.kind in _USED}
    rewards = {reward_of(source) for source in spent}
    taken_off = sum(amount for line in sale.lines for reward, amount in line.discounts.items() if reward in rewards)
    return taken_off + sum(payment.amount for payment in sale.payments)


def reward_of(source: str) -> str:
    """Return the reward that a source names.

    >>> reward_of("club@1/ten-percent")
    'club/ten-percent'
    """
    stamp, _, reward_id = source.partition("/")
    return f"{stamp.rpartition('@')[0]}/{reward_id}"
