"""What this till must remember of its events that are not inside the replica, so that most reads need no query.

It says *where to look*, never what is true: the truth of a member is the fold of these events on the replica's
document. An event is not inside while it waits, and as long as the replica has not reached the number that the hub
gave it (*settling*). The writing thread changes this; any thread asks.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from pos_loyalty.core.event_bodies import (
    BODIES,
    IdentifierLinked,
    IdentifierRevoked,
    MemberEnrolled,
    NameChanged,
    PassShown,
)
from pos_loyalty.core.events import Event, body_of
from pos_loyalty.core.identifiers import Identifier
from pos_loyalty.store.semantics import introduces

_IDENTITY_BODIES = (MemberEnrolled, NameChanged, IdentifierLinked, IdentifierRevoked, PassShown)
IDENTITY_TYPES = tuple(name for name, body in BODIES.items() if body in _IDENTITY_BODIES)
"""Event types that change what a member is found by."""


class Settling(NamedTuple):
    """An event that the hub has, and the replica not yet."""

    seq: int
    member_id: str | None
    partition: int
    number: int


class PendingIndex:
    """Members with such events, and the codes and names that these may have changed."""

    def __init__(self) -> None:
        self.events = 0
        """Number of events in the journal."""
        self.waiting = 0
        """Number of those without a verdict."""
        self.last_seq: dict[str, int] = {}
        """Member to the latest event that is not inside; who is not here is exactly as in the replica."""
        self.introduced: set[str] = set()
        """Members whom one of these events introduced."""
        self.settling: dict[int, Settling] = {}
        self.changes = 0
        """Rises whenever what was used of limits may be other than before."""
        self._reached: Mapping[int, int] = {}
        self._settling_of: dict[str, tuple[int, ...]] = {}
        self._linked: dict[str, frozenset[str]] = {}
        self._codes_of: dict[str, frozenset[str]] = {}
        self._identity: set[str] = set()

    def add(self, event: Event) -> None:
        """Take notice of one more event."""
        self.events += 1
        self.changes += 1
        self.wait(event)

    def wait(self, event: Event) -> None:
        """Take notice of an event without a verdict."""
        self.waiting += 1
        self.note(event)

    def note(self, event: Event) -> None:
        """Take notice of what an event that is not inside may change of its member."""
        if event.member_id is None:
            return
        self.note_identity(event)
        self.last_seq[event.member_id] = max(event.seq, self.last_seq.get(event.member_id, 0))

    def note_identity(self, event: Event) -> None:
        """Take notice of what ``event`` may change of a member's name and codes."""
        if event.member_id is None or event.type not in IDENTITY_TYPES:
            return
        body = body_of(event)
        if introduces(body):
            self.introduced.add(event.member_id)
        match body:
            case MemberEnrolled(identifiers=identifiers):
                self._link(event.member_id, identifiers)
            case IdentifierLinked(identifier=identifier):
                self._link(event.member_id, (identifier,))
            case _:
                pass
        self._identity.add(event.member_id)

    def settle(self, settling: Settling) -> bool:
        """Keep an event that the hub has until the replica has it too; return whether it has it already."""
        if settling.number <= self._reached.get(settling.partition, 0):
            return True
        self.settling[settling.seq] = settling
        if (member_id := settling.member_id) is not None:
            self._settling_of[member_id] = tuple(sorted((*self._settling_of.get(member_id, ()), settling.seq)))
            self.last_seq[member_id] = max(settling.seq, self.last_seq.get(member_id, 0))
        return False

    def reached(self) -> Mapping[int, int]:
        """Return how far the replica is, by partition."""
        return self._reached

    def reach(self, numbers: Mapping[int, int]) -> set[str]:
        """Take notice of how far the replica is; return the members to whom that may matter."""
        self._reached = numbers
        inside = [each for each in self.settling.values() if each.number <= numbers.get(each.partition, 0)]
        for each in inside:
            del self.settling[each.seq]
        members = {each.member_id for each in inside if each.member_id is not None}
        for member_id in members:
            left = tuple(seq for seq in self._settling_of[member_id] if seq in self.settling)
            if left:
                self._settling_of[member_id] = left
            else:
                del self._settling_of[member_id]
        return members

    def settling_of(self, member_id: str) -> tuple[int, ...]:
        """Return the events of a member that the hub has, and the replica not yet."""
        return self._settling_of.get(member_id, ())

    def renew(self, member_id: str, events: Iterable[Event]) -> None:
        """Forget what is known of a member, and take notice of those ``events`` alone that are not inside."""
        for code in self._codes_of.pop(member_id, ()):
            others = self._linked[code] - {member_id}
            if others:
                self._linked[code] = others
            else:
                del self._linked[code]
        self.introduced.discard(member_id)
        self._identity.discard(member_id)
        latest = 0
        for event in events:
            self.note_identity(event)
            latest = event.seq
        if latest:
            self.last_seq[member_id] = latest
        else:
            self.last_seq.pop(member_id, None)

    def become(self, other: "PendingIndex") -> None:
        """Say what ``other`` says: it was built anew."""
        changes = self.changes + 1
        vars(self).update(vars(other))
        self.changes = changes

    def linked_to(self, code: str) -> Collection[str]:
        """Return the members that this till gave ``code``; it may have been taken back since."""
        return self._linked.get(code, frozenset())

    def may_have_changed_name(self) -> Collection[str]:
        """Return the members whose name or codes may differ from the replica's."""
        return list(self._identity)  # one step of the interpreter, so that the writer cannot come in between

    def has_identity_change(self, member_id: str) -> bool:
        """Whether a member's name or codes may differ from the replica's."""
        return member_id in self._identity

    def _link(self, member_id: str, identifiers: tuple[Identifier, ...]) -> None:
        for identifier in identifiers:
            code = identifier.value
            self._linked[code] = self._linked.get(code, frozenset()) | {member_id}
            self._codes_of[member_id] = self._codes_of.get(member_id, frozenset()) | {code}
