"""The member document: everything a good seller wants to know, in one read.

The hub folds events into it; a till folds its own pending events on top (:mod:`pos_loyalty.core.fold`). It is
frozen, defaults are left out on the wire, and unknown fields of a newer hub are ignored.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

import msgspec

from pos_loyalty.core.identifiers import Identifier
from pos_loyalty.core.tiers import TierState
from pos_loyalty.core.vouchers import Voucher

PURCHASES_KEPT = 20
VISITS_KEPT = 10
NOTES_KEPT = 50
USED_VOUCHERS_KEPT = 20
"""How much of a history travels inside the document; older rows are fetched on demand."""


class Title(StrEnum):
    """How to address a person. Gender is what the title says, and never guessed."""

    NONE = ""
    MR = "mr"
    MRS = "mrs"
    MS = "ms"
    DR = "dr"
    DR_F = "dr_f"
    """A woman with a doctorate; Arabic and Persian need to know."""
    ENG = "eng"
    ENG_F = "eng_f"
    HAJ = "haj"
    HAJ_F = "haj_f"


class PersonName(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A person's name as they write it, in logical order."""

    given: str = ""
    family: str = ""
    title: Title = Title.NONE


class Calendar(StrEnum):
    """The calendar a date was meant in."""

    GREGORIAN = "gregorian"
    JALALI = "jalali"
    HIJRI = "hijri"


class Occasion(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A dated personal event that comes back every year of its calendar."""

    kind: str
    """``birthday``, ``anniversary``, or the shop's own word."""
    calendar: Calendar = Calendar.GREGORIAN
    month: int
    day: int
    year: int | None = None
    label: str = ""
    """Whose, or what: "daughter Sara"."""


class Preference(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the member likes: a key such as ``size.shirt`` and a value in the member's words."""

    key: str
    value: str


class Note(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One remark in the client book."""

    event_id: str
    at: datetime
    text: str
    associate_id: str = ""


class Visit(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """From check-in to check-out."""

    visit_id: str
    opened_at: datetime
    closed_at: datetime | None = None
    place: str = ""


class PurchaseStatus(StrEnum):
    """What became of a purchase."""

    PAID = "paid"
    PARTLY_RETURNED = "partly_returned"
    RETURNED = "returned"
    VOIDED = "voided"


class Purchase(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One committed basket, as history shows it. Amounts are minor units of ``currency``."""

    event_id: str
    basket_id: str
    at: datetime
    currency: str
    net: int
    items: tuple[str, ...] = ()
    """Names of what was bought, in the language of the sale."""
    returned: int = 0
    """Amount refunded so far."""
    status: PurchaseStatus = PurchaseStatus.PAID


class Used(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much the member has used of one limit."""

    amount: int
    until: date | None = None
    """The last day on which it matters; absent: for ever."""


class HeldPoints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points that the hub keeps for one basket, or sets aside for one terminal."""

    account: str
    points: int
    terminal: str = ""
    """Who alone may spend them, bit by bit and without asking; empty: the basket they were asked for."""
    until_ms: int = 0
    """By the hub's clock. From then on those of a basket are everybody's; a terminal spends its own no more."""


class Member(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A known customer, complete enough to greet."""

    member_id: str
    name: PersonName = PersonName()
    language: str = ""
    """Language the member wants to be spoken to in; empty for the shop's."""
    tier: str = ""
    """Key of a :class:`~pos_loyalty.core.programs.Tier`."""
    identifiers: tuple[Identifier, ...] = ()
    balances: dict[str, int] = {}
    """Points by account (see :class:`~pos_loyalty.core.programs.Program`); may be negative after a reversal."""
    held: dict[str, HeldPoints] = {}
    """What of the balances is set aside, by the id of the hold."""
    overdrawn: tuple[str, ...] = ()
    """Accounts of which more was spent than was there, and is not paid yet: without the hub they give nothing."""
    short: dict[str, int] = {}
    """Points by account that should have come back with goods, and were spent: what a return gives goes there first."""
    vouchers: tuple[Voucher, ...] = ()
    """Those that can still be used, or were until lately."""
    used: dict[str, Used] = {}
    """Counters of limits, by the key of :class:`~pos_loyalty.core.usage.Counted`."""
    granted: dict[str, date] = {}
    """Program of an occasion to the day it last gave something."""
    segments: tuple[str, ...] = ()
    preferences: tuple[Preference, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    notes: tuple[Note, ...] = ()
    """Newest first, as are visits and purchases."""
    visits: tuple[Visit, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    visit_count: int = 0
    purchase_count: int = 0
    enrolled_at: datetime | None = None
    tier_terms: dict[str, TierState] = {}
    """Program to the tier in it, and for how long."""
    merged_into: str = ""
    """The member that this one was merged into: all that is the member's is in that document, and nothing is here."""
    parts: tuple["Member", ...] = ()
    """Of one into whom others were merged: its own document and theirs, each as it would be if they were parted."""
    book: str = ""
    """In the books of which member the hub has the points, if that was ever another."""
    from_pass: bool = False
    """Known here by a pass and by what this till did since: the name and tier of the pass, and no history."""
    applied: dict[str, int] = {}
    """Terminal to the highest ``seq`` of its events that are inside this document. Who was the first to have one there
    stands first: of a member whom a till enrolled, that till."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The member's id, and those of all who were merged into it."""
        return tuple(part.member_id for part in self.parts) or (self.member_id,)

    def is_called(self, member_id: str | None) -> bool:
        """Whether ``member_id`` is the member's, or that of one who was merged into it."""
        return member_id == self.member_id or any(part.member_id == member_id for part in self.parts)


def spendable(member: Member, account: str, holds: Collection[str] = ()) -> int:
    """Return the points that a basket can spend: all but what is held for others.

    ``holds`` are the basket's own, and the allowances that its terminal may draw on. A hold counts until the row says
    that it is over, for only the hub knows when.

    >>> member = Member(member_id="m", balances={"points": 90}, held={"h": HeldPoints(account="points", points=50)})
    >>> spendable(member, "points"), spendable(member, "points", ["h"])
    (40, 90)
    """
    others = (each for name, each in member.held.items() if each.account == account and name not in holds)
    return member.balances.get(account, 0) - sum(each.points for each in others)
