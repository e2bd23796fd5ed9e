"""Who was here last, and up to when a till has told everything: written down every minute, as far as it is due."""

import logging
from typing import Final

import msgspec

from pos_loyalty.errors import StoreError
from sync.hub.hub_store import HubStore
from sync.hub.kept import Memo
from sync.hub.terminals import Settled, settle
from sync.hub.web.gate import Gate

HEARD: Final = "heard"
"""Kind of the memos: a terminal's id, and milliseconds of the hub's clock."""

HEARD_S: Final = 60
SETTLED_BY_MS: Final = 3_600_000
"""What a till said before is kept anew when it is an hour further: each time is a write, and none is urgent."""
_AT_ONCE: Final = 500
"""Terminals in one transaction."""
_log = logging.getLogger(__name__)


def keep(store: HubStore, gate: Gate) -> None:
    """Write down who was here since the last time. Lost without harm."""
    heard, gate.heard = gate.heard, {}
    if not heard:
        return
    try:
        with store.transaction() as step:
            step.put_memos(Memo(HEARD, name, msgspec.json.encode(at_ms)) for name, at_ms in heard.items())
            step.commit()
    except StoreError as error:
        _log.warning("who was heard could not be written down: %s", error.title)


class Claims:
    """What tills said of themselves since it was last written down. All but :meth:`keep` is one event loop's."""

    def __init__(self) -> None:
        self._new: dict[str, Settled] = {}
        self._kept: dict[str, Settled] = {}
        """As far as this process knows."""

    def note(self, terminal_id: str, said: Settled) -> None:
        """Take note of what a till said, if it is worth writing down."""
        kept = self._kept.get(terminal_id)
        if kept is None or kept.life != said.life or said.ms >= kept.ms + SETTLED_BY_MS:
            self._new[terminal_id] = said

    def keep(self, store: HubStore) -> None:
        """Write down what is due. Lost without harm: a till says it again with each look."""
        new, self._new = self._new, {}
        # In order, so that no two processes wait for each other.
        due = sorted(new)
        for begin in range(0, len(due), _AT_ONCE):
            some = {name: new[name] for name in due[begin : begin + _AT_ONCE]}
            try:
                with store.transaction() as step:
                    for name, said in some.items():
                        settle(step, name, said, by_ms=SETTLED_BY_MS)
                    step.commit()
            except StoreError as error:
                _log.warning("what tills have told could not be written down: %s", error.title)
                return
            self._kept |= some


def last_heard(store: HubStore) -> dict[str, int]:
    """Return when each terminal was last here, in milliseconds of the hub's clock, to about a minute."""
    with store.reading() as reading:
        return {memo.key: msgspec.json.decode(memo.document, type=int) for memo in reading.memos(HEARD)}
