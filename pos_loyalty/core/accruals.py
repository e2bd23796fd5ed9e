"""Points that are earned, become available, are taken back, and expire."""

from datetime import date

from msgspec.structs import replace

from pos_loyalty.core.accounts import POINTS_MAX, Account, AccountKind, TransferKind
from pos_loyalty.core.book import Book
from pos_loyalty.core.entries import Accrue, Booked, Outcome, Refusal, Refused, ReversalPolicy, ReverseAccrual
from pos_loyalty.core.expiry import last_day
from pos_loyalty.core.lots import HoldStatus, Lot, Spend, Use, is_queued, total
from pos_loyalty.core.posting import Posting

_OWN = (AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.HELD)


def accrue(entry: Accrue, posting: Posting) -> Outcome:
    """Issue points as one lot, available at once or pending until their day."""
    if refused := too_many(posting.book, entry.member, entry.points):
        return refused
    lot = Lot(
        lot_id=posting.under(entry.event_id, entry.leg),
        member=entry.member,
        program=entry.program,
        event_id=entry.event_id,
        points=entry.points,
        remaining=entry.points,
        earned_at=posting.now,
        pending_until=entry.pending_until,
        expiry=entry.expiry,
    )
    if entry.pending_until is None or entry.pending_until <= posting.today:
        lot = available(lot, posting.today)
    issue(posting, lot, Account(entry.program, AccountKind.ISSUED), TransferKind.ACCRUAL)
    return Booked(points=entry.points)


def too_many(book: Book, member: str, points: int) -> Refused | None:
    """Refuse ``points`` more for ``member`` if they are none, or pass the limit."""
    if points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": points})
    if points + sum(book.balance(member, kind) for kind in _OWN) > POINTS_MAX:
        return Refused(Refusal.TOO_MANY, {"limit": POINTS_MAX})
    return None


def available(lot: Lot, today: date) -> Lot:
    """Return ``lot`` with its points available from ``today``: only now does their life begin."""
    expires_on = last_day(lot.expiry, today)
    return replace(lot, pending_until=None, expires_on=expires_on, until=expires_on)


def issue(posting: Posting, lot: Lot, source: Account, kind: TransferKind) -> None:
    """Write a new lot with its transfer, and net what its owner owes."""
    owner = posting.owner(lot.member)
    account = AccountKind.PENDING if lot.pending_until else AccountKind.AVAILABLE
    posting.put(lot)
    posting.move(source, Account(owner, account), lot.points, kind)
    posting.settle(owner)


def activate(posting: Posting, lot: Lot) -> None:
    """Make the points of a pending lot available."""
    posting.under(lot.lot_id, "activate")
    owner = posting.owner(lot.member)
    pending, spendable = Account(owner, AccountKind.PENDING), Account(owner, AccountKind.AVAILABLE)
    posting.put(available(lot, posting.today))
    posting.move(pending, spendable, lot.remaining, TransferKind.ACTIVATION)
    posting.settle(owner)


def expire(posting: Posting, lot: Lot) -> None:
    """End the life of what is left of a lot.

    The leg counts what expired before, so a lot that came back after its first end can end again, and no end is
    ever written twice.
    """
    posting.under(lot.lot_id, f"expire/{lot.expired}")
    posting.put(replace(lot, remaining=0, expired=lot.expired + lot.remaining))
    available, expired = (
        Account(posting.owner(lot.member), AccountKind.AVAILABLE),
        Account(lot.program, AccountKind.EXPIRED),
    )
    posting.move(available, expired, lot.remaining, TransferKind.EXPIRY)


def reverse(entry: ReverseAccrual, posting: Posting) -> Outcome:
    """Take back what was earned: pending points of the accrual, then what the policy allows.

    What is not taken is a loss of the program, so that its issued points stay true. What the policy would have taken,
    had it been there, is ``short``: whoever returns the goods first and the reward he got for their points afterwards
    would otherwise have both the points and the money. What is only set aside is not spent: that much is owed, and
    netted when it comes back.
    """
    if entry.points <= 0:
        return Refused(Refusal.NOT_POSITIVE, {"points": entry.points})
    owner = posting.owner(entry.member)
    own = _earned_by(entry, posting)
    if not own:
        return Refused(Refusal.UNKNOWN_ACCRUAL)
    points = min(entry.points, sum(lot.points - lot.reversed for lot in own))
    if not points:
        return Refused(Refusal.NOTHING_LEFT)
    spend_id = posting.under(entry.event_id, entry.leg, entry.accrual)
    issued = Account(entry.program, AccountKind.ISSUED)
    own = _marked(posting, own, points)
    pending = _take_own(posting, [lot for lot in own if lot.pending_until], points)
    posting.move(Account(owner, AccountKind.PENDING), issued, total(pending), TransferKind.REVERSAL)
    taken: tuple[Use, ...] = ()
    if entry.policy is not ReversalPolicy.ONLY_PENDING:
        taken = _take_own(posting, [lot for lot in own if is_queued(lot)], points - total(pending))
        taken += posting.take(owner, points - total(pending) - total(taken))
    posting.move(Account(owner, AccountKind.AVAILABLE), issued, total(taken), TransferKind.REVERSAL)
    rest = points - total(pending) - total(taken)
    owed = _owed(posting, owner, rest, entry.policy)
    posting.move(Account(owner, AccountKind.OVERDRAFT), issued, owed, TransferKind.REVERSAL)
    posting.move(Account(entry.program, AccountKind.LOST), issued, rest - owed, TransferKind.REVERSAL)
    short = rest - owed if entry.policy is ReversalPolicy.WITHIN_BALANCE else 0
    posting.spends[spend_id] = Spend(
        spend_id=spend_id,
        member=entry.member,
        program=entry.program,
        kind=TransferKind.REVERSAL,
        points=points,
        uses=pending + taken,
        owed=owed,
        forgiven=rest - owed - short,
        short=short,
    )
    return Booked(points=points, uses=pending + taken, owed=owed, forgiven=rest - owed - short, short=short)


def _owed(posting: Posting, owner: str, rest: int, policy: ReversalPolicy) -> int:
    """Return how much of ``rest`` the member owes: by the policy of the balance what open holds cover, once."""
    if policy is not ReversalPolicy.WITHIN_BALANCE:
        return rest if policy is ReversalPolicy.UNLIMITED else 0
    holds = (hold for hold in posting.holds.values() if hold.status is HoldStatus.OPEN)
    held = sum(hold.points for hold in holds if posting.owner(hold.member) == owner)
    return min(rest, max(0, held + posting.balance(owner, AccountKind.OVERDRAFT)))


def _earned_by(entry: ReverseAccrual, posting: Posting) -> list[Lot]:
    owner = posting.owner(entry.member)
    return [
        lot
        for lot in posting.lots.values()
        if (lot.event_id, lot.program) == (entry.accrual, entry.program) and posting.owner(lot.member) == owner
    ]


def _marked(posting: Posting, lots: list[Lot], points: int) -> list[Lot]:
    """Write into ``lots`` that ``points`` of what they earned no longer count."""
    marked = []
    for lot in lots:
        part = min(points, lot.points - lot.reversed)
        points -= part
        marked.append(replace(lot, reversed=lot.reversed + part))
        posting.put(marked[-1])
    return marked


def _take_own(posting: Posting, lots: list[Lot], points: int) -> tuple[Use, ...]:
    uses = []
    for lot in lots:
        part = min(points, lot.remaining)
        if part:
            posting.put(replace(lot, remaining=lot.remaining - part))
            uses.append(Use(lot.lot_id, part))
            points -= part
    return tuple(uses)
