"""The line of one till to its hub, as the till service holds it: begun and ended with it, never in its way."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, NamedTuple, TypeVar

from pos_loyalty.core.feed import Cursor, Row
from pos_loyalty.errors import StoreError
from pos_loyalty.ports import Clock, Held, Hold, LineState, LineView
from sync.client.address import HubAddress
from sync.client.calls import HubCalls, Signer
from sync.client.enquiries import BUDGET_S, Enquiries
from sync.client.hub_clock import HubClock
from sync.client.listening import Listening
from sync.client.network import Network
from sync.client.replacing import Replacement, Replacing
from sync.client.runner import LineRunner, Terminal, TillStore
from sync.client.settled import SettledTime
from sync.client.store_thread import StoreThread
from sync.engine.effects import ApplyPage, LineStatus, Rebase, Settle
from sync.engine.inputs import Appended, Hint, Listens, Quiet
from sync.engine.troubles import Trouble

_CLOSE_S: Final = 0.5
_MS_NS: Final = 1_000_000
_PRUNE_EVERY_NS: Final = 24 * 3_600 * 1_000_000_000

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Keeping(NamedTuple):
    """What the store knows of the hub's clock from an earlier start, and what it does for the line besides."""

    ahead_ms: int = 0
    seen_ms: int = 0
    seen: Callable[[int, int], None] = lambda _hub_ms, _ahead_ms: None
    """Takes the latest time of the hub and its difference from the till's clock, both in milliseconds."""
    prune: Callable[[], int] = lambda: 0
    """Drops what no hub can ask for any more; called once a day."""
    kept_ms: Callable[[], int] = lambda: 0
    """What of the latest time of the hub is on disk."""


_KEEPS_NOTHING: Final = Keeping()


