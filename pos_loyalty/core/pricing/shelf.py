"""The goods of a basket, as pricing looks at them: by line, and by what they are."""

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.programs import Goods, TaxView


class Shelf:
    """The lines of one basket. It never changes; lines are named by their index, from 0."""

    __slots__ = ("_by_category", "_by_product", "_by_tag", "_reach", "every", "gross", "lines", "quantity", "unit")

    def __init__(self, basket: Basket) -> None:
        self.lines: tuple[BasketLine, ...] = basket.lines
        self.gross = [line.unit_price * line.quantity for line in basket.lines]
        self.unit = [line.unit_price for line in basket.lines]
        self.quantity = [line.quantity for line in basket.lines]
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

    def amount(self, i: int, units: int, view: TaxView) -> int:
        """Return what ``units`` units of line ``i`` cost on the shelf, with their tax or without."""
        price, tax = self.unit[i] * units, self.lines[i].tax
        if tax is None:
            return price
        if view is TaxView.EXCLUDED:
            return price - round_ratio(price * tax.ratio[0], tax.ratio[1], Rounding.HALF_UP) if tax.included else price
        if tax.included:
            return price + tax.per_unit * units
        return price + round_ratio(price * tax.ratio[0], tax.ratio[1], Rounding.HALF_UP) + tax.per_unit * units
