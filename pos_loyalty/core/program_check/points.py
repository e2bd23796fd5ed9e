"""Points: what they cost the customer, what they buy, and whether anybody can have so many."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from pos_loyalty.core.money import Rounding
from pos_loyalty.core.program_check.findings import MONTHS_PER_YEAR, Code, Finding, Habits, Severity, Shop
from pos_loyalty.core.program_check.goods import Catalogue
from pos_loyalty.core.programs import (
    EarnPerMoney,
    EarnPerOrder,
    EarnPerUnit,
    FixedOff,
    FreeItem,
    Goods,
    Kind,
    Pay,
    PercentOff,
    PerPoint,
    PointsRule,
    Program,
    Reward,
    reward_key,
)
from pos_loyalty.core.tiering import TierBy, Tiering, TierMeasure, TierPeriod

_ALL = 100
_FILLED_BY_HAND = (Kind.WALLET, Kind.GIFT_CARD)
"""Money is paid into them; no rule need earn it."""


class _Source(NamedTuple):
    """One rule that fills an account."""

    program: Program
    rule: PointsRule


def check_points(programs: Sequence[Program], shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what is wrong between earning and spending, account by account."""
    sources = [_Source(program, rule) for program in programs for rule in program.rules if isinstance(rule, PointsRule)]
    for program in programs:
        feeding = [source for source in sources if source.program.account == program.account]
        for reward in program.rewards:
            yield from _check_reward(program, reward, feeding, shop, catalogue)
        if program.tiers and program.tiering:
            yield from _check_tiers(program, program.tiering, feeding, shop)
            yield from _check_spending(program, program.tiering, programs)
    for source in sources:
        yield from _check_rounding(source, catalogue)


def _check_reward(
    program: Program, reward: Reward, feeding: Sequence[_Source], shop: Shop, catalogue: Catalogue
) -> Iterator[Finding]:
    least, key = _least(reward), reward_key(program, reward)
    if not least:
        return
    if not feeding:
        if program.kind not in _FILLED_BY_HAND:
            yield Finding(
                severity=Severity.ERROR,
                code=Code.NOBODY_EARNS,
                programs=(key,),
                numbers={"cost": least},
                message=f"{key} costs {least} of account {program.account} and no rule earns any: "
                "add a rule, or write the account of the program that earns",
            )
        return
    if shop.habits is not None and program.kind not in _FILLED_BY_HAND:
        most = sum(_earned(source, shop.habits, _months_alive(source.program)) for source in feeding)
        if most < least:
            yield _out_of_reach(key, least, most)
    percent = int(_rate(feeding, catalogue) * _worth(reward, catalogue) * _ALL)
    if percent >= _ALL:
        yield Finding(
            severity=Severity.ERROR,
            code=Code.FREE_MONEY,
            programs=(key,),
            numbers={"percent": percent},
            message=f"{key} gives back {percent} % of what must be spent for its points: "
            "raise its cost, or the amount of the rule",
        )


def _out_of_reach(key: str, cost: int, most: int) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        code=Code.OUT_OF_REACH,
        programs=(key,),
        numbers={"cost": cost, "most": most},
        message=f"{key} costs {cost} and a good customer has {most} at most before they expire or a year is over: "
        "lower the cost, or let points live longer",
    )


def _least(reward: Reward) -> int:
    """Return the fewest points with which something can be had."""
    return reward.points if isinstance(reward, PerPoint | Pay) else reward.cost


def _worth(reward: Reward, catalogue: Catalogue) -> Fraction:
    """Return the most minor units that one point can be worth; 0 where only the basket can tell."""
    match reward:
        case PerPoint() | Pay():
            return Fraction(reward.amount, reward.points)
        case FixedOff():
            return Fraction(reward.amount, reward.cost)
        # Less than all of a price is never free: whoever has the cap off pays the rest of a larger basket.
        case PercentOff() if reward.cap and reward.percent == _ALL:
            return Fraction(reward.cap, reward.cost)
        case FreeItem() if catalogue.known:
            chosen = Goods(products=reward.gifts) if reward.gifts else reward.goods
            dearest = max((product.unit_price for product in catalogue.matching(chosen)), default=0)
            return Fraction(dearest * reward.quantity, reward.cost)
    return Fraction(0)


def _rate(feeding: Sequence[_Source], catalogue: Catalogue) -> Fraction:
    """Return the points for one minor unit at best: of all rules by money, and of the best of the others."""
    by_money = [source.rule for source in feeding if isinstance(source.rule, EarnPerMoney)]
    others = [_per_step(source.rule, catalogue) for source in feeding if not isinstance(source.rule, EarnPerMoney)]
    return sum(
        (Fraction(rule.points, rule.amount) * _times(rule) for rule in by_money), max(others, default=Fraction(0))
    )


