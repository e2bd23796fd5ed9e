"""The durable commit of a sale: the same rows by hand, by the store, by the service and through its socket."""

import asyncio
import time
from concurrent.futures import Future
from contextlib import ExitStack, closing
from datetime import UTC
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.lookup import code_of, some_members
from bench.series import MILLISECONDS, say, table
from bench.stores import CACHE, SMALL, folder_of, open_store
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core import events as envelopes
from pos_loyalty.core.basket import Basket, LineRequest
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import partition_of
from pos_loyalty.ports import Change, Committed, Outcome
from pos_loyalty.sample.products import sample_products
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.idempotency import Key
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import BasketRequest, Shop
from pos_loyalty.store.connections import create
from pos_loyalty.store.journal import add_terminal
from pos_loyalty.store.linked_sqlite import dbapi
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.service_process import ServiceProcess

ROUNDS = 5
SALES = 80
RAW, STORE, SERVICE, SOCKET = "floor: sqlite3 FULL, same rows", "store", "service", "through the socket"

_SHOP = Shop(
    name="Narenj",
    terminal_id="",
    currency="IRR",
    display_unit="currency",
    language="en",
    digits="auto",
    calendar="auto",
    time_zone="Asia/Tehran",
)
_LINES = tuple(LineRequest(product=product.product_id) for product in sample_products()[:3])


class RecordingStore(SqliteStore):
    """A store that keeps the changes it was asked for, so that others can be asked for the same."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, clock=SystemClock(), ids=RandomIds())
        self.asked: list[Change] = []

    def commit(self, change: Change) -> Future[Outcome]:
        """Remember and commit."""
        self.asked.append(change)
        return super().commit(change)


class RawJournal:
    """The floor: a file with the tables of a journal, and nothing between the caller and SQLite."""

    def __init__(self, path: Path) -> None:
        self._connection = dbapi.connect(path, isolation_level=None)
        create(self._connection, "journal")
        add_terminal(self._connection, "floor")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")

    def write(self, change: Change, events: tuple[Event, ...]) -> float:
        """Write the rows of ``change``, made beforehand, in one transaction; return the seconds it took."""
        event_rows = [
            (e.seq, e.event_id, e.member_id, e.type, envelopes.encode(e), partition_of(e.part)) for e in events
        ]
        basket_row, answer = _basket_row(change.basket), change.answer
        answer_row = (answer.key, answer.digest, answer.status, answer.body) if answer else None
        execute = self._connection.execute
        began = time.perf_counter()
        execute("BEGIN IMMEDIATE")
        for row in event_rows:
            execute(_ADD_EVENT, row)
        if basket_row:
            execute(_PUT_BASKET, basket_row)
        execute("UPDATE terminal SET session = ?", (change.session,))
        if answer_row:
            execute("INSERT INTO answer VALUES (?, ?, ?, ?)", answer_row)
        execute("COMMIT")
        return time.perf_counter() - began

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


_ADD_EVENT = "INSERT INTO event (seq, event_id, member_id, type, envelope, partition) VALUES (?, ?, ?, ?, ?, ?)"
_PUT_BASKET = (
    "INSERT INTO basket VALUES (?, ?, ?, ?, ?) ON CONFLICT (basket_id) DO UPDATE SET"
    " revision = excluded.revision, live = excluded.live, document = excluded.document"
)


def _basket_row(basket: Basket | None) -> tuple[object, ...] | None:
    if basket is None:
        return None
    opened = basket.opened_at.astimezone(UTC).isoformat(timespec="microseconds")
    return basket.basket_id, basket.revision, int(basket.live), opened, msgspec.json.encode(basket)


def run() -> None:
    """Print what one sale costs on the way to the disk."""
    asyncio.run(_run())


async def _run() -> None:
    with ExitStack() as stack:
        folders = [stack.enter_context(folder_of(SMALL)) for _ in range(3)]
        recording = stack.enter_context(closing(RecordingStore(folders[0])))
        store = stack.enter_context(closing(open_store(folders[1])))
        service = stack.enter_context(ServiceProcess(folders[2].parent, folders[2]))
        raw = stack.enter_context(closing(RawJournal(Path(stack.enter_context(TemporaryDirectory(dir=CACHE))) / "raw")))
        service.start()
        # A new customer for every sale: pending events of one member are read and folded again with every look.
        customers = some_members(folders[0] / "replica.db", SMALL, ROUNDS * SALES)
        codes = map(code_of, customers)
        till = Till(recording, _SHOP, SystemClock(), RandomIds(), recogniser(SHOP_AS_DELIVERED))
        await till.start()
        async with TillClient(service.socket) as client:
            measured: dict[str, list[list[float]]] = {name: [] for name in (RAW, STORE, SERVICE, SOCKET)}
            for number in range(ROUNDS):
                sales = [await _sale(code, till, recording, store, raw, client) for code in islice(codes, SALES)]
                say(f"round {number + 1} of {ROUNDS}")
                for name, samples in zip(measured, zip(*sales, strict=True), strict=True):
                    measured[name].append(list(samples))
        await till.stop()
    title = "durable commit of a sale of three lines (aim: at most 3 x floor)"
    table(title, measured, MILLISECONDS, dict.fromkeys((STORE, SERVICE, SOCKET), RAW))


async def _sale(
    code: str, till: Till, recording: RecordingStore, store: SqliteStore, raw: RawJournal, client: TillClient
) -> tuple[float, float, float, float]:
    """Make one sale four times; return the seconds of its commit by hand, store, service and socket."""
    recording.asked.clear()
    in_service = await _sale_in_service(till, code)
    *before, sale = recording.asked
    for change in before:
        raw.write(change, _written(store, change)[0])
    events, in_store = _written(store, sale)
    by_hand = raw.write(sale, events)
    return by_hand, in_store, in_service, await _sale_through(client, code)


async def _sale_in_service(till: Till, code: str) -> float:
    await till.scan(code)
    opened = await till.baskets.open()
    assert isinstance(opened, Basket)
    priced = await till.baskets.replace(opened.basket_id, BasketRequest(lines=_LINES))
    assert isinstance(priced, Basket)
    key = Key.of(RandomIds()(), "POST", "/", b"{}")
    began = time.perf_counter()
    sold = await till.baskets.commit(priced.basket_id, priced.revision, key)
    taken = time.perf_counter() - began
    assert isinstance(sold, Basket)
    assert sold.receipt
    return taken


async def _sale_through(client: TillClient, code: str) -> float:
    await client.scan(code)
    opened = await client.open_basket()
    assert isinstance(opened, Basket)
    priced = await client.replace(opened.basket_id, _LINES)
    assert isinstance(priced, Basket)
    began = time.perf_counter()
    sold = await client.commit(priced.basket_id, priced.revision, RandomIds()())
    taken = time.perf_counter() - began
    assert isinstance(sold, Basket)
    return taken


def _written(store: SqliteStore, change: Change) -> tuple[tuple[Event, ...], float]:
    began = time.perf_counter()
    outcome = store.commit(change).result()
    taken = time.perf_counter() - began
    assert isinstance(outcome, Committed)
    return outcome.events, taken
