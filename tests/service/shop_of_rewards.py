"""Programs for tests of what the till does with them, and short ways to a basket."""

from decimal import Decimal
from functools import partial

from pos_loyalty.core.basket import Basket, LineRequest, Receipt
from pos_loyalty.core.claims import Claims
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.programs import (
    EarnOnEvent,
    FixedOff,
    FreeItem,
    GiveVoucher,
    Goods,
    Happening,
    Kind,
    Limit,
    LoadCard,
    Needs,
    Pay,
    PercentOff,
    Period,
    Program,
    Scope,
)
from pos_loyalty.core.vouchers import Voucher
from pos_loyalty.ports import ReplicaContents
from pos_loyalty.service.wire import BasketRequest, Problem
from tests.support.running_till import RunningTill
from tests.support.small_shop import CLUB, PRODUCTS, SCARF, SHIRT, contents

_program = partial(Program, version=1, name={"en": "a program"}, currency="IRR")

SPRING = _program(
    program_id="spring",
    kind=Kind.PROMOTION,
    codes=("SPRING10",),
    rewards=(PercentOff(reward_id="ten", name={"en": "10 % off"}, percent=Decimal(10)),),
)
"""10 % for whoever has the code."""
COUPON = _program(
    program_id="again",
    kind=Kind.NEXT_ORDER,
    rules=(GiveVoucher(rule_id="coupon", days=30, needs=Needs(amount=1_000_000)),),
    rewards=(FixedOff(reward_id="off", name={"en": "10,000 toman off"}, amount=100_000),),
)
"""A purchase gives a coupon for a later one."""
CARDS = _program(
    program_id="cards",
    kind=Kind.GIFT_CARD,
    rules=(LoadCard(rule_id="load", goods=Goods(products=(SHIRT,))),),
    rewards=(Pay(reward_id="pay", name={"en": "gift card"}),),
)
"""A shirt is a gift card here, over what it costs."""
GIFT = _program(
    program_id="gift",
    kind=Kind.GIFT_WITH_PURCHASE,
    rewards=(FreeItem(reward_id="scarf", name={"en": "a scarf"}, gifts=(SCARF,), needs=Needs(amount=2_000_000)),),
)
"""A scarf with two hundred thousand toman."""
ONCE_A_DAY = _program(
    program_id="first",
    kind=Kind.PROMOTION,
    rewards=(FixedOff(reward_id="off", name={"en": "first of the day"}, amount=500_000),),
    limits=(Limit(limit_id="daily", most=1, per=Scope.TOTAL, each=Period.DAY),),
)
"""For the first customer of each day."""
VISITS = _program(
    program_id="visits",
    kind=Kind.STAMP_CARD,
    account="stamps",
    rules=(EarnOnEvent(rule_id="visit", points=1, happening=Happening.VISIT),),
    limits=(Limit(limit_id="daily", most=1, each=Period.DAY),),
)
"""A stamp for a visit, once a day."""
SORRY = _program(
    program_id="sorry",
    kind=Kind.GOODWILL,
    rewards=(FixedOff(reward_id="credit", name={"en": "with our apologies"}, amount=1),),
    roles={"seller": 200_000},
)
"""What a seller may give to make up for something."""

LOOSE = Voucher(code="LOOSE2345678", program_id="again")
"""A coupon in nobody's name."""
CARD = Voucher(code="CARD23456789", program_id="cards", balance=400_000)
"""A gift card with 40,000 toman."""


def shop(*programs: Program, vouchers: tuple[Voucher, ...] = ()) -> ReplicaContents:
    """Return the small shop with the club and these programs."""
    members = contents().members
    return ReplicaContents(members=members, products=PRODUCTS, programs=(CLUB, *programs), vouchers=vouchers)


def granted(answer: Basket | Problem) -> Basket:
    """Insist that a wish about a basket was granted."""
    assert isinstance(answer, Basket), answer
    return answer


def refused(answer: object, word: str) -> Problem:
    """Insist that a wish was refused with this word."""
    assert isinstance(answer, Problem), answer
    assert answer.type == f"urn:pos-loyalty:problem:{word}"
    return answer


async def filled(
    till: RunningTill, *products: str, codes: tuple[str, ...] = (), claims: Claims = (), declined: tuple[str, ...] = ()
) -> Basket:
    """Return the basket at the counter with one of each of these."""
    opened = granted(await till.client.open_basket())
    lines = tuple(LineRequest(product=product) for product in products)
    wanted = BasketRequest(lines=lines, codes=codes, claims=claims, declined=declined)
    return granted(await till.client.fill(opened.basket_id, wanted))


async def sold(till: RunningTill, *products: str, codes: tuple[str, ...] = (), claims: Claims = ()) -> Basket:
    """Return a basket that was filled and sold."""
    basket = await filled(till, *products, codes=codes, claims=claims)
    return granted(await till.client.commit(basket.basket_id))


def price_of(basket: Basket | None) -> Evaluation:
    """Insist that a basket has a price."""
    assert basket is not None
    assert basket.evaluation is not None
    return basket.evaluation


def receipt_of(basket: Basket) -> Receipt:
    """Insist that a basket is sold."""
    assert basket.receipt is not None
    return basket.receipt
