"""What members paid, sale by sale: for tiers by money, and for no others.

The log is read once; how far is written in the same step as what was found. A sale that came back, or was undone,
counts for less from then on, on the day on which it was made: a return in the new year takes nothing from it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import BasketCommitted, BasketReturned, BasketVoided
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.feed import PARTITIONS
from pos_loyalty.core.tiering import Window
from sync.hub.hub_store import HubStore, Reading, Transaction
from sync.hub.kept import Memo, MemoKey

SPENT: Final = "spent"
"""Memos: what one member paid, by member."""
READ: Final = MemoKey("night", "spending")
"""Memo: partition to the last number of the log that was read for it."""
_CHUNK: Final = 500


class Sold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sale: minor units that are paid and not given back."""

    day: int = 0
    """As :meth:`date.toordinal` counts; 0: the sale has not been heard of yet."""
    net: int = 0
    currency: str = ""


Sales = dict[str, Sold]
"""By the event of the sale."""

_numbers = msgspec.json.Decoder(dict[int, int]).decode
_sales = msgspec.json.Decoder(Sales).decode
_encode = msgspec.json.encode


def catch_up(store: HubStore) -> None:
    """Read what was logged since the last time."""
    for partition in range(PARTITIONS):
        while _read_on(store, partition):
            pass


def spent(reading: Reading, members: Iterable[str], currency: str, window: Window) -> int:
    """Return what these members, who are one, paid in a window of days."""
    first, end = window.since.toordinal(), window.before.toordinal()
    sales = (sold for member_id in members for sold in _of(reading, member_id).values())
    return sum(sold.net for sold in sales if sold.currency == currency and first <= sold.day < end)


def _read_on(store: HubStore, partition: int) -> bool:
    """Read one piece of the log of a partition; return whether there may be more."""
    with store.transaction() as transaction:
        memo = transaction.own_memo(READ)
        numbers = _numbers(memo.document) if memo else {}
        piece = transaction.log_above(partition, numbers.get(partition, 0), _CHUNK)
        if not piece:
            return False
        changed: dict[str, Sales] = {}
        for each in piece:
            _count(transaction, each.event, changed)
        transaction.put_memos(Memo(SPENT, member_id, _encode(sales)) for member_id, sales in changed.items())
        numbers[partition] = piece[-1].number
        transaction.put_memos([Memo(*READ, _encode(numbers))])
        transaction.commit()
    return True


def _count(transaction: Transaction, event: Event, changed: dict[str, Sales]) -> None:
    if event.member_id is None or not event.type.startswith("basket."):
        return
    body = body_of(event)
    if event.member_id not in changed and isinstance(body, BasketCommitted | BasketReturned | BasketVoided):
        changed[event.member_id] = _of(transaction, event.member_id)
    match body:
        case BasketCommitted():
            day = (body.day or event.occurred_at.date()).toordinal()
            _add(changed[event.member_id], event.event_id, Sold(day, body.net, body.currency))
        case BasketReturned() | BasketVoided() if body.sale_event_id:
            _add(changed[event.member_id], body.sale_event_id, Sold(0, body.added_tax - body.refund))


def _add(sales: Sales, sale: str, more: Sold) -> None:
    known = sales.get(sale, Sold())
    sales[sale] = replace(
        known, day=known.day or more.day, net=known.net + more.net, currency=known.currency or more.currency
    )


def _of(reading: Reading, member_id: str) -> Sales:
    memo = reading.memo(MemoKey(SPENT, member_id))
    return _sales(memo.document) if memo else {}
