"""What must be true of every book, checked from its records alone."""

from collections import Counter
from collections.abc import Collection, Iterator
from operator import eq

from pos_loyalty.core.accounts import MEMBER_KINDS, AccountKind, TransferKind, derive
from pos_loyalty.core.book import Book, balances_of, holdings_of, queues_of
from pos_loyalty.core.lots import HoldStatus, total
from pos_loyalty.errors import InvariantBroken


def check_invariants(book: Book) -> None:
    """Check that ``book`` contradicts neither itself nor the rules of the ledger.

    Raises:
        InvariantBroken: it does; the message has every contradiction, by id.
    """
    faults = (*_transfers(book), *_balances(book), *_lots(book), *_spends(book), *_holds(book), *_written(book))
    if faults:
        raise InvariantBroken(f"the book of {book.unit} contradicts itself: {'; '.join(faults)}")


def check_step(before: Book, after: Book) -> None:
    """Check that ``after`` only adds to ``before``, and that no hold ended twice between the two.

    Raises:
        InvariantBroken: something that was in the book has changed or is gone.
    """
    tables: tuple[tuple[str, Collection[object], Collection[object]], ...] = (
        ("transfers", before.transfers.items(), after.transfers.items()),
        ("written", before.written.items(), after.written.items()),
        ("lots", before.lots, after.lots),
        ("spends", before.spends, after.spends),
        ("holds", before.holds, after.holds),
    )
    faults = [name for name, old, new in tables if not all(map(eq, old, new)) or len(old) > len(new)]
    ended = (hold for hold in before.holds.values() if hold.status is not HoldStatus.OPEN)
    faults += [f"hold {hold.hold_id}" for hold in ended if after.holds.get(hold.hold_id) != hold]
    if faults:
        raise InvariantBroken(f"the book of {before.unit} was rewritten: {'; '.join(faults)}")


def _transfers(book: Book) -> Iterator[str]:
    for key, transfer in book.transfers.items():
        if not key == transfer.transfer_id == derive(transfer.cause, transfer.leg):
            yield f"transfer {key} is not derived from its cause and leg"
        if transfer.points <= 0 or transfer.debit == transfer.credit:
            yield f"transfer {key} moves nothing"


def _balances(book: Book) -> Iterator[str]:
    if sum(book.balances.values()):
        yield f"the accounts sum to {sum(book.balances.values())}"
    if book.balances != balances_of(book.transfers.values()):
        yield "the balances are not those of the transfers"
    if book.queues != queues_of(book.lots.values(), book.merges):
        yield "the queues are not those of the lots"
    held = holdings_of(book.lots.values(), book.holds.values(), book.spends.values(), book.merges)
    members = {account: points for account, points in book.balances.items() if account.kind in MEMBER_KINDS}
    if members != held:
        yield "the balances of the members are not those of their lots, holds and debts"
    for account, points in members.items():
        if (points > 0) == (account.kind is AccountKind.OVERDRAFT):
            yield f"{account.kind} of {account.owner} is {points}"


def _lots(book: Book) -> Iterator[str]:
    taken: Counter[str] = Counter()
    for spend in book.spends.values():
        for use in spend.uses:
            taken[use.lot_id] += use.points
    for hold in book.holds.values():
        for use in hold.uses if hold.status is HoldStatus.OPEN else ():
            taken[use.lot_id] += use.points
    for lot in book.lots.values():
        if lot.points != lot.remaining + lot.expired + taken[lot.lot_id] or min(lot.remaining, lot.expired) < 0:
            yield f"lot {lot.lot_id} is not what remains, expired and was taken of it"
        if not 0 <= lot.reversed <= lot.points:
            yield f"lot {lot.lot_id} was reversed for more than it earned"


def _spends(book: Book) -> Iterator[str]:
    for spend in book.spends.values():
        parts = (total(spend.uses), spend.owed, spend.restored, spend.forgiven, spend.short)
        if spend.points != sum(parts) or min(parts) < 0:
            yield f"spend {spend.spend_id} is not what was taken, is owed, was restored, was forgiven and is short"


def _holds(book: Book) -> Iterator[str]:
    posted = Counter(t.cause for t in book.transfers.values() if t.kind is TransferKind.REDEMPTION)
    released = Counter(t.cause for t in book.transfers.values() if t.kind is TransferKind.RELEASE)
    for hold in book.holds.values():
        if posted[hold.hold_id] != (hold.status is HoldStatus.POSTED and not hold.terminal):
            yield f"hold {hold.hold_id} is {hold.status} and was posted {posted[hold.hold_id]} times"
        if hold.status is HoldStatus.OPEN and released[hold.hold_id]:
            yield f"hold {hold.hold_id} is open and was released"
        if hold.terminal and (hold.points == 0) != (hold.status is HoldStatus.POSTED):
            yield f"allowance {hold.hold_id} is {hold.status} and has {hold.points}"
        if hold.points != total(hold.uses):
            yield f"hold {hold.hold_id} holds what no lot gave"


def _written(book: Book) -> Iterator[str]:
    told = Counter(key for written in book.written.values() for key in written.outcome.transfers)
    if any(times > 1 or key not in book.transfers for key, times in told.items()):
        yield "a transfer is missing, or belongs to two entries"
