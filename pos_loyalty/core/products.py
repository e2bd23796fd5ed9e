"""Products as the till needs them: a code, a name in the shop's languages, a price."""

from collections.abc import Mapping

import msgspec

from pos_loyalty.core.taxes import Tax


class Product(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One article of the shop. ``unit_price`` is in minor units of the shop's currency."""

    product_id: str
    codes: tuple[str, ...]
    """Codes that name it, in the normal form of :func:`~pos_loyalty.core.identifiers.normal_code`."""
    name: dict[str, str]
    """Language to name."""
    unit_price: int
    category: str = ""
    """The nearest one."""
    above: tuple[str, ...] = ()
    """The categories that hold it, nearest first: how the tree was when the product was published."""
    tags: tuple[str, ...] = ()
    tax: Tax | None = None

    @property
    def categories(self) -> tuple[str, ...]:
        """Its category and all that are above it."""
        return (self.category, *self.above) if self.category else ()


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text in ``language``, else in English, else in whatever language there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
