"""The document that ``pos-loyalty price`` reads: a shop, a customer and a basket, complete in itself.

What is wrong with one value is refused when it is read; what two values say about each other is checked in
:mod:`pos_loyalty.core.price_checks`. Amounts are minor units, points are whole. docs/reference/price.md says it all.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.basket import CLAIMS_MAX, QUANTITY_MAX
from pos_loyalty.core.claims import Claims
from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.document_shapes import fit
from pos_loyalty.core.documents import Form, parse
from pos_loyalty.core.members import Occasion, Used
from pos_loyalty.core.moments import Moment
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.programs import Happening, Program
from pos_loyalty.core.programs.reading import Group, programs_of
from pos_loyalty.core.return_requests import ReturnRequest
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher

LINES_MAX = 1_000
PROGRAMS_MAX = 500
STEPS_MAX = 200

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
Points = Annotated[int, msgspec.Meta(ge=-POINTS_MAX, le=POINTS_MAX)]
Codes = Annotated[tuple[str, ...], msgspec.Meta(max_length=CLAIMS_MAX)]
Claimed = Annotated[Claims, msgspec.Meta(max_length=CLAIMS_MAX)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the document."""


class Category(Part, frozen=True, kw_only=True):
    """One category of the shop's tree."""

    category_id: Id
    parent: str = ""
    """The category that holds it; empty at the top."""


