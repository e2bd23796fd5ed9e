"""The page after is on its way while one is written; and a till that is elsewhere loses nothing by it."""

import asyncio

import msgspec
import pytest

from pos_loyalty.core.feed import Cursor, FeedPage, RowKind
from pos_loyalty.core.rows import VoucherRow
from sync.client.reading_ahead import ReadingAhead
from sync.engine.memory_replica import MemoryReplica
from sync.hub.feed import page
from sync.hub.kept import RowKey
from sync.hub.memory import MemoryHubStore
from sync.hub.publishing import Publication
from tests.sync.client.conftest import Shop, Stock
from tests.sync.client.hub_server import HubServer, cursor_in
from tests.sync.hub.shop import hub_over

ROWS = 20
ROWS_OF_A_PAGE = 3


def vouchers(count: int) -> list[Publication]:
    """Return so many rows that a hub puts out."""
    rows = [VoucherRow(code=f"VC-{number}", program_id="gift") for number in range(count)]
    return [Publication(RowKey(RowKind.VOUCHER, row.code), msgspec.json.encode(row)) for row in rows]


class Hub:
    """Answers with small pages of a hub in memory."""

    def __init__(self) -> None:
        self.store = MemoryHubStore()
        self.asked: list[tuple[Cursor, int | None]] = []
        self.heard = asyncio.Event()
        self.answers = asyncio.Semaphore(1_000)
        """So many answers will come."""
        self.cut_off = 0
        codes = [f"VC-{number}" for number in range(ROWS)]
        hub_over(self.store).publish(
            [
                Publication(
                    RowKey(RowKind.VOUCHER, code), msgspec.json.encode(VoucherRow(code=code, program_id="gift"))
                )
                for code in codes
            ]
        )

    async def feed(self, cursor: Cursor, settled_ms: int | None = None) -> FeedPage:
        """Answer when there is an answer left."""
        self.asked.append((cursor, settled_ms))
        self.heard.set()
        try:
            await self.answers.acquire()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        with self.store.reading() as reading:
            return page(reading, cursor, 1, ROWS_OF_A_PAGE)


@pytest.fixture
def hub() -> Hub:
    """Return a hub with rows."""
    return Hub()


async def page_of(hub: Hub, feed: ReadingAhead, cursor: Cursor, settled_ms: int | None = None) -> FeedPage:
    """Return the page after ``cursor``, when the hub has heard of the one after that."""
    answer = await feed.feed(cursor, settled_ms)
    assert isinstance(answer, FeedPage)
    async with asyncio.timeout(5):
        while answer.more and hub.asked[-1][0] != answer.cursor:
            hub.heard.clear()
            await hub.heard.wait()
    return answer


async def test_the_page_after_is_asked_for_before_this_one_is_written(hub: Hub) -> None:
    """Every page is asked for once, all but the first ahead, and the rows are all there."""
    feed, replica, more = ReadingAhead(hub), MemoryReplica(), True
    while more:
        answer = await page_of(hub, feed, replica.cursor())
        more = answer.more
        if more:
            assert hub.asked[-1][0] == answer.cursor != replica.cursor()
        assert not replica.apply(answer, replica.cursor())
    assert len(replica.rows()) == ROWS
    cursors = [msgspec.json.encode(cursor) for cursor, _ in hub.asked]
    assert len(set(cursors)) == len(cursors)


async def test_a_till_that_is_elsewhere_asks_from_there(hub: Hub) -> None:
    """Rows that did not add up are taken anew: the page ahead is of no use."""
    feed = ReadingAhead(hub)
    first = await page_of(hub, feed, Cursor())
    again = await page_of(hub, feed, Cursor())
    assert again == first
    assert [cursor for cursor, _ in hub.asked] == [Cursor(), first.cursor, Cursor(), first.cursor]


async def test_who_pauses_asks_anew(hub: Hub) -> None:
    """What was true before the pause is not kept."""
    feed = ReadingAhead(hub)
    first = await page_of(hub, feed, Cursor())
    feed.forget()
    feed.forget()
    await page_of(hub, feed, first.cursor, 7)
    assert hub.asked[1:3] == [(first.cursor, None), (first.cursor, 7)]


async def test_who_has_no_more_patience_ends_the_asking(hub: Hub) -> None:
    """No request outlives its try."""
    feed = ReadingAhead(hub)
    hub.answers = asyncio.Semaphore(1)
    first = await page_of(hub, feed, Cursor())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(feed.feed(first.cursor), 0.01)
    assert hub.cut_off == 1
    hub.answers.release()
    await page_of(hub, feed, first.cursor)
    assert [cursor for cursor, _ in hub.asked][:3] == [Cursor(), first.cursor, first.cursor]


async def test_after_the_last_page_nothing_is_asked_for(hub: Hub) -> None:
    """A look that finds nothing new is one request."""
    feed, replica = ReadingAhead(hub), MemoryReplica()
    while (answer := await page_of(hub, feed, replica.cursor())).more:
        replica.apply(answer, replica.cursor())
    replica.apply(answer, replica.cursor())
    before = len(hub.asked)
    await page_of(hub, feed, replica.cursor())
    assert len(hub.asked) == before + 1


class Unhurried(MemoryReplica):
    """Writes no page before the hub was asked for the one after it."""

    def __init__(self, server: HubServer) -> None:
        super().__init__()
        self._server = server

    def apply(self, page: FeedPage, asked: Cursor) -> frozenset[int]:
        """Write a page."""
        if page.more:
            self._server.wait_for(lambda: page.cursor in asked_for(self._server))
        return super().apply(page, asked)


class PutAside(MemoryReplica):
    """Is put aside for an empty one when its second page is there, and the third on its way."""

    emptied = False

    def apply(self, page: FeedPage, asked: Cursor) -> frozenset[int]:
        """Write a page."""
        if asked.numbers and not self.emptied:
            vars(self).update(vars(MemoryReplica()), emptied=True)
        return super().apply(page, asked)


def asked_for(server: HubServer) -> list[Cursor]:
    """Return from where pages were asked for."""
    return [cursor_in(asked) for asked in server.asked if asked.path == "/sync/1/feed"]


def test_the_line_asks_for_a_page_while_one_is_written(shop: Shop) -> None:
    """Pages of fifty rows, each asked for once."""
    shop.hub.publish(vouchers(120))
    replica = Unhurried(shop.server)
    shop.stock = Stock(shop.stock.outbox, replica)
    shop.wait_for(lambda view: view.fresh_ms is not None)
    assert len(replica.rows()) == 121
    cursors = asked_for(shop.server)[:3]
    assert all(cursors.count(cursor) == 1 for cursor in cursors)


def test_a_replica_that_was_put_aside_meanwhile_gets_everything(shop: Shop) -> None:
    """The page that was asked for from the old cursor is not written; the feed begins anew."""
    shop.hub.publish(vouchers(120))
    replica = PutAside()
    shop.stock = Stock(shop.stock.outbox, replica)
    shop.wait_for(lambda view: view.fresh_ms is not None)
    assert (replica.emptied, len(replica.rows())) == (True, 121)
