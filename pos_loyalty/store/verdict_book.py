"""What becomes of events after they were made: the verdicts of the hub, in the transaction that is open for writing."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.events import body_of
from pos_loyalty.core.subjects import shared_counts
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.store import tables as t
from pos_loyalty.store.journal import ACKNOWLEDGED, ASIDE, WAITING
from pos_loyalty.store.journal_writer import counter_row
from pos_loyalty.store.linked_sqlite import dbapi

_e, _t = t.event.c, t.terminal.c
_ended: sa.ColumnElement[bool] = sa.literal_column("state > 0")

_said = sa.func.json_each(sa.bindparam("verdicts")).table_valued("value")


def _part(place: int) -> sa.ColumnElement[Any]:
    """Return one field of a verdict, as :meth:`VerdictBook.record` writes it down."""
    return sa.func.json_extract(_said.c.value, sa.literal_column(f"'$[{place}]'"))


_END = t.sql(
    sa.update(t.event)
    .values(
        state=_part(1),
        number=_part(2),
        code=_part(3),
        hub_ms=sa.bindparam("new_hub_ms"),
        known_as=sa.case((_part(4) == sa.literal_column("1"), sa.null()), else_=_e.known_as),
    )
    .where(_e.event_id == _part(0), sa.literal_column("state = 0"))
    .returning(_e.seq, _e.member_id, _e.partition, _e.number, _e.state)
)
"""All verdicts of a batch in one statement: one each would take three times as long, most of it for savepoints."""
_REOPENED: dict[sa.ColumnElement[object], object] = {
    _e.state: sa.literal_column(str(WAITING)),
    _e.number: sa.literal_column("0"),
    _e.code: sa.null(),
    _e.hub_ms: sa.null(),
}
_ASIDE_SINCE = t.sql(
    sa.select(_e.envelope).where(sa.literal_column(f"state = {ASIDE}"), _e.hub_ms >= sa.bindparam("since_ms"))
)
_REOPEN = t.sql(sa.update(t.event).values(_REOPENED).where(_ended, _e.hub_ms >= sa.bindparam("since_ms")))
_REMEMBER_NAME = t.sql(
    sa.update(t.event)
    .values(known_as=sa.func.coalesce(_e.known_as, sa.bindparam("old_name")))
    .where(sa.literal_column(f"state = {ACKNOWLEDGED}"))
)
_RELEASE = t.sql(
    sa.update(t.event)
    .values(_REOPENED)
    .where(_e.event_id == sa.bindparam("id"), sa.literal_column(f"state = {ASIDE}"))
    .returning(_e.envelope)
)
_ENVELOPE_AT = t.sql(sa.select(_e.envelope).where(_e.seq == sa.bindparam("at")))
_SEQS = t.sql(sa.select(_e.seq))
_PUT_ENVELOPE = t.sql(
    sa.update(t.event).values(envelope=sa.bindparam("new_envelope")).where(_e.seq == sa.bindparam("at"))
)
_EPOCH = t.sql(sa.select(_t.epoch))
_PUT_EPOCH = t.sql(sa.update(t.terminal).values(epoch=sa.bindparam("new_epoch")))
_PUT_NAME = t.sql(sa.update(t.terminal).values(terminal_id=sa.bindparam("new_name")))
_SEE = t.sql(
    sa.update(t.terminal).values(
        seen_ms=sa.func.max(_t.seen_ms, sa.bindparam("hub_ms")), ahead_ms=sa.bindparam("new_ahead_ms")
    )
)
_ADD_TO_COUNTER = t.sql(t.add_up(t.counter, "amount"))
_OLD = t.sql(
    sa.select(_e.seq, _e.partition, _e.number).where(
        sa.literal_column(f"state = {ACKNOWLEDGED}"),
        _e.hub_ms < sa.bindparam("before_ms"),
        # A sale may come back, and what has a subject tells of a voucher, a sale or the step of a pass.
        _e.type != sa.literal_column("'basket.committed'"),
        _e.seq.not_in(sa.select(t.event_subject.c.seq)),
        _e.seq.not_in(sa.select(t.event_count.c.seq)),
        # The next event is numbered after the last.
        _e.seq < sa.select(sa.func.max(_e.seq)).scalar_subquery(),
    )
)
_DROP = t.sql(sa.delete(t.event).where(_e.seq == sa.bindparam("at")))
_DROP_COUNTS = t.sql(sa.delete(t.event_count).where(t.event_count.c.key.not_in(sa.select(t.counter.c.key))))


class Ended(NamedTuple):
    """An event that left the outbox."""

    seq: int
    member_id: str | None
    partition: int
    number: int
    state: int


class VerdictBook:
    """Writes verdicts; each method belongs into one transaction."""

    def __init__(self, cursor: dbapi.Cursor) -> None:
        self._cursor = cursor

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> list[Ended]:
        """End each event that a verdict names, if it waits."""
        first = {verdict.event_id: verdict for verdict in reversed(verdicts)}
        return self._end(first.values(), hub_ms)

    def put_aside(self, event_id: str, code: QuarantineCode) -> list[Ended]:
        """End a waiting event by the till's own word."""
        return self._end([Verdict(event_id=event_id, outcome=Outcome.QUARANTINED, code=code)], None)

    def release(self, event_id: str) -> bool:
        """Have an event that was put aside wait again; return whether there was one."""
        released = self._cursor.execute(_RELEASE, {"id": event_id}).fetchall()
        for (envelope,) in released:
            self._count_again(envelope, +1)
        return bool(released)

    def offer_again(self, epoch: str, since_ms: int) -> bool:
        """Move to another epoch; return whether anything waits again for it."""
        if self._cursor.execute(_EPOCH).fetchone()[0] == epoch:
            return False
        self._cursor.execute(_PUT_EPOCH, {"new_epoch": epoch})
        return self._reopen(since_ms)

    def rename(self, old: str, new: str) -> None:
        """Give the journal another name. Whatever the hub had under the old one waits again under the new.

        Documents tell by the old name that an event is inside them, so that name is kept beside it.
        """
        self._cursor.execute(_PUT_NAME, {"new_name": new})
        self._cursor.execute(_REMEMBER_NAME, {"old_name": old})
        self._reopen(0)
        for (seq,) in self._cursor.execute(_SEQS).fetchall():
            event = envelopes.decode(self._cursor.execute(_ENVELOPE_AT, {"at": seq}).fetchone()[0])
            renamed = envelopes.encode(replace(event, terminal_id=new))
            self._cursor.execute(_PUT_ENVELOPE, {"at": seq, "new_envelope": renamed})

    def see(self, hub_ms: int, ahead_ms: int) -> None:
        """Keep the latest time of the hub, and how far it is ahead of the till's clock."""
        self._cursor.execute(_SEE, {"hub_ms": hub_ms, "new_ahead_ms": ahead_ms})

    def prune(self, before_ms: int, reached: Mapping[int, int]) -> int:
        """Drop what the hub had before then, the replica contains and nothing here needs; return how much it was."""
        old = self._cursor.execute(_OLD, {"before_ms": before_ms}).fetchall()
        inside = [(seq,) for seq, partition, number in old if number <= reached.get(partition, 0)]
        self._cursor.executemany(_DROP, [{"at": seq} for (seq,) in inside])
        self._cursor.execute(_DROP_COUNTS)
        return len(inside)

    def _end(self, verdicts: Iterable[Verdict], hub_ms: int | None) -> list[Ended]:
        # The hub had lost what it applies: from now on that is inside documents under the name of today.
        said = [
            (
                verdict.event_id,
                ASIDE if verdict.outcome is Outcome.QUARANTINED else ACKNOWLEDGED,
                verdict.number,
                verdict.code,
                verdict.outcome is Outcome.APPLIED,
            )
            for verdict in verdicts
        ]
        values = {"verdicts": msgspec.json.encode(said).decode(), "new_hub_ms": hub_ms}
        ended = [Ended(*row) for row in self._cursor.execute(_END, values).fetchall()]
        for each in ended:
            if each.state == ASIDE:
                self._count_again(self._cursor.execute(_ENVELOPE_AT, {"at": each.seq}).fetchone()[0], -1)
        return ended

    def _reopen(self, since_ms: int) -> bool:
        for (envelope,) in self._cursor.execute(_ASIDE_SINCE, {"since_ms": since_ms}).fetchall():
            self._count_again(envelope, +1)
        return self._cursor.execute(_REOPEN, {"since_ms": since_ms}).rowcount > 0

    def _count_again(self, envelope: bytes, sign: int) -> None:
        for counted in shared_counts(body_of(envelopes.decode(envelope))):
            self._cursor.execute(_ADD_TO_COUNTER, counter_row(counted, sign * counted.amount))
