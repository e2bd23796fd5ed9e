"""The outbox: the events of the journal whose verdict the hub has not given, as the sync sees them.

It is a ``sync.engine.ports.Outbox``. What it writes goes through the one writing thread, in its groups.
"""

from pathlib import Path
from threading import Lock
from typing import Final

import sqlalchemy as sa

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.events import Event
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.store import tables as t
from pos_loyalty.store.faults import told_of
from pos_loyalty.store.journal import ASIDE, JournalReader
from pos_loyalty.store.pending import PendingIndex
from pos_loyalty.store.writer import Writer

ACKNOWLEDGED_KEPT_MS: Final = 35 * 24 * 3_600 * 1_000
"""How long an event is kept after the hub had it: so far may a hub fall back, and it is offered again."""
SEEN_EVERY_MS: Final = 60_000
"""So much of the hub's clock may be forgotten by a crash; a write for every answer would cost a sync each."""
AHEAD_KEPT_MS: Final = 1_000
"""A difference of clocks that changed by more is kept at once."""

_e, _t = t.event.c, t.terminal.c
_EPOCH = t.sql(sa.select(_t.epoch))
_SEEN = t.sql(sa.select(_t.seen_ms, _t.ahead_ms))
_IN_TURN = t.sql(
    sa.select(_e.envelope)
    .where(sa.literal_column("state = 0"))
    .order_by(_e.seq)
    .limit(sa.bindparam("limit"))
    .offset(sa.literal_column("0"))
)
_ASIDE = t.sql(sa.select(_e.event_id, _e.number, _e.code).where(sa.literal_column(f"state = {ASIDE}")).order_by(_e.seq))
_PUT_ASIDE_HERE = t.sql(
    sa.select(sa.func.count()).select_from(t.event).where(sa.literal_column(f"state = {ASIDE}"), _e.hub_ms.is_(None))
)


class SqliteOutbox:
    """Reads through a connection of its own, so that it keeps no customer waiting. For any thread."""

    def __init__(self, reader: JournalReader, writer: Writer, pending: PendingIndex, path: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._pending = pending
        self._turn = Lock()
        self._path = path
        self._seen_ms, self._ahead_ms = reader.cursor.execute(_SEEN).fetchone()
        self._kept_seen_ms, self._kept_ahead_ms = self._seen_ms, self._ahead_ms

    @property
    def seen_ms(self) -> int:
        """The latest time of the hub that this till ever saw."""
        return int(self._seen_ms)

    def kept_ms(self) -> int:
        """Return what of :attr:`seen_ms` is on disk: what this till knows after a power cut."""
        return int(self._kept_seen_ms)

    @property
    def ahead_ms(self) -> int:
        """How far the hub's clock was ahead of this till's, as last measured."""
        return int(self._ahead_ms)

    def epoch(self) -> str:
        """Return the epoch of all verdicts so far, empty before the first."""
        with self._turn, told_of(self._path):
            return str(self._reader.cursor.execute(_EPOCH).fetchone()[0])

    def waiting(self, events_max: int, bytes_max: int) -> tuple[Event, ...]:
        """Return the waiting events with the lowest ``seq``, within these limits; the first whatever its size."""
        batch: list[Event] = []
        size = 0
        with self._turn, told_of(self._path):
            rows = self._reader.connection.execute(_IN_TURN, {"limit": events_max})
            for (envelope,) in rows:
                size += len(envelope)
                if batch and size > bytes_max:
                    break
                batch.append(envelopes.decode(envelope))
            rows.close()
        return tuple(batch)

    def waiting_count(self) -> int:
        """Return how many events wait."""
        return self._pending.waiting

    def quarantined(self) -> tuple[Verdict, ...]:
        """Return what the hub or the till has put aside, in ``seq`` order."""
        with self._turn, told_of(self._path):
            rows = self._reader.cursor.execute(_ASIDE).fetchall()
        return tuple(
            Verdict(
                event_id=event_id,
                outcome=Outcome.QUARANTINED,
                number=number,
                code=None if code is None else QuarantineCode(code),
            )
            for event_id, number, code in rows
        )

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> None:
        """End each event that a verdict names, if it waits; leave all others as they are."""
        self._writer.record(verdicts, hub_ms).result()

    def put_aside(self, event_id: str, code: QuarantineCode) -> None:
        """End a waiting event by the till's own word."""
        self._writer.put_aside(event_id, code).result()

    def release(self, event_id: str) -> bool:
        """Have an event that was put aside wait again, since a person says so; return whether there was one."""
        return self._writer.release(event_id).result()

    def offer_again(self, epoch: str, since_ms: int) -> bool:
        """Move to another epoch, and return whether anything waits again for it.

        What the hub ended at ``since_ms`` of its clock or later does. Nothing happens if the epoch is no other.
        """
        return self._writer.offer_again(epoch, since_ms).result()

    def seen(self, hub_ms: int, ahead_ms: int) -> None:
        """Take notice of the hub's clock and of how far it is ahead of this till's.

        It is on disk a minute later at most, and at once if the difference has changed. A clock that cannot be kept
        now is kept with the next notice: it is no reason to fail.
        """
        self._seen_ms, self._ahead_ms = max(self._seen_ms, hub_ms), ahead_ms
        if self._seen_ms >= self._kept_seen_ms + SEEN_EVERY_MS or abs(ahead_ms - self._kept_ahead_ms) > AHEAD_KEPT_MS:
            self._keep_seen()

    def prune(self) -> int:
        """Drop events that the hub had 35 days ago and nothing here needs; return how many.

        Kept are sales, whatever tells of a voucher, a return or the step of a pass, what counts toward a limit, and
        the newest event. To be called once a day.
        """
        return self._writer.prune(self._seen_ms - ACKNOWLEDGED_KEPT_MS).result()

    def only_here_count(self) -> int:
        """Return how many events the hub does not have: while there are any the journal must not be removed."""
        with self._turn, told_of(self._path):
            aside = self._reader.cursor.execute(_PUT_ASIDE_HERE).fetchone()[0]
        return self._pending.waiting + int(aside)

    def close(self) -> None:
        """Keep what was seen last and let go of the connection. Before the writing thread ends."""
        if (self._seen_ms, self._ahead_ms) != (self._kept_seen_ms, self._kept_ahead_ms):
            self._keep_seen()
        with self._turn:
            self._reader.close()

    def _keep_seen(self) -> None:
        seen_ms, ahead_ms = self._seen_ms, self._ahead_ms
        if self._writer.see(seen_ms, ahead_ms).exception() is None:
            self._kept_seen_ms, self._kept_ahead_ms = seen_ms, ahead_ms
