"""Programs: a versioned set of rules (how points are earned) and rewards (what they buy).

A published version never changes. Several programs may share one points account: one earns, another spends.
The next kinds of rule and reward are further members of the two tagged unions below; ``pricing`` dispatches on
their type.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from pos_loyalty.core.money import Rounding


class EarnPerMoney(msgspec.Struct, frozen=True, kw_only=True, tag="per_money", tag_field="kind"):
    """``points`` for every ``amount`` (minor units) that is paid after all discounts."""

    rule_id: str
    points: int
    amount: int
    rounding: Rounding = Rounding.DOWN


class PercentOff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="percent_off", tag_field="kind"):
    """``percent`` of what is still to pay, at most ``cap`` minor units, for ``cost`` points."""

    reward_id: str
    name: dict[str, str]
    cost: int
    percent: Decimal
    cap: int | None = None
    minimum: int = 0
    """Minor units that must still be to pay."""
    rounding: Rounding = Rounding.HALF_UP


class FixedOff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="fixed_off", tag_field="kind"):
    """``amount`` minor units off what is still to pay, for ``cost`` points."""

    reward_id: str
    name: dict[str, str]
    cost: int
    amount: int
    minimum: int = 0


Rule = EarnPerMoney
Reward = PercentOff | FixedOff


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """A service level; how it is reached belongs to the hub, how it is called to the screen."""

    tier_id: str
    name: dict[str, str]


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One published version of a program."""

    program_id: str
    version: int
    name: dict[str, str]
    account: str
    """The points account its rules credit and its rewards debit."""
    currency: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
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
