"""Earning: points for what is left after the discounts, each rule with its arithmetic."""

from fractions import Fraction

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.evaluation import Because, MoveKind, PointsMove, Reason, Unearned
from pos_loyalty.core.money import Rounding, round_ratio
from pos_loyalty.core.pricing.allowances import UNLIMITED, Allowance
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.needs import unmet
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.programs import (
    Deduct,
    Earning,
    EarningRule,
    EarnPerMoney,
    EarnPerUnit,
    PointsRule,
    Program,
    hundredths,
)
from pos_loyalty.core.programs.program_set import Stage

_ONCE = 100
"""A multiplier of 1, in hundredths."""


class Earned:
    """What one program earns from a ticket."""

    __slots__ = ("moves", "unearned")

    def __init__(self) -> None:
        self.moves: list[PointsMove] = []
        self.unearned: list[Unearned] = []


def earn(
    program: Program, ticket: Ticket, at: Circumstances, paid_share: Fraction, limits: Allowance = UNLIMITED
) -> Earned:
    """Return the points that ``program`` gives for ``ticket``, and why its other rules give none.

    ``paid_share`` is the part of the total that gift cards and wallets pay; ``limits`` is what they leave.
    """
    earned = Earned()
    found: list[tuple[PointsRule, int, Reason]] = []
    for each in program.rules:
        if isinstance(each, EarningRule):
            outcome = _reckon(each, program, ticket, at, paid_share) if at.member else Reason(Because.NO_MEMBER)
            if isinstance(outcome, Reason):
                earned.unearned.append(_unearned(program, each, outcome))
            else:
                found.append((each, *outcome))
    if program.earning is Earning.BEST and len(found) > 1:
        best = max(found, key=lambda points: points[1])
        beaten = Reason(Because.BEATEN, {}, {"by": best[0].rule_id})
        earned.unearned += [_unearned(program, rule, beaten) for rule, *_ in found if rule is not best[0]]
        found = [best]
    room = POINTS_MAX if limits.points is None else max(0, limits.points)
    for rule, points, reason in found:
        given = min(points, room)
        room -= given
        if given:
            earned.moves.append(accrual(program, rule, given, reason, at, _numbers(rule, ticket)))
        else:
            earned.unearned.append(_unearned(program, rule, limits.no_points))
    return earned


def _numbers(rule: PointsRule, ticket: Ticket) -> tuple[int, ...]:
    """Return the lines that ``rule`` is about, by number; none if it is about all."""
    if rule.goods.everything:
        return ()
    return tuple(sorted(ticket.shelf.lines[i].number for i in ticket.shelf.reach(rule.goods)))


def accrual(
    program: Program, rule: PointsRule, points: int, reason: Reason, at: Circumstances, lines: tuple[int, ...] = ()
) -> PointsMove:
    """Return the move by which ``rule`` gives ``points`` for the goods of ``lines``."""
    return PointsMove(
        account=program.account,
        points=points,
        kind=MoveKind.ACCRUAL,
        source=f"{program.stamp}/{rule.rule_id}",
        reason=reason,
        pending_until=at.day_in(program.pending_days) if program.pending_days else None,
        lines=lines,
    )


def multiplier(rule: PointsRule, program_id: str, at: Circumstances) -> int:
    """Return the highest multiplier of ``rule`` that holds, in hundredths."""
    holding = [
        hundredths(multiplier.times)
        for multiplier in rule.multipliers
        if at.against(multiplier.only, program_id) is None
    ]
    return max(holding, default=_ONCE)


def _reckon(
    rule: EarningRule, program: Program, ticket: Ticket, at: Circumstances, paid_share: Fraction
) -> tuple[int, Reason] | Reason:
    lines = ticket.shelf.reach(rule.goods)
    if not lines:
        return Reason(Because.GOODS_MISSING)
    blocked = at.against(rule.only, program.program_id) or unmet(rule.needs, rule.goods, program.program_id, ticket)
    if blocked is not None:
        return blocked
    times = multiplier(rule, program.program_id, at)
    top, per, code, numbers = _measure(rule, program, ticket, lines, paid_share)
    numbers |= {"points": rule.points, "times": times}
    points = round_ratio(top * rule.points * times, per * _ONCE, rule.rounding)
    points = min(points, rule.most or points, POINTS_MAX)
    return (points, Reason(code, numbers)) if points else Reason(Because.NO_EFFECT, numbers)


def _measure(
    rule: EarningRule, program: Program, ticket: Ticket, lines: tuple[int, ...], paid_share: Fraction
) -> tuple[int, int, Because, dict[str, int]]:
    """Return how much there is, how much of it earns once, and how to say so."""
    match rule:
        case EarnPerMoney():
            base = _base(rule, program, ticket, lines)
            if rule.payments is Deduct.DEDUCTED:
                base -= round_ratio(base * paid_share.numerator, paid_share.denominator, Rounding.UP)
            return base, rule.amount, Because.EARNED_PER_MONEY, {"per": rule.amount, "base": base}
        case EarnPerUnit():
            units = sum([ticket.paid[i] for i in lines])
            return units // rule.units, 1, Because.EARNED_PER_UNIT, {"per": rule.units, "units": units}
        case _:
            return int(any(ticket.paid[i] for i in lines)), 1, Because.EARNED_PER_ORDER, {}


def _base(rule: EarnPerMoney, program: Program, ticket: Ticket, lines: tuple[int, ...]) -> int:
    """Return what is spent on ``lines``: after the discounts of others, before the program's own."""
    own = _ignored(rule, program, ticket)
    shelf, base = ticket.shelf, 0
    by_tax: dict[int, tuple[int, int]] = {}
    for i in lines:
        amount, group = ticket.left[i] + own.get(i, 0), shelf.tax_group[i]
        if group is None:
            base += amount
        else:
            # Taxes are rounded once for a group, as on the receipt.
            before, units = by_tax.get(group, (0, 0))
            by_tax[group] = before + amount, units + ticket.paid[i]
    return base + sum(shelf.taxes[group].seen(*spent, rule.tax) for group, spent in by_tax.items())


def _ignored(rule: EarnPerMoney, program: Program, ticket: Ticket) -> dict[int, int]:
    """Return the discounts that do not lower what ``rule`` looks at, by line."""
    ignored: dict[int, int] = {}
    for given in ticket.given:
        plan = given.candidate.plan
        own = plan.program is program and rule.own_discount is Deduct.IGNORED
        wide = plan.stage == Stage.ORDER and rule.order_discounts is Deduct.IGNORED
        # A free unit was not bought: nothing is earned on it, whoever gave it.
        for i, share in given.lowering if own or wide else ():
            ignored[i] = ignored.get(i, 0) + share
    return ignored


def _unearned(program: Program, rule: PointsRule, reason: Reason) -> Unearned:
    return Unearned(source=f"{program.stamp}/{rule.rule_id}", account=program.account, reason=reason)
