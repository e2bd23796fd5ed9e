"""The products of a shop in a document: its categories, taxes and products, written as in a price document.

So every price document (docs/reference/price.md) is a products file too; what else it says is passed over.
"""

from datetime import UTC, datetime

import msgspec

from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.documents import Form, decode
from pos_loyalty.core.price_checks import check
from pos_loyalty.core.price_request import Category, GivenProduct, GivenTax, PriceRequest
from pos_loyalty.core.price_shop import Shop
from pos_loyalty.core.products import Product

_SOME_DAY = datetime(2026, 3, 21, tzinfo=UTC)


class _ProductsFile(msgspec.Struct, frozen=True, kw_only=True):
    products: tuple[GivenProduct, ...]
    categories: tuple[Category, ...] = ()
    taxes: tuple[GivenTax, ...] = ()


def read_products(data: bytes, form: Form) -> dict[str, Product] | tuple[DocumentFault, ...]:
    """Return the products in a document by id, in its order, or everything that is wrong with them."""
    file = decode(data, form, _ProductsFile)
    if isinstance(file, tuple):
        return file
    # Neither currency nor time matter to products; the checks and the tree of categories are those of price documents.
    request = PriceRequest(
        currency="XXX", now=_SOME_DAY, products=file.products, categories=file.categories, taxes=file.taxes
    )
    return check(request) or Shop.of(request).catalogue
