"""The programs of a shop, looked through once, so that pricing a basket does not have to.

What is the same for every basket is worked out here: the order in which rewards apply, which are given by
themselves, which codes wake a program. A till keeps one ``ProgramSet`` until its programs change.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pos_loyalty.core.identifiers import normal_code
from pos_loyalty.core.programs.document import Mode, Program, Status, reward_key
from pos_loyalty.core.programs.kinds import VOUCHER_KINDS, Kind
from pos_loyalty.core.programs.rewards import (
    FixedOff,
    FreeItem,
    Pay,
    PercentOff,
    Perk,
    PerPoint,
    Reward,
    Target,
)


class Stage:
    """The order of application: free goods, discounts on goods, discounts on the order, payments."""

    UNITS = 0
    GOODS = 1
    ORDER = 2
    PAYMENT = 3
    WORDS = 4


class Plan(NamedTuple):
    """One reward, and what can be said of it before there is a basket."""

    program: Program
    reward: Reward
    key: str
    source: str
    stage: int
    given: bool
    """It is given without being asked for."""
    alone: bool
    """At most one such reward in a basket: an order-wide discount that does not combine."""
    needs_voucher: bool
    by_code: bool
    """A code wakes its program."""
    group: str
    mode: Mode
    rank: tuple[int, int, int]
    """Stage, the higher priority, percentages before amounts: a percentage of more is more."""


class ProgramSet:
    """Every version of every program, indexed. It never changes."""

    __slots__ = ("_plans", "_versions", "by_code", "by_stamp", "programs")

    def __init__(self, programs: Iterable[Program] = ()) -> None:
        self.programs: tuple[Program, ...] = tuple(
            sorted(programs, key=lambda program: (program.program_id, program.version))
        )
        self._versions: dict[str, list[Program]] = {}
        # By identity: hashing a whole document, or writing its stamp, would cost more than the look-up saves.
        self._plans: dict[int, tuple[Plan, ...]] = {}
        self.by_stamp = {program.stamp: program for program in reversed(self.programs)}
        """Each version, by how events name it."""
        self.by_code: dict[str, tuple[Program, ...]] = {}
        """Code of a promotion, in normal form, to the program versions it wakes."""
        for program in self.programs:
            self._versions.setdefault(program.program_id, []).append(program)
            self._plans[id(program)] = tuple(_plan(program, reward) for reward in program.rewards)
            if program.status is Status.PUBLISHED:
                for code in program.codes:
                    name = normal_code(code)
                    self.by_code[name] = (*self.by_code.get(name, ()), program)

    def speaking(self, currency: str, now: datetime, pinned: Iterable[str] = ()) -> list[Program]:
        """Return the version of each program that is in force: a pinned one, else the newest."""
        kept = set(pinned)
        chosen = []
        for versions in self._versions.values():
            found = None
            for program in versions:
                if program.holds_at(now) and program.currency == currency:
                    found = program
                    if kept and program.stamp in kept:
                        break
            if found is not None:
                chosen.append(found)
        return chosen

    def versions(self, program_id: str) -> Sequence[Program]:
        """Return all versions of a program, oldest first."""
        return self._versions.get(program_id, ())

    def plans(self, program: Program) -> tuple[Plan, ...]:
        """Return the rewards of one version in this set, in its order."""
        return self._plans[id(program)]


def _plan(program: Program, reward: Reward) -> Plan:
    stage = _stage(reward)
    needs_voucher = program.kind in VOUCHER_KINDS
    costs = reward.cost > 0 or reward.clear_all or isinstance(reward, PerPoint | Pay)
    chosen = isinstance(reward, FreeItem) and len(reward.gifts) > 1
    return Plan(
        program=program,
        reward=reward,
        key=reward_key(program, reward),
        source=f"{program.stamp}/{reward.reward_id}",
        stage=stage,
        given=not (reward.asked or costs or chosen or needs_voucher or program.kind is Kind.GOODWILL),
        alone=stage == Stage.ORDER and not isinstance(reward, PerPoint) and not getattr(reward, "combines", False),
        needs_voucher=needs_voucher,
        by_code=bool(program.codes),
        group=program.stacking.group,
        mode=program.stacking.mode,
        rank=(stage, -program.stacking.priority, _amounts_last(reward)),
    )


def _stage(reward: Reward) -> int:
    match reward:
        case Perk():
            return Stage.WORDS
        case Pay():
            return Stage.PAYMENT
        case PercentOff() | FixedOff() | PerPoint():
            return Stage.ORDER if reward.on is Target.ORDER else Stage.GOODS
        case _:
            return Stage.UNITS


def _amounts_last(reward: Reward) -> int:
    return 2 if isinstance(reward, PerPoint) else 1 if isinstance(reward, FixedOff) else 0
