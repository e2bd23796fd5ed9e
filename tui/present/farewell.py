"""The end of a sale: thanks by name, what was paid, what became of the points, and what there is for the next time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pos_loyalty.core.basket import Receipt
from pos_loyalty.core.evaluation import MoveKind, PointsMove, VoucherMove, VoucherMoveKind
from pos_loyalty.core.members import Member
from pos_loyalty.i18n.bidi import isolate_in, isolate_ltr
from pos_loyalty.i18n.locales import Locale
from pos_loyalty.i18n.titles import form_of_address
from pos_loyalty.service.wire import Shop
from tui.present.locales import language_for, locale_of
from tui.present.rewards import change, reward_name
from tui.present.words import Words, account_name, bare_points, called, listed
from tui.rows import BLANK, Role, Row

_INSTANT = timedelta(microseconds=1)
"""``valid_until`` is the first moment at which a voucher is no longer good; the last day is said."""


def thanks(member: Member | None, shop: Shop) -> tuple[Row, ...]:
    """Return the goodbye by name, in the member's language; it stands where the greeting stood."""
    language = language_for(member, shop)
    theirs = locale_of(shop, language)
    name = form_of_address(member.name, language) if member else ""
    said = theirs.text("Thank you, {name}", name=name) if name else theirs.text("Thank you")
    return (Row(said, Role.NAME, personal=True),)


def farewell(receipt: Receipt | None, words: Words, say: Locale) -> tuple[Row, ...]:
    """Return what was paid and how, what became of the points, and the vouchers to hand over."""
    return (*_money(receipt, say), *_vouchers(receipt, words, say), *_points(receipt, words, say)) if receipt else ()


def _money(receipt: Receipt, say: Locale) -> Iterator[Row]:
    yield Row(say.text("Paid"), Role.TOTAL, end=say.amount(receipt.to_pay), end_role=Role.TOTAL)
    for paid in receipt.payments:
        left = say.text("{amount} left", amount=say.amount(paid.left)) if paid.left else ""
        yield Row(
            listed((reward_name(paid.name, paid.reward, say), left)), end=say.amount(paid.amount), end_role=Role.PLAIN
        )
    if receipt.discount:
        yield Row(say.text("Saved"), Role.GOOD, end=say.amount(receipt.discount), end_role=Role.GOOD)


def _vouchers(receipt: Receipt, words: Words, say: Locale) -> Iterator[Row]:
    issued = [move for move in receipt.vouchers if move.kind is VoucherMoveKind.ISSUED and move.code]
    if issued:
        yield BLANK
    for move in issued:
        yield Row(_voucher(move, words, say), Role.LEAD, end=isolate_ltr(move.code), end_role=Role.LEAD, symbol="★")
        if terms := _terms(move, say):
            yield Row(terms, Role.QUIET, symbol=" ")


def _voucher(move: VoucherMove, words: Words, say: Locale) -> str:
    name = isolate_in(called(words.programs, move.program_id, say), say.base)
    return listed((name, say.amount(move.amount) if move.amount else ""))


def _terms(move: VoucherMove, say: Locale) -> str:
    begins = say.text("from {day}", day=say.date(move.valid_from)) if move.valid_from else ""
    ends = say.text("until {day}", day=say.date(move.valid_until - _INSTANT)) if move.valid_until else ""
    return listed((begins, ends))


def _points(receipt: Receipt, words: Words, say: Locale) -> Iterator[Row]:
    for account in dict.fromkeys((*receipt.balances_before, *receipt.balances_after)):
        before, after = receipt.balances_before.get(account, 0), receipt.balances_after.get(account, 0)
        moves = [move for move in receipt.moves if move.account == account]
        if not moves and before == after:
            continue
        yield BLANK
        yield Row(account_name(account, words, say), end=change(before, after, account, words, say))
        if moves:
            yield Row(_moved(moves, account, words, say), Role.QUIET, lines=2)


def _moved(moves: Sequence[PointsMove], account: str, words: Words, say: Locale) -> str:
    now = [move for move in moves if move.pending_until is None]
    earned = sum(move.points for move in now if move.kind is MoveKind.ACCRUAL)
    spent = -sum(move.points for move in now if move.kind is MoveKind.REDEMPTION)
    told = [
        say.text("earned {earned}", earned=bare_points(earned, account, words, say)) if earned else "",
        say.text("spent {spent}", spent=bare_points(spent, account, words, say)) if spent else "",
    ]
    for move in moves:
        if move.pending_until is not None:
            more, day = bare_points(move.points, account, words, say), say.date(move.pending_until)
            told.append(say.text("{points} more from {day}", points=more, day=day))
    return listed(told)
