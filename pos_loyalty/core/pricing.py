"""The first engine: ``evaluate(basket, member, programs, now)``, pure and deterministic to the byte.

Order of application: rewards in the order they were claimed, each on what is still to pay; then points are earned
on what is left. A reward that would give nothing is not given and costs nothing. The choice among rewards is the
customer's, so ``claimable`` is sorted by value; the optimal combination comes with the full engine.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.evaluation import (
    AppliedReward,
    Because,
    ClaimableReward,
    Evaluation,
    LineDiscount,
    MoveKind,
    PointsMove,
    PricedLine,
    Reason,
    WithheldReward,
)
from pos_loyalty.core.members import Member
from pos_loyalty.core.money import round_ratio, spread
from pos_loyalty.core.programs import EarnPerMoney, FixedOff, Program, Reward, reward_key

_PERCENT_SCALE = 100


def evaluate(basket: Basket, member: Member | None, programs: Sequence[Program], now: datetime) -> Evaluation:
    """Return the price of ``basket`` for ``member`` under ``programs`` at ``now``.

    A member of None is a customer who is not known: full price, nothing earned, no reward. Nothing here raises for
    bad data: a claim that cannot be met is answered in ``withheld``.
    """
    return _Pricing(basket, member, programs, now).result()


class _Pricing:
    """One evaluation under way: what is still to pay on each line, what is still in each account."""

    def __init__(self, basket: Basket, member: Member | None, programs: Sequence[Program], now: datetime) -> None:
        self._basket = basket
        self._member = member
        self._programs = sorted(programs, key=lambda program: (program.program_id, program.version))
        in_force = (p for p in self._programs if p.currency == basket.currency and p.holds_at(now))
        # The newest version in force speaks for its program; the dict keeps the sorted order.
        self._in_force = list({program.program_id: program for program in in_force}.values())
        self._net = [line.gross for line in basket.lines]
        self._discounts: list[list[LineDiscount]] = [[] for _ in basket.lines]
        self._points = dict(member.balances) if member else {}
        self._moves: list[PointsMove] = []
        self._applied: list[AppliedReward] = []
        self._withheld: list[WithheldReward] = []

    def result(self) -> Evaluation:
        for claim in self._basket.claims:
            self._claim(claim)
        claimable = tuple(self._offer())
        if self._member:
            self._earn()
        gross = sum(line.gross for line in self._basket.lines)
        net = sum(self._net)
        return Evaluation(
            currency=self._basket.currency,
            gross=gross,
            discount=gross - net,
            net=net,
            lines=tuple(self._lines()),
            moves=tuple(self._moves),
            applied=tuple(self._applied),
            claimable=claimable,
            withheld=tuple(self._withheld),
            balances_after=self._points,
            programs=tuple(program.stamp for program in self._in_force),
        )

    def _lines(self) -> Iterable[PricedLine]:
        for line, net, discounts in zip(self._basket.lines, self._net, self._discounts, strict=True):
            yield PricedLine(number=line.number, gross=line.gross, net=net, discounts=tuple(discounts))

    def _find(self, claim: str) -> tuple[Program, Reward] | Reason:
        known = [(p, r) for p in self._programs for r in p.rewards if reward_key(p, r) == claim]
        if not known:
            return Reason(Because.UNKNOWN_REWARD)
        in_force = [(p, r) for p, r in known if p in self._in_force]
        if in_force:
            return in_force[-1]
        same_currency = any(p.currency == self._basket.currency for p, _ in known)
        return Reason(Because.NOT_IN_FORCE if same_currency else Because.OTHER_CURRENCY)

    def _claim(self, claim: str) -> None:
        found = self._find(claim)
        if isinstance(found, Reason):
            self._withheld.append(WithheldReward(reward=claim, name={}, reason=found, claimed=True))
            return
        program, reward = found
        verdict = self._judge(program, reward)
        if any(applied.reward == claim for applied in self._applied):
            verdict = Reason(Because.CLAIMED_TWICE)
        if isinstance(verdict, Reason):
            self._withheld.append(WithheldReward(reward=claim, name=reward.name, reason=verdict, claimed=True))
            return
        value, reason = verdict
        self._give(program, reward, value, reason)

    def _judge(self, program: Program, reward: Reward) -> tuple[int, Reason] | Reason:
        """Return what ``reward`` is worth now and how that was reckoned, or why it cannot be given."""
        if self._member is None:
            return Reason(Because.NO_MEMBER)
        to_pay = sum(self._net)
        if to_pay < reward.minimum:
            return Reason(Because.MONEY_MISSING, {"missing": reward.minimum - to_pay})
        short = reward.cost - self._points.get(program.account, 0)
        # After a reversal an account may be below zero; what costs nothing is had all the same.
        if reward.cost and short > 0:
            return Reason(Because.POINTS_MISSING, {"missing": short})
        value, reason = _value(reward, to_pay)
        return (value, reason) if value else Reason(Because.NO_EFFECT)

    def _give(self, program: Program, reward: Reward, value: int, reason: Reason) -> None:
        key = reward_key(program, reward)
        for i, share in enumerate(spread(value, self._net)):
            if share:
                self._net[i] -= share
                self._discounts[i].append(LineDiscount(key, share))
        self._applied.append(
            AppliedReward(
                reward=key, name=reward.name, account=program.account, value=value, cost=reward.cost, reason=reason
            )
        )
        if reward.cost:
            source = f"{program.stamp}/{reward.reward_id}"
            self._move(
                PointsMove(account=program.account, points=-reward.cost, kind=MoveKind.REDEMPTION, source=source)
            )

    def _offer(self) -> Iterable[ClaimableReward]:
        """Sort every reward that was not asked for into claimable (returned) and withheld (kept)."""
        asked = {*self._basket.claims}
        offers = []
        for program in self._in_force:
            for reward in program.rewards:
                key = reward_key(program, reward)
                if key in asked:
                    continue
                verdict = self._judge(program, reward)
                if isinstance(verdict, Reason):
                    self._withheld.append(WithheldReward(reward=key, name=reward.name, reason=verdict))
                    continue
                offers.append(
                    ClaimableReward(
                        reward=key, name=reward.name, account=program.account, value=verdict[0], cost=reward.cost
                    )
                )
        return sorted(offers, key=lambda offer: (-offer.value, offer.cost, offer.reward))

    def _earn(self) -> None:
        base = sum(self._net)
        for program in self._in_force:
            for rule in program.rules:
                points = _earned(rule, base)
                if points:
                    reason = Reason(Because.EARNED_PER_MONEY, {"points": rule.points, "per": rule.amount, "base": base})
                    source = f"{program.stamp}/{rule.rule_id}"
                    self._move(
                        PointsMove(
                            account=program.account, points=points, kind=MoveKind.ACCRUAL, source=source, reason=reason
                        )
                    )

    def _move(self, move: PointsMove) -> None:
        self._moves.append(move)
        self._points[move.account] = self._points.get(move.account, 0) + move.points


def _earned(rule: EarnPerMoney, base: int) -> int:
    return round_ratio(base * rule.points, rule.amount, rule.rounding)


def _value(reward: Reward, to_pay: int) -> tuple[int, Reason]:
    """Return the discount in minor units, never more than is to pay, and its arithmetic."""
    if isinstance(reward, FixedOff):
        return min(reward.amount, to_pay), Reason(Because.FIXED, {"amount": reward.amount, "base": to_pay})
    percent = int(reward.percent * _PERCENT_SCALE)
    exact = round_ratio(to_pay * percent, 100 * _PERCENT_SCALE, reward.rounding)
    numbers = {"percent": percent, "base": to_pay}
    if reward.cap is not None and exact > reward.cap:
        return reward.cap, Reason(Because.PERCENT, numbers | {"cap": reward.cap})
    return exact, Reason(Because.PERCENT, numbers)
