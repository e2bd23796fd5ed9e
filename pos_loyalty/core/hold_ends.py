"""What becomes of points that were held: spent, or given back. Whoever asks has looked whether the hold is open."""

from msgspec.structs import replace

from pos_loyalty.core.accounts import Account, AccountKind, TransferKind
from pos_loyalty.core.lots import Hold, HoldStatus, Use, last_taken
from pos_loyalty.core.posting import Posting


def held_in(posting: Posting, hold: Hold) -> Account:
    """Return the account in which the points of an open hold are."""
    return Account(posting.owner(hold.member), hold.account, hold.terminal)


def spend_held(posting: Posting, hold: Hold, points: int, program: str) -> tuple[Use, ...]:
    """Spend ``points`` of what is held (more than none, and no more than all of it); what is over goes back."""
    spent, over = last_taken(hold.uses, hold.points - points)
    posting.under(hold.hold_id, "end", hold.hold_id)
    account = held_in(posting, hold)
    posting.move(account, Account(program, AccountKind.REDEEMED), points, TransferKind.REDEMPTION)
    posting.holds[hold.hold_id] = replace(hold, status=HoldStatus.POSTED)
    posting.give(over, account, TransferKind.RELEASE)
    return spent


def draw(posting: Posting, hold: Hold, points: int, program: str) -> tuple[Use, ...]:
    """Spend ``points`` of an allowance (more than none, and no more than all of it) under the cause at hand.

    The rest stays set aside: the terminal counts on it, whether it has heard of this or not.
    """
    spent, left = last_taken(hold.uses, hold.points - points)
    posting.move(held_in(posting, hold), Account(program, AccountKind.REDEEMED), points, TransferKind.REDEMPTION)
    status = HoldStatus.OPEN if left else HoldStatus.POSTED
    posting.holds[hold.hold_id] = replace(hold, points=hold.points - points, uses=left[::-1], status=status)
    return spent


def release(posting: Posting, hold: Hold, status: HoldStatus) -> None:
    """End ``hold`` without spending anything."""
    posting.under(hold.hold_id, "end", hold.hold_id)
    posting.holds[hold.hold_id] = replace(hold, status=status)
    posting.give(hold.uses, held_in(posting, hold), TransferKind.RELEASE)
