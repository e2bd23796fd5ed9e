"""Reading and writing the journal: statements compiled once, transactions opened by hand."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from pos_loyalty.core import events as envelopes
from pos_loyalty.core.basket import Basket
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import SHOP_PARTITION
from pos_loyalty.ports import Answer
from pos_loyalty.store import tables as t
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.pending import IDENTITY_TYPES, PendingIndex, Settling

WAITING: Final = 0
ACKNOWLEDGED: Final = 1
ASIDE: Final = 2
"""States of an event: without a verdict, with a good one, put aside by the hub or by this till."""

_waiting: sa.ColumnElement[bool] = sa.literal_column("state = 0")
_not_aside: sa.ColumnElement[bool] = sa.literal_column("state < 2")
_identity_types: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{name}'") for name in IDENTITY_TYPES]

_TERMINAL = t.sql(sa.select(t.terminal.c.terminal_id))
_SESSION = t.sql(sa.select(t.terminal.c.session))
_LAST_SEQ = t.sql(sa.select(sa.func.coalesce(sa.func.max(t.event.c.seq), sa.literal_column("0"))))
_COUNT_EVENTS = t.sql(sa.select(sa.func.count()).select_from(t.event))
_EVENTS = t.sql(
    sa.select(t.event.c.envelope)
    .where(t.event.c.seq > sa.bindparam("after_seq"))
    .order_by(t.event.c.seq)
    .limit(sa.bindparam("limit"))
    .offset(sa.literal_column("0"))
)
_WAITING_OF = t.sql(
    sa.select(t.event.c.envelope, t.event.c.known_as)
    .where(t.event.c.member_id == sa.bindparam("member_id"), _waiting)
    .order_by(t.event.c.seq)
)
_OLDEST_WAITING = t.sql(
    sa.select(t.event.c.envelope)
    .where(_waiting)
    .order_by(t.event.c.seq)
    .limit(sa.literal_column("1"))
    .offset(sa.literal_column("0"))
)
_ONLY_HERE = (
    t.sql(sa.select(sa.func.min(t.event.c.seq)).where(_waiting)),
    t.sql(sa.select(sa.func.min(t.event.c.seq)).where(sa.literal_column("state = 2"), t.event.c.hub_ms.is_(None))),
)
_ENDED_BEFORE = t.sql(
    sa.select(t.event.c.seq)
    .where(t.event.c.seq < sa.bindparam("below"), t.event.c.hub_ms < sa.bindparam("before_ms"))
    .order_by(t.event.c.seq.desc())
    .limit(sa.literal_column("1"))
    .offset(sa.literal_column("0"))
)
_AT = t.sql(sa.select(t.event.c.envelope, t.event.c.known_as).where(t.event.c.seq == sa.bindparam("seq")))
_SETTLING = t.sql(
    sa.select(t.event.c.seq, t.event.c.member_id, t.event.c.partition, t.event.c.number).where(
        sa.literal_column("state = 1"),
        t.event.c.partition == sa.bindparam("partition"),
        t.event.c.number > sa.bindparam("number"),
    )
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
_NOT_ASIDE_ABOUT = t.sql(
    sa.select(t.event.c.envelope, t.event.c.known_as, t.event.c.state, t.event.c.hub_ms)
    .select_from(t.event_subject.join(t.event, t.event.c.seq == t.event_subject.c.seq))
    .where(t.event_subject.c.subject == sa.bindparam("subject"), _not_aside)
    .order_by(t.event_subject.c.seq)
)
_COUNTED_AFTER = t.sql(
    sa.select(sa.func.coalesce(sa.func.sum(t.event_count.c.amount), sa.literal_column("0")))
    .select_from(t.event_count.join(t.event, t.event.c.seq == t.event_count.c.seq))
    .where(
        t.event_count.c.key == sa.bindparam("key"),
        t.event_count.c.seq > sa.bindparam("seq"),
        sa.func.coalesce(t.event.c.known_as, sa.bindparam("terminal_id")) == sa.bindparam("name"),
        _not_aside,
    )
)
_NAMES = t.sql(sa.select(t.event.c.known_as).where(t.event.c.known_as.is_not(None)).distinct())
_EVENT = t.sql(sa.select(t.event.c.envelope).where(t.event.c.event_id == sa.bindparam("event_id")))
_COUNTERS = t.sql(sa.select(t.counter.c.key, t.counter.c.amount))
_ANSWER = t.sql(
    sa.select(t.answer.c.digest, t.answer.c.status, t.answer.c.body).where(t.answer.c.key == sa.bindparam("key"))
)

_ADD_TERMINAL = t.sql(sa.insert(t.terminal).values(one=sa.literal_column("1"), terminal_id=sa.bindparam("terminal_id")))
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

    def events(self, after_seq: int, limit: int) -> tuple[Event, ...]:
        """Return events in ``seq`` order."""
        rows = self.cursor.execute(_EVENTS, {"after_seq": after_seq, "limit": limit}).fetchall()
        return tuple(envelopes.decode(row[0]) for row in rows)

    def not_inside(self, member_id: str, settling: tuple[int, ...]) -> list[Event]:
        """Return the events of one member that wait, and those at ``settling``, in ``seq`` order.

        An event that the hub had under an earlier name of this till bears that name: by it documents tell that it is
        inside them.
        """
        rows = self.cursor.execute(_WAITING_OF, {"member_id": member_id}).fetchall()
        for seq in settling:
            rows += self.cursor.execute(_AT, {"seq": seq}).fetchall()
        events = [_known(envelope, known_as) for envelope, known_as in rows]
        return sorted(events, key=lambda event: event.seq) if settling else events

    def oldest_waiting(self) -> Event | None:
        """Return the first event that has no verdict."""
        row = self.cursor.execute(_OLDEST_WAITING).fetchone()
        return envelopes.decode(row[0]) if row else None

    def ended_to(self, before_ms: int) -> int:
        """Return up to which ``seq`` the hub ended every event before ``before_ms`` of its clock; 0: none.

        Events go up in their order, so this looks from the newest back to the first that is old enough; one that was
        put aside and came to the hub after those behind it counts as if it had come before them.
        """
        here = [found for each in _ONLY_HERE if (found := self.cursor.execute(each).fetchone()[0]) is not None]
        below = min(here, default=int(self._first(_LAST_SEQ)) + 1)
        row = self.cursor.execute(_ENDED_BEFORE, {"below": below, "before_ms": before_ms}).fetchone()
        return int(row[0]) if row else 0

    def pending_index(self, reached: Mapping[int, int]) -> PendingIndex:
        """Build the index of all events not inside a replica that is so far; few of them are decoded."""
        index = PendingIndex()
        index.events = int(self._first(_COUNT_EVENTS))
        index.reach(reached)
        for member_id, last_seq, count in self.cursor.execute(_WAITING_BY_MEMBER):
            index.waiting += count
            if member_id is not None:
                index.last_seq[member_id] = last_seq
        for (envelope,) in self.cursor.execute(_WAITING_IDENTITY):
            index.note_identity(envelopes.decode(envelope))
        for partition in range(SHOP_PARTITION + 1):
            above = {"partition": partition, "number": reached.get(partition, 0)}
            for row in self.cursor.execute(_SETTLING, above).fetchall():
                index.settle(Settling(*row))
        for seq in index.settling:
            envelope, known_as = self.cursor.execute(_AT, {"seq": seq}).fetchone()
            index.note_identity(_known(envelope, known_as))
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

    def not_inside_voucher(self, code: str, since_ms: int | None) -> list[Event]:
        """Return the events about a voucher that may not be inside its row, in order; none that was put aside.

        ``since_ms`` is given where there is no row: what the hub had before then is inside what there is, nothing.
        """
        rows = self.cursor.execute(_NOT_ASIDE_ABOUT, {"subject": code}).fetchall()
        return [
            _known(envelope, known_as)
            for envelope, known_as, state, hub_ms in rows
            if since_ms is None or state == WAITING or hub_ms is None or hub_ms >= since_ms
        ]

    def counted_after(self, key: str, applied: Mapping[str, int]) -> int:
        """Return what this till's events used of a limit and are not inside a counter that contains ``applied``."""
        name = self.terminal_id()
        names = (name, *(row[0] for row in self.cursor.execute(_NAMES).fetchall()))
        asked = ({"key": key, "terminal_id": name, "name": each, "seq": applied.get(each, 0)} for each in names)
        return sum(int(self.cursor.execute(_COUNTED_AFTER, values).fetchone()[0]) for values in asked)

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


def _known(envelope: bytes, known_as: str | None) -> Event:
    event = envelopes.decode(envelope)
    return replace(event, terminal_id=known_as) if known_as else event
