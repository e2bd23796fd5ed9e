"""What happened: the body of each type of event, and the parts they are made of."""

from datetime import date

import msgspec

from pos_loyalty.core.evaluation import Payment, PointsMove, TaxShare, VoucherMove
from pos_loyalty.core.identifiers import Identifier
from pos_loyalty.core.members import Occasion, PersonName, Preference
from pos_loyalty.core.usage import Counted


class Body(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What happened. Each subclass is one event type; ``BODIES`` has their names."""


class MemberEnrolled(Body, frozen=True, kw_only=True):
    """A person became a member."""

    name: PersonName
    language: str = ""
    identifiers: tuple[Identifier, ...] = ()


class NameChanged(Body, frozen=True, kw_only=True):
    """The member's name or title was corrected."""

    name: PersonName


class FieldChanged(Body, frozen=True, kw_only=True):
    """A plain field of the member was corrected: ``language`` or ``tier``."""

    field: str
    value: str


class IdentifierLinked(Body, frozen=True, kw_only=True):
    """From now on this identifier names the member."""

    identifier: Identifier


class IdentifierRevoked(Body, frozen=True, kw_only=True):
    """From now on this identifier names nobody."""

    identifier: Identifier
    reason: str = ""


class PassShown(Body, frozen=True, kw_only=True):
    """A signed member pass was taken that had to be remembered: it rotates, or nobody knew its member here."""

    instance_id: str
    """Which pass: member id, ``@`` and the second of issue since 1970 UTC."""
    step: int | None = None
    """Of the rotating code, which is used up with it; absent for a pass that does not rotate."""
    name: str = ""
    """What the pass calls the member; left out for a member whose document is known."""
    tier: str = ""


class VisitOpened(Body, frozen=True, kw_only=True):
    """The member was recognised, at the door or at the register."""

    visit_id: str
    place: str


class VisitClosed(Body, frozen=True, kw_only=True):
    """The member left."""

    visit_id: str


class SoldLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as it was sold; ``gross`` less its discounts is ``net``."""

    number: int
    product_id: str = ""
    name: str = ""
    unit_price: int
    quantity: int
    gross: int
    net: int
    discounts: dict[str, int] = {}
    """Reward to the share of it on this line."""
    free_units: int = 0
    tax: int = 0
    """In ``net``, or on top of it, as the tax group says."""
    tax_id: str = ""
    added_tax: int = 0
    """The part of ``tax`` that is not in ``net``: it comes on top, or is an amount per piece."""


class BasketCommitted(Body, frozen=True, kw_only=True):
    """A sale: the facts, the price as it was shown, and the points it moved.

    ``lines`` holds the gifts that were added, too.
    """

    basket_id: str
    visit_id: str | None = None
    currency: str
    gross: int
    discount: int
    net: int
    added_tax: int = 0
    to_pay: int | None = None
    """What was left after gift cards and wallets; absent for all of it."""
    lines: tuple[SoldLine, ...]
    taxes: tuple[TaxShare, ...] = ()
    moves: tuple[PointsMove, ...] = ()
    payments: tuple[Payment, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    counts: tuple[Counted, ...] = ()
    granted: tuple[str, ...] = ()
    """Programs of an occasion that gave something."""
    holds: tuple[str, ...] = ()
    """What the hub kept for this basket until now: ids of holds, which end by this sale."""
    draws: dict[str, int] = {}
    """What it takes of allowances of its terminal: ids of holds to points. The rest of each stays set aside."""
    day: date | None = None
    """The day in the store; absent: that of the event in UTC."""
    store_id: str = ""


class ReturnedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods that came back: how many of which line, and what is given for them."""

    number: int
    quantity: int
    amount: int
    """Their share of the line's ``net``."""
    tax: int = 0
    """Their share of the line's tax: in ``amount``, but for what is in ``added_tax``."""
    added_tax: int = 0
    """Given back on top of ``amount``."""


class PaidBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that goes back to the gift card (``code``) or wallet (``account``) that had paid."""

    reward: str
    amount: int
    """Minor units."""
    source: str
    code: str = ""
    account: str = ""


class BasketVoided(Body, frozen=True, kw_only=True):
    """A basket was given up before payment, or a sale was undone: all that was left of it came back."""

    basket_id: str
    sale_event_id: str | None = None
    """The sale that is undone; absent when nothing had been sold."""
    moves: tuple[PointsMove, ...] = ()
    """Reversals of what is left of every move of the sale."""
    refund: int = 0
    """All that is given back now, in the sale's currency; earlier returns had theirs."""
    added_tax: int = 0
    to_refund: int | None = None
    """What is paid out; absent for all of the refund."""
    lines: tuple[ReturnedLine, ...] = ()
    payments_back: tuple[PaidBack, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    counts: tuple[Counted, ...] = ()
    """Amounts below zero: uses that no longer count."""
    granted: dict[str, date] = {}
    """Program of an occasion to the day on which the sale was granted it; it may give again."""
    day: date | None = None
    store_id: str = ""
    sale_store_id: str = ""


class BasketReturned(Body, frozen=True, kw_only=True):
    """Part of a sale came back, or all of it."""

    basket_id: str
    sale_event_id: str
    currency: str
    refund: int
    """All that is given back, with the tax that was on top."""
    lines: tuple[ReturnedLine, ...]
    moves: tuple[PointsMove, ...] = ()
    added_tax: int = 0
    """The part of the refund that is not in the ``amount`` of its lines."""
    to_refund: int | None = None
    """What is paid out, after gift cards and wallets got theirs; absent for all of the refund."""
    payments_back: tuple[PaidBack, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    counts: tuple[Counted, ...] = ()
    """Amounts below zero: uses that no longer count."""
    granted: dict[str, date] = {}
    """Program of an occasion to the day on which the sale was granted it; it may give again."""
    complete: bool = False
    """Nothing of the sale is out any more."""
    day: date | None = None
    """The day in the store."""
    store_id: str = ""
    """Where it came back."""
    sale_store_id: str = ""
    """Where it had been sold."""


class PointsEarned(Body, frozen=True, kw_only=True):
    """The member earned points or a voucher by something that is no purchase."""

    happening: str
    """A :class:`~pos_loyalty.core.programs.Happening`."""
    about: str = ""
    """What it was: the id of the visit, the feedback, or the other member."""
    moves: tuple[PointsMove, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    counts: tuple[Counted, ...] = ()
    granted: tuple[str, ...] = ()
    """Programs of an occasion that gave something."""
    day: date | None = None
    store_id: str = ""


class GestureGranted(Body, frozen=True, kw_only=True):
    """An associate made a gesture of goodwill: a voucher over ``amount``, for a reason."""

    program_id: str
    reward: str
    """``program/reward``."""
    amount: int
    """Minor units."""
    role: str
    """In which the associate acted."""
    reason: str
    voucher: VoucherMove
    about: str = ""
    """The complaint or feedback behind it."""
    store_id: str = ""


class NoteWritten(Body, frozen=True, kw_only=True):
    """A seller wrote something down in the client book."""

    text: str


class PreferenceSet(Body, frozen=True, kw_only=True):
    """The member likes it this way; an empty value forgets the key."""

    preference: Preference


class OccasionSet(Body, frozen=True, kw_only=True):
    """A dated personal event was noted; it replaces one of the same kind and label."""

    occasion: Occasion


class MemberMerged(Body, frozen=True, kw_only=True):
    """The member is the same person as ``target``: all that is the member's is the target's from now on."""

    target: str


class MemberUnmerged(Body, frozen=True, kw_only=True):
    """The member was another person than ``target`` after all, and is on its own again."""

    target: str


class MemberErased(Body, frozen=True, kw_only=True):
    """The member is to be forgotten: the person, and whoever is part of the person."""

    reason: str = ""
    """Why, in a word of the shop's; never who."""


class EventErased(Body, frozen=True, kw_only=True):
    """What stands in the place of an event that said something of a person who was erased."""

    was: str
    """Its type."""


class EventArchived(Body, frozen=True, kw_only=True):
    """What stands in the place of an event that was put into an archive."""

    was: str
    """Its type."""
    file: str


class PointsActivated(Body, frozen=True, kw_only=True):
    """Pending points of the member whose day has come are available."""

    unit: str
    """The account of the shop: :attr:`~pos_loyalty.core.programs.Program.account`."""
    day: date


class PointsExpired(Body, frozen=True, kw_only=True):
    """Points of the member whose last day is over are gone."""

    unit: str
    day: date


class TierAssessed(Body, frozen=True, kw_only=True):
    """The member is in another tier of a program, or for another time."""

    program_id: str
    unit: str
    tier_id: str = ""
    """Empty: in none."""
    since: date
    held_until: date | None = None
    """The last day on which it is kept whatever the amount, without grace; absent for ever."""
    look_on: date | None = None
    """The first day on which time alone may lower it, or begin another term."""


class UnknownBody(Body, frozen=True, kw_only=True):
    """An event type of another version. Nothing is done with it, and nothing of it is lost."""


BODIES: dict[str, type[Body]] = {
    "member.enrolled": MemberEnrolled,
    "member.name_changed": NameChanged,
    "member.field_changed": FieldChanged,
    "identifier.linked": IdentifierLinked,
    "identifier.revoked": IdentifierRevoked,
    "pass.shown": PassShown,
    "visit.opened": VisitOpened,
    "visit.closed": VisitClosed,
    "basket.committed": BasketCommitted,
    "basket.voided": BasketVoided,
    "basket.returned": BasketReturned,
    "points.earned": PointsEarned,
    "gesture.granted": GestureGranted,
    "note.written": NoteWritten,
    "preference.set": PreferenceSet,
    "occasion.set": OccasionSet,
    "member.merged": MemberMerged,
    "member.unmerged": MemberUnmerged,
    "member.erased": MemberErased,
    "event.erased": EventErased,
    "event.archived": EventArchived,
    "points.activated": PointsActivated,
    "points.expired": PointsExpired,
    "tier.assessed": TierAssessed,
}
