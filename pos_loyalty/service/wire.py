"""The local API, as data: every request and every answer. JSON, UTF-8; unknown fields of a request are refused.

Amounts are minor units of the shop's currency, points are whole, times are RFC 3339 in UTC. Errors are problem
documents (RFC 9457, ``application/problem+json``). Paths begin with ``/v1``.
"""

from typing import Literal

import msgspec

from pos_loyalty.core.basket import Basket, LineFault, LineRequest, Whole
from pos_loyalty.core.claims import Claims
from pos_loyalty.core.decisions import Candidate, Outcome
from pos_loyalty.core.evaluation import PointsMove, VoucherMove
from pos_loyalty.core.members import Member
from pos_loyalty.core.moments import Moment
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Happening, Kind, Tier
from pos_loyalty.core.return_requests import ReturnFault, ReturnRequest
from pos_loyalty.core.scans import ReaderStatus
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.ports import LineView

IDEMPOTENCY_HEADER = "Idempotency-Key"
BODY_BYTES_MAX = 1 << 20
"""A basket of 500 lines is about 40 kB."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A request body."""


class CodeRequest(Request, frozen=True):
    """A code that was scanned elsewhere, or typed."""

    code: str
    via: Literal["typed", "terminal"] = "typed"
    """``terminal`` for what a keyboard reader seems to have typed; if that is no code, nothing happens."""
    first_byte_ns: int | None = None
    """When the reading began and ended, on the monotonic clock of this machine; absent: now."""
    last_byte_ns: int | None = None


class PaintedRequest(Request, frozen=True):
    """When a screen had painted what a scan caused, on the monotonic clock of this machine."""

    last_byte_ns: int
    """The scan: ``scan.last_byte_ns`` of the view that was painted."""
    painted_ns: int


class ChooseRequest(Request, frozen=True):
    """The member the cashier picked from the candidates."""

    member_id: str


class BasketRequest(Request, frozen=True):
    """The whole content of a basket; what is not in it is no longer in the basket."""

    lines: tuple[LineRequest, ...] = ()
    claims: Claims = ()
    """Rewards the customer wants, in that order."""
    declined: tuple[str, ...] = ()
    """Rewards that would be given by themselves, and shall not be."""
    codes: tuple[str, ...] = ()
    """Codes of promotions, vouchers and gift cards, as they were typed."""
    revision: int | None = None
    """The revision the caller has seen; refused with 409 if the basket has moved on. Absent: no check."""

    @classmethod
    def of(cls, basket: Basket) -> "BasketRequest":
        """Return the wish for what is in ``basket`` already, whatever its revision."""
        lines = tuple(
            LineRequest(product=line.product_id, quantity=line.quantity)
            if line.product_id
            else LineRequest(amount=line.unit_price, name=line.name, quantity=line.quantity)
            for line in basket.lines
        )
        return cls(lines=lines, claims=basket.claims, declined=basket.declined, codes=basket.codes)


class RevisionRequest(Request, frozen=True):
    """An optional revision for commit."""

    revision: int | None = None


class ReturnsRequest(Request, frozen=True):
    """Goods of a sale that the customer brings back."""

    lines: tuple[ReturnRequest, ...] = ()


class NoteRequest(Request, frozen=True):
    """A remark for the client book."""

    text: str


class PreferenceRequest(Request, frozen=True):
    """A preference; an empty value forgets it."""

    value: str


class HappeningRequest(Request, frozen=True):
    """Something that is no purchase, and may earn."""

    happening: Happening
    about: str = ""
    """What it was: the id of a visit, of feedback, or of the other member."""


class GestureRequest(Request, frozen=True):
    """What an associate gives to make up for something."""

    reward: str
    """``program/reward``."""
    amount: Whole
    """Minor units."""
    role: str
    reason: str
    valid_until: Moment | None = None
    """The first moment at which the voucher is no longer good; absent: without an end."""
    about: str = ""
    """The complaint or feedback behind it."""


class Earned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a happening earned: it is on disk."""

    event_id: str = ""
    """Empty if it earned nothing: then nothing was recorded."""
    moves: tuple[PointsMove, ...] = ()
    vouchers: tuple[VoucherMove, ...] = ()


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A gesture that was made: it is on disk."""

    event_id: str
    voucher: VoucherMove


