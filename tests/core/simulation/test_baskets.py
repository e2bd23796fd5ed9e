"""Past baskets: read from lines of JSON or from a journal, completed from the products."""

import msgspec
import pytest

from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.evaluation import MoveKind, PointsMove
from pos_loyalty.core.event_bodies import BasketCommitted, NoteWritten, SoldLine
from pos_loyalty.core.events import encode
from pos_loyalty.core.money import AMOUNT_MAX
from pos_loyalty.core.simulation import Customer, OtherEvent, PastBasket, PastLine, lines_of, read_basket
from tests.core.simulation.past import CATALOGUE, SHIRT, START, sale
from tests.support.builders import NOW, event


def test_a_line_of_json_is_a_basket() -> None:
    """The member by id or in full, or nobody."""
    for member, customer in (
        ("m1", Customer(member_id="m1")),
        ({"member_id": "m1", "tier": "gold"}, Customer(member_id="m1", tier="gold")),
        (None, None),
    ):
        past = read_basket(msgspec.json.encode(sale(member=member)))
        assert isinstance(past, PastBasket)
        assert (past.at, past.customer, past.lines) == (START, customer, (PastLine(unit_price=1_000),))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"{", "$"),
        (b"[]", "$"),
        (b'{"at": "2026-03-21T09:00:00", "lines": []}', "$.at"),
        (b'{"at": "2026-03-21T09:00:00Z", "lines": [{"quantity": 0}]}', "$.lines[0].quantity"),
        (b'{"event_id": "x", "type": "basket.committed"}', "$"),
    ],
)
def test_a_line_that_cannot_be_used_has_faults(data: bytes, path: str) -> None:
    """With a path and a message, whatever it is."""
    faults = read_basket(data)
    assert isinstance(faults, tuple)
    assert [fault.path for fault in faults] == [path]
    assert all(fault.message for fault in faults)


def test_a_product_is_completed_from_the_products_file() -> None:
    """Price, categories, tags: what the line says itself counts."""
    past = PastBasket(
        at=START,
        lines=(
            PastLine(product="shirt", quantity=2),
            PastLine(product="shirt", unit_price=5, tags=("x",), categories=()),
        ),
    )
    assert lines_of(past, CATALOGUE) == (
        BasketLine(
            number=1, product_id="shirt", unit_price=1_000, quantity=2, categories=SHIRT.categories, tags=("new",)
        ),
        BasketLine(number=2, product_id="shirt", unit_price=5, quantity=1, tags=("x",)),
    )
    fault = lines_of(PastBasket(at=START, lines=(PastLine(unit_price=1), PastLine(product="shrit"))), CATALOGUE)
    assert isinstance(fault, DocumentFault)
    assert (fault.path, fault.found, fault.nearest) == ("$.lines[1].product", '"shrit"', "shirt")
    fault = lines_of(PastBasket(at=START, lines=(PastLine(unit_price=AMOUNT_MAX, quantity=2),)), CATALOGUE)
    assert isinstance(fault, DocumentFault)
    assert (fault.path, fault.found) == ("$.lines", str(2 * AMOUNT_MAX))
    fault = lines_of(PastBasket(at=START, lines=(PastLine(unit_price=1, quantity=9_999),) * 11), CATALOGUE)
    assert isinstance(fault, DocumentFault)
    assert fault.message == '$.lines is "109989 units": expected 100000 units at most'
    fault = lines_of(PastBasket(at=START, lines=(PastLine(),)), CATALOGUE)
    assert isinstance(fault, DocumentFault)
    assert fault.path == "$.lines[0]"


def test_the_journal_of_a_till_is_read_too() -> None:
    """Of a sale what was bought (no wholly free goods) and what points were spent on; other events are no basket."""
    body = BasketCommitted(
        basket_id="b",
        currency="IRR",
        gross=300,
        discount=150,
        net=150,
        store_id="north",
        lines=(
            SoldLine(
                number=1, product_id="shirt", unit_price=100, quantity=2, gross=200, net=150, discounts={"a/b": 50}
            ),
            SoldLine(number=2, product_id="gift", unit_price=100, quantity=1, gross=100, net=0, discounts={"a/c": 100}),
            SoldLine(number=3, unit_price=0, quantity=1, gross=0, net=0),
        ),
        moves=(
            PointsMove(account="club", points=-5, kind=MoveKind.REDEMPTION, source="a@2/b"),
            PointsMove(account="club", points=3, kind=MoveKind.ACCRUAL, source="a@2/rule"),
        ),
    )
    assert read_basket(encode(event(body))) == PastBasket(
        at=NOW,
        member="m1",
        lines=(PastLine(product="shirt", quantity=2, unit_price=100), PastLine(unit_price=0)),
        store_id="north",
        claims=(Claim(reward="a/b", points=5),),
    )
    assert read_basket(encode(event(NoteWritten(text="x")))) == OtherEvent()
    newer = msgspec.structs.replace(event(body), version=99)
    assert read_basket(encode(newer)) == OtherEvent()


@pytest.mark.parametrize("at", ["1405-01-01T09:00:00+03:30", "0001-01-01T00:00:00+03:30", "9999-12-31T23:59:00-03:30"])
def test_a_basket_is_of_our_time(at: str) -> None:
    """A Jalali year is long ago, and at both ends of the calendar there is no other time zone to tell a moment in."""
    answer = read_basket(f'{{"at": "{at}", "lines": []}}'.encode())
    assert isinstance(answer, tuple)
    assert answer[0].message == f'$.at is "{at}": expected a moment in the years 1971 to 2999'
