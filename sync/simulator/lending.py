"""Stories in which the hub sets points aside: what a till has of them it lets be redeemed, and without the hub no more.

Then nothing is ever overdrawn, but where a till does not know what it did, or the hub what it said.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import HeldPoints
from pos_loyalty.core.offline import ClockReading
from sync.hub.allowances import AllowancePolicy
from sync.simulator.losses import Given
from sync.simulator.redeeming import Asked, Redeeming
from sync.simulator.selling import UNIT, earned, sale, spent

ALLOWANCES: Final = AllowancePolicy(terminals=("till 1", "till 2", "till 3"), days=2, share=70, most={UNIT: 90})
"""Of a few tills, so that there is something for each."""
_FEW: Final = 30
_MANY: Final = 60
"""Who has few points buys something first: else there is little to be set aside."""


class Borrowing(Redeeming):
    """Redemptions at a till that may have allowances."""

    SHOPS = ((4, 0.3), (2, 0.4))

    def begins(self, member_id: str, points: int) -> None:
        """Take what is set aside here, and ask the hub for the rest if there is any."""
        if self.till.member(member_id).balances.get(UNIT, 0) < _FEW:
            self.till.does(sale(earned(_MANY)), member_id)
            return
        points = max(1, points // self._chance.choice((1, 2, 4)))
        asked = Asked(self._ids(), member_id, points, aside=min(points, self.aside(member_id)))
        if asked.aside == points:
            self.pays(asked, points)
        else:
            self.asks(asked)

    def customer(self, member_id: str, people: Sequence[str]) -> str:
        """Have somebody come for whom something is set aside here, if there is anybody: they know."""
        return next((each for each in people if self.aside(each)), member_id)

    def aside(self, member_id: str) -> int:
        """Return what may be spent of allowances now."""
        till = self.till
        clock = ClockReading(now_ms=till.hub_ms, seen_ms=till.seen_ms, fresh_ms=till.replica.fresh_ms())
        return sum(each.points for each in self.own(member_id).values() if clock.permits(each.until_ms))

    def own(self, member_id: str) -> dict[str, HeldPoints]:
        """Return this till's allowances: what the row says, less what was drawn here that is not inside."""
        outside = [event for event in self.till.outbox.events() if not self.is_inside(event)]
        held = apply_all(self.till.shown(member_id), outside).held
        return {name: each for name, each in sorted(held.items()) if each.terminal == self.till.terminal_id}

    def permitted(self, asked: Asked) -> int:
        """Return what may be redeemed without the hub."""
        return 0 if asked.voucher else min(asked.points, self.aside(asked.member_id))

    def gives(self, asked: Asked) -> None:
        """Let the member redeem what is set aside; the hub keeps nothing, as far as is known here."""
        super().gives(asked._replace(aside=asked.points))

    def was_given(self, given: Given) -> None:
        """Let it be: what is drawn on an allowance is no loss, and nothing else is given."""

    def pays(self, asked: Asked, points: int) -> None:
        """Write the sale; what the hub does not keep for it is drawn on allowances."""
        if asked.voucher:
            super().pays(asked, points)
            return
        held = asked.points - asked.aside if points == asked.points else 0
        # All is looked at anew: what was set aside when the hub was asked may be over.
        points = held + min(points - held, self.aside(asked.member_id))
        left, draws = points - held, dict[str, int]()
        for name, each in self.own(asked.member_id).items():
            if part := min(left, each.points):
                draws[name] = part
                left -= part
        sold = sale(spent(points) if points else earned(1), holds=(asked.hold_id,))
        self.till.does(replace(sold, draws=draws), asked.member_id)
