"""What pricing answers: data that explains itself, the same bytes for the same input."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from pos_loyalty.core.usage import Counted


class Because(StrEnum):
    """Why a line, a reward or a number of points is what it is; the screen makes the sentence."""

    # What was reckoned.
    EARNED_PER_MONEY = "earned_per_money"
    """``points`` for every ``per`` minor units of ``base``, ``times`` hundredths."""
    EARNED_PER_UNIT = "earned_per_unit"
    """``points`` for every ``per`` units of ``units``, ``times`` hundredths."""
    EARNED_PER_ORDER = "earned_per_order"
    """``points`` once, ``times`` hundredths."""
    EARNED_FOR_EVENT = "earned_for_event"
    """``points`` for what ``names["happening"]`` says."""
    PERCENT = "percent"
    """``percent`` hundredths of a percent of ``base``, perhaps cut at ``cap``."""
    FIXED = "fixed"
    """``amount`` off ``base``."""
    PER_POINT = "per_point"
    """``amount`` for every ``points`` points, ``steps`` times."""
    FIXED_PRICE = "fixed_price"
    """``price`` for ``quantity`` units instead of ``base`` for all ``sets`` of them."""
    CHEAPEST_FREE = "cheapest_free"
    """``free`` of every ``of``, in ``sets`` sets, ``percent`` hundredths of a percent off."""
    FREE_ITEM = "free_item"
    """``units`` free."""
    PAID = "paid"
    """``amount`` of ``balance``."""
    PERK = "perk"
    # What is missing.
    POINTS_MISSING = "points_missing"
    """``missing`` points more are needed."""
    MONEY_MISSING = "money_missing"
    """``missing`` minor units more are needed."""
    UNITS_MISSING = "units_missing"
    """``missing`` units more are needed."""
    GOODS_MISSING = "goods_missing"
    """None of the goods is in the basket."""
    CODE_MISSING = "code_missing"
    VOUCHER_MISSING = "voucher_missing"
    CHOICE_MISSING = "choice_missing"
    """A gift must be chosen."""
    NO_MEMBER = "no_member"
    # What is in the way.
    NO_EFFECT = "no_effect"
    """Nothing is left to pay for it, so what it costs stays where it is."""
    NOT_YET = "not_yet"
    """From ``at`` on."""
    OVER = "over"
    NOT_IN_FORCE = "not_in_force"
    """Draft, retired, or a version that nobody knows."""
    OTHER_CURRENCY = "other_currency"
    OTHER_STORE = "other_store"
    OTHER_CHANNEL = "other_channel"
    OTHER_TIER = "other_tier"
    """For ``names["tier"]``."""
    OTHER_SEGMENT = "other_segment"
    NOT_FIRST_PURCHASE = "not_first_purchase"
    NO_OCCASION = "no_occasion"
    """From ``at`` on, if the occasion is known at all."""
    USED = "used"
    """``most`` times each ``names["each"]``; again from ``at`` on, if ever."""
    BUDGET_SPENT = "budget_spent"
    """Too little is left of a limit; ``most`` each ``names["each"]``, again from ``at`` on, if a limit was used up."""
    EXCLUDED = "excluded"
    """It does not go together with ``names["by"]``."""
    DECLINED = "declined"
    BEATEN = "beaten"
    """Another rule of the program, ``names["by"]``, gives more."""
    # What was wrong with the claim.
    UNKNOWN_REWARD = "unknown_reward"
    CLAIMED_TWICE = "claimed_twice"
    UNKNOWN_CODE = "unknown_code"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    NOT_YOUR_CODE = "not_your_code"
    """The voucher belongs to somebody else."""
    UNKNOWN_GIFT = "unknown_gift"
    """``names["product"]`` is not among the gifts, or not in the catalogue."""
    UNKNOWN_LINE = "unknown_line"
    # What the till may not do by itself.
    OFFLINE = "offline"
    """Without the hub no more than ``most`` minor units; ``names["limit"]`` says which limit of the shop's it is."""
    HELD = "held"
    """The hub says that ``points`` are left, or that another basket has the voucher."""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reason and its arithmetic, all in whole units."""

    code: Because
    numbers: dict[str, int] = {}
    names: dict[str, str] = {}
    """Ids the sentence needs: a tier, a reward, a product."""
    at: datetime | None = None


class MoveKind(StrEnum):
    """What moved the points."""

    ACCRUAL = "accrual"
    REDEMPTION = "redemption"
    REVERSAL = "reversal"
    """Earned points are taken back."""
    RESTORATION = "restoration"
    """Spent points are given back."""


class PointsMove(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points added to (positive) or taken from (negative) one account of the member."""

    account: str
    points: int
    kind: MoveKind
    source: str
    """Program version and rule or reward: ``club@1/per-money``. A reversal names that of the move it undoes."""
    reason: Reason | None = None
    pending_until: date | None = None
    """Earned points that become available on that day; until then they do not count in a balance."""
    lines: tuple[int, ...] = ()
    """The lines they were earned on; empty for all of them. A return takes back what belongs to its lines."""
    forgiven: int = 0
    """Of a reversal: points that should come back too, and that the policy leaves to the member."""
    short: int = 0
    """Of a reversal: points that should come back too, and are spent. Of a restoration, below zero: points that go for
    those. ``points - forgiven - short`` is what belongs to the goods."""


