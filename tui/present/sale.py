"""The sale: its lines, what is to pay, what the customer can have for their points, and the farewell."""

from collections.abc import Sequence

from pos_loyalty.core.basket import Basket, BasketLine, Receipt
from pos_loyalty.core.evaluation import AppliedReward, ClaimableReward, Evaluation, MoveKind, PointsMove, WithheldReward
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import in_language
from pos_loyalty.i18n.bidi import isolate, isolate_in
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import form_of_address
from pos_loyalty.service.wire import Shop
from tui.present.locales import language_for, locale_of
from tui.present.reasons import reason
from tui.rows import BLANK, Role, Row

_REWARD_GUTTER = 3
"""Cells for the mark, for given or missing, and a blank."""


def lines(basket: Basket | None, selected: int | None, say: Locale) -> tuple[Row, ...]:
    """Return the lines of the basket, or how to make the first; ``selected`` counts from 0."""
    if basket is None or not basket.lines:
        return (
            Row(say.text("Type an amount or a product code, then Enter."), Role.QUIET, lines=2),
            Row(say.text("Several of one product: 3*code"), Role.QUIET, lines=2),
        )
    return tuple(
        Row(_line(line, say), end=say.figure(line.gross), symbol="▸" if i == selected else " ", selected=i == selected)
        for i, line in enumerate(basket.lines)
    )


def hidden(above: int, below: int, say: Locale) -> str:
    """Return how many lines of the basket lie outside its place; nothing if all are seen."""
    counted = [(mark, say.text("{n} more", n=n)) for mark, n in (("↑", above), ("↓", below)) if n]
    return " · ".join(f"{mark} {more}" for mark, more in counted)


def total(basket: Basket | None, say: Locale) -> tuple[Row, ...]:
    """Return the discount, if there is one, and what is to pay."""
    if basket is None or not basket.lines:
        return (BLANK, Row(say.text("To pay"), Role.QUIET, end=say.amount(0), end_role=Role.QUIET))
    gross = sum(line.gross for line in basket.lines)
    priced = basket.evaluation
    if priced is None:
        return (BLANK, Row(say.text("To pay"), Role.TOTAL, end=say.amount(gross), end_role=Role.TOTAL))
    discount = (
        Row(say.text("Discount"), Role.GOOD, end=say.amount(-priced.discount), end_role=Role.GOOD)
        if priced.discount
        else BLANK
    )
    return discount, Row(say.text("To pay"), Role.TOTAL, end=say.amount(priced.net), end_role=Role.TOTAL)


def choices(priced: Evaluation | None) -> tuple[AppliedReward | ClaimableReward, ...]:
    """Return the rewards that a key can take off or apply, in the order shown: applied, then best value first."""
    return (*priced.applied, *priced.claimable) if priced else ()


def rewards(priced: Evaluation | None, marked: int, say: Locale) -> tuple[Row, ...]:
    """Return what was asked for in vain, what can be had, the one that F5 acts on marked, and what is missing."""
    if priced is None:
        return (Row(say.text("Rewards show when there is something to pay."), Role.QUIET, lines=2),)
    refused = [_withheld(reward, say, claimed=True) for reward in priced.withheld if reward.claimed]
    offered = [row for i, reward in enumerate(choices(priced)) for row in _choice(reward, say, is_marked=i == marked)]
    missing = [_withheld(reward, say) for reward in priced.withheld if not reward.claimed]
    return (*refused, *offered, *missing)


def points(member: Member | None, priced: Evaluation | None, shop: Shop, say: Locale) -> str:
    """Return for each account what there is, and what there will be after the sale."""
    before = member.balances if member else {}
    after = priced.balances_after if priced and member else {}
    return " · ".join(
        _balance(_account(account, shop, say), before.get(account, 0), after.get(account, before.get(account, 0)), say)
        for account in dict.fromkeys((*before, *after))
    )


