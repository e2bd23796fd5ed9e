"""The goods of a basket, as pricing looks at them: by line, and by what they are."""

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.programs import Goods, TaxView
from pos_loyalty.core.taxes import Tax


class Shelf:
    """The lines of one basket. It never changes; lines are named by their index, from 0."""

    __slots__ = ("_by_category", "_by_product", "_by_tag", "_reach", "bought", "every", "gross", "lines", "quantity",
                 "tax_group", "taxed", "taxes", "unit")  # fmt: skip

    def __init__(self, basket: Basket) -> None:
        self.lines: tuple[BasketLine, ...] = basket.lines
        self.gross = [line.unit_price * line.quantity for line in basket.lines]
        self.unit = [line.unit_price for line in basket.lines]
        self.quantity = [line.quantity for line in basket.lines]
        self.bought = [line.quantity if line.unit_price else 0 for line in basket.lines]
        """What costs nothing was not bought."""
        groups: dict[Tax, int] = {}
        self.tax_group = [
            None if line.tax is None else groups.setdefault(line.tax, len(groups)) for line in basket.lines
        ]
        """Index of the tax of each line among ``taxes``."""
        self.taxes = tuple(groups)
        self.taxed = [
            price if line.tax is None else line.tax.seen(price, 1, TaxView.INCLUDED)
            for price, line in zip(self.unit, basket.lines, strict=True)
        ]
        """What one unit costs on the shelf with its tax: by that units are cheap or dear."""
        self.every = tuple(range(len(basket.lines)))
        self._by_product: dict[str, list[int]] = {}
        self._by_category: dict[str, list[int]] = {}
        self._by_tag: dict[str, list[int]] = {}
        self._reach: dict[int, tuple[int, ...]] = {}
        for i, line in enumerate(basket.lines):
            if line.product_id:
                self._by_product.setdefault(line.product_id, []).append(i)
            for category in line.categories:
                self._by_category.setdefault(category, []).append(i)
            for tag in line.tags:
                self._by_tag.setdefault(tag, []).append(i)

    def reach(self, goods: Goods) -> tuple[int, ...]:
        """Return the lines that are ``goods``, in order."""
        # By identity: programs are kept for many baskets, and hashing six tuples costs more than the look-up.
        found = self._reach.get(id(goods))
        if found is None:
            found = self._reach[id(goods)] = self._find(goods)
        return found

    def _find(self, goods: Goods) -> tuple[int, ...]:
        if goods.products or goods.categories or goods.tags:
            wanted = self._listed(goods.products, goods.categories, goods.tags)
        else:
            wanted = set(self.every)
        unwanted = self._listed(goods.except_products, goods.except_categories, goods.except_tags)
        if not unwanted and len(wanted) == len(self.every):
            return self.every
        return tuple(sorted(wanted - unwanted))

    def _listed(self, products: tuple[str, ...], categories: tuple[str, ...], tags: tuple[str, ...]) -> set[int]:
        found: set[int] = set()
        for names, index in (
            (products, self._by_product),
            (categories, self._by_category),
            (tags, self._by_tag),
        ):
            for name in names:
                found.update(index.get(name, ()))
        return found

    def amount(self, i: int, units: int, view: TaxView, less: int = 0) -> int:
        """Return what ``units`` units of line ``i`` cost, ``less`` below the shelf price, with their tax or without.

        Where ``less`` was taken off units that are free meanwhile, they cost nothing.
        """
        price, tax = max(0, self.unit[i] * units - less), self.lines[i].tax
        return price if tax is None else tax.seen(price, units, view)
