"""Requested lines become basket lines, or every reason why they cannot."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.basket import (
    LINES_MAX,
    QUANTITY_MAX,
    BasketStatus,
    LineFault,
    LineFaultKind,
    LineRequest,
    compose,
)
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.products import Product, in_language
from tests.support.builders import basket_of

PRODUCTS = {
    product.product_id: product
    for product in (
        Product(product_id="shirt", codes=("626",), name={"en": "Shirt", "fa": "پیراهن"}, unit_price=18_500_000),
        Product(product_id="bag", codes=(), name={"en": "Paper bag"}, unit_price=0),
        Product(product_id="deposit", codes=(), name={"en": "Deposit back"}, unit_price=-500),
        Product(product_id="palace", codes=(), name={"en": "Palace"}, unit_price=AMOUNT_MAX + 1),
    )
}
ANY_INT = st.integers(-(2**80), 2**80) | st.integers(0, 3)
REQUESTS = st.builds(
    LineRequest, product=st.sampled_from(["", *PRODUCTS, "?"]), amount=st.none() | ANY_INT, quantity=ANY_INT
)


def typed(amount: int | None, quantity: int = 1) -> LineRequest:
    """Return a request for a typed amount."""
    return LineRequest(amount=amount, quantity=quantity)


def fault_of(*requests: LineRequest) -> LineFault:
    """Return the one fault of these requests."""
    (fault,) = compose(requests, PRODUCTS.get, "fa")
    assert isinstance(fault, LineFault)
    return fault


def test_products_and_typed_amounts_become_numbered_lines() -> None:
    """Lines count from 1, take price and name from the product, and multiply."""
    wanted = (LineRequest(product="shirt", quantity=2), LineRequest(amount=5_000, name="تعمیر"))
    lines = compose(wanted, PRODUCTS.get, "fa")
    assert msgspec.to_builtins(lines) == (
        {"number": 1, "product_id": "shirt", "name": "پیراهن", "unit_price": 18_500_000, "quantity": 2},
        {"number": 2, "name": "تعمیر", "unit_price": 5_000, "quantity": 1},
    )


def test_nothing_asked_is_an_empty_basket() -> None:
    """A basket may be emptied."""
    assert compose((), PRODUCTS.get, "fa") == ()


@pytest.mark.parametrize("quantity", [0, -1, QUANTITY_MAX + 1, 2**63, -(2**63)])
def test_a_quantity_is_from_one_to_the_limit(quantity: int) -> None:
    """Zero, negative and huge quantities are refused with what was found and what is allowed."""
    expected = LineFault(kind=LineFaultKind.QUANTITY, index=0, found=quantity, limit=9_999)
    assert fault_of(typed(100, quantity)) == expected
    assert fault_of(LineRequest(product="shirt", quantity=quantity)) == expected


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1, 2**63])
def test_a_typed_amount_is_from_one_to_the_limit(amount: int) -> None:
    """Zero, negative and huge amounts are refused with what was found and what is allowed."""
    assert fault_of(typed(amount)) == LineFault(
        kind=LineFaultKind.AMOUNT, index=0, found=amount, limit=1_000_000_000_000_000
    )


@pytest.mark.parametrize(("product", "price"), [("deposit", -500), ("palace", AMOUNT_MAX + 1)])
def test_a_product_whose_price_cannot_be_sold_is_refused_alone(product: str, price: int) -> None:
    """A wrong price in the master data stops its line, not the till."""
    assert fault_of(LineRequest(product=product)) == LineFault(
        kind=LineFaultKind.AMOUNT, index=0, found=price, limit=AMOUNT_MAX
    )


def test_a_product_may_cost_nothing() -> None:
    """A gift has a code, a name and no price."""
    (line,) = compose((LineRequest(product="bag", quantity=3),), PRODUCTS.get, "fa")
    assert not isinstance(line, LineFault)
    assert (line.name, line.gross) == ("Paper bag", 0)


def test_an_unknown_product_and_an_empty_request_say_so() -> None:
    """A code nobody has, and a line that names nothing, are different faults."""
    assert fault_of(LineRequest(product="?")) == LineFault(kind=LineFaultKind.UNKNOWN_PRODUCT, index=0)
    assert fault_of(typed(None)) == LineFault(kind=LineFaultKind.NOTHING_NAMED, index=0)


def test_every_bad_line_is_named_at_once() -> None:
    """The register hears about all faults, each with its line, and gets no line back."""
    faults = compose((typed(0), typed(5), LineRequest(product="?"), typed(5, 0)), PRODUCTS.get, "fa")
    assert [(fault.kind, fault.index) for fault in faults if isinstance(fault, LineFault)] == [
        (LineFaultKind.AMOUNT, 0),
        (LineFaultKind.UNKNOWN_PRODUCT, 2),
        (LineFaultKind.QUANTITY, 3),
    ]
    assert len(faults) == 3


def test_five_hundred_lines_fit_and_one_more_does_not() -> None:
    """The limit is on the basket as a whole."""
    assert len(compose((typed(1),) * LINES_MAX, PRODUCTS.get, "fa")) == 500
    assert fault_of(*(typed(1),) * 501) == LineFault(kind=LineFaultKind.TOO_MANY_LINES, found=501, limit=500)


def test_a_total_reaches_the_limit_and_not_a_unit_more() -> None:
    """Totals are reckoned exactly, far beyond 64 bits, before they are refused."""
    assert len(compose((typed(AMOUNT_MAX - 1), typed(1)), PRODUCTS.get, "fa")) == 2
    assert fault_of(typed(AMOUNT_MAX), typed(1)) == LineFault(
        kind=LineFaultKind.TOTAL, found=AMOUNT_MAX + 1, limit=AMOUNT_MAX
    )
    huge = fault_of(*(typed(AMOUNT_MAX, QUANTITY_MAX),) * LINES_MAX)
    assert huge.found == AMOUNT_MAX * QUANTITY_MAX * LINES_MAX > 2**64
    assert msgspec.json.decode(msgspec.json.encode(huge), type=LineFault) == huge


@given(st.lists(REQUESTS, max_size=6))
def test_lines_or_faults_and_never_both(requests: list[LineRequest]) -> None:
    """Whatever is asked, the answer is whole, and sold lines are within every limit."""
    made = compose(requests, PRODUCTS.get, "ar")
    faults = [part for part in made if isinstance(part, LineFault)]
    lines = [part for part in made if not isinstance(part, LineFault)]
    assert not (faults and lines)
    assert faults or len(lines) == len(requests)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert all(line.gross >= 0 for line in lines)
    assert sum(line.gross for line in lines) <= AMOUNT_MAX


def test_only_open_and_priced_baskets_may_change() -> None:
    """What was sold or given up is history."""
    live = {status for status in BasketStatus if msgspec.structs.replace(basket_of(), status=status).live}
    assert live == {BasketStatus.OPEN, BasketStatus.PRICED}


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"fa": "پیراهن", "en": "Shirt"}, "fa", "پیراهن"),
        ({"fa": "پیراهن", "en": "Shirt"}, "ar", "Shirt"),
        ({"fa": "", "en": "Shirt"}, "fa", "Shirt"),
        ({"fa": "پیراهن"}, "ar", "پیراهن"),
        ({}, "ar", ""),
    ],
)
def test_a_text_is_said_in_the_nearest_language(texts: dict[str, str], language: str, expected: str) -> None:
    """The language asked for, else English, else whatever there is."""
    assert in_language(texts, language) == expected
