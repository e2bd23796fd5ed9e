"""The open sale: its lines, its life, and the refusal of lines that cannot be.

open ──price──► priced ──commit──► committed ──void──► voided
  ▲ └──────────replace───────┘ │
  └────────────────────────────┴───void──► voided

Goods that come back leave a basket committed: ``sale.out`` says what the customer still has.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from pos_loyalty.core.claims import Claims
from pos_loyalty.core.evaluation import Evaluation, Payment, PointsMove, Reason, VoucherMove
from pos_loyalty.core.event_bodies import PaidBack, ReturnedLine
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.products import Product, in_language
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.vouchers import Voucher

LINES_MAX = 500
QUANTITY_MAX = 9_999
CLAIMS_MAX = 20


class BasketStatus(StrEnum):
    """Where a basket is in its life."""

    OPEN = "open"
    PRICED = "priced"
    COMMITTED = "committed"
    VOIDED = "voided"


class BasketLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line; ``number`` counts from 1 and names the line in discounts and returns."""

    number: int
    product_id: str = ""
    """Empty for an amount that was typed."""
    name: str = ""
    unit_price: int
    quantity: int
    categories: tuple[str, ...] = ()
    """The product's category and all that are above it."""
    tags: tuple[str, ...] = ()
    tax: Tax | None = None

    @property
    def gross(self) -> int:
        """Minor units before any discount."""
        return self.unit_price * self.quantity


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a commit. It is kept with the basket, so that a second commit gets the first answer."""

    event_id: str
    basket_id: str
    committed_at: datetime
    currency: str
    gross: int
    discount: int
    net: int
    total: int = 0
    """With the tax that comes on top."""
    to_pay: int = 0
    """What is left of the total after gift cards and wallets."""
    payments: tuple[Payment, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    moves: tuple[PointsMove, ...] = ()
    balances_before: dict[str, int] = {}
    balances_after: dict[str, int] = {}


class ReturnReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a return or to the void of a sale. It is kept with the basket, as the receipt of the sale is."""

    event_id: str
    basket_id: str
    sale_event_id: str
    returned_at: datetime
    currency: str
    refund: int
    to_refund: int
    """To be paid out; cards and wallets get the rest of the refund."""
    lines: tuple[ReturnedLine, ...] = ()
    payments_back: tuple[PaidBack, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()
    moves: tuple[PointsMove, ...] = ()
    gifts_out: tuple[int, ...] = ()
    """Lines of gifts that are still out."""
    complete: bool = False
    """Nothing of the sale is out any more."""
    balances_after: dict[str, int] = {}


class BasketHold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the hub was asked to keep for a basket. It stands here before it is asked for, so that no hold is lost."""

    hold_id: str
    unit: str = ""
    """The points account; empty for a voucher."""
    points: int = 0
    voucher: str = ""
    granted: bool = False
    """The hub has said yes. One that got no answer may be kept all the same."""


class Basket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One basket of one terminal."""

    basket_id: str
    currency: str
    opened_at: datetime
    revision: int = 0
    """Rises by one with every change; a writer names the revision it has seen."""
    status: BasketStatus = BasketStatus.OPEN
    member_id: str | None = None
    visit_id: str | None = None
    lines: tuple[BasketLine, ...] = ()
    claims: Claims = ()
    """Rewards the customer wants, in the order they were claimed."""
    declined: tuple[str, ...] = ()
    """Rewards that would be given by themselves, and shall not be."""
    codes: tuple[str, ...] = ()
    """Codes that were entered: of promotions, vouchers and gift cards, as they were typed."""
    vouchers: tuple[Voucher, ...] = ()
    """What was found under those codes and is not in the member's document."""
    store_id: str = ""
    channel: str = ""
    pinned: tuple[str, ...] = ()
    """The program versions it was first priced with; it keeps them until they are retired or end."""
    holds: tuple[BasketHold, ...] = ()
    reduced: dict[str, Reason] = {}
    """Rewards of which the till gives less than was asked for, and why."""
    evaluation: Evaluation | None = None
    """The price the customer was shown. Set from ``priced`` on."""
    receipt: Receipt | None = None
    returns: tuple[ReturnReceipt, ...] = ()
    """Of each return, oldest first, and of the void."""

    @property
    def live(self) -> bool:
        """Whether lines, claims and member may still change."""
        return self.status in (BasketStatus.OPEN, BasketStatus.PRICED)


Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A number that every JSON reader keeps exact (RFC 8259 §6); anything larger is refused where it is read."""


class LineRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a register asks for: a product (by code or id) or a typed amount, and how many."""

    product: str = ""
    amount: Whole | None = None
    """Minor units of one unit, for a line without a product."""
    quantity: Whole = 1
    name: str = ""


class LineFaultKind(StrEnum):
    """Why a requested line cannot be in a basket."""

    UNKNOWN_PRODUCT = "unknown_product"
    QUANTITY = "quantity"
    AMOUNT = "amount"
    NOTHING_NAMED = "nothing_named"
    TOO_MANY_LINES = "too_many_lines"
    TOTAL = "total"


class LineFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refusal. ``index`` counts requested lines from 0; it is absent when the basket as a whole is refused."""

    kind: LineFaultKind
    index: int | None = None
    found: int | None = None
    limit: int | None = None


def compose(
    requests: Sequence[LineRequest], find: Callable[[str], Product | None], language: str
) -> tuple[BasketLine, ...] | tuple[LineFault, ...]:
    """Turn requested lines into basket lines, or into every reason why that is not possible.

    ``find`` looks up a product by code or id; ``language`` chooses the names that go on the receipt. An empty
    request is an empty basket. The answer is all lines or all faults, never a mixture.
    """
    if len(requests) > LINES_MAX:
        return (LineFault(kind=LineFaultKind.TOO_MANY_LINES, found=len(requests), limit=LINES_MAX),)
    made = [_line(i, request, find, language) for i, request in enumerate(requests)]
    faults = tuple(part for part in made if isinstance(part, LineFault))
    if faults:
        return faults
    lines = tuple(part for part in made if isinstance(part, BasketLine))
    total = sum(line.gross for line in lines)
    if total > AMOUNT_MAX:
        return (LineFault(kind=LineFaultKind.TOTAL, found=total, limit=AMOUNT_MAX),)
    return lines


def _line(
    index: int, request: LineRequest, find: Callable[[str], Product | None], language: str
) -> BasketLine | LineFault:
    if not 1 <= request.quantity <= QUANTITY_MAX:
        return LineFault(kind=LineFaultKind.QUANTITY, index=index, found=request.quantity, limit=QUANTITY_MAX)
    if request.product:
        product = find(request.product)
        if product is None:
            return LineFault(kind=LineFaultKind.UNKNOWN_PRODUCT, index=index)
        made = BasketLine(
            number=index + 1,
            product_id=product.product_id,
            name=in_language(product.name, language),
            unit_price=product.unit_price,
            quantity=request.quantity,
            categories=product.categories,
            tags=product.tags,
            tax=product.tax,
        )
    elif request.amount is None:
        return LineFault(kind=LineFaultKind.NOTHING_NAMED, index=index)
    else:
        made = BasketLine(number=index + 1, name=request.name, unit_price=request.amount, quantity=request.quantity)
    # A gift with a product code costs nothing; a typed amount of nothing is a slip of the finger.
    if not (0 if made.product_id else 1) <= made.unit_price <= AMOUNT_MAX:
        return LineFault(kind=LineFaultKind.AMOUNT, index=index, found=made.unit_price, limit=AMOUNT_MAX)
    return made
