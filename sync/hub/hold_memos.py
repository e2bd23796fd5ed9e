"""What the hub remembers of holds by their ids: who asked for what, and what became of it. Pure.

Points that are held are in the ledger, a voucher that is held says so in its row. Beside both there is a memo for each
hold, for good: a request that comes again, or late, is answered by what became of the hold, and an event that names it
finds what it was.
"""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.lots import HoldStatus
from sync.hub.book_records import Shelf
from sync.hub.hub_store import Reading, Transaction
from sync.hub.kept import BookKey, KeptHold, Memo, MemoKey, RowKey
from sync.hub.reach import Reach
from sync.wire import HoldState

KIND = "hold"

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(KeptHold).decode
_STATES = {
    HoldStatus.OPEN: HoldState.OPEN,
    HoldStatus.POSTED: HoldState.POSTED,
    HoldStatus.VOIDED: HoldState.VOIDED,
    HoldStatus.TIMED_OUT: HoldState.TIMED_OUT,
}


def state_of(hold: KeptHold, now_ms: int) -> HoldState:
    """Return how a hold stands; one whose time is over is timed out, though nobody has looked yet."""
    is_over = hold.state is HoldState.OPEN and hold.until_ms <= now_ms
    return HoldState.TIMED_OUT if is_over else hold.state


def kept_hold(reading: Reading, hold_id: str) -> KeptHold | None:
    """Return what is known of a hold."""
    memo = reading.memo(MemoKey(KIND, hold_id))
    return _decode(memo.document) if memo else None


def kept_holds(reading: Reading) -> list[KeptHold]:
    """Return all holds there ever were."""
    return [_decode(memo.document) for memo in reading.memos(KIND)]


class HoldMemos:
    """The holds of one step, under the locks of what they hold."""

    def __init__(self, transaction: Transaction, hold_ids: Collection[str]) -> None:
        self._transaction = transaction
        self._holds = {name: kept_hold(transaction, name) for name in hold_ids}
        self._changed: dict[str, KeptHold] = {}

    def of(self, reach: Reach) -> dict[BookKey, tuple[str, ...]]:
        """Return the holds of points that an event names, by book: those in its member's, whose partition is locked."""
        named: dict[BookKey, tuple[str, ...]] = {}
        for name in reach.holds if reach.book else ():
            hold = self._holds[name]
            if hold and hold.unit:
                key = BookKey(reach.book, hold.unit)
                named[key] = (*named.get(key, ()), name)
        return named

    def end(self, reach: Reach, now_ms: int) -> None:
        """Note what became of the vouchers that an event names the holds of, and of holds nobody has asked for yet."""
        for name in reach.holds:
            hold = self._holds[name]
            if hold is None:
                # The request may still be under way: then it comes to a basket that is paid.
                self._put(KeptHold(hold_id=name, terminal_id=reach.event.terminal_id, state=HoldState.POSTED))
            elif hold.voucher and hold.state is HoldState.OPEN and _row_of(hold) in reach.rows:
                state = state_of(hold, now_ms)
                self._put(replace(hold, state=HoldState.POSTED if state is HoldState.OPEN else state))

    def follow(self, before: Shelf, after: Shelf) -> None:
        """Note how holds ended in a book."""
        for name, hold in after.book.holds.items():
            # Of an allowance nobody asks what became of it: it was not asked for either.
            if not hold.terminal and hold.status is not HoldStatus.OPEN and before.book.holds.get(name) is not hold:
                known = self._holds.get(hold.event_id) or kept_hold(self._transaction, hold.event_id)
                if known:
                    self._put(replace(known, state=_STATES[hold.status]))

    def place(self, hold: KeptHold) -> None:
        """Keep one more."""
        self._put(hold)

    def write(self) -> None:
        """Write what has changed."""
        memos = [Memo(KIND, name, _encode(hold)) for name, hold in self._changed.items()]
        self._transaction.put_memos(memos)

    def _put(self, hold: KeptHold) -> None:
        self._holds[hold.hold_id] = self._changed[hold.hold_id] = hold


def _row_of(hold: KeptHold) -> RowKey:
    return RowKey(RowKind.VOUCHER, hold.voucher)
