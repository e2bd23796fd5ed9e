"""Offers: what the customer could have on top, what it would be worth, and why not the others."""

from collections.abc import Mapping, Sequence

from pos_loyalty.core.claims import Claim
from pos_loyalty.core.evaluation import Because, ClaimableReward, Reason
from pos_loyalty.core.pricing.candidate import Candidate
from pos_loyalty.core.pricing.choice import Chosen
from pos_loyalty.core.pricing.conflicts import are_in_conflict
from pos_loyalty.core.pricing.payments import pay
from pos_loyalty.core.pricing.replay import Replay
from pos_loyalty.core.pricing.ticket import Ticket
from pos_loyalty.core.pricing.turn import Catalogue, overdrawn
from pos_loyalty.core.programs import FreeItem, Pay, PerPoint, Spends, Stage


def offer(candidate: Candidate, chosen: Chosen, replay: Replay) -> ClaimableReward | Reason:
    """Return what ``candidate`` would give on top of what is chosen, or why it cannot be had.

    What is offered is given when it is claimed: it takes nothing from an earlier claim, and spends no points of this
    very basket that it makes fewer.
    """
    ticket, reward = chosen.replayed.ticket, candidate.plan.reward
    known = _known_gifts(candidate, replay.setting.catalogue)
    if isinstance(reward, FreeItem) and known == ():
        return Reason(Because.UNKNOWN_GIFT, {}, {"product": reward.gifts[0]})
    trial = _with_best_gift(candidate, known, replay.setting.catalogue) if known else candidate
    outcome = replay.turn(trial, ticket)
    if isinstance(outcome, Reason):
        return outcome
    rivals = [each.candidate for each in ticket.given if are_in_conflict(trial, each.candidate)]
    refusal = _against_claims(trial, rivals, ticket, replay)
    if refusal is not None:
        return refusal
    value, cost = outcome.value, outcome.cost
    if rivals or not _comes_last(trial, chosen) or _on_own_points(trial, ticket, replay):
        after = _ticket_with(trial, rivals, chosen, replay)
        if replay.setting.own_points and overdrawn(after, replay.points, replay.setting):
            return offer(candidate, chosen, replay.without_own_points())
        if not outcome.gifts:
            value = ticket.net - after.net
            cost = sum(each.cost for each in after.given if each.candidate is trial)
            if value <= 0:
                return _excluded_by(rivals[0]) if rivals else Reason(Because.NO_EFFECT)
    return ClaimableReward(
        reward=candidate.plan.key,
        name=reward.name,
        account=candidate.plan.program.account,
        value=value,
        cost=cost,
        gifts=known or (),
        choose=reward.quantity if isinstance(reward, FreeItem) and known else 0,
        step=reward.points if isinstance(reward, PerPoint) else 0,
        code=candidate.voucher.code if candidate.voucher else "",
    )


def _against_claims(trial: Candidate, rivals: Sequence[Candidate], ticket: Ticket, replay: Replay) -> Reason | None:
    """Return why ``trial`` would be refused beside what was claimed before; None if it would not."""
    claims = [each.candidate for each in ticket.given if each.candidate.claim is not None]
    kept = next((rival for rival in rivals if rival.claim is not None), None)
    if kept is not None:
        return _excluded_by(kept)
    failed = replay.of([*claims, trial]).failed
    if trial in failed:
        return failed[trial]
    return _excluded_by(next(iter(failed))) if failed else None


def _comes_last(trial: Candidate, chosen: Chosen) -> bool:
    """Whether nothing follows ``trial``, so that it gives what it gives on top of all."""
    return trial.plan.stage == Stage.ORDER and all(other.order < trial.order for other in chosen.late)


def _on_own_points(trial: Candidate, ticket: Ticket, replay: Replay) -> bool:
    """Whether points that this very basket earns pay for anything of it, so that it matters how many they are."""
    programs = (trial.plan.program, *(each.candidate.plan.program for each in ticket.given))
    return replay.setting.own_points and any(program.spends is Spends.BOTH for program in programs)


def _ticket_with(trial: Candidate, rivals: Sequence[Candidate], chosen: Chosen, replay: Replay) -> Ticket:
    """Return what is chosen with ``trial``, which comes last of its claims, and without ``rivals``."""
    late = [other for other in chosen.late if other not in rivals]
    if trial.plan.stage == Stage.ORDER and all(rival in chosen.late for rival in rivals):
        return replay.on(chosen.goods.copy(), [*late, trial]).ticket
    early = [each.candidate for each in chosen.goods.given if each.candidate not in rivals]
    return replay.of([*early, *late, trial]).ticket


def offer_payment(
    candidate: Candidate, reward: Pay, balances: Mapping[str, int], to_pay: int
) -> ClaimableReward | Reason:
    """Return what a card or wallet could pay of ``to_pay``."""
    plan = candidate.plan
    paid = pay(candidate, reward, balances.get(plan.program.account, 0), to_pay)
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


def offer_service(candidate: Candidate, ticket: Ticket, replay: Replay) -> ClaimableReward | Reason:
    """Return a service that has to be asked for."""
    outcome = replay.turn(candidate, ticket)
    if isinstance(outcome, Reason):
        return outcome
    plan = candidate.plan
    return ClaimableReward(
        reward=plan.key,
        name=plan.reward.name,
        account=plan.program.account,
        value=0,
        cost=outcome.cost,
        code=candidate.voucher.code if candidate.voucher else "",
    )


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


def _excluded_by(rival: Candidate) -> Reason:
    return Reason(Because.EXCLUDED, {}, {"by": rival.plan.key})
