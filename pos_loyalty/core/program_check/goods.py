"""Which products a program means; where none are known, one is made up for everything it names."""

from collections.abc import Iterable, Iterator

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.products import Product
from pos_loyalty.core.program_check.findings import Shop
from pos_loyalty.core.programs import Goods, Program

_PRICE = 10**9
"""Of a product that was made up: so dear that only percentages tell."""


def line_of(product: Product, number: int, quantity: int = 1) -> BasketLine:
    """Return a line of one product."""
    return BasketLine(
        number=number,
        product_id=product.product_id,
        unit_price=product.unit_price,
        quantity=quantity,
        categories=product.categories,
        tags=product.tags,
        tax=product.tax,
    )


class Catalogue:
    """The products of the shop, by the goods of its programs."""

    def __init__(self, shop: Shop, programs: Iterable[Program]) -> None:
        self.known = bool(shop.products)
        self.mentions = tuple(dict.fromkeys(goods for program in programs for goods in mentioned(program)))
        self.products = shop.products or tuple(_made_up(self.mentions))
        lines = tuple(line_of(product, number) for number, product in enumerate(self.products, 1))
        self._shelf = Shelf(Basket(basket_id="", currency="", opened_at=shop.now, lines=lines))

    def matching(self, goods: Goods) -> list[Product]:
        """Return the products that ``goods`` are, in the order of the shop."""
        return [self.products[index] for index in self._shelf.reach(goods)]

    def typical(self) -> Iterator[Product]:
        """Yield the cheapest and the dearest of the products that all programs treat alike, if they have a price."""
        alike: dict[object, list[Product]] = {}
        for index, product in enumerate(self.products):
            if product.unit_price:
                signature = tuple(index in self._shelf.reach(goods) for goods in self.mentions)
                alike.setdefault((signature, product.tax), []).append(product)
        for products in alike.values():
            ordered = sorted(products, key=lambda product: (product.unit_price, product.product_id))
            yield ordered[0]
            yield from ordered[1:][-1:]


def mentioned(program: Program) -> Iterator[Goods]:
    """Yield all goods that a program speaks of."""
    for part in (*program.rules, *program.rewards):
        yield part.goods
        if part.needs.goods is not None:
            yield part.needs.goods


def _made_up(mentions: Iterable[Goods]) -> Iterator[Product]:
    """Yield a product for each name that is mentioned, and one that nobody names."""
    yield Product(product_id="", codes=(), name={}, unit_price=_PRICE)
    for goods in mentions:
        for product_id in goods.products:
            yield Product(product_id=product_id, codes=(), name={}, unit_price=_PRICE)
        for category in goods.categories:
            yield Product(product_id=f"any {category}", codes=(), name={}, unit_price=_PRICE, category=category)
        for tag in goods.tags:
            yield Product(product_id=f"any {tag}", codes=(), name={}, unit_price=_PRICE, tags=(tag,))
