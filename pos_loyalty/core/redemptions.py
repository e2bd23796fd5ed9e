"""Points that are spent, and come back."""

from msgspec.structs import replace

from pos_loyalty.core.accounts import POINTS_MAX, Account, AccountKind, TransferKind
from pos_loyalty.core.entries import Booked, Outcome, Redeem, Refusal, Refused, RestoreRedemption
from pos_loyalty.core.lots import Spend, Use, last_taken, total
from pos_loyalty.core.posting import Posting


def redeem(entry: Redeem, posting: Posting) -> Outcome:
    """Spend points, nearest expiry first."""
    if refused := lacking(posting, entry.member, entry.points, force=entry.force):
        return refused
    spend_id = posting.under(entry.event_id, entry.leg)
    spend = Spend(
        spend_id=spend_id,
        member=entry.member,
        program=entry.program,
        kind=TransferKind.REDEMPTION,
        points=entry.points,
    )
    return charge(posting, spend, Account(entry.program, AccountKind.REDEEMED), force=entry.force)


def lacking(posting: Posting, member: str, points: int, *, force: bool = False) -> Refused | None:
    """Refuse to take ``points`` that are none, are too many, or (unless it is forced) cannot be spent today."""
    if points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": points})
    if points > POINTS_MAX:
        return Refused(Refusal.TOO_MANY, {"limit": POINTS_MAX})
    missing = points - posting.book.spendable(member, posting.today)
    if missing > 0 and not force:
        return Refused(Refusal.NOT_ENOUGH, {"missing": missing})
    return None


def charge(posting: Posting, spend: Spend, sink: Account, *, force: bool) -> Booked:
    """Move the points of ``spend`` to ``sink`` and write down whence.

    One that is forced takes what has passed its last day but is still there before anything is owed.
    """
    owner = posting.owner(spend.member)
    uses = posting.take(owner, spend.points, posting.today)
    if force:
        uses += posting.take(owner, spend.points - total(uses))
    owed = spend.points - total(uses)
    posting.move(Account(owner, AccountKind.AVAILABLE), sink, total(uses), spend.kind)
    posting.move(Account(owner, AccountKind.OVERDRAFT), sink, owed, spend.kind)
    posting.spends[spend.spend_id] = replace(spend, uses=uses, owed=owed)
    return Booked(points=spend.points, uses=uses, owed=owed)


def restore(entry: RestoreRedemption, posting: Posting) -> Outcome:
    """Give back what was spent: what is still owed first, then into the lots, those taken last before the others.

    What a reversal was short of goes there, out of the lots that expire first.
    """
    if entry.points is not None and entry.points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": entry.points})
    spend = posting.spends.get(entry.redemption)
    if spend is None or spend.kind is not TransferKind.REDEMPTION:
        return Refused(Refusal.UNKNOWN_REDEMPTION)
    left = spend.points - spend.restored
    points = left if entry.points is None else min(left, entry.points)
    if not points:
        return Refused(Refusal.NOTHING_LEFT)
    posting.under(entry.event_id, entry.leg, entry.redemption)
    redeemed = Account(spend.program, AccountKind.REDEEMED)
    waived = min(points, spend.owed)
    kept, back = last_taken(spend.uses, points - waived)
    # Before anything is given: a debt that still stood here would be netted with the very points that come back.
    posting.spends[spend.spend_id] = replace(
        spend, uses=kept, owed=spend.owed - waived, restored=spend.restored + points
    )
    overdraft = Account(posting.owner(spend.member), AccountKind.OVERDRAFT)
    posting.move(redeemed, overdraft, waived, TransferKind.RESTORATION)
    given = _make_up(posting, back, redeemed)
    posting.give(given, redeemed, TransferKind.RESTORATION, grace=True)
    return Booked(points=points, uses=given, short=total(given) - total(back))


def _make_up(posting: Posting, back: tuple[Use, ...], redeemed: Account) -> tuple[Use, ...]:
    """Let ``back`` go for what its owners are short of, and return the rest of it."""
    for spend in [spend for spend in posting.spends.values() if spend.short]:
        owner = posting.owner(spend.member)
        own = tuple(use for use in back if posting.owner(posting.lots[use.lot_id].member) == owner)
        part = min(spend.short, total(own))
        kept, used = last_taken(own, part)
        back = (*(use for use in back if use not in own), *kept)
        posting.spends[spend.spend_id] = replace(spend, uses=(*spend.uses, *used), short=spend.short - part)
        posting.move(redeemed, Account(spend.program, AccountKind.LOST), part, TransferKind.RESTORATION)
    return back
