"""What programs are to each other: shared codes, groups, discounts that can never win, limits cut into slices."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from pos_loyalty.core.identifiers import normal_code, normal_phone
from pos_loyalty.core.program_check.findings import Code, Finding, Severity, Shop
from pos_loyalty.core.program_check.goods import Catalogue
from pos_loyalty.core.program_check.times import in_force
from pos_loyalty.core.programs import (
    MEMBERLESS_KINDS,
    FixedOff,
    Mode,
    PercentOff,
    Plan,
    Program,
    ProgramSet,
    Reward,
)
from pos_loyalty.core.voucher_codes import is_mistyped


def check_together(programs: Sequence[Program], shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what programs do to each other."""
    yield from _check_codes(programs, shop)
    yield from _check_groups(programs)
    yield from _check_exclusives(programs, shop, catalogue)
    yield from _check_order_discounts(programs)
    yield from _check_slices(programs, shop)


def _check_codes(programs: Sequence[Program], shop: Shop) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for program in programs:
        for written in program.codes:
            code = normal_code(written)
            if code in owners:
                yield Finding(
                    severity=Severity.WARNING,
                    code=Code.CODE_TWICE,
                    programs=tuple(dict.fromkeys((owners[code], program.stamp))),
                    message=f"code {written} of {program.stamp} is there already, in {owners[code]} (capitals, blanks "
                    "and the script of digits make no difference): choose another, unless it is to wake both",
                )
            owners.setdefault(code, program.stamp)
            if why := _no_code(code, shop.country_prefix):
                yield Finding(
                    severity=Severity.ERROR,
                    code=Code.CODE_NO_CODE,
                    programs=(program.stamp,),
                    message=f"code {written} of {program.stamp} {why}: choose a word with letters",
                )


def _no_code(code: str, country_prefix: str) -> str:
    """Return what a till would make of a code instead, empty if it is a good one."""
    if not code:
        return "has no letter and no digit"
    if normal_phone(code, country_prefix):
        return "reads as a telephone number"
    return "reads as a voucher with a slip of the finger" if is_mistyped(code) else ""


def _check_groups(programs: Sequence[Program]) -> Iterator[Finding]:
    modes: dict[str, Program] = {}
    for program in programs:
        first = modes.setdefault(program.stacking.group, program)
        if not program.stacking.group and program.stacking.mode not in (Mode.STACK, Mode.EXCLUSIVE):
            yield Finding(
                severity=Severity.WARNING,
                code=Code.MODE_ALONE,
                programs=(program.stamp,),
                message=f"{program.stamp} has the mode {program.stacking.mode.value} and no group, so it goes together "
                "with every other: name the same group in all programs of which one is to be given",
            )
        if program.stacking.group and first.stacking.mode is not program.stacking.mode:
            yield Finding(
                severity=Severity.ERROR,
                code=Code.MODES_DISAGREE,
                programs=(first.stamp, program.stamp),
                message=f"group {program.stacking.group} is {first.stacking.mode.value} in {first.stamp} and "
                f"{program.stacking.mode.value} in {program.stamp}: say the mode once, under groups",
            )


def _check_exclusives(programs: Sequence[Program], shop: Shop, catalogue: Catalogue) -> Iterator[Finding]:
    exclusive = [program for program in programs if program.stacking.mode is Mode.EXCLUSIVE]
    for one, other in combinations(exclusive, 2):
        together = one.stacking.group and one.stacking.group == other.stacking.group
        if not together and _share_goods(one, other, catalogue):
            if in_force([one, other], shop.now) is None:
                continue
            yield Finding(
                severity=Severity.WARNING,
                code=Code.EXCLUSIVES_OVERLAP,
                programs=(one.stamp, other.stamp),
                message=f"{one.stamp} and {other.stamp} are both exclusive and on the same goods: only one of them is "
                "given, so put them into one group",
            )


def _share_goods(one: Program, other: Program, catalogue: Catalogue) -> bool:
    ids = [
        {product.product_id for reward in program.rewards for product in catalogue.matching(reward.goods)}
        for program in (one, other)
    ]
    return bool(ids[0] & ids[1])


def _check_order_discounts(programs: Sequence[Program]) -> Iterator[Finding]:
    """Look for discounts on the order, only one of which is given, that another is always as good as."""
    known = ProgramSet(programs)
    plans = [plan for program in programs for plan in known.plans(program) if plan.alone and plan.given]
    for plan in plans:
        better = next((other for other in plans if other is not plan and _always_as_good(other, plan)), None)
        if better is not None:
            yield Finding(
                severity=Severity.WARNING,
                code=Code.NEVER_WINS,
                programs=(plan.key, better.key),
                message=f"{plan.key} is never given: {better.key} takes off at least as much whenever it holds, and "
                "there is one discount on the order; remove it, or let it combine",
            )


def _always_as_good(other: Plan, plan: Plan) -> bool:
    """Whether ``other`` holds whenever ``plan`` does and gives at least as much; of equals the first wins."""
    if (
        not _comes_as_often(other, plan)
        or not _holds_as_often(other, plan)
        or not _gives_as_much(other.reward, plan.reward)
    ):
        return False
    mutual = _holds_as_often(plan, other) and _gives_as_much(plan.reward, other.reward)
    return not mutual or other.key < plan.key


def _comes_as_often(other: Plan, plan: Plan) -> bool:
    """Whether nothing keeps ``other`` from customers and baskets that ``plan`` is for: membership, or its group."""
    for_members = other.program.kind not in MEMBERLESS_KINDS and plan.program.kind in MEMBERLESS_KINDS
    bound = other.group and other.group != plan.group and other.mode is not Mode.STACK
    return not for_members and not bound and {other.mode, plan.mode} <= {Mode.STACK, Mode.BEST_FOR_CUSTOMER}


def _holds_as_often(other: Plan, plan: Plan) -> bool:
    one, two = other.program, plan.program
    free = not other.by_code and not one.limits and one.valid_from is None and one.valid_until is None
    same = one.stamp == two.stamp
    program_holds = same or (free and one.only.always)
    reward_holds = other.reward.only.always or (same and other.reward.only == plan.reward.only)
    return program_holds and reward_holds and _needs_no_more(other.reward, plan.reward)


def _needs_no_more(other: Reward, reward: Reward) -> bool:
    one, two = other.needs, reward.needs
    if not one.quantity and not one.amount:
        return True
    same_goods = (one.goods, one.tax) == (two.goods, two.tax) and other.goods == reward.goods
    return same_goods and one.quantity <= two.quantity and one.amount <= two.amount


def _gives_as_much(other: Reward, reward: Reward) -> bool:
    if not other.goods.everything and other.goods != reward.goods:
        return False
    match other, reward:
        case PercentOff(), PercentOff():
            capped = other.cap is not None and (reward.cap is None or other.cap < reward.cap)
            return not capped and other.base is reward.base and other.percent >= reward.percent
        case FixedOff(), FixedOff():
            return min(other.amount, other.cap or other.amount) >= min(reward.amount, reward.cap or reward.amount)
    return False


def _check_slices(programs: Sequence[Program], shop: Shop) -> Iterator[Finding]:
    for program in programs:
        for limit in program.limits:
            key = f"{program.program_id}/{limit.limit_id}"
            given = shop.slices.get(key, 0)
            if given > limit.most:
                yield Finding(
                    severity=Severity.ERROR,
                    code=Code.SLICES_TOO_LARGE,
                    programs=(key,),
                    numbers={"slices": given, "most": limit.most},
                    message=f"the tills may give {given} of {key} without asking, and its limit is {limit.most}: "
                    "hand out smaller slices",
                )
