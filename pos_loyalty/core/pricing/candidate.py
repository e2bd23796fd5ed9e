"""A reward that could be given to this basket, and what it gives when it is its turn."""

import msgspec

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because
from pos_loyalty.core.programs import FixedOff, PerPoint, Target
from pos_loyalty.core.programs.program_set import Plan, Stage
from pos_loyalty.core.vouchers import Voucher

Order = tuple[int, int, int, int, str, str, str]
"""Stage, priority, the place among the claims, percentages first, then names: no two are equal."""

OFFERED = 1 << 29
"""The place of a reward that is not claimed, but would be the next to be."""
_AFTER_CLAIMS = 1 << 30
_BEFORE_CLAIMS = -1

Units = tuple[tuple[int, int], ...]
"""Line to a number of units."""


class Candidate:
    """A reward for which nothing but points, needs and effect is open. Compared by identity."""

    __slots__ = ("budget", "claim", "lines", "order", "plan", "pools", "voucher")

    def __init__(
        self,
        plan: Plan,
        lines: tuple[int, ...],
        claim: Claim | None = None,
        place: int | None = None,
        voucher: Voucher | None = None,
        budget: int | None = None,
    ) -> None:
        self.plan = plan
        self.lines = lines
        """The lines it is on."""
        self.claim = claim
        self.voucher = voucher
        self.budget = budget
        """Minor units that limits leave to its program; absent: any."""
        reward = plan.reward
        self.pools = (
            plan.stage == Stage.GOODS and isinstance(reward, FixedOff | PerPoint) and reward.on is Target.PRODUCTS
        )
        """Whether it is an amount off some goods, which leaves to other such amounts what only they can reach."""
        stage, priority, amounts_last = plan.rank
        if place is None:
            # Whoever claims units finds them open; whoever claims a discount has seen the price that others left.
            place = _AFTER_CLAIMS if stage == Stage.UNITS else _BEFORE_CLAIMS
        code = voucher.code if voucher else ""
        program_id, reward_id = plan.program.program_id, reward.reward_id
        self.order: Order = (stage, priority, place, amounts_last, program_id, reward_id, code)


class Given(msgspec.Struct, gc=False):
    """What one candidate gave. A struct, for thousands are made while a choice is weighed."""

    candidate: Candidate
    value: int
    """Minor units."""
    cost: int
    """Points."""
    shares: Units | None
    """Line to the minor units of the value that fall on it; None until it is taken, and in proportion, of ``lines``."""
    free: Units
    """Line to units that became free."""
    code: Because
    numbers: dict[str, int]
    lines: tuple[int, ...] = ()
    taken: Units = ()
    """Line to units that are no longer open to other offers."""
    gifts: tuple[str, ...] = ()
    """Product ids that are added to the basket."""

    @property
    def lowering(self) -> Units:
        """The shares that lower the price of units that are paid for; a unit that is free is not bought at all."""
        if not self.free:
            return self.shares or ()
        free = dict(self.free)
        return tuple((i, share) for i, share in self.shares or () if i not in free)
