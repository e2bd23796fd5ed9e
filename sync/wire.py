"""What goes between a till and the hub: requests, answers and limits. Pure.

``docs/explanation/sync-model.md`` says what they mean together. Every struct ignores fields it does not know, so that
either side can be the newer one; events are passed on byte for byte.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, Row
from pos_loyalty.core.verdicts import Verdict

BATCH_EVENTS_MAX: Final = 1_000
BODY_BYTES_MAX: Final = 8 << 20
"""As it was sent."""
UNPACKED_BYTES_MAX: Final = 64 << 20
"""What a body may become; more is a bomb."""
PAGE_ROWS_MAX: Final = 5_000
WAIT_S: Final = 25
"""How long the hub keeps a till waiting for news. Proxies cut what is silent for 30 s or more."""
HUB_MS_FIELD: Final = "hub-ms"
"""Header field of every answer, problems too: the hub's clock in milliseconds since 1970 UTC."""


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one terminal, in ``seq`` order."""

    terminal_id: str
    boot_nonce: Annotated[str, msgspec.Meta(max_length=64)]
    """Drawn at each start of the till: two tills with one name are found out by it. The hub keeps the last 32."""
    epoch: str = ""
    """Of the cursor; empty before the first answer."""
    events: Annotated[tuple[Event, ...], msgspec.Meta(max_length=BATCH_EVENTS_MAX)]


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict for each event, in their order."""

    verdicts: tuple[Verdict, ...]
    epoch: str
    hub_ms: int
    """The hub's clock in milliseconds since 1970 UTC, to measure the till's by."""


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


class WaitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is anything above the cursor that was given. A hint: the feed says what it is."""

    newer: bool
    hub_ms: int
    looked_ms: int = 0
    """When the hub found nothing newer, if it did: whoever had all of the cursor had everything then."""


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A till asks for its place, with a one-time code that a person was shown. Signed with the key that it brings."""

    code: str
    terminal_id: str
    public_key: bytes
    """Ed25519, 32 bytes."""
    version: str = ""
    """Of the program."""
    device: str = ""
    """What the office sees of the machine: a name, nothing that tells who works there."""


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The till is served from now on."""

    terminal_id: str
    store_id: str
    epoch: str
    hub_ms: int
    fingerprint: str
    """Of the till's key, for a person to compare on both screens."""


class SnapshotOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole replica, prepared. It never changes under its name."""

    path: str
    """Where it is, under the address of the hub; ranges of it can be fetched."""
    sha256: str
    """Of the packed file, in hexadecimal."""
    packed_bytes: int
    unpacked_bytes: int
    schema: int
    """Of the replica; a till that knows another takes the feed from its beginning."""
    cursor: Cursor
    """The feed goes on from here."""


class LookupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who or what is this code? Asked by a till whose replica knows nothing of it."""

    code: str
    """In normal form."""


class LookupAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All that the hub has under a code; no rows if it knows it no more than the till."""

    rows: tuple[Row, ...]
    """Members it names and vouchers that bear it, of any store. They do not belong to the till's partitions."""
    hub_ms: int


class HoldRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Keep something for one basket until it is paid. The same ``hold_id`` again is the same hold."""

    hold_id: str
    """UUIDv7, made by the till and kept before it asks: it is the id of what will redeem it."""
    member_id: str = ""
    unit: str = ""
    """Kind of points (an account of a program); empty for a voucher."""
    points: Annotated[int, msgspec.Meta(ge=0)] = 0
    voucher: str = ""
    """Code of a voucher that only one basket may use; empty for points."""
    seconds: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 600


class HoldState(StrEnum):
    """How a hold stands. All but ``open`` and ``refused`` are ends, and there is only one."""

    OPEN = "open"
    POSTED = "posted"
    VOIDED = "voided"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    """There is not enough, or another basket has it."""


class HoldAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request about a hold."""

    hold_id: str
    state: HoldState
    until_ms: int = 0
    """By the hub's clock; of an open one."""
    available: int = 0
    """Points that are there beside the hold."""
    hub_ms: int


def cursor_text(cursor: Cursor) -> str:
    """Return ``cursor`` for the query of an address: base64url (RFC 4648, section 5) of its JSON, without padding."""
    return urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def cursor_of(text: str) -> Cursor | None:
    """Return the cursor of :func:`cursor_text`, the beginning for an empty text, None if it is none."""
    if not text:
        return Cursor()
    try:
        return _cursor(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, msgspec.MsgspecError):
        return None


_cursor = msgspec.json.Decoder(Cursor).decode
