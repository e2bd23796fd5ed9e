"""Putting changes into the transaction that is open on the writing connection."""

from datetime import UTC

import msgspec
import sqlalchemy as sa

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import partition_of
from pos_loyalty.core.subjects import shared_counts, subjects
from pos_loyalty.core.usage import Counted
from pos_loyalty.errors import InvariantBroken
from pos_loyalty.ports import Change, Committed, Outcome
from pos_loyalty.store import tables as t
from pos_loyalty.store.journal import JournalReader
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.semantics import counters_matter_from, refusal, sealed

_e = t.event.c
_ADD_EVENT = t.sql(
    sa.insert(t.event).values(
        {column: sa.bindparam(column.name) for column in (_e.seq, _e.event_id, _e.member_id, _e.type, _e.envelope)}
        | {_e.partition: sa.bindparam("partition")}
    )
)
_ADD_ANSWER = t.sql(sa.insert(t.answer))
_ADD_SUBJECT = t.sql(sa.insert(t.event_subject), in_order=True)
_COUNT = t.sql(t.add_up(t.counter, "amount"))
_COUNT_OF_EVENT = t.sql(t.add_up(t.event_count, "amount"))
_DROP_COUNTERS = t.sql(sa.delete(t.counter).where(t.counter.c.until < sa.bindparam("day")))
_PUT_BASKET = t.sql(t.upsert(t.basket))
_PUT_SESSION = t.sql(sa.update(t.terminal).values(session=sa.bindparam("session")))

_encode = msgspec.json.encode


class JournalWriter:
    """Puts changes into the transaction that is open on the writing connection."""

    def __init__(self, reader: JournalReader) -> None:
        self._reader = reader
        self._cursor = reader.cursor
        self.terminal_id = reader.terminal_id()

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
        events = sealed(change, self.terminal_id, last_seq)
        for event, draft in zip(events, change.events, strict=True):
            self._add_event(event)
            for subject in subjects(draft.body):
                self._cursor.execute(_ADD_SUBJECT, (subject, event.seq))
            self._count(event.seq, shared_counts(draft.body))
        if any(shared_counts(draft.body) for draft in change.events):
            self._cursor.execute(_DROP_COUNTERS, {"day": counters_matter_from(change).isoformat()})
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
            "envelope": envelopes.encode(event),
            "partition": partition_of(event.part),
        }
        try:
            self._cursor.execute(_ADD_EVENT, row)
        except dbapi.IntegrityError as error:
            raise InvariantBroken(f"event {event.event_id} cannot be written as number {event.seq}: {error}") from error

    def _count(self, seq: int, counts: tuple[Counted, ...]) -> None:
        for counted in counts:
            self._cursor.execute(_COUNT, counter_row(counted, counted.amount))
            self._cursor.execute(_COUNT_OF_EVENT, {"key": counted.key, "seq": seq, "amount": counted.amount})


def counter_row(counted: Counted, amount: int) -> dict[str, object]:
    """Return what adds ``amount`` to the counter of a limit."""
    return {"key": counted.key, "amount": amount, "until": counted.until and counted.until.isoformat()}


def _basket_row(basket: Basket) -> dict[str, object]:
    return {
        "basket_id": basket.basket_id,
        "revision": basket.revision,
        "live": int(basket.live),
        "opened_at": basket.opened_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "document": _encode(basket),
    }
