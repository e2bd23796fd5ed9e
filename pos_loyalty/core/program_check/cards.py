"""Gift cards that are sold for less than what is on them: money for nothing, and as often as the customer likes."""

from collections.abc import Iterator, Sequence

from pos_loyalty.core.program_check.findings import Code, Finding, Severity
from pos_loyalty.core.program_check.goods import Catalogue
from pos_loyalty.core.programs import FreeItem, Goods, Kind, LoadCard, Pay, Perk, PerPoint, Program, Reward, reward_key


def check_cards(programs: Sequence[Program], catalogue: Catalogue) -> Iterator[Finding]:
    """Yield the rewards that take something off a product which is worth its shelf price on a card.

    Points were paid for, and a gesture of goodwill is one: both may buy a card.
    """
    rewards = [
        (reward_key(program, reward), reward)
        for program in programs
        for reward in program.rewards
        if program.kind is not Kind.GOODWILL and not (reward.cost or isinstance(reward, PerPoint | Pay | Perk))
    ]
    for program in programs:
        for rule in program.rules:
            if isinstance(rule, LoadCard):
                cards = {product.product_id for product in catalogue.matching(rule.goods)}
                keys = tuple(key for key, reward in rewards if cards & _given(reward, catalogue))
                if keys:
                    yield _sold_for_less(program, keys)


def _given(reward: Reward, catalogue: Catalogue) -> set[str]:
    """Return the products that a reward makes cheaper."""
    goods = Goods(products=reward.gifts) if isinstance(reward, FreeItem) and reward.gifts else reward.goods
    return {product.product_id for product in catalogue.matching(goods)}


def _sold_for_less(program: Program, keys: tuple[str, ...]) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        code=Code.CARD_FOR_LESS,
        programs=(program.stamp, *keys),
        message=f"the cards of {program.stamp} are sold for less than what is on them, by {', '.join(keys)}: leave "
        "them out there, with except_tags or except_products in goods",
    )
