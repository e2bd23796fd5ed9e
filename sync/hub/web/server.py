"""Uvicorn around the application: sockets that are open already, signals left to whoever runs it."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import uvicorn
from starlette.applications import Starlette

GRACE_S: Final = 10
"""How long requests may take that are under way when the hub ends. Those that wait for news are answered at once."""
IDLE_S: Final = 60
"""Longer than clients keep a connection: who closes first must be the client."""
_BACKLOG: Final = 2_048


class Tls(NamedTuple):
    """Certificate chain and key, in PEM."""

    certificate: Path
    key: Path


async def serve(
    app: Starlette,
    *listeners: socket.socket,
    ready: Callable[[], None],
    stop: asyncio.Event,
    tls: Tls | None = None,
) -> None:
    """Serve ``app`` on bound sockets until ``stop`` is set; ``ready`` is called once connections are taken.

    A proxy on this machine is believed who asked (``X-Forwarded-For``), and nobody else.
    """
    over_network = [each for each in listeners if each.family != socket.AF_UNIX]
    for listener in over_network:
        # asyncio sets it for sockets that say TCP, which those of socket.create_server do not. Without it head and body
        # of an answer go 40 ms apart: the second packet waits for the delayed acknowledgement of the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="on",
        loop="asyncio",
        # Ours says what became of a request, and nothing of its query.
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=True,
        # Whoever may open the socket file is on this machine, though it has no address; "*" is whoever asks over a
        # network as well.
        forwarded_allow_ips="127.0.0.1,::1" if over_network else "*",
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    server = _Server(config, ready)
    serving = asyncio.ensure_future(server.serve(sockets=list(listeners)))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    app.state.bell.close()
    server.should_exit = True
    stopping.cancel()
    await serving


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready and takes no signals."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await self._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
