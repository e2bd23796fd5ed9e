"""The ledger: every entry goes into the book through ``perform``; what time does by itself has three runs.

All four return the next book and an outcome; the book they were given stays as it was. Times come in as aware
moments in the program's time zone, since points expire by its date. docs/explanation/ledger.md has the model.
"""

from datetime import datetime
from functools import singledispatch

from msgspec.structs import replace

from pos_loyalty.core.accounts import derive, is_event_id
from pos_loyalty.core.accruals import accrue, reverse
from pos_loyalty.core.accruals import activate as activate_lot
from pos_loyalty.core.accruals import expire as expire_lot
from pos_loyalty.core.adjustments import adjust, open_balance
from pos_loyalty.core.book import Book, Written, require_aware
from pos_loyalty.core.entries import (
    Accrue,
    Adjust,
    AnyEntry,
    Booked,
    Entry,
    ExtendHold,
    MergeMembers,
    OpenBalance,
    Outcome,
    PlaceHold,
    PostHold,
    Redeem,
    Refusal,
    Refused,
    RestoreRedemption,
    ReverseAccrual,
    UnmergeMembers,
    VoidHold,
)
from pos_loyalty.core.hold_ends import release
from pos_loyalty.core.holds import extend_hold, place_hold, post_hold, void_hold
from pos_loyalty.core.lots import HoldStatus, is_queued
from pos_loyalty.core.merges import merge_members, unmerge_members
from pos_loyalty.core.posting import Posting
from pos_loyalty.core.redemptions import redeem, restore
from pos_loyalty.errors import InvariantBroken


def perform(book: Book, entry: AnyEntry, now: datetime) -> tuple[Book, Outcome]:
    """Write ``entry`` into ``book``, once.

    The same entry again gets the first answer and changes nothing, for ever; another entry under the same event and
    leg is refused. So is bad data; nothing of a refused entry is kept.

    Raises:
        InvariantBroken: ``now`` has no time zone, or ``entry`` is of no known kind.
    """
    require_aware(now)
    if not is_event_id(entry.event_id) or "/" in entry.leg:
        return book, Refused(Refusal.BAD_ID)
    entry_id = derive(entry.event_id, entry.leg)
    if written := book.written.get(entry_id):
        again = replace(written.outcome, again=True)
        return book, again if written.entry == entry else Refused(Refusal.ID_REUSED)
    posting = Posting(book, now)
    outcome = _write(entry, posting)
    if isinstance(outcome, Refused):
        return book, outcome
    booked = replace(outcome, entry_id=entry_id, transfers=tuple(posting.transfers))
    return replace(posting.sealed(), written=book.written | {entry_id: Written(entry, booked)}), booked


@singledispatch
def _write(entry: Entry, posting: Posting) -> Outcome:
    raise InvariantBroken(f"no rule for {type(entry).__name__} at {posting.now}: add it to core.ledger")


_write.register(Accrue, accrue)
_write.register(OpenBalance, open_balance)
_write.register(Redeem, redeem)
_write.register(RestoreRedemption, restore)
_write.register(ReverseAccrual, reverse)
_write.register(Adjust, adjust)
_write.register(PlaceHold, place_hold)
_write.register(ExtendHold, extend_hold)
_write.register(PostHold, post_hold)
_write.register(VoidHold, void_hold)
_write.register(MergeMembers, merge_members)
_write.register(UnmergeMembers, unmerge_members)


def activate(book: Book, program: str, now: datetime) -> tuple[Book, Booked]:
    """Make pending points of ``program`` available whose day has come. First of the nightly runs."""
    require_aware(now)
    posting = Posting(book, now)
    due = [
        lot
        for lot in book.lots.values()
        if lot.program == program and lot.pending_until and lot.pending_until <= posting.today
    ]
    for lot in due:
        activate_lot(posting, lot)
    return _run(posting, sum(lot.remaining for lot in due))


def expire(book: Book, program: str, now: datetime) -> tuple[Book, Booked]:
    """Expire what is left of the lots of ``program`` whose last day is over. Last of the nightly runs.

    Lots are chosen by what they are (points left, last day over), whatever they were earned by. A second run finds
    nothing, nor does one under a clock that was set back.
    """
    require_aware(now)
    posting = Posting(book, now)
    due = [
        lot
        for lot in book.lots.values()
        if lot.program == program and is_queued(lot) and lot.until and lot.until < posting.today
    ]
    for lot in due:
        expire_lot(posting, lot)
    return _run(posting, sum(lot.remaining for lot in due))


def time_out(book: Book, now: datetime) -> tuple[Book, Booked]:
    """Give back what was held for baskets until ``now`` or before, and neither posted nor voided."""
    require_aware(now)
    posting = Posting(book, now)
    due = [hold for hold in book.holds.values() if hold.status is HoldStatus.OPEN and hold.is_over(now)]
    for hold in due:
        release(posting, hold, HoldStatus.TIMED_OUT)
    return _run(posting, sum(hold.points for hold in due))


def _run(posting: Posting, points: int) -> tuple[Book, Booked]:
    return posting.sealed(), Booked(points=points, transfers=tuple(posting.transfers))
