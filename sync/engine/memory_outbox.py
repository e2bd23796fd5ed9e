"""The outbox in memory: the port's meaning in its simplest form, for the simulator and for trying things out."""

from pos_loyalty.core.events import Event, encode
from pos_loyalty.core.verdicts import Outcome, QuarantineCode, Verdict
from pos_loyalty.errors import InvariantBroken
from sync.engine.ports import Ended


class MemoryOutbox:
    """An :class:`~sync.engine.ports.Outbox` that forgets everything when it is let go."""

    def __init__(self) -> None:
        self._epoch = ""
        self._events: list[Event] = []
        self._seqs: dict[str, int] = {}
        self._ended: dict[str, Ended] = {}
        self._waiting: dict[int, Event] = {}

    def append(self, event: Event) -> None:
        """Add the next event of the journal.

        Raises:
            InvariantBroken: its ``seq`` is not the next, or its id is here already.
        """
        if event.seq != len(self._events) + 1 or event.event_id in self._seqs:
            raise InvariantBroken(f"event {event.seq} cannot follow event {len(self._events)} of this journal")
        self._events.append(event)
        self._seqs[event.event_id] = event.seq
        self._waiting[event.seq] = event

    def events(self) -> tuple[Event, ...]:
        """Return the journal."""
        return tuple(self._events)

    def has(self, event_id: str) -> bool:
        """Return whether an event is in the journal."""
        return event_id in self._seqs

    def ended(self, event_id: str) -> Ended | None:
        """Return how an event left the outbox, None if it has not."""
        return self._ended.get(event_id)

    def epoch(self) -> str:
        """Return the epoch of all verdicts so far, empty before the first."""
        return self._epoch

    def waiting(self, events_max: int, bytes_max: int) -> tuple[Event, ...]:
        """Return the waiting events with the lowest ``seq``, within these limits."""
        batch: list[Event] = []
        size = 0
        for seq in sorted(self._waiting)[:events_max]:
            event = self._waiting[seq]
            size += len(encode(event))
            if batch and size > bytes_max:
                break
            batch.append(event)
        return tuple(batch)

    def waiting_count(self) -> int:
        """Return how many events wait."""
        return len(self._waiting)

    def quarantined(self) -> tuple[Verdict, ...]:
        """Return what was put aside, in ``seq`` order."""
        ended = (self._ended[event.event_id].verdict for event in self._events if event.event_id in self._ended)
        return tuple(verdict for verdict in ended if verdict.outcome is Outcome.QUARANTINED)

    def record(self, verdicts: tuple[Verdict, ...], hub_ms: int) -> None:
        """End each event that a verdict names, if it waits."""
        for verdict in verdicts:
            self._end(Ended(verdict, hub_ms))

    def put_aside(self, event_id: str, code: QuarantineCode) -> None:
        """End a waiting event by the till's own word."""
        self._end(Ended(Verdict(event_id=event_id, outcome=Outcome.QUARANTINED, code=code), None))

    def offer_again(self, epoch: str, since_ms: int) -> bool:
        """Move to another epoch, and return whether anything waits again for it."""
        if epoch == self._epoch:
            return False
        self._epoch = epoch
        again = {event_id for event_id, end in self._ended.items() if end.hub_ms is not None and end.hub_ms >= since_ms}
        for event_id in again:
            del self._ended[event_id]
            seq = self._seqs[event_id]
            self._waiting[seq] = self._events[seq - 1]
        return bool(again)

    def _end(self, ended: Ended) -> None:
        seq = self._seqs.get(ended.verdict.event_id)
        if seq in self._waiting:
            del self._waiting[seq]
            self._ended[ended.verdict.event_id] = ended
