"""One entry on its way into a book: a private copy, on which every change of a balance is a transfer.

Nothing here judges. Whoever writes the entry decides first; what is then done with a posting is either sealed into
the next book or dropped, and the book it was made from is as it was.
"""

from bisect import bisect_left, insort
from datetime import date, datetime

from msgspec.structs import replace

from pos_loyalty.core.accounts import Account, AccountKind, Transfer, TransferKind, derive
from pos_loyalty.core.book import Book, owner_in
from pos_loyalty.core.expiry import graced
from pos_loyalty.core.lots import Lot, Place, Use, is_queued, place, total
from pos_loyalty.errors import InvariantBroken


class Posting:
    """A copy of ``book`` under change at ``now``, a moment in the program's time zone.

    ``book`` stays as it was: what an entry is judged by.
    """

    def __init__(self, book: Book, now: datetime) -> None:
        self.book = book
        self._queues: dict[str, list[Place]] = {}
        self._cause = self._leg = self._original = ""
        self._moved = 0
        self.now = now
        self.today = now.date()
        self.transfers: dict[str, Transfer] = {}
        self.balances = dict(book.balances)
        self.lots = dict(book.lots)
        self.spends = dict(book.spends)
        self.holds = dict(book.holds)
        self.merges = dict(book.merges)

    def under(self, cause: str, leg: str, original: str = "") -> str:
        """Derive the ids of the next transfers from ``cause`` and ``leg``, and return the id of the two."""
        self._cause, self._leg, self._original, self._moved = cause, leg, original, 0
        return derive(cause, leg)

    def sealed(self) -> Book:
        """Return the book with everything that was done here in it."""
        queues = self.book.queues | {owner: tuple(queue) for owner, queue in self._queues.items()}
        return replace(
            self.book,
            transfers=self.book.transfers | self.transfers,
            lots=self.lots,
            spends=self.spends,
            holds=self.holds,
            merges=self.merges,
            balances={account: points for account, points in self.balances.items() if points},
            queues={owner: queue for owner, queue in queues.items() if queue},
        )

    def owner(self, member: str) -> str:
        """Return the member that ``member`` is now part of."""
        return owner_in(self.merges, member)

    def balance(self, owner: str, kind: AccountKind) -> int:
        """Return the points in one account of a member that is part of no other."""
        return self.balances.get(Account(owner, kind), 0)

    def move(self, debit: Account, credit: Account, points: int, kind: TransferKind) -> None:
        """Write a transfer of ``points``; of nothing, none.

        Raises:
            InvariantBroken: its id is in the book, so something that happens once has happened before.
        """
        if not points:
            return
        leg = f"{self._leg}/{self._moved}"
        self._moved += 1
        transfer = Transfer(
            transfer_id=derive(self._cause, leg),
            cause=self._cause,
            leg=leg,
            debit=debit,
            credit=credit,
            points=points,
            kind=kind,
            at=self.now,
            original=self._original,
        )
        if transfer.transfer_id in self.book.transfers or transfer.transfer_id in self.transfers:
            raise InvariantBroken(f"transfer {transfer.transfer_id} ({leg} of {self._cause}) is in the book already")
        self.transfers[transfer.transfer_id] = transfer
        self.balances[debit] = self.balances.get(debit, 0) - points
        self.balances[credit] = self.balances.get(credit, 0) + points

    def queue(self, owner: str) -> list[Place]:
        """Return the member's queue, to be changed."""
        if owner not in self._queues:
            self._queues[owner] = list(self.book.queues.get(owner, ()))
        return self._queues[owner]

    def put(self, lot: Lot) -> None:
        """Write ``lot``, and give it its place in the queue of its owner, or none."""
        old = self.lots.get(lot.lot_id)
        self.lots[lot.lot_id] = lot
        queue = self.queue(self.owner(lot.member))
        if old and is_queued(old):
            del queue[bisect_left(queue, place(old))]
        if is_queued(lot):
            insort(queue, place(lot))

    def take(self, owner: str, points: int, since: date = date.min) -> tuple[Use, ...]:
        """Take up to ``points`` from lots whose last day is not before ``since``, in the order of the queue."""
        queue = self.queue(owner)
        start = end = bisect_left(queue, since, key=lambda at: at[0])
        uses = []
        while points and end < len(queue):
            lot = self.lots[queue[end][2]]
            part = min(points, lot.remaining)
            self.lots[lot.lot_id] = replace(lot, remaining=lot.remaining - part)
            uses.append(Use(lot.lot_id, part))
            points -= part
            end += part == lot.remaining
        del queue[start:end]
        return tuple(uses)

    def give(self, uses: tuple[Use, ...], source: Account, kind: TransferKind, *, grace: bool = False) -> None:
        """Put ``uses`` back into their lots out of ``source``, each into the hands of the lot's owner now."""
        back: dict[str, int] = {}
        for use in uses:
            lot = self.lots[use.lot_id]
            until = lot.until
            if grace and lot.expires_on and until:
                until = max(until, graced(lot.expiry, lot.expires_on, self.today))
            self.put(replace(lot, remaining=lot.remaining + use.points, until=until))
            owner = self.owner(lot.member)
            back[owner] = back.get(owner, 0) + use.points
        for owner, points in back.items():
            self.move(source, Account(owner, AccountKind.AVAILABLE), points, kind)
            self.settle(owner)

    def settle(self, owner: str) -> None:
        """Net what the member owes, oldest debt first, with what is available."""
        if not self.balance(owner, AccountKind.OVERDRAFT):
            return
        paid = 0
        for spend in list(self.spends.values()):
            if spend.owed and self.owner(spend.member) == owner:
                uses = self.take(owner, spend.owed)
                part = total(uses)
                self.spends[spend.spend_id] = replace(spend, uses=(*spend.uses, *uses), owed=spend.owed - part)
                paid += part
        self.move(
            Account(owner, AccountKind.AVAILABLE),
            Account(owner, AccountKind.OVERDRAFT),
            paid,
            TransferKind.SETTLEMENT,
        )
