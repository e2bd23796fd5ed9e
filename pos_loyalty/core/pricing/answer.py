"""The answer, put together: what was given, what it cost, what was earned, and why not the rest."""

from collections.abc import Iterable
from fractions import Fraction

from pos_loyalty.core.evaluation import (
    AppliedReward,
    Because,
    ClaimableReward,
    LineDiscount,
    MoveKind,
    Payment,
    PointsMove,
    PricedLine,
    Reason,
    Unearned,
    VoucherMove,
    VoucherMoveKind,
    WithheldReward,
)
from pos_loyalty.core.pricing.allowances import counted
from pos_loyalty.core.pricing.candidate import Candidate, Given
from pos_loyalty.core.pricing.choice import Chosen
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.earning import earn
from pos_loyalty.core.pricing.offers import Offers
from pos_loyalty.core.pricing.payments import pay
from pos_loyalty.core.pricing.prospects import Prospects
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.turn import Catalogue
from pos_loyalty.core.pricing.vouchers_given import issue
from pos_loyalty.core.programs import Measure, Pay, Perk, Program
from pos_loyalty.core.usage import Counted


class Answer:
    """What the customer is told, as it comes together."""

    def __init__(self, at: Circumstances, ticket: Ticket) -> None:
        self._at = at
        self._ticket = ticket
        self.balances: dict[str, int] = dict(at.member.balances) if at.member else {}
        self.moves: list[PointsMove] = []
        self.vouchers: list[VoucherMove] = []
        self.applied: list[AppliedReward] = []
        self.payments: list[Payment] = []
        self.claimable: list[ClaimableReward] = []
        self.withheld: list[WithheldReward] = []
        self.unearned: list[Unearned] = []
        self.counts: list[Counted] = []
        self._granted: set[str] = set()

    def give(self, given: Iterable[Given]) -> None:
        """Write down the rewards that are given, their cost and the vouchers they use up."""
        for each in given:
            candidate, plan = each.candidate, each.candidate.plan
            code = candidate.voucher.code if candidate.voucher else ""
            account = plan.program.account
            self.applied.append(
                AppliedReward(
                    reward=plan.key,
                    name=plan.reward.name,
                    account=account,
                    value=each.value,
                    cost=each.cost,
                    reason=Reason(each.code, each.numbers),
                    source=plan.source,
                    code=code,
                    claimed=candidate.claim is not None,
                )
            )
            if (plan.program.only.occasion or plan.reward.only.occasion) and not isinstance(plan.reward, Perk):
                self._granted.add(plan.program.program_id)
            if each.cost:
                self.move(PointsMove(account=account, points=-each.cost, kind=MoveKind.REDEMPTION, source=plan.source))
            if code and all(move.code != code for move in self.vouchers):
                self.vouchers.append(
                    VoucherMove(
                        kind=VoucherMoveKind.REDEEMED,
                        program_id=plan.program.program_id,
                        source=plan.source,
                        code=code,
                    )
                )

    def withhold(self, candidate: Candidate, reason: Reason) -> None:
        """Write down why ``candidate`` is not given."""
        plan = candidate.plan
        self.withheld.append(
            WithheldReward(
                reward=plan.key,
                name=plan.reward.name,
                reason=reason,
                claimed=candidate.claim is not None,
                account=plan.program.account,
            )
        )

    def exclude(self, chosen: Chosen) -> None:
        """Write down what gave nothing, and what had to give way to what."""
        for candidate, reason in {**chosen.replayed.failed, **chosen.withheld}.items():
            self.withhold(candidate, reason)
        for candidate, rival in chosen.excluded.items():
            self.withhold(candidate, Reason(Because.EXCLUDED, {}, {"by": rival.plan.key}))

    def pay(self, candidates: Iterable[Candidate], to_pay: int) -> int:
        """Let the cards and wallets among ``candidates`` pay, in their order; return what is left to pay."""
        for candidate in candidates:
            reward = candidate.plan.reward
            if not isinstance(reward, Pay):
                continue
            paid = pay(candidate, reward, self.balances.get(candidate.plan.program.account, 0), to_pay)
            if isinstance(paid, Reason):
                self.withhold(candidate, paid)
                continue
            to_pay -= paid.payment.amount
            self.payments.append(paid.payment)
            if paid.move:
                self.move(paid.move)
            if paid.voucher:
                self.vouchers.append(paid.voucher)
        return to_pay

    def say(self, candidates: Iterable[Candidate], replay: Replay) -> None:
        """Write down the services that the member is entitled to."""
        for candidate in candidates:
            self._ticket.points = dict(self.balances)
            outcome = replay.turn(candidate, self._ticket)
            if isinstance(outcome, Reason):
                self.withhold(candidate, outcome)
            else:
                self.give([outcome])

    def offer(self, candidates: Iterable[Candidate], offers: Offers, to_pay: int) -> None:
        """Write down what could be had for the asking, and why not the rest."""
        # What payments and services took can no longer be spent.
        self._ticket.points = dict(self.balances)
        for candidate in candidates:
            outcome = offers.on_top(candidate, to_pay)
            if isinstance(outcome, Reason):
                self.withhold(candidate, outcome)
            else:
                self.claimable.append(outcome)

    def granted(self) -> tuple[str, ...]:
        """Return the programs of an occasion that gave something."""
        return tuple(sorted(self._granted))

    def earn(self, prospects: Prospects, paid_share: Fraction) -> None:
        """Write down the points, vouchers and cards that the basket makes, and what counts towards limits."""
        for program, allowance in prospects.speaking:
            if not (program.rules or program.limits):
                continue
            earned = earn(program, self._ticket, self._at, paid_share, allowance)
            issued = issue(program, self._ticket, self._at)
            for move in earned.moves:
                self.move(move)
            self.unearned += earned.unearned
            self.vouchers += issued
            self._grant(program, {*(move.source for move in earned.moves), *(each.source for each in issued)})
            if program.limits:
                points = sum(move.points for move in earned.moves)
                self.counts += counted(program, self._at, self._amounts(program, points, len(issued)))

    def _grant(self, program: Program, sources: set[str]) -> None:
        """Write down that an occasion earned something: it does so once in 365 days."""
        for rule in program.rules:
            if (program.only.occasion or rule.only.occasion) and f"{program.stamp}/{rule.rule_id}" in sources:
                self._granted.add(program.program_id)

    def move(self, move: PointsMove) -> None:
        """Let ``move`` stand; points that are pending are in no balance yet."""
        self.moves.append(move)
        if move.pending_until is None:
            self.balances[move.account] = self.balances.get(move.account, 0) + move.points

    def _amounts(self, program: Program, points: int, issued: int) -> dict[Measure, int]:
        """Return how much ``program`` gave; to say a service is not to give one."""
        prefix = f"{program.program_id}/"
        given = [
            each for each in self.applied if each.reward.startswith(prefix) and each.reason.code is not Because.PERK
        ]
        paid = any(each.reward.startswith(prefix) for each in self.payments)
        return {
            Measure.USES: int(bool(given or points or issued or paid)),
            Measure.VALUE: sum(each.value for each in given),
            Measure.POINTS: points,
        }

    def lines(self, taxes: list[int], catalogue: Catalogue) -> tuple[PricedLine, ...]:
        """Return the lines of the basket, then the gifts."""
        ticket, shelf = self._ticket, self._ticket.shelf
        discounts: list[list[LineDiscount]] = [[] for _ in shelf.lines]
        for given in ticket.given:
            for i, share in given.shares or ():
                discounts[i].append(LineDiscount(given.candidate.plan.key, share))
        priced = [
            PricedLine(
                number=line.number,
                gross=shelf.gross[i],
                net=ticket.left[i],
                discounts=tuple(discounts[i]),
                free_units=shelf.quantity[i] - ticket.paid[i],
                tax=taxes[i],
            )
            for i, line in enumerate(shelf.lines)
        ]
        return (*priced, *self._gifts(catalogue))

    def _gifts(self, catalogue: Catalogue) -> Iterable[PricedLine]:
        number = max((line.number for line in self._ticket.shelf.lines), default=0)
        for given in self._ticket.given:
            for product_id in dict.fromkeys(given.gifts):
                number += 1
                quantity = given.gifts.count(product_id)
                gross = catalogue[product_id].unit_price * quantity
                discount = (LineDiscount(given.candidate.plan.key, gross),) if gross else ()
                yield PricedLine(
                    number=number,
                    gross=gross,
                    net=0,
                    discounts=discount,
                    free_units=quantity,
                    product_id=product_id,
                    quantity=quantity,
                )
