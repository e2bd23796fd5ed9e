"""Offers: what the customer could have on top, what it would be worth, and why not the others.

What is offered is given once it is claimed, lowers the price by its value at least, and takes nothing from an earlier
claim. Where money alone is compared, what is chosen with the offer in place of its rivals is a legal combination, so
the price of the claim is that or less. Where more than money is compared, or rewards come in that were out of the
choice, the basket is priced with the claim, and the offer says what came of it.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import AppliedReward, Because, ClaimableReward, Evaluation, Payment, Reason
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.choice import Chosen
from pos_loyalty.core.pricing.conflicts import are_in_conflict
from pos_loyalty.core.pricing.payments import pay
from pos_loyalty.core.pricing.prospects import Prospects
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.turn import Catalogue
from pos_loyalty.core.programs import FreeItem, Mode, Pay, Perk, PerPoint, Spends, Stage

Asked = Callable[[Claim], Evaluation]
"""What the basket costs with one claim more."""


class Offers:
    """What could be had on top of what is chosen."""

    def __init__(
        self,
        prospects: Prospects,
        chosen: Chosen,
        replay: Replay,
        applied: Sequence[AppliedReward],
        asked: Asked,
    ) -> None:
        self._chosen = chosen
        self._ticket = chosen.replayed.ticket
        self._replay = replay
        self._asked = asked
        self._kept = {_name(each) for each in applied if each.claimed}
        self._claimed = claimed = prospects.claimed
        self._claims = [each for each in claimed if (each.plan.key, _code(each)) in self._kept]
        """What was claimed and is given, services too, as the candidates that they are."""
        self._on_own_points = next((each for each in claimed if _spends_own_points(each)), None)
        self._is_open = (
            self._on_own_points is not None
            or any(isinstance(each.plan.reward, PerPoint) for each in claimed)
            or any(_is_gift(each) and each.lines for each in (*claimed, *prospects.given))
            # A claim that gives nothing beside what is chosen may give something beside the offer.
            or any(each.plan.stage <= Stage.ORDER for each in claimed if each not in self._claims)
        )
        """Whether any offer may rearrange what is chosen: points and gifts count as money, but are not in the price."""

    def on_top(self, candidate: Candidate, to_pay: int) -> ClaimableReward | Reason:
        """Return what ``candidate`` would give, where ``to_pay`` minor units are left, or why it cannot be had."""
        reward = candidate.plan.reward
        if not isinstance(reward, Pay | Perk):
            return self._reward(candidate)
        offer = self._payment(candidate, reward, to_pay) if isinstance(reward, Pay) else self._service(candidate)
        if isinstance(offer, Reason) or not (self._on_own_points or self._needs_own_points(candidate)):
            return offer
        return self._beside_own_points(offer)

    def _reward(self, candidate: Candidate) -> ClaimableReward | Reason:
        reward, ticket = candidate.plan.reward, self._ticket
        known = _known_gifts(candidate, self._replay.setting.catalogue)
        if isinstance(reward, FreeItem) and known == ():
            return Reason(Because.UNKNOWN_GIFT, {}, {"product": reward.gifts[0]})
        trial = _with_best_gift(candidate, known, self._replay.setting.catalogue) if known else candidate
        outcome = self._replay.turn(trial, ticket)
        if isinstance(outcome, Reason):
            return outcome
        rivals = [each.candidate for each in ticket.given if are_in_conflict(trial, each.candidate)]
        refusal = self._against_claims(trial, rivals)
        if refusal is not None:
            return refusal
        offer = _offer(candidate, outcome.value, outcome.cost, known or ())
        if self._rearranges(trial, rivals):
            gifts = trial.claim.gifts if trial.claim else ()
            return self._as_asked(offer, gifts, rivals)
        if outcome.gifts or (self._comes_last(trial) and not rivals):
            return offer
        after = self._with(trial, rivals)
        given = {each.candidate for each in after.given}
        lost = next((each for each in self._claims if each.plan.stage <= Stage.ORDER and each not in given), None)
        return _excluded_by(lost.plan.key) if lost else _worth(offer, ticket.net - after.net, rivals)

    def _against_claims(self, trial: Candidate, rivals: Sequence[Candidate]) -> Reason | None:
        """Return why ``trial`` would be refused beside what was claimed before; None if it would not."""
        kept = next((rival for rival in rivals if rival.claim is not None), None)
        if kept is not None:
            return _excluded_by(kept.plan.key)
        failed = self._replay.of([*self._claims, trial]).failed
        if trial in failed:
            return failed[trial]
        return _excluded_by(next(iter(failed)).plan.key) if failed else None

    def _rearranges(self, trial: Candidate, rivals: Sequence[Candidate]) -> bool:
        """Whether more than ``trial`` in place of ``rivals`` may come of claiming it."""
        plan, reward = trial.plan, trial.plan.reward
        if self._is_open or reward.clear_all or self._needs_own_points(trial):
            return True
        if isinstance(reward, PerPoint):
            on_all = len(trial.lines) == len(self._replay.shelf.lines) and trial.budget is None
            alone = not (rivals or self._claimed or reward.needs.quantity or reward.needs.amount)
            return not (on_all and alone and self._comes_last(trial))
        if rivals and _is_gift(trial):
            return True
        # Without the one that the rule of its group has named, the rule names another.
        return any(
            rival.plan.mode in (Mode.FIRST, Mode.BEST_FOR_SHOP) and rival.plan.group != plan.group for rival in rivals
        )

    def _needs_own_points(self, trial: Candidate) -> bool:
        """Whether points of this very basket may pay for ``trial``, so that it matters how many they are in the end."""
        plan = trial.plan
        there = self._ticket.points.get(plan.program.account, 0)
        return _spends_own_points(trial) and (isinstance(plan.reward, PerPoint) or plan.reward.cost > there)

    def _comes_last(self, trial: Candidate) -> bool:
        """Whether nothing follows ``trial``, so that it gives what it gives on top of all."""
        return trial.plan.stage == Stage.ORDER and all(other.order < trial.order for other in self._chosen.late)

    def _with(self, trial: Candidate, rivals: Sequence[Candidate]) -> Ticket:
        """Return what is chosen with ``trial``, which comes last of its claims, in place of ``rivals``."""
        chosen, replay = self._chosen, self._replay
        late = [other for other in chosen.late if other not in rivals]
        if trial.plan.stage == Stage.ORDER and all(rival in chosen.late for rival in rivals):
            return replay.on(chosen.goods.copy(), [*late, trial]).ticket
        early = [each.candidate for each in chosen.goods.given if each.candidate not in rivals]
        return replay.of([*early, *late, trial]).ticket

    def _as_asked(
        self, offer: ClaimableReward, gifts: tuple[str, ...], rivals: Sequence[Candidate]
    ) -> ClaimableReward | Reason:
        """Return ``offer`` as it is when it is claimed."""
        after = self._asked(Claim(reward=offer.reward, gifts=gifts, code=offer.code))
        refusal = self._broken(offer, after)
        if refusal is not None:
            return refusal
        offer = replace(offer, cost=sum(each.cost for each in after.applied if _name(each) == _name(offer)))
        return offer if gifts else _worth(offer, self._ticket.net - after.net, rivals)

    def _beside_own_points(self, offer: ClaimableReward) -> ClaimableReward | Reason:
        """Return the payment or service ``offer``, unless it makes points of this very basket fewer that pay for it."""
        after = self._asked(Claim(reward=offer.reward, code=offer.code))
        refusal = self._broken(offer, after)
        if refusal is None and self._on_own_points and after.net != self._ticket.net:
            refusal = _excluded_by(self._on_own_points.plan.key)
        return refusal or offer

    def _broken(self, offer: ClaimableReward, after: Evaluation) -> Reason | None:
        """Return why ``offer``, claimed in ``after``, is refused there, or takes from an earlier claim."""
        given = {_name(each) for each in after.applied} | {_name(each) for each in after.payments}
        lost = min(self._kept - given, default=None)
        if lost is not None:
            return _excluded_by(lost[0])
        if _name(offer) in given:
            return None
        return next(each.reason for each in after.withheld if each.claimed and each.reward == offer.reward)

    def _payment(self, candidate: Candidate, reward: Pay, to_pay: int) -> ClaimableReward | Reason:
        plan = candidate.plan
        paid = pay(candidate, reward, self._ticket.points.get(plan.program.account, 0), to_pay)
        if isinstance(paid, Reason):
            return paid
        return ClaimableReward(
            reward=plan.key,
            name=reward.name,
            account=plan.program.account,
            value=paid.payment.amount,
            cost=-paid.move.points if paid.move else 0,
            step=reward.points if paid.move else 0,
            code=paid.payment.code,
        )

    def _service(self, candidate: Candidate) -> ClaimableReward | Reason:
        outcome = self._replay.turn(candidate, self._ticket)
        return outcome if isinstance(outcome, Reason) else _offer(candidate, 0, outcome.cost)


def _offer(candidate: Candidate, value: int, cost: int, gifts: tuple[str, ...] = ()) -> ClaimableReward:
    plan, reward = candidate.plan, candidate.plan.reward
    return ClaimableReward(
        reward=plan.key,
        name=reward.name,
        account=plan.program.account,
        value=value,
        cost=cost,
        gifts=gifts,
        choose=reward.quantity if isinstance(reward, FreeItem) and gifts else 0,
        step=reward.points if isinstance(reward, PerPoint) else 0,
        code=_code(candidate),
    )


def _worth(offer: ClaimableReward, value: int, rivals: Sequence[Candidate]) -> ClaimableReward | Reason:
    """Return ``offer`` at ``value``, minor units; nobody is offered what lowers nothing."""
    if value > 0:
        return replace(offer, value=value)
    return _excluded_by(rivals[0].plan.key) if rivals else Reason(Because.NO_EFFECT)


def _name(each: AppliedReward | Payment | ClaimableReward) -> tuple[str, str]:
    return each.reward, each.code


def _code(candidate: Candidate) -> str:
    return candidate.voucher.code if candidate.voucher else ""


def _spends_own_points(candidate: Candidate) -> bool:
    return candidate.plan.program.spends is Spends.BOTH


def _is_gift(candidate: Candidate) -> bool:
    return isinstance(candidate.plan.reward, FreeItem) and bool(candidate.plan.reward.gifts)


def _known_gifts(candidate: Candidate, catalogue: Catalogue) -> tuple[str, ...] | None:
    """Return the gifts that can be handed over; None for a reward that is no gift."""
    reward = candidate.plan.reward
    if not isinstance(reward, FreeItem) or not reward.gifts:
        return None
    return tuple(gift for gift in reward.gifts if gift in catalogue)


def _with_best_gift(candidate: Candidate, gifts: tuple[str, ...], catalogue: Catalogue) -> Candidate:
    """Return ``candidate`` as if the dearest gift had been chosen."""
    reward = candidate.plan.reward
    best = max(gifts, key=lambda gift: catalogue[gift].unit_price)
    count = reward.quantity if isinstance(reward, FreeItem) else 1
    claim = Claim(reward=candidate.plan.key, gifts=(best,) * count)
    return Candidate(candidate.plan, candidate.lines, claim, voucher=candidate.voucher, budget=candidate.budget)


def _excluded_by(reward: str) -> Reason:
    return Reason(Because.EXCLUDED, {}, {"by": reward})
