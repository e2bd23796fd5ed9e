"""The book: every transfer of one kind of points, and what follows from them.

Its unit is a points account of the shop (``Program.account``): stamps and points never meet in one book. It may hold
one member or many; an entry copies the tables it holds, so load the members an entry is about and no others.
"""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from pos_loyalty.core.accounts import Account, AccountKind, Transfer
from pos_loyalty.core.entries import AnyEntry, Booked
from pos_loyalty.core.lots import Hold, HoldStatus, Lot, Place, Spend, is_queued, place
from pos_loyalty.errors import InvariantBroken


class Merged(msgspec.Struct, frozen=True):
    """A member that is part of another, until that is undone."""

    target: str
    event_id: str


class Written(msgspec.Struct, frozen=True):
    """An entry with its first answer."""

    entry: AnyEntry
    outcome: Booked


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Records by id, in the order they were written; balances and queues follow from them."""

    unit: str
    transfers: dict[str, Transfer] = {}
    lots: dict[str, Lot] = {}
    spends: dict[str, Spend] = {}
    holds: dict[str, Hold] = {}
    merges: dict[str, Merged] = {}
    written: dict[str, Written] = {}
    balances: dict[Account, int] = {}
    queues: dict[str, tuple[Place, ...]] = {}
    """Member to the lots with available points, in the order in which they are spent."""

    def owner(self, member: str) -> str:
        """Return the member that ``member`` is now part of: itself, unless it was merged."""
        return owner_in(self.merges, member)

    def balance(self, member: str, kind: AccountKind = AccountKind.AVAILABLE, terminal: str = "") -> int:
        """Return the points in one account of a member."""
        return self.balances.get(Account(self.owner(member), kind, terminal), 0)

    def spendable(self, member: str, today: date) -> int:
        """Return what the member can spend on ``today``: lots past their last day and debts do not count."""
        owner = self.owner(member)
        due = 0
        for until, _, lot_id in self.queues.get(owner, ()):
            if until >= today:
                break
            due += self.lots[lot_id].remaining
        owed = -self.balance(owner, AccountKind.OVERDRAFT)
        return max(0, self.balance(owner) - due - owed)

    def expiring(self, member: str) -> tuple[tuple[date, int], ...]:
        """Return how many available points the member loses after which day, soonest first."""
        days: dict[date, int] = {}
        for _, _, lot_id in self.queues.get(self.owner(member), ()):
            lot = self.lots[lot_id]
            if lot.until:
                days[lot.until] = days.get(lot.until, 0) + lot.remaining
        return tuple(days.items())

    def collected(self, member: str, since: datetime, before: datetime) -> int:
        """Return what the member earned from ``since`` until ``before``, less what was taken back of it.

        Spending and expiry do not lower it: what a tier by collected points looks at.
        """
        owner = self.owner(member)
        lots = (lot for lot in self.lots.values() if since <= lot.earned_at < before)
        return sum(lot.points - lot.reversed for lot in lots if self.owner(lot.member) == owner)


def owner_in(merges: dict[str, Merged], member: str) -> str:
    """Return the member that ``member`` is now part of."""
    while member in merges:
        member = merges[member].target
    return member


def balances_of(transfers: Iterable[Transfer]) -> dict[Account, int]:
    """Return credits less debits of every account; accounts at zero are left out."""
    balances: dict[Account, int] = {}
    for transfer in transfers:
        balances[transfer.debit] = balances.get(transfer.debit, 0) - transfer.points
        balances[transfer.credit] = balances.get(transfer.credit, 0) + transfer.points
    return {account: points for account, points in balances.items() if points}


def holdings_of(
    lots: Iterable[Lot], holds: Iterable[Hold], spends: Iterable[Spend], merges: dict[str, Merged]
) -> dict[Account, int]:
    """Return what lots, open holds and debts come to, by account of the member whose they are now."""
    sums: dict[Account, int] = {}

    def add(member: str, kind: AccountKind, points: int, terminal: str = "") -> None:
        account = Account(owner_in(merges, member), kind, terminal)
        sums[account] = sums.get(account, 0) + points

    for lot in lots:
        add(lot.member, AccountKind.PENDING if lot.pending_until else AccountKind.AVAILABLE, lot.remaining)
    for hold in holds:
        if hold.status is HoldStatus.OPEN:
            add(hold.member, hold.account, hold.points, hold.terminal)
    for spend in spends:
        add(spend.member, AccountKind.OVERDRAFT, -spend.owed)
    return {account: points for account, points in sums.items() if points}


def queues_of(lots: Iterable[Lot], merges: dict[str, Merged]) -> dict[str, tuple[Place, ...]]:
    """Return every member's lots with available points, in the order in which they are spent."""
    places: dict[str, list[Place]] = {}
    for lot in lots:
        if is_queued(lot):
            places.setdefault(owner_in(merges, lot.member), []).append(place(lot))
    return {owner: tuple(sorted(queue)) for owner, queue in places.items()}


def require_aware(now: datetime) -> None:
    """Refuse a moment without a time zone: its date would be anybody's.

    Raises:
        InvariantBroken: ``now`` is naive.
    """
    if now.tzinfo is None:
        raise InvariantBroken(f"the ledger was given {now} without a zone: put it into the program's time zone")
