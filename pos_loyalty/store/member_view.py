"""What the till shows of a member: the replica's document with this till's pending events folded on top."""

from collections.abc import Collection
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.store.journal import JournalReader
from pos_loyalty.store.name_search import Keys, Query, Rank, keys_of, query
from pos_loyalty.store.pending import PendingIndex
from pos_loyalty.store.replica import ReplicaReader
from pos_loyalty.store.semantics import is_named, shown
from pos_loyalty.store.visitors import Visitors

_CATALOGUE = frozenset({RowKind.PRODUCT, RowKind.PROGRAM})

CANDIDATES_MIN = 100
"""A search ranks at least so many members found by whole words and so many by beginnings before it cuts."""


class _Found(NamedTuple):
    """What somebody is found by, whose name or codes may differ from the replica's."""

    owner: str
    last_seqs: tuple[int, int]
    """The latest events of the two ids, as they were then."""
    keys: Keys | None


class MemberView:
    """Members as one reader of both files sees them. Calls from several threads take turns."""

    def __init__(
        self, replica: ReplicaReader, journal: JournalReader, pending: PendingIndex, visitors: Visitors
    ) -> None:
        self.turn = Lock()
        self.edition = 0
        """Rises whenever products or programs may be others than before, once they can be read."""
        self.replica = replica
        self.journal = journal
        self._pending = pending
        self._visitors = visitors
        self._keys: dict[str, _Found] = {}

    def lookup(self, code: str) -> tuple[Member, ...]:
        """Return the members that ``code`` names, by id."""
        with self.turn:
            found = self.replica.by_code(code)
            if self._visitors:
                known = {member.member_id for member in found}
                visiting = [each for each in self._visitors.by_code(code) if each.member_id not in known]
                found += [each for each in visiting if self.replica.member(each.member_id) is None]
            pending = self._pending
            linked = pending.linked_to(code)
            if linked or any(self._has_events(member) for member in found):
                return self._named(code, found, linked)
        return tuple(found) if len(found) < 2 else _by_id(found)  # noqa: PLR2004 - one needs no sorting

    def member(self, member_id: str) -> Member | None:
        """Return one member, or whom that one was merged into."""
        with self.turn:
            return self._shown(member_id, self._owner(member_id))

    def search(self, text: str, limit: int) -> tuple[Member, ...]:
        """Return at most ``limit`` members that ``text`` means, best first."""
        asked = query(text)
        if asked is None or limit < 1:
            return ()
        with self.turn:
            ranked = self._found_here(asked) | self._found_in_replica(asked, max(limit, CANDIDATES_MIN))
            best = sorted(ranked, key=ranked.__getitem__)[:limit]
            members = [self._shown(member_id, self._owner(member_id)) for member_id in best]
        return tuple(member for member in members if member is not None)

    def move_on(self, kinds: Collection[RowKind]) -> None:
        """See what was committed to the replica by now. For whoever has :attr:`turn`."""
        self.replica.move_on(kinds)
        if not _CATALOGUE.isdisjoint(kinds):
            self.edition += 1
        self._keys.clear()

    def read_anew(self, place: Path) -> None:
        """Read from the file that is at ``place`` now; the old one is closed. For whoever has :attr:`turn`."""
        self.replica = ReplicaReader(place)
        self.edition += 1
        self._keys.clear()

    def close(self) -> None:
        """Let go of both files."""
        with self.turn:
            self.replica.close()
            self.journal.close()

    def _named(self, code: str, found: list[Member], linked: Collection[str]) -> tuple[Member, ...]:
        documents: dict[str, Member | None] = {member.member_id: member for member in found}
        for member_id in linked:
            if member_id not in documents:
                owner = self._owner(member_id)
                documents[owner.member_id if owner else member_id] = owner
        members = [self._shown(member_id, document) for member_id, document in documents.items()]
        return _by_id([member for member in members if member is not None and is_named(member, code)])

    def _shown(self, member_id: str, document: Member | None) -> Member | None:
        ids = document.ids if document else (member_id,)
        pending = self._pending
        with_events = [each for each in ids if each in pending.last_seq]
        if not with_events:
            return document
        events = [event for each in with_events for event in self.journal.not_inside(each, pending.settling_of(each))]
        if len(with_events) > 1:
            events.sort(key=lambda event: event.seq)
        return shown(document, ids[0], events, introduced=any(each in pending.introduced for each in with_events))

    def _has_events(self, member: Member) -> bool:
        last_seq = self._pending.last_seq
        return member.member_id in last_seq or any(part.member_id in last_seq for part in member.parts)

    def _owner(self, member_id: str) -> Member | None:
        """Return the document of a member; of one who was merged into another, that of the other."""
        document = self._document(member_id)
        gone_by = {member_id}
        while document is not None and document.merged_into and document.merged_into not in gone_by:
            gone_by.add(document.merged_into)
            document = self._document(document.merged_into)
        return document

    def _document(self, member_id: str) -> Member | None:
        return self.replica.member(member_id) or self._visitors.member(member_id)

    def _found_in_replica(self, asked: Query, limit: int) -> dict[str, Rank]:
        candidates = {member.member_id: member for member in self.replica.candidates(asked, limit)}
        ranks = {
            member_id: asked.rank(member_id, keys_of(member))
            for member_id, member in candidates.items()
            if not any(self._pending.has_identity_change(each) for each in member.ids)
        }
        return {member_id: rank for member_id, rank in ranks.items() if rank is not None}

    def _found_here(self, asked: Query) -> dict[str, Rank]:
        ranks = {}
        for member_id in self._pending.may_have_changed_name():
            owner, _, keys = self._found_by(member_id)
            if keys is not None and (rank := asked.rank(owner, keys)) is not None:
                ranks[owner] = rank
        return ranks

    def _found_by(self, member_id: str) -> _Found:
        """Return the keys of a member whose name may differ from the replica's; kept until the next event."""
        kept = self._keys.get(member_id)
        if kept is None or kept.last_seqs != self._last_seqs(member_id, kept.owner):
            member = self._shown(member_id, self._owner(member_id))
            owner = member.member_id if member else member_id
            keys = None if member is None else keys_of(member)
            kept = self._keys[member_id] = _Found(owner, self._last_seqs(member_id, owner), keys)
        return kept

    def _last_seqs(self, member_id: str, owner: str) -> tuple[int, int]:
        return self._pending.last_seq.get(member_id, 0), self._pending.last_seq.get(owner, 0)


def _by_id(members: list[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: member.member_id))