class ProgramLabel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a screen has to know of a program to speak of it."""

    program_id: str
    name: dict[str, str]
    kind: Kind
    account: str = ""
    unit: dict[str, str] = {}
    """What one point of the account is called."""


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen has to know about the shop: once, and again when a view is of another edition."""

    name: str
    terminal_id: str
    currency: str
    display_unit: str
    """``currency`` or ``toman``."""
    language: str
    digits: str
    calendar: str
    time_zone: str
    store_id: str = ""
    """What programs and limits call this store; empty where there is only one."""
    accounts: dict[str, dict[str, str]] = {}
    """Points account to its name in each language."""
    tiers: tuple[Tier, ...] = ()
    programs: tuple[ProgramLabel, ...] = ()
    """The newest version of each."""
    version: str = ""
    edition: int = 0
    """Which programs the names are of, see :class:`TillView`."""


class IdentifyAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a code names, without touching the session."""

    outcome: str
    """``member``, ``ambiguous``, ``product``, ``voucher``, ``gift_card``, or the word of a notice that says why not."""
    members: tuple[Member, ...] = ()
    product: Product | None = None
    reading: Outcome | None = None
    """What the code is, whether or not the shop knows it; absent where it was not looked at."""
    candidates: tuple[Candidate, ...] = ()
    """The ways to understand it, if there are several."""
    reason: str = ""
    """Why it names nothing, in a sentence that does not quote it."""


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Members found by name or phone."""

    members: tuple[Member, ...]


class ProductsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Products of the shop: all of them, or those that were asked for."""

    products: tuple[Product, ...]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """The event that now stands in the journal."""

    event_id: str


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to tell the cashier. ``number`` rises with each, so that a screen shows each once."""

    number: int
    code: NoticeCode


class ScanTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When the last scan came in, on the monotonic clock of this machine (nanoseconds)."""

    reader_id: str
    first_byte_ns: int
    last_byte_ns: int


class TillView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a screen shows, whole: a screen that missed an update needs only the next one."""

    revision: int
    """Rises with every change of anything in here; starts again with the service."""
    stage: Stage
    member: Member | None = None
    candidates: tuple[Member, ...] = ()
    refusal: NoticeCode | None = None
    basket: Basket | None = None
    """The basket at the counter; at the farewell the one just sold, with its receipt."""
    notice: Notice | None = None
    """The newest; none yet if absent."""
    readers: tuple[ReaderStatus, ...] = ()
    members: int = 0
    """How many members this till knows."""
    waiting: int = 0
    """Events the hub has not acknowledged, as the store counts them."""
    line: LineView = LineView()
    """Whether the hub can be asked, and how old the data is."""
    edition: int = 0
    """Another one when programs or products have changed: then the shop and its products are to be asked for anew."""
    scan: ScanTimes | None = None
    replica_reset: bool = False
    """The copy of the members was damaged and has been set aside; they come back with the next sync."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """From the last byte of a scan to the screen, in milliseconds, over the newest scans."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """For watchers and ``doctor``."""

    version: str
    terminal_id: str
    members: int
    events: int
    waiting: int
    readers: tuple[ReaderStatus, ...]
    unreadable_programs: tuple[str, ...] = ()
    """``name@version`` of programs that this build does not understand and leaves out."""
    latency: Latency | None = None
    """None until a screen has told."""
    line: LineView = LineView()
    pass_problems: tuple[str, ...] = ()
    """What is wrong with the files that member passes are checked by, in sentences; the last good ones are used."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document (RFC 9457 §3)."""

    type: str
    """``urn:pos-loyalty:problem:`` and a fixed word; the words are in docs/reference/api.md."""
    title: str
    status: int
    detail: str
    """Value, expectation, remedy."""
    faults: tuple[LineFault, ...] = ()
    """Lines that cannot be in the basket."""
    return_faults: tuple[ReturnFault, ...] = ()
    """Goods that cannot be taken back."""
    basket: Basket | None = None
    """The basket as it stands, where the caller's idea of it was out of date."""
    retry_after: int = 0
    """Seconds to wait; the header Retry-After says so too."""
