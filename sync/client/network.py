"""The thread that talks to the hub, with an event loop of its own: nothing there can keep the till waiting."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, Literal, TypeVar

from pos_loyalty.errors import whence

_STOP_S: Final = 5.0
"""Connections are cut at once; only a write that is under way is waited for, and a disk takes no longer."""

_T = TypeVar("_T")
_V4 = tuple[Literal[socket.AddressFamily.AF_INET], socket.SocketKind, int, str, tuple[str, int]]
_V6 = tuple[
    Literal[socket.AddressFamily.AF_INET6], socket.SocketKind, int, str, tuple[str, int, int, int] | tuple[int, bytes]
]
_Addresses = list[_V4 | _V6]
_log = logging.getLogger(__name__)


class Network:
    """A thread with an event loop, from :meth:`start` to :meth:`stop`."""

    def __init__(self) -> None:
        self._loop = _Loop()
        self._thread: threading.Thread | None = None
        self._main: asyncio.Task[None] | None = None

    def start(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``main`` in the thread, and return at once. It is cancelled by :meth:`stop`."""
        # A daemon: whatever becomes of it, the process ends when its work is done.
        self._thread = threading.Thread(target=self._run, args=(main,), name="hub-line", daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Have ``function`` called in the thread, soon; after the end nothing is."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def ask(self, question: Callable[[], Coroutine[Any, Any, _T]]) -> "Future[_T] | None":
        """Run a coroutine in the thread; None if it has ended."""
        thread = self._thread
        if thread is None or not thread.is_alive() or self._loop.is_closed():
            return None
        answer = question()
        try:
            return asyncio.run_coroutine_threadsafe(answer, self._loop)
        except RuntimeError:
            answer.close()
            return None

    def stop(self) -> None:
        """Cut all connections and wait for the end."""
        if self._thread is None:
            self._loop.close()
            return
        self.call(self._cancel)
        self._thread.join(_STOP_S)

    def _cancel(self) -> None:
        if self._main is not None:
            self._main.cancel()

    def _run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._main = self._loop.create_task(main())
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._main)
        except Exception as error:  # noqa: BLE001 - the one broad net of the thread: the till sells on without a line
            _log.error("the line to the hub ended: %s", whence(error))
        finally:
            self._end()

    def _end(self) -> None:
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        if rest:
            self._loop.run_until_complete(asyncio.wait(rest))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class _Loop(asyncio.SelectorEventLoop):
    """A loop that looks up names in threads that nobody waits for.

    A name server that does not answer holds ``getaddrinfo`` for half a minute, and the pool that asyncio asks it in
    is waited for when the process ends.
    """

    async def getaddrinfo(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the name is asyncio's
        proto: int = 0,
        flags: int = 0,
    ) -> _Addresses:
        """Return what :func:`socket.getaddrinfo` finds."""
        found: asyncio.Future[_Addresses] = self.create_future()

        def tell(outcome: _Addresses | OSError) -> None:
            if found.done():
                return
            if isinstance(outcome, OSError):
                found.set_exception(outcome)
            else:
                found.set_result(outcome)

        def look_up() -> None:
            outcome: _Addresses | OSError
            try:
                outcome = socket.getaddrinfo(host, port, family, type, proto, flags)
            except OSError as error:
                outcome = error
            with suppress(RuntimeError):
                self.call_soon_threadsafe(tell, outcome)

        threading.Thread(target=look_up, name="name-lookup", daemon=True).start()
        return await found
