"""The office: what the hub itself tells, through the same step as any till.

Its events have ids that follow from what they say, so that telling a thing twice, or from two processes at once, is
telling it once.
"""

from collections.abc import Sequence
from typing import Final

from pos_loyalty.core.events import Draft, seal
from pos_loyalty.core.verdicts import Verdict
from pos_loyalty.errors import StoreLocked
from pos_loyalty.ports import Ids
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.terminals import OFFICE
from sync.wire import PushAnswer, PushRequest

_TRIES: Final = 100
_BATCH: Final = 200


class Office:
    """The terminal of the hub over one store; several processes may each have one."""

    def __init__(self, authority: Authority, store: HubStore, ids: Ids) -> None:
        self._authority = authority
        self._store = store
        self._nonce = ids()

    def tell(self, drafts: Sequence[Draft]) -> tuple[Verdict, ...]:
        """Push events, in their order; return the hub's word on each.

        Raises:
            StoreError: the database said no; those that were not taken can be told again.
        """
        batches = (drafts[first : first + _BATCH] for first in range(0, len(drafts), _BATCH))
        return tuple(verdict for batch in batches for verdict in self._told(batch))

    def _told(self, drafts: Sequence[Draft]) -> tuple[Verdict, ...]:
        for _ in range(_TRIES):
            first = self._next_seq()
            events = tuple(seal(draft, OFFICE, seq) for seq, draft in enumerate(drafts, first))
            request = PushRequest(terminal_id=OFFICE, boot_nonce=self._nonce, events=events)
            answer = self._authority.push(request)
            if isinstance(answer, PushAnswer):
                return answer.verdicts
            # Another process of the office was quicker, and has these numbers.
        raise StoreLocked("others keep telling for the hub at the same time: let one of them end, and try again")

    def _next_seq(self) -> int:
        with self._store.reading() as reading:
            office = reading.terminal(OFFICE)
        if office is None:
            self._authority.enrol(Terminal(terminal_id=OFFICE))
            return 1
        return office.last_seq + 1
