"""How far this till may let redeem right now: what the hub keeps for the basket, or what the shop's policy says."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketHold
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.members import HeldPoints, Member, spendable
from pos_loyalty.core.offline import (
    ClockReading,
    MemberStanding,
    OfflineLimit,
    OfflinePolicy,
    OfflineRedeem,
    Permit,
    RedeemedSince,
    offline_permit,
)
from pos_loyalty.core.programs import ProgramSet
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.ports import Clock, LineState, LineView, Store
from pos_loyalty.service.redeemed import Redeemed
from pos_loyalty.service.spending import Pot, Short, Spending

HOLDS_S: Final = 540
"""A hold is granted for ten minutes by the clock of the hub; the last of them is not relied on."""
_HOLDS_NS: Final = HOLDS_S * 1_000_000_000


class Refusals(msgspec.Struct, frozen=True):
    """What the hub said the last time that something was to be kept for a basket."""

    basket_id: str = ""
    left: dict[Pot, int] = {}
    """Pot to the points that it gives, of those that it does not give in full."""
    unheard: frozenset[Pot] = frozenset()
    """Those for which no answer came."""


class Customer(msgspec.Struct, frozen=True):
    """Whose basket it is, and the vouchers that it may use."""

    member: Member | None
    vouchers: Mapping[str, Voucher]
    local: frozenset[str]
    """Codes of vouchers that are good in this store alone."""


class Trust:
    """Answers from what is here; it never waits. Every method may raise ``StoreError``."""

    def __init__(self, store: Store, clock: Clock, policy: OfflinePolicy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._redeemed = Redeemed(store)
        self._granted_ns: dict[str, int] = {}
        self.line = LineView()
        self.line_now: Callable[[], LineView] = lambda: self.line
        """How the line is at this very moment; ``line`` is how it was when that was last told of."""
        self.heard = Refusals()

    @property
    def asks(self) -> bool:
        """Whether there is a hub that can be asked now."""
        return self.line.state is LineState.ONLINE

    @property
    def alone(self) -> bool:
        """Whether there is no hub, so that all that is here is all there is."""
        return self.line.state is LineState.ALONE

    def short(self, basket: Basket, spent: tuple[Spending, ...], customer: Customer) -> dict[Pot, Short]:
        """Return the pots that give less than ``spent`` takes."""
        short: dict[Pot, Short] = {}
        before = 0
        for each in spent:
            sure = self._kept(basket, each.pot, customer.member)
            if self.alone or not (each.points or each.pot.code) or self._covers(basket, each, sure):
                continue
            if (said := self._said(basket, each)) is not None:
                if said.amount < each.worth:
                    short[each.pot] = said
            elif self._may_be_asked(basket, each.pot):
                if (known := self._known(basket, each, customer)) is not None:
                    short[each.pot] = known
            elif each.pot.code not in customer.local:
                worth = _worth(sure, each)
                rest = each._replace(points=each.points - sure, worth=each.worth - worth)
                permit = self._permit(basket, rest, customer, before)
                before += min(rest.worth, permit.amount)
                if permit.amount < rest.worth:
                    short[each.pot] = Short(worth + permit.amount, self._why(permit, worth + permit.amount))
        return short

    def rights(self, member: Member | None) -> dict[str, HeldPoints]:
        """Return the allowances of this terminal that it may draw on now, by id: as good as holds, and nobody is asked.

        What a till that may do nothing without the hub has, it has with the hub alone.
        """
        if member is None or not (self.asks or self._policy.redeem is not OfflineRedeem.DENY):
            return {}
        clock = self._time()
        return {name: each for name, each in self._own(member).items() if clock.permits(each.until_ms)}

    def draws(self, basket: Basket, member: Member | None, spent: tuple[Spending, ...]) -> dict[str, int]:
        """Return what a sale takes of the allowances of this terminal, by id, beside what is kept for its basket.

        Those whose time is over are named as well: if they are still there, nothing of the sale is owed.
        """
        draws: dict[str, int] = {}
        for each in spent if member and not self.alone else ():
            left = each.points - self._held(basket, each.pot)
            for name, held in self._own(member).items():
                if held.account == each.pot.account and (part := min(left, held.points)) > 0:
                    draws[name] = part
                    left -= part
        return draws

    def granted(self, hold_id: str) -> None:
        """Take note that the hub has granted a hold just now; what is long over is forgotten."""
        now_ns = self._clock.monotonic_ns()
        live = {name: ns for name, ns in self._granted_ns.items() if now_ns < ns + 2 * _HOLDS_NS}
        self._granted_ns = {**live, hold_id: now_ns}

    def is_live(self, hold: BasketHold) -> bool:
        """Whether the hub keeps it still, as far as is known here; after a restart nothing is."""
        granted_ns = self._granted_ns.get(hold.hold_id)
        return hold.granted and granted_ns is not None and self._clock.monotonic_ns() < granted_ns + _HOLDS_NS

    def kept(self, basket: Basket, pot: Pot) -> int:
        """Return the points that the hub keeps for ``basket`` out of one pot, or has set aside for this terminal."""
        member = self._store.member(basket.member_id) if basket.member_id and pot.account else None
        return self._kept(basket, pot, member)

    def is_kept(self, basket: Basket, spent: Spending) -> bool:
        """Whether nobody has to be asked for what is spent out of one pot."""
        return self._covers(basket, spent, self.kept(basket, spent.pot))

    def _kept(self, basket: Basket, pot: Pot, member: Member | None) -> int:
        aside = (each.points for each in self.rights(member).values() if each.account == pot.account)
        return self._held(basket, pot) + sum(aside)

    def _held(self, basket: Basket, pot: Pot) -> int:
        return sum(hold.points for hold in self._live(basket, pot))

    def _covers(self, basket: Basket, spent: Spending, kept: int) -> bool:
        return bool(self._live(basket, spent.pot)) if spent.pot.code else kept >= spent.points

    def _live(self, basket: Basket, pot: Pot) -> list[BasketHold]:
        return [hold for hold in basket.holds if Pot(hold.unit, hold.voucher) == pot and self.is_live(hold)]

    def _said(self, basket: Basket, spent: Spending) -> Short | None:
        heard = self.heard
        if heard.basket_id != basket.basket_id or spent.pot not in heard.left:
            return None
        left = max(0, heard.left[spent.pot])
        amount = spent.worth * left // spent.points if spent.points else 0
        return Short(amount, Reason(Because.HELD, {"points": left} if spent.pot.account else {}))

    def _known(self, basket: Basket, spent: Spending, customer: Customer) -> Short | None:
        """Return what the row says that others hold: nobody needs to ask for that."""
        member = customer.member
        if member is None or not member.held or not spent.pot.account:
            return None
        left = max(0, self._spendable(basket, member, spent.pot.account))
        if left >= spent.points:
            return None
        return Short(spent.worth * left // spent.points, Reason(Because.HELD, {"points": left}))

    def _spendable(self, basket: Basket, member: Member, account: str) -> int:
        # What this till gave back a moment ago may still be held by the row.
        own = {*(hold.hold_id for hold in basket.holds), *self._granted_ns, *self.rights(member)}
        return spendable(member, account, own)

    def _may_be_asked(self, basket: Basket, pot: Pot) -> bool:
        return self.asks and not (self.heard.basket_id == basket.basket_id and pot in self.heard.unheard)

    def _permit(self, basket: Basket, spent: Spending, customer: Customer, before: int) -> Permit:
        """Return how much may be redeemed without the hub; all pots of one basket are one redemption."""
        member, pot = customer.member, spent.pot
        since = self._redeemed.since(member.ids if member else (pot.code,), self.line_now)
        since = replace(since, of_member=since.of_member + before, of_all=since.of_all + before)
        policy = replace(self._policy, floor=self._policy.floor - before)
        standing = self._standing(basket, spent, customer, since)
        return offline_permit(spent.worth, standing, since, self._time(), policy)

    def _standing(self, basket: Basket, spent: Spending, customer: Customer, since: RedeemedSince) -> MemberStanding:
        """Return what is there, with what the till has taken off already for what it redeemed itself."""
        member, pot = customer.member, spent.pot
        overdrawn = bool(member and member.overdrawn)
        if pot.code or member is None:
            voucher = customer.vouchers.get(pot.code)
            # A voucher is used whole or not at all: half of what is there means money.
            there = voucher.balance if voucher and voucher.balance else 2 * spent.worth
            return MemberStanding(available=there + since.of_member, overdrawn=overdrawn)
        points = self._spendable(basket, member, pot.account) - self._kept(basket, pot, member)
        aside = [each.until_ms for each in self._own(member).values() if each.account == pot.account]
        # What may be drawn on is kept already: beyond it nothing is set aside.
        return MemberStanding(
            available=_worth(points, spent) + since.of_member,
            overdrawn=overdrawn,
            set_aside=since.of_member,
            set_aside_until_ms=min(aside, default=None),
        )

    def _own(self, member: Member | None) -> dict[str, HeldPoints]:
        """Return all allowances of this terminal, those that end first before the others."""
        own = [(name, each) for name, each in member.held.items() if each.terminal] if member else []
        mine = ((name, each) for name, each in own if each.terminal == self._store.terminal_id)
        return dict(sorted(mine, key=lambda pair: (pair[1].until_ms, pair[0])))

    def _time(self) -> ClockReading:
        line = self.line
        now_ms = int(self._clock.now().timestamp() * 1_000) + line.ahead_ms
        return ClockReading(now_ms=now_ms, seen_ms=line.seen_ms, fresh_ms=line.fresh_ms)

    def _why(self, permit: Permit, most: int) -> Reason:
        limit, policy = permit.limit, self._policy
        if policy.redeem is OfflineRedeem.FLOOR and not (policy.floor and policy.cap and policy.exposure):
            limit = OfflineLimit.DENIED
        return Reason(Because.OFFLINE, {"most": most}, {"limit": limit.value if limit else ""})


def is_local(voucher: Voucher, programs: ProgramSet, store_id: str) -> bool:
    """Whether a voucher is good in this store alone, so that nobody elsewhere can have used it."""
    versions = programs.versions(voucher.program_id)
    return bool(versions and store_id) and all(program.only.stores == (store_id,) for program in versions)


def _worth(points: int, spent: Spending) -> int:
    """Return what ``points`` are worth at the rate at which some are spent."""
    return max(0, points) * spent.worth // spent.points if spent.points else 0
