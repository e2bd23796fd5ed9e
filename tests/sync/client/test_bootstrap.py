"""A prepared replica: taken up where the line broke, never in use before its hash is right, and never needed."""

import asyncio
import shutil
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import zstandard

from pos_loyalty.core.feed import Cursor, RowKind
from pos_loyalty.errors import StoreDamaged
from pos_loyalty.ports import LineState, LineView
from sync.client.arriving import SnapshotFolder
from sync.client.bootstrap import Bootstrap, Fetched, behind
from sync.client.calls import HubCalls, Signer
from sync.client.hub_clock import HubClock
from sync.client.replacing import Replacement
from sync.client.store_thread import StoreThread
from sync.signing import TerminalKey
from sync.wire import Halt, HaltReason, SnapshotOffer
from tests.sync.client.conftest import Shop
from tests.sync.client.hub_server import DEADLINE_S, PROBLEM, Asked, Trick, http, problem

FILE = "/snapshots/whole.zst"
CONTENT = b"".join(sha256(bytes([n % 256, n // 256])).digest() for n in range(10_000))
PACKED = zstandard.compress(CONTENT)
SCHEMA = 3


class Store:
    """What a store does with a finished file."""

    def __init__(self) -> None:
        self.installed: list[bytes] = []
        self.is_particular = False
        """Whether no file is good enough."""

    def install(self, made: Path) -> None:
        """Take the file."""
        if self.is_particular:
            raise StoreDamaged("the rows are not what their checksums say")
        self.installed.append(made.read_bytes())
        made.unlink()


@pytest.fixture
def store() -> Store:
    """Return a store without a replica."""
    return Store()


@pytest.fixture
def offering(shop: Shop, store: Store, tmp_path: Path) -> Iterator[Shop]:
    """Return a shop whose hub offers a prepared replica."""
    shop.replacement = Replacement(tmp_path, SCHEMA, store.install)
    with shop.store.reading() as reading:
        epoch = reading.epochs()[-1].name
    shop.server.offer = msgspec.json.encode(offer(cursor=Cursor(epoch=epoch, numbers={0: 1_000_000})))
    shop.server.files[FILE] = PACKED
    shop.did()
    yield shop
    # A file is the store's before what it came from is gone. Where no line was begun, none is for this.
    if list(tmp_path.glob("replica.snapshot*")):
        shop.wait_for(lambda view: view.bootstrap_percent is None and not list(tmp_path.glob("replica.snapshot*")))


def offer(**changes: object) -> SnapshotOffer:
    """Return an offer of the file."""
    known = SnapshotOffer(
        path=FILE,
        sha256=sha256(PACKED).hexdigest(),
        packed_bytes=len(PACKED),
        unpacked_bytes=len(CONTENT),
        schema=SCHEMA,
        cursor=Cursor(epoch="e1"),
    )
    return msgspec.structs.replace(known, **changes)


def cut_after(sent: int) -> Trick:
    """Return a trick that hangs up after so many bytes of the file."""

    def trick(connection: socket.socket, asked: Asked) -> None:
        start = int(asked.headers.get("range", "bytes=0-")[6:-1])
        head = f"HTTP/1.1 {206 if start else 200} Said\r\ncontent-type: application/octet-stream\r\n"
        length = f"content-length: {len(PACKED) - start}\r\ncontent-range: bytes {start}-{len(PACKED) - 1}/*\r\n\r\n"
        connection.sendall((head + length).encode() + PACKED[start : start + sent])

    return trick


async def with_bootstrap(shop: Shop, use: Callable[[Bootstrap], Awaitable[list[object]]]) -> list[object]:
    """Return what comes of a bootstrap without a line."""
    assert shop.replacement is not None
    calls, disk = HubCalls(shop.address, Signer("t1", shop.key), HubClock(shop.clock)), StoreThread()
    try:
        return await use(Bootstrap(calls, disk, *shop.replacement[:3]))
    finally:
        await calls.close()
        disk.stop()


def begun_at(shop: Shop) -> list[int]:
    """Return at which byte each try began."""
    return [int(a.headers.get("range", "bytes=0-")[6:-1]) for a in shop.server.asked if a.path == FILE]


def test_a_till_without_rows_takes_the_whole(offering: Shop, store: Store) -> None:
    """It is installed once, the outbox goes up meanwhile, and the feed goes on."""
    offering.wait_for(lambda view: bool(store.installed) and view.waiting == 0 and view.fresh_ms is not None)
    assert store.installed == [CONTENT]


def test_a_line_that_breaks_costs_only_what_was_not_here(offering: Shop, store: Store) -> None:
    """Each try begins where the one before ended."""
    offering.server.next(FILE, cut_after(40_000), cut_after(30_000))
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert store.installed == [CONTENT]
    assert begun_at(offering) == [0, 40_000, 70_000]


def test_a_restart_takes_up_what_is_on_the_disk(offering: Shop, store: Store, tmp_path: Path) -> None:
    """The side file says whose part it is."""
    files = SnapshotFolder(tmp_path)
    assert files.begin(offer()) == 0
    files.part.write_bytes(PACKED[:50_000])
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert begun_at(offering) == [50_000]


def test_a_long_part_is_taken_up_beside_the_line(
    offering: Shop, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The till says how much is here, is never offline for it, and never says that it cannot write."""
    monkeypatch.setattr("sync.client.arriving._PIECE", len(PACKED) // 10)
    files = SnapshotFolder(tmp_path)
    files.begin(offer())
    files.part.write_bytes(PACKED[: len(PACKED) // 2])
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    seen: list[LineView] = []

    def is_here(view: LineView) -> bool:
        seen.append(view)
        return view.bootstrap_percent == 100

    offering.wait_until_once(is_here)
    comes = seen[: [view.bootstrap_percent for view in seen].index(100)]
    assert {0, 9, 19, 29, 39, 49} <= {view.bootstrap_percent for view in comes}
    assert {view.trouble for view in comes} == {""}
    assert {view.state for view in comes if view.bootstrap_percent is not None} == {LineState.ONLINE}
    assert begun_at(offering) == [len(PACKED) // 2]


def test_a_part_that_the_disk_has_spoilt_is_thrown_away(offering: Shop, store: Store, tmp_path: Path) -> None:
    """A power cut leaves what it likes under the name of a part."""
    files = SnapshotFolder(tmp_path)
    files.begin(offer())
    files.part.write_bytes(b"x" * 50_000)
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert store.installed == [CONTENT]
    assert begun_at(offering) == [0]


def test_the_part_of_another_replica_is_thrown_away(offering: Shop, store: Store, tmp_path: Path) -> None:
    """The hub has made a newer one meanwhile."""
    files = SnapshotFolder(tmp_path)
    files.begin(offer(sha256="0" * 64))
    files.part.write_bytes(b"of yesterday")
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert begun_at(offering) == [0]


def test_a_hub_that_knows_no_ranges_is_taken_from_the_beginning(offering: Shop, store: Store, tmp_path: Path) -> None:
    """200 instead of 206: what was here counts for nothing."""
    files = SnapshotFolder(tmp_path)
    files.begin(offer())
    files.part.write_bytes(PACKED[:50_000])
    offering.server.next(FILE, http(200, PACKED, "application/octet-stream"))
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert store.installed == [CONTENT]


def test_what_has_another_hash_is_never_installed(offering: Shop, store: Store) -> None:
    """It is fetched again, from the beginning."""
    offering.server.next(FILE, http(200, PACKED[:-1] + b"!", "application/octet-stream"))
    offering.wait_for(lambda view: bool(store.installed) and view.fresh_ms is not None)
    assert store.installed == [CONTENT]
    assert begun_at(offering) == [0, 0]


def test_what_the_store_cannot_use_is_left_and_the_rows_come_by_the_feed(offering: Shop, store: Store) -> None:
    """It is whole, it is what was offered, and the store finds it damaged."""
    store.is_particular = True
    offering.wait_for(lambda view: view.waiting == 0)
    offering.server.wait_for(lambda: begun_at(offering) == [0])
    offering.server.news.set()
    offering.wait_for(lambda _: offering.stock.replica.row(RowKind.MEMBER, "m1") is not None)
    assert store.installed == []


def test_what_the_store_cannot_use_is_not_fetched_again(offering: Shop, store: Store, tmp_path: Path) -> None:
    """The same bytes would come: nothing of it is kept, and the same offer is none from then on."""
    store.is_particular = True

    async def try_it(bootstrap: Bootstrap) -> list[object]:
        return [await bootstrap.fetch(offer()), await bootstrap.offer()]

    assert asyncio.run(with_bootstrap(offering, try_it)) == [Fetched.UNSOUND, Fetched.NOT_OFFERED]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "refusal",
    [
        http(401, problem("unknown-key"), PROBLEM),
        http(403, problem("forbidden"), PROBLEM),
        http(403, msgspec.json.encode(Halt(reason=HaltReason.REVOKED, detail="see the office"))),
    ],
)
def test_a_refusal_of_the_till_is_no_line_that_is_cut(offering: Shop, refusal: Trick) -> None:
    """Whoever tried again would be refused again."""
    offering.server.next("/sync/1/snapshot", refusal)

    async def try_it(bootstrap: Bootstrap) -> list[object]:
        return [await bootstrap.offer()]

    assert asyncio.run(with_bootstrap(offering, try_it)) == [Fetched.NOT_SERVED]


def test_a_till_that_nobody_knows_asks_no_more_and_keeps_what_has_come(
    offering: Shop, store: Store, tmp_path: Path
) -> None:
    """When the office has seen to it, the rows come by the feed; a start, or a long feed, takes the rest."""
    files = SnapshotFolder(tmp_path)
    files.begin(offer())
    files.part.write_bytes(PACKED[:50_000])
    offering.key = TerminalKey.made()
    offering.server.next("/sync/1/snapshot", http(401, problem("unknown-key"), PROBLEM))
    offering.wait_for(lambda view: view.state is LineState.HALTED)
    offering.server.wait_for(lambda: offering.server.count("/sync/1/snapshot") == 1)
    offering.server.keys["t1"] = offering.key.public
    offering.line.go_on()
    offering.wait_for(lambda view: view.waiting == 0 and view.fresh_ms is not None)
    assert store.installed == []
    assert files.part.stat().st_size == 50_000
    assert offering.server.count("/sync/1/snapshot") == 1
    files.clear()


def test_a_replica_that_breaks_off_ends_no_halt(offering: Shop, store: Store) -> None:
    """The hub stopped knowing the till while it came: the rest is fetched, and nothing else is asked."""
    offering.server.always["/sync/1/push"] = http(401, problem("unknown-key"), PROBLEM)
    halted = threading.Event()

    def cut_when_halted(connection: socket.socket, asked: Asked) -> None:
        assert halted.wait(DEADLINE_S)
        cut_after(40_000)(connection, asked)

    offering.server.next(FILE, cut_when_halted)
    offering.wait_for(lambda view: view.state is LineState.HALTED)
    halted.set()
    offering.wait_for(lambda view: bool(store.installed) and view.bootstrap_percent is None)
    assert begun_at(offering) == [0, 40_000]
    assert offering.line.line().halt == HaltReason.UNKNOWN_TERMINAL
    assert offering.server.count("/sync/1/push") == 1


@pytest.mark.parametrize(
    "changes", [{"schema": SCHEMA + 1}, {"packed_bytes": 1 << 60}, {"path": "http://elsewhere/replica"}]
)
def test_what_cannot_be_used_is_left_and_the_rows_come_by_the_feed(
    offering: Shop, store: Store, changes: dict[str, object]
) -> None:
    """Another schema, no room on the disk, an address that is no path: nothing is fetched."""
    offering.server.offer = msgspec.json.encode(offer(**changes))
    offering.wait_for(lambda view: view.waiting == 0)
    offering.server.news.set()
    offering.wait_for(lambda _: offering.stock.replica.row(RowKind.MEMBER, "m1") is not None)
    assert store.installed == []
    shutil.rmtree(offering.replacement.folder if offering.replacement else "", ignore_errors=True)


def test_a_disk_that_fills_up_on_the_way_leaves_the_feed(offering: Shop, store: Store, tmp_path: Path) -> None:
    """The rows come one by one, and what was unpacked gives its room to the sales."""
    files = SnapshotFolder(tmp_path)
    files.begin(offer())
    files.part.symlink_to("/dev/full")
    offering.wait_for(lambda view: view.waiting == 0)
    offering.server.wait_for(lambda: begun_at(offering) == [0])
    offering.wait_for(lambda view: view.bootstrap_percent is None)
    offering.server.news.set()
    offering.wait_for(lambda _: offering.stock.replica.row(RowKind.MEMBER, "m1") is not None)
    assert store.installed == []
    assert not files.unpacked.exists()
    files.clear()


def test_a_disk_without_room_for_the_rest_leaves_the_feed(
    offering: Shop, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line broke, and the disk is full when it is there again: what was unpacked gives its room to the sales."""
    files = SnapshotFolder(tmp_path)

    def cut_and_fill_up(connection: socket.socket, asked: Asked) -> None:
        cut_after(250_000)(connection, asked)
        monkeypatch.setattr("sync.client.bootstrap._SPARE", 1 << 60)

    offering.server.next(FILE, cut_and_fill_up)
    offering.wait_for(lambda view: view.waiting == 0)
    offering.server.wait_for(lambda: offering.server.count("/sync/1/snapshot") == 2)
    offering.wait_for(lambda view: view.bootstrap_percent is None and not files.unpacked.exists())
    offering.server.news.set()
    offering.wait_for(lambda _: offering.stock.replica.row(RowKind.MEMBER, "m1") is not None)
    assert store.installed == []
    assert files.part.stat().st_size == 250_000
    files.clear()


def test_a_hub_that_offers_nothing_is_asked_no_more(shop: Shop, store: Store, tmp_path: Path) -> None:
    """404: the feed has everything."""
    shop.replacement = Replacement(tmp_path, SCHEMA, store.install)
    shop.wait_for(lambda view: view.fresh_ms is not None)
    shop.server.wait_for(lambda: shop.server.count("/sync/1/snapshot") > 0)
    assert shop.server.count("/sync/1/snapshot") == 1


def test_how_far_behind_is_counted_in_numbers() -> None:
    """Only what the offer has more of counts, and only in the same life of the hub."""
    own, offered = Cursor(epoch="e1", numbers={0: 5, 1: 9}), Cursor(epoch="e1", numbers={0: 8, 1: 2, 3: 4})
    assert behind(own, offered) == 7
    assert behind(Cursor(), offered) == 14
    assert behind(Cursor(epoch="e0"), offered) == 0
