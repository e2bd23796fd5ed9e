"""A till's half of the sync for a benchmark: the real store and the real calls, one step after the other."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from bench.hub_box import HubBox
from bench.stores import CACHE, open_store
from bench.traffic import in_batches
from pos_loyalty.core.events import Draft
from pos_loyalty.core.feed import FeedPage
from pos_loyalty.ports import Change, Committed
from pos_loyalty.service.clock import RandomIds, SystemClock
from sync.client.address import HubAddress
from sync.client.calls import HubCalls, Signer
from sync.client.hub_clock import HubClock
from sync.client.reading_ahead import ReadingAhead
from sync.engine.pauses import BATCH_BYTES_MAX
from sync.hub.kept import Terminal
from sync.signing import TerminalKey
from sync.wire import BATCH_EVENTS_MAX, PushAnswer, PushRequest

_AT_ONCE = 1_000


class HubTill:
    """An enrolled till with an empty store; its work is awaited, so nothing else of it runs beside."""

    def __init__(self, box: HubBox) -> None:
        self._box = box
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        folder = self._open.enter_context(TemporaryDirectory(prefix="till-", dir=CACHE))
        self.store = self._open.enter_context(closing(open_store(Path(folder) / "store")))
        key = TerminalKey.made()
        self.terminal_id = self.store.terminal_id
        self._box.authority.enrol(Terminal(terminal_id=self.terminal_id, public_key=key.public, store_id="s1"))
        signer = Signer(self.terminal_id, key)
        self.calls = HubCalls(HubAddress(url=self._box.process.url), signer, HubClock(SystemClock()))
        self._open.push_async_callback(self.calls.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def commit(self, drafts: Iterable[Draft]) -> None:
        """Write events into the journal, durably."""
        for some in in_batches(drafts, _AT_ONCE):
            assert isinstance(self.store.commit(Change(events=some)).result(), Committed)

    async def push_all(self) -> int:
        """Bring everything that waits to the hub, and its verdicts to the disk; return how many events."""
        outbox, nonce, pushed = self.store.outbox, RandomIds()(), 0
        while events := await asyncio.to_thread(outbox.waiting, BATCH_EVENTS_MAX, BATCH_BYTES_MAX):
            request = PushRequest(terminal_id=self.terminal_id, boot_nonce=nonce, epoch=outbox.epoch(), events=events)
            answer = await self.calls.push(request)
            assert isinstance(answer, PushAnswer), answer
            await asyncio.to_thread(outbox.offer_again, answer.epoch, 0)
            await asyncio.to_thread(outbox.record, answer.verdicts, answer.hub_ms)
            pushed += len(events)
        assert not outbox.quarantined()
        return pushed

    async def pull_all(self) -> int:
        """Take all pages of the feed; return how many rows."""
        replica, pulled, more = self.store.replica, 0, True
        feed = ReadingAhead(self.calls)
        while more:
            asked = await asyncio.to_thread(replica.cursor)
            page = await feed.feed(asked)
            assert isinstance(page, FeedPage), page
            assert not await asyncio.to_thread(replica.apply, page, asked)
            pulled, more = pulled + len(page.rows), page.more
        return pulled
