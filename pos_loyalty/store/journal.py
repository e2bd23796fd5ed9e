"""Reading and writing the journal: statements compiled once, transactions opened by hand."""

from datetime import UTC
from typing import Any

import msgspec
import sqlalchemy as sa

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.subjects import shared_counts, subjects
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Answer, Change, Committed, Outcome
from pos_loyalty.store import tables as t
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.pending import IDENTITY_TYPES, PendingIndex
from pos_loyalty.store.semantics import counters_matter_from, refusal, sealed

_waiting = t.event.c.acknowledged_at.is_(None)
_identity_types: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{name}'") for name in IDENTITY_TYPES]

_TERMINAL = t.sql(sa.select(t.terminal.c.terminal_id))
_SESSION = t.sql(sa.select(t.terminal.c.session))
_LAST_SEQ = t.sql(sa.select(sa.func.coalesce(sa.func.max(t.event.c.seq), sa.literal_column("0"))))
_FIRST_SEQ = t.sql(sa.select(sa.func.coalesce(sa.func.min(t.event.c.seq), sa.literal_column("1"))))
_EVENTS = t.sql(
    sa.select(t.event.c.envelope)
    .where(t.event.c.seq > sa.bindparam("after_seq"))
    .order_by(t.event.c.seq)
    .limit(sa.bindparam("limit"))
    .offset(sa.literal_column("0"))
)
_WAITING_OF = t.sql(
    sa.select(t.event.c.envelope)
    .where(t.event.c.member_id == sa.bindparam("member_id"), _waiting)
    .order_by(t.event.c.seq)
)
_WAITING_BY_MEMBER = t.sql(
    sa.select(t.event.c.member_id, sa.func.max(t.event.c.seq), sa.func.count())
    .where(_waiting)
    .group_by(t.event.c.member_id)
)
_WAITING_IDENTITY = t.sql(
    sa.select(t.event.c.envelope).where(_waiting, t.event.c.type.in_(_identity_types)).order_by(t.event.c.seq)
)
_BASKET = t.sql(sa.select(t.basket.c.document).where(t.basket.c.basket_id == sa.bindparam("basket_id")))
_LIVE_BASKETS = t.sql(
    sa.select(t.basket.c.document)
    .where(sa.literal_column("live = 1"))
    .order_by(t.basket.c.opened_at, t.basket.c.basket_id)
)
_ABOUT = t.sql(
    sa.select(t.event.c.envelope)
    .select_from(t.event_subject.join(t.event, t.event.c.seq == t.event_subject.c.seq))
    .where(t.event_subject.c.subject == sa.bindparam("subject"))
    .order_by(t.event_subject.c.seq)
)
_EVENT = t.sql(sa.select(t.event.c.envelope).where(t.event.c.event_id == sa.bindparam("event_id")))
_COUNTERS = t.sql(sa.select(t.counter.c.key, t.counter.c.amount))
_ANSWER = t.sql(
    sa.select(t.answer.c.digest, t.answer.c.status, t.answer.c.body).where(t.answer.c.key == sa.bindparam("key"))
)

_ADD_TERMINAL = t.sql(sa.insert(t.terminal).values(one=sa.literal_column("1"), terminal_id=sa.bindparam("terminal_id")))
_ADD_EVENT = t.sql(sa.insert(t.event))
_ADD_ANSWER = t.sql(sa.insert(t.answer))
_ADD_SUBJECT = t.sql(sa.insert(t.event_subject), in_order=True)
_COUNT = t.sql(t.add_up(t.counter, "amount"))
_DROP_COUNTERS = t.sql(sa.delete(t.counter).where(t.counter.c.until < sa.bindparam("day")))
_PUT_BASKET = t.sql(t.upsert(t.basket))
_PUT_SESSION = t.sql(sa.update(t.terminal).values(session=sa.bindparam("session")))

_encode = msgspec.json.encode
_decode_basket = msgspec.json.Decoder(Basket).decode


def add_terminal(connection: dbapi.Connection, terminal_id: str) -> None:
    """Name a new journal."""
    connection.execute(_ADD_TERMINAL, {"terminal_id": terminal_id})


