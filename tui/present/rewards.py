"""What the customer is given, could have, and lacks: the list beside the basket, and the points under it."""

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, Evaluation, WithheldReward
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import in_language
from pos_loyalty.i18n.bidi import isolate, isolate_in
from pos_loyalty.i18n.locales import Locale
from tui.present.picks import Pick, Standing, missing
from tui.present.reasons import reason
from tui.present.words import Words, account_name, bare_points, counted_points, listed
from tui.rows import Role, Row

_GUTTER = 3
"""Cells for the mark, for given or missing, and a blank."""

_LOOKS = {
    Standing.REFUSED: ("!", Role.WARN),
    Standing.GIVEN: ("✓", Role.GOOD),
    Standing.OFFERED: (" ", Role.PLAIN),
    Standing.DECLINED: ("−", Role.QUIET),
}


def rewards(
    basket: Basket | None, offered: tuple[Pick, ...], marked: Pick | None, words: Words, say: Locale
) -> tuple[Row, ...]:
    """Return what can be acted on, the marked one with its mark, and below it what is missing for the others."""
    priced = basket.evaluation if basket else None
    if priced is None and not offered:
        return (Row(say.text("They appear as soon as something is in the basket."), Role.QUIET, lines=2),)
    rows = [_pick(pick, words, say, is_marked=marked is not None and pick.key == marked.key) for pick in offered]
    return (*rows, *(lacking(each, words, say, gutter=_GUTTER) for each in (missing(priced) if priced else ())))


def heading(priced: Evaluation | None, say: Locale) -> str:
    """Return what stands over the rewards; a wish that costs more than it gives says so, as does a bounded search."""
    if priced and priced.dearer_by:
        return say.text("Rewards · {amount} less without the wish", amount=say.amount(priced.dearer_by))
    if priced and priced.choice and not priced.choice.optimal:
        return say.text("Rewards · perhaps not the very best")
    return say.text("Rewards")


def points(member: Member | None, priced: Evaluation | None, words: Words, say: Locale) -> tuple[str, ...]:
    """Return for each account what there is, and what there will be after the sale; those that change come first."""
    before = member.balances if member else {}
    after = priced.balances_after if priced and member else {}
    accounts = sorted(dict.fromkeys((*before, *after)), key=lambda one: before.get(one, 0) == after.get(one, 0))
    return tuple(
        _balance(account, before.get(account, 0), after.get(account, before.get(account, 0)), words, say)
        for account in accounts
    )


def change(before: int, after: int, account: str, words: Words, say: Locale) -> str:
    """Return a balance before and after, or the balance where nothing moved."""
    if before == after:
        return bare_points(before, account, words, say)
    return say.text(
        "{before} → {after}",
        before=bare_points(before, account, words, say),
        after=bare_points(after, account, words, say),
    )


def reward_name(name: dict[str, str], key: str, say: Locale) -> str:
    """Return what a reward is called, or its key where it has no name any more."""
    return isolate_in(in_language(name, say.language) or key, say.base)


def lacking(each: WithheldReward, words: Words, say: Locale, *, gutter: int) -> Row:
    """Return one reward that cannot be had, and why not."""
    return Row(
        reward_name(each.name, each.reward, say),
        Role.QUIET,
        end=reason(each.reason, say, words, each.account),
        end_role=Role.QUIET,
        symbol=" ·",
        gutter=gutter,
        lines=2,
        folds=True,
    )


def _pick(pick: Pick, words: Words, say: Locale, *, is_marked: bool) -> Row:
    symbol, role = _LOOKS[pick.standing]
    return Row(
        _what(pick, words, say),
        role,
        end=_worth(pick, words, say),
        end_role=role,
        symbol=("▸" if is_marked else " ") + symbol,
        symbol_role=Role.LEAD if pick.standing is Standing.OFFERED else role,
        gutter=_GUTTER,
        lines=2,
        kept=is_marked,
        folds=pick.standing is Standing.REFUSED,
    )


def _what(pick: Pick, words: Words, say: Locale) -> str:
    if not pick.reward:
        return say.text("Code {code}", code=isolate(pick.code))
    return listed((reward_name(pick.name, pick.reward, say), _cost(pick, words, say)))


def _cost(pick: Pick, words: Words, say: Locale) -> str:
    offer = pick.offer
    if offer and offer.gifts:
        free = say.text("choose {n} of {all}", n=offer.choose, all=len(offer.gifts))
        return listed((free, counted_points(pick.cost, pick.account, words, say) if pick.cost else ""))
    if not pick.cost or pick.account in words.wallets:
        return ""
    if offer and offer.step:
        return say.text("up to {points}", points=pick.cost)
    return counted_points(pick.cost, pick.account, words, say)


def _worth(pick: Pick, words: Words, say: Locale) -> str:
    if pick.standing is Standing.DECLINED:
        return say.text("taken off")
    if pick.standing is Standing.REFUSED:
        return reason(pick.why, say, words, pick.account) if pick.why else ""
    if pick.why and pick.why.code is Because.PERK:
        return say.text("service")
    return say.figure(-pick.value)


def _balance(account: str, before: int, after: int, words: Words, say: Locale) -> str:
    # One sentence, not a sentence inside another: in an isolate of its own the arrow would turn round.
    name = account_name(account, words, say)
    now, then = (bare_points(number, account, words, say) for number in (before, after))
    if before == after:
        return say.text("{account}: {points}", account=name, points=now)
    return say.text("{account}: {before} → {after}", account=name, before=now, after=then)
