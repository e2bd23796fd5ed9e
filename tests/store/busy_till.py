"""A till that sells until it is killed: prints the key of every sale that was acknowledged."""

import itertools
import os
import sys
import threading
from pathlib import Path

from msgspec.structs import replace

from pos_loyalty.core.ids import uuid7
from pos_loyalty.ports import Change
from pos_loyalty.store.sqlite import SqliteStore
from tests.store.shop import StandingClock, answer, done, note

SELLERS = 4


def random_id() -> str:
    """Return an id that no other process makes."""
    return uuid7(0, os.urandom(10))


def sell(store: SqliteStore) -> None:
    """Commit sales of two events for ever; their ``associate_id`` is the key of the sale."""
    for number in itertools.count():
        key = random_id()
        events = tuple(replace(note(f"m{number % 9}", event_id=random_id()), associate_id=key) for _ in range(2))
        done(store, Change(events=events, session=key.encode(), answer=answer(key)))
        sys.stdout.write(key + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    till = SqliteStore(Path(sys.argv[1]), clock=StandingClock(), ids=random_id)
    for _ in range(SELLERS):
        threading.Thread(target=sell, args=(till,), daemon=True).start()
    threading.Event().wait()
