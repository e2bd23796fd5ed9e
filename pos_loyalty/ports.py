"""The few interfaces that have more than one implementation, and the data that crosses them.

A ``Store`` keeps what the till knows and what it did. One logical change is one :class:`Change`: its events, the
basket they leave behind, the till session and the answer to an idempotency key reach the disk together or not at
all.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from pos_loyalty.core.basket import Basket
from pos_loyalty.core.decisions import Decision, Via
from pos_loyalty.core.events import Draft, Event
from pos_loyalty.core.feed import Row
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.programs import Program
from pos_loyalty.core.sale import Sale
from pos_loyalty.core.usage import Usage
from pos_loyalty.core.vouchers import Voucher


class Clock(Protocol):
    """Where time comes from. Only the edges hold one."""

    def now(self) -> datetime:
        """Return the wall clock, aware and in UTC."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never go back, for latencies and time-outs."""


class Ids(Protocol):
    """Where new identifiers come from: UUIDv7 in text form, never the same twice."""

    def __call__(self) -> str:
        """Return a new identifier."""


class VoucherCodes(Protocol):
    """Where codes of new vouchers come from (:mod:`pos_loyalty.core.voucher_codes`): never to be guessed."""

    def __call__(self) -> str:
        """Return a new code."""


class Recognised(NamedTuple):
    """What a text is, as far as that can be said without asking the store."""

    decision: Decision
    codes: tuple[str, ...] = ()
    """The texts to look up if the shop knows nothing of what the decision says: more than one where keyboard layouts
    make different texts of the same keys, none where the text is to be forgotten."""


class Recogniser(Protocol):
    """Decides what a text is by the codes of the shop; the readers decide by the same."""

    def __call__(self, text: str, via: Via) -> Recognised:
        """Return what ``text`` is, which came without a reader. Any text has an answer."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The first answer to a request with an idempotency key; every retry gets it again, for ever."""

    key: str
    digest: bytes
    """SHA-256 of method, path and body: the same key with another request is an error."""
    status: int
    body: bytes


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One logical change. All of it becomes durable in one transaction, or none."""

    events: tuple[Draft, ...] = ()
    basket: Basket | None = None
    """The basket as it will be. Its stored revision must be exactly one lower (absent for a new one, revision 1)."""
    session: bytes | None = None
    """The till session to resume after a restart."""
    answer: Answer | None = None


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """The change is on disk."""

    events: tuple[Event, ...]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """The key had been answered before; nothing changed."""

    answer: Answer


class KeyReused(msgspec.Struct, frozen=True, kw_only=True):
    """The key had been used for another request; nothing changed."""

    answer: Answer


class StaleBasket(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else changed the basket first; nothing changed."""

    basket: Basket | None
    """As it stands on disk."""


Outcome = Committed | Replayed | KeyReused | StaleBasket


class ProgramDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a program as it came down: JSON that this build may or may not be able to read."""

    program_id: str
    version: int
    document: bytes


class ReplicaContents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the hub sends down, for a new or a fresh replica. ``members`` may be a stream."""

    members: Iterable[Member]
    products: tuple[Product, ...] = ()
    programs: tuple[Program | ProgramDocument, ...] = ()
    vouchers: tuple[Voucher, ...] = ()
    """Those that may be brought by their code; a member's own are in the member's document as well."""
    applied: dict[str, int] = {}
    """Terminal to the highest ``seq`` of its events that are inside ``vouchers``."""


class StoreCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How much is in the store."""

    members: int
    events: int
    waiting: int
    """Events the hub has not acknowledged."""


class Store(Protocol):
    """What the till knows (the replica) and what it did (the journal).

    What it shows of a member is the replica's document with this till's own pending events folded on top. Reads
    are synchronous, cheap enough for an event loop and safe from any one thread at a time, but for ``search``,
    which may take some milliseconds. Every method may raise :class:`~pos_loyalty.errors.StoreError`.
    """

    @property
    def replica_reset(self) -> bool:
        """Whether a damaged replica was put aside, so that the members come back only from the hub or a load."""

    @property
    def terminal_id(self) -> str:
        """Name of this installation, made when the journal was; another one after it was enrolled anew."""

    @property
    def edition(self) -> int:
        """Which products and programs are here: rises whenever any of them may have changed, and begins anew at open.

        Read before them, it is never newer than they are.
        """

    def lookup(self, code: str) -> tuple[Member, ...]:
        """Return the members that ``code`` (in normal form) names: none, one, or several if it is ambiguous."""

    def member(self, member_id: str) -> Member | None:
        """Return one member's document, pending events included; of one merged into another, that of the other."""

    def search(self, text: str, limit: int) -> tuple[Member, ...]:
        """Return members whose name or phone begins with the words of ``text``, in any script or spelling."""

    def product(self, code: str) -> Product | None:
        """Return the product with this code (in normal form) or this id."""

    def products(self) -> tuple[Product, ...]:
        """Return all products, by id."""

    def programs(self) -> tuple[Program, ...]:
        """Return every version of every program that can be read, by id and version; the same object until a load."""

    def unreadable_programs(self) -> tuple[str, ...]:
        """Return the programs that were left out, as ``name@version``: this build does not know all that is in them."""

    def voucher(self, code: str) -> Voucher | None:
        """Return the voucher with this code (in normal form), with all that this till did to it."""

    def sale(self, event_id: str) -> Sale | None:
        """Return the sale that this event of this till was, with all that came back of it."""

    def pass_step(self, instance_id: str) -> int:
        """Return the newest step of a rotating pass that this till took, -1 if it took none."""

    def usage(self) -> Usage:
        """Return what this till's events used of limits that are not one member's alone."""

    def basket(self, basket_id: str) -> Basket | None:
        """Return one basket of this till, whatever became of it."""

    def live_baskets(self) -> tuple[Basket, ...]:
        """Return the baskets that are open or priced, oldest first."""

    def session(self) -> bytes | None:
        """Return the till session saved by the last change that carried one."""

    def answer(self, key: str) -> Answer | None:
        """Return the answer already given for an idempotency key."""

    def events(self, after_seq: int = 0, limit: int = 1_000) -> tuple[Event, ...]:
        """Return this till's own events in ``seq`` order."""

    def counts(self) -> StoreCounts:
        """Return how much is in the store."""

    def waiting_since(self) -> datetime | None:
        """Return when the oldest event happened that the hub has not acknowledged; None if there is none."""

    def ended_to(self, before_ms: int) -> int:
        """Return up to which ``seq`` the hub ended every event before ``before_ms`` of its clock; 0: none."""

    def commit(self, change: Change) -> "Future[Outcome]":
        """Queue ``change``; the future ends once it is durable, or was refused and left no trace."""

    def load(self, contents: ReplicaContents) -> int:
        """Replace the replica by ``contents``; return the number of members. The journal is left alone."""

    def visiting(self, rows: tuple[Row, ...]) -> None:
        """Keep for a day what the hub sent for one customer, who is not of this store.

        ``lookup``, ``member`` and ``voucher`` know it from now on; a row of the replica wins over it.
        """

    def close(self) -> None:
        """Finish what was queued and let go of the files."""


class LineState(StrEnum):
    """Whether the till and its hub can talk."""

    ALONE = "alone"
    """No hub is configured: everything stays here."""
    ONLINE = "online"
    OFFLINE = "offline"
    HALTED = "halted"
    """The hub serves this till no more until a person has acted; the till goes on selling."""


class LineView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person should know of the line to the hub. Times are milliseconds since 1970 UTC."""

    state: LineState = LineState.ALONE
    halt: str = ""
    """Why the hub serves this till no more: a value of ``sync.wire.HaltReason``."""
    trouble: str = ""
    """What kept the last try from its answer: a value of ``sync.engine.troubles.Trouble``."""
    fresh_ms: int | None = None
    """When the till last had everything, by the hub's clock; None: it never did."""
    ahead_ms: int = 0
    """How far the hub's clock is ahead of the till's, as last measured."""
    seen_ms: int = 0
    """The latest time of the hub that this till ever saw, kept over restarts."""
    waiting: int = 0
    """Events the hub has not answered."""
    waiting_since_ms: int | None = None
    """When the oldest of them happened, by the till's clock; only for who asks how the till is."""
    put_aside: int = 0
    """Events that have no effect until a person has looked at them."""
    bootstrap_percent: int | None = None
    """How much of a snapshot is here, while one is fetched."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What a till asks the hub to keep for one basket until it is paid."""

    hold_id: str
    member_id: str = ""
    unit: str = ""
    points: int = 0
    voucher: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The hub's word on a hold."""

    granted: bool
    available: int = 0
    """Points that are there beside the hold."""


class Hub(Protocol):
    """What the till asks while a customer waits, and what it shows of the line. All of it is quick or gives up.

    For the event loop of the till service. None of the calls raises: no answer in time is None.
    """

    def line(self) -> LineView:
        """Return how the line is now."""

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called, from any thread, whenever the line or the members behind it are other than before."""

    async def lookup(self, code: str) -> tuple[Row, ...] | None:
        """Ask for all that is under ``code`` (in normal form); None: no answer within 300 ms, () if nobody knows it."""

    async def hold(self, hold: Hold) -> Held | None:
        """Have something kept for a basket; None: no answer within 300 ms, and the offline policy decides."""

    async def release(self, hold_id: str) -> None:
        """Give back what was held. Lost without harm: the hub lets go of it by itself."""
