"""The store of a till service, which tells the line to the hub when it has something to send."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from pos_loyalty.ports import Change, Clock, Ids, Outcome
from pos_loyalty.store.sqlite import SqliteStore


class TellingStore(SqliteStore):
    """A store that says when it has new events on disk."""

    def __init__(self, folder: Path, *, clock: Clock, ids: Ids) -> None:
        super().__init__(folder, clock=clock, ids=ids)
        self.on_events: Callable[[], None] = _nothing

    def commit(self, change: Change) -> "Future[Outcome]":
        """Queue ``change``, and tell once it is on disk if there are events in it."""
        future = super().commit(change)
        if change.events:
            future.add_done_callback(self._tell)
        return future

    def _tell(self, _: "Future[Outcome]") -> None:
        self.on_events()


def _nothing() -> None:
    pass
