"""Rewards that give goods away, found by pricing the worst baskets a customer could bring.

A worst basket is one product, as many times as some reward wants it, on a day on which as many programs as possible
are in force, for a member of every segment who types every code and brings one voucher of each kind. Points buy
nothing here: they were paid for (:mod:`~pos_loyalty.core.program_check.points`).
"""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import combinations, islice
from itertools import product as every
from typing import NamedTuple

import msgspec

from pos_loyalty.core.basket import QUANTITY_MAX, Basket
from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Evaluation
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.members import Member, Occasion
from pos_loyalty.core.pricing import evaluate
from pos_loyalty.core.products import Product
from pos_loyalty.core.program_check.findings import Code, Finding, Severity, Shop
from pos_loyalty.core.program_check.goods import Catalogue, line_of
from pos_loyalty.core.program_check.times import in_force
from pos_loyalty.core.programs import (
    NOTHING,
    VOUCHER_KINDS,
    CheapestFree,
    FixedOff,
    FixedPrice,
    FreeItem,
    Kind,
    Only,
    Pay,
    Program,
    ProgramSet,
    Reward,
    Status,
    reward_key,
)
from pos_loyalty.core.vouchers import Voucher

PRICED_MAX = 1_500
"""Baskets that are priced at most: a second or two. The cheapest quantities and the first moments come first."""
_PAIRS_MAX = 200
_QUANTITIES_MAX = 5
_ALL = 100


class _Scene(NamedTuple):
    """Where, when and to whom a basket is sold."""

    tier: str
    store: str
    channel: str
    now: datetime


class _Worst(NamedTuple):
    """The deepest discount of one combination of rewards."""

    off: Fraction
    """Of the price, exactly: 1 leaves nothing to pay."""
    product: Product
    quantity: int


