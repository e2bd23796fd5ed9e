"""Points set aside: pending, then posted (all or part), voided or timed out, at most once.

Whatever ends a hold derives its transfers from the hold, not from its own event: two ends would be the same rows. An
allowance is drawn on many times before it ends, so a draw derives its transfer from the redemption behind it.
"""

from datetime import date

from msgspec.structs import replace

from pos_loyalty.core.accounts import Account, AccountKind, TransferKind
from pos_loyalty.core.entries import Booked, ExtendHold, Outcome, PlaceHold, PostHold, Refusal, Refused, VoidHold
from pos_loyalty.core.hold_ends import held_in, release, spend_held
from pos_loyalty.core.lots import Hold, HoldStatus, Spend, Use, place
from pos_loyalty.core.posting import Posting
from pos_loyalty.core.redemptions import lacking


def place_hold(entry: PlaceHold, posting: Posting) -> Outcome:
    """Set points aside, nearest expiry first; while they are held they do not expire."""
    if entry.until <= posting.now:
        return Refused(Refusal.HOLD_TIMED_OUT)
    since = entry.until.date() if entry.terminal else posting.today
    if refused := lacking(posting, entry.member, entry.points, since=since):
        return refused
    hold_id = posting.under(entry.event_id, entry.leg)
    owner = posting.owner(entry.member)
    hold = Hold(
        hold_id=hold_id,
        member=entry.member,
        program=entry.program,
        points=entry.points,
        uses=posting.take(owner, entry.points, since),
        until=entry.until,
        terminal=entry.terminal,
        event_id=entry.event_id,
    )
    posting.holds[hold_id] = hold
    posting.move(Account(owner, AccountKind.AVAILABLE), held_in(posting, hold), entry.points, TransferKind.HOLD)
    return Booked(points=entry.points, uses=hold.uses)


def extend_hold(entry: ExtendHold, posting: Posting) -> Outcome:
    """Let an allowance last longer, and put points to it that live until then, as those do that are in it."""
    hold = _still_open(posting, entry.hold_id)
    if isinstance(hold, Refused):
        return hold
    if not hold.terminal:
        return Refused(Refusal.NO_ALLOWANCE)
    until = max(hold.until, entry.until)
    if any((posting.lots[use.lot_id].until or date.max) < until.date() for use in hold.uses):
        return Refused(Refusal.EXPIRING)
    if entry.points and (refused := lacking(posting, hold.member, entry.points, since=until.date())):
        return refused
    posting.under(entry.event_id, entry.leg)
    owner = posting.owner(hold.member)
    taken = posting.take(owner, entry.points, until.date())
    posting.move(Account(owner, AccountKind.AVAILABLE), held_in(posting, hold), entry.points, TransferKind.HOLD)
    posting.holds[hold.hold_id] = replace(
        hold, points=hold.points + entry.points, uses=_in_order(posting, (*hold.uses, *taken)), until=until
    )
    return Booked(points=entry.points, uses=taken)


def post_hold(entry: PostHold, posting: Posting) -> Outcome:
    """Spend what was held; from then on it is a redemption whose id is that of the hold."""
    hold = _still_open(posting, entry.hold_id)
    if isinstance(hold, Refused):
        return hold
    if hold.terminal:
        return Refused(Refusal.IS_ALLOWANCE)
    points = hold.points if entry.points is None else entry.points
    if points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": points})
    if points > hold.points:
        return Refused(Refusal.MORE_THAN_HELD, {"held": hold.points})
    if hold.is_over(posting.now):
        return Refused(Refusal.HOLD_TIMED_OUT)
    spent = spend_held(posting, hold, points, hold.program)
    posting.spends[hold.hold_id] = Spend(
        spend_id=hold.hold_id,
        member=hold.member,
        program=hold.program,
        kind=TransferKind.REDEMPTION,
        points=points,
        uses=spent,
    )
    return Booked(points=points, uses=spent)


def void_hold(entry: VoidHold, posting: Posting) -> Outcome:
    """Give back what was held; the lots keep their last day, since nobody meant to prolong them."""
    hold = _still_open(posting, entry.hold_id)
    if isinstance(hold, Refused):
        return hold
    release(posting, hold, HoldStatus.VOIDED)
    return Booked(points=hold.points, uses=hold.uses)


def _in_order(posting: Posting, uses: tuple[Use, ...]) -> tuple[Use, ...]:
    """Return ``uses`` with one for each lot, nearest expiry first: in this order an allowance is drawn on."""
    points: dict[str, int] = {}
    for use in uses:
        points[use.lot_id] = points.get(use.lot_id, 0) + use.points
    return tuple(Use(name, points[name]) for name in sorted(points, key=lambda name: place(posting.lots[name])))


def _still_open(posting: Posting, hold_id: str) -> Hold | Refused:
    hold = posting.holds.get(hold_id)
    if hold is None:
        return Refused(Refusal.UNKNOWN_HOLD)
    return hold if hold.status is HoldStatus.OPEN else Refused(Refusal.HOLD_CLOSED)
