"""The client book, as the API offers it: find a member, read the document, write a note or a preference."""

import asyncio

import msgspec

from pos_loyalty.core.event_bodies import Body, NoteWritten, PreferenceSet
from pos_loyalty.core.members import Member, Preference
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Answer
from pos_loyalty.service import faults
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.idempotency import Key, answered_before, remembering
from pos_loyalty.service.wire import Problem, Recorded, SearchAnswer

NOTE_LENGTH_MAX = 2_000
PREFERENCE_LENGTH_MAX = 200
SEARCH_LIMIT_MAX = 50

Reply = Recorded | Answer | Problem


class ClientBook:
    """What can be done with members."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._store = counter.store

    def member(self, member_id: str) -> Member | Problem:
        """Return one member's document."""
        try:
            return self._store.member(member_id) or faults.no_such("member", "with this id")
        except StoreError as error:
            return faults.store_failed(error)

    async def search(self, text: str, limit: int) -> SearchAnswer | Problem:
        """Find members by the beginnings of names or by phone; off the event loop, for it may take milliseconds."""
        wanted = max(1, min(limit, SEARCH_LIMIT_MAX))
        try:
            return SearchAnswer(members=await asyncio.to_thread(self._store.search, text, wanted))
        except StoreError as error:
            return faults.store_failed(error)

    async def note(self, member_id: str, text: str, key: Key | None = None) -> Reply:
        """Write a remark in the client book."""
        kept = text.strip()
        refusal = faults.unfit_text("note", kept, 1, NOTE_LENGTH_MAX)
        return refusal or await self._record(member_id, NoteWritten(text=kept), key)

    async def prefer(self, member_id: str, name: str, value: str, key: Key | None = None) -> Reply:
        """Set a preference; an empty value forgets it."""
        kept = Preference(key=name.strip(), value=value.strip())
        bad_key = faults.unfit_text("preference", kept.key, 1, PREFERENCE_LENGTH_MAX)
        refusal = bad_key or faults.unfit_text("preference", kept.value, 0, PREFERENCE_LENGTH_MAX)
        return refusal or await self._record(member_id, PreferenceSet(preference=kept), key)

    async def _record(self, member_id: str, body: Body, key: Key | None) -> Reply:
        async with self._counter.turn:
            try:
                if (before := answered_before(self._store, key)) is not None:
                    return before
                if self._store.member(member_id) is None:
                    return faults.no_such("member", "with this id")
            except StoreError as error:
                return faults.store_failed(error)
            work = self._counter.work()
            recorded = Recorded(event_id=work.record(body, member_id))
            answer = remembering(key, lambda: msgspec.json.encode(recorded))
            return await self._counter.settle(work, answer) or recorded
