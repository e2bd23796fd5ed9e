"""The shop of a price document, put together. The document has been checked: here every name leads somewhere."""

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.basket import BasketLine
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.price_checks import above, find, sellable, unit_price
from pos_loyalty.core.price_request import GivenBasket, GivenLine, GivenMember, GivenProduct, GivenVoucher, PriceRequest
from pos_loyalty.core.products import Product, in_language
from pos_loyalty.core.programs import ProgramSet
from pos_loyalty.core.vouchers import Voucher


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change from step to step."""

    programs: ProgramSet
    catalogue: dict[str, Product]
    """By id."""
    named: dict[str, GivenProduct]
    """By whatever a line may call it."""

    @classmethod
    def of(cls, request: PriceRequest) -> "Shop":
        """Return the shop of ``request``."""
        parents = {category.category_id: category.parent for category in request.categories}
        taxes = {tax.tax_id: tax for tax in request.taxes}
        catalogue = {
            product.product_id: Product(
                product_id=product.product_id,
                codes=tuple(normal_code(code) for code in product.codes),
                name=product.name,
                unit_price=product.unit_price,
                category=product.category,
                above=above(product.category, parents),
                tags=product.tags,
                tax=taxes.get(product.tax),
            )
            for product in request.products
        }
        return cls(programs=ProgramSet(request.programs), catalogue=catalogue, named=sellable(request))

    def lines(self, basket: GivenBasket, language: str = "") -> tuple[BasketLine, ...]:
        """Return the lines of ``basket``, numbered from 1, named in ``language`` if the products are."""
        return tuple(self._line(number, line, language) for number, line in enumerate(basket.lines, 1))

    def _line(self, number: int, line: GivenLine, language: str) -> BasketLine:
        given = find(line.product, self.named)
        if given is None:
            return BasketLine(number=number, name=line.name, unit_price=line.amount or 0, quantity=line.quantity)
        product = self.catalogue[given.product_id]
        return BasketLine(
            number=number,
            product_id=product.product_id,
            name=line.name or in_language(product.name, language) or product.product_id,
            unit_price=unit_price(line, given),
            quantity=line.quantity,
            categories=product.categories,
            tags=product.tags,
            tax=product.tax,
        )


def vouchers_of(given: tuple[GivenVoucher, ...], member: GivenMember | None = None) -> tuple[Voucher, ...]:
    """Return vouchers under the form of their codes that is looked up; those of a member belong to nobody else."""
    owner = {"member_id": member.member_id} if member else {}
    return tuple(replace(voucher, code=normal_code(voucher.code), **owner) for voucher in given)
