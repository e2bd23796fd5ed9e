"""Redeeming without the hub: each limit, and the worst that can come of all of them together."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.offline import (
    CLOCK_BACK_MS_MAX,
    ClockReading,
    MemberStanding,
    OfflineLimit,
    OfflinePolicy,
    OfflineRedeem,
    Permit,
    RedeemedSince,
    offline_permit,
    worst_case,
)

HOUR_MS = 3_600_000
POLICY = OfflinePolicy(floor=500, cap=1_000, exposure=5_000)
RICH = MemberStanding(available=100_000)
NONE = RedeemedSince()
FRESH = ClockReading(now_ms=100 * HOUR_MS, seen_ms=100 * HOUR_MS, fresh_ms=99 * HOUR_MS)


def permit(
    asked: int = 400,
    member: MemberStanding = RICH,
    since: RedeemedSince = NONE,
    clock: ClockReading = FRESH,
    policy: OfflinePolicy = POLICY,
) -> Permit:
    """Return what a till says; each argument is harmless unless given."""
    return offline_permit(asked, member, since, clock, policy)


def test_a_small_redemption_passes_every_limit() -> None:
    """Within all limits, what was asked for is given and no limit is named."""
    assert permit() == Permit(400)


@pytest.mark.parametrize(
    ("given_permit", "expected"),
    [
        (permit(600), Permit(500, OfflineLimit.FLOOR)),
        (permit(500), Permit(500)),
        (permit(member=MemberStanding(available=601)), Permit(300, OfflineLimit.HALF)),
        (permit(member=MemberStanding(available=-50)), Permit(0, OfflineLimit.HALF)),
        (
            permit(member=MemberStanding(available=900), since=RedeemedSince(of_member=500)),
            Permit(200, OfflineLimit.HALF),
        ),
        (permit(since=RedeemedSince(of_member=700, times=2, of_all=700)), Permit(300, OfflineLimit.CAP)),
        (permit(since=RedeemedSince(of_all=4_900)), Permit(100, OfflineLimit.EXPOSURE)),
        (permit(since=RedeemedSince(of_all=6_000)), Permit(0, OfflineLimit.EXPOSURE)),
        (permit(since=RedeemedSince(of_member=3, times=3, of_all=3)), Permit(0, OfflineLimit.IN_A_ROW)),
        (permit(member=MemberStanding(available=9_000, overdrawn=True)), Permit(0, OfflineLimit.OVERDRAWN)),
    ],
)
def test_the_narrowest_limit_decides(given_permit: Permit, expected: Permit) -> None:
    """Each limit of the floor gives what is left of it, and is named."""
    assert given_permit == expected


@pytest.mark.parametrize(
    ("clock", "limit"),
    [
        (replace(FRESH, fresh_ms=76 * HOUR_MS), None),
        (replace(FRESH, fresh_ms=76 * HOUR_MS - 1), OfflineLimit.STALE),
        (replace(FRESH, fresh_ms=None), OfflineLimit.STALE),
        (replace(FRESH, now_ms=FRESH.seen_ms - CLOCK_BACK_MS_MAX), None),
        (replace(FRESH, now_ms=FRESH.seen_ms - CLOCK_BACK_MS_MAX - 1), OfflineLimit.CLOCK),
        (replace(FRESH, now_ms=FRESH.now_ms - 60_000, fresh_ms=76 * HOUR_MS - 1), OfflineLimit.STALE),
    ],
)
def test_a_row_does_not_grow_younger(clock: ClockReading, limit: OfflineLimit | None) -> None:
    """A row is good for 24 hours of the latest time seen; a clock that was set back makes nothing young again."""
    assert permit(clock=clock).limit is limit


def test_deny_gives_nothing() -> None:
    """Where the shop wants no risk, the hub alone redeems."""
    assert permit(policy=OfflinePolicy(redeem=OfflineRedeem.DENY)) == Permit(0, OfflineLimit.DENIED)


def test_a_policy_without_amounts_gives_nothing() -> None:
    """A floor that nobody set is no floor."""
    assert permit(policy=OfflinePolicy()).amount == 0


def test_allow_gives_what_the_row_says() -> None:
    """However old the row, and less what this store has redeemed of it."""
    policy, old = OfflinePolicy(redeem=OfflineRedeem.ALLOW), replace(FRESH, fresh_ms=None)
    member = MemberStanding(available=900)
    assert permit(900, member, clock=old, policy=policy) == Permit(900)
    assert permit(900, member, RedeemedSince(of_member=600), old, policy) == Permit(300, OfflineLimit.AVAILABLE)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (FRESH, Permit(300, OfflineLimit.SET_ASIDE)),
        (replace(FRESH, fresh_ms=None), Permit(300, OfflineLimit.SET_ASIDE)),
        (replace(FRESH, now_ms=110 * HOUR_MS), Permit(0, OfflineLimit.STALE)),
        (replace(FRESH, seen_ms=110 * HOUR_MS), Permit(0, OfflineLimit.CLOCK)),
        (replace(FRESH, now_ms=110 * HOUR_MS - 1, seen_ms=110 * HOUR_MS), Permit(0, OfflineLimit.STALE)),
    ],
)
def test_an_allowance_is_lent_until_a_time(clock: ClockReading, expected: Permit) -> None:
    """The store spends what was set aside for it, and nothing once the hub may have taken it back."""
    member = MemberStanding(available=9_000, set_aside=700, set_aside_until_ms=110 * HOUR_MS)
    policy = OfflinePolicy(redeem=OfflineRedeem.ALLOWANCE)
    assert permit(400, member, RedeemedSince(of_member=400), clock, policy) == expected


@pytest.mark.parametrize(
    ("policy", "loss"),
    [
        (OfflinePolicy(redeem=OfflineRedeem.DENY), 0),
        (OfflinePolicy(redeem=OfflineRedeem.ALLOWANCE), 0),
        (OfflinePolicy(redeem=OfflineRedeem.ALLOW), 30_000),
        (OfflinePolicy(cap=1_000, exposure=5_000), 6_000),
        (OfflinePolicy(cap=4_000, exposure=5_000), 15_000),
        (OfflinePolicy(cap=40_000, exposure=50_000), 30_000),
    ],
)
def test_the_worst_case_is_a_formula(policy: OfflinePolicy, loss: int) -> None:
    """Three stores and two members who have 10,000: the cap, the exposure or what was there, whichever is least."""
    assert worst_case(policy, stores=3, members=2, available=10_000) == loss


@dataclass
class Shop:
    """One store: its rows, its counters shared by all its tills, and what it has not pushed."""

    inside: dict[int, int]
    """Member to how many redemptions of the hub's log are inside the row."""
    done: list[tuple[int, int, int]] = field(default_factory=list)
    """Member, amount, and place in the hub's log; -1: not pushed."""


