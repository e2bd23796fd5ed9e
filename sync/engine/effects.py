"""What the line wants done, as data. Whoever performs it does so in the order given."""

from enum import StrEnum
from typing import Final

import msgspec

from pos_loyalty.core.feed import Cursor, FeedPage
from pos_loyalty.core.verdicts import QuarantineCode, Verdict
from sync.engine.troubles import Trouble
from sync.wire import HaltReason

ACKNOWLEDGED_KEPT_MS: Final = 35 * 24 * 3_600 * 1_000
"""How long acknowledged events are offered again to a hub that fell back; it may fall back no further."""


class Way(StrEnum):
    """Which of the two conversations."""

    PUSH = "push"
    PULL = "pull"


class Record(msgspec.Struct, frozen=True):
    """Write down verdicts; each is about an event that was sent, and about another."""

    verdicts: tuple[Verdict, ...]
    hub_ms: int


class PutAside(msgspec.Struct, frozen=True):
    """No batch with this event can be sent: keep it, show it, and let the queue go on."""

    event_id: str
    code: QuarantineCode


class OfferAgain(msgspec.Struct, frozen=True):
    """If the outbox is of another epoch: it is of this one, and waits again from ``since_ms`` of the hub's clock."""

    epoch: str
    since_ms: int


class ApplyPage(msgspec.Struct, frozen=True):
    """Write the rows and the cursor of a page in one transaction."""

    page: FeedPage
    asked: Cursor
    """Where the replica was when the page was asked for. Elsewhere the page would leave a gap."""


class Rebase(msgspec.Struct, frozen=True):
    """The hub has another epoch: what is above ``common`` is taken anew."""

    common: Cursor


Write = Record | PutAside | OfferAgain | ApplyPage | Rebase


class Send(msgspec.Struct, frozen=True):
    """Push the events that wait, from the lowest ``seq``: at most so many, and one even if it has more bytes."""

    number: int
    events_max: int
    bytes_max: int


class Fetch(msgspec.Struct, frozen=True):
    """Ask for the feed from the cursor of the replica."""

    number: int


class Abandon(msgspec.Struct, frozen=True):
    """Cut the connection of this try: it has taken too long. Whatever comes of it is ignored."""

    way: Way
    number: int


class Settle(msgspec.Struct, frozen=True):
    """Do ``writes`` (:func:`sync.engine.ports.write`), then say ``Settled``, or ``Failed`` with ``store``."""

    way: Way
    number: int
    writes: tuple[Write, ...]


class Wake(msgspec.Struct, frozen=True):
    """Say ``Tick`` at this time, instead of any time said before."""

    at_ns: int


class LineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the screen and ``doctor`` show of the line."""

    online: bool = False
    """The hub answered last time it was asked."""
    halt: HaltReason | None = None
    push_trouble: Trouble | None = None
    pull_trouble: Trouble | None = None
    fresh_ns: int | None = None
    """When the till last had everything, by the clock of ``Now``; None: not since the start."""


class Tell(msgspec.Struct, frozen=True):
    """The line is now thus."""

    status: LineStatus


Effect = Send | Fetch | Abandon | Settle | Wake | Tell
