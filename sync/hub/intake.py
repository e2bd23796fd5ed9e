"""What of a batch is new: the rest has its verdict already, or can have no effect. Pure."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from msgspec.structs import replace

from pos_loyalty.core.accounts import is_event_id
from pos_loyalty.core.events import Event, encode
from pos_loyalty.core.verdicts import QuarantineCode
from sync.hub.hub_store import Transaction
from sync.hub.kept import Found
from sync.wire import PushRequest

SEQ_MAX = (1 << 63) - 1
"""The largest number that every database keeps."""


class Arrival(NamedTuple):
    """One event of a batch, with what it is known again by."""

    event: Event
    digest: bytes


class InLog(NamedTuple):
    """It came before, and this is its number."""

    number: int


class Again(NamedTuple):
    """It stands in this batch before, at this index."""

    first: int


Standing = InLog | Again | QuarantineCode | None
"""What is known of an event before it is looked into; None: it is new."""


class Intake(NamedTuple):
    """A batch, sorted out."""

    arrivals: tuple[Arrival, ...]
    standings: tuple[Standing, ...]
    new: tuple[int, ...]
    """Indexes of what is new, in ``seq`` order."""
    forks: tuple[int, ...]
    """Numbers of new events that belong to others. What is a duplicate takes up no number of whoever brings it: a
    journal under a new name has the old one's numbers again, and the log has them under the old name."""


def digest_of(event: Event) -> bytes:
    """Return 128 bits by which the same fact is known again: of the envelope, and of the body byte for byte.

    Who brought it, and under which number, is no part of it: a journal that goes on under another name brings the
    same facts.
    """
    return blake2b(encode(replace(event, terminal_id="", seq=1)), digest_size=16).digest()


def sort_out(transaction: Transaction, request: PushRequest) -> Intake:
    """Sort a batch by what the hub knows. The terminal's record is held, so no other step of it is under way."""
    arrivals = tuple(Arrival(event, digest_of(event)) for event in request.events)
    sorting = _Sorting(transaction, request.terminal_id, arrivals)
    standings = tuple(sorting.standing(index, each) for index, each in enumerate(arrivals))
    unknown = [index for index, standing in enumerate(standings) if standing is None]
    new = tuple(sorted(unknown, key=lambda index: arrivals[index].event.seq))
    forks = _forks(transaction, request.terminal_id, [arrivals[index].event for index in new])
    return Intake(arrivals, standings, new, forks)


class _Sorting:
    def __init__(self, transaction: Transaction, terminal_id: str, arrivals: Sequence[Arrival]) -> None:
        ids = {each.event.event_id for each in arrivals if _is_sane(each.event)}
        self._terminal_id = terminal_id
        self._arrivals = arrivals
        self._found: dict[str, Found] = transaction.found(ids)
        self._aside = transaction.aside(terminal_id, ids)
        self._first: dict[str, int] = {}

    def standing(self, index: int, arrival: Arrival) -> Standing:
        event, digest = arrival
        if not _is_sane(event):
            return QuarantineCode.UNREADABLE
        known, first = self._found.get(event.event_id), self._first.get(event.event_id)
        if known and known.digest == digest:
            return InLog(known.number)
        if first is not None and self._arrivals[first].digest == digest:
            return Again(first)
        told = self._aside.get(event.event_id, {})
        if event.terminal_id == self._terminal_id and told.get(digest) is QuarantineCode.FOREIGN:
            # It came in the name of another before; now whoever brings it says it is theirs.
            told = {}
        if known or told or first is not None:
            return told.get(digest, QuarantineCode.ID_REUSED)
        if event.terminal_id != self._terminal_id:
            return QuarantineCode.FOREIGN
        self._first[event.event_id] = index
        return None


def _is_sane(event: Event) -> bool:
    return is_event_id(event.event_id) and event.seq <= SEQ_MAX


def _forks(transaction: Transaction, terminal_id: str, new: Sequence[Event]) -> tuple[int, ...]:
    holders = transaction.holders(terminal_id, {event.seq for event in new})
    return tuple(event.seq for event in new if holders.setdefault(event.seq, event.event_id) != event.event_id)
