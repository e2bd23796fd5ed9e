"""What ``pos-loyalty price`` answers when a document has steps, or faults; without steps it is an evaluation."""

from datetime import date, datetime

import msgspec

from pos_loyalty.core.basket import Receipt
from pos_loyalty.core.document_faults import DocumentFault
from pos_loyalty.core.entries import Refused
from pos_loyalty.core.evaluation import Evaluation, Unearned
from pos_loyalty.core.event_bodies import PointsEarned
from pos_loyalty.core.members import Used
from pos_loyalty.core.returns import PricedReturn, ReturnFault
from pos_loyalty.core.vouchers import Voucher


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Why the document could not be reckoned with. Nothing of it was."""

    faults: tuple[DocumentFault, ...]


class LotLeft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points that are left of a lot."""

    points: int
    program: str
    """By which they were earned."""
    until: date | None = None
    """The last day on which they are good; absent: for ever."""
    pending_until: date | None = None
    """The day on which they become available."""


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the customer stands."""

    balances: dict[str, int] = {}
    """By account: what can be spent, or below zero what is owed."""
    pending: dict[str, int] = {}
    """By account: what cannot be spent yet."""
    lots: dict[str, tuple[LotLeft, ...]] = {}
    """By account: those that are spent next first, then those that are pending."""
    vouchers: tuple[Voucher, ...] = ()
    """All that the document gave or the steps made, whatever became of them."""
    used: dict[str, Used] = {}
    granted: dict[str, date] = {}
    purchase_count: int = 0


class StepAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one step."""

    step: str
    """``price``, ``commit``, ``return``, ``void``, ``wait`` or ``earn``."""
    now: datetime
    sale: int | None = None
    """Of a commit: its number, by which a return names it."""
    evaluation: Evaluation | None = None
    """Of a price and a commit."""
    receipt: Receipt | None = None
    """Of a commit."""
    returned: PricedReturn | None = None
    """Of a return and a void."""
    earned: PointsEarned | None = None
    """Of something that is no purchase."""
    unearned: tuple[Unearned, ...] = ()
    """Rules for it that give nothing, and why not."""
    refused: tuple[ReturnFault, ...] = ()
    """Why goods could not be taken back; nothing was done then."""
    unbooked: tuple[Refused, ...] = ()
    """What the ledger would not write, such as points beyond the largest number there may be."""
    standing: Standing
    """Afterwards."""


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all steps, in their order."""

    steps: tuple[StepAnswer, ...]


Answer = Evaluation | Steps | Faults