class JournalReader:
    """The journal as one connection sees it. For one thread at a time."""

    def __init__(self, connection: dbapi.Connection) -> None:
        self.connection = connection
        self.cursor = connection.cursor()

    def terminal_id(self) -> str:
        """Return the name of this installation."""
        return str(self._first(_TERMINAL))

    def last_seq(self) -> int:
        """Return the ``seq`` of the newest event, 0 if there is none."""
        return int(self._first(_LAST_SEQ))

    def count(self) -> int:
        """Return the number of events. They have no gaps, and only the oldest may have been let go."""
        return self.last_seq() - int(self._first(_FIRST_SEQ)) + 1

    def events(self, after_seq: int, limit: int) -> tuple[Event, ...]:
        """Return events in ``seq`` order."""
        rows = self.cursor.execute(_EVENTS, {"after_seq": after_seq, "limit": limit}).fetchall()
        return tuple(envelopes.decode(row[0]) for row in rows)

    def waiting_of(self, member_id: str) -> list[Event]:
        """Return the pending events of one member in ``seq`` order."""
        rows = self.cursor.execute(_WAITING_OF, {"member_id": member_id}).fetchall()
        return [envelopes.decode(row[0]) for row in rows]

    def pending_index(self) -> PendingIndex:
        """Build the index of all pending events; only those about names and codes are decoded."""
        index = PendingIndex()
        for member_id, last_seq, count in self.cursor.execute(_WAITING_BY_MEMBER):
            index.waiting += count
            if member_id is not None:
                index.last_seq[member_id] = last_seq
        for (envelope,) in self.cursor.execute(_WAITING_IDENTITY):
            index.note_identity(envelopes.decode(envelope))
        return index

    def basket(self, basket_id: str) -> Basket | None:
        """Return one basket."""
        row = self.cursor.execute(_BASKET, {"basket_id": basket_id}).fetchone()
        return _decode_basket(row[0]) if row else None

    def live_baskets(self) -> tuple[Basket, ...]:
        """Return open and priced baskets, oldest first."""
        return tuple(_decode_basket(row[0]) for row in self.cursor.execute(_LIVE_BASKETS).fetchall())

    def event(self, event_id: str) -> Event | None:
        """Return one event."""
        row = self.cursor.execute(_EVENT, {"event_id": event_id}).fetchone()
        return envelopes.decode(row[0]) if row else None

    def about(self, subject: str) -> list[Event]:
        """Return the events that are about one voucher (its code) or undo some of one sale (its event id), in order."""
        rows = self.cursor.execute(_ABOUT, {"subject": subject}).fetchall()
        return [envelopes.decode(row[0]) for row in rows]

    def used(self) -> dict[str, int]:
        """Return every counter that may still matter."""
        return dict(self.cursor.execute(_COUNTERS).fetchall())

    def session(self) -> bytes | None:
        """Return the till session as it was last saved."""
        saved: bytes | None = self._first(_SESSION)
        return saved

    def answer(self, key: str) -> Answer | None:
        """Return the answer given for an idempotency key."""
        row = self.cursor.execute(_ANSWER, {"key": key}).fetchone()
        return Answer(key=key, digest=row[0], status=row[1], body=row[2]) if row else None

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    def _first(self, text: str) -> Any:  # noqa: ANN401 - a column of any type
        return self.cursor.execute(text).fetchone()[0]


class JournalWriter:
    """Puts changes into the transaction that is open on the writing connection."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._cursor = reader.cursor
        self._terminal_id = reader.terminal_id()

    def apply(self, change: Change, last_seq: int) -> Outcome:
        """Write ``change`` after event ``last_seq``, or say why not.

        Raises:
            InvariantBroken: an event cannot be written, or its ``event_id`` is in the journal already. We make these
                ids ourselves, and a retry is caught by its idempotency key, so this is our defect, whatever the body.
        """
        answer = self._reader.answer(change.answer.key) if change.answer else None
        basket = self._reader.basket(change.basket.basket_id) if change.basket else None
        if refused := refusal(change, answer, basket):
            return refused
        events = sealed(change, self._terminal_id, last_seq)
        for event, draft in zip(events, change.events, strict=True):
            self._add_event(event)
            for subject in subjects(draft.body):
                self._cursor.execute(_ADD_SUBJECT, (subject, event.seq))
        self._count(change)
        if change.basket:
            self._cursor.execute(_PUT_BASKET, _basket_row(change.basket))
        if change.session is not None:
            self._cursor.execute(_PUT_SESSION, {"session": change.session})
        if change.answer:
            self._cursor.execute(_ADD_ANSWER, msgspec.structs.asdict(change.answer))
        return Committed(events=events)

    def _add_event(self, event: Event) -> None:
        row = {
            "seq": event.seq,
            "event_id": event.event_id,
            "member_id": event.member_id,
            "type": event.type,
            "acknowledged_at": None,
            "envelope": envelopes.encode(event),
        }
        try:
            self._cursor.execute(_ADD_EVENT, row)
        except dbapi.IntegrityError as error:
            raise InvariantBroken(f"event {event.event_id} cannot be written as number {event.seq}: {error}") from error

    def _count(self, change: Change) -> None:
        counts = [counted for draft in change.events for counted in shared_counts(draft.body)]
        if not counts:
            return
        rows = [
            {"key": counted.key, "amount": counted.amount, "until": counted.until and counted.until.isoformat()}
            for counted in counts
        ]
        self._cursor.executemany(_COUNT, rows)
        self._cursor.execute(_DROP_COUNTERS, {"day": counters_matter_from(change).isoformat()})


def _basket_row(basket: Basket) -> dict[str, object]:
    return {
        "basket_id": basket.basket_id,
        "revision": basket.revision,
        "live": int(basket.live),
        "opened_at": basket.opened_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "document": _encode(basket),
    }
