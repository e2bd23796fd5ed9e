"""All that a hub has of one person, for that person. Pure over the store."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

import msgspec

from pos_loyalty.core.accounts import MEMBER_KINDS, Transfer
from pos_loyalty.core.events import Event, encode
from pos_loyalty.core.feed import PARTITIONS, Row, RowKind
from pos_loyalty.core.members import Member
from sync.hub.book_records import shelf_of
from sync.hub.hub_store import HubStore, Reading
from sync.hub.kept import BookKey, RowKey
from sync.hub.whereabouts import Whereabouts, find

_CHUNK: Final = 500

Archived = Callable[[Reading, Collection[str]], Iterable[Event]]
"""Gives what archives have about members."""

_member = msgspec.json.Decoder(Member).decode
_raw = msgspec.Raw


def export(store: HubStore, member_id: str, archived: Archived | None = None) -> dict[str, Any] | None:
    """Return what there is of a person, as JSON knows it; None if nobody of that id was ever here.

    Of one who was merged, all that is of the one person. Of books that others share, only what is the person's.
    Events that were archived stand among the others only as far as the database has them, and whole under ``archived``.
    """
    where, row = _found(store, member_id)
    people = _people(row, where, member_id)
    keys = [RowKey(RowKind.MEMBER, each) for each in people]
    with store.reading() as reading:
        said = [*_events(reading, people)]
        aside = [each for each in reading.quarantine() if each.event.member_id in people]
        if row is None and not said and not aside:
            return None
        return {
            "member_id": where.owner,
            "ids": sorted(people),
            "document": _raw(row.document) if row and row.document is not None else None,
            "points": [_book(reading, BookKey(where.book, key.unit), people) for key in reading.books_of(where.book)],
            "events": [_raw(encode(event)) for event in said],
            "archived": [_raw(encode(event)) for event in (archived(reading, people) if archived else ())],
            "put_aside": [{"reason": each.code, "event": _raw(encode(each.event))} for each in aside],
            "tills": sorted({event.terminal_id for event in said}),
            "scopes": sorted({each.scope for each in reading.memberships(keys) if each.there}),
        }


def _found(store: HubStore, member_id: str) -> tuple[Whereabouts, Row | None]:
    with store.transaction() as transaction:
        where = find(transaction, member_id)
        key = RowKey(RowKind.MEMBER, where.owner)
        return where, transaction.rows([key]).get(key)


def _people(row: Row | None, where: Whereabouts, member_id: str) -> set[str]:
    parts = _member(row.document).parts if row and row.document is not None else ()
    return {member_id, where.owner, *(part.member_id for part in parts)}


def _events(reading: Reading, people: Collection[str]) -> Iterator[Event]:
    """Yield what was logged about these, by partition and number: no index knows it, so the whole log is read."""
    for partition in range(PARTITIONS):
        number = 0
        while piece := reading.log_above(partition, number, _CHUNK):
            yield from (each.event for each in piece if each.event.member_id in people)
            number = piece[-1].number


def _book(reading: Reading, key: BookKey, people: Collection[str]) -> dict[str, Any]:
    book = shelf_of(key, reading.records_of(key)).book
    transfers = (posted.transfer for posted in reading.postings_of(key))
    return {
        "unit": key.unit,
        "lots": [lot for lot in book.lots.values() if lot.member in people],
        "spends": [spend for spend in book.spends.values() if spend.member in people],
        "holds": [hold for hold in book.holds.values() if hold.member in people],
        "transfers": sorted((t for t in transfers if _is_about(t, people)), key=lambda t: (t.at, t.transfer_id)),
    }


def _is_about(transfer: Transfer, people: Collection[str]) -> bool:
    sides = (transfer.debit, transfer.credit)
    return any(side.kind in MEMBER_KINDS and side.owner in people for side in sides)


def is_known(store: HubStore, member_id: str) -> bool:
    """Whether there is, or was, a member of this id."""
    key = RowKey(RowKind.MEMBER, member_id)
    with store.transaction() as transaction:
        return key in transaction.rows([key])
