"""What ids are called, and in what points are counted: in points, in coffees, in money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pos_loyalty.core.evaluation import AppliedReward, ClaimableReward, Evaluation, Payment, WithheldReward
from pos_loyalty.core.products import in_language
from pos_loyalty.core.programs import Kind
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import Shop

Names = Mapping[str, Mapping[str, str]]
"""Id to its name in each language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the ids of an evaluation are called, and when it is. An id without a name is shown as it is."""

    now: datetime | None = None
    programs: Names = field(default_factory=dict)
    rewards: Names = field(default_factory=dict)
    """By ``program/reward``."""
    tiers: Names = field(default_factory=dict)
    products: Names = field(default_factory=dict)
    accounts: Names = field(default_factory=dict)
    units: Names = field(default_factory=dict)
    """Account to what one of its points is called; a point where there is none."""
    wallets: frozenset[str] = frozenset()
    """Accounts whose points are minor units of money."""


NO_WORDS = Words()


def words_of(shop: Shop, priced: Evaluation | None, products: Names, now: datetime) -> Words:
    """Return the words for one basket of ``shop``."""
    named: tuple[AppliedReward | Payment | ClaimableReward | WithheldReward, ...] = ()
    if priced:
        named = (*priced.applied, *priced.payments, *priced.claimable, *priced.withheld)
    return Words(
        now=now,
        programs={program.program_id: program.name for program in shop.programs},
        rewards={each.reward: each.name for each in named if each.name},
        tiers={tier.tier_id: tier.name for tier in shop.tiers},
        products=products,
        accounts=shop.accounts,
        units={program.account: program.unit for program in shop.programs if program.account and program.unit},
        wallets=frozenset(program.account for program in shop.programs if program.kind is Kind.WALLET),
    )


def called(names: Names, one: str, say: Locale) -> str:
    """Return what the id ``one`` is called."""
    return in_language(names.get(one, {}), say.language) or one


def account_name(account: str, words: Words, say: Locale) -> str:
    """Return what the balance of ``account`` is called."""
    name = in_language(words.accounts.get(account, {}), say.language)
    return isolate_in(name, say.base) if name else say.text("Points")


def counted_points(points: int, account: str, words: Words, say: Locale) -> str:
    """Return so many points of ``account`` by their name: "3 × coffee"; those of a wallet as money."""
    if account in words.wallets:
        return say.amount(points)
    unit = in_language(words.units.get(account, {}), say.language)
    return say.plural("{n} {unit}", "{n} × {unit}", points, unit=unit) if unit else say.points(points)


def bare_points(points: int, account: str, words: Words, say: Locale) -> str:
    """Return a number of points beside the name of their account."""
    return say.amount(points) if account in words.wallets else say.number(points)


def missing_points(points: int, account: str, words: Words, say: Locale) -> str:
    """Return that so many more points of ``account`` are needed."""
    if account in words.wallets and points <= 1:
        # One minor unit would do, so there is none: nobody pays in tenths of a toman.
        return say.text("the wallet is empty")
    if account in words.wallets:
        return say.text("{amount} more", amount=say.amount(points))
    if unit := in_language(words.units.get(account, {}), say.language):
        return say.plural("{n} {unit} more", "{n} × {unit} more", points, unit=unit)
    return say.plural("{n} point more", "{n} points more", points)


def listed(parts: Sequence[str]) -> str:
    """Return short texts beside each other."""
    return " · ".join(part for part in parts if part)
