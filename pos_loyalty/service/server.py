"""The Unix socket in front of the API: mode 0600, and only known users behind it."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from pos_loyalty.errors import ConfigError, ServiceAlreadyRunning

_GRACE_S = 2
"""How long a screen may take to hang up when the service ends."""
IDLE_S = 60
"""How long a connection is kept without a request. Longer than clients keep one (httpx: 5 s): who closes first must be
the client, or a scan is sent into a connection that is just going."""
_PEER = struct.Struct("3i")
_FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%b"
)

_log = logging.getLogger(__name__)


async def serve(
    app: Starlette,
    path: Path,
    *,
    allowed_uids: frozenset[int],
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve ``app`` on a Unix socket at ``path`` until ``stop`` is set.

    ``ready`` is called once connections are taken. The caller must already hold the store's lock, so a socket file
    that nobody listens on is left over from a crash and is replaced.

    Raises:
        ServiceAlreadyRunning: somebody answers on the socket.
        ConfigError: the socket cannot be made there.
    """
    with listening(path) as listener:
        await _run(app, listener, allowed_uids, ready, stop)


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """Hold a listening Unix socket at ``path`` that only its owner can open, and remove it afterwards.

    Raises:
        ServiceAlreadyRunning: somebody answers on it.
        ConfigError: it cannot be made there.
    """
    if _answers(path):
        raise ServiceAlreadyRunning(
            f"a till service already answers at {path}: stop it first, or give this one another socket"
        )
    # Anything but a socket was named by mistake, and may be a store: bind refuses it.
    if path.is_socket():
        path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    with listener:
        # Linux makes the file with the mode of the socket, so it is in force from the first moment: between bind and
        # chmod anybody could connect. The mask of the process is not ours: other threads make files at this moment.
        os.fchmod(listener.fileno(), 0o600)
        try:
            listener.bind(str(path))
        except OSError as error:
            raise ConfigError(f"no socket can be made at {path} ({error.strerror}): name another path") from error
        listener.listen()
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


async def _run(
    app: Starlette,
    listener: socket.socket,
    allowed_uids: frozenset[int],
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    config = uvicorn.Config(
        app,
        http=_guarded(allowed_uids),
        ws="none",
        lifespan="off",
        loop="asyncio",
        # Access lines would hold codes and names; requests on a local socket need no address.
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, ready)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready and leaves signals to the composition root."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _guarded(allowed_uids: frozenset[int]) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with a look at who connects (SO_PEERCRED, unix(7))."""

    class Guarded(H11Protocol):
        def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as declared by uvicorn
            peer = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
            _, uid, _ = _PEER.unpack(peer)
            if uid in allowed_uids:
                super().connection_made(transport)
                return
            _log.warning("refused a connection of user %d, who does not run this service", uid)
            self._refuse(transport, uid)

        def data_received(self, data: bytes) -> None:
            if self.transport is not None:
                super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.transport is not None:
                super().connection_lost(exc)

        def eof_received(self) -> None:
            if self.transport is not None:
                super().eof_received()

        def _refuse(self, transport: Any, uid: int) -> None:  # noqa: ANN401 - as above
            body = (
                b'{"type":"urn:pos-loyalty:problem:not-allowed","title":"Not allowed","status":403,"detail":'
                b'"user %d may not use this till: run the program as the user of the till service"}' % uid
            )
            transport.write(_FORBIDDEN % (len(body), body))
            transport.close()

    return Guarded
