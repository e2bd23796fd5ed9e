"""Points on which time does something by a day: who has any, found by an index and not by reading all books."""

from collections.abc import Callable, Iterator
from datetime import date, tzinfo
from typing import Final

from pos_loyalty.core.event_bodies import Body, PointsActivated, PointsExpired
from pos_loyalty.core.events import Draft
from pos_loyalty.core.ids import named_uuid, part_of
from pos_loyalty.core.lots import Lot, is_queued
from sync.hub.book_records import shelf_of
from sync.hub.hub_store import HubStore
from sync.hub.jobs.days import beginning_of
from sync.hub.kept import BookKey, Record, RecordKind

_BOOKS_AT_ONCE: Final = 100

Made = Callable[[str, date], Body]
IsDue = Callable[[Lot, date], bool]


def activations(store: HubStore, day: date, zone: tzinfo) -> Iterator[list[Draft]]:
    """Yield what becomes available on ``day``, piece by piece."""
    return _drafts(store, day, zone, lambda unit, on: PointsActivated(unit=unit, day=on), _is_ripe)


def expiries(store: HubStore, day: date, zone: tzinfo) -> Iterator[list[Draft]]:
    """Yield what had its last day before ``day``, piece by piece."""
    return _drafts(store, day, zone, lambda unit, on: PointsExpired(unit=unit, day=on), _is_over)


def _is_ripe(lot: Lot, day: date) -> bool:
    return lot.pending_until is not None and lot.pending_until <= day


def _is_over(lot: Lot, day: date) -> bool:
    return is_queued(lot) and lot.until is not None and lot.until < day


def _drafts(store: HubStore, day: date, zone: tzinfo, made: Made, is_due: IsDue) -> Iterator[list[Draft]]:
    after: BookKey | None = None
    while True:
        with store.transaction() as transaction:
            keys = transaction.due(RecordKind.LOT, day.toordinal(), after, _BOOKS_AT_ONCE)
            records = transaction.open_records(keys)
        if not keys:
            return
        owners = {(owner, key.unit) for key in keys for owner in _owners(key, records, day, is_due)}
        drafts = [_draft(owner, made(unit, day), unit, day, zone) for owner, unit in sorted(owners)]
        if drafts:
            yield drafts
        after = keys[-1]


def _owners(key: BookKey, records: list[Record], day: date, is_due: IsDue) -> set[str]:
    """Return whose lots of a book are due; a book may hold the points of several members."""
    book = shelf_of(key, (record for record in records if record.book == key)).book
    return {book.owner(lot.member) for lot in book.lots.values() if is_due(lot, day)}


def _draft(member_id: str, body: Body, unit: str, day: date, zone: tzinfo) -> Draft:
    return Draft(
        event_id=named_uuid(type(body).__name__, member_id, unit, day.isoformat()),
        occurred_at=beginning_of(day, zone),
        body=body,
        member_id=member_id,
        part=part_of(member_id),
    )
