"""Small baskets and programs in each other's way, for hypothesis: few goods and small prices, so roundings bite."""

from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.members import Member
from pos_loyalty.core.money import Rounding
from pos_loyalty.core.programs import (
    EVERYTHING,
    NOTHING,
    Base,
    CheapestFree,
    EarnPerMoney,
    FixedOff,
    FixedPrice,
    FreeItem,
    Goods,
    Kind,
    Limit,
    Measure,
    Mode,
    Needs,
    Pay,
    PercentOff,
    PerPoint,
    Program,
    Reward,
    Scope,
    Spends,
    Stacking,
    Take,
    Target,
    TaxView,
)
from pos_loyalty.core.programs.rewards import DiscountBase
from pos_loyalty.core.taxes import Tax
from tests.support.builders import NOW, uuid_of

PRODUCTS = "abcde"
GOODS = st.sampled_from(
    [
        *[EVERYTHING] * 4,
        *[Goods(categories=(category,)) for category in "xy"] * 2,
        *[Goods(products=tuple(names)) for names in ("a", "b", "c", "ab", "bc", "ac", "cd", "abc", "bde")],
        Goods(except_products=("a",)),
        Goods(categories=("x",), except_products=("b",)),
        Goods(tags=("new",)),
    ]
)
SOMETIMES = st.sampled_from([True, False, False, False])
QUANTITY_NEEDED = st.builds(Needs, quantity=st.integers(1, 3), goods=st.none() | GOODS)
AMOUNT_NEEDED = st.builds(Needs, amount=st.integers(1, 30), goods=st.none() | GOODS)
NEEDED = QUANTITY_NEEDED | AMOUNT_NEEDED
NEEDS = st.just(NOTHING) | st.just(NOTHING) | NEEDED
MOST = st.sampled_from([None, None, 1, 2])
COMMON = {"reward_id": st.just("r"), "name": st.just({}), "goods": GOODS}
DISCOUNT = COMMON | {
    "on": st.sampled_from([Target.PRODUCTS, *Target]),
    "combines": SOMETIMES,
    "cap": st.sampled_from([None, None, None, 2, 5]),
    "needs": NEEDS,
}
PERCENTS = st.sampled_from([Decimal(percent) for percent in ("10", "12.5", "15", "25", "33", "50", "70", "100")])
PERCENT_OFF = st.builds(
    PercentOff,
    **DISCOUNT,
    percent=PERCENTS,
    base=st.sampled_from([Base.REMAINING, Base.REMAINING, Base.ORIGINAL]),
    rounding=st.sampled_from(Rounding),
)
FIXED_OFF = st.builds(FixedOff, **DISCOUNT, amount=st.integers(1, 12))
PER_POINT = st.builds(PerPoint, **DISCOUNT, amount=st.integers(1, 3), points=st.integers(1, 3))
CHEAPEST_FREE = st.builds(
    lambda free, more, percent, **rest: CheapestFree(
        of=free + (more or percent == 100), free=free, percent=percent, **rest
    ),
    st.integers(1, 2),
    st.integers(0, 2),
    PERCENTS,
    **COMMON,
    take=st.sampled_from(Take),
    most=MOST,
    needs=NEEDS,
)
FIXED_PRICE = st.builds(
    FixedPrice, **COMMON, price=st.integers(0, 12), quantity=st.integers(1, 3), most=MOST, needs=NEEDS
)
FREE_ITEM = st.builds(FreeItem, **COMMON, quantity=st.integers(1, 2), most=MOST, needs=NEEDS) | st.builds(
    FreeItem, **COMMON, quantity=st.integers(1, 2), most=MOST, needs=NEEDED, repeats=st.just(value=True)
)
DISCOUNTS = PERCENT_OFF | FIXED_OFF
REWARDS = DISCOUNTS | DISCOUNTS | PER_POINT | CHEAPEST_FREE | FIXED_PRICE | FREE_ITEM
GROUPS = {"": Mode.STACK, "best": Mode.BEST_FOR_CUSTOMER, "first": Mode.FIRST, "shop": Mode.BEST_FOR_SHOP}
GROUPS |= {"only": Mode.EXCLUSIVE, "pile": Mode.STACK}
LINES = st.lists(
    st.builds(
        BasketLine,
        number=st.just(0),
        product_id=st.sampled_from(PRODUCTS),
        unit_price=st.integers(0, 9) | st.integers(1, 20),
        quantity=st.integers(1, 4),
        categories=st.sampled_from([("x",), ("y",), ("x", "y")]),
        tags=st.sampled_from([(), (), ("new",)]),
    ),
    min_size=1,
    max_size=5,
)


