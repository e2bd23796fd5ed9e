"""Rewards: what points, vouchers or a promotion buy."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs.eligibility import ANYBODY, Only
from pos_loyalty.core.programs.goods import EVERYTHING, NOTHING, Goods, Needs
from pos_loyalty.core.programs.terms import WHOLE, AtLeastOne, Count, Name, Texts, check_percent


class Target(StrEnum):
    """What a discount is on."""

    ORDER = "order"
    """The whole basket, or what ``goods`` leaves of it. Only one such discount at a time, unless ``combines``."""
    PRODUCTS = "products"
    """Every line of the goods."""
    LINE = "line"
    """One line of the goods: the one that was asked for, else the dearest."""
    CHEAPEST = "cheapest"
    """One unit of the cheapest line of the goods."""


class Base(StrEnum):
    """What a percentage is taken of."""

    REMAINING = "remaining"
    ORIGINAL = "original"


class Take(StrEnum):
    """Which units make a set, and so which of them are its cheapest."""

    DEAREST_FIRST = "dearest_first"
    """The dearest together: best for the customer."""
    CHEAPEST_FIRST = "cheapest_first"
    """The cheapest units of all are the free ones: best for the shop."""


class RewardBase(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every reward has."""

    reward_id: Name
    name: Texts
    cost: Count = 0
    """Points of the program's account."""
    clear_all: bool = False
    """It takes the whole balance, which must be ``cost`` at least."""
    asked: bool = False
    """Only for who asks. Whatever costs points or a voucher is asked for anyway; the rest is given by itself."""
    only: Only = ANYBODY
    goods: Goods = EVERYTHING
    """What the reward is on."""
    needs: Needs = NOTHING


class DiscountBase(RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every discount has."""

    on: Target = Target.ORDER
    combines: bool = False
    """Goes together with other order-wide discounts."""
    cap: AtLeastOne | None = None
    """Minor units."""


class PercentOff(
    DiscountBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="percent_off"
):
    """``percent`` off, at most ``cap``."""

    percent: Decimal
    """Above 0, at most 100, in steps of a hundredth."""
    base: Base = Base.REMAINING
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        """Refuse a percentage that cannot be explained in whole hundredths (msgspec's protocol: ValueError)."""
        check_percent("percent", self.percent)


class FixedOff(
    DiscountBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="fixed_off"
):
    """``amount`` minor units off, never more than is left to pay."""

    amount: AtLeastOne


class PerPoint(
    DiscountBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="per_point"
):
    """``amount`` minor units off for every ``points`` points, as many as the customer chooses, in whole steps."""

    amount: AtLeastOne
    points: AtLeastOne = 1

    def __post_init__(self) -> None:
        """Refuse a cost beside the points (msgspec's protocol: ValueError)."""
        if self.cost or self.clear_all:
            raise ValueError("a per_point reward costs the points that are used: leave out cost and clear_all")


class FixedPrice(
    RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="fixed_price"
):
    """Every ``quantity`` units of the goods cost ``price`` together, where that is less."""

    price: Count
    quantity: AtLeastOne = 1
    most: AtLeastOne | None = None
    """At most so many times in one basket."""


class CheapestFree(
    RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="cheapest_free"
):
    """Of every ``of`` units of the goods, the ``free`` cheapest are free, or ``percent`` cheaper."""

    of: AtLeastOne
    free: AtLeastOne = 1
    percent: Decimal = Decimal(WHOLE)
    take: Take = Take.DEAREST_FIRST
    most: AtLeastOne | None = None
    """At most so many sets in one basket."""

    def __post_init__(self) -> None:
        """Refuse a set in which nothing is left to pay for (msgspec's protocol: ValueError)."""
        check_percent("percent", self.percent)
        if self.free > self.of or (self.free == self.of and self.percent == WHOLE):
            raise ValueError(f"free is {self.free} of {self.of}: expected fewer, or something must be left to pay")


class FreeItem(RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="free_item"):
    """``quantity`` units of the goods free. What must be bought for it is in ``needs``.

    With ``gifts`` the item comes as a line of its own and the customer chooses among them; without, units that are
    in the basket become free. A unit that is free never counts as bought.
    """

    quantity: AtLeastOne = 1
    gifts: tuple[str, ...] = ()
    """Product ids to choose from."""
    repeats: bool = False
    """Again for every further time that ``needs`` is met."""
    most: AtLeastOne | None = None
    """At most so many times in one basket."""

    def __post_init__(self) -> None:
        """Refuse a free item that would need nothing for ever (msgspec's protocol: ValueError)."""
        if self.repeats and not (self.needs.quantity or self.needs.amount):
            raise ValueError("repeats is set and nothing is needed: give needs.quantity or needs.amount")


class Pay(RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="pay"):
    """Money on a gift card or in a wallet pays, after all discounts and taxes. It lowers neither."""

    amount: AtLeastOne = 1
    """Minor units for every ``points`` of the account; a gift card always pays its own minor units."""
    points: AtLeastOne = 1

    def __post_init__(self) -> None:
        """Refuse what a payment would pass over (msgspec's protocol: ValueError)."""
        if self.cost or self.clear_all or self.needs != NOTHING or not self.goods.everything:
            raise ValueError("a pay reward pays for the whole basket: leave out cost, clear_all, goods and needs")


class Perk(RewardBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="perk"):
    """A service: said on the screen, not reckoned."""


Discount = PercentOff | FixedOff | PerPoint
UnitOffer = FixedPrice | CheapestFree | FreeItem
Reward = Discount | UnitOffer | Pay | Perk
