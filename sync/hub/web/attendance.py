"""Who was here last, written down every minute for the office to look at."""

import logging
from typing import Final

import msgspec

from pos_loyalty.errors import StoreError
from sync.hub.hub_store import HubStore
from sync.hub.kept import Memo
from sync.hub.web.gate import Gate

HEARD: Final = "heard"
"""Kind of the memos: a terminal's id, and milliseconds of the hub's clock."""

HEARD_S: Final = 60
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


def last_heard(store: HubStore) -> dict[str, int]:
    """Return when each terminal was last here, in milliseconds of the hub's clock, to about a minute."""
    with store.reading() as reading:
        return {memo.key: msgspec.json.decode(memo.document, type=int) for memo in reading.memos(HEARD)}
