"""The journal as it is on disk, read beside the service that writes it."""

from contextlib import closing
from pathlib import Path

from pos_loyalty.core.event_bodies import BasketCommitted, NoteWritten
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.store.connections import connect_reader
from pos_loyalty.store.journal import JournalReader

_ALL = 10_000_000


class JournalOnDisk:
    """Everything the journal has said so far. What it said once it must say for ever."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: list[Event] = []
        self.sales: dict[str, tuple[str | None, BasketCommitted]] = {}
        """Event id to member and sale."""
        self.notes: dict[str, str] = {}
        """Event id to text."""

    def read_on(self) -> None:
        """Take in what has been added since the last time."""
        newest = self._known[-1:]
        found = self._events(after_seq=newest[0].seq - 1 if newest else 0)
        assert found[: len(newest)] == newest, "the newest event known has changed, or is gone"
        for event in found[len(newest) :]:
            self._take(event)

    def read_again(self) -> None:
        """Read everything from the beginning; nothing may have changed."""
        self.read_on()
        assert self._events(after_seq=0) == self._known

    def _take(self, event: Event) -> None:
        assert event.seq == len(self._known) + 1, f"event {event.seq} follows event {len(self._known)}"
        self._known.append(event)
        match body_of(event):
            case BasketCommitted() as sale:
                self.sales[event.event_id] = event.member_id, sale
            case NoteWritten(text=text):
                self.notes[event.event_id] = text
            case _:
                pass

    def _events(self, after_seq: int) -> list[Event]:
        with closing(JournalReader(connect_reader(self._path))) as reader:
            return list(reader.events(after_seq, _ALL))
