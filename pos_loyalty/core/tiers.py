"""Tiers: service levels, each from an amount of points or money on, and where a member stands among them.

How the amount is measured, and when somebody is raised or lowered, is the policy in :mod:`pos_loyalty.core.tiering`.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated

import msgspec

from pos_loyalty.core.money import AMOUNT_MAX


class Tier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One service level."""

    tier_id: Annotated[str, msgspec.Meta(pattern="^[^/@]+$")]
    name: dict[str, str]
    """By language."""
    at: int
    """The amount it begins at: points, or minor units of the program's currency. 0 for everybody."""
    perks: tuple[dict[str, str], ...] = ()
    """What its members are given beyond points, one text for the screen each, by language."""

    def __post_init__(self) -> None:
        """Refuse a threshold that no amount could be compared with (msgspec's protocol: ValueError)."""
        if not 0 <= self.at <= AMOUNT_MAX:
            raise ValueError(f"tier {self.tier_id} begins at {self.at}: expected 0 to {AMOUNT_MAX}")


class TierState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The tier a member is in. Who is in none has no state."""

    tier_id: str
    since: date
    held_until: date | None = None
    """The last day on which it is kept whatever the amount; absent for ever. Grace comes on top."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a member stands: "350 points to Gold", "120 more to keep Silver"."""

    tier: Tier | None = None
    next_tier: Tier | None = None
    missing: int = 0
    """What the amount lacks of ``next_tier``; 0 at the top."""
    to_keep: int = 0
    """What the amount lacks of ``tier``: above 0 only while the tier is held without it."""


def check_tiers(tiers: Sequence[Tier]) -> None:
    """Refuse tiers that cannot be told apart or are out of order: for the document that holds them.

    Raises:
        ValueError: two have one id, or one does not begin above the tier before it.
    """
    for lower, tier in pairwise(tiers):
        if tier.at <= lower.at:
            raise ValueError(
                f"tier {tier.tier_id} begins at {tier.at} and comes after {lower.tier_id} at {lower.at}: "
                "write the lowest first, each with a threshold of its own"
            )
    ids = [tier.tier_id for tier in tiers]
    if double := next((tier_id for tier_id in ids if ids.count(tier_id) > 1), None):
        raise ValueError(f"tier {double} is there twice: give each tier an id of its own")


def reached(tiers: Sequence[Tier], amount: int) -> Tier | None:
    """Return the highest of ``tiers`` (lowest first) that begins at ``amount`` or below.

    A debt counts as nothing, so a reversal puts nobody out of a tier that begins at 0.
    """
    return next((tier for tier in reversed(tiers) if tier.at <= max(0, amount)), None)


def progress(tiers: Sequence[Tier], amount: int, state: TierState | None = None) -> Progress:
    """Return where somebody with ``amount`` stands, in the tier that is held or the one reached if that is higher."""
    tier = reached(tiers, amount)
    if held := next((tier for tier in tiers if state and tier.tier_id == state.tier_id), None):
        tier = held if tier is None or tier.at < held.at else tier
    next_tier = next((above for above in tiers if tier is None or above.at > tier.at), None)
    return Progress(
        tier=tier,
        next_tier=next_tier,
        missing=next_tier.at - amount if next_tier else 0,
        to_keep=max(0, tier.at - max(0, amount)) if tier else 0,
    )
