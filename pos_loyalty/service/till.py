"""The till: readings in, a customer on the screen; and the wishes of whoever stands behind it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from msgspec.structs import replace

from pos_loyalty.core.decisions import Via
from pos_loyalty.core.offline import OfflinePolicy
from pos_loyalty.core.scans import ReaderStatus, RefusedScan, Scan, Signal
from pos_loyalty.core.session import (
    CodeRefused,
    Dismissed,
    NoticeCode,
    Session,
    TimeUp,
)
from pos_loyalty.errors import StoreError, whence
from pos_loyalty.ports import Clock, Hub, Ids, LineView, Recognised, Recogniser, Store, VoucherCodes
from pos_loyalty.service.awards import Awards
from pos_loyalty.service.baskets import Baskets
from pos_loyalty.service.board import Board
from pos_loyalty.service.book import ClientBook
from pos_loyalty.service.clock import random_voucher_code
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.elsewhere import Elsewhere
from pos_loyalty.service.encounters import Encounters
from pos_loyalty.service.faults import (
    SCAN_NOTICES,
    no_such,
    not_a_code,
    not_possible,
    store_failed,
)
from pos_loyalty.service.finder import Finder
from pos_loyalty.service.holding import Holding
from pos_loyalty.service.identify import Identified
from pos_loyalty.service.latency import Latencies
from pos_loyalty.service.line import HubNews
from pos_loyalty.service.passes import PassCheck, PassFiles
from pos_loyalty.service.pricing import Pricing
from pos_loyalty.service.shopfront import Shopfront
from pos_loyalty.service.trust import Trust
from pos_loyalty.service.wire import Health, Problem, ScanTimes, Shop, TillView
from pos_loyalty.service.work import Desk

_NO_FILES = PassFiles()
_NO_CREDIT = OfflinePolicy()
_log = logging.getLogger(__name__)


class Till:
    """One till. Everything but :meth:`deliver` and :meth:`reader_changed` belongs to the event loop."""

    def __init__(  # noqa: PLR0913 - each part of a till by its name, put together in one place
        self,
        store: Store,
        shop: Shop,
        clock: Clock,
        ids: Ids,
        recognise: Recogniser,
        *,
        pass_files: PassFiles = _NO_FILES,
        voucher_codes: VoucherCodes = random_voucher_code,
        hub: Hub | None = None,
        offline: OfflinePolicy = _NO_CREDIT,
    ) -> None:
        self.store = store
        self._version = shop.version
        self._shopfront = Shopfront(store, shop)
        self.board = Board()
        self._trust = Trust(store, clock, offline)
        if hub is not None:
            self._trust.line, self._trust.line_now = hub.line(), hub.line
        self._holding = Holding(hub, self._trust, ids)
        desk = Desk(store.terminal_id, ids, voucher_codes, Pricing(store, clock, shop, self._trust))
        self.counter = Counter(store, clock, desk, self.board)
        self.baskets = Baskets(self.counter, shop.language, self._holding)
        self.book = ClientBook(self.counter)
        self.awards = Awards(self.counter)
        self.latencies = Latencies()
        self.on_signal: Callable[[str, Signal], None] = lambda _reader_id, _signal: None
        """Told what became of a reader's reading, so that the reader may tell whoever holds it."""
        self.passes = PassCheck(pass_files, store)
        self.finder = Finder(store, clock, recognise, self.passes, self.baskets.takes)
        self._elsewhere = Elsewhere(hub, store)
        self._asking: set[asyncio.Task[None]] = set()
        self._encounters = Encounters(self.counter, self.baskets)
        self._readings: asyncio.Queue[Scan | RefusedScan | ReaderStatus | Session | None] = asyncio.Queue()
        # A session is one whose time is up; None ends the listening.
        self._news = HubNews(hub, self._hear)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what was on the counter and begin to listen to the readers.

        Raises:
            StoreError: the journal cannot be read.
        """
        self._loop = asyncio.get_running_loop()
        self.counter.on_time_up = self._readings.put_nowait
        self.counter.on_released = self._holding.release
        self.counter.resume()
        self._reader = self._loop.create_task(self._listen(), name="readings")
        self._news.start()

    async def stop(self) -> None:
        """Stop listening and let the screens go. What was asked before is finished first."""
        self._loop = None
        await self._news.stop()
        self.counter.stop()
        self.board.close()
        if self._reader:
            self._readings.put_nowait(None)
            await self._reader
        await asyncio.gather(*self._asking)
        async with self.counter.turn:
            await self._holding.stop()

    def deliver(self, reading: Scan | RefusedScan) -> None:
        """Take a reading from a reader's thread. Readings that come when the till has stopped are dropped."""
        self._post(reading)

    def reader_changed(self, status: ReaderStatus) -> None:
        """Take a reader's new state from its thread."""
        self._post(status)

    async def scan(
        self, code: str, via: Via = "typed", first_byte_ns: int | None = None, last_byte_ns: int | None = None
    ) -> TillView | Problem:
        """Act on a code that was typed or came from another program; a refusal is in the view.

        What came through the terminal and is no code is a problem, and changes nothing.
        """
        now = self.counter.clock.monotonic_ns()
        first_ns = now if first_byte_ns is None else first_byte_ns
        last_ns = now if last_byte_ns is None else last_byte_ns
        times = ScanTimes(reader_id="", first_byte_ns=first_ns, last_byte_ns=last_ns)
        async with self.counter.turn:
            found = self.finder.typed(code, via)
            if found is None:
                return not_a_code()
            unknown = self._elsewhere.code_of(found, lambda: self.finder.reading(code, via))
            if not unknown:
                await self._encounters.deal_with(found, times)
                return self.board.view
            asked_at = self._encounters.here
        is_known = await self._elsewhere.finds(unknown)
        async with self.counter.turn:
            if is_known:
                found = self.finder.typed(code, via) or found
            await self._encounters.deal_later(found, times, asked_at)
            return self.board.view

    async def choose(self, member_id: str) -> TillView | Problem:
        """Put a member on the screen: one of several candidates, or one found by name."""
        async with self.counter.turn:
            try:
                member = self.store.member(member_id)
            except StoreError as error:
                return store_failed(error)
            if member is None:
                return no_such("member", "with this id")
            return self._answer(await self._encounters.found(member))

    async def dismiss(self) -> TillView | Problem:
        """Be done with what is on the screen."""
        async with self.counter.turn:
            return self._answer(await self._encounters.happen(Dismissed()))

    @property
    def shop(self) -> Shop:
        """What a screen has to know about the shop now."""
        return self._shopfront.shop()

    def health(self) -> Health | Problem:
        """Return the state of the service."""
        try:
            counts, unreadable = self.store.counts(), self.store.unreadable_programs()
            since = self.store.waiting_since()
        except StoreError as error:
            return store_failed(error)
        return Health(
            version=self._version,
            terminal_id=self.store.terminal_id,
            members=counts.members,
            events=counts.events,
            waiting=counts.waiting,
            readers=self.counter.readers,
            unreadable_programs=unreadable,
            latency=self.latencies.summary,
            line=replace(self.counter.line, waiting_since_ms=int(since.timestamp() * 1_000) if since else None),
            pass_problems=self.passes.problems,
        )

    async def _hear(self, line: LineView) -> None:
        self._trust.line = line
        self.counter.news(line)
        await self.baskets.reconsider()

    def _post(self, what: Scan | RefusedScan | ReaderStatus) -> None:
        # The till may stop, and its loop close, at any moment while the readers are being stopped.
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._readings.put_nowait, what)

    async def _listen(self) -> None:
        while (reading := await self._readings.get()) is not None:
            try:
                await self._take(reading)
            except Exception as error:  # noqa: BLE001 - the one broad net: the next customer is served whatever happens
                # Where, but not what: the message of a foreign exception may hold the data it choked on.
                _log.error("%s: %s", type(reading).__name__, whence(error))
                self.counter.tell(NoticeCode.STORE_UNREADABLE)

    async def _take(self, reading: Scan | RefusedScan | ReaderStatus | Session) -> None:
        match reading:
            case ReaderStatus():
                self.counter.reader_changed(reading)
            case Scan():
                # Looked up in turn: a greeting shows the points of the sale that was being written when the card came.
                async with self.counter.turn:
                    found = self.finder.read(_recognised(reading))
                    unknown = self._elsewhere.code_of(found, lambda: _recognised(reading))
                    if not unknown:
                        self._signal(reading, await self._encounters.deal_with(found, _times(reading)))
                        return
                    later = self._ask(unknown, found, reading, self._encounters.here)
                asking = asyncio.create_task(later, name="asking the hub")
                self._asking.add(asking)
                asking.add_done_callback(self._asking.discard)
            case RefusedScan():
                async with self.counter.turn:
                    self._encounters.tell(await self._encounters.happen(CodeRefused(SCAN_NOTICES[reading.fault])))
                self.on_signal(reading.reader_id, Signal.BAD)
            case Session():
                async with self.counter.turn:
                    # What came in before the timer went off has begun another session; that one has its own timer.
                    if reading is self.counter.session:
                        self._encounters.tell(await self._encounters.happen(TimeUp()))

    async def _ask(self, unknown: str, found: Identified, reading: Scan, asked_at: tuple[int, str | None]) -> None:
        """Ask the hub who an unknown card is. Other scans are dealt with meanwhile."""
        try:
            is_known = await self._elsewhere.finds(unknown)
            async with self.counter.turn:
                if is_known:
                    found = self.finder.read(_recognised(reading))
                self._signal(reading, await self._encounters.deal_later(found, _times(reading), asked_at))
        except Exception as error:  # noqa: BLE001 - as for the scans that are dealt with at once
            _log.error("%s: %s", type(reading).__name__, whence(error))
            self.counter.tell(NoticeCode.STORE_UNREADABLE)

    def _signal(self, reading: Scan, taken: bool) -> None:  # noqa: FBT001 - it is all there is to say
        self.on_signal(reading.reader_id, Signal.GOOD if taken else Signal.BAD)

    def _answer(self, refusal: NoticeCode | Problem | None) -> TillView | Problem:
        """Return the view, or why a wish was not granted."""
        if refusal is None:
            return self.board.view
        return not_possible(refusal) if isinstance(refusal, NoticeCode) else refusal


def _recognised(scan: Scan) -> Recognised:
    return Recognised(scan.decision, (scan.code,) if scan.code else ())


def _times(scan: Scan) -> ScanTimes:
    return ScanTimes(reader_id=scan.reader_id, first_byte_ns=scan.first_byte_ns, last_byte_ns=scan.last_byte_ns)
