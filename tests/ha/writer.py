"""A hub and its till in one process: pushes for as long as its input is open, and says what was acknowledged."""

import sys
import time
from datetime import UTC
from threading import Event as Signal
from threading import Thread

from pos_loyalty.errors import StoreError
from sync.hub.authority import Authority
from sync.hub.postgres.store import PostgresHubStore
from sync.wire import PushAnswer, PushRequest
from tests.sync.hub.shop import Ids, StandingClock, Till, note

BATCH = 20
PAUSE_S = 0.1
"""Before the same batch is sent again; a till waits longer."""
EVENTS_MAX = 1_000_000


def main(dsn: str, terminal_id: str) -> None:
    """Push batches of new events, each again and again until it is acknowledged, with the ids it had."""
    told_to_end = Signal()
    Thread(target=_listen, args=(told_to_end,), daemon=True).start()
    store = PostgresHubStore(dsn)
    number = int(terminal_id[1:])
    hub = Authority(store, zone=UTC, clock=StandingClock(), ids=Ids(number))
    till = Till(terminal_id, Ids(number * EVENTS_MAX), nonce=f"boot-{terminal_id}")
    while not told_to_end.is_set():
        batch = tuple(till.did(note(str(each)), f"m{each}") for each in range(BATCH))
        _push(hub, PushRequest(terminal_id=terminal_id, boot_nonce=till.nonce, events=batch), told_to_end)
    store.close()


def _listen(told_to_end: Signal) -> None:
    sys.stdin.read()
    told_to_end.set()


def _push(hub: Authority, request: PushRequest, told_to_end: Signal) -> None:
    while not told_to_end.is_set():
        try:
            answer = hub.push(request)
        except StoreError:
            time.sleep(PAUSE_S)
            continue
        if not isinstance(answer, PushAnswer):
            raise SystemExit(answer.detail)
        sys.stdout.write("".join(f"{verdict.event_id} {verdict.outcome}\n" for verdict in answer.verdicts))
        sys.stdout.flush()
        return


if __name__ == "__main__":
    main(*sys.argv[1:])
