"""The real application of a hub on a real socket, and tills with a real store in front of it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path
from secrets import token_bytes

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Draft
from pos_loyalty.core.ids import part_of
from pos_loyalty.ports import Change, LineView
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.store import snapshot
from pos_loyalty.store.sqlite import SqliteStore
from sync.client.address import HubAddress
from sync.client.calls import Signer
from sync.client.hub_line import HubLine, Keeping
from sync.client.replacing import Replacement
from sync.hub.authority import Authority, program_row
from sync.hub.enrolment import Enrolment
from sync.hub.hub_store import HubStore
from sync.hub.kept import Terminal
from sync.hub.web.app import Hub, build_app
from sync.hub.web.server import serve
from sync.signing import TerminalKey
from tests.sync.client.hub_server import DEADLINE_S
from tests.sync.hub.shop import CLUB


class Served:
    """One hub that tills can reach."""

    def __init__(self, store: HubStore, snapshots: Path | None = None) -> None:
        self.clock = SystemClock()
        self.store = store
        self.authority = Authority(store, zone=UTC, clock=self.clock, ids=RandomIds())
        self.authority.publish([program_row(CLUB)])
        self.enrolment = Enrolment(store, clock=self.clock, chance=token_bytes)
        self.hub = Hub(self.authority, self.enrolment, store, self.clock, "1.0", snapshots)
        self.listener = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> HubAddress:
        """Where it is."""
        return HubAddress(url=f"http://127.0.0.1:{self.listener.getsockname()[1]}")


@contextmanager
def served(store: HubStore, snapshots: Path | None = None) -> Iterator[Served]:
    """Serve a hub in a thread."""
    hub = Served(store, snapshots)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ready: Future[None] = Future()

    async def run() -> None:
        await serve(build_app(hub.hub), hub.listener, ready=lambda: ready.set_result(None), stop=stop)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    try:
        ready.result(DEADLINE_S)
        yield hub
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(DEADLINE_S)
        loop.close()
        hub.listener.close()
        store.close()


class Till:
    """One till with its files and its line."""

    def __init__(self, folder: Path, hub: Served, *, with_snapshots: bool = False, scope: str = "") -> None:
        self.store = SqliteStore(folder, clock=hub.clock, ids=RandomIds())
        key = TerminalKey.made()
        # A store of its own, called as its folder.
        hub.authority.enrol(
            Terminal(terminal_id=self.store.terminal_id, public_key=key.public, store_id=folder.name, scope=scope)
        )
        self.installed: list[Path] = []
        outbox = self.store.outbox
        self.line = HubLine(
            hub.address,
            Signer(self.store.terminal_id, key),
            self.store,
            hub.clock,
            boot_nonce="boot-1",
            replacement=Replacement(folder, snapshot.SCHEMA, self._install, 0) if with_snapshots else None,
            keeping=Keeping(outbox.ahead_ms, outbox.seen_ms, outbox.seen, outbox.prune, outbox.kept_ms),
        )
        self._changed = threading.Condition()
        self.line.on_change(self._note)
        self.line.start()

    def did(self, *bodies: Body, member_id: str = "m1") -> None:
        """Write events as the service does, and tell the line."""
        drafts = tuple(
            Draft(
                event_id=RandomIds()(),
                occurred_at=SystemClock().now(),
                body=body,
                member_id=member_id,
                part=part_of(member_id),
            )
            for body in bodies
        )
        self.store.commit(Change(events=drafts)).result(DEADLINE_S)
        self.line.appended()

    def wait_for(self, holds: Callable[[LineView], bool]) -> None:
        """Wait until the line, or what is behind it, is so."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.line.line()), DEADLINE_S), self.line.line()

    def close(self) -> None:
        """End it."""
        self.line.stop()
        self.store.close()

    def _install(self, made: Path) -> None:
        self.store.replica.install(made)
        self.installed.append(made)

    def _note(self) -> None:
        with self._changed:
            self._changed.notify_all()


@contextmanager
def tills(hub: Served, *folders: Path, with_snapshots: bool = False, scope: str = "") -> Iterator[list[Till]]:
    """Run tills over these folders."""
    made = [Till(folder, hub, with_snapshots=with_snapshots, scope=scope) for folder in folders]
    with closing(_All(made)):
        yield made


class _All:
    def __init__(self, made: list[Till]) -> None:
        self._made = made

    def close(self) -> None:
        for till in self._made:
            till.close()