class Shop(NamedTuple):
    """What ``evaluate`` needs."""

    basket: Basket
    member: Member
    programs: list[Program]


@st.composite
def shops(draw: st.DrawFn, *, programs: int = 6, rewards: st.SearchStrategy[Reward] = REWARDS) -> Shop:
    """Draw a shop with at most so many programs, and claims for some of what costs points."""
    some: list[Program] = []
    claims: list[Claim] = []
    for place in range(draw(st.integers(1, programs))):
        program = draw(_programs(f"p{place}", rewards))
        some.append(program)
        paid = [reward for reward in program.rewards if reward.cost or isinstance(reward, PerPoint)]
        claims += [draw(_claims(program, reward)) for reward in paid if draw(st.booleans())]
    lines = tuple(replace(line, number=number) for number, line in enumerate(draw(LINES), start=1))
    codes = ("CODE",) if draw(st.booleans()) else ()
    basket = Basket(basket_id=uuid_of(0), currency="IRR", opened_at=NOW, lines=lines, claims=tuple(claims), codes=codes)
    return Shop(basket, Member(member_id="m1", balances={"points": draw(st.integers(-3, 30))}), some)


@st.composite
def _programs(draw: st.DrawFn, name: str, rewards: st.SearchStrategy[Reward]) -> Program:
    group = draw(st.sampled_from(["", "", "", "", *GROUPS]))
    some = draw(st.lists(rewards, min_size=1, max_size=2))
    cost = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 4, 9]))
    some = [
        replace(each, reward_id=f"r{place}", cost=0 if isinstance(each, PerPoint) else cost)
        for place, each in enumerate(some)
    ]
    limited = draw(SOMETIMES) and all(isinstance(each, DiscountBase) for each in some)
    return Program(
        program_id=name,
        version=1,
        name={},
        currency="IRR",
        account="points",
        codes=("CODE",) if draw(SOMETIMES) else (),
        stacking=Stacking(group=group, mode=GROUPS[group], priority=draw(st.sampled_from([0, 0, 0, 1]))),
        rewards=tuple(some),
        limits=(Limit(limit_id="l", most=draw(st.integers(1, 10)), of=Measure.VALUE, per=Scope.TOTAL),)
        if limited
        else (),
    )


def _claims(program: Program, reward: Reward) -> st.SearchStrategy[Claim]:
    by_line = isinstance(reward, DiscountBase) and reward.on is Target.LINE
    return st.builds(
        Claim,
        reward=st.just(f"{program.program_id}/{reward.reward_id}"),
        points=st.none() | st.integers(1, 9) if isinstance(reward, PerPoint) else st.none(),
        times=st.integers(1, 3),
        line=st.sampled_from([None, 1]) if by_line else st.none(),
    )


VAT = Tax(tax_id="vat", percent=Decimal(9))
ON_TOP = Tax(tax_id="top", percent=Decimal("12.5"), included=False)
PER_PIECE = Tax(tax_id="piece", percent=Decimal(15), per_unit=2)
TAXES = st.sampled_from([None, VAT, VAT, ON_TOP, PER_PIECE])


@st.composite
def taxed_shops(draw: st.DrawFn) -> Shop:
    """Draw a shop with taxes, with a rule that earns what its rewards cost, and with a wallet that may pay."""
    basket, member, programs = draw(shops(programs=4))
    lines = tuple(replace(line, tax=draw(TAXES)) for line in basket.lines)
    earning = Program(
        program_id="earn",
        version=1,
        name={},
        currency="IRR",
        account="points",
        rules=(
            EarnPerMoney(rule_id="e", points=1, amount=draw(st.integers(1, 9)), tax=draw(st.sampled_from(TaxView))),
        ),
        rewards=(draw(PER_POINT),),
        spends=draw(st.sampled_from(Spends)),
    )
    wallet = Program(
        program_id="wallet",
        version=1,
        kind=Kind.WALLET,
        name={},
        currency="IRR",
        account="wallet",
        rewards=(Pay(reward_id="pay", name={}, amount=draw(st.integers(1, 3))),),
    )
    claims = [Claim(reward=name) for name in ("earn/r", "wallet/pay") if draw(st.booleans())]
    balances = {**member.balances, "wallet": draw(st.integers(0, 20))}
    basket = replace(basket, lines=lines, claims=(*basket.claims, *claims))
    return Shop(basket, replace(member, balances=balances), [*programs, earning, wallet])
