"""Pricing: ``evaluate`` at three sizes, and how it grows with lines and with programs.

The floor is what no engine can do without: for every program, summing what its goods cost in this basket.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from unittest.mock import patch

from bench.series import MILLISECONDS, in_turns, quantile, say, table
from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate, search
from pos_loyalty.core.programs import (
    CheapestFree,
    EarnPerMoney,
    EarnPerUnit,
    FixedOff,
    FixedPrice,
    Goods,
    Kind,
    Mode,
    Multiplier,
    Needs,
    Only,
    PercentOff,
    Program,
    ProgramSet,
    Reward,
    Rule,
    Stacking,
    Target,
)
from pos_loyalty.core.windows import Hours, When

ROUNDS = 5
BASKETS = 40
SIZES = ((20, 12), (100, 60), (500, 500))
"""Programs and lines; 12 lines are 20 units."""
_AIMS = dict(zip(SIZES, (1, 5, 50), strict=True))
"""Milliseconds, for the p95."""
_GROWTH = (10, 20, 50, 100, 200, 500)
_PRODUCTS = 400
_CATEGORIES = 40
_NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
_MEMBER = Member(member_id="m", balances={"points": 3_000, "stamps": 4}, tier="gold", purchase_count=5)


def run() -> None:
    """Print the three sizes with their aims, then the growth."""
    contenders: dict[str, Callable[[], Sequence[float]]] = {}
    floors: dict[str, str] = {}
    for programs, lines in SIZES:
        known, baskets = some_programs(programs), some_baskets(lines)
        name = f"{programs} programs, {lines} lines (aim: p95 {_AIMS[programs, lines]} ms)"
        floor = f"floor: {programs} x {lines}"
        contenders[floor] = _timed(baskets, partial(_sums, known))
        contenders[name] = _timed(baskets, partial(_price, known))
        floors[name] = floor
    # As the till does when it starts: what was there before is out of the collector's sight.
    gc.collect()
    gc.freeze()
    table("evaluate, a member with points and tier", in_turns(contenders, ROUNDS), MILLISECONDS, floors)
    _say_growth()
    _say_choices()


def some_programs(count: int) -> ProgramSet:
    """Return ``count`` programs of a lively shop, the same every time; goods overlap, groups compete."""
    chance = random.Random(count)
    return ProgramSet(_program(place, chance) for place in range(count))


def some_baskets(lines: int, count: int = BASKETS) -> list[Basket]:
    """Return baskets of so many lines with one to three units, the same every time."""
    chance = random.Random(lines)
    return [_basket(lines, chance) for _ in range(count)]


def _basket(lines: int, chance: random.Random) -> Basket:
    products = [chance.randrange(_PRODUCTS) for _ in range(lines)]
    return Basket(
        basket_id="b",
        currency="IRR",
        opened_at=_NOW,
        lines=tuple(
            BasketLine(
                number=number,
                product_id=f"p{product}",
                unit_price=50_000 + 10_000 * (product % 97),
                quantity=chance.choice((1, 1, 2, 3)),
                categories=(f"c{product % _CATEGORIES}", f"all{product % 4}"),
            )
            for number, product in enumerate(products, start=1)
        ),
    )


def _program(place: int, chance: random.Random) -> Program:
    """Return one of ten sorts, in turn: what a shop has many of comes more often."""
    sort = place % 10
    name = {"en": f"Program {place}"}
    category = Goods(categories=(f"c{chance.randrange(_CATEGORIES)}",))
    some = Goods(products=tuple(f"p{chance.randrange(_PRODUCTS)}" for _ in range(8)))
    percent = Decimal(chance.randint(2, 30))
    rewards: tuple[Reward, ...] = ()
    rules: tuple[Rule, ...] = ()
    kind, account, stacking = Kind.PROMOTION, "", Stacking()
    if sort in (0, 1):
        rewards = (PercentOff(reward_id="r", name=name, percent=percent, on=Target.PRODUCTS, goods=category),)
    elif sort == 2:
        rewards = (
            PercentOff(reward_id="r", name=name, percent=percent, needs=Needs(amount=chance.randint(1, 50) * 100_000)),
        )
    elif sort == 3:
        rewards = (FixedOff(reward_id="r", name=name, amount=50_000, on=Target.PRODUCTS, goods=some),)
    elif sort == 4:
        kind = Kind.BUY_X_GET_Y
        rewards = (CheapestFree(reward_id="r", name=name, of=chance.choice((2, 3)), goods=_range_of(place)),)
    elif sort == 5:
        kind, account = Kind.POINTS_CARD, "points"
        evening = Multiplier(times=Decimal(2), only=Only(when=When(hours=Hours(start="17:00", end="20:00"))))
        rules = (EarnPerMoney(rule_id="e", points=1, amount=200_000, goods=category, multipliers=(evening,)),)
    elif sort == 6:
        stacking = Stacking(group=f"g{place // 30}", mode=Mode.BEST_FOR_CUSTOMER)
        rewards = (PercentOff(reward_id="r", name=name, percent=percent, on=Target.PRODUCTS, goods=some),)
    elif sort == 7:
        kind, account = Kind.POINTS_CARD, "points"
        rules = (EarnPerMoney(rule_id="e", points=1, amount=100_000, goods=category),)
        rewards = (FixedOff(reward_id="r", name=name, amount=200_000, cost=chance.choice((1_000, 2_000, 5_000))),)
    elif sort == 8:
        kind, account = Kind.STAMP_CARD, "stamps"
        rules = (EarnPerUnit(rule_id="e", points=1, goods=some),)
        rewards = (
            PercentOff(reward_id="r", name=name, percent=Decimal(50), cost=chance.choice((5, 10)), on=Target.CHEAPEST),
        )
    else:
        rewards = (FixedPrice(reward_id="r", name=name, price=150_000, quantity=2, goods=_range_of(place)),)
    return Program(
        program_id=f"program-{place:03}",
        version=1,
        kind=kind,
        name=name,
        currency="IRR",
        account=account,
        rules=rules,
        rewards=rewards,
        stacking=stacking,
    )


def _range_of(place: int) -> Goods:
    """Return the eight products of a multi-buy. Up to 250 programs no two share one; beyond, they fight for units."""
    first = 8 * (place // 5)
    return Goods(products=tuple(f"p{(first + i) % _PRODUCTS}" for i in range(8)))


def _timed(baskets: Sequence[Basket], price: Callable[[Basket], object]) -> Callable[[], Sequence[float]]:
    def sample() -> list[float]:
        taken = []
        for basket in baskets:
            begin = time.perf_counter()
            price(basket)
            taken.append(time.perf_counter() - begin)
        return taken

    return sample


def _price(known: ProgramSet, basket: Basket) -> Evaluation:
    return evaluate(basket, _MEMBER, known, _NOW)


def _sums(known: ProgramSet, basket: Basket) -> list[int]:
    by_name: dict[str, list[int]] = {}
    for line in basket.lines:
        for name in (line.product_id, *line.categories):
            by_name.setdefault(name, []).append(line.gross)
    sums = []
    for program in known.programs:
        for reward in program.rewards:
            goods = reward.goods
            names = (*goods.products, *goods.categories)
            sums.append(sum(sum(by_name.get(name, ())) for name in names))
    return sums


def _say_growth() -> None:
    """Print the median over lines and over programs, the other held at 50."""
    by_lines = {size: some_baskets(size, 10) for size in _GROWTH}
    fifty = some_programs(50)
    say("", "growth of evaluate, p50 in ms", f"{'':12}" + "".join(f"{size:>9}" for size in _GROWTH))
    over_lines = [_median(by_lines[size], fifty) for size in _GROWTH]
    over_programs = [_median(by_lines[50], some_programs(size)) for size in _GROWTH]
    say(f"{'lines':12}" + "".join(f"{ms:9.2f}" for ms in over_lines) + "   (50 programs)")
    say(f"{'programs':12}" + "".join(f"{ms:9.2f}" for ms in over_programs) + "   (50 lines)")


def _median(baskets: Sequence[Basket], known: ProgramSet) -> float:
    samples = [sample for _ in range(3) for sample in _timed(baskets, partial(_price, known))()]
    return quantile(samples, 0.5) * MILLISECONDS.per_second


def _say_choices() -> None:
    """Print how often the price was proved to be the best, and how far it is from that of a hundredfold search."""
    for programs, lines in SIZES[:2]:
        known, baskets = some_programs(programs), some_baskets(lines)
        priced = [_price(known, basket) for basket in baskets]
        proved = sum(one.choice is None or one.choice.optimal for one in priced)
        with patch.multiple(search, TURNS_MIN=100 * search.TURNS_MIN, COMBINATIONS_MAX=8 * search.COMBINATIONS_MAX):
            better = [_price(known, basket) for basket in baskets]
        same = sum(one.net == other.net for one, other in zip(priced, better, strict=True))
        say(f"{programs} x {lines}: {proved} of {len(priced)} proved the best; {same} the same by a hundredfold search")
