"""Balances that are set right by people: corrections with a reason, and openings brought from elsewhere."""

from pos_loyalty.core.accounts import Account, AccountKind, TransferKind, derive
from pos_loyalty.core.accruals import available, issue, too_many
from pos_loyalty.core.entries import Adjust, Booked, OpenBalance, Outcome, Refusal, Refused
from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.lots import Lot, Spend
from pos_loyalty.core.posting import Posting
from pos_loyalty.core.redemptions import charge, lacking


def adjust(entry: Adjust, posting: Posting) -> Outcome:
    """Give points as a lot of their own, or take them as a redemption would; never without a reason and a role."""
    if not entry.reason.strip():
        return Refused(Refusal.NO_REASON)
    if not entry.role.strip():
        return Refused(Refusal.NO_ROLE)
    adjusted = Account(entry.program, AccountKind.ADJUSTED)
    if entry.points < 0:
        if refused := lacking(posting, entry.member, -entry.points, force=entry.force):
            return refused
        spend = Spend(
            spend_id=posting.under(entry.event_id, entry.leg),
            member=entry.member,
            program=entry.program,
            kind=TransferKind.ADJUSTMENT,
            points=-entry.points,
        )
        return charge(posting, spend, adjusted, force=entry.force)
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
        expiry=entry.expiry,
    )
    issue(posting, available(lot, posting.today), adjusted, TransferKind.ADJUSTMENT)
    return Booked(points=entry.points)


def open_balance(entry: OpenBalance, posting: Posting) -> Outcome:
    """Issue every lot with the age and the last day it had where it came from; all of them or none."""
    for number, opening in enumerate(entry.lots):
        if opening.points <= 0:
            return Refused(Refusal.NOT_POSITIVE, {"lot": number, "points": opening.points})
    points = sum(opening.points for opening in entry.lots)
    if refused := too_many(posting.book, entry.member, points):
        return refused
    posting.under(entry.event_id, entry.leg)
    for number, opening in enumerate(entry.lots):
        lot = Lot(
            lot_id=derive(entry.event_id, f"{entry.leg}/lot/{number}"),
            member=entry.member,
            program=entry.program,
            event_id=entry.event_id,
            points=opening.points,
            remaining=opening.points,
            earned_at=opening.earned_at,
            expires_on=opening.expires_on,
            until=opening.expires_on,
            expiry=ExpiryPolicy(grace_days=entry.grace_days),
        )
        issue(posting, lot, Account(entry.program, AccountKind.ISSUED), TransferKind.OPENING)
    return Booked(points=points)
