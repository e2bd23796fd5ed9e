"""The till session: its stages, what can happen to it, and what has to be done about it.

Plain data; :mod:`pos_loyalty.core.transitions` says what follows from what.
"""

from enum import StrEnum

import msgspec


class Stage(StrEnum):
    """Where the session is."""

    IDLE = "idle"
    REFUSED = "refused"
    CHOOSING = "choosing"
    """One code names several members; the cashier says which."""
    IDENTIFIED = "identified"
    BASKET_OPEN = "basket_open"
    """A basket that has no price: it is empty, or has just changed."""
    PRICED = "priced"
    COMMITTING = "committing"
    FAREWELL = "farewell"


STAGE_SECONDS = {Stage.REFUSED: 8, Stage.CHOOSING: 60, Stage.IDENTIFIED: 180, Stage.FAREWELL: 6}
"""After how long a stage ends by itself with :class:`TimeUp`."""


class NoticeCode(StrEnum):
    """What the screen has to tell the cashier."""

    UNKNOWN_CODE = "unknown_code"
    PAYMENT_CARD = "payment_card"
    UNREADABLE = "unreadable"
    PARITY = "parity"
    TOO_LONG = "too_long"
    INTERRUPTED = "interrupted"
    LOST_EVENTS = "lost_events"
    RANDOM_NUMBER = "random_number"
    EMPTY_CODE = "empty_code"
    AMBIGUOUS_CODE = "ambiguous_code"
    """It may name several things that the shop knows, and not only members: use another code of what is meant."""
    CARD_REPLACED = "card_replaced"
    """The card was replaced by a newer one of the same member."""
    PRICE_IN_CODE = "price_in_code"
    """The code holds price, weight or count of the goods; the till does not sell by it, the amount is to be typed."""
    PASS_EXPIRED = "pass_expired"  # noqa: S105 - a pass for members, not a password
    """Its time is over: issue a new one."""
    PASS_REVOKED = "pass_revoked"  # noqa: S105
    """Reported as lost, replaced, or signed with a key that is no longer believed: ask for the newer one."""
    PASS_FOREIGN = "pass_foreign"  # noqa: S105
    """Of another shop, or the keys of this till are old: find the member by name."""
    PASS_FORGED = "pass_forged"  # noqa: S105
    """The shop did not sign what it says: do not serve by it."""
    PASS_STALE = "pass_stale"  # noqa: S105
    """A picture of the pass, or one that was shown already: open it anew on the telephone and scan again."""
    PASS_CLOCK = "pass_clock"  # noqa: S105
    """Issued in the future: the clock of this till is slow."""
    PASS_MISREAD = "pass_misread"  # noqa: S105
    """Cut or garbled: scan again, or look at the keyboard layout of the reader."""
    PASS_UNCHECKED = "pass_unchecked"  # noqa: S105
    """This till has no keys for this kind of pass: find the member by name."""
    STORE_UNREADABLE = "store_unreadable"
    STORE_LOCKED = "store_locked"
    STORE_FULL = "store_full"
    STORE_READ_ONLY = "store_read_only"
    STORE_DAMAGED = "store_damaged"
    ALREADY_HERE = "already_here"
    BASKET_HAS_MEMBER = "basket_has_member"
    BASKET_IS_OPEN = "basket_is_open"
    BUSY = "busy"
    NO_BASKET = "no_basket"
    NOTHING_TO_SELL = "nothing_to_sell"
    COMMIT_FAILED = "commit_failed"
    NOT_NOW = "not_now"


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One customer at the counter, or nobody."""

    stage: Stage = Stage.IDLE
    member_id: str | None = None
    visit_id: str | None = None
    basket_id: str | None = None
    candidates: tuple[str, ...] = ()
    """Members to choose from, while CHOOSING."""
    refusal: NoticeCode | None = None
    """Why, while REFUSED."""


class MemberFound(msgspec.Struct, frozen=True):
    """A code, or the cashier's choice, names one member; ``visit_id`` is a new id in case a visit opens."""

    member_id: str
    visit_id: str


class CodeRefused(msgspec.Struct, frozen=True):
    """A code names nobody, or was refused by its reader."""

    why: NoticeCode


class CodeAmbiguous(msgspec.Struct, frozen=True):
    """A code names several members."""

    candidates: tuple[str, ...]


class LinesChanged(msgspec.Struct, frozen=True):
    """The lines, the claims or the member of the basket are about to change."""

    basket_id: str
    """The basket at the counter, or a new one if there is none; the table does not compare it."""
    empty: bool = False


class BasketPriced(msgspec.Struct, frozen=True):
    """The basket has a price for what is in it now."""


class CommitAsked(msgspec.Struct, frozen=True):
    """The customer has paid, or is about to."""


class SaleWritten(msgspec.Struct, frozen=True):
    """The sale is on disk."""


class CommitFailed(msgspec.Struct, frozen=True):
    """The sale could not be written, and no trace of it was left."""

    why: NoticeCode


class VoidAsked(msgspec.Struct, frozen=True):
    """The basket is to be given up."""


class Dismissed(msgspec.Struct, frozen=True):
    """The cashier is done with what is on the screen."""


class TimeUp(msgspec.Struct, frozen=True):
    """The stage has lasted its ``STAGE_SECONDS``."""


Input = (
    MemberFound
    | CodeRefused
    | CodeAmbiguous
    | LinesChanged
    | BasketPriced
    | CommitAsked
    | SaleWritten
    | CommitFailed
    | VoidAsked
    | Dismissed
    | TimeUp
)


class OpenVisit(msgspec.Struct, frozen=True):
    """Record that the member is here."""

    member_id: str
    visit_id: str


class CloseVisit(msgspec.Struct, frozen=True):
    """Record that the member is gone."""

    member_id: str
    visit_id: str


class AttachMember(msgspec.Struct, frozen=True):
    """The basket now belongs to this member."""

    member_id: str
    visit_id: str


class PriceBasket(msgspec.Struct, frozen=True):
    """Price the basket as it is."""


class WriteSale(msgspec.Struct, frozen=True):
    """Write the sale to disk."""


class VoidBasket(msgspec.Struct, frozen=True):
    """Record that the basket was given up."""


class Tell(msgspec.Struct, frozen=True):
    """Say so on the screen. The wish behind the input was not granted."""

    code: NoticeCode


Effect = OpenVisit | CloseVisit | AttachMember | PriceBasket | WriteSale | VoidBasket | Tell