class VoucherMoveKind(StrEnum):
    """What happens to a voucher."""

    ISSUED = "issued"
    """A new one: whoever commits gives it its code."""
    REDEEMED = "redeemed"
    DEBITED = "debited"
    CREDITED = "credited"
    RESTORED = "restored"
    REVOKED = "revoked"


class VoucherMove(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happens to one voucher when the basket is committed or comes back."""

    kind: VoucherMoveKind
    program_id: str
    source: str
    code: str = ""
    """Empty for one that is yet to be made."""
    amount: int = 0
    """Minor units that go from or onto a gift card."""
    line: int | None = None
    """The line it was bought with."""
    value: int = 0
    """Of a goodwill gesture: minor units that the associate gave; 0: what the program's reward says."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class LineDiscount(msgspec.Struct, frozen=True):
    """The share of one reward that falls on one line."""

    reward: str
    amount: int


class PricedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line with its discounts: ``gross - sum(discounts) == net``."""

    number: int
    gross: int
    net: int
    discounts: tuple[LineDiscount, ...] = ()
    free_units: int = 0
    tax: int = 0
    """The tax in ``net``, or the tax that comes on top of it, as its tax group says."""
    product_id: str = ""
    """Of a gift that was added, with ``quantity``; other lines are those of the basket."""
    quantity: int = 0


class TaxShare(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one tax group comes to: the lines of the group sum to it."""

    tax_id: str
    net: int
    tax: int
    included: bool = True


class AppliedReward(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reward that is given: its value in minor units and its cost in points."""

    reward: str
    name: dict[str, str]
    account: str = ""
    value: int
    cost: int = 0
    reason: Reason
    source: str
    """Program version and reward: ``club@1/ten-percent``."""
    code: str = ""
    """The voucher or code it was given for."""
    claimed: bool = False
    """It was asked for; otherwise it was given by itself and can be declined."""


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a gift card or a wallet pays of the total."""

    reward: str
    name: dict[str, str]
    amount: int
    source: str
    code: str = ""
    account: str = ""
    left: int = 0
    """On the card or in the wallet, afterwards."""


class ClaimableReward(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reward the customer could have now on top of what is given.

    ``value`` is by how much it lowers ``net``, or what a card or wallet would pay, or the shelf price of the dearest
    gift: claiming it gives that at least, for ``cost`` points.
    """

    reward: str
    name: dict[str, str]
    account: str = ""
    value: int
    cost: int
    gifts: tuple[str, ...] = ()
    """Product ids to choose from."""
    choose: int = 0
    """How many gifts may be chosen."""
    step: int = 0
    """Of a reward per point: the points of one step. ``cost`` is the most that can be used."""
    code: str = ""
    """The voucher it would use up."""


class WithheldReward(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reward the customer cannot have now, and why not."""

    reward: str
    name: dict[str, str]
    reason: Reason
    claimed: bool = False
    """It was asked for; the screen must say so at once."""
    account: str = ""


class RefusedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was entered and does nothing, and why. ``index`` counts the codes of the basket from 0."""

    index: int
    reason: Reason


class Unearned(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that gives nothing for this basket, and why not."""

    source: str
    account: str
    reason: Reason


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How the rewards that are given by themselves were chosen."""

    combinations: int
    """Legal combinations that were weighed."""
    optimal: bool
    """No legal combination is better: gifts at shelf prices and points that pay step by step count as money.

    False where there were too many to weigh them all.
    """
    bound: int
    """``net`` itself if it is optimal; else no combination could leave less than this ``net``."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The price of a basket. ``gross - discount == net`` and the lines sum to all three.

    ``net + added_tax == total`` and ``total - sum(payments) == to_pay``.
    """

    currency: str
    gross: int
    discount: int
    net: int
    added_tax: int = 0
    """Tax that comes on top of shelf prices, with the amounts per piece."""
    total: int
    to_pay: int
    lines: tuple[PricedLine, ...] = ()
    """Those of the basket in its order, then the gifts that were added."""
    taxes: tuple[TaxShare, ...] = ()
    moves: tuple[PointsMove, ...] = ()
    """Points that will move when the basket is committed."""
    vouchers: tuple[VoucherMove, ...] = ()
    """Vouchers that will."""
    counts: tuple[Counted, ...] = ()
    """Uses that will count towards limits."""
    granted: tuple[str, ...] = ()
    """Programs of an occasion that give something; they do so once in 365 days."""
    applied: tuple[AppliedReward, ...] = ()
    """In the order in which they were reckoned."""
    payments: tuple[Payment, ...] = ()
    claimable: tuple[ClaimableReward, ...] = ()
    """Best value for the customer first."""
    withheld: tuple[WithheldReward, ...] = ()
    refused_codes: tuple[RefusedCode, ...] = ()
    unearned: tuple[Unearned, ...] = ()
    balances_after: dict[str, int] = {}
    programs: tuple[str, ...] = ()
    """Program versions that were asked, as ``name@version``."""
    choice: Choice | None = None
    """Absent where there was nothing to choose."""
    dearer_by: int = 0
    """By so much less is ``net`` when nothing is claimed: a claimed reward keeps out better ones that cost nothing."""

    @property
    def balances_before(self) -> dict[str, int]:
        """Points by account as they were when this was reckoned."""
        before = dict(self.balances_after)
        for move in self.moves:
            if move.pending_until is None:
                before[move.account] -= move.points
        return before
