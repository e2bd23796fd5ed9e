"""Two members that are one person, and that they were two after all.

Lots, holds and spends keep the member they were born with; a merge says whose that member's are now, and moves the
balances. Undoing it therefore gives back exactly what is left of them, whatever happened in between.
"""

from msgspec.structs import replace

from pos_loyalty.core.accounts import AccountKind, TransferKind
from pos_loyalty.core.book import Merged, holdings_of, queues_of
from pos_loyalty.core.entries import Booked, MergeMembers, Outcome, Refusal, Refused, UnmergeMembers
from pos_loyalty.core.posting import Posting


def merge_members(entry: MergeMembers, posting: Posting) -> Outcome:
    """Make ``source`` part of ``target``: balances are summed, lots keep their age and their last day."""
    source, target = entry.source, posting.owner(entry.target)
    if source in posting.merges:
        return Refused(Refusal.ALREADY_MERGED)
    if source == target:
        return Refused(Refusal.SAME_MEMBER)
    posting.under(entry.event_id, entry.leg)
    booked = _hand_over(posting, source, target, source, TransferKind.MERGE)
    # The target that was named, not whose it is now: should the two be parted, source goes with the one named.
    posting.merges[source] = Merged(entry.target, entry.event_id)
    _queue_again(posting, source, target)
    return booked


def unmerge_members(entry: UnmergeMembers, posting: Posting) -> Outcome:
    """Make ``source`` a member of its own again."""
    if entry.source not in posting.merges:
        return Refused(Refusal.NOT_MERGED)
    posting.under(entry.event_id, entry.leg)
    holder = posting.owner(entry.source)
    del posting.merges[entry.source]
    booked = _hand_over(posting, holder, entry.source, entry.source, TransferKind.UNMERGE)
    _queue_again(posting, holder, entry.source)
    return booked


def _hand_over(posting: Posting, giver: str, taker: str, whose: str, kind: TransferKind) -> Booked:
    """Move all that is in the records of ``whose`` (the one that has, or will have, an account of its own)."""
    records = posting.lots.values(), posting.holds.values(), posting.spends.values()
    moved = 0
    for account, points in holdings_of(*records, posting.merges).items():
        if account.owner == whose:
            debit, credit = replace(account, owner=giver), replace(account, owner=taker)
            # A debt moves against the current.
            posting.move(*((debit, credit) if points > 0 else (credit, debit)), abs(points), kind)
            moved += points if account.kind is AccountKind.AVAILABLE else 0
    return Booked(points=moved)


def _queue_again(posting: Posting, *members: str) -> None:
    queues = queues_of(posting.lots.values(), posting.merges)
    for member in members:
        posting.queue(member)[:] = queues.get(member, ())
