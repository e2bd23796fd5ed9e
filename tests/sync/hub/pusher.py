"""A process that pushes a till's journal to a hub, and says on its output what it was told."""

import sys
from datetime import UTC
from pathlib import Path

from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.postgres.store import PostgresHubStore
from sync.wire import PushAnswer
from tests.sync.hub.shop import Ids, StandingClock, Till, note, sale, used
from tests.sync.hub.stores import sqlite_hub

EVENTS = 60
BATCH = 4


def journal_of(terminal_id: str) -> Till:
    """Return the till of this name with its journal: the same in every process."""
    till = Till(terminal_id, Ids(1 + 100_000 * int(terminal_id[1:])))
    for number in range(EVENTS):
        body = (note(str(number)), sale(3), sale(-2, uses=1), sale(vouchers=[used("CARD", 1)]))[number % 4]
        till.did(body, f"m{number % 3}")
    return till


def main(place: str, terminal_id: str) -> None:
    """Push everything in small batches, each one twice; ``place`` is a file of SQLite, or an address of PostgreSQL."""
    store: HubStore = PostgresHubStore(place) if "=" in place else sqlite_hub(Path(place))
    hub = Authority(store, zone=UTC, clock=StandingClock(), ids=Ids(900_000))
    till = journal_of(terminal_id)
    for start in range(0, EVENTS, BATCH):
        events = till.journal[start : start + BATCH]
        for _ in range(2):
            answer = hub.push(till.request(*events))
            if not isinstance(answer, PushAnswer):
                raise SystemExit(answer.detail)
            sys.stdout.write("".join(f"{v.event_id} {v.outcome} {v.number}\n" for v in answer.verdicts))
            sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
