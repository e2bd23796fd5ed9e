"""Steps of the hub on PostgreSQL: events a second beside a raw COPY of the same events into the same table."""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC

import psycopg

from bench.series import say
from bench.traffic import CLUB, KINDS, drafts, in_batches
from pos_loyalty.core.events import seal
from pos_loyalty.core.feed import Cursor
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.hub.authority import Authority, program_row
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.postgres import statements as q
from sync.hub.postgres.store import PostgresHubStore
from sync.wire import Halt, PushRequest
from tests.support.postgres import NoServer, Postgres, running

ROUNDS = 3
EVENTS, BATCH, MEMBERS = 10_000, 500, 5_000
WARM_UP = 5
"""Batches that are not counted: plans, caches and the first rows of each member's book."""
_SETTINGS = ("shared_buffers=256MB", "max_wal_size=4GB")
_TILL = "t1"

Rates = dict[str, list[float]]


def run() -> None:
    """Print events and rows a second: each step folded, with its rows written and its commit on disk."""
    try:
        with running(*_SETTINGS) as server:
            for kind in KINDS:
                rates: Rates = {}
                for _ in range(ROUNDS):
                    _round(server, kind, rates)
                _show(kind, rates)
    except NoServer as missing:
        say("", f"hub: {missing}")


def _round(server: Postgres, kind: str, rates: Rates) -> None:
    requests = _requests(kind)
    rates.setdefault("fold alone (a hub in memory)", []).append(_pushed(MemoryHubStore(), requests))
    dsn = server.fresh()
    with closing(PostgresHubStore(dsn)) as store:
        rates.setdefault("push", []).append(_pushed(store, requests))
        rates.setdefault("push of what is there already", []).append(_pushed(store, requests, begun=True))
        store.analyze()
        rates.setdefault("feed (rows)", []).append(_fed(store))
        rates.setdefault("floor: COPY into the same table", []).append(_copied(dsn))


def _requests(kind: str) -> list[PushRequest]:
    events = [seal(draft, _TILL, seq) for seq, draft in enumerate(drafts(kind, EVENTS, MEMBERS), 1)]
    return [PushRequest(terminal_id=_TILL, boot_nonce="bench", events=batch) for batch in in_batches(events, BATCH)]


def _hub_over(store: HubStore) -> Authority:
    return Authority(store, zone=UTC, clock=SystemClock(), ids=RandomIds())


def _pushed(store: HubStore, requests: Sequence[PushRequest], *, begun: bool = False) -> float:
    hub = _hub_over(store)
    if not begun:
        hub.enrol(Terminal(terminal_id=_TILL))
        hub.publish([program_row(CLUB)])
    for request in requests[:WARM_UP]:
        hub.push(request)

    def push() -> int:
        for request in requests[WARM_UP:]:
            hub.push(request)
        return EVENTS - WARM_UP * BATCH

    return _a_second(push)


def _fed(store: HubStore) -> float:
    hub = _hub_over(store)

    def feed() -> int:
        cursor, rows, more = Cursor(), 0, True
        while more:
            page = hub.feed(_TILL, cursor)
            if isinstance(page, Halt):
                raise SystemExit(page.detail)
            cursor, more, rows = page.cursor, page.more, rows + len(page.rows)
        return rows

    return _a_second(feed)


def _copied(dsn: str) -> float:
    """Copy the log into a table like it, indexes and all, in as many transactions as there were steps."""
    with psycopg.connect(dsn) as connection:
        events = connection.execute(f"{q.LOG.partition(' ORDER')[0]} ORDER BY seq".encode()).fetchall()
        connection.execute("CREATE TABLE copied (LIKE event INCLUDING ALL)")
        connection.commit()
        statement = q.COPY_EVENTS.replace("COPY event", "COPY copied", 1).encode()

        def copy() -> int:
            for batch in in_batches(events, BATCH):
                with connection.cursor().copy(statement) as copying:
                    copying.set_types(q.EVENT_TYPES)
                    for event in batch:
                        copying.write_row(event)
                connection.commit()
            return len(events)

        return _a_second(copy)


def _a_second(work: Callable[[], int]) -> float:
    began = time.perf_counter()
    return work() / (time.perf_counter() - began)


def _show(kind: str, rates: Rates) -> None:
    floor = rates["floor: COPY into the same table"]
    lines = ["", f"hub on PostgreSQL: {kind}, {BATCH} to a step", f"{'':34} {'/s':>9}   share of COPY (rounds)"]
    for name, found in rates.items():
        shares = sorted(rate / copied for rate, copied in zip(found, floor, strict=True))
        share = f"{statistics.median(shares):.1%} ({shares[0]:.1%}-{shares[-1]:.1%})" if found is not floor else ""
        lines.append(f"{name:34} {statistics.median(found):9,.0f}   {share}".rstrip())
    say(*lines)
