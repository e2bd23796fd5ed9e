"""What the linter answers, and what it may know of the shop."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from pos_loyalty.core.products import Product

MONTHS_PER_YEAR = 12


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Goods are given away, or something can never work: do not publish."""
    WARNING = "warning"
    """Most likely not what was meant."""
    NOTE = "note"
    """As it should be in some shops."""


class Code(StrEnum):
    """What was found."""

    GIVEN_AWAY = "given_away"
    """Several rewards together leave nothing to pay."""
    FREE = "free"
    """One reward by itself leaves nothing to pay, and costs nothing."""
    DEEP_DISCOUNT = "deep_discount"
    """Several rewards together take off more than the shop's share."""
    CARD_FOR_LESS = "card_for_less"
    """A gift card costs less than what is on it."""
    NOT_ALL_TRIED = "not_all_tried"
    """So many programs, stores and products that not every combination was priced."""
    FREE_MONEY = "free_money"
    """Points buy more than was spent to earn them."""
    OTHER_CALENDAR = "other_calendar"
    """A date that is not Gregorian."""
    NO_CURRENCY = "no_currency"
    """No basket is in this currency."""
    OVER = "over"
    """Its time has passed."""
    NEVER_HOLDS = "never_holds"
    """Its conditions never hold together."""
    NO_SUCH_GOODS = "no_such_goods"
    """No product is among its goods, or what it needs or gives is not sold."""
    NOBODY_EARNS = "nobody_earns"
    """It costs points that nothing earns."""
    OUT_OF_REACH = "out_of_reach"
    """It costs more than a member can have at once."""
    NO_SUCH_TIER = "no_such_tier"
    TIER_OUT_OF_REACH = "tier_out_of_reach"
    TIER_SPENT_AWAY = "tier_spent_away"
    """Who spends points falls below the tier before reaching it."""
    SLOW_STOCK = "slow_stock"
    """It can only be had on what does not sell."""
    HIJRI_WINDOW = "hijri_window"
    """Too short for members with a Hijri date to have it every year."""
    EARNS_NOTHING = "earns_nothing"
    """A typical product earns no whole point."""
    ROUNDS_TO_NOTHING = "rounds_to_nothing"
    """A percentage of the cheapest product is less than the smallest coin."""
    CODE_TWICE = "code_twice"
    CODE_NO_CODE = "code_no_code"
    """Nothing is left of it, or the till takes it for something else."""
    MODES_DISAGREE = "modes_disagree"
    MODE_ALONE = "mode_alone"
    """A mode of a stacking group, and no group."""
    EXCLUSIVES_OVERLAP = "exclusives_overlap"
    """Two exclusive groups want the same basket: only one gets it."""
    NEVER_WINS = "never_wins"
    """Another discount on the order is always as good."""
    SLICES_TOO_LARGE = "slices_too_large"
    """The tills together may give more than the limit."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the shop should know. ``message`` says what to do."""

    severity: Severity
    code: Code
    programs: tuple[str, ...]
    """What it is about: ``program@version`` or ``program/reward``, in order."""
    numbers: dict[str, int] = {}
    message: str


class Habits(NamedTuple):
    """A good customer of the shop, as the owner sees them."""

    spend: int
    """Minor units in a year."""
    orders: int = 12
    """Purchases in a year."""


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What may be known of the shop. The more of it, the more is found."""

    now: datetime
    """In the zone of the store."""
    products: tuple[Product, ...] = ()
    sold: Mapping[str, int] | None = None
    """Units of each product that were sold lately, by id; absent where nobody counted."""
    habits: Habits | None = None
    share: int = 40
    """Percent of the price that rewards together may take before it is told."""
    slices: Mapping[str, int] = {}
    """``program/limit`` to what all tills together may give of it without asking."""
    country_prefix: str = "98"