@dataclass
class Chain:
    """A hub, and stores that reach it now and then, in one direction or both."""

    policy: OfflinePolicy
    points: list[int]
    shops: list[Shop]
    log: list[tuple[int, int]] = field(default_factory=list)

    def push(self, shop: Shop) -> None:
        """Bring all redemptions of a shop to the hub."""
        for place, (member, amount, number) in enumerate(shop.done):
            if number < 0:
                self.log.append((member, amount))
                shop.done[place] = (member, amount, len(self.log))

    def pull(self, shop: Shop, member: int) -> None:
        """Bring a member's row down."""
        shop.inside[member] = len(self.log)

    def redeem(self, at: int, member: int, asked: int, clock: ClockReading) -> None:
        """Let any till of a shop redeem what it may."""
        shop = self.shops[at]
        booked = sum(amount for who, amount in self.log[: shop.inside[member]] if who == member)
        outside = [(who, amount) for who, amount, number in shop.done if number < 0 or number > shop.inside[who]]
        mine = [amount for who, amount in outside if who == member]
        since = RedeemedSince(of_member=sum(mine), times=len(mine), of_all=sum(amount for _, amount in outside))
        inside = [amount for who, amount, number in shop.done if who == member and 0 < number <= shop.inside[member]]
        standing = MemberStanding(
            available=max(0, self.points[member] - booked),
            overdrawn=booked > self.points[member],
            set_aside=self.points[member] // len(self.shops) - sum(inside),
            set_aside_until_ms=110 * HOUR_MS,
        )
        amount = offline_permit(asked, standing, since, clock, self.policy).amount
        if amount:
            shop.done.append((member, amount, -1))

    def losses(self) -> list[int]:
        """Return what was redeemed of each member and was not there."""
        redeemed = [
            sum(amount for shop in self.shops for who, amount, _ in shop.done if who == member)
            for member in range(len(self.points))
        ]
        return [max(0, spent - there) for spent, there in zip(redeemed, self.points, strict=True)]


# Small numbers: a limit shows only in runs that reach it.
amounts = st.integers(1, 8)
policies = st.builds(
    OfflinePolicy,
    redeem=st.sampled_from([OfflineRedeem.FLOOR, *OfflineRedeem]),
    floor=amounts,
    cap=amounts,
    exposure=st.integers(1, 12),
    in_a_row=st.integers(2, 9),
)
clocks = st.builds(
    ClockReading,
    now_ms=st.integers(0, 200 * HOUR_MS),
    seen_ms=st.integers(0, 200 * HOUR_MS),
    fresh_ms=st.none() | st.integers(0, 200 * HOUR_MS),
)
steps = st.tuples(
    st.sampled_from([*["redeem"] * 8, "push", "pull"]),
    st.integers(0, 2),
    st.integers(0, 1),
    amounts,
    st.one_of(*[st.just(FRESH)] * 4, clocks),
)
points_of_two = st.lists(st.integers(0, 16), min_size=2, max_size=2)


@settings(max_examples=150)
@given(policy=policies, points=points_of_two, happened=st.lists(steps, min_size=20, max_size=60))
def test_no_run_of_redemptions_costs_more_than_the_formula(
    policy: OfflinePolicy, points: list[int], happened: list[tuple[str, int, int, int, ClockReading]]
) -> None:
    """Three stores, split sums, any clocks, events up without rows down and the other way round: the bounds hold."""
    chain = Chain(policy, points, [Shop({0: 0, 1: 0}) for _ in range(3)])
    for what, at, member, asked, clock in happened:
        if what == "push":
            chain.push(chain.shops[at])
        elif what == "pull":
            chain.pull(chain.shops[at], member)
        else:
            chain.redeem(at, member, asked, clock)
    losses = chain.losses()
    for loss, there in zip(losses, points, strict=True):
        assert loss <= worst_case(policy, stores=3, members=1, available=there)
    assert sum(losses) <= worst_case(policy, stores=3, members=2, available=sum(points))


def test_the_bound_is_reached() -> None:
    """A member who visits every store that is cut off does cost what the formula says, less what was there."""
    policy = OfflinePolicy(floor=500, cap=1_000, exposure=9_000)
    chain = Chain(policy, [4_000], [Shop({0: 0}) for _ in range(9)])
    for at in range(9):
        for _ in range(4):
            chain.redeem(at, 0, 500, FRESH)
    assert chain.losses() == [9 * 1_000 - 4_000]
