"""Which goods a rule or a reward looks at, and how many of them must be paid for."""

from enum import StrEnum

import msgspec

from pos_loyalty.core.programs.terms import Count


class Goods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Products that are in one of the lists, and in none of the ``except`` lists. No list: everything.

    A category stands for all that is below it. A typed amount has no product, and is in no list.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    except_products: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    except_tags: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether every line of every basket is meant."""
        return self == EVERYTHING


EVERYTHING = Goods()


class TaxView(StrEnum):
    """Whether an amount is looked at with the tax that is in it or comes on top, or without any."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class Needs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must be paid for first. Free units do not count, and automatic discounts do not lower it."""

    quantity: Count = 0
    amount: Count = 0
    """Minor units, at shelf prices, less what discounts by code from other programs take off."""
    tax: TaxView = TaxView.INCLUDED
    goods: Goods | None = None
    """Absent: the goods of the rule or reward itself."""

    def __post_init__(self) -> None:
        """Refuse goods of which nothing is needed (msgspec's protocol: ValueError)."""
        if self.goods is not None and not (self.quantity or self.amount):
            raise ValueError("goods are named and none of them is needed: give quantity or amount")


NOTHING = Needs()
