"""What this till must remember of its events that the hub has not acknowledged, so that most reads need no query.

It says *where to look*, never what is true: the truth of a member is the fold of its pending events on the replica's
document. One thread adds; any thread asks.
"""

from collections.abc import Collection

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


class PendingIndex:
    """Members with pending events, and the codes and names that these may have changed."""

    def __init__(self) -> None:
        self.waiting = 0
        """Number of pending events."""
        self.last_seq: dict[str, int] = {}
        """Member to its latest pending event; who is not here is exactly as in the replica."""
        self.introduced: set[str] = set()
        """Members whom an event of this till introduced."""
        self._linked: dict[str, tuple[str, ...]] = {}
        self._identity: set[str] = set()

    def add(self, event: Event) -> None:
        """Take notice of one more pending event."""
        self.waiting += 1
        if event.member_id is not None:
            self.note_identity(event)
            self.last_seq[event.member_id] = event.seq

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

    def linked_to(self, code: str) -> tuple[str, ...]:
        """Return the members that this till gave ``code``; it may have been taken back since."""
        return self._linked.get(code, ())

    def may_have_changed_name(self) -> Collection[str]:
        """Return the members whose name or codes may differ from the replica's."""
        return list(self._identity)  # one step of the interpreter, so that the writer cannot come in between

    def has_identity_change(self, member_id: str) -> bool:
        """Whether a member's name or codes may differ from the replica's."""
        return member_id in self._identity

    def _link(self, member_id: str, identifiers: tuple[Identifier, ...]) -> None:
        for identifier in identifiers:
            known = self._linked.get(identifier.value, ())
            if member_id not in known:
                self._linked[identifier.value] = (*known, member_id)
