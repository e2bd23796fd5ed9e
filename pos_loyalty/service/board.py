"""The one thing every screen shows, and who is looking at it."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from pos_loyalty.core.session import Stage
from pos_loyalty.service.wire import TillView

KEEP_ALIVE_S = 15.0
_encoder = msgspec.json.Encoder()


class Board:
    """Holds the newest view. A slow screen misses the ones between: each is whole, so nothing is lost by it."""

    def __init__(self) -> None:
        self._view = TillView(revision=0, stage=Stage.IDLE)
        self._message: bytes | None = None
        self._watchers: set[asyncio.Event] = set()
        self._open = True

    @property
    def view(self) -> TillView:
        """The newest view."""
        return self._view

    def show(self, view: TillView) -> None:
        """Make ``view`` the newest and wake everybody who looks."""
        self._view = view
        # Written when the first watcher wants it, which is while a sale is on its way to the disk.
        self._message = None
        for watcher in self._watchers:
            watcher.set()

    async def watch(self) -> AsyncIterator[bytes]:
        """Yield the newest view as a server-sent event, now and after every change, until :meth:`close`."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            while self._open:
                changed.clear()
                yield self._written()
                while not await _within(KEEP_ALIVE_S, changed):
                    yield b": still here\n\n"
        finally:
            self._watchers.discard(changed)

    def _written(self) -> bytes:
        """Return the newest view as a server-sent event (WHATWG HTML §9.2)."""
        if self._message is None:
            # msgspec writes JSON on one line, as `data:` needs it.
            self._message = b"id: %d\ndata: %b\n\n" % (self._view.revision, _encoder.encode(self._view))
        return self._message

    def close(self) -> None:
        """End every watcher."""
        self._open = False
        for watcher in self._watchers:
            watcher.set()


async def _within(seconds: float, changed: asyncio.Event) -> bool:
    """Whether ``changed`` is set before ``seconds`` are over."""
    try:
        async with asyncio.timeout(seconds):
            return await changed.wait()
    except TimeoutError:
        return False
