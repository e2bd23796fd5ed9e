"""The program document: one version of a program, as the shop publishes it.

A published version never changes. Several programs may share one points account: one earns, another spends. What no
engine could reckon with (points for every 0 rials, 120 % off, a moment without a time zone) is refused when a program
is read: ``msgspec.ValidationError`` with the path.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from pos_loyalty.core.entries import ReversalPolicy
from pos_loyalty.core.expiry import NEVER, ExpiryPolicy
from pos_loyalty.core.moments import Moment
from pos_loyalty.core.programs.eligibility import ANYBODY, Only
from pos_loyalty.core.programs.kinds import Kind, Parts, check_kind
from pos_loyalty.core.programs.limits import Limit
from pos_loyalty.core.programs.rewards import Reward
from pos_loyalty.core.programs.rules import Rule
from pos_loyalty.core.programs.terms import AtLeastOne, Days, Name, Texts, check_unique
from pos_loyalty.core.tiering import Tiering
from pos_loyalty.core.tiers import Tier, check_tiers


class Status(StrEnum):
    """The life of a version: it only ever moves on."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Mode(StrEnum):
    """What a stacking group does with several rewards that could be given at once."""

    STACK = "stack"
    """All of them."""
    FIRST = "first"
    """The one of the highest priority that gives anything."""
    BEST_FOR_CUSTOMER = "best_for_customer"
    """The one with which the customer pays least."""
    BEST_FOR_SHOP = "best_for_shop"
    """The one that gives least, but gives something."""
    EXCLUSIVE = "exclusive"
    """One of them, and then no reward of any other group; whatever is best for the customer."""


class Stacking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the program's rewards go together with others."""

    group: str = ""
    mode: Mode = Mode.STACK
    """Of the whole group: every program in it must say the same."""
    priority: int = 0
    """The higher is applied first, among rewards of the same stage."""


class Earning(StrEnum):
    """What counts when several rules of a program apply."""

    SUM = "sum"
    BEST = "best"


class Spends(StrEnum):
    """Which points may pay for a reward."""

    PAST = "past"
    """Those the member had before this basket."""
    BOTH = "both"
    """Those this basket earns in this program, too."""


class Returns(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What happens when goods come back."""

    earned: ReversalPolicy = ReversalPolicy.WITHIN_BALANCE
    """How far points that were earned are taken back when they have been spent meanwhile."""
    spent: bool = True
    """Points and vouchers that were spent are given back in proportion."""
    uses: bool = True
    """A use that counted towards a limit is released by a full return."""


class Program(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a program."""

    program_id: Name
    version: AtLeastOne
    kind: Kind = Kind.POINTS_CARD
    status: Status = Status.PUBLISHED
    name: Texts
    currency: str
    account: str = ""
    """The points account its rules credit and its rewards debit; a wallet's is in minor units of the currency."""
    unit: Texts = {}
    """What one point is called: ``{"en": "coffee"}``. Absent: point."""
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    """The first moment at which it no longer holds."""
    only: Only = ANYBODY
    codes: tuple[str, ...] = ()
    """With codes the program sleeps until one of them is entered."""
    stacking: Stacking = Stacking()
    rules: tuple[Rule, ...] = ()
    earning: Earning = Earning.SUM
    pending_days: Days = 0
    """Points become available so many days after they were earned; the return period, usually."""
    expiry: ExpiryPolicy = NEVER
    rewards: tuple[Reward, ...] = ()
    spends: Spends = Spends.PAST
    limits: tuple[Limit, ...] = ()
    tiers: tuple[Tier, ...] = ()
    tiering: Tiering | None = None
    returns: Returns = Returns()
    roles: dict[str, int] = {}
    """Goodwill: the most, in minor units, that an associate of a role may give at once."""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself (msgspec's protocol: ValueError)."""
        check_unique("rule_id", [rule.rule_id for rule in self.rules])
        check_unique("reward_id", [reward.reward_id for reward in self.rewards])
        check_unique("limit_id", [limit.limit_id for limit in self.limits])
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError(f"valid_until is {self.valid_until.isoformat()}: expected a moment after valid_from")
        check_tiers(self.tiers)
        parts = Parts(self.account, self.only, self.rules, self.rewards, bool(self.roles), bool(self.tiers))
        check_kind(self.kind, parts)

    @property
    def stamp(self) -> str:
        """Name and version, as events record it."""
        return f"{self.program_id}@{self.version}"

    def holds_at(self, now: datetime) -> bool:
        """Whether this version is published and in force at ``now``."""
        return (
            self.status is Status.PUBLISHED
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )


def reward_key(program: Program, reward: Reward) -> str:
    """Return the name under which a basket claims ``reward``: unique over all programs of the shop."""
    return f"{program.program_id}/{reward.reward_id}"
