"""For every program: what it gives this basket, what could be had, and what is missing. The nearest comes first."""

from collections.abc import Iterator, Mapping

import msgspec

from pos_loyalty.core.evaluation import Evaluation, MoveKind, PointsMove, Unearned
from pos_loyalty.core.members import Member
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.locales import Locale
from tui.present.picks import Pick, Standing, nearness
from tui.present.picks import missing as missing_of
from tui.present.reasons import reason
from tui.present.rewards import lacking, reward_name
from tui.present.words import Words, bare_points, called, counted_points
from tui.rows import BLANK, Role, Row

_GUTTER = 3

_AT_HAND = (-1, 0, 0.0)
"""Nearer than anything that is missing."""
_GIVEN = (99, 0, 0.0)
"""Nothing is missing: after all that is."""


class _Told(msgspec.Struct, frozen=True):
    """One row about a program, and how near it is."""

    program_id: str
    near: tuple[int, int, float]
    row: Row
    account: str = ""


def programs(
    priced: Evaluation | None, offered: tuple[Pick, ...], member: Member | None, words: Words, say: Locale
) -> tuple[Row, ...]:
    """Return the page: a heading for each program with the balance, and below it its rewards and rules."""
    if priced is None:
        return (*_balances(member, words, say), Row(say.text("Add something to the basket first."), Role.QUIET))
    told: dict[str, list[_Told]] = {}
    for one in (*_picked(offered, words, say), *_missing(priced, words, say), *_earning(priced, words, say)):
        told.setdefault(one.program_id, []).append(one)
    nearest = sorted(told.values(), key=lambda ones: min(one.near for one in ones))
    balances = member.balances if member else {}
    sections = [_section(ones, balances, words, say) for ones in nearest]
    return (*_search(priced, say), *(row for section in sections for row in section))


def _section(told: list[_Told], balances: Mapping[str, int], words: Words, say: Locale) -> tuple[Row, ...]:
    program_id = told[0].program_id
    account = next((one.account for one in told if one.account), "")
    balance = counted_points(balances[account], account, words, say) if account in balances else ""
    name = isolate_in(called(words.programs, program_id, say), say.base)
    rows = [one.row for one in sorted(told, key=lambda one: one.near)]
    return Row(name, Role.HEAD, end=balance, end_role=Role.LEAD), *rows


def _search(priced: Evaluation, say: Locale) -> tuple[Row, ...]:
    choice = priced.choice
    if choice is None or choice.optimal:
        return ()
    most = say.amount(priced.net - choice.bound)
    told = say.text("There were too many combinations to weigh all. No other could save more than {most}.", most=most)
    return Row(told, Role.QUIET, symbol="≈", gutter=_GUTTER, lines=3), BLANK


def _balances(member: Member | None, words: Words, say: Locale) -> Iterator[Row]:
    for account, balance in member.balances.items() if member else ():
        name = isolate_in(called(words.accounts, account, say), say.base)
        yield Row(name, Role.HEAD, end=counted_points(balance, account, words, say), end_role=Role.LEAD)


def _picked(offered: tuple[Pick, ...], words: Words, say: Locale) -> Iterator[_Told]:
    for pick in offered:
        if not pick.reward:
            continue
        symbol, role, end = {
            Standing.GIVEN: ("✓", Role.GOOD, say.amount(-pick.value) if pick.value else say.text("given")),
            Standing.OFFERED: ("▸", Role.LEAD, say.text("to be had now: F5")),
            Standing.DECLINED: ("−", Role.QUIET, say.text("taken off")),
            Standing.REFUSED: ("!", Role.WARN, reason(pick.why, say, words, pick.account) if pick.why else ""),
        }[pick.standing]
        row = Row(
            reward_name(pick.name, pick.reward, say),
            role,
            end=end,
            end_role=role,
            symbol=f" {symbol}",
            gutter=_GUTTER,
            lines=2,
            folds=True,
        )
        near = _GIVEN if pick.standing is Standing.GIVEN else _AT_HAND
        yield _Told(_program(pick.reward), near, row, pick.account)


def _missing(priced: Evaluation, words: Words, say: Locale) -> Iterator[_Told]:
    for each in missing_of(priced):
        row = lacking(each, words, say, gutter=_GUTTER)
        yield _Told(_program(each.reward), nearness(each.reason), row, each.account)


def _earning(priced: Evaluation, words: Words, say: Locale) -> Iterator[_Told]:
    for move in priced.moves:
        if move.kind is MoveKind.ACCRUAL:
            yield _Told(_program(move.source), _GIVEN, _earned(move, words, say), move.account)
    for rule in priced.unearned:
        yield _Told(_program(rule.source), nearness(rule.reason), _unearned(rule, words, say), rule.account)


def _earned(move: PointsMove, words: Words, say: Locale) -> Row:
    why = reason(move.reason, say, words, move.account) if move.reason else say.text("earned")
    # The mark keeps the sign before the number in a right-to-left line, as amounts have it (UAX #9, W5).
    plus = "\u200e+" if say.base else "+"
    end = plus + bare_points(move.points, move.account, words, say)
    return Row(why, Role.GOOD, end=end, end_role=Role.GOOD, symbol=" ✓", gutter=_GUTTER, lines=2)


def _unearned(rule: Unearned, words: Words, say: Locale) -> Row:
    end = reason(rule.reason, say, words, rule.account)
    return Row(
        say.text("points"), Role.QUIET, end=end, end_role=Role.QUIET, symbol=" ·", gutter=_GUTTER, lines=2, folds=True
    )


def _program(source: str) -> str:
    """Return the program of ``program/reward`` or ``program@1/rule``."""
    return source.split("/", 1)[0].split("@", 1)[0]
