"""What pricing answers: data that explains itself, the same bytes for the same input."""

from enum import StrEnum

import msgspec


class Because(StrEnum):
    """Why a line, a reward or a number of points is what it is; the screen makes the sentence."""

    EARNED_PER_MONEY = "earned_per_money"
    """``points`` for every ``per`` minor units of ``base``."""
    PERCENT = "percent"
    """``percent`` hundredths of a percent of ``base``, perhaps cut at ``cap``."""
    FIXED = "fixed"
    """``amount`` off ``base``."""
    POINTS_MISSING = "points_missing"
    """``missing`` points more are needed."""
    MONEY_MISSING = "money_missing"
    """``missing`` minor units more are needed."""
    NO_EFFECT = "no_effect"
    """Nothing is left to pay, so the points stay where they are."""
    NOT_IN_FORCE = "not_in_force"
    UNKNOWN_REWARD = "unknown_reward"
    CLAIMED_TWICE = "claimed_twice"
    NO_MEMBER = "no_member"
    OTHER_CURRENCY = "other_currency"


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reason and its arithmetic, all in whole units."""

    code: Because
    numbers: dict[str, int] = {}


class MoveKind(StrEnum):
    """What moved the points."""

    ACCRUAL = "accrual"
    REDEMPTION = "redemption"
    REVERSAL = "reversal"


class PointsMove(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points added to (positive) or taken from (negative) one account of the member."""

    account: str
    points: int
    kind: MoveKind
    source: str
    """Program version and rule or reward: ``club@1/per-money``."""
    reason: Reason | None = None


class LineDiscount(msgspec.Struct, frozen=True):
    """The share of one reward that falls on one line."""

    reward: str
    amount: int


class PricedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line with its discounts: ``gross - sum(discounts) == net``."""

    number: int
    gross: int
    net: int
    discounts: tuple[LineDiscount, ...] = ()


class AppliedReward(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed reward that was given: its value in minor units and its cost in points."""

    reward: str
    name: dict[str, str]
    account: str
    value: int
    cost: int
    reason: Reason


class ClaimableReward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward the customer could have now on top of what is claimed."""

    reward: str
    name: dict[str, str]
    account: str
    value: int
    cost: int


class WithheldReward(msgspec.Struct, frozen=True, kw_only=True):
    """A reward the customer cannot have now, and why not."""

    reward: str
    name: dict[str, str]
    reason: Reason
    claimed: bool = False
    """It was asked for; the screen must say so at once."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The price of a basket. ``gross - discount == net`` and the lines sum to all three."""

    currency: str
    gross: int
    discount: int
    net: int
    lines: tuple[PricedLine, ...] = ()
    moves: tuple[PointsMove, ...] = ()
    """Points that will move when the basket is committed."""
    applied: tuple[AppliedReward, ...] = ()
    claimable: tuple[ClaimableReward, ...] = ()
    """Best value for the customer first."""
    withheld: tuple[WithheldReward, ...] = ()
    balances_after: dict[str, int] = {}
    programs: tuple[str, ...] = ()
    """Program versions that were asked, as ``name@version``."""

    @property
    def balances_before(self) -> dict[str, int]:
        """Points by account as they were when this was reckoned."""
        before = dict(self.balances_after)
        for move in self.moves:
            before[move.account] -= move.points
        return before
