"""Programs: a versioned set of rules (how points are earned) and rewards (what they buy).

A published version never changes. Several programs may share one points account: one earns, another spends.
The next kinds of rule and reward are further members of the two tagged unions below; ``pricing`` dispatches on
their type. What no engine could reckon with (points for every 0 rials, 120 % off, a moment without a time zone) is
refused when a program is read: ``msgspec.ValidationError`` with the path.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from pos_loyalty.core.money import Rounding

Name = Annotated[str, msgspec.Meta(pattern="^[^/@]+$")]
"""What others refer to. Sources and claims are written ``program@version/rule``, so it holds neither sign."""
Count = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

_WHOLE = 100
_HUNDREDTH = Decimal("0.01")


class EarnPerMoney(msgspec.Struct, frozen=True, kw_only=True, tag="per_money", tag_field="kind"):
    """``points`` for every ``amount`` (minor units) that is paid after all discounts."""

    rule_id: Name
    points: AtLeastOne
    amount: AtLeastOne
    rounding: Rounding = Rounding.DOWN


class PercentOff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="percent_off", tag_field="kind"):
    """``percent`` of what is still to pay, at most ``cap`` minor units, for ``cost`` points."""

    reward_id: Name
    name: dict[str, str]
    cost: Count
    percent: Decimal
    """Above 0, at most 100, in steps of a hundredth."""
    cap: AtLeastOne | None = None
    minimum: Count = 0
    """Minor units that must still be to pay."""
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        """Refuse a percentage that cannot be explained in whole hundredths (msgspec's protocol: ValueError)."""
        if not self.percent.is_finite() or not 0 < self.percent <= _WHOLE or self.percent % _HUNDREDTH:
            raise ValueError(f"percent is {self.percent}: expected 0.01 to 100 in steps of 0.01")


class FixedOff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fixed_off", tag_field="kind"):
    """``amount`` minor units off what is still to pay, for ``cost`` points."""

    reward_id: Name
    name: dict[str, str]
    cost: Count
    amount: AtLeastOne
    minimum: Count = 0


Rule = EarnPerMoney
Reward = PercentOff | FixedOff


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """A service level; how it is reached belongs to the hub, how it is called to the screen."""

    tier_id: str
    name: dict[str, str]


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One published version of a program."""

    program_id: Name
    version: AtLeastOne
    name: dict[str, str]
    account: str
    """The points account its rules credit and its rewards debit."""
    currency: str
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    """The first moment at which it no longer holds."""
    rules: tuple[Rule, ...] = ()
    rewards: tuple[Reward, ...] = ()
    tiers: tuple[Tier, ...] = ()

    @property
    def stamp(self) -> str:
        """Name and version, as events record it."""
        return f"{self.program_id}@{self.version}"

    def holds_at(self, now: datetime) -> bool:
        """Whether the program is in force at ``now``."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


def reward_key(program: Program, reward: Reward) -> str:
    """Return the name under which a basket claims ``reward``: unique over all programs of the shop."""
    return f"{program.program_id}/{reward.reward_id}"
