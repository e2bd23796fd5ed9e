"""Why less is redeemed than was wished for: the hub has less, or cannot be asked. Points are earned all the same."""

from collections.abc import Mapping
from typing import Final

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.offline import OfflineLimit
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale
from tui.present.words import Words, counted_points

_ABOUT_THE_HUB: Final = frozenset({Because.OFFLINE, Because.HELD})

_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    OfflineLimit.DENIED: (mark("only with the hub"),),
    OfflineLimit.OVERDRAWN: (mark("only with the hub: points are overdrawn"),),
    OfflineLimit.CLOCK: (mark("only with the hub: the clock went back"),),
    OfflineLimit.STALE: (mark("only with the hub: the data is too old"),),
    OfflineLimit.IN_A_ROW: (mark("only with the hub: too often in a row"),),
    OfflineLimit.FLOOR: (mark("offline no more than {amount} at a time"), mark("offline nothing more in this sale")),
    OfflineLimit.HALF: (mark("offline no more than half: {amount}"), mark("offline no more than half")),
    OfflineLimit.CAP: (mark("offline {amount} more for this customer"), mark("offline nothing more for this customer")),
    OfflineLimit.EXPOSURE: (mark("offline {amount} more in this store"), mark("offline nothing more in this store")),
    OfflineLimit.SET_ASIDE: (mark("offline {amount} is set aside here"), mark("offline nothing is set aside here")),
    OfflineLimit.AVAILABLE: (mark("only {amount} is there"), mark("nothing is there")),
}
"""Limit to a phrase for the list; to another, where it may leave something, for when it leaves nothing."""

_SENTENCES: Final[Mapping[str, tuple[str, ...]]] = {
    OfflineLimit.DENIED: (mark("Without the hub nothing is redeemed here. Points are earned as always."),),
    OfflineLimit.OVERDRAWN: (
        mark("More was spent than was there, so nothing is redeemed without the hub. Points are earned as always."),
    ),
    OfflineLimit.CLOCK: (
        mark(
            "The clock of this till went back, so nothing is redeemed without the hub: have it set. Points are earned."
        ),
    ),
    OfflineLimit.STALE: (
        mark("What this till knows is too old to redeem by until the hub is back. Points are earned as always."),
    ),
    OfflineLimit.IN_A_ROW: (
        mark("This customer has redeemed several times since the hub was there. Points are earned as always."),
    ),
    OfflineLimit.FLOOR: (
        mark("Without the hub no more than {amount} is redeemed at a time. Points are earned as always."),
        mark("Without the hub nothing more is redeemed in this sale. Points are earned as always."),
    ),
    OfflineLimit.HALF: (
        mark("Without the hub no more than half of what is there is redeemed: {amount}. Points are earned as always."),
        mark("Without the hub no more than half of what is there is redeemed. Points are earned as always."),
    ),
    OfflineLimit.CAP: (
        mark("Without the hub this customer can redeem {amount} more here. Points are earned as always."),
        mark("Without the hub this customer can redeem nothing more here. Points are earned as always."),
    ),
    OfflineLimit.EXPOSURE: (
        mark("Without the hub this store can give {amount} more. Points are earned as always."),
        mark("Without the hub this store can give nothing more. Points are earned as always."),
    ),
    OfflineLimit.SET_ASIDE: (
        mark("Without the hub {amount} can be redeemed: it is set aside for this till. Points are earned as always."),
        mark(
            "Without the hub nothing can be redeemed: nothing is set aside for this till. Points are earned as always."
        ),
    ),
    OfflineLimit.AVAILABLE: (
        mark("No more than {amount} is there to redeem. Points are earned as always."),
        mark("Nothing is there to redeem. Points are earned as always."),
    ),
}


def phrase(why: Reason, say: Locale, words: Words, account: str) -> str:
    """Return a limit in the few words that a list has room for."""
    if why.code is Because.OFFLINE:
        return _with_amount(_PHRASES, why, say)
    if not (left := why.numbers.get("points", 0)):
        return say.text("spent elsewhere, or kept for another basket")
    return say.text("the hub has {points} left", points=counted_points(left, account, words, say))


def sentence(why: Reason, say: Locale, words: Words, account: str) -> str:
    """Return a limit as a sentence that says what goes on all the same."""
    if why.code is Because.OFFLINE:
        return _with_amount(_SENTENCES, why, say)
    if not (left := why.numbers.get("points", 0)):
        return say.text("The hub says it was spent elsewhere, or is kept for another basket. Sell without it.")
    points = counted_points(left, account, words, say)
    return say.text(
        "The hub has {points} left: the rest was spent elsewhere, or is kept for another basket.", points=points
    )


def limits(basket: Basket | None) -> dict[str, tuple[Reason, str]]:
    """Return the wishes of which less is given because of the hub: reward to the reason and the account."""
    priced = basket.evaluation if basket and basket.live else None
    if basket is None or priced is None:
        return {}
    accounts = {each.reward: each.account for each in priced.applied}
    accounts |= {each.reward: each.account for each in priced.payments}
    refused = {
        each.reward: (each.reason, each.account)
        for each in priced.withheld
        if each.claimed and each.reason.code in _ABOUT_THE_HUB
    }
    return {reward: (why, accounts.get(reward, "")) for reward, why in basket.reduced.items()} | refused


def _with_amount(texts: Mapping[str, tuple[str, ...]], why: Reason, say: Locale) -> str:
    said = texts.get(why.names.get("limit", ""), texts[OfflineLimit.DENIED])
    most = why.numbers.get("most", 0)
    return say.text(said[0], amount=say.amount(most)) if most else say.text(said[-1])
