"""What a till that cannot ask the hub may redeem, and what that can cost at worst.

Like the floor limit of a payment terminal (EMV Book 3 §10.6): small sums within narrow limits go through, and the
limits make the greatest loss a number that was chosen beforehand. A *loss* is what was redeemed and was not there;
the hub books it to ``overdraft`` and refuses nothing.

All amounts are worth in minor units. What counts as redeemed *since the row* is what this store redeemed and the last
row of the member does not contain. It is not what came after the row: a row can come down while the store's own
events do not get up, and must not clear the limits then. The tills of a store share their counters; a till that does
not see those of the others counts as a store of its own.
"""

from enum import StrEnum
from typing import Final

import msgspec

CLOCK_BACK_MS_MAX: Final = 10 * 60 * 1_000
"""How far the clock may be behind what was seen before; the hub waits as long before it takes an allowance back."""


class OfflineRedeem(StrEnum):
    """How much trust there is without the hub."""

    DENY = "deny"
    FLOOR = "floor"
    ALLOWANCE = "allowance"
    """What the hub set aside for this terminal, and no more."""
    ALLOW = "allow"
    """Whatever the last row says is there."""


class OfflinePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop decided. The amounts have no default that suits every currency: unset, nothing is given."""

    redeem: OfflineRedeem = OfflineRedeem.FLOOR
    floor: int = 0
    """The most that one redemption is worth."""
    cap: int = 0
    """The most for one member in this store since the row."""
    exposure: int = 0
    """The most for all members in this store since their rows."""
    in_a_row: int = 3
    """How many redemptions of one member in this store since the row."""
    age_ms: int = 24 * 3_600 * 1_000
    """How long ago the till may have last had everything from the hub."""


class MemberStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the last row says of a member."""

    available: int
    overdrawn: bool = False
    set_aside: int = 0
    """Of ``available``, for this terminal alone."""
    set_aside_until_ms: int | None = None
    """By the hub's clock; None: nothing is."""


class RedeemedSince(msgspec.Struct, frozen=True, kw_only=True):
    """What this store redeemed that the rows do not contain."""

    of_member: int = 0
    times: int = 0
    """How many redemptions of the member that is."""
    of_all: int = 0


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """What time it is, as far as a till alone can know. All by the hub's clock, in milliseconds since 1970 UTC."""

    now_ms: int
    """The till's clock, with its measured difference."""
    seen_ms: int
    """The latest that this till ever saw, kept over restarts."""
    fresh_ms: int | None
    """When the till last had everything; None: it never did."""

    @property
    def went_back(self) -> bool:
        """Whether the clock was set back further than clocks drift."""
        return self.now_ms + CLOCK_BACK_MS_MAX < self.seen_ms

    @property
    def latest_ms(self) -> int:
        """The time that nothing known contradicts."""
        return max(self.now_ms, self.seen_ms)

    def permits(self, until_ms: int) -> bool:
        """Whether what was set aside until then may still be spent.

        >>> ClockReading(now_ms=4, seen_ms=5, fresh_ms=None).permits(5)
        False
        """
        return not self.went_back and self.latest_ms < until_ms


class OfflineLimit(StrEnum):
    """What kept a redemption from being what was asked for."""

    DENIED = "denied"
    OVERDRAWN = "overdrawn"
    CLOCK = "clock"
    """The clock of the till went back."""
    STALE = "stale"
    IN_A_ROW = "in_a_row"
    FLOOR = "floor"
    HALF = "half"
    """Half of what is there."""
    CAP = "cap"
    EXPOSURE = "exposure"
    SET_ASIDE = "set_aside"
    AVAILABLE = "available"


class Permit(msgspec.Struct, frozen=True):
    """How much may be redeemed now."""

    amount: int
    """0: nothing."""
    limit: OfflineLimit | None = None
    """Why it is less than was asked for; None: it is not."""


def offline_permit(
    asked: int, member: MemberStanding, since: RedeemedSince, clock: ClockReading, policy: OfflinePolicy
) -> Permit:
    """Return how much of ``asked`` this store may let the member redeem without the hub.

    >>> policy = OfflinePolicy(floor=500, cap=1_000, exposure=50_000)
    >>> clock = ClockReading(now_ms=60_000, seen_ms=60_000, fresh_ms=0)
    >>> offline_permit(800, MemberStanding(available=4_000), RedeemedSince(), clock, policy)
    Permit(amount=500, limit=<OfflineLimit.FLOOR: 'floor'>)
    """
    if blocked := _blocked(member, since, clock, policy):
        return Permit(0, blocked)
    limits = _limits(member, since, policy)
    narrowest = min(limits, key=limits.__getitem__)
    amount = max(0, min(asked, limits[narrowest]))
    return Permit(amount, narrowest if amount < asked else None)


def worst_case(policy: OfflinePolicy, *, stores: int, members: int, available: int) -> int:
    """Return the greatest loss while ``stores`` are cut off, from members who had ``available`` together.

    It holds for any number of tills, any clocks, and however often a store reaches the hub in one direction only, as
    long as nobody earns anything: what is earned pays an overdraft first, and then opens the limits again.
    """
    match policy.redeem:
        case OfflineRedeem.FLOOR:
            return stores * min(policy.exposure, members * policy.cap, available)
        case OfflineRedeem.ALLOW:
            return stores * available
        case _:
            return 0


def _blocked(
    member: MemberStanding, since: RedeemedSince, clock: ClockReading, policy: OfflinePolicy
) -> OfflineLimit | None:
    """Return why nothing at all may be redeemed, None if something may."""
    match policy.redeem:
        case OfflineRedeem.DENY:
            reasons = {OfflineLimit.DENIED: True}
        case OfflineRedeem.FLOOR:
            reasons = {
                OfflineLimit.OVERDRAWN: member.overdrawn,
                OfflineLimit.CLOCK: clock.went_back,
                OfflineLimit.STALE: clock.fresh_ms is None or clock.latest_ms - clock.fresh_ms > policy.age_ms,
                OfflineLimit.IN_A_ROW: since.times >= policy.in_a_row,
            }
        case OfflineRedeem.ALLOWANCE:
            until_ms = member.set_aside_until_ms
            reasons = {
                OfflineLimit.CLOCK: until_ms is not None and clock.went_back,
                OfflineLimit.STALE: until_ms is not None and not clock.permits(until_ms),
            }
        case _:
            reasons = {}
    return next((limit for limit, holds in reasons.items() if holds), None)


def _limits(member: MemberStanding, since: RedeemedSince, policy: OfflinePolicy) -> dict[OfflineLimit, int]:
    there = member.available - since.of_member
    match policy.redeem:
        case OfflineRedeem.ALLOWANCE:
            return {OfflineLimit.SET_ASIDE: member.set_aside - since.of_member}
        case OfflineRedeem.ALLOW:
            return {OfflineLimit.AVAILABLE: there}
        case _:
            return {
                OfflineLimit.FLOOR: policy.floor,
                OfflineLimit.HALF: there // 2,
                OfflineLimit.CAP: policy.cap - since.of_member,
                OfflineLimit.EXPOSURE: policy.exposure - since.of_all,
            }
