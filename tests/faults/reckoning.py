"""After the storm: what the tills promised, what their journals say, what the hub has, and what came down."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from pos_loyalty.core.event_bodies import BasketCommitted
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from sync.hub.audit import faults
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey

_ALL = 10_000_000


def reckon(hub: HubStore, promised: Mapping[Path, Iterable[str]]) -> int:
    """Compare everything; return the number of events.

    Args:
        hub: nobody else writes to it any more.
        promised: by the folder of each till's store, closed, the ids of events that were said to be on disk.

    Raises:
        AssertionError: something was lost, doubled or differs; with the first few.
    """
    rows = _rows(hub)
    journals: list[Event] = []
    for folder, ids in promised.items():
        with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
            journal = store.events(limit=_ALL)
            _none(set(ids) - {event.event_id for event in journal}, "promised and not in the journal")
            assert [event.seq for event in journal] == list(range(1, len(journal) + 1)), f"{folder.name}: a gap"
            assert store.outbox.waiting_count() == 0
            assert store.outbox.quarantined() == ()
            journals += journal
            _same_rows(folder.name, rows, store)
    _same_log(hub, journals)
    _same_points(rows, journals)
    return len(journals)


def _rows(hub: HubStore) -> dict[RowKey, Row]:
    with hub.reading() as reading:
        found = reading.rows_above(dict.fromkeys(reading.counters(), 0), _ALL)
    return {RowKey(row.kind, row.key): row for row in found if row.document is not None}


def _same_rows(name: str, rows: Mapping[RowKey, Row], store: SqliteStore) -> None:
    """Every row of the hub is on the till, byte for byte and with its number."""
    here = {key: store.replica.row(*key) for key in rows}
    _none([key for key, row in rows.items() if here[key] is None], f"{name} has no row of")
    _none([key for key, row in rows.items() if here[key] != row], f"{name} has another row of")


def _same_log(hub: HubStore, journals: Sequence[Event]) -> None:
    """Each event of each journal is in the log once, and nothing else is; the hub contradicts itself nowhere."""
    with hub.reading() as reading:
        log = [logged.event for logged in reading.log()]
        assert reading.quarantine() == []
        assert faults(reading) == ()
    _none(Counter(event.event_id for event in log) - Counter(event.event_id for event in journals), "only at the hub")
    _none(Counter(event.event_id for event in journals) - Counter(event.event_id for event in log), "lost")
    assert {event.event_id: event for event in log} == {event.event_id: event for event in journals}


def _same_points(rows: Mapping[RowKey, Row], journals: Iterable[Event]) -> None:
    """What each member has is the sum of what was sold to them."""
    sold: Counter[str] = Counter()
    for event in journals:
        match body_of(event):
            case BasketCommitted(moves=moves):
                sold[event.member_id or ""] += sum(move.points for move in moves)
            case _:
                pass
    members = [row for key, row in rows.items() if key.kind is RowKind.MEMBER]
    read = msgspec.json.Decoder(Member).decode
    there = {row.key: sum(read(row.document or b"").balances.values()) for row in members}
    _none([name for name, points in sold.items() if there.get(name) != points], "with other points than were sold:")


def _none(found: Iterable[object], what: str) -> None:
    found = sorted(map(str, found))
    assert not found, f"{len(found)} {what} {found[:5]}"
