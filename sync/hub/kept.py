"""What a hub keeps, as it crosses the port. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from pos_loyalty.core.accounts import Transfer
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.verdicts import QuarantineCode
from sync.wire import HoldState


class Epoch(msgspec.Struct, frozen=True):
    """One life of the history."""

    name: str
    since: dict[int, int] = {}
    """Where it took over from the life before: partition to the last number that both have."""


class Counter(NamedTuple):
    """How far a partition is. Its lock is what orders the partition."""

    number: int = 0
    checksum: int = 0
    """Of its rows: see :func:`~pos_loyalty.core.feed.row_digest`."""


class RowKey(NamedTuple):
    """What a row is found by."""

    kind: RowKind
    key: str


class ScopePart(NamedTuple):
    """What a scope has of one partition."""

    scope: str
    partition: int


class Membership(NamedTuple):
    """One row in one scope (:mod:`sync.hub.scopes`), or that it left it."""

    scope: str
    """What the scope is kept under."""
    key: RowKey
    partition: int
    number: int
    """Of the row as it is there; of one that left, the number under which it did."""
    there: bool
    due: int = 0
    """The day, as :meth:`date.toordinal` counts, on which it leaves; 0: on none."""


class Place(NamedTuple):
    """One number of one partition, and the event that took it."""

    partition: int
    number: int
    event_id: str
    """Of the office's own changes, the id under which they were published."""


class Found(NamedTuple):
    """What the log knows under an event's id."""

    digest: bytes
    number: int
    """In its home partition."""


class Logged(NamedTuple):
    """One event in the log."""

    event: Event
    digest: bytes
    partition: int
    """Its home: that of its part. In others it may have places too."""
    number: int
    received_ms: int


class PutAside(NamedTuple):
    """One event that has no effect, until a person has looked at it."""

    brought_by: str
    """The terminal that pushed it, whatever the event says."""
    event: Event
    digest: bytes
    holds_seq: int
    """The number of that terminal which it takes up; 0 if it is another's, or none."""
    code: QuarantineCode
    reason: str
    """For whoever looks: kinds and places, never what was in it."""
    received_ms: int


class BookKey(NamedTuple):
    """One member's account of one kind of points."""

    member_id: str
    unit: str


class RecordKind(StrEnum):
    """What a record of a book is."""

    BALANCES = "balances"
    LOT = "lot"
    SPEND = "spend"
    HOLD = "hold"
    """Of a basket."""
    ALLOWANCE = "allowance"
    """What is held for a terminal."""
    WAITING = "waiting"
    """An entry that undoes a sale of which nothing has come yet."""
    MERGE = "merge"
    """A member whose points are in the book of another; closed once the two are parted again."""
    TIER = "tier"
    """In which tier of a program its owner is."""


class Record(NamedTuple):
    """One record of one book."""

    book: BookKey
    kind: RecordKind
    record_id: str
    """Unique within its kind and book; of balances, empty."""
    cause: str
    """The event that a lot was earned by, or that an entry waits for; else empty."""
    open: bool
    """Whether a later entry may need it without naming it."""
    document: bytes
    order: int = 0
    """Given by the store: the one that was first written earlier has the lower. 0 in one that is to be written."""
    due: int = 0
    """The first day, as :meth:`date.toordinal` counts, on which time alone does something with it; 0: on none."""


class RecordKey(NamedTuple):
    """A record by its name, or (``record_id`` is then a cause) those of one cause."""

    book: BookKey
    kind: RecordKind
    record_id: str


class Posted(NamedTuple):
    """A transfer, in the book of the member it is about: both its sides are there."""

    book: BookKey
    transfer: Transfer


class LossKind(StrEnum):
    """What was given and should not have been."""

    DUPLICATE = "duplicate"
    """A voucher that was used up, or revoked, before in the hub's order."""
    OVERDRAWN = "overdrawn"
    """More was taken from a gift card than was on it: ``amount`` minor units."""


class Loss(NamedTuple):
    """What a voucher was good for twice; somebody may want to ask how that came."""

    event_id: str
    code: str
    kind: LossKind
    amount: int
    """Minor units; 0 where only the event knows what it was worth."""
    terminal_id: str


class Memo(NamedTuple):
    """One small record of the office: a one-time code, the run of a job, a setting. ``document`` is JSON."""

    kind: str
    key: str
    """Unique within its kind."""
    document: bytes


class MemoKey(NamedTuple):
    """What a memo is found by."""

    kind: str
    key: str


class KeptHold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was to be kept for one basket, and what became of it."""

    hold_id: str
    terminal_id: str
    """Who asked for it, and who alone may void it."""
    member_id: str = ""
    unit: str = ""
    points: int = 0
    voucher: str = ""
    until_ms: int = 0
    state: HoldState = HoldState.OPEN


class Name(NamedTuple):
    """A code, and a member whom it names."""

    code: str
    """In normal form."""
    member_id: str


class Boot(msgspec.Struct, frozen=True):
    """One start of a till that brought events."""

    nonce: str
    last_seq: int
    """The highest it brought."""


class Terminal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One till, as it was enrolled and last heard of."""

    terminal_id: str
    public_key: bytes = b""
    """Ed25519, 32 bytes: what its requests are signed with."""
    store_id: str = ""
    scope: str = ""
    """Name of the scope whose rows it gets; empty: all."""
    enrolled_ms: int = 0
    revoked_ms: int | None = None
    last_seq: int = 0
    """The highest of its events that was taken or put aside."""
    boots: tuple[Boot, ...] = ()
    """Newest last; the last is the one that lives."""
    label: str = ""
    """What the office calls it."""
    device: str = ""
    """What the till said of its machine."""
    version: str = ""
    """Of the till's program, when it was enrolled."""


Counters = Mapping[int, Counter]
"""A partition that is not here is at its beginning."""
