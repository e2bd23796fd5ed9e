"""Kinds of program, and what each kind must have to be one.

All kinds are the same document; the kind says what is meant, so that what is missing can be said when it is read.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from pos_loyalty.core.programs.eligibility import Only
from pos_loyalty.core.programs.rewards import CheapestFree, FixedPrice, FreeItem, Pay, PerPoint, Reward
from pos_loyalty.core.programs.rules import (
    EarnOnEvent,
    EarnPerOrder,
    EarnPerUnit,
    GiveVoucher,
    LoadCard,
    PointsRule,
    Rule,
)


class Kind(StrEnum):
    """What a program is."""

    POINTS_CARD = "points_card"
    STAMP_CARD = "stamp_card"
    """Stamps for units, orders or visits."""
    PROMOTION = "promotion"
    """For everybody, by itself or by code."""
    VOUCHER = "voucher"
    NEXT_ORDER = "next_order"
    """A purchase gives a voucher for a later one."""
    BUY_X_GET_Y = "buy_x_get_y"
    GIFT_WITH_PURCHASE = "gift_with_purchase"
    GIFT_CARD = "gift_card"
    WALLET = "wallet"
    TIER = "tier"
    REFERRAL = "referral"
    OCCASION = "occasion"
    GOODWILL = "goodwill"


VOUCHER_KINDS = frozenset({Kind.VOUCHER, Kind.NEXT_ORDER, Kind.GIFT_CARD, Kind.GOODWILL})
"""Their rewards are for who holds a voucher, and use it up."""
MEMBERLESS_KINDS = frozenset(
    {Kind.PROMOTION, Kind.BUY_X_GET_Y, Kind.GIFT_WITH_PURCHASE, Kind.VOUCHER, Kind.NEXT_ORDER, Kind.GIFT_CARD}
)
"""Good for a customer who is not known, too."""


class Parts(NamedTuple):
    """The parts of a program that its kind is about."""

    account: str
    only: Only
    rules: tuple[Rule, ...]
    rewards: tuple[Reward, ...]
    has_roles: bool
    has_tiers: bool


def check_kind(kind: Kind, program: Parts) -> None:
    """Refuse a program that lacks what its kind is made of (msgspec's protocol: ValueError)."""
    pays = any(reward.cost or isinstance(reward, PerPoint) for reward in program.rewards)
    earns = any(isinstance(rule, PointsRule) for rule in program.rules)
    if (pays or earns) and not program.account:
        raise ValueError("account is missing: points are earned or spent, so say in which account")
    if any(reward.clear_all and not reward.cost for reward in program.rewards):
        raise ValueError("clear_all without a cost: say how many points there must be at least")
    if (wrong := _CHECKS.get(kind, _nothing)(program)) is not None:
        raise ValueError(f"a {kind.value} program {wrong}")


def _nothing(_: Parts) -> str | None:
    return None


def _stamp_card(program: Parts) -> str | None:
    good = all(isinstance(rule, EarnPerUnit | EarnPerOrder | EarnOnEvent) for rule in program.rules)
    return None if good else "gives stamps per unit, per order or for a visit: use per_unit, per_order or on_event"


def _free(program: Parts) -> str | None:
    costs = any(reward.cost or isinstance(reward, PerPoint) for reward in program.rewards)
    if costs or not program.rewards:
        return "needs rewards that cost no points: it has none, or one with a cost"
    return None


def _next_order(program: Parts) -> str | None:
    gives = any(isinstance(rule, GiveVoucher) and rule.happening is None for rule in program.rules)
    return _free(program) if gives else "needs a give_voucher rule: nobody would ever get the coupon"


def _buy_x_get_y(program: Parts) -> str | None:
    good = all(isinstance(reward, CheapestFree | FreeItem | FixedPrice) for reward in program.rewards)
    return _free(program) if good else "gives cheapest_free, free_item or fixed_price; make others a promotion"


def _gift(program: Parts) -> str | None:
    good = all(isinstance(reward, FreeItem) for reward in program.rewards)
    return _free(program) if good else "gives free_item rewards; make others a promotion"


def _gift_card(program: Parts) -> str | None:
    good = all(isinstance(rule, LoadCard) for rule in program.rules) and _pays_only(program)
    return None if good else "has load_card rules and one pay reward, nothing else"


def _wallet(program: Parts) -> str | None:
    if not program.account:
        return "needs an account: the money has to be somewhere"
    return None if _pays_only(program) else "has one pay reward, nothing else"


def _pays_only(program: Parts) -> bool:
    return len(program.rewards) == 1 and isinstance(program.rewards[0], Pay)


def _tier(program: Parts) -> str | None:
    return None if program.has_tiers else "needs tiers"


def _referral(program: Parts) -> str | None:
    happenings = {getattr(rule, "happening", None) for rule in program.rules}
    return None if happenings & {"referral", "referred"} else "needs a rule for the happening referral or referred"


def _occasion(program: Parts) -> str | None:
    near = program.only.occasion is not None or any(reward.only.occasion is not None for reward in program.rewards)
    return None if near else "needs only.occasion: say which occasion, and how many days around it"


def _goodwill(program: Parts) -> str | None:
    return None if program.has_roles else "needs roles: say how much an associate of each role may give"


_CHECKS: Mapping[Kind, Callable[[Parts], str | None]] = {
    Kind.STAMP_CARD: _stamp_card,
    Kind.PROMOTION: _free,
    Kind.VOUCHER: _free,
    Kind.NEXT_ORDER: _next_order,
    Kind.BUY_X_GET_Y: _buy_x_get_y,
    Kind.GIFT_WITH_PURCHASE: _gift,
    Kind.GIFT_CARD: _gift_card,
    Kind.WALLET: _wallet,
    Kind.TIER: _tier,
    Kind.REFERRAL: _referral,
    Kind.OCCASION: _occasion,
    Kind.GOODWILL: _goodwill,
}
