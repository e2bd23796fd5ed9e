"""Books as the store keeps them: records by kind. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from pos_loyalty.core.accounts import Account
from pos_loyalty.core.book import Book, Merged, queues_of
from pos_loyalty.core.entries import AnyEntry
from pos_loyalty.core.lots import Hold, HoldStatus, Lot, Spend
from sync.hub.kept import BookKey, Posted, Record, RecordKind

_T = TypeVar("_T")


class Balance(msgspec.Struct, frozen=True):
    """The points in one account."""

    account: Account
    points: int


class Waiting(msgspec.Struct, frozen=True):
    """An entry that undoes what the hub has not heard of yet: the sale is in the outbox of another till."""

    sale: str
    entry: AnyEntry
    done: bool = False


class Shelf(msgspec.Struct, frozen=True):
    """One book, as much of it as was loaded, and the entries that wait in it."""

    book: Book
    waiting: dict[str, Waiting] = {}


_NONE: Mapping[str, bytes] = {}
_encode = msgspec.json.Encoder(order="deterministic").encode
_balances = msgspec.json.Decoder(tuple[Balance, ...]).decode
_lot = msgspec.json.Decoder(Lot).decode
_spend = msgspec.json.Decoder(Spend).decode
_hold = msgspec.json.Decoder(Hold).decode
_waiting = msgspec.json.Decoder(Waiting).decode
_merged = msgspec.json.Decoder(Merged).decode


def shelf_of(key: BookKey, records: Iterable[Record]) -> Shelf:
    """Return the book that records of it make, whatever their order and however often one comes.

    Raises:
        msgspec.DecodeError: a document is not one of its kind.
    """
    documents: dict[RecordKind, dict[str, bytes]] = {}
    for record in sorted(records, key=lambda each: each.order):
        documents.setdefault(record.kind, {})[record.record_id] = record.document

    def of(kind: RecordKind, read: Callable[[bytes], _T]) -> dict[str, _T]:
        return {name: read(document) for name, document in documents.get(kind, _NONE).items() if document}

    lots, merges = of(RecordKind.LOT, _lot), of(RecordKind.MERGE, _merged)
    balances = [each for some in of(RecordKind.BALANCES, _balances).values() for each in some]
    book = Book(
        unit=key.unit,
        lots=lots,
        spends=of(RecordKind.SPEND, _spend),
        holds=of(RecordKind.HOLD, _hold) | of(RecordKind.ALLOWANCE, _hold),
        merges=merges,
        balances={balance.account: balance.points for balance in balances},
        queues=queues_of(lots.values(), merges),
    )
    return Shelf(book, of(RecordKind.WAITING, _waiting))


def records_of(key: BookKey, before: Shelf, after: Shelf) -> list[Record]:
    """Return the records of ``after`` that are not as they were."""
    old, new = before.book, after.book
    changed: list[Record] = []
    if old.balances != new.balances:
        balances = tuple(Balance(account, points) for account, points in new.balances.items())
        changed.append(Record(key, RecordKind.BALANCES, "", "", open=True, document=_encode(balances)))
    for name, lot in _differing(old.lots, new.lots):
        changed.append(
            Record(
                key,
                RecordKind.LOT,
                name,
                lot.event_id,
                open=lot.remaining > 0,
                document=_encode(lot),
                due=_due(lot),
            )
        )
    for name, spend in _differing(old.spends, new.spends):
        open_ = spend.owed > 0 or spend.short > 0
        changed.append(Record(key, RecordKind.SPEND, name, "", open=open_, document=_encode(spend)))
    for name, hold in _differing(old.holds, new.holds):
        open_ = hold.status is HoldStatus.OPEN
        due = hold.until.toordinal() if open_ else 0
        kind = RecordKind.ALLOWANCE if hold.terminal else RecordKind.HOLD
        changed.append(Record(key, kind, name, "", open=open_, document=_encode(hold), due=due))
    for name, merged in _differing(old.merges, new.merges):
        changed.append(Record(key, RecordKind.MERGE, name, "", open=True, document=_encode(merged)))
    parted = old.merges.keys() - new.merges.keys()
    changed += [Record(key, RecordKind.MERGE, name, "", open=False, document=b"") for name in parted]
    for name, each in _differing(before.waiting, after.waiting):
        changed.append(Record(key, RecordKind.WAITING, name, each.sale, open=not each.done, document=_encode(each)))
    return changed


def _due(lot: Lot) -> int:
    if lot.pending_until:
        return lot.pending_until.toordinal()
    return lot.until.toordinal() + 1 if lot.until and lot.remaining else 0


def postings_of(key: BookKey, before: Shelf, after: Shelf) -> list[Posted]:
    """Return the transfers of ``after`` that were not there."""
    return [Posted(key, transfer) for _, transfer in _differing(before.book.transfers, after.book.transfers)]


def _differing(old: Mapping[str, _T], new: Mapping[str, _T]) -> list[tuple[str, _T]]:
    return [(name, each) for name, each in new.items() if old.get(name) is not each]
