"""Points that are spent, and come back."""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from pos_loyalty.core.accounts import POINTS_MAX, Account, AccountKind, TransferKind
from pos_loyalty.core.entries import Booked, Outcome, Redeem, Refusal, Refused, RestoreRedemption
from pos_loyalty.core.hold_ends import draw, release, spend_held
from pos_loyalty.core.lots import Hold, HoldStatus, Spend, Use, last_taken, total
from pos_loyalty.core.posting import Posting


def redeem(entry: Redeem, posting: Posting) -> Outcome:
    """Spend points: those that were held for it first, then nearest expiry first."""
    named = (posting.holds.get(name) for name in dict.fromkeys(entry.holds))
    holds = [hold for hold in named if hold and _is_for(hold, entry, posting)]
    draws = {name: most for name, most in entry.draws.items() if _is_drawable(posting.holds.get(name), entry, posting)}
    held = sum(hold.points for hold in holds) + sum(
        min(most, posting.holds[name].points) for name, most in draws.items()
    )
    if refused := lacking(posting, entry.member, entry.points, held=held, force=entry.force):
        return refused
    uses = _from_holds(posting, holds, entry)
    spend_id = posting.under(entry.event_id, entry.leg)
    for name, most in draws.items():
        hold = posting.holds[name]
        if part := min(most, hold.points, entry.points - total(uses)):
            uses += draw(posting, hold, part, entry.program)
    spend = Spend(
        spend_id=spend_id,
        member=entry.member,
        program=entry.program,
        kind=TransferKind.REDEMPTION,
        points=entry.points,
        uses=uses,
    )
    return charge(posting, spend, Account(entry.program, AccountKind.REDEEMED), force=entry.force)


def lacking(
    posting: Posting, member: str, points: int, *, held: int = 0, force: bool = False, since: date | None = None
) -> Refused | None:
    """Refuse to take ``points`` that are none, are too many, or (unless it is forced) cannot be spent today.

    ``held`` are there beside what can be spent. ``since``: the day, if not today, on which they must still be good.
    """
    if points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": points})
    if points > POINTS_MAX:
        return Refused(Refusal.TOO_MANY, {"limit": POINTS_MAX})
    missing = points - held - posting.book.spendable(member, since or posting.today)
    if missing > 0 and not force:
        return Refused(Refusal.NOT_ENOUGH, {"missing": missing})
    return None


def charge(posting: Posting, spend: Spend, sink: Account, *, force: bool) -> Booked:
    """Move what ``spend`` has not taken yet to ``sink``, and write down whence.

    One that is forced takes what has passed its last day but is still there before anything is owed.
    """
    owner = posting.owner(spend.member)
    left = spend.points - total(spend.uses)
    uses = posting.take(owner, left, posting.today)
    if force:
        uses += posting.take(owner, left - total(uses))
    owed = left - total(uses)
    posting.move(Account(owner, AccountKind.AVAILABLE), sink, total(uses), spend.kind)
    posting.move(Account(owner, AccountKind.OVERDRAFT), sink, owed, spend.kind)
    taken = (*spend.uses, *uses)
    posting.spends[spend.spend_id] = replace(spend, uses=taken, owed=owed)
    return Booked(points=spend.points, uses=taken, owed=owed)


def _is_for(hold: Hold, entry: Redeem, posting: Posting) -> bool:
    is_its_own = not hold.terminal and posting.owner(hold.member) == posting.owner(entry.member)
    return is_its_own and hold.status is HoldStatus.OPEN and not hold.is_over(posting.now)


def _is_drawable(hold: Hold | None, entry: Redeem, posting: Posting) -> bool:
    if hold is None or not hold.terminal or hold.status is not HoldStatus.OPEN:
        return False
    return posting.owner(hold.member) == posting.owner(entry.member)


def _from_holds(posting: Posting, holds: Iterable[Hold], entry: Redeem) -> tuple[Use, ...]:
    """End ``holds``, spend what is needed of them, and return whence it came."""
    uses: tuple[Use, ...] = ()
    for hold in holds:
        if part := min(hold.points, entry.points - total(uses)):
            uses += spend_held(posting, hold, part, entry.program)
        else:
            release(posting, hold, HoldStatus.VOIDED)
    return uses


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
