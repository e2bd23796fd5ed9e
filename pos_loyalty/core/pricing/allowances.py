"""What limits leave: uses, minor units and points, for this member and for this till."""

from datetime import date, timedelta
from typing import NamedTuple

from pos_loyalty.core.evaluation import Because, Reason
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.programs import Limit, Measure, Program, Scope
from pos_loyalty.core.usage import Counted, Usage, counter_key, period_of


class Allowance(NamedTuple):
    """What a program may still give. Absent: as much as it likes."""

    value: int | None = None
    points: int | None = None
    no_points: Reason = Reason(Because.BUDGET_SPENT)
    """Why there are no more points than that."""


UNLIMITED = Allowance()


def allowance(program: Program, at: Circumstances, usage: Usage) -> Allowance | Reason:
    """Return what the limits of ``program`` leave, or which of them is used up."""
    least: dict[Measure, int] = {}
    no_points = UNLIMITED.no_points
    for limit in program.limits:
        if limit.per is Scope.MEMBER and at.member is None:
            return Reason(Because.NO_MEMBER)
        rest = _rest(program, limit, at, usage)
        if rest <= 0 and limit.of is not Measure.POINTS:
            return _used_up(limit, at)
        if limit.of is Measure.POINTS and rest <= least.get(limit.of, rest):
            no_points = _used_up(limit, at)
        least[limit.of] = min(rest, least.get(limit.of, rest))
    return Allowance(least.get(Measure.VALUE), least.get(Measure.POINTS), no_points)


def counted(program: Program, at: Circumstances, amounts: dict[Measure, int]) -> list[Counted]:
    """Return by how much each limit of ``program`` is used by giving ``amounts``."""
    counts = []
    for limit in program.limits:
        if amount := amounts.get(limit.of, 0):
            until = period_of(limit, at.today)[1]
            key = counter_key(program.program_id, limit, at.today, at.store_id)
            counts.append(Counted(key=key, amount=amount, scope=limit.per, until=until))
    return counts


def _rest(program: Program, limit: Limit, at: Circumstances, usage: Usage) -> int:
    key = counter_key(program.program_id, limit, at.today, at.store_id)
    if limit.per is Scope.MEMBER:
        own = at.member.used.get(key) if at.member else None
        return limit.most - (own.amount if own else 0)
    most = usage.slices.get(f"{program.program_id}/{limit.limit_id}", limit.most)
    return min(most, limit.most) - usage.used.get(key, 0)


def _used_up(limit: Limit, at: Circumstances) -> Reason:
    last = period_of(limit, at.today)[1]
    code = Because.USED if limit.per is Scope.MEMBER and limit.of is Measure.USES else Because.BUDGET_SPENT
    again = at.midnight(last + timedelta(days=1)) if last and last < date.max else None
    return Reason(code, {"most": limit.most}, {"each": limit.each.value}, again)
