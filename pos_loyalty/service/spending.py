"""What a price spends that may be gone elsewhere: points of one account, or one voucher or card. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim, Claims, spelt_out
from pos_loyalty.core.evaluation import (
    Because,
    ClaimableReward,
    Evaluation,
    MoveKind,
    Reason,
    WithheldReward,
)
from pos_loyalty.core.identifiers import normal_code

TURNS_MAX: Final = 64
"""Each turn takes a wish away or makes it smaller, and there may be 20 wishes and as many vouchers."""


class Pot(NamedTuple):
    """Where it comes from: an account of the member, or a voucher."""

    account: str = ""
    code: str = ""


class Spending(NamedTuple):
    """What one price takes out of one pot."""

    pot: Pot
    points: int
    """0 for a voucher."""
    worth: int
    """Minor units."""


class Short(NamedTuple):
    """Less than was asked for can be given."""

    amount: int
    """Minor units, of all that the price takes out of this pot."""
    why: Reason


Limit = Callable[[tuple[Spending, ...]], "dict[Pot, Short]"]
"""Says of everything that a price spends, in its order, which pots give less."""


class _Use(NamedTuple):
    """What one reward takes out of a pot."""

    pot: Pot
    reward: str
    name: dict[str, str]
    worth: int
    points: int
    step: int
    """In what steps less of it can be given: of points, or of money where it costs none; 0: it is whole or nothing."""


def spendings(priced: Evaluation | None) -> tuple[Spending, ...]:
    """Return what a price spends, one for each pot, in the order in which they were reckoned."""
    return _sums(_uses(priced)) if priced else ()


def restricted(
    basket: Basket, price: Callable[[Basket], Evaluation], limit: Limit, is_card: Callable[[str], bool]
) -> tuple[Evaluation, dict[str, Reason]]:
    """Return the price of ``basket`` within ``limit``, and of which rewards less is given than was asked for.

    What cannot be given at all is withheld, with the reason; what is offered can be had. ``is_card`` says of a code
    whether there is money on it.
    """
    refused: dict[str, WithheldReward] = {}
    reduced: dict[str, Reason] = {}
    priced = price(basket)
    for _ in range(TURNS_MAX):
        over = _over(priced, limit)
        if over is None:
            break
        use, room, why = over
        points = _points_for(use, room)
        if points and use.reward not in reduced:
            basket, reduced[use.reward] = _with_less(basket, use, points), why
        else:
            reduced.pop(use.reward, None)
            refused[use.reward] = _withheld(use, why, claimed=True)
            basket = replace(basket, claims=_without(basket.claims, use), declined=(*basket.declined, use.reward))
        priced = price(basket)
    return _offering(priced, refused, limit, is_card), reduced


def _uses(priced: Evaluation) -> tuple[_Use, ...]:
    uses = []
    for each in priced.applied:
        step = each.reason.numbers["points"] if each.reason.code is Because.PER_POINT else 0
        if each.cost:
            uses.append(_Use(Pot(account=each.account), each.reward, each.name, each.value, each.cost, step))
        if each.code:
            uses.append(_Use(Pot(code=each.code), each.reward, each.name, each.value, 0, 0))
    for paid in priced.payments:
        own = (m for m in priced.moves if m.kind is MoveKind.REDEMPTION and m.source == paid.source)
        points = -sum(move.points for move in own) if paid.account else 0
        pot = Pot(account=paid.account, code=paid.code)
        uses.append(_Use(pot, paid.reward, paid.name, paid.amount, points, 1))
    return tuple(uses)


def _sums(uses: Iterable[_Use]) -> tuple[Spending, ...]:
    sums: dict[Pot, Spending] = {}
    for use in uses:
        before = sums.get(use.pot, Spending(use.pot, 0, 0))
        sums[use.pot] = Spending(use.pot, before.points + use.points, before.worth + use.worth)
    return tuple(sums.values())


def _over(priced: Evaluation, limit: Limit) -> tuple[_Use, int, Reason] | None:
    """Return the last reward that takes more than its pot gives, what it may take, and why no more."""
    uses = _uses(priced)
    short = limit(_sums(uses))
    for use in reversed(uses):
        if use.pot in short:
            others = sum(each.worth for each in uses if each.pot == use.pot) - use.worth
            return use, short[use.pot].amount - others, short[use.pot].why
    return None


def _points_for(use: _Use, room: int) -> int:
    """Return how much of a reward is worth no more than ``room``, in whole steps; 0: nothing."""
    if not use.step or room <= 0:
        return 0
    points = use.points * room // use.worth if use.points else room
    return points // use.step * use.step


def _with_less(basket: Basket, use: _Use, points: int) -> Basket:
    """Return ``basket`` with the wish for no more than ``points`` of the reward."""
    wish = Claim(reward=use.reward, points=points, code=use.pot.code)
    claims = spelt_out(basket.claims)
    places = [place for place, claim in enumerate(claims) if _is_for(claim, use)]
    if not places:
        return replace(basket, claims=(*claims, wish))
    made = (wish if place == places[-1] else claim for place, claim in enumerate(claims))
    return replace(basket, claims=tuple(made))


def _without(claims: Claims, use: _Use) -> Claims:
    return tuple(claim for claim in spelt_out(claims) if not _is_for(claim, use))


def _is_for(claim: Claim, use: _Use) -> bool:
    return claim.reward == use.reward and normal_code(claim.code) in ("", use.pot.code)


def _withheld(use: _Use, why: Reason, *, claimed: bool) -> WithheldReward:
    return WithheldReward(reward=use.reward, name=use.name, reason=why, claimed=claimed, account=use.pot.account)


def _offering(
    priced: Evaluation, refused: Mapping[str, WithheldReward], limit: Limit, is_card: Callable[[str], bool]
) -> Evaluation:
    """Return the price with offers that can be had, and every refusal with its reason.

    What only the hub is in the way of comes first: it is nearer than what points or goods are missing for.
    """
    others = [each for each in priced.withheld if each.reward not in refused]
    claimable, withheld = [], list(refused.values())
    for each in priced.claimable:
        if each.reward in refused:
            continue
        offer = _affordable(each, priced, limit, each.step or int(is_card(each.code)))
        if isinstance(offer, ClaimableReward):
            claimable.append(offer)
        else:
            withheld.append(offer)
    return replace(priced, claimable=tuple(claimable), withheld=(*withheld, *others))


def _affordable(
    offer: ClaimableReward, priced: Evaluation, limit: Limit, step: int
) -> ClaimableReward | WithheldReward:
    """Return what of ``offer`` can be had beside what is given, or why nothing can."""
    pot = Pot(code=offer.code) if offer.code else Pot(account=offer.account)
    if not (offer.cost or offer.code):
        return offer
    use = _Use(pot, offer.reward, offer.name, offer.value, offer.cost if pot.account else 0, step)
    before = _uses(priced)
    short = limit(_sums((*before, use))).get(pot)
    if short is None:
        return offer
    points = _points_for(use, short.amount - sum(each.worth for each in before if each.pot == pot))
    if not points:
        return _withheld(use, short.why, claimed=False)
    if not use.points:
        return replace(offer, value=points)
    return replace(offer, value=offer.value * points // offer.cost, cost=points)