def _per_step(rule: PointsRule, catalogue: Catalogue) -> Fraction:
    """Return the points for one minor unit of a rule by units or orders: its step is of the cheapest goods."""
    prices = [product.unit_price for product in catalogue.matching(rule.goods) if product.unit_price]
    if not catalogue.known or not prices:
        return Fraction(0)
    match rule:
        case EarnPerUnit():
            step = rule.units * min(prices)
        case EarnPerOrder():
            step = max(rule.needs.amount, min(prices))
        case _:
            return Fraction(0)
    return rule.points * _times(rule) / step


def _times(rule: PointsRule) -> Fraction:
    return max((Fraction(multiplier.times) for multiplier in rule.multipliers), default=Fraction(1))


def _months_alive(program: Program) -> int:
    """Return for how many months points add up, a year where they never expire."""
    return program.expiry.months or MONTHS_PER_YEAR


def _earned(source: _Source, habits: Habits, months: int) -> int:
    """Return the most points a good customer gets out of a rule in so many months."""
    rule, times = source.rule, _times(source.rule)
    match rule:
        case EarnPerMoney():
            whole = Fraction(habits.spend * rule.points, rule.amount)
        case EarnPerUnit():
            # How many units fit into a purchase nobody knows; one of each order is what a stamp card counts on.
            whole = Fraction(habits.orders * rule.points, rule.units)
        case _:
            whole = Fraction(habits.orders * rule.points)
    most = whole * times * months / MONTHS_PER_YEAR
    return int(min(most, rule.most * habits.orders * Fraction(months, MONTHS_PER_YEAR)) if rule.most else most)


def _check_tiers(program: Program, tiering: Tiering, feeding: Sequence[_Source], shop: Shop) -> Iterator[Finding]:
    """Compare the tiers with what a good customer collects in their period."""
    by_points = tiering.by is TierBy.POINTS
    months = tiering.months or MONTHS_PER_YEAR
    most: int | None = None
    if by_points and not feeding:
        most = 0
    elif shop.habits is not None and tiering.period is not TierPeriod.EVER:
        yearly = sum(_earned(source, shop.habits, months) for source in feeding)
        most = yearly if by_points else shop.habits.spend * months // MONTHS_PER_YEAR
    for tier in program.tiers:
        if most is not None and tier.at > most:
            yield Finding(
                severity=Severity.WARNING,
                code=Code.TIER_OUT_OF_REACH,
                programs=(program.stamp,),
                numbers={"at": tier.at, "most": most},
                message=f"tier {tier.tier_id} of {program.stamp} begins at {tier.at} and a good customer collects "
                f"{most} in its period: begin lower, or count a longer period",
            )


def _check_spending(program: Program, tiering: Tiering, programs: Sequence[Program]) -> Iterator[Finding]:
    """Look for tiers by balance that members miss because they spend."""
    if tiering.measure is not TierMeasure.BALANCE:
        return
    rewards = {
        reward_key(other, reward): _least(reward)
        for other in programs
        for reward in other.rewards
        if other.account == program.account and _least(reward)
    }
    for tier in program.tiers:
        tempting = sorted(key for key, cost in rewards.items() if cost <= tier.at)
        if tempting:
            yield Finding(
                severity=Severity.WARNING,
                code=Code.TIER_SPENT_AWAY,
                programs=(program.stamp, *tempting),
                numbers={"at": tier.at},
                message=f"tier {tier.tier_id} of {program.stamp} needs a balance of {tier.at}, and who spends on "
                f"{tempting[0]} never has it: measure what is collected instead",
            )


def _check_rounding(source: _Source, catalogue: Catalogue) -> Iterator[Finding]:
    rule = source.rule
    if not isinstance(rule, EarnPerMoney) or rule.rounding is Rounding.UP or not catalogue.known:
        return
    prices = sorted(product.unit_price for product in catalogue.matching(rule.goods) if product.unit_price)
    if prices and prices[len(prices) // 2] * rule.points < rule.amount:
        name = f"{source.program.program_id}/{rule.rule_id}"
        yield Finding(
            severity=Severity.WARNING,
            code=Code.EARNS_NOTHING,
            programs=(name,),
            numbers={"amount": rule.amount, "price": prices[len(prices) // 2]},
            message=f"{name} gives {rule.points} for every {rule.amount} and half of its goods cost less than one "
            "point: lower the amount, so that every purchase counts",
        )
