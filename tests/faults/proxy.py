"""A TCP proxy on the loopback that spoils what passes through it.

A connection passes everything on until a fault strikes it. Every way of failing ends by itself, so that nobody needs to
wait for a client's patience: what is silent for ``pause_s`` is reset, as by a router that has forgotten it.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import StrEnum
from random import Random
from typing import Any, NamedTuple, Self

LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 16
_RESETS = struct.pack("ii", 1, 0)
"""SO_LINGER for no time at all: closing says RST instead of FIN (socket(7))."""


class Kind(StrEnum):
    """What goes wrong."""

    PASS = "pass"  # noqa: S105 - a word for nothing, no password
    SLOW = "slow"
    """Each piece takes its time, both ways."""
    DRIP = "drip"
    """The answer comes in pieces of ``at`` bytes, for ``pause_s`` in all; then the rest."""
    CUT_REQUEST = "cut_request"
    """The request ends after ``at`` bytes, with a farewell (FIN)."""
    CUT_ANSWER = "cut_answer"
    """So does the answer: a truncated body. The hub has done what it was asked."""
    RESET_REQUEST = "reset_request"
    """The connection is reset after ``at`` bytes of the request."""
    RESET_ANSWER = "reset_answer"
    DEAF = "deaf"
    """Half-open: what the client sends is swallowed. Then a reset."""
    MUTE = "mute"
    """Half-open the other way: the hub hears everything, the client nothing. Then a reset."""
    REFUSE = "refuse"
    """Reset at once, as if nobody listened."""


class Fault(NamedTuple):
    """One kind, how far it lets go and how long it takes."""

    kind: Kind = Kind.PASS
    at: int = 0
    pause_s: float = 0.0


class Way(StrEnum):
    """In which direction bytes go."""

    REQUEST = "request"
    ANSWER = "answer"


_CUTS = {
    Kind.CUT_REQUEST: Way.REQUEST,
    Kind.RESET_REQUEST: Way.REQUEST,
    Kind.CUT_ANSWER: Way.ANSWER,
    Kind.RESET_ANSWER: Way.ANSWER,
}
_RESETTING = {Kind.RESET_REQUEST, Kind.RESET_ANSWER}
_SILENT = {Kind.DEAF: Way.REQUEST, Kind.MUTE: Way.ANSWER}


def any_fault(chance: Random, pause_max_s: float) -> Fault:
    """Return a fault of any kind but none, at any place of a small request or a large answer."""
    kind = chance.choice([kind for kind in Kind if kind is not Kind.PASS])
    return Fault(kind, at=int(2 ** chance.uniform(0, 17)), pause_s=chance.uniform(0, pause_max_s))


class FaultProxy:
    """Listens on a port of its own and connects to wherever ``upstream`` says, asked for each connection."""

    def __init__(self, upstream: Callable[[], int]) -> None:
        self.port = 0
        self.hurt: Counter[Kind] = Counter()
        """How many connections each kind has really struck."""
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._next = Fault()
        self._live: dict[asyncio.Task[None], _Connection] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, LOOPBACK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in self._live:
            task.cancel()
        await asyncio.gather(*self._live, return_exceptions=True)
        await self._server.wait_closed()

    def strike(self, fault: Fault) -> None:
        """Let every connection that is there have ``fault``, and the next one too."""
        self._next = fault
        for connection in self._live.values():
            connection.strike(fault)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        fault, self._next = self._next, Fault()
        connection = _Connection(reader, writer, self.hurt)
        self._live[task] = connection
        try:
            connection.strike(fault)
            await connection.serve(self._upstream())
        finally:
            del self._live[task]


class _Connection:
    """A client, the hub, and a fault between them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hurt: Counter[Kind]) -> None:
        self._reader, self._writer = reader, writer
        self._hurt = hurt
        self._fault = Fault()
        self._left = 0
        self._struck = asyncio.Event()

    def strike(self, fault: Fault) -> None:
        self._fault, self._left = fault, fault.at
        if fault.kind is Kind.REFUSE:
            self._struck.set()

    async def serve(self, port: int) -> None:
        """Pass on until one side is done, or the fault says so."""
        ends = [self._writer]
        try:
            if not self._struck.is_set():
                reader, writer = await asyncio.open_connection(LOOPBACK, port)
                ends.append(writer)
                await self._first_of(
                    self._relay(Way.REQUEST, self._reader, writer),
                    self._relay(Way.ANSWER, reader, self._writer),
                    self._struck.wait(),
                )
        except OSError:
            pass
        finally:
            if self._fault.kind is Kind.REFUSE:
                self._hurt[Kind.REFUSE] += 1
            resets = self._fault.kind in {*_RESETTING, *_SILENT, Kind.REFUSE}
            for end in ends:
                _end(end, resets=resets)

    async def _first_of(self, *coroutines: Coroutine[Any, Any, object]) -> None:
        tasks = [asyncio.create_task(each) for each in coroutines]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, way: Way, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(_CHUNK):
            kind = self._fault.kind
            if _CUTS.get(kind) is way and self._left <= len(data):
                self._hurt[kind] += 1
                target.write(data[: self._left])
                await target.drain()
                return
            if _SILENT.get(kind) is way:
                self._hurt[kind] += 1
                await asyncio.sleep(self._fault.pause_s)
                return
            self._left -= len(data) if _CUTS.get(kind) is way else 0
            await self._pass_on(way, data, target)

    async def _pass_on(self, way: Way, data: bytes, target: asyncio.StreamWriter) -> None:
        kind, at, pause_s = self._fault
        if kind is Kind.SLOW:
            self._hurt[kind] += 1
            await asyncio.sleep(pause_s)
        elif kind is Kind.DRIP and way is Way.ANSWER:
            self._hurt[kind] += 1
            data = await _drip(data, at, pause_s, target)
        target.write(data)
        await target.drain()


_DROPS = 20


async def _drip(data: bytes, size: int, pause_s: float, target: asyncio.StreamWriter) -> bytes:
    """Write up to ``_DROPS`` pieces of ``size`` bytes over ``pause_s``; return the rest."""
    for _ in range(_DROPS):
        if len(data) <= size:
            break
        target.write(data[:size])
        data = data[size:]
        await asyncio.sleep(pause_s / _DROPS)
    return data


def _end(writer: asyncio.StreamWriter, *, resets: bool) -> None:
    if resets:
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        writer.transport.abort()
    else:
        writer.close()
