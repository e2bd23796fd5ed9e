"""Shops of a few goods where everything is in the way of everything, for what small random shops rarely meet."""

from random import Random

from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import (
    Deduct,
    Goods,
    Kind,
    Limit,
    Measure,
    Needs,
    Pay,
    PerPoint,
    Program,
    Reward,
    Scope,
    Spends,
    Stacking,
    Target,
)
from tests.core.pricing.shop import (
    CATALOGUE,
    basket,
    bundle,
    fixed,
    free,
    line,
    only,
    pay,
    per_money,
    per_point,
    percent,
    perk,
    program,
)
from tests.support.overlapping_shop import GROUPS, Shop

MUGS = {
    name: replace(product, unit_price=price) for (name, product), price in zip(CATALOGUE.items(), (5, 9), strict=True)
}
"""The gifts, at prices like those of the goods."""
EVERYWHERE = (Goods(), Goods(), only("a"), only("b"), only("c"), only("a", "b"), only("b", "c"))
"""What rewards are about."""


def close_shop(chance: Random) -> Shop:
    """Return a shop with gifts, services, budgets and a wallet, in which points of the basket may pay it at once."""
    programs = [_program(f"p{place}", chance) for place in range(chance.randint(1, 5))]
    earns = per_money(
        chance.randint(1, 2),
        chance.randint(1, 4),
        own_discount=chance.choice([*Deduct]),
        payments=chance.choice([*Deduct]),
    )
    steps = per_point(chance.randint(1, 4), chance.randint(1, 3), on=chance.choice([*Target]), goods=_goods(chance))
    few = Limit(limit_id="few", most=chance.randint(1, 6), of=Measure.POINTS, per=Scope.TOTAL)
    programs += [
        program(
            earns,
            steps,
            name="earn",
            spends=chance.choice([*Spends]),
            limits=(few,) if chance.random() < 0.2 else (),
            pending_days=chance.choice([0, 0, 0, 2]),
        ),
        program(pay(), name="wallet", kind=Kind.WALLET, account=chance.choice(["wallet", "wallet", "points"])),
    ]
    lines = [
        line(chance.randint(0, 12), chance.randint(1, 3), chance.choice("abc")) for _ in range(chance.randint(1, 3))
    ]
    claims = [
        _claim(each, reward, chance) for each in programs for reward in each.rewards if _may_claim(reward, chance)
    ]
    chance.shuffle(claims)
    codes = ("CODE",) if chance.random() < 0.5 else ()
    balances = {"points": chance.choice([0, 0, 2, 5, 8, 14, 25]), "wallet": chance.choice([0, 5, 30])}
    return Shop(basket(*lines, claims=tuple(claims), codes=codes), Member(member_id="m1", balances=balances), programs)


def _program(name: str, chance: Random) -> Program:
    group = chance.choice(["", "", "", "best", "only", *GROUPS])
    cost = chance.choice([0, 0, 0, 3, 5, 9])
    rewards = [_reward(f"r{place}", cost, chance) for place in range(chance.choice([1, 1, 2]))]
    if chance.random() < 0.1:
        rewards.append(perk(cost=chance.choice([1, 4])))
    budget = Limit(limit_id="budget", most=chance.randint(1, 10), of=Measure.VALUE, per=Scope.TOTAL)
    return program(
        *rewards,
        name=name,
        codes=("CODE",) if chance.random() < 0.25 else (),
        stacking=Stacking(group=group, mode=GROUPS[group], priority=chance.choice([0, 0, 1])),
        limits=(budget,) if chance.random() < 0.2 else (),
        spends=chance.choice([Spends.PAST, Spends.PAST, Spends.BOTH]),
    )


def _reward(name: str, cost: int, chance: Random) -> Reward:
    what = {"reward_id": name, "goods": _goods(chance), "needs": _needs(chance)}
    falls = {
        "on": chance.choice([Target.PRODUCTS, Target.PRODUCTS, Target.ORDER, Target.LINE, Target.CHEAPEST]),
        "combines": chance.random() < 0.4,
    }
    paid = {"cost": cost, "clear_all": bool(cost) and chance.random() < 0.1}
    some: list[Reward] = [
        percent(chance.choice(["10", "33", "50", "70", "100"]), **what, **falls, **paid),
        fixed(chance.randint(1, 12), **what, **falls, **paid),
        per_point(chance.randint(1, 4), chance.randint(1, 3), **what, **falls),
        free(**what, **paid, quantity=chance.randint(1, 2)),
        bundle(chance.randint(0, 12), chance.randint(1, 2), **what, **paid),
        free(**what, **paid, gifts=chance.choice([("mug",), ("mug", "poster")])),
    ]
    return chance.choices(some, (3, 3, 2, 1, 1, 1))[0]


def _goods(chance: Random) -> Goods:
    return chance.choice(EVERYWHERE)


def _needs(chance: Random) -> Needs:
    some = (
        Needs(quantity=chance.randint(1, 3)),
        Needs(amount=chance.randint(1, 30)),
        Needs(amount=chance.randint(1, 20), goods=_goods(chance)),
    )
    return chance.choice([Needs(), Needs(), Needs(), Needs(), *some])


def _may_claim(reward: Reward, chance: Random) -> bool:
    return bool(reward.cost or isinstance(reward, PerPoint | Pay)) and chance.random() < 0.25


def _claim(each: Program, reward: Reward, chance: Random) -> Claim:
    points = chance.choice([None, None, chance.randint(1, 6)]) if isinstance(reward, PerPoint) else None
    return Claim(reward=f"{each.program_id}/{reward.reward_id}", points=points)
