"""What goes between a till and the hub: structs, limits, and the cursor as text. Pure.

``docs/explanation/sync-model.md`` says what they mean together. Every struct ignores fields it does not know, so that
either side can be the newer one; events are passed on byte for byte.
"""

from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, Final

import msgspec

from pos_loyalty.core.events import Event
from pos_loyalty.core.ids import PARTS

PARTITIONS: Final = 64
"""Of the members' rows and events; the part of an event, divided by 16."""
SHOP_PARTITION: Final = PARTITIONS
"""Products, programs and what else belongs to the whole shop."""

BATCH_EVENTS_MAX: Final = 1_000
BODY_BYTES_MAX: Final = 8 << 20
"""As it was sent."""
UNPACKED_BYTES_MAX: Final = 64 << 20
"""What a body may become; more is a bomb."""
PAGE_ROWS_MAX: Final = 5_000

_Number = Annotated[int, msgspec.Meta(ge=0)]


def partition_of(part: int) -> int:
    """Return the partition (0..63) of a part (0..1023)."""
    return part * PARTITIONS // PARTS


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """It was there already, with the same bytes."""
    QUARANTINED = "quarantined"
    """It is kept and has no effect, until a person has looked at it."""


class QuarantineCode(StrEnum):
    """Why an event was put aside."""

    ID_REUSED = "id_reused"
    """Another event has this id."""
    UNREADABLE = "unreadable"
    """The body is not one of its type."""
    FOREIGN = "foreign"
    """It names another terminal than the one that brought it."""
    REFUSED = "refused"
    """The ledger or the fold cannot take it; the hub's log says why."""
    TOO_LARGE = "too_large"
    """No batch can hold it. Said by the till itself."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hub's last word on one event; only this ends a row of the outbox."""

    event_id: str
    outcome: Outcome
    number: _Number = 0
    """Its place in the log of its partition; 0 if it has none."""
    code: QuarantineCode | None = None


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one terminal, in ``seq`` order."""

    terminal_id: str
    boot_nonce: str
    """Drawn at each start of the till: two tills with one name are found out by it."""
    epoch: str = ""
    """Of the cursor; empty before the first answer."""
    events: Annotated[tuple[Event, ...], msgspec.Meta(max_length=BATCH_EVENTS_MAX)]


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict for each event, in their order."""

    verdicts: tuple[Verdict, ...]
    epoch: str
    hub_ms: int
    """The hub's clock in milliseconds since 1970 UTC, to measure the till's by."""


class RowKind(StrEnum):
    """What a row of the feed is a document of."""

    MEMBER = "member"
    VOUCHER = "voucher"
    USAGE = "usage"
    """What all stores together used of limits."""
    PRODUCT = "product"
    PROGRAM = "program"


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document at its newest, or the tombstone of one."""

    kind: RowKind
    key: str
    partition: _Number
    number: _Number
    """Of the latest event that changed it."""
    document: msgspec.Raw | None = None
    """None: it is gone, or out of this terminal's scope."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """What a till has of the feed."""

    epoch: str = ""
    numbers: dict[int, int] = {}
    """Partition to number; a partition that is not here is at 0."""

    def at(self, partition: int) -> int:
        """Return how far a partition has been read."""
        return self.numbers.get(partition, 0)


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows above a cursor, and the cursor after them."""

    rows: tuple[Row, ...]
    cursor: Cursor
    more: bool = False
    checksums: dict[int, int] = {}
    """Of the partitions that are complete with this page: see :func:`row_digest`."""
    hub_ms: int


class HaltReason(StrEnum):
    """Why the hub serves a terminal no more until a person has acted."""

    REVOKED = "revoked"
    FORKED = "forked"
    """The journal was put back from a backup: its next numbers are taken by other events."""
    CLONED = "cloned"
    """Two tills have one name."""
    TOO_OLD = "too_old"
    """The till speaks a version that the hub no longer does."""
    UNKNOWN_TERMINAL = "unknown_terminal"


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """Instead of an answer; nothing was taken, and nothing is lost."""

    reason: HaltReason
    detail: str = ""


def row_digest(kind: RowKind, key: str, number: int) -> int:
    """Return 64 bits for one row. The checksum of a partition is their sum over its rows that are there, modulo 2**64.

    A sum, so that a row that changes costs one subtraction and one addition on either side.
    """
    return int.from_bytes(blake2b(f"{kind}\0{key}\0{number}".encode(), digest_size=8).digest())