class HubLine:
    """A :class:`~pos_loyalty.ports.Hub` over the network. Any thread may call it.

    Raises:
        ConfigError: the address cannot be used as it is.
    """

    def __init__(
        self,
        address: HubAddress,
        signer: Signer,
        store: TillStore,
        clock: Clock,
        *,
        boot_nonce: str,
        replacement: Replacement | None = None,
        keeping: Keeping = _KEEPS_NOTHING,
    ) -> None:
        self._store = store
        self._clock = HubClock(clock, ahead_ms=keeping.ahead_ms, seen_ms=keeping.seen_ms)
        self._keeping = keeping
        self._pruned_ns = clock.monotonic_ns()
        self._network = Network()
        self._disk = StoreThread()
        self._calls = HubCalls(address, signer, self._clock)
        terminal = Terminal(signer.terminal_id, boot_nonce)
        self._runner = LineRunner(self._calls, store, self._disk, terminal, self, self._clock)
        self._runner.settled = SettledTime(store.outbox, keeping.kept_ms, clock.monotonic_ns).at
        self._enquiries = Enquiries(self._calls, self._clock.monotonic_ns, self._is_up)
        self._listening = Listening(self._calls, store.replica, self._disk, self)
        self._replacing = Replacing(self._calls, store.replica, self._disk, self._runner, replacement)
        self._replacing.on_progress = self._progressed
        self._status = LineStatus()
        self._stocktaking: set[asyncio.Task[None]] = set()
        self._put_aside = 0
        self._fresh_ms: int | None = None
        self._quiet: tuple[Cursor, int] | None = None
        """From where there was nothing more, and when, by the hub's clock: as good as a page without rows."""
        self._tell: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin, and return at once."""
        self._network.start(self._run)

    def stop(self) -> None:
        """Cut what is under way and wait until nothing of it uses the store any more."""
        self._replacing.stop()
        self._network.stop()
        self._disk.stop()

    def appended(self) -> None:
        """Say that there is something in the outbox."""
        self._network.call(self._runner.hear, Appended())

    def go_on(self) -> None:
        """Ask at once, whatever failed or halted the line before: a person has seen to it."""
        self._network.call(self._runner.go_on)

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called, from any thread, whenever the line or the members behind it are other than before."""
        self._tell = tell

    def line(self) -> LineView:
        """Return how the line is now."""
        status, percent = self._status, self._replacing.percent
        trouble = status.push_trouble or status.pull_trouble
        return LineView(
            state=_state(status, is_receiving=percent is not None),
            halt=status.halt or "",
            # The pull stands still while a replica is fetched, and says so in the only word it has for it.
            trouble="" if trouble is None or (percent is not None and trouble is Trouble.STORE) else trouble,
            fresh_ms=self._fresh_ms,
            ahead_ms=self._clock.ahead_ms,
            seen_ms=self._clock.seen_ms,
            waiting=self._waiting(),
            put_aside=self._put_aside,
            bootstrap_percent=percent,
        )

    async def lookup(self, code: str) -> tuple[Row, ...] | None:
        """Ask for all that is under ``code``; None: no answer within 300 ms, () if nobody knows it."""
        return await _in_time(self._network.ask(lambda: self._enquiries.lookup(code)))

    async def hold(self, hold: Hold) -> Held | None:
        """Have something kept for a basket; None: no answer within 300 ms."""
        return await _in_time(self._network.ask(lambda: self._enquiries.hold(hold)))

    async def release(self, hold_id: str) -> None:
        """Give back what was held, and wait for nothing."""
        self._network.ask(lambda: self._enquiries.release(hold_id))

    def status(self, status: LineStatus) -> None:
        """Take how the line is (in its thread)."""
        self._status = status
        self._listening.line_is(up=status.online and status.halt is None)
        self._tell()

    def written(self, settled: Settle) -> None:
        """Take note of what is on disk (in the thread of the line)."""
        for written in settled.writes:
            match written:
                case ApplyPage(page):
                    self._listening.pulled()
                    self._fresh_ms = self._fresh_ms if page.more else page.hub_ms
                    self._replacing.had_page(more=page.more)
                case Rebase():
                    self._listening.pulled()
        self._begin_stocktaking()

    def listens(self, *, up: bool) -> None:
        """Take whether news would be heard of (in its thread)."""
        self._runner.hear(Listens(up=up))

    def news(self) -> None:
        """Look at once (in its thread)."""
        self._runner.hear(Hint())

    def quiet(self, cursor: Cursor, looked_ms: int) -> None:
        """Take note that from ``cursor`` there was nothing more (in its thread)."""
        self._quiet = cursor, looked_ms
        age_ns = max(0, self._clock.now_ms() - looked_ms) * _MS_NS
        self._runner.hear(Quiet(self._clock.monotonic_ns() - age_ns))
        self._begin_stocktaking()

    def _begin_stocktaking(self) -> None:
        # An event loop holds its tasks loosely: what nobody else holds may be gone before it is done.
        task = asyncio.get_running_loop().create_task(self._take_stock(), name="taking stock")
        self._stocktaking.add(task)
        task.add_done_callback(self._stocktaking.discard)

    async def _run(self) -> None:
        listening = asyncio.create_task(self._listening.run(), name="listening")
        try:
            await self._take_stock()
            self._runner.start()
            if self._fresh_ms is None:
                self._replacing.begin()
            await listening
        finally:
            self._runner.stop()
            self._status = LineStatus()
            listening.cancel()
            try:
                await asyncio.wait_for(self._calls.close(), _CLOSE_S)
            except TimeoutError:
                _log.info("a connection to the hub did not close in time")

    async def _take_stock(self) -> None:
        """Read what the screen shows, and have kept what was learned."""
        try:
            await self._disk.do(self._read_stock)
        except StoreError as error:
            _log.warning("%s: %s", error.title, error)
        self._tell()

    def _read_stock(self) -> None:
        self._put_aside = len(self._store.outbox.quarantined())
        self._fresh_ms = self._latest_fresh_ms()
        if self._clock.seen_ms:
            self._keeping.seen(self._clock.seen_ms, self._clock.ahead_ms)
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._pruned_ns > _PRUNE_EVERY_NS:
            self._pruned_ns = now_ns
            self._keeping.prune()

    def _latest_fresh_ms(self) -> int | None:
        replica = self._store.replica
        kept_ms, quiet = replica.fresh_ms(), self._quiet
        # What was fetched whole meanwhile may be older than what was there.
        return kept_ms if quiet is None or not _has(replica.cursor(), quiet[0]) else max(kept_ms or 0, quiet[1])

    def _progressed(self) -> None:
        self._tell()

    def _waiting(self) -> int:
        try:
            return self._store.outbox.waiting_count()
        except StoreError:
            return 0

    def _is_up(self) -> bool:
        return self._status.halt is None and (self._status.online or self._replacing.percent is not None)


def _has(here: Cursor, other: Cursor) -> bool:
    return here.epoch == other.epoch and all(
        here.at(partition) >= number for partition, number in other.numbers.items()
    )


def _state(status: LineStatus, *, is_receiving: bool) -> LineState:
    if status.halt is not None:
        return LineState.HALTED
    return LineState.ONLINE if status.online or is_receiving else LineState.OFFLINE


async def _in_time(asked: "Future[_T | None] | None") -> _T | None:
    """Wait within the budget for what the thread of the line finds out."""
    if asked is None:
        return None
    try:
        return await asyncio.wait_for(asyncio.wrap_future(asked), BUDGET_S)
    except TimeoutError:
        return None
    except asyncio.CancelledError:
        own = asyncio.current_task()
        if own is None or own.cancelling():
            raise
        # It was the line that ended, not the customer's patience.
        return None
