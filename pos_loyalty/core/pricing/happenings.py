"""What else than a purchase earns: a visit, feedback, a referral, joining, an occasion."""

from datetime import datetime
from typing import NamedTuple

from pos_loyalty.core.accounts import POINTS_MAX
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import Because, PointsMove, Reason, Unearned, VoucherMove
from pos_loyalty.core.event_bodies import PointsEarned
from pos_loyalty.core.members import Member
from pos_loyalty.core.money import round_ratio
from pos_loyalty.core.pricing.allowances import allowance, counted
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.earning import accrual, multiplier
from pos_loyalty.core.pricing.vouchers_given import coupon
from pos_loyalty.core.programs import (
    NOTHING,
    Earning,
    EarnOnEvent,
    GiveVoucher,
    Happening,
    Measure,
    Program,
    ProgramSet,
)
from pos_loyalty.core.usage import UNUSED, Counted, Usage

_ONCE = 100
"""A multiplier of 1, in hundredths."""


class Happened(NamedTuple):
    """What something that is no purchase earns, and which rules for it give nothing, and why."""

    body: PointsEarned
    unearned: tuple[Unearned, ...]

    @property
    def earned(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self.body.moves or self.body.vouchers)


def earn_for(
    happening: Happening,
    basket: Basket,
    member: Member,
    programs: ProgramSet,
    now: datetime,
    *,
    usage: Usage = UNUSED,
    about: str = "",
) -> Happened:
    """Return what ``member`` earns by ``happening`` at ``now``, a moment in the store's zone.

    ``basket`` may be empty: it says in which store, on which channel and in which currency. ``about`` is what happened
    (id of the visit, the feedback, the other member); that it earns once only is for the caller to see to, by
    ``PointsEarned.about``, or for the limits of the program. Programs that sleep until a code is entered do not wake
    for this, and a rule that asks for goods gives nothing. New vouchers have no code yet: see
    :func:`~pos_loyalty.core.checkout.with_codes`.
    """
    at = Circumstances(basket, member, now)
    tally = _Tally(happening, at)
    for program in programs.speaking(basket.currency, now, basket.pinned):
        tally.ask(program, usage)
    body = PointsEarned(
        happening=happening.value,
        about=about,
        moves=tuple(tally.moves),
        vouchers=tuple(tally.vouchers),
        counts=tuple(tally.counts),
        granted=tuple(tally.granted),
        day=at.today,
        store_id=basket.store_id,
    )
    return Happened(body, tuple(tally.unearned))


class _Tally:
    """What comes together, program by program."""

    def __init__(self, happening: Happening, at: Circumstances) -> None:
        self._happening = happening
        self._at = at
        self.moves: list[PointsMove] = []
        self.vouchers: list[VoucherMove] = []
        self.counts: list[Counted] = []
        self.granted: list[str] = []
        self.unearned: list[Unearned] = []

    def ask(self, program: Program, usage: Usage) -> None:
        """Let ``program`` give what it has for the happening."""
        rules = [
            rule
            for rule in program.rules
            if isinstance(rule, EarnOnEvent | GiveVoucher) and rule.happening is self._happening
        ]
        if not rules:
            return
        limits = self._blocked(program) or allowance(program, self._at, usage)
        if isinstance(limits, Reason):
            for rule in rules:
                self._withhold(program, rule, limits)
            return
        holding = [rule for rule in rules if self._holds(program, rule)]
        vouchers = [coupon(program, rule, self._at) for rule in holding if isinstance(rule, GiveVoucher)]
        points = [rule for rule in holding if isinstance(rule, EarnOnEvent)]
        moves = self._points(program, points, POINTS_MAX if limits.points is None else limits.points)
        if moves or vouchers:
            self.moves += moves
            self.vouchers += vouchers
            amounts = {Measure.USES: 1, Measure.POINTS: sum(move.points for move in moves)}
            self.counts += counted(program, self._at, amounts)
            if program.only.occasion or any(rule.only.occasion for rule in holding):
                self.granted.append(program.program_id)

    def _blocked(self, program: Program) -> Reason | None:
        if program.codes:
            return Reason(Because.CODE_MISSING)
        return self._at.against(program.only, program.program_id)

    def _holds(self, program: Program, rule: EarnOnEvent | GiveVoucher) -> bool:
        asks_goods = rule.needs != NOTHING or not rule.goods.everything
        reason = self._at.against(rule.only, program.program_id)
        reason = Reason(Because.GOODS_MISSING) if asks_goods else reason
        if reason:
            self._withhold(program, rule, reason)
        return reason is None

    def _points(self, program: Program, rules: list[EarnOnEvent], room: int) -> list[PointsMove]:
        found = [(rule, *self._reckon(program, rule)) for rule in rules]
        if program.earning is Earning.BEST and found:
            best = max(found, key=lambda each: each[1])
            for rule, *_ in found:
                if rule is not best[0]:
                    self._withhold(program, rule, Reason(Because.BEATEN, {}, {"by": best[0].rule_id}))
            found = [best]
        moves = []
        for rule, points, reason in found:
            given = min(points, max(0, room))
            room -= given
            if given:
                moves.append(accrual(program, rule, given, reason, self._at))
            else:
                self._withhold(program, rule, Reason(Because.BUDGET_SPENT if points else Because.NO_EFFECT))
        return moves

    def _reckon(self, program: Program, rule: EarnOnEvent) -> tuple[int, Reason]:
        times = multiplier(rule, program.program_id, self._at)
        points = round_ratio(rule.points * times, _ONCE, rule.rounding)
        numbers = {"points": rule.points, "times": times}
        names = {"happening": self._happening.value}
        return min(points, rule.most or points, POINTS_MAX), Reason(Because.EARNED_FOR_EVENT, numbers, names)

    def _withhold(self, program: Program, rule: EarnOnEvent | GiveVoucher, reason: Reason) -> None:
        source = f"{program.stamp}/{rule.rule_id}"
        self.unearned.append(Unearned(source=source, account=program.account, reason=reason))
