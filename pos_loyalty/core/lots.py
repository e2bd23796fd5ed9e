"""Lots: points earned together, which expire together, and what was taken from them.

Points are spent nearest expiry first, then oldest, then those that never expire. Whoever takes points writes down
from which lots, so that the same lots can be given back and an expiry never eats what was spent before.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

import msgspec

from pos_loyalty.core.accounts import AccountKind, TransferKind
from pos_loyalty.core.expiry import NEVER, ExpiryPolicy
from pos_loyalty.core.moments import Moment


class Lot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``points == remaining + expired`` + what spends and open holds took."""

    lot_id: str
    member: str
    """Who earned it; after a merge it belongs to ``Book.owner(member)``."""
    program: str
    event_id: str
    """What it was earned by: several lots may come from one sale."""
    points: int
    remaining: int
    earned_at: Moment
    expires_on: date | None = None
    """Last day by the policy it was born with; set when the points become available and never again."""
    until: date | None = None
    """Last day that counts: later than ``expires_on`` after a return."""
    pending_until: date | None = None
    """The day on which it can be activated; absent once its points are available."""
    expiry: ExpiryPolicy = NEVER
    expired: int = 0
    reversed: int = 0
    """How much of what was earned has been taken back, or should have been: never more than ``points``."""


class Use(msgspec.Struct, frozen=True):
    """``points`` taken from one lot."""

    lot_id: str
    points: int


class Spend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What took points away: ``points == sum(uses) + owed + restored + forgiven + short``."""

    spend_id: str
    member: str
    program: str
    kind: TransferKind
    """``redemption``, ``reversal`` or ``adjustment``."""
    points: int
    uses: tuple[Use, ...] = ()
    """In the order they were taken; later credits that paid what was owed stand at the end."""
    owed: int = 0
    """Not yet covered by any lot. The member's overdraft is the sum of these, below zero."""
    restored: int = 0
    forgiven: int = 0
    """Part of a reversal that the policy left to the member."""
    short: int = 0
    """Part of a reversal that was not there: what is given back to the member goes there first."""


class HoldStatus(StrEnum):
    """Where a hold is in its life; from ``open`` it goes to one of the others, once."""

    OPEN = "open"
    POSTED = "posted"
    """Of an allowance: used up."""
    VOIDED = "voided"
    TIMED_OUT = "timed_out"


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points set aside for an open basket, or (an *allowance*) for one terminal, which draws on them sale by sale."""

    hold_id: str
    member: str
    program: str
    points: int
    uses: tuple[Use, ...]
    until: Moment
    """The first moment at which it can no longer be posted. That of an allowance is only told to its terminal: the
    ledger gives nothing back before somebody knows that all draws are in."""
    terminal: str = ""
    """Whose allowance it is; empty: it is that of a basket."""
    event_id: str = ""
    """What asked for it."""
    status: HoldStatus = HoldStatus.OPEN

    @property
    def account(self) -> AccountKind:
        """Where its points are while it is open."""
        return AccountKind.ESCROW if self.terminal else AccountKind.HELD

    def is_over(self, now: datetime) -> bool:
        """Whether its time is over by itself at ``now``."""
        return not self.terminal and self.until <= now


Place = tuple[date, datetime, str]
"""Position of a lot in its owner's queue: last day, when earned, id."""


def place(lot: Lot) -> Place:
    """Return where ``lot`` stands; one that never expires stands behind all that do."""
    return lot.until or date.max, lot.earned_at, lot.lot_id


def is_queued(lot: Lot) -> bool:
    """Whether points of ``lot`` are in the available account."""
    return lot.remaining > 0 and lot.pending_until is None


def total(uses: Iterable[Use]) -> int:
    """Return the points of ``uses``."""
    return sum(use.points for use in uses)


def last_taken(uses: tuple[Use, ...], points: int) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    """Split ``uses`` into what stays taken and the ``points`` taken last, which are those that live longest."""
    kept, back = list(uses), []
    while points:
        use = kept.pop()
        part = min(points, use.points)
        back.append(Use(use.lot_id, part))
        points -= part
        if part < use.points:
            kept.append(Use(use.lot_id, use.points - part))
    return tuple(kept), tuple(back)
