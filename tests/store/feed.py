"""Rows and pages as a hub sends them, for tests of the till's store."""

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import Cursor, FeedPage, Row, RowKind, partition_of
from pos_loyalty.core.fold import apply_all
from pos_loyalty.core.members import Member
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from sync.engine.ports import TillReplica

HOUR_MS = 3_600_000
NOON_MS = 1_774_094_400_000
DRAFT_PARTITION = partition_of(7)
"""Of every event that ``tests.store.shop`` makes."""


def row(kind: RowKind, key: str, number: int, document: object = None, partition: int = DRAFT_PARTITION) -> Row:
    """Return a row as it stood at ``number``; without a document, a tombstone."""
    raw = None if document is None else msgspec.Raw(msgspec.json.encode(document))
    return Row(kind=kind, key=key, partition=partition, number=number, document=raw)


def member_row(member: Member, number: int, *events: Event) -> Row:
    """Return a member with these events inside."""
    return row(RowKind.MEMBER, member.member_id, number, apply_all(member, events))


def page(*rows: Row, more: bool = False, hub_ms: int = NOON_MS, **numbers: int) -> FeedPage:
    """Return a page whose cursor is where its rows end, or at ``p0=…``, ``p1=…``."""
    at: dict[int, int] = {}
    for each in rows:
        at[each.partition] = max(each.number, at.get(each.partition, 0))
    at |= {int(name[1:]): number for name, number in numbers.items()}
    return FeedPage(rows=rows, cursor=Cursor(epoch="one", numbers=at), more=more, hub_ms=hub_ms)


def take(replica: TillReplica, page: FeedPage) -> frozenset[int]:
    """Write a page that was asked for from where the replica is; return the partitions that are wrong."""
    return replica.apply(page, replica.cursor())


def applied(event: Event, number: int) -> Verdict:
    """Return the hub's good word on an event."""
    return Verdict(event_id=event.event_id, outcome=Outcome.APPLIED, number=number)


def duplicate(event: Event, number: int) -> Verdict:
    """Return the hub's word on an event that it has."""
    return replace(applied(event, number), outcome=Outcome.DUPLICATE)


def refused(event: Event) -> Verdict:
    """Return the hub's bad word on an event."""
    return Verdict(event_id=event.event_id, outcome=Outcome.QUARANTINED, code=QuarantineCode.REFUSED)
