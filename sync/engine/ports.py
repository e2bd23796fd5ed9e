"""What the line needs of a till's store: the outbox in the journal, and the replica with its cursor.

Both may raise :class:`~pos_loyalty.errors.StoreError`; then nothing of what was asked is kept. A method that writes
is one transaction. The two live in two files and are never written together.
"""

from typing import Protocol

import msgspec

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind
from pos_loyalty.core.verdicts import QuarantineCode, Verdict
from sync.engine.effects import ApplyPage, OfferAgain, PutAside, Record, Settle
from sync.engine.inputs import Settled


class Ended(msgspec.Struct, frozen=True):
    """How an event left the outbox."""

    verdict: Verdict
    hub_ms: int | None
    """When, by the hub's clock, which no till can set back; None: put aside by the till itself."""


class Outbox(Protocol):
    """The events of the journal whose verdict the hub has not given."""

    def epoch(self) -> str:
        """Return the epoch of all verdicts so far, empty before the first."""

    def waiting(self, events_max: int, bytes_max: int) -> tuple[Event, ...]:
        """Return the waiting events with the lowest ``seq``, in its order.

        No more than so many, and no more than so many bytes as JSON; the first one comes whatever its size.
        """

    def waiting_count(self) -> int:
        """Return how many events wait. While there are any the journal must not be wiped."""

    def quarantined(self) -> tuple[Verdict, ...]:
        """Return what the hub or the till has put aside, in ``seq`` order, for a person to look at."""

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> None:
        """End each event that a verdict names, if it waits; leave all others as they are."""

    def put_aside(self, event_id: str, code: QuarantineCode) -> None:
        """End a waiting event by the till's own word."""

    def offer_again(self, epoch: str, since_ms: int) -> bool:
        """Move to another epoch, and return whether anything waits again for it.

        What the hub ended at ``since_ms`` of its clock or later waits again. Nothing at all happens if the outbox is
        of this epoch already.
        """


class TillReplica(Protocol):
    """The rows that came down, and the cursor that says up to where."""

    def cursor(self) -> Cursor:
        """Return what is here of the feed."""

    def row(self, kind: RowKind, key: str) -> Row | None:
        """Return one row, None if there is none."""

    def apply(self, page: FeedPage, asked: Cursor) -> frozenset[int]:
        """Write the rows and the cursor of a page; return the partitions whose sum is not the hub's.

        A row at or below the cursor is here already, and skipped. A wrong partition is taken anew: its cursor is
        forgotten, its rows stay and can be read until the partition is complete again; what did not come again is
        gone then. A partition is complete when its checksum comes, or when the page is the last.

        Raises:
            StoreInterrupted: the replica is no longer at ``asked``, from where the page was asked for: another took
                its place meanwhile, and would lack what lies before the page.
            InvariantBroken: the page is of another epoch than the cursor (see :meth:`rebase`).
        """

    def rebase(self, common: Cursor) -> None:
        """Move to the epoch of ``common``; partitions that are here beyond it are taken anew.

        So are those that were not complete at their cursor (no checksum came with it). Of a row that had a higher
        number then, and fell back to one at or below the cursor, the till has an older state or nothing. Where another
        replica took the place of the one that asked, this forgets more than it need, and never too little.
        """

    def fresh_ms(self) -> int | None:
        """Return the hub's clock when this was last all there is, None if it never was."""


def write(settle: Settle, outbox: Outbox, replica: TillReplica) -> Settled:
    """Do what a :class:`~sync.engine.effects.Settle` asks for and return what to tell the line."""
    reopened, wrong = False, frozenset[int]()
    for written in settle.writes:
        match written:
            case Record():
                outbox.record(written.verdicts, written.hub_ms)
            case PutAside():
                outbox.put_aside(written.event_id, written.code)
            case OfferAgain():
                reopened = outbox.offer_again(written.epoch, written.since_ms)
            case ApplyPage():
                wrong = replica.apply(written.page, written.asked)
            case _:
                replica.rebase(written.common)
    return Settled(way=settle.way, number=settle.number, reopened=reopened, wrong=wrong)