class GivenTax(Tax, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tax group."""

    per_unit: Amount = 0


class GivenProduct(Part, frozen=True, kw_only=True):
    """One article of the shop."""

    product_id: Id
    codes: tuple[str, ...] = ()
    name: dict[str, str] = {}
    """Language to name; without any it is called by its id."""
    unit_price: Amount
    category: str = ""
    tags: tuple[str, ...] = ()
    tax: str = ""
    """Its tax group, by ``tax_id``; empty for none."""


class GivenLot(Part, frozen=True, kw_only=True):
    """Points that expire together."""

    points: Annotated[int, msgspec.Meta(ge=1, le=POINTS_MAX)]
    earned_at: Moment | None = None
    """Absent: now."""
    expires_on: date | None = None
    """The last day on which they are good; absent: for ever."""


class GivenOccasion(Occasion, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A birthday, an anniversary."""


class GivenUsed(Used, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much the member has used of one limit."""

    amount: Amount


class GivenVoucher(Voucher, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher or a gift card."""

    balance: Amount = 0
    value: Amount = 0


class GivenMember(Part, frozen=True, kw_only=True):
    """The customer, as far as rewards look at people."""

    member_id: Id = "member"
    balances: dict[str, Points] = {}
    """Account to points, in lots that never expire."""
    lots: dict[str, tuple[GivenLot, ...]] = {}
    """Account to the lots that make up its points, instead of a balance."""
    tier: str = ""
    segments: tuple[str, ...] = ()
    occasions: tuple[GivenOccasion, ...] = ()
    vouchers: tuple[GivenVoucher, ...] = ()
    """The member's own."""
    used: dict[str, GivenUsed] = {}
    granted: dict[str, date] = {}
    purchase_count: Annotated[int, msgspec.Meta(ge=0, le=POINTS_MAX)] = 0


class GivenUsage(Usage, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was used of limits that are not the member's alone."""

    used: Mapping[str, Amount] = {}
    slices: Mapping[str, Amount] = {}


class GivenLine(Part, frozen=True, kw_only=True):
    """A product, or an amount that was typed, and how many."""

    product: str = ""
    """Product id, or one of its codes."""
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)] = 1
    unit_price: Amount | None = None
    """Of the product, here; absent: what the product says."""
    amount: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)] | None = None
    """Of one unit, for a line without a product."""
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse a line that names nothing, or two things (msgspec's protocol: ValueError)."""
        if bool(self.product) == (self.amount is not None):
            raise ValueError("a line has either a product or an amount")
        if self.amount is not None and self.unit_price is not None:
            raise ValueError("unit_price belongs to a product: leave it out beside amount")


class GivenBasket(Part, frozen=True, kw_only=True):
    """The open sale."""

    lines: Annotated[tuple[GivenLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    """Numbered from 1."""
    pinned: tuple[str, ...] = ()
    """The program versions it was first priced with, ``name@version``."""


class AtStep(Part, frozen=True, kw_only=True):
    """What every step may say."""

    now: Moment | None = None
    """The time goes on to this moment; absent: none has passed."""


class PriceStep(AtStep, frozen=True, kw_only=True):
    """Price a basket. What is left out is as in the document."""

    basket: GivenBasket | None = None
    claims: Claimed | None = None
    declined: tuple[str, ...] | None = None
    codes: Codes | None = None


SaleNumber = Annotated[int, msgspec.Meta(ge=1, le=STEPS_MAX)]


class ReturnStep(AtStep, frozen=True, kw_only=True):
    """Goods come back."""

    sale: SaleNumber
    """Which commit of the steps, counted from 1."""
    lines: Annotated[tuple[ReturnRequest, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    """None: everything that has not come back yet."""


class VoidStep(AtStep, frozen=True, kw_only=True):
    """A whole sale is undone."""

    sale: SaleNumber


class WaitStep(Part, frozen=True, kw_only=True):
    """Time passes, and the nightly runs with it."""

    until: Moment


class EarnStep(AtStep, frozen=True, kw_only=True):
    """Something that is no purchase earns."""

    happening: Happening


AnyStep = PriceStep | ReturnStep | VoidStep | WaitStep | EarnStep


class Step(Part, frozen=True, kw_only=True):
    """One thing that happens."""

    price: PriceStep | None = None
    commit: PriceStep | None = None
    return_: ReturnStep | None = msgspec.field(default=None, name="return")
    void: VoidStep | None = None
    wait: WaitStep | None = None
    earn: EarnStep | None = None

    def __post_init__(self) -> None:
        """Refuse a step that is none, or several (msgspec's protocol: ValueError)."""
        if len(self._said) != 1:
            raise ValueError(f"a step is one of {', '.join(self.__struct_encode_fields__)}: this has {len(self._said)}")

    @property
    def said(self) -> tuple[str, AnyStep]:
        """What kind of step it is, by its name in the document, and what it says."""
        return self._said[0]

    @property
    def _said(self) -> list[tuple[str, AnyStep]]:
        values = zip(self.__struct_encode_fields__, msgspec.structs.astuple(self), strict=True)
        return [(name, value) for name, value in values if value is not None]


class PriceRequest(Part, frozen=True, kw_only=True):
    """The document."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    """ISO 4217."""
    now: Moment
    time_zone: str = ""
    """Of the store, whose clock and calendar count: ``Asia/Tehran``. Empty: the offset of ``now``."""
    store_id: str = ""
    channel: str = ""
    categories: tuple[Category, ...] = ()
    taxes: tuple[GivenTax, ...] = ()
    products: tuple[GivenProduct, ...] = ()
    programs: Annotated[tuple[Program, ...], msgspec.Meta(max_length=PROGRAMS_MAX)] = ()
    groups: tuple[Group, ...] = ()
    """As in a document of programs: they say the mode once for all programs that name them."""
    member: GivenMember | None = None
    """Absent: a customer who is not known."""
    vouchers: tuple[GivenVoucher, ...] = ()
    """What is found under codes that are entered and are not among the member's own."""
    usage: GivenUsage = GivenUsage()
    basket: GivenBasket = GivenBasket()
    claims: Claimed = ()
    declined: tuple[str, ...] = ()
    codes: Codes = ()
    steps: Annotated[tuple[Step, ...], msgspec.Meta(max_length=STEPS_MAX)] = ()
    """Several things, one after another; without them the basket is priced once."""


def read_request(data: bytes, form: Form) -> PriceRequest | tuple[DocumentFault, ...]:
    """Return the document in ``data``, its groups told to the programs, or every fault of it that can be seen here."""
    tree = parse(data, form)
    if isinstance(tree, tuple):
        return tree
    request = fit(tree, PriceRequest)
    if isinstance(request, tuple):
        return request
    parts = msgspec.convert(tree, dict[str, object])
    programs = programs_of({name: parts.get(name, []) for name in ("groups", "programs")})
    return programs if isinstance(programs, tuple) else replace(request, programs=programs.programs)
