"""A till on a failing disk: tells what was refused, goes on for some turns, tells how many sales it kept, is killed."""

import itertools
import os
import signal
import sys
from pathlib import Path

from pos_loyalty.ports import Change
from tests.store.busy_till import random_id
from tests.store.shop import DEADLINE_S, note, sqlite_store

if __name__ == "__main__":
    store = sqlite_store(Path(sys.argv[1]))
    refusals: list[str] = []
    kept = last_turn = 0
    for turn in itertools.count():
        sale = Change(events=(note("m", event_id=random_id()), note("m", event_id=random_id())))
        if error := store.commit(sale).exception(DEADLINE_S):
            refusals.append(type(error).__name__)
            last_turn = last_turn or turn + int(sys.argv[2])
        else:
            kept += 1
        if refusals and turn >= last_turn:
            break
    sys.stdout.write(f"{' '.join(refusals)} {kept}\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