def thanks(member: Member | None, shop: Shop) -> tuple[Row, ...]:
    """Return the goodbye by name, in the member's language; it stands where the greeting stood."""
    language = language_for(member, shop)
    theirs = locale_of(shop, language)
    name = form_of_address(member.name, language) if member else ""
    said = theirs.text("Thank you, {name}", name=name) if name else theirs.text("Thank you")
    return (Row(said, Role.NAME, personal=True),)


def farewell(receipt: Receipt | None, shop: Shop, say: Locale) -> tuple[Row, ...]:
    """Return what was paid and what became of the points."""
    if receipt is None:
        return ()
    rows = [Row(say.text("Paid"), Role.TOTAL, end=say.amount(receipt.net), end_role=Role.TOTAL)]
    if receipt.discount:
        rows.append(Row(say.text("Saved"), Role.GOOD, end=say.amount(receipt.discount), end_role=Role.GOOD))
    for account in dict.fromkeys((*receipt.balances_before, *receipt.balances_after)):
        before, after = receipt.balances_before.get(account, 0), receipt.balances_after.get(account, 0)
        moves = [move for move in receipt.moves if move.account == account]
        rows.append(BLANK)
        rows.append(Row(_account(account, shop, say), end=_change(before, after, say)))
        if moves:
            rows.append(Row(_moved(moves, say), Role.QUIET, lines=2))
    return tuple(rows)


def _line(line: BasketLine, say: Locale) -> str:
    name = isolate(line.name) if line.name else say.text("Amount")
    return say.text("{quantity} × {what}", quantity=line.quantity, what=name) if line.quantity > 1 else name


def _choice(reward: AppliedReward | ClaimableReward, say: Locale, *, is_marked: bool) -> tuple[Row, ...]:
    """Return what it is and what it takes off, and below that what it costs."""
    applied = isinstance(reward, AppliedReward)
    role = Role.GOOD if applied else Role.PLAIN
    what = Row(
        isolate_in(in_language(reward.name, say.language), say.base),
        role,
        end=say.figure(-reward.value),
        end_role=role,
        symbol=("▸" if is_marked else " ") + ("✓" if applied else " "),
        symbol_role=role if applied else Role.LEAD,
        gutter=_REWARD_GUTTER,
        lines=2,
        kept=is_marked,
    )
    if not reward.cost:
        return (what,)
    cost = say.plural("{n} point", "{n} points", reward.cost)
    return what, Row(cost, Role.QUIET, symbol=" ", gutter=_REWARD_GUTTER, kept=is_marked)


def _withheld(reward: WithheldReward, say: Locale, *, claimed: bool = False) -> Row:
    name = in_language(reward.name, say.language) or reward.reward
    role = Role.WARN if claimed else Role.QUIET
    return Row(
        isolate_in(name, say.base),
        role,
        end=reason(reward.reason, say),
        end_role=role,
        symbol=" !" if claimed else " ·",
        gutter=_REWARD_GUTTER,
        lines=2,
    )


def _account(account: str, shop: Shop, say: Locale) -> str:
    name = in_language(shop.accounts.get(account, {}), say.language)
    return isolate_in(name, say.base) if name else say.text("Points")


def _change(before: int, after: int, say: Locale) -> str:
    if before == after:
        return say.number(before)
    return say.text("{before} → {after}", before=before, after=after)


def _balance(account: str, before: int, after: int, say: Locale) -> str:
    # One sentence, not a sentence inside another: in an isolate of its own the arrow would turn round.
    if before == after:
        return say.text("{account}: {points}", account=account, points=before)
    return say.text("{account}: {before} → {after}", account=account, before=before, after=after)


def _moved(moves: Sequence[PointsMove], say: Locale) -> str:
    earned = sum(move.points for move in moves if move.kind is MoveKind.ACCRUAL)
    spent = -sum(move.points for move in moves if move.kind is MoveKind.REDEMPTION)
    if earned and spent:
        return say.text("earned {earned}, spent {spent}", earned=earned, spent=spent)
    return say.text("earned {earned}", earned=earned) if earned else say.text("spent {spent}", spent=spent)
