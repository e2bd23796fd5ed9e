"""Baskets of the past, one JSON document a line: what was sold, when and to whom. Prices are worked out anew.

docs/howto/check-programs.md has an example. The events of a till's journal are read as well, those of sales only.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from pos_loyalty.core.basket import QUANTITY_MAX, BasketLine
from pos_loyalty.core.claims import Claim, Claims
from pos_loyalty.core.document_faults import ROOT, DocumentFault, unfit
from pos_loyalty.core.document_shapes import fit
from pos_loyalty.core.documents import Form, parse
from pos_loyalty.core.evaluation import MoveKind
from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.events import Event, body_of, decode
from pos_loyalty.core.members import Occasion
from pos_loyalty.core.moments import Moment
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.price_checks import UNITS_MAX, YEARS
from pos_loyalty.core.products import Product
from pos_loyalty.core.taxes import Tax

LINES_MAX = 1_000
_SALE = "basket.committed"


class Customer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A member, as the shop knew them on that day."""

    member_id: str
    tier: str = ""
    segments: tuple[str, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    balances: Mapping[str, int] = {}
    """Account to points. It counts in the first basket of the member; from then on points are reckoned."""
    purchase_count: int = 0
    """The same."""


class PastLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A product and how many. What is left out is as in the products file."""

    product: str = ""
    """Product id; empty for an amount that was typed."""
    quantity: Annotated[int, msgspec.Meta(ge=1, le=QUANTITY_MAX)] = 1
    unit_price: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] | None = None
    """Minor units."""
    categories: tuple[str, ...] | None = None
    """Its category and all above it."""
    tags: tuple[str, ...] | None = None
    tax: Tax | None = None


class PastBasket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One sale of the past."""

    at: Moment
    member: str | Customer | None = None
    """The member, or only the id; absent for a customer who is not known."""
    lines: Annotated[tuple[PastLine, ...], msgspec.Meta(max_length=LINES_MAX)]
    store_id: str = ""
    channel: str = ""
    codes: tuple[str, ...] = ()
    claims: Claims = ()
    """What the customer asked for; a claim that a program does not know is passed over."""

    @property
    def customer(self) -> Customer | None:
        """Return the member in full."""
        return Customer(member_id=self.member) if isinstance(self.member, str) else self.member


class OtherEvent(msgspec.Struct, frozen=True):
    """An event that is no sale."""


def read_basket(data: bytes, line: int = 1) -> PastBasket | OtherEvent | tuple[DocumentFault, ...]:
    """Return the basket in one line of a file, the line with this number, or everything that is wrong with it."""
    tree = parse(data, Form.JSON, line)
    if isinstance(tree, tuple):
        return tree
    past = _of_tree(tree, data)
    if isinstance(past, PastBasket) and past.at.year not in YEARS:
        # A Jalali date, mostly; the first and last years also have moments that no zone can tell.
        expected = f"a moment in the years {YEARS.start} to {YEARS.stop - 1}"
        return (unfit("$.at", past.at.isoformat(), expected),)
    return past


def _of_tree(tree: object, data: bytes) -> PastBasket | OtherEvent | tuple[DocumentFault, ...]:
    if not isinstance(tree, dict) or "event_id" not in tree:
        return fit(tree, PastBasket)
    if tree.get("type") != _SALE:
        return OtherEvent()
    try:
        event = decode(data)
        body = body_of(event)
    except msgspec.DecodeError as error:
        return (DocumentFault(path=ROOT, message=f"$: this is no event of a sale: {error}; export it again"),)
    return _of_event(event, body) if isinstance(body, BasketCommitted) else OtherEvent()


def lines_of(basket: PastBasket, catalogue: Mapping[str, Product]) -> tuple[BasketLine, ...] | DocumentFault:
    """Return the lines of ``basket``, completed from the catalogue, or the first that has no price."""
    made: list[BasketLine] = []
    for number, line in enumerate(basket.lines, 1):
        product = catalogue.get(line.product)
        price = line.unit_price if line.unit_price is not None else product.unit_price if product else None
        if price is None:
            path = f"$.lines[{number - 1}]"
            expected = "a unit_price, or a product of the products file"
            return (
                unfit(f"{path}.product", line.product, expected, catalogue)
                if line.product
                else DocumentFault(path=path, expected=expected, message=f"{path}: expected {expected}; add one")
            )
        made.append(
            BasketLine(
                number=number,
                product_id=line.product,
                unit_price=price,
                quantity=line.quantity,
                categories=_first(line.categories, product.categories if product else ()),
                tags=_first(line.tags, product.tags if product else ()),
                tax=line.tax or (product.tax if product else None),
            )
        )
    total, units = sum(line.unit_price * line.quantity for line in made), sum(line.quantity for line in made)
    if total > AMOUNT_MAX:
        return unfit("$.lines", total, f"lines that come to {AMOUNT_MAX} at most")
    return tuple(made) if units <= UNITS_MAX else unfit("$.lines", f"{units} units", f"{UNITS_MAX} units at most")


def _first(said: tuple[str, ...] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    return known if said is None else said


def _of_event(event: Event, body: BasketCommitted) -> PastBasket:
    """Return what was sold, without the units that were gifts: whether they are is what is worked out."""
    return PastBasket(
        at=event.occurred_at,
        member=event.member_id,
        lines=tuple(
            PastLine(product=line.product_id, quantity=line.quantity, unit_price=line.unit_price)
            for line in body.lines
            if line.net or not line.discounts
        ),
        store_id=body.store_id,
        claims=tuple(_claims(body)),
    )


def _claims(body: BasketCommitted) -> Sequence[Claim]:
    """Return a claim for each reward that points were spent on."""
    return [
        Claim(reward=_reward(move.source), points=-move.points)
        for move in body.moves
        if move.kind is MoveKind.REDEMPTION and move.points < 0
    ]


def _reward(source: str) -> str:
    """Return the reward that ``program@version/reward`` is a version of."""
    stamp, _, reward = source.partition("/")
    return f"{stamp.partition('@')[0]}/{reward}"
