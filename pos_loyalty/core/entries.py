"""Entries: what can be asked of the ledger, and what it answers.

An entry is named by the event behind it and a leg (one sale may earn twice and spend once). The same entry again is
the same entry: it is answered with the first answer and changes nothing.
"""

from datetime import date
from enum import StrEnum

import msgspec

from pos_loyalty.core.expiry import NEVER, ExpiryPolicy
from pos_loyalty.core.lots import Use
from pos_loyalty.core.moments import Moment


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="entry"):
    """Something to be written into the book."""

    event_id: str
    """A UUID of any version but 5, made and stored before the first try."""
    leg: str
    """Tells entries of one event apart; it has no ``/``."""


class Accrue(Entry, frozen=True, kw_only=True, tag="accrue"):
    """The member earned points, available at once or on the day ``pending_until``."""

    leg: str = "accrue"
    member: str
    program: str
    points: int
    expiry: ExpiryPolicy = NEVER
    pending_until: date | None = None


class OpeningLot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points a member brings from an older system."""

    points: int
    earned_at: Moment
    expires_on: date | None = None


class OpenBalance(Entry, frozen=True, kw_only=True, tag="open_balance"):
    """The member starts with these lots."""

    leg: str = "open"
    member: str
    program: str
    lots: tuple[OpeningLot, ...]
    grace_days: int = 0
    """As in an expiry policy, for lots that a return brings back."""


class Redeem(Entry, frozen=True, kw_only=True, tag="redeem"):
    """The member spends points."""

    leg: str = "redeem"
    member: str
    program: str
    points: int
    force: bool = False
    """It has happened already, perhaps offline: what is not covered is owed."""
    holds: tuple[str, ...] = ()
    """Ids of holds that were placed for it: as far as they are open they are spent first, and end by it."""
    draws: dict[str, int] = {}
    """Ids of allowances to the most that is taken of each before anything else; what else is in them stays there."""


class RestoreRedemption(Entry, frozen=True, kw_only=True, tag="restore"):
    """Points that were spent come back, into the lots they were taken from; never more than were spent."""

    leg: str = "restore"
    redemption: str
    """Entry id of the redemption, or id of the hold that was posted."""
    points: int | None = None
    """Absent for all that is left."""


class ReversalPolicy(StrEnum):
    """What a reversal may take when the points it takes back were spent."""

    ONLY_PENDING = "only_pending"
    """Pending points of the accrual, nothing else."""
    WITHIN_BALANCE = "within_balance"
    """Then its other points, then whatever is available."""
    UNLIMITED = "unlimited"
    """And the rest is owed."""


class ReverseAccrual(Entry, frozen=True, kw_only=True, tag="reverse"):
    """Points that were earned are taken back, pending ones first; never more than were earned."""

    leg: str = "reverse"
    accrual: str
    """The event by which they were earned; several members may have earned by it."""
    member: str
    program: str
    points: int
    policy: ReversalPolicy


class Adjust(Entry, frozen=True, kw_only=True, tag="adjust"):
    """Somebody with a role corrects the balance, for a reason."""

    leg: str = "adjust"
    member: str
    program: str
    points: int
    """Above zero gives, below zero takes."""
    reason: str
    role: str
    expiry: ExpiryPolicy = NEVER
    force: bool = False
    """What is not covered is owed."""


class PlaceHold(Entry, frozen=True, kw_only=True, tag="hold"):
    """Points are set aside until they are posted, voided, or ``until`` has come.

    For a terminal only such as live until then: an allowance must not keep alive what expires.
    """

    leg: str = "hold"
    member: str
    program: str
    points: int
    until: Moment
    terminal: str = ""
    """Set for an allowance, which this terminal may draw on: it lies in the terminal's escrow."""


class ExtendHold(Entry, frozen=True, kw_only=True, tag="extend"):
    """An allowance lasts longer, and has more in it; never less, for its terminal may not hear of it."""

    leg: str = "extend"
    hold_id: str
    until: Moment
    points: int = 0
    """How many are put to it."""


class PostHold(Entry, frozen=True, kw_only=True, tag="post"):
    """The basket was paid: held points are spent, what is over goes back."""

    leg: str = "post"
    hold_id: str
    points: int | None = None
    """Absent for all of them."""


class VoidHold(Entry, frozen=True, kw_only=True, tag="void"):
    """The basket was given up: held points go back."""

    leg: str = "void"
    hold_id: str


class MergeMembers(Entry, frozen=True, kw_only=True, tag="merge"):
    """Two members are one person: all that is ``source``'s is ``target``'s from now on."""

    leg: str = "merge"
    source: str
    target: str


class UnmergeMembers(Entry, frozen=True, kw_only=True, tag="unmerge"):
    """They were two after all: what came from ``source``, and was earned under its name since, goes back."""

    leg: str = "unmerge"
    source: str


AnyEntry = (
    Accrue
    | OpenBalance
    | Redeem
    | RestoreRedemption
    | ReverseAccrual
    | Adjust
    | PlaceHold
    | ExtendHold
    | PostHold
    | VoidHold
    | MergeMembers
    | UnmergeMembers
)
"""Every kind, told apart on the wire by ``entry``."""


class Booked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It is in the book."""

    entry_id: str = ""
    """``derive(event_id, leg)``; what a return refers to. Empty for what time does by itself."""
    points: int = 0
    """How many were moved; fewer than asked for where no more were left."""
    transfers: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    """Lots that were taken from, or given back to."""
    owed: int = 0
    forgiven: int = 0
    short: int = 0
    """Of a reversal: what was not there; of a restoration, below zero: what went for that instead of to the member."""
    again: bool = False
    """It was in the book before; nothing has changed now."""


class Refusal(StrEnum):
    """Why an entry was not written."""

    BAD_ID = "bad_id"
    """The event id is no UUID or is a derived one, or the leg has a ``/``."""
    ID_REUSED = "id_reused"
    """The same event and leg stand in the book with another content."""
    NOT_POSITIVE = "not_positive"
    TOO_MANY = "too_many"
    """More than ``limit``."""
    NOT_ENOUGH = "not_enough"
    """``missing`` more are needed than can be spent now."""
    NO_REASON = "no_reason"
    NO_ROLE = "no_role"
    UNKNOWN_ACCRUAL = "unknown_accrual"
    UNKNOWN_REDEMPTION = "unknown_redemption"
    NOTHING_LEFT = "nothing_left"
    """All of it was taken or given back before."""
    UNKNOWN_HOLD = "unknown_hold"
    HOLD_CLOSED = "hold_closed"
    """Posted, voided or timed out before."""
    HOLD_TIMED_OUT = "hold_timed_out"
    """Its time is over, or would be over at once."""
    MORE_THAN_HELD = "more_than_held"
    IS_ALLOWANCE = "is_allowance"
    """Redemptions draw on it; it is not posted."""
    NO_ALLOWANCE = "no_allowance"
    """What is held for a basket is not extended."""
    EXPIRING = "expiring"
    """Some of its points live no longer than until then."""
    SAME_MEMBER = "same_member"
    ALREADY_MERGED = "already_merged"
    NOT_MERGED = "not_merged"


class Refused(msgspec.Struct, frozen=True, omit_defaults=True):
    """The book is as it was. Nothing is remembered: the same entry may be written later."""

    reason: Refusal
    numbers: dict[str, int] = {}


Outcome = Booked | Refused
