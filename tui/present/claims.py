"""What a reward leaves to the customer: how many points, with what they buy and what is left, or which gift."""

import msgspec

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.evaluation import ClaimableReward, MoveKind
from pos_loyalty.i18n.amounts import FAULT_MESSAGES
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.service.wire import TillView
from tui.present.rewards import reward_name
from tui.present.words import Words, bare_points, called, counted_points
from tui.rows import BLANK, Role, Row

_APART = str.maketrans("", "", ",٬، \u00a0\u202f")
"""What people put between thousands."""


class Spending(msgspec.Struct, frozen=True):
    """What was typed: the points it says, 0 if they cannot be spent, and what to tell about it."""

    points: int
    rows: tuple[Row, ...]


def spend_question(offer: ClaimableReward, words: Words, say: Locale) -> tuple[tuple[Row, ...], str, str]:
    """Return what is asked, the prompt, and the hint of an empty field."""
    most = counted_points(offer.cost, offer.account, words, say)
    rows = (
        Row(reward_name(offer.name, offer.reward, say), Role.LEAD),
        Row(say.text("Enter gives it, Esc leaves it"), Role.QUIET),
        BLANK,
    )
    is_money = offer.account in words.wallets
    prompt = say.text("How much?") if is_money else say.text("How many points?")
    return rows, prompt, say.text("all that is of use: {points}", points=most)


def spending(offer: ClaimableReward, typed: str, view: TillView, words: Words, say: Locale) -> Spending:
    """Return how many points ``typed`` spends, what they take off and what is left; nothing typed is all of use."""
    wanted = _number(typed, offer, words, say) if typed.strip() else offer.cost
    if isinstance(wanted, str):
        return _wrong(wanted)
    if wanted < offer.step:
        return _wrong(say.text("At least {points} are needed.", points=_counted(offer.step, offer, words, say)))
    if wanted > offer.cost:
        most = _counted(offer.cost, offer, words, say)
        return _wrong(say.text("More than {points} would buy nothing.", points=most))
    steps = wanted // offer.step
    spent = steps * offer.step
    left = available(offer.account, view) - spent
    amount = say.amount(offer.value * steps // (offer.cost // offer.step))
    kept = bare_points(left, offer.account, words, say)
    if offer.account in words.wallets:
        told = say.text("pay {amount}, keeps {left}", amount=amount, left=kept)
    else:
        points = _counted(spent, offer, words, say)
        told = say.text("pay {points} = {amount}, keeps {left}", points=points, amount=amount, left=kept)
    rows = [Row(told, Role.GOOD, symbol="✓", lines=2)]
    if spent != wanted:
        rows.append(Row(say.text("Only whole steps of {points} count.", points=say.number(offer.step)), Role.QUIET))
    return Spending(spent, tuple(rows))


def available(account: str, view: TillView) -> int:
    """Return the points of the member that this basket does not spend yet."""
    balance = view.member.balances.get(account, 0) if view.member else 0
    priced = view.basket.evaluation if view.basket else None
    moves = priced.moves if priced else ()
    return balance + sum(move.points for move in moves if move.account == account and move.kind is MoveKind.REDEMPTION)


def gift_question(offer: ClaimableReward, chosen: int, words: Words, say: Locale) -> tuple[Row, ...]:
    """Return what is asked, and how many are chosen already."""
    cost = counted_points(offer.cost, offer.account, words, say) if offer.cost else ""
    name = reward_name(offer.name, offer.reward, say)
    choose = say.plural("Choose {n} gift.", "Choose {n} gifts.", offer.choose)
    if offer.choose > 1:
        choose = say.text("{choose} Chosen so far: {n}", choose=choose, n=chosen)
    keys = say.text("Enter gives it, Esc leaves it")
    return Row(name, Role.LEAD, end=cost, end_role=Role.LEAD), Row(choose, Role.QUIET), Row(keys, Role.QUIET), BLANK


def gift_rows(
    offer: ClaimableReward, selected: int, chosen: tuple[str, ...], words: Words, say: Locale
) -> tuple[Row, ...]:
    """Return the gifts by name, each with its digit; a gift may be chosen more than once."""
    return tuple(
        Row(
            isolate_in(called(words.products, gift, say), say.base),
            end="✓" * chosen.count(gift),
            end_role=Role.GOOD,
            symbol=say.number(place + 1) if place < _DIGITS else " ",
            symbol_role=Role.KEY,
            selected=place == selected,
        )
        for place, gift in enumerate(offer.gifts)
    )


_DIGITS = 9
"""More gifts than keys are chosen with the arrows."""


def _number(typed: str, offer: ClaimableReward, words: Words, say: Locale) -> int | str:
    """Return the points that ``typed`` names, or the sentence that says why it names none."""
    if offer.account in words.wallets:
        amount = say.parse_amount(typed)
        return amount if isinstance(amount, int) else say.text(FAULT_MESSAGES[amount])
    digits = to_ascii(typed).translate(_APART)
    if digits.isascii() and digits.isdecimal() and len(digits) < _TOO_LONG:
        return int(digits)
    return say.text("That is not a number of points. Type digits only.")


_TOO_LONG = 16
"""Digits of a number beyond 2^53."""


def _counted(points: int, offer: ClaimableReward, words: Words, say: Locale) -> str:
    return counted_points(points, offer.account, words, say)


def _wrong(sentence: str) -> Spending:
    return Spending(0, (Row(sentence, Role.WARN, symbol="!", lines=2),))
