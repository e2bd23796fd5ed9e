"""Rules: what the customer earns, be it points, a voucher or money on a card."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs.eligibility import ANYBODY, Only
from pos_loyalty.core.programs.goods import EVERYTHING, NOTHING, Goods, Needs, TaxView
from pos_loyalty.core.programs.terms import AtLeastOne, Days, Name, SomeDays, check_times


class Happening(StrEnum):
    """What else than a purchase can earn."""

    VISIT = "visit"
    FEEDBACK = "feedback"
    REFERRAL = "referral"
    """Somebody the member brought has bought for the first time."""
    REFERRED = "referred"
    """The member was brought by somebody, and has bought for the first time."""
    ENROLMENT = "enrolment"
    OCCASION = "occasion"


class Deduct(StrEnum):
    """Whether something lowers the amount that points are earned on."""

    IGNORED = "ignored"
    DEDUCTED = "deducted"


class Multiplier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Points times this, while ``only`` holds: happy hours, tiers. Of several that hold, the highest counts."""

    times: Decimal
    only: Only = ANYBODY

    def __post_init__(self) -> None:
        """Refuse a multiplier that is none (msgspec's protocol: ValueError)."""
        check_times(self.times)


class RuleBase(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every rule has."""

    rule_id: Name
    only: Only = ANYBODY
    goods: Goods = EVERYTHING
    needs: Needs = NOTHING


class PointsRule(RuleBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every rule that gives points has."""

    points: AtLeastOne
    multipliers: tuple[Multiplier, ...] = ()
    most: AtLeastOne | None = None
    """At most so many points by this rule from one basket."""
    rounding: Rounding = Rounding.DOWN


class EarnPerMoney(
    PointsRule, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="per_money"
):
    """``points`` for every ``amount`` (minor units) that is spent on the goods."""

    amount: AtLeastOne
    tax: TaxView = TaxView.INCLUDED
    own_discount: Deduct = Deduct.IGNORED
    """Whether rewards of this very program lower the amount; those of other programs always do."""
    payments: Deduct = Deduct.IGNORED
    """Whether what gift cards and wallets pay lowers the amount."""
    order_discounts: Deduct = Deduct.DEDUCTED
    """Whether the share of order-wide discounts that falls on the goods lowers the amount."""


class EarnPerUnit(
    PointsRule, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="per_unit"
):
    """``points`` for every ``units`` units of the goods that are paid for."""

    units: AtLeastOne = 1


class EarnPerOrder(
    PointsRule, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="per_order"
):
    """``points`` for a basket in which the goods are."""


class EarnOnEvent(
    PointsRule, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="on_event"
):
    """``points`` for something that is no purchase."""

    happening: Happening


class GiveVoucher(
    RuleBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="give_voucher"
):
    """A voucher of this program, for a basket in which the goods are or for something that is no purchase."""

    happening: Happening | None = None
    """Absent: for a purchase."""
    days: SomeDays | None = None
    """Good for so many days, the first included; absent: without an end."""
    after_days: Days = 0
    """Good from so many days later: a next-order coupon never pays its own order."""


class LoadCard(RuleBase, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag="load_card"):
    """Each unit of the goods that is paid for is a gift card of this program, worth its shelf price."""

    days: SomeDays | None = None


EarningRule = EarnPerMoney | EarnPerUnit | EarnPerOrder
Rule = EarningRule | EarnOnEvent | GiveVoucher | LoadCard
