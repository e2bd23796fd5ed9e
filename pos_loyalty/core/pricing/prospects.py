"""What could be given to a basket before its goods are counted, and why not the rest."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.claims import Claim, spelt_out
from pos_loyalty.core.evaluation import Because, Reason, RefusedCode, Unearned, WithheldReward
from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.pricing.allowances import UNLIMITED, Allowance, allowance
from pos_loyalty.core.pricing.candidate import OFFERED, Candidate
from pos_loyalty.core.pricing.circumstances import Circumstances
from pos_loyalty.core.pricing.codes import Codes
from pos_loyalty.core.pricing.shelf import Shelf
from pos_loyalty.core.programs import (
    MEMBERLESS_KINDS,
    Discount,
    EarningRule,
    FreeItem,
    Mode,
    Program,
    Status,
    Target,
    reward_key,
)
from pos_loyalty.core.programs.program_set import Plan, ProgramSet
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher


class Speaking(NamedTuple):
    """A program that may earn and give here and now, and what its limits leave."""

    program: Program
    allowance: Allowance


class Prospects:
    """The candidates of one basket, by how they come in."""

    __slots__ = ("_at", "_claims", "_codes", "_declined", "_named", "_promised", "_shelf", "claimed", "given", "offers",
                 "speaking", "unearned", "withheld")  # fmt: skip

    def __init__(self, basket: Basket, shelf: Shelf, at: Circumstances, codes: Codes) -> None:
        self._shelf = shelf
        self._at = at
        self._codes = codes
        self._declined = frozenset(basket.declined)
        self._claims: dict[str, list[tuple[int, Claim]]] = {}
        self._promised: dict[str, str] = {}
        """Codes of vouchers that a claim uses up, and the reward it claims."""
        self._named = {normal_code(claim.code) for claim in spelt_out(basket.claims)}
        """Codes that some claim names: no other claim uses them up."""
        self.claimed: list[Candidate] = []
        """Asked for."""
        self.given: list[Candidate] = []
        """Given by themselves, or for a code that was entered."""
        self.offers: list[Candidate] = []
        """To be had for the asking."""
        self.withheld: list[WithheldReward] = []
        self.unearned: list[Unearned] = []
        self.speaking: list[Speaking] = []
        for place, claim in enumerate(spelt_out(basket.claims)):
            same = self._claims.setdefault(claim.reward, [])
            if any(normal_code(other.code) == normal_code(claim.code) for _, other in same):
                self._withhold(claim.reward, {}, Reason(Because.CLAIMED_TWICE), claimed=True)
            else:
                same.append((place, claim))

    def gather(self, basket: Basket, programs: ProgramSet, usage: Usage) -> None:
        """Look at every program that is in force, and then at the claims that none of them knows."""
        silent: dict[str, Reason] = {}
        for program in programs.speaking(basket.currency, self._at.now, basket.pinned):
            plans = programs.plans(program)
            limits = self._blocked(program, usage)
            if isinstance(limits, Reason):
                silent[program.stamp] = limits
                self._refuse(program, plans, limits)
                continue
            self.speaking.append(Speaking(program, limits))
            # In the order of the claims, so that the earlier has the voucher that both could use.
            for plan in sorted(plans, key=self._first_claim) if self._claims else plans:
                self._consider(plan, limits.value)
        self.claimed.sort(key=_place)
        for name, claims in self._claims.items():
            known = [version for version in programs.versions(name.split("/", 1)[0]) if _has(version, name)]
            reason = _not_in_force(known, basket.currency, self._at) if known else Reason(Because.UNKNOWN_REWARD)
            for _ in claims:
                self._withhold(name, {}, reason, claimed=True)
        self._answer_codes(basket.currency, silent)

    def _answer_codes(self, currency: str, silent: Mapping[str, Reason]) -> None:
        """Refuse the codes that nothing can come of, now that it is known which programs speak."""
        if not self._codes.woken:
            return
        speaking = {each.program.stamp for each in self.speaking}
        for index, versions in self._codes.woken:
            stamps = [version.stamp for version in versions]
            if speaking.isdisjoint(stamps):
                reasons = [silent[stamp] for stamp in stamps if stamp in silent]
                reason = reasons[0] if reasons else _not_in_force(versions, currency, self._at)
                self._codes.refused.append(RefusedCode(index=index, reason=reason))
        self._codes.refused.sort(key=_index)

    def _blocked(self, program: Program, usage: Usage) -> Allowance | Reason:
        at = self._at
        if at.member is None and program.kind not in MEMBERLESS_KINDS:
            return Reason(Because.NO_MEMBER)
        limits = at.against(program.only, program.program_id) or (
            allowance(program, at, usage) if program.limits else UNLIMITED
        )
        # The code last: who is told to enter one shall have something of it.
        if program.codes and program.stamp not in self._codes.awake and not isinstance(limits, Reason):
            return Reason(Because.CODE_MISSING)
        return limits

    def _refuse(self, program: Program, plans: tuple[Plan, ...], reason: Reason) -> None:
        for plan in plans:
            claimed = bool(self._claims.pop(plan.key, ()))
            self._withhold(plan.key, plan.reward.name, reason, claimed=claimed, account=program.account)
        for rule in program.rules:
            if isinstance(rule, EarningRule):
                source = f"{program.stamp}/{rule.rule_id}"
                self.unearned.append(Unearned(source=source, account=program.account, reason=reason))

    def _first_claim(self, plan: Plan) -> int:
        return min((place for place, _ in self._claims.get(plan.key, ())), default=OFFERED)

    def _consider(self, plan: Plan, budget: int | None) -> None:
        claims = self._claims.pop(plan.key, [])
        program, reward = plan.program, plan.reward
        reason = self._at.against(reward.only, program.program_id)
        if plan.key in self._declined and not claims:
            reason = Reason(Because.DECLINED)
        if reason is not None:
            self._withhold(plan.key, reward.name, reason, claimed=bool(claims), account=program.account)
            return
        lines = self._shelf.reach(reward.goods)
        if plan.needs_voucher:
            self._by_voucher(plan, lines, claims, budget)
        elif claims:
            (place, claim), *others = claims
            self._claim(Candidate(plan, self._line(plan, lines, claim), claim, place, budget=budget))
            for _ in others:
                # They name different codes, but no voucher pays for this reward.
                self._withhold(plan.key, reward.name, Reason(Because.CLAIMED_TWICE), claimed=True)
        else:
            self._add(plan, lines, budget)

    def _add(self, plan: Plan, lines: tuple[int, ...], budget: int | None) -> None:
        if plan.given:
            self.given.append(Candidate(plan, lines, budget=budget))
        else:
            self.offers.append(Candidate(plan, lines, place=OFFERED, budget=budget))

    def _by_voucher(
        self, plan: Plan, lines: tuple[int, ...], claims: list[tuple[int, Claim]], budget: int | None
    ) -> None:
        """Let each claim use the voucher it names or the one that ends soonest, and each code that was entered too."""
        usable = [
            voucher
            for voucher in self._codes.usable.get(plan.program.program_id, ())
            if voucher.code not in self._promised
        ]
        for place, claim in claims:
            code = normal_code(claim.code)
            fits = [each for each in usable if (each.code == code if code else each.code not in self._named)]
            voucher = fits[0] if fits else None
            if voucher is None:
                self._withhold(plan.key, plan.reward.name, self._no_voucher(plan, code), claimed=True)
            else:
                usable.remove(voucher)
                self._promised[voucher.code] = plan.key
                here = self._line(plan, lines, claim)
                self._claim(Candidate(_one_of(plan, voucher), here, claim, place, voucher=voucher, budget=budget))
        presented = [voucher for voucher in usable if voucher.code in self._codes.presented]
        if isinstance(plan.reward, FreeItem) and len(plan.reward.gifts) > 1:
            # Which gift it shall be, no code says.
            self.offers += [
                Candidate(_one_of(plan, voucher), lines, place=OFFERED, voucher=voucher, budget=budget)
                for voucher in presented
            ]
        else:
            self.given += [
                Candidate(_one_of(plan, voucher), lines, voucher=voucher, budget=budget) for voucher in presented
            ]
        if not (claims or presented):
            self._offer_voucher(plan, lines, usable, budget)

    def _offer_voucher(self, plan: Plan, lines: tuple[int, ...], usable: list[Voucher], budget: int | None) -> None:
        if usable:
            one_of = _one_of(plan, usable[0])
            self.offers.append(Candidate(one_of, lines, place=OFFERED, voucher=usable[0], budget=budget))
        else:
            promised = [each.code for each in self._codes.usable.get(plan.program.program_id, ())]
            reason = self._no_voucher(plan)
            if promised:
                # All of them by now, or there would be one to offer.
                reason = Reason(Because.EXCLUDED, {}, {"by": self._promised[promised[0]]})
            self._withhold(plan.key, plan.reward.name, reason)

    def _no_voucher(self, plan: Plan, code: str = "") -> Reason:
        """Return why no voucher, or not the one with ``code``, pays for ``plan``."""
        if not code:
            return self._codes.coming(plan.program.program_id) or Reason(Because.VOUCHER_MISSING)
        if code in self._promised:
            return Reason(Because.CLAIMED_TWICE)
        return self._codes.refusal(code) or Reason(Because.UNKNOWN_CODE)

    def _claim(self, candidate: Candidate) -> None:
        if candidate.claim and candidate.claim.line is not None and not candidate.lines:
            plan = candidate.plan
            self._withhold(plan.key, plan.reward.name, Reason(Because.UNKNOWN_LINE), claimed=True)
        else:
            self.claimed.append(candidate)

    def _line(self, plan: Plan, lines: tuple[int, ...], claim: Claim) -> tuple[int, ...]:
        """Return the line the customer chose, if the reward leaves that choice."""
        reward = plan.reward
        if claim.line is None or not isinstance(reward, Discount) or reward.on is not Target.LINE:
            return lines
        return tuple(i for i in lines if self._shelf.lines[i].number == claim.line)

    def _withhold(
        self, key: str, name: dict[str, str], reason: Reason, *, claimed: bool = False, account: str = ""
    ) -> None:
        self.withheld.append(WithheldReward(reward=key, name=name, reason=reason, claimed=claimed, account=account))


def _one_of(plan: Plan, voucher: Voucher) -> Plan:
    """Return ``plan`` in a group with all else that ``voucher`` could buy: it buys one reward, the best."""
    # A mode means nothing without a group, except that of who stands alone.
    one_anyway = plan.mode is Mode.EXCLUSIVE or (plan.group and plan.mode is not Mode.STACK)
    if len(plan.program.rewards) == 1 or one_anyway:
        return plan
    return plan._replace(group=f"voucher {voucher.code}", mode=Mode.BEST_FOR_CUSTOMER)


def _place(candidate: Candidate) -> int:
    return candidate.order[2]


def _index(refused: RefusedCode) -> int:
    return refused.index


def _has(program: Program, key: str) -> bool:
    return any(reward_key(program, reward) == key for reward in program.rewards)


def _not_in_force(versions: Sequence[Program], currency: str, at: Circumstances) -> Reason:
    """Return why none of ``versions``, oldest first, is in force."""
    if not versions:
        return Reason(Because.NOT_IN_FORCE)
    newest = versions[-1]
    if newest.currency != currency:
        return Reason(Because.OTHER_CURRENCY)
    if newest.status is Status.PUBLISHED and newest.valid_from is not None and at.now < newest.valid_from:
        return Reason(Because.NOT_YET, at=newest.valid_from.astimezone(at.now.tzinfo))
    if newest.status is Status.PUBLISHED and newest.valid_until is not None and at.now >= newest.valid_until:
        return Reason(Because.OVER)
    return Reason(Because.NOT_IN_FORCE)
