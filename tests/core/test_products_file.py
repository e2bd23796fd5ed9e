"""A products file is what a price document says of products."""

import pytest

from pos_loyalty.core.documents import Form
from pos_loyalty.core.products_file import read_products

FILE = b"""
currency = "IRR"
[[categories]]
category_id = "clothes"
[[categories]]
category_id = "shirts"
parent = "clothes"
[[taxes]]
tax_id = "vat"
percent = 9
[[products]]
product_id = "shirt"
unit_price = 18_500_000
category = "shirts"
tax = "vat"
"""


def test_products_know_their_categories_and_taxes() -> None:
    """The tree is walked up, the tax is found; what the file says besides is passed over."""
    products = read_products(FILE, Form.TOML)
    assert isinstance(products, dict)
    assert list(products) == ["shirt"]
    assert products["shirt"].categories == ("shirts", "clothes")
    assert products["shirt"].tax is not None


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"{}", "$.products"),
        (b'{"products": [{"product_id": "a", "unit_price": -1}]}', "$.products[0].unit_price"),
        (b'{"products": [{"product_id": "a", "unit_price": 1, "category": "x"}]}', "$.products[0].category"),
        (b"[", "$"),
    ],
)
def test_products_that_cannot_be_are_faults(data: bytes, path: str) -> None:
    """Missing, out of range, in a category that is not there, no JSON."""
    faults = read_products(data, Form.JSON)
    assert isinstance(faults, tuple)
    assert [fault.path for fault in faults] == [path]
