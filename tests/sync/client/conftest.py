"""A till with a key, a hub that serves it over a real socket, and the line between them."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Event
from pos_loyalty.ports import Clock, LineView
from pos_loyalty.service.clock import SystemClock
from sync.client.address import HubAddress
from sync.client.calls import Signer
from sync.client.hub_line import HubLine
from sync.client.replacing import Replacement
from sync.engine.memory_outbox import MemoryOutbox
from sync.engine.memory_replica import MemoryReplica
from sync.hub.authority import Authority, program_row
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.signing import TerminalKey
from tests.sync.client.hub_server import DEADLINE_S, HubServer
from tests.sync.hub.shop import CLUB, Ids, Till, enrolled

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


class WrongClock:
    """A clock that is off by so much."""

    def __init__(self, off: timedelta = timedelta(0)) -> None:
        self.off = off
        self._right = SystemClock()

    def now(self) -> datetime:
        """Return the wrong time."""
        return self._right.now() + self.off

    def monotonic_ns(self) -> int:
        """Return the right time that never goes back."""
        return self._right.monotonic_ns()


class Stock(NamedTuple):
    """What of a till's store syncs."""

    outbox: MemoryOutbox
    replica: MemoryReplica


class Shop:
    """One till, its store and its hub; the line is begun by the test."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.key = TerminalKey.made()
        self.till = Till("t1", Ids())
        self.stock = Stock(MemoryOutbox(), MemoryReplica())
        self.store = MemoryHubStore()
        self.hub = Authority(self.store, zone=UTC, clock=SystemClock(), ids=Ids(1_000_000))
        self.hub.publish([program_row(CLUB)])
        self.hub.enrol(Terminal(terminal_id="t1", public_key=self.key.public))
        self.server = HubServer(self.hub, {"t1": self.key.public}, lambda: ms(SystemClock().now()))
        self.replacement: Replacement | None = None
        self.address = HubAddress(url=self.server.url)
        self._views: list[LineView] = []
        self._changed = threading.Condition()
        self._line: HubLine | None = None

    @property
    def line(self) -> HubLine:
        """The line; it begins with the first use."""
        if self._line is None:
            signer = Signer("t1", self.key)
            self._line = HubLine(
                self.address, signer, self.stock, self.clock, boot_nonce="boot-1", replacement=self.replacement
            )
            self._line.on_change(self._note)
            self._line.start()
        return self._line

    def did(self, body: Body | None = None, member_id: str = "m1") -> Event:
        """Let the till do something."""
        event = self.till.did(body or enrolled(), member_id)
        self.stock.outbox.append(replace(event, occurred_at=self.clock.now()))
        if self._line is not None:
            self._line.appended()
        return event

    def wait_for(self, holds: Callable[[LineView], bool]) -> LineView:
        """Wait until the line is seen to be so; return what was seen."""
        return self._seen(lambda: [self.line.line()], holds)

    def wait_until_once(self, holds: Callable[[LineView], bool]) -> LineView:
        """Wait until the line was so at any time since it began, however quickly that passed; return what it was."""
        return self._seen(lambda: self._views, holds)

    def close(self) -> None:
        """End the line, then the server."""
        if self._line is not None:
            self._line.stop()
        self.server.close()

    def _seen(self, views: Callable[[], list[LineView]], holds: Callable[[LineView], bool]) -> LineView:
        line = self.line
        with self._changed:
            seen = self._changed.wait_for(lambda: [view for view in views() if holds(view)], DEADLINE_S)
            assert seen, line.line()
        return seen[0]

    def _note(self) -> None:
        view = self.line.line()
        with self._changed:
            self._views.append(view)
            self._changed.notify_all()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pauses after failures a tenth of what they are: how long they are is another test's matter."""
    monkeypatch.setattr("sync.engine.pauses.BASE_NS", 50_000_000)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Return a shop whose line has not begun."""
    made = Shop()
    try:
        yield made
    finally:
        made.close()
