"""Rules and rewards that nobody can have: never in force, on goods that are not sold, for tiers that do not exist."""

from collections.abc import Iterator, Sequence

from pos_loyalty.core.document_faults import did_you_mean, nearest
from pos_loyalty.core.money import round_ratio
from pos_loyalty.core.program_check.findings import Code, Finding, Severity, Shop
from pos_loyalty.core.program_check.goods import Catalogue
from pos_loyalty.core.program_check.times import in_force, meeting
from pos_loyalty.core.programs import (
    HUNDREDTHS,
    FreeItem,
    Goods,
    Only,
    PercentOff,
    PointsRule,
    Program,
    Reward,
    Rule,
    hundredths,
)
from pos_loyalty.core.windows import is_over

HIJRI_DAYS = 11
"""By so many days a Hijri year is shorter than the 365 days between two grants (core/occasions.py)."""


def check_reach(programs: Sequence[Program], shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what nobody can have, and why."""
    tiers = [tier.tier_id for program in programs for tier in program.tiers]
    for program in programs:
        yield from _check_time(program, shop)
        yield from _check_only(program.stamp, program.only, tiers)
        for rule in program.rules:
            name = f"{program.program_id}/{rule.rule_id}"
            yield from _check_part(name, program, rule, tiers, shop)
            yield from _check_goods(name, rule, catalogue)
            if isinstance(rule, PointsRule):
                for multiplier in rule.multipliers:
                    yield from _check_only(name, multiplier.only, tiers)
        for reward in program.rewards:
            name = f"{program.program_id}/{reward.reward_id}"
            yield from _check_part(name, program, reward, tiers, shop)
            yield from _check_goods(name, reward, catalogue)
            yield from _check_reward(name, reward, shop, catalogue)


def _check_time(program: Program, shop: Shop) -> Iterator[Finding]:
    ended = program.valid_until is not None and program.valid_until <= shop.now
    if ended or is_over(program.only.when, shop.now):
        yield Finding(
            severity=Severity.WARNING,
            code=Code.OVER,
            programs=(program.stamp,),
            message=f"{program.stamp} is over: retire it, or publish a version with new dates",
        )
    elif in_force([program], shop.now) is None:
        yield _never(program.stamp, "within 366 days")


def _check_part(
    name: str, program: Program, part: Rule | Reward, tiers: Sequence[str], shop: Shop
) -> Iterator[Finding]:
    """Check the conditions of a rule or reward, and whether they can hold together with those of its program."""
    yield from _check_only(name, part.only, tiers)
    for what in ("stores", "channels", "tiers"):
        outer, inner = set(getattr(program.only, what)), set(getattr(part.only, what))
        if outer and inner and not outer & inner:
            yield _never(name, f"because none of its {what} is among those of {program.stamp}")
    # Whether the program ever comes into force itself was asked before.
    start = in_force([program], shop.now)
    if start is not None and meeting([program.only.when, part.only.when], start) is None:
        yield _never(name, f"while {program.stamp} does")


def _never(name: str, why: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        code=Code.NEVER_HOLDS,
        programs=(name,),
        message=f"{name} never holds {why}: look at its dates, weekdays, hours and places",
    )


def _check_only(name: str, only: Only, tiers: Sequence[str]) -> Iterator[Finding]:
    for tier in only.tiers:
        if tier not in tiers:
            yield Finding(
                severity=Severity.ERROR,
                code=Code.NO_SUCH_TIER,
                programs=(name,),
                message=f"{name} is for tier {tier}, which no program here defines: "
                f"add it to a program of kind tier{did_you_mean(nearest(tier, tiers))}",
            )
    if only.occasion is not None and only.occasion.days_after < HIJRI_DAYS:
        yield Finding(
            severity=Severity.NOTE,
            code=Code.HIJRI_WINDOW,
            programs=(name,),
            numbers={"days_after": only.occasion.days_after},
            message=f"{name} ends {only.occasion.days_after} days after the {only.occasion.kind}: members with a Hijri "
            f"date have it every second year only; give it days_after of {HIJRI_DAYS} if you have such members",
        )


def _check_goods(name: str, part: Rule | Reward, catalogue: Catalogue) -> Iterator[Finding]:
    """Look for goods that no product is."""
    if not catalogue.known:
        return
    from_a_list = isinstance(part, FreeItem) and part.gifts
    if not from_a_list and not catalogue.matching(part.goods):
        yield _unsold(name, "goods", part.goods, catalogue)
    if part.needs.goods is not None and not catalogue.matching(part.needs.goods):
        yield _unsold(name, "needs.goods", part.needs.goods, catalogue)
    ids = [product.product_id for product in catalogue.products]
    for gift in part.gifts if isinstance(part, FreeItem) else ():
        if gift not in ids:
            yield _unsold(name, "gifts", Goods(products=(gift,)), catalogue)


def _unsold(name: str, field: str, goods: Goods, catalogue: Catalogue) -> Finding:
    known = {
        *(product.product_id for product in catalogue.products),
        *(category for product in catalogue.products for category in product.categories),
        *(tag for product in catalogue.products for tag in product.tags),
    }
    asked = (*goods.products, *goods.categories, *goods.tags)
    near = next((near for word in asked if word not in known and (near := nearest(word, known))), "")
    return Finding(
        severity=Severity.ERROR,
        code=Code.NO_SUCH_GOODS,
        programs=(name,),
        message=f"{name}: no product is among its {field} ({', '.join(asked) or 'all but those left out'}): "
        f"write product ids, categories or tags of the products file{did_you_mean(near)}",
    )


def _check_reward(name: str, reward: Reward, shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    if not catalogue.known:
        return
    products = catalogue.matching(reward.goods)
    if isinstance(reward, PercentOff):
        price = min((product.unit_price for product in products if product.unit_price), default=HUNDREDTHS)
        if not round_ratio(price * hundredths(reward.percent), HUNDREDTHS, reward.rounding):
            yield Finding(
                severity=Severity.WARNING,
                code=Code.ROUNDS_TO_NOTHING,
                programs=(name,),
                numbers={"price": price},
                message=f"{name}: {reward.percent} % of {price} is less than the smallest coin, so such goods get "
                "nothing: round up, or leave them out",
            )
    sold = shop.sold
    if sold is None or not (reward.goods.products or reward.goods.categories or reward.goods.tags):
        return
    counts = sorted(sold.get(product.product_id, 0) for product in catalogue.products)
    slow = counts[(len(counts) - 1) // 4]
    if products and slow < counts[len(counts) // 2] and all(sold.get(p.product_id, 0) <= slow for p in products):
        yield Finding(
            severity=Severity.WARNING,
            code=Code.SLOW_STOCK,
            programs=(name,),
            numbers={"products": len(products), "sold": slow},
            message=f"{name} can only be had on {len(products)} products that hardly sell ({slow} units or fewer): "
            "customers see it as clearing the shelf, so let it be had on everything",
        )
