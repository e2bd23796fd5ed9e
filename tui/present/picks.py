"""The rewards of a basket that a key can act on, in one order and one shape."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import spelt_out
from pos_loyalty.core.evaluation import (
    AppliedReward,
    Because,
    ClaimableReward,
    Evaluation,
    Payment,
    Reason,
    WithheldReward,
)
from pos_loyalty.core.identifiers import normal_code


class Standing(StrEnum):
    """How a reward stands, and so what the key does to it."""

    REFUSED = "refused"
    """Asked for and not to be had; the key drops the wish."""
    GIVEN = "given"
    """The key takes it off."""
    OFFERED = "offered"
    """The key gives it."""
    DECLINED = "declined"
    """Taken off by hand; the key gives it back."""


class Pick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reward, or one code, that a key can act on."""

    standing: Standing
    reward: str = ""
    """Empty for a code that does nothing."""
    code: str = ""
    """The voucher or card behind it, or the code that does nothing, as it was typed."""
    name: dict[str, str] = {}
    account: str = ""
    value: int = 0
    cost: int = 0
    why: Reason | None = None
    offer: ClaimableReward | None = None
    """What could be chosen, where it is offered."""

    @property
    def key(self) -> tuple[str, str]:
        """What it is told apart by from the others, however it stands."""
        return self.reward, self.code


def picks(basket: Basket | None, seen: Sequence[tuple[str, str]] = ()) -> tuple[Pick, ...]:
    """Return what a key can act on: first what was asked for in vain, then what is given, then what could be had.

    Those of ``seen`` keep their places, so that nothing moves when a key has acted on it.
    """
    priced = basket.evaluation if basket else None
    if basket is None or priced is None:
        return tuple(Pick(standing=Standing.REFUSED, code=code) for code in basket.codes) if basket else ()
    found = (*_refused(basket, priced), *_given(priced), *_offered(priced), *_declined(priced))
    places = {key: place for place, key in enumerate(seen)}
    return tuple(sorted(found, key=lambda pick: places.get(pick.key, len(places))))


def missing(priced: Evaluation) -> tuple[WithheldReward, ...]:
    """Return the rewards that nobody asked for and that cannot be had now, the nearest first."""
    rest = (each for each in priced.withheld if not each.claimed and each.reason.code is not Because.DECLINED)
    return tuple(sorted(rest, key=lambda each: nearness(each.reason)))


def nearness(why: Reason) -> tuple[int, int, float]:
    """Return how far away something is: first by what is missing, then by how much or how long."""
    place = _NEAREST.get(why.code, len(_NEAREST))
    return place, why.numbers.get("missing", 0), why.at.timestamp() if why.at else 0


_NEAREST = {
    code: place
    for place, code in enumerate(
        (
            Because.HELD,
            Because.OFFLINE,
            Because.CHOICE_MISSING,
            Because.UNITS_MISSING,
            Because.MONEY_MISSING,
            Because.POINTS_MISSING,
            Because.NO_MEMBER,
            Because.GOODS_MISSING,
            Because.CODE_MISSING,
            Because.VOUCHER_MISSING,
            Because.NO_EFFECT,
            Because.EXCLUDED,
            Because.NOT_YET,
            Because.USED,
            Because.NO_OCCASION,
            Because.BUDGET_SPENT,
            Because.OTHER_TIER,
        )
    )
}
"""What a customer could do something about comes first, then what time will bring."""


def _refused(basket: Basket, priced: Evaluation) -> Iterable[Pick]:
    for refused in priced.refused_codes:
        yield Pick(standing=Standing.REFUSED, code=basket.codes[refused.index], why=refused.reason)
    for each in priced.withheld:
        if each.claimed:
            yield _withheld(each, Standing.REFUSED)


def _given(priced: Evaluation) -> Iterable[Pick]:
    for each in priced.applied:
        yield _applied(each)
    for paid in priced.payments:
        yield _paid(paid)


def _offered(priced: Evaluation) -> Iterable[Pick]:
    for each in priced.claimable:
        yield Pick(
            standing=Standing.OFFERED,
            reward=each.reward,
            code=each.code,
            name=each.name,
            account=each.account,
            value=each.value,
            cost=each.cost,
            offer=each,
        )


def _declined(priced: Evaluation) -> Iterable[Pick]:
    return (_withheld(each, Standing.DECLINED) for each in priced.withheld if each.reason.code is Because.DECLINED)


def _applied(each: AppliedReward) -> Pick:
    return Pick(
        standing=Standing.GIVEN,
        reward=each.reward,
        code=each.code,
        name=each.name,
        account=each.account,
        value=each.value,
        cost=each.cost,
        why=each.reason,
    )


def _paid(each: Payment) -> Pick:
    return Pick(
        standing=Standing.GIVEN,
        reward=each.reward,
        code=each.code,
        name=each.name,
        account=each.account,
        value=each.amount,
    )


def _withheld(each: WithheldReward, standing: Standing) -> Pick:
    return Pick(standing=standing, reward=each.reward, name=each.name, account=each.account, why=each.reason)


def leaves_choice(offer: ClaimableReward) -> bool:
    """Whether the customer has to choose how many points, or which gift."""
    return offer.step > 0 or len(offer.gifts) > 1


def is_typed(code: str, basket: Basket) -> bool:
    """Whether ``code`` was typed or scanned for this very basket, rather than found with the member."""
    return bool(code) and normal_code(code) in map(normal_code, basket.codes)


def is_claimed(reward: str, basket: Basket) -> bool:
    """Whether ``reward`` was asked for."""
    return any(claim.reward == reward for claim in spelt_out(basket.claims))


def is_given(reward: str, basket: Basket) -> bool:
    """Whether ``reward`` is given, or pays, as the basket stands."""
    priced = basket.evaluation
    return priced is not None and any(pick.reward == reward for pick in _given(priced))


def gifts_of(priced: Evaluation) -> set[str]:
    """Return the ids of the gifts that are added or offered: the basket does not say what they are called."""
    added = {line.product_id for line in priced.lines if line.product_id}
    return added.union(*(offer.gifts for offer in priced.claimable))