def check_giving(programs: Sequence[Program], shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what the worst baskets show."""
    known = ProgramSet(msgspec.structs.replace(program, status=Status.PUBLISHED) for program in programs)
    treats = {
        reward_key(program, reward) for program in programs for reward in program.rewards if _is_treat(program, reward)
    }
    money = dict(_money(programs))
    yield from _check_gifts(programs, treats)
    worst: dict[tuple[str, ...], _Worst] = {}
    baskets = _baskets(programs, shop, catalogue)
    for basket, member, scene, product in islice(baskets, PRICED_MAX):
        priced = evaluate(basket, member, known, scene.now)
        rewards = tuple(sorted({share.reward for line in priced.lines[:1] for share in line.discounts}))
        found = _Worst(_off(priced), product, basket.lines[0].quantity)
        if any(money.get(reward, 0) >= priced.gross for reward in rewards):
            continue
        if rewards not in worst or worst[rewards].off < found.off:
            worst[rewards] = found
    if next(baskets, None) is not None:
        yield Finding(
            severity=Severity.NOTE,
            code=Code.NOT_ALL_TRIED,
            programs=(),
            numbers={"tried": PRICED_MAX},
            message=f"there are more than {PRICED_MAX} baskets to try, and the others were not: look at the programs "
            "of a store, a tier or a season at a time",
        )
    gone = [set(rewards) for rewards, found in worst.items() if found.off == 1 and len(rewards) > 1]
    for rewards, found in sorted(worst.items()):
        finding = _judged(rewards, found, shop.share, treats)
        # Whatever is added to rewards that leave nothing to pay is not what is wrong.
        if finding is not None and not any(set(rewards) > fewer for fewer in gone):
            yield finding


def _is_treat(program: Program, reward: Reward) -> bool:
    """Whether it is given once, and may be all that the customer comes for: to a voucher, a birthday, a first visit."""
    conditions = (program.only, reward.only)
    return program.kind in VOUCHER_KINDS or any(only.occasion or only.first_purchase for only in conditions)


def _money(programs: Sequence[Program]) -> Iterator[tuple[str, int]]:
    """Yield the vouchers of an amount, which alone pay for what costs no more: that was meant, whatever else is off."""
    for program in programs:
        for reward in program.rewards:
            if program.kind in VOUCHER_KINDS and isinstance(reward, FixedOff):
                yield reward_key(program, reward), reward.amount


def _check_gifts(programs: Sequence[Program], treats: Container[str]) -> Iterator[Finding]:
    """Look for gifts that come with the smallest basket."""
    for program in programs:
        for reward in program.rewards:
            key, is_gift = reward_key(program, reward), isinstance(reward, FreeItem) and reward.gifts
            if is_gift and not reward.cost and reward.needs == NOTHING and key not in treats:
                yield Finding(
                    severity=Severity.WARNING,
                    code=Code.FREE,
                    programs=(key,),
                    message=f"{key} gives a gift with every basket, however small: say in needs what must be bought, "
                    "or give it a cost",
                )


def _off(priced: Evaluation) -> Fraction:
    """Return which part of its price the line lost."""
    line = priced.lines[0]
    return 1 - Fraction(line.net, line.gross)


def _judged(rewards: tuple[str, ...], worst: _Worst, share: int, treats: Container[str]) -> Finding | None:
    gone, percent = worst.off == 1, int(worst.off * _ALL)
    numbers = {"percent": percent, "quantity": worst.quantity}
    goods = f"{worst.quantity} of {worst.product.product_id or 'anything'}"
    if len(rewards) > 1 and (gone or worst.off * _ALL > share):
        return Finding(
            severity=Severity.ERROR if gone else Severity.WARNING,
            code=Code.GIVEN_AWAY if gone else Code.DEEP_DISCOUNT,
            programs=rewards,
            numbers=numbers,
            message=f"{' and '.join(rewards)} together take {percent} % off {goods}: "
            "put them into one stacking group with the mode best_for_customer, or give one of them a cap or a need",
        )
    if len(rewards) == 1 and gone and rewards[0] not in treats:
        return Finding(
            severity=Severity.WARNING,
            code=Code.FREE,
            programs=rewards,
            numbers=numbers,
            message=f"{rewards[0]} gives {goods} for nothing: say in needs what must be bought, or give it a cost",
        )
    return None


def _baskets(
    programs: Sequence[Program], shop: Shop, catalogue: Catalogue
) -> Iterator[tuple[Basket, Member, _Scene, Product]]:
    rewards = [reward for program in programs for reward in program.rewards]
    codes = tuple(dict.fromkeys(normal_code(code) for program in programs for code in program.codes))
    vouchers, typical = tuple(_vouchers(programs)), tuple(catalogue.typical())
    for scene in _scenes(programs, shop):
        member = _member(programs, tuple(voucher for _, voucher in vouchers), scene)
        for product in typical:
            for quantity, claims in every(_quantities(rewards, product), _claims(vouchers)):
                basket = Basket(
                    basket_id="",
                    currency=programs[0].currency,
                    opened_at=scene.now,
                    lines=(line_of(product, 1, quantity),),
                    codes=codes,
                    claims=claims,
                    store_id=scene.store,
                    channel=scene.channel,
                )
                yield basket, member, scene, product


def _scenes(programs: Sequence[Program], shop: Shop) -> Iterator[_Scene]:
    """Yield the circumstances under which programs meet: each that one of them asks for."""
    conditions = [only for program in programs for only in _conditions(program)]
    tiers = dict.fromkeys(["", *(tier for only in conditions for tier in only.tiers)])
    stores = dict.fromkeys(["", *(store for only in conditions for store in only.stores)])
    channels = dict.fromkeys(["", *(channel for only in conditions for channel in only.channels)])
    for now in _moments(programs, shop.now):
        for tier, store, channel in every(tiers, stores, channels):
            yield _Scene(tier, store, channel, now)


def _moments(programs: Sequence[Program], now: datetime) -> list[datetime]:
    """Return the moments at which programs, and pairs of them, are first in force."""
    sets = [*((program,) for program in programs), *islice(combinations(programs, 2), _PAIRS_MAX)]
    moments = (in_force(together, now) for together in sets)
    return sorted({moment for moment in moments if moment is not None})


def _conditions(program: Program) -> Iterator[Only]:
    yield program.only
    yield from (reward.only for reward in program.rewards)


def _member(programs: Sequence[Program], vouchers: tuple[Voucher, ...], scene: _Scene) -> Member:
    conditions = [only for program in programs for only in _conditions(program)]
    kinds = dict.fromkeys(only.occasion.kind for only in conditions if only.occasion)
    return Member(
        member_id="",
        tier=scene.tier,
        segments=tuple(dict.fromkeys(segment for only in conditions for segment in only.segments)),
        occasions=tuple(Occasion(kind=kind, month=scene.now.month, day=scene.now.day) for kind in kinds),
        vouchers=vouchers,
    )


def _claims(vouchers: Sequence[tuple[Program, Voucher]]) -> list[tuple[Claim, ...]]:
    """Return what the vouchers could be used for: each once for each of its rewards, the others for one of theirs."""
    most = max((len(program.rewards) for program, _ in vouchers), default=1)
    return [
        tuple(
            Claim(reward=reward_key(program, program.rewards[turn % len(program.rewards)]), code=voucher.code)
            for program, voucher in vouchers
        )
        for turn in range(most)
    ]


def _vouchers(programs: Sequence[Program]) -> Iterator[tuple[Program, Voucher]]:
    """Yield a voucher of each program whose vouchers are discounts. Goodwill makes good what went wrong: it is none."""
    for number, program in enumerate(programs):
        discounts = [reward for reward in program.rewards if not isinstance(reward, Pay)]
        if program.kind in VOUCHER_KINDS and program.kind is not Kind.GOODWILL and discounts:
            yield program, Voucher(code=f"V{number}", program_id=program.program_id, member_id="")


def _quantities(rewards: Sequence[Reward], product: Product) -> list[int]:
    """Return how many of a product some reward wants, the fewest first."""
    wanted = {1}
    for reward in rewards:
        price = max(product.unit_price, 1)
        enough = max(1, reward.needs.quantity, -(-reward.needs.amount // price))
        match reward:
            case CheapestFree():
                enough = max(enough, reward.of)
            case FixedPrice():
                enough = max(enough, reward.quantity)
            case FreeItem():
                enough += reward.quantity
        wanted.add(min(enough, QUANTITY_MAX))
    return sorted(wanted)[:_QUANTITIES_MAX]
