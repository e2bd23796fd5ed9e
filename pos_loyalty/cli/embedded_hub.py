"""The hub of a shop with one PC: inside the till service, on a file beside the journal, over a Unix socket.

It is the same hub by the same path as a central one, so that the shop can move to one later. It has a thread of its
own; what the till knew before there was a hub is brought in once, before the till asks it for anything.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from secrets import token_bytes
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from pos_loyalty import __version__
from pos_loyalty.cli.hub_opening import SQLITE, open_store
from pos_loyalty.cli.sync_key import KeyFolder
from pos_loyalty.config import Config
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.errors import PosLoyaltyError, StoreError, whence
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.server import listening
from pos_loyalty.store.connections import connect_reader
from pos_loyalty.store.sqlite import SqliteStore
from sync.client.address import HubAddress
from sync.hub.authority import Authority
from sync.hub.enrolment import Enrolment
from sync.hub.hub_store import HubStore
from sync.hub.jobs.night import Nights
from sync.hub.kept import Memo, MemoKey, RowKey, Terminal
from sync.hub.office import Office
from sync.hub.publishing import Publication
from sync.hub.web.app import Hub, build_app
from sync.hub.web.server import serve

FILE: Final = "hub.db"
SOCKET: Final = "hub.sock"
_BROUGHT_IN: Final = MemoKey("embedded", "brought in")
_CHUNK: Final = 500
"""Rows in one transaction: a power cut costs a second of bringing in, and the next start begins it anew."""
_STOP_S: Final = 5.0
_AGAIN_S: Final = 60.0
"""Between two tries of a hub that cannot serve."""
_NIGHT_S: Final = 600.0
"""How often it is looked whether a day has begun; the first look is at the start."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class EmbeddedHub:
    """The hub in its thread, from :meth:`start` to :meth:`stop`."""

    def __init__(self, config: Config, store: SqliteStore) -> None:
        self._config = config
        self._store = store
        self._socket = Path(config.service.socket).parent / SOCKET
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._over = threading.Event()

    @property
    def address(self) -> HubAddress:
        """Where the till of this service finds it."""
        return HubAddress(url=f"unix://{self._socket}")

    def start(self) -> None:
        """Begin, and return at once; the till's key is made in the thread, if there is none."""
        # One till asks, the same thing every five seconds.
        logging.getLogger("sync.hub.web.requests").setLevel(logging.WARNING)
        self._thread.start()

    def stop(self) -> None:
        """Finish what was asked, and end."""
        self._over.set()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        if self._thread.ident is not None:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        """Serve until the end. What keeps the hub from it, such as a full disk, may be over in a minute."""
        while not self._over.is_set():
            self._serve_once()
            self._over.wait(_AGAIN_S)

    def _serve_once(self) -> None:
        try:
            with closing(open_store(f"{SQLITE}//{self._store.folder / FILE}")) as store:
                hub = self._prepared(store)
                if not self._over.is_set():
                    asyncio.run(self._serve(hub))
        except PosLoyaltyError as error:
            _log.error("no hub in this service: %s: %s", error.title, error)
        except Exception as error:  # noqa: BLE001 - the one broad net of the thread: the till sells on without its hub
            _log.error("no hub in this service: %s", whence(error))

    def _prepared(self, store: HubStore) -> Hub:
        """Open the books, let this till in, and bring in what it knew before."""
        clock, ids = SystemClock(), RandomIds()
        authority = Authority(store, zone=ZoneInfo(self._config.shop.time_zone), clock=clock, ids=ids)
        key = KeyFolder(self._store.folder).made()
        with store.reading() as reading:
            known = reading.terminal(self._store.terminal_id)
            was_brought_in = reading.memo(_BROUGHT_IN) is not None
        if known is None or known.public_key != key.public:
            authority.enrol(
                Terminal(
                    terminal_id=self._store.terminal_id,
                    public_key=key.public,
                    store_id=self._config.shop.store_id,
                    label="this till",
                )
            )
        if not was_brought_in:
            bring_in(authority, self._store.folder / "replica.db")
            with store.transaction() as step:
                step.put_memos([Memo(*_BROUGHT_IN, b"true")])
                step.commit()
        enrolment = Enrolment(store, clock=clock, chance=token_bytes)
        return Hub(authority, enrolment, store, clock, __version__)

    async def _serve(self, hub: Hub) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._over.is_set():
            return
        with ExitStack() as open_sockets:
            doors = [open_sockets.enter_context(listening(self._socket))]
            if (other := self._lan()) is not None:
                doors.append(open_sockets.enter_context(other))
            nights = asyncio.create_task(self._make_nights(hub), name="nights")
            try:
                await serve(build_app(hub), *doors, ready=self._ready, stop=self._stop)
            finally:
                nights.cancel()

    async def _make_nights(self, hub: Hub) -> None:
        """Make the nights that are due; no timer of the system does it for a hub that is inside a till."""
        while True:
            try:
                await asyncio.to_thread(self._make_due_nights, hub)
            except StoreError as error:
                _log.error("the night could not be made: %s: %s", error.title, error)
            await asyncio.sleep(_NIGHT_S)

    def _make_due_nights(self, hub: Hub) -> None:
        nights = Nights(hub.store, hub.authority, Office(hub.authority, hub.store, RandomIds()))
        plan = nights.plan()
        if plan.is_far_ahead:
            _log.error("%d nights are due: set the clock of this machine; none is made until then", len(plan.days))
            return
        for day in plan.days:
            for _ in nights.run(day):
                # Between two pieces it can be cut off, and nothing is done twice.
                if self._over.is_set():
                    return

    def _lan(self) -> socket.socket | None:
        """Return the socket for the other tills; one that cannot be had is told, and costs this till nothing."""
        if not self._config.hub.listen:
            return None
        host, _, port = self._config.hub.listen.rpartition(":")
        try:
            return socket.create_server((host.strip("[]"), int(port)), family=_family(host))
        except (OSError, OverflowError) as error:
            _log.error("[hub] listen = %s cannot be served: %s", self._config.hub.listen, error)
            return None

    def _ready(self) -> None:
        _log.info("the hub of this shop answers")


def bring_in(authority: Authority, replica: Path) -> None:
    """Give a new hub what a till's replica had before there was one; the same again is the same."""
    with closing(connect_reader(replica)) as connection:
        # Programs first: points are of one, and vouchers of one too.
        for kind, query in _PLAIN:
            rows = connection.execute(query)
            for chunk in _chunks(Publication(RowKey(kind, key), bytes(document)) for key, document in rows):
                authority.publish(chunk)
        members = connection.execute("SELECT document FROM member ORDER BY member_id")
        for people in _chunks(_member(bytes(document)) for (document,) in members):
            authority.bring_in(people)


_PLAIN: Final = (
    (RowKind.PROGRAM, "SELECT key, document FROM program ORDER BY key"),
    (RowKind.PRODUCT, "SELECT product_id, document FROM product ORDER BY product_id"),
    (RowKind.VOUCHER, "SELECT code, document FROM voucher ORDER BY code"),
)
_member: Final[Callable[[bytes], Member]] = msgspec.json.Decoder(Member).decode


def _chunks(rows: Iterator[_T]) -> Iterator[list[_T]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
