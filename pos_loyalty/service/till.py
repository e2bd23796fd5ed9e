"""The till: readings in, a customer on the screen; and the wishes of whoever stands behind it."""

import asyncio
import contextlib
import logging

from pos_loyalty.core.decisions import Via
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.scans import ReaderStatus, RefusedScan, Scan
from pos_loyalty.core.session import (
    CodeAmbiguous,
    CodeRefused,
    Dismissed,
    Input,
    MemberFound,
    NoticeCode,
    Session,
    TimeUp,
)
from pos_loyalty.errors import StoreError, whence
from pos_loyalty.ports import Clock, Ids, Store, VoucherCodes
from pos_loyalty.service.awards import Awards
from pos_loyalty.service.baskets import Baskets
from pos_loyalty.service.board import Board
from pos_loyalty.service.book import ClientBook
from pos_loyalty.service.clock import random_voucher_code
from pos_loyalty.service.counter import Counter
from pos_loyalty.service.faults import (
    SCAN_NOTICES,
    STORE_SAID_NO,
    no_such,
    not_a_code,
    not_possible,
    notice_of,
    store_failed,
    store_notice,
)
from pos_loyalty.service.identify import Identified, Refused, identify
from pos_loyalty.service.latency import Latencies
from pos_loyalty.service.pricing import Pricing
from pos_loyalty.service.wire import Health, IdentifyAnswer, Problem, ScanTimes, Shop, TillView
from pos_loyalty.service.work import Desk

_log = logging.getLogger(__name__)
_NO_CODE = frozenset({NoticeCode.UNKNOWN_CODE, NoticeCode.UNREADABLE, NoticeCode.EMPTY_CODE, NoticeCode.TOO_LONG})


