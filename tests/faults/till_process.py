"""A till: the real store and the real line to the hub, and somebody who sells all the time.

    python -m tests.faults.till_process FOLDER URL MEMBERS

It says ``sold ID`` for each event once that is on disk. Told ``rest``, it sells no more and says ``empty`` when nothing
waits for the hub; told ``meet MS``, it says ``met`` when it has all that the hub had at that time (milliseconds since
1970), and ends. The key is the one that ``key_of`` gives for its folder.
"""

import select
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from bench.traffic import KINDS, drafts
from pos_loyalty.ports import Change, Committed, LineView
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store.sqlite import SqliteStore
from sync.client.address import HubAddress
from sync.client.calls import Signer
from sync.client.hub_line import HubLine
from sync.signing import TerminalKey

PAUSE_MAX_S = 0.04
"""Between two sales."""
LOOK_EVERY_S = 0.02
_MEETING_S = 300.0


def key_of(folder: Path) -> TerminalKey:
    """Return the key of the till in this folder: the same for whoever enrols it."""
    return TerminalKey(Ed25519PrivateKey.from_private_bytes(sha256(str(folder).encode()).digest()))


class SellingTill:
    """The store, the line, and what was asked on standard input."""

    def __init__(self, store: SqliteStore, line: HubLine, chance: Random) -> None:
        self._store = store
        self._line = line
        self._chance = chance
        self._clock, self._ids = SystemClock(), RandomIds()

    def sell_until_told(self, members: int) -> None:
        """Sell to one of ``members``, or write a note, again and again."""
        while not _is_told(self._chance.uniform(0, PAUSE_MAX_S)):
            number = self._chance.randrange(members)
            (draft,) = drafts(self._chance.choice(KINDS), 1, members, number)
            draft = replace(draft, event_id=self._ids(), occurred_at=self._clock.now())
            outcome = self._store.commit(Change(events=(draft,))).result()
            assert isinstance(outcome, Committed)
            self._line.appended()
            _say(f"sold {draft.event_id}")
        assert sys.stdin.readline() == "rest\n"

    def wait_until(self, holds: Callable[[LineView], bool]) -> None:
        """Wait until the line is as it should be."""
        ends_s = time.monotonic() + _MEETING_S
        while not holds(self._line.line()):
            assert time.monotonic() < ends_s, self._line.line()
            time.sleep(LOOK_EVERY_S)


def _is_told(wait_s: float) -> bool:
    return bool(select.select([sys.stdin], [], [], wait_s)[0])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(folder: str, url: str, members: str) -> None:
    """Be a till."""
    place = Path(folder)
    chance = Random()  # noqa: S311 - what is sold matters little, and nothing is secret
    with ExitStack() as stack:
        store = stack.enter_context(closing(SqliteStore(place, clock=SystemClock(), ids=RandomIds())))
        signer = Signer(store.terminal_id, key_of(place))
        line = HubLine(HubAddress(url=url), signer, store, SystemClock(), boot_nonce=RandomIds()())
        line.start()
        stack.callback(line.stop)
        till = SellingTill(store, line, chance)
        till.sell_until_told(int(members))
        till.wait_until(lambda view: view.waiting == 0)
        _say("empty")
        wanted_ms = int(sys.stdin.readline().removeprefix("meet "))
        till.wait_until(lambda view: (view.fresh_ms or 0) > wanted_ms)
        _say("met")


if __name__ == "__main__":
    main(*sys.argv[1:])
