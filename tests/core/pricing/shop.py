"""A basket, a member and a program in one line each, with only what matters to the test said in it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket, BasketLine
from pos_loyalty.core.evaluation import Because, Evaluation
from pos_loyalty.core.members import Member
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import (
    CheapestFree,
    EarnPerMoney,
    EarnPerOrder,
    EarnPerUnit,
    FixedOff,
    FixedPrice,
    FreeItem,
    Goods,
    Kind,
    Pay,
    PercentOff,
    Perk,
    PerPoint,
    Program,
    Reward,
    Rule,
)
from pos_loyalty.core.taxes import Tax
from pos_loyalty.core.usage import UNUSED, Usage
from pos_loyalty.core.vouchers import Voucher
from tests.support.builders import NOW, uuid_of

VAT = Tax(tax_id="vat", percent=Decimal(10))
ON_TOP = Tax(tax_id="on-top", percent=Decimal(10), included=False)
MUG = Product(product_id="mug", codes=(), name={}, unit_price=900)
POSTER = Product(product_id="poster", codes=(), name={}, unit_price=1_500)
CATALOGUE = {"mug": MUG, "poster": POSTER}


def line(unit_price: int, quantity: int = 1, product: str = "", **what: object) -> BasketLine:
    """Return a line; :func:`basket` gives it its number."""
    return replace(BasketLine(number=0, unit_price=unit_price, quantity=quantity, product_id=product), **what)


def basket(*lines: BasketLine | int, **what: object) -> Basket:
    """Return an open basket in euros; a number is a typed amount."""
    numbered = tuple(
        replace(line(each) if isinstance(each, int) else each, number=number) for number, each in enumerate(lines, 1)
    )
    return replace(Basket(basket_id=uuid_of(0), currency="EUR", opened_at=NOW, lines=numbered), **what)


def member(points: int = 0, **what: object) -> Member:
    """Return a member with this balance in the account ``points``."""
    return replace(Member(member_id="m1", balances={"points": points} if points else {}), **what)


def program(*parts: Rule | Reward, name: str = "club", **what: object) -> Program:
    """Return a points card with these rules and rewards, without an end."""
    base = Program(
        program_id=name,
        version=1,
        name={},
        currency="EUR",
        account="points",
        rules=tuple(part for part in parts if isinstance(part, Rule)),
        rewards=tuple(part for part in parts if isinstance(part, Reward)),
    )
    return replace(base, **what)


def promotion(*parts: Rule | Reward, name: str = "promo", **what: object) -> Program:
    """Return a program for everybody."""
    return program(*parts, name=name, **{"kind": Kind.PROMOTION, **what})


def vouchers(*parts: Rule | Reward, name: str = "gift", **what: object) -> Program:
    """Return a program whose rewards are for who has a voucher."""
    return program(*parts, name=name, **{"kind": Kind.VOUCHER, **what})


def voucher(code: str, program_id: str = "gift", **what: object) -> Voucher:
    """Return a voucher that belongs to whoever brings its code."""
    return replace(Voucher(code=code, program_id=program_id), **what)


def percent(percent: int | str, **what: object) -> PercentOff:
    """Return the reward ``percent``, off the order."""
    return replace(PercentOff(reward_id="percent", name={}, percent=Decimal(percent)), **what)


def fixed(amount: int, **what: object) -> FixedOff:
    """Return the reward ``fixed``, off the order."""
    return replace(FixedOff(reward_id="fixed", name={}, amount=amount), **what)


def per_point(amount: int, points: int = 1, **what: object) -> PerPoint:
    """Return the reward ``per-point``, off the order."""
    return replace(PerPoint(reward_id="per-point", name={}, amount=amount, points=points), **what)


def cheapest(of: int, **what: object) -> CheapestFree:
    """Return the reward ``cheapest``."""
    return replace(CheapestFree(reward_id="cheapest", name={}, of=of), **what)


def bundle(price: int, quantity: int = 1, **what: object) -> FixedPrice:
    """Return the reward ``bundle``."""
    return replace(FixedPrice(reward_id="bundle", name={}, price=price, quantity=quantity), **what)


def free(**what: object) -> FreeItem:
    """Return the reward ``free``, one unit."""
    return replace(FreeItem(reward_id="free", name={}), **what)


def pay(**what: object) -> Pay:
    """Return the reward ``pay``."""
    return replace(Pay(reward_id="pay", name={}), **what)


def perk(**what: object) -> Perk:
    """Return the reward ``perk``."""
    return replace(Perk(reward_id="perk", name={}), **what)


def per_money(points: int, amount: int, **what: object) -> EarnPerMoney:
    """Return the rule ``per-money``."""
    return replace(EarnPerMoney(rule_id="per-money", points=points, amount=amount), **what)


def per_unit(points: int, units: int = 1, **what: object) -> EarnPerUnit:
    """Return the rule ``per-unit``."""
    return replace(EarnPerUnit(rule_id="per-unit", points=points, units=units), **what)


def per_order(points: int, **what: object) -> EarnPerOrder:
    """Return the rule ``per-order``."""
    return replace(EarnPerOrder(rule_id="per-order", points=points), **what)


def only(*products: str) -> Goods:
    """Return these products."""
    return Goods(products=products)


def price(
    basket: Basket,
    *programs: Program,
    by: Member | None = None,
    now: datetime = NOW,
    usage: Usage = UNUSED,
    catalogue: Mapping[str, Product] = CATALOGUE,
) -> Evaluation:
    """Return the price of ``basket``, for a customer who is not known unless ``by`` says who it is."""
    return evaluate(basket, by, programs, now, usage=usage, catalogue=catalogue)


def values(evaluation: Evaluation) -> dict[str, int]:
    """Return what each reward gave."""
    return {applied.reward: applied.value for applied in evaluation.applied}


def reasons(evaluation: Evaluation) -> dict[str, Because]:
    """Return why each reward that was withheld was; of several reasons, that of the claim."""
    return {kept.reward: kept.reason.code for kept in reversed(evaluation.withheld)}


def earned(evaluation: Evaluation) -> dict[str, int]:
    """Return the points that were earned, by program version and rule."""
    return {move.source: move.points for move in evaluation.moves if move.points > 0}


def refused(evaluation: Evaluation) -> dict[int, Because]:
    """Return why each code that does nothing does nothing, by its place."""
    return {code.index: code.reason.code for code in evaluation.refused_codes}