class Till:
    """One till. Everything but :meth:`deliver` and :meth:`reader_changed` belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        shop: Shop,
        clock: Clock,
        ids: Ids,
        *,
        voucher_codes: VoucherCodes = random_voucher_code,
        phone_prefix: str = "98",
    ) -> None:
        self.store = store
        self.shop = shop
        self.board = Board()
        desk = Desk(store.terminal_id, ids, voucher_codes, Pricing(store, clock, shop))
        self.counter = Counter(store, clock, desk, self.board)
        self.baskets = Baskets(self.counter, shop.language)
        self.book = ClientBook(self.counter)
        self.awards = Awards(self.counter)
        self.latencies = Latencies()
        self._phone_prefix = phone_prefix
        self._readings: asyncio.Queue[Scan | RefusedScan | ReaderStatus | Session | None] = asyncio.Queue()
        # A session is one whose time is up; None ends the listening.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what was on the counter and begin to listen to the readers.

        Raises:
            StoreError: the journal cannot be read.
        """
        self._loop = asyncio.get_running_loop()
        self.counter.on_time_up = self._readings.put_nowait
        self.counter.resume()
        self._reader = self._loop.create_task(self._listen(), name="readings")

    async def stop(self) -> None:
        """Stop listening and let the screens go. What was asked before is finished first."""
        self._loop = None
        self.counter.stop()
        self.board.close()
        if self._reader:
            self._readings.put_nowait(None)
            await self._reader
        async with self.counter.turn:
            return

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
        return await self._scanned(code, times, keep_unknown=via == "terminal") or self.board.view

    async def choose(self, member_id: str) -> TillView | Problem:
        """Put a member on the screen: one of several candidates, or one found by name."""
        async with self.counter.turn:
            try:
                member = self.store.member(member_id)
            except StoreError as error:
                return store_failed(error)
            if member is None:
                return no_such("member", "with this id")
            return self._answer(await self._happen(MemberFound(member_id, self.counter.ids()), (member,)))

    async def dismiss(self) -> TillView | Problem:
        """Be done with what is on the screen."""
        async with self.counter.turn:
            return self._answer(await self._happen(Dismissed()))

    def identify(self, code: str) -> IdentifyAnswer | Problem:
        """Say whom or what a code names, and change nothing."""
        try:
            found = identify(self.store, code, self._phone_prefix)
        except StoreError as error:
            return store_failed(error)
        match found:
            case Refused():
                return IdentifyAnswer(outcome=found.why.value)
            case Product():
                return IdentifyAnswer(outcome="product", product=found)
            case (_,):
                return IdentifyAnswer(outcome="member", members=found)
            case _:
                return IdentifyAnswer(outcome="ambiguous", members=found)

    def health(self) -> Health | Problem:
        """Return the state of the service."""
        try:
            counts, unreadable = self.store.counts(), self.store.unreadable_programs()
        except StoreError as error:
            return store_failed(error)
        return Health(
            version=self.shop.version,
            terminal_id=self.store.terminal_id,
            members=counts.members,
            events=counts.events,
            waiting=counts.waiting,
            readers=self.counter.readers,
            unreadable_programs=unreadable,
            latency=self.latencies.summary,
        )

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
                times = ScanTimes(
                    reader_id=reading.reader_id,
                    first_byte_ns=reading.first_byte_ns,
                    last_byte_ns=reading.last_byte_ns,
                )
                await self._scanned(reading.code, times)
            case RefusedScan():
                async with self.counter.turn:
                    self._tell(await self._happen(CodeRefused(SCAN_NOTICES[reading.fault])))
            case Session():
                async with self.counter.turn:
                    # What came in before the timer went off has begun another session; that one has its own timer.
                    if reading is self.counter.session:
                        self._tell(await self._happen(TimeUp()))

    async def _scanned(self, code: str, times: ScanTimes, *, keep_unknown: bool = False) -> Problem | None:
        # Looked up in turn: a greeting shows the points of the sale that was being written when the card came.
        async with self.counter.turn:
            try:
                found: Identified | str = identify(self.store, code, self._phone_prefix)
                if found == Refused(NoticeCode.UNKNOWN_CODE) and self.baskets.takes(code):
                    found = code
            except StoreError as error:
                found = Refused(store_notice(error))
            if keep_unknown and isinstance(found, Refused) and found.why in _NO_CODE:
                return not_a_code()
            self.counter.scanned(times)
            self._tell(await self._act_on(found))
            return None

    async def _act_on(self, found: Identified | str) -> NoticeCode | Problem | None:
        match found:
            case str():
                return await self.baskets.enter(found)
            case Product():
                return await self.baskets.add(found)
            case Refused():
                return await self._happen(CodeRefused(found.why))
            case (member,):
                return await self._happen(MemberFound(member.member_id, self.counter.ids()), found)
            case _:
                return await self._happen(CodeAmbiguous(tuple(member.member_id for member in found)), found)

    async def _happen(self, happened: Input, members: tuple[Member, ...] = ()) -> NoticeCode | Problem | None:
        """Let the session take ``happened``; return why it could not. The caller has the turn."""
        work = self.counter.work()
        try:
            work.feed(happened)
        except StoreError as error:
            return self.counter.store_failed(error)
        if work.told:
            return work.told
        if not work.touches_basket:
            self.counter.greet(work, members)
        refusal = await self.counter.settle(work, shown=not work.touches_basket)
        return refusal if isinstance(refusal, Problem) else None

    def _tell(self, refusal: NoticeCode | Problem | None) -> None:
        """Tell the cashier why nothing came of what a device reported; what the store said has been told."""
        match refusal:
            case NoticeCode():
                self.counter.tell(refusal)
            case Problem() if refusal.status != STORE_SAID_NO:
                self.counter.tell(notice_of(refusal))

    def _answer(self, refusal: NoticeCode | Problem | None) -> TillView | Problem:
        """Return the view, or why a wish was not granted."""
        if refusal is None:
            return self.board.view
        return not_possible(refusal) if isinstance(refusal, NoticeCode) else refusal
