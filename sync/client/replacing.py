"""When a till takes a whole replica instead of single rows, and what its line does meanwhile."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from secrets import randbelow
from typing import Final, NamedTuple

from pos_loyalty.errors import StoreError, whence
from sync.client.bootstrap import Bootstrap, Fetched, behind
from sync.client.calls import HubCalls
from sync.client.runner import LineRunner
from sync.client.store_thread import StoreThread
from sync.engine.pauses import CHANCES, backoff_ns
from sync.engine.ports import TillReplica
from sync.wire import SnapshotOffer

_PAGES_UNTIL_ASKED: Final = 20
"""So many pages with more behind them, and the till asks how far behind it is."""
_SECOND_NS: Final = 1_000_000_000

_log = logging.getLogger(__name__)


class Replacement(NamedTuple):
    """How a replica that was prepared by the hub takes the place of the till's."""

    folder: Path
    schema: int
    """Of the replicas this program can read."""
    install: Callable[[Path], None]
    """Gives the store a finished file, which is the store's from then on."""
    worth_rows: int = 100_000
    """So far behind is a till that it pays; fewer rows come as quickly by themselves."""


class Replacing:
    """Looks for a prepared replica where that pays. Everything belongs to the thread of the line, but for ``stop``."""

    def __init__(
        self,
        calls: HubCalls,
        replica: TillReplica,
        disk: StoreThread,
        runner: LineRunner,
        replacement: Replacement | None,
    ) -> None:
        """Without ``replacement`` all rows come by the feed."""
        self._replica = replica
        self._disk = disk
        self._runner = runner
        self._worth_rows = replacement.worth_rows if replacement else 0
        self._bootstrap = Bootstrap(calls, disk, *replacement[:3]) if replacement else None
        self._task: asyncio.Task[None] | None = None
        self._pages_with_more = 0
        self.on_progress: Callable[[], None] = _nothing
        """Called whenever :attr:`percent` is another."""

    @property
    def percent(self) -> int | None:
        """How much of a replica is here, while one is fetched."""
        return None if self._bootstrap is None else self._bootstrap.percent

    def stop(self) -> None:
        """Unpack no further; from any thread."""
        if self._bootstrap is not None:
            self._bootstrap.stop()

    def had_page(self, *, more: bool) -> None:
        """Take note of a page; after many with more behind them, look whether a whole replica comes sooner."""
        self._pages_with_more = self._pages_with_more + 1 if more else 0
        if self._pages_with_more == _PAGES_UNTIL_ASKED:
            self.begin()

    def begin(self) -> None:
        """Look for a prepared replica, unless that is being done."""
        if self._bootstrap is not None and self._task is None:
            self._bootstrap.on_progress = self._progressed
            self._task = asyncio.get_running_loop().create_task(self._run(self._bootstrap), name="replica of the hub")

    async def _run(self, bootstrap: Bootstrap) -> None:
        """Fetch it, as long as that takes; the outbox goes up meanwhile."""
        failures = 0
        try:
            while (fetched := await self._fetched(bootstrap)) is Fetched.CUT:
                failures += 1
                # Meanwhile by the feed, if that is to be had: a replica that never comes whole must not be waited for.
                self._runner.release_pull()
                await asyncio.sleep(backoff_ns(failures, randbelow(CHANCES)) / _SECOND_NS)
            _log.info("prepared replica: %s", fetched)
            if fetched is Fetched.NOT_OFFERED:
                await bootstrap.forget()
        except StoreError as error:
            _log.warning("%s: %s", error.title, error)
        except Exception as error:  # noqa: BLE001 - without a replica from the hub the rows come by the feed
            _log.error("prepared replica: %s", whence(error))
        finally:
            self._task = None
            self._runner.release_pull()

    async def _fetched(self, bootstrap: Bootstrap) -> Fetched:
        """Ask for an offer and take it, if it is worth it. The pull stands still only while it comes."""
        offer = await bootstrap.offer()
        if not isinstance(offer, SnapshotOffer):
            return offer
        own = await self._disk.do(self._replica.cursor)
        if own.epoch and behind(own, offer.cursor) < self._worth_rows:
            return Fetched.NOT_OFFERED
        bootstrap.announce()
        self._runner.hold_pull()
        return await bootstrap.fetch(offer)

    def _progressed(self) -> None:
        self.on_progress()


def _nothing() -> None:
    pass
