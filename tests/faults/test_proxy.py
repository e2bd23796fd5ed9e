"""The proxy itself, between a client and an echo that counts what it hears."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from tests.faults.proxy import LOOPBACK, Fault, FaultProxy, Kind, any_fault

DEADLINE_S = 30.0
HELLO = b"hello, hub. " * 100


class Echo:
    """Says back what it hears, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while data := await reader.read(1 << 16):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    """Run an echo on a free port."""
    echo = Echo()
    server = await asyncio.start_server(echo.serve, LOOPBACK)
    echo.port = server.sockets[0].getsockname()[1]
    async with server:
        yield echo


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[FaultProxy]:
    """Run a proxy before the echo."""
    async with FaultProxy(lambda: echo.port) as proxy:
        yield proxy


async def said(proxy: FaultProxy, data: bytes = HELLO) -> bytes:
    """Send ``data``; return what came back until there was as much, or the connection ended."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        try:
            writer.write(data)
            return await reader.readexactly(len(data))
        except asyncio.IncompleteReadError as error:
            return error.partial
        finally:
            writer.close()


async def test_what_is_not_struck_passes_whole(proxy: FaultProxy) -> None:
    """Request and answer come through, byte for byte, and nothing is counted as hurt."""
    assert await said(proxy) == HELLO
    assert not proxy.hurt


@pytest.mark.parametrize("kind", [Kind.SLOW, Kind.DRIP])
async def test_what_is_slow_comes_whole(proxy: FaultProxy, kind: Kind) -> None:
    """Latency and drip change no byte, and take the time they were given."""
    proxy.strike(Fault(kind, at=7, pause_s=0.05))
    began = asyncio.get_running_loop().time()
    assert await said(proxy) == HELLO
    assert asyncio.get_running_loop().time() - began >= 0.05
    assert proxy.hurt[kind] >= 1


async def test_a_cut_request_arrives_in_part(proxy: FaultProxy, echo: Echo) -> None:
    """The hub hears exactly so many bytes and then the end."""
    proxy.strike(Fault(Kind.CUT_REQUEST, at=100))
    await said(proxy)
    assert echo.heard == HELLO[:100]


async def test_a_cut_answer_is_truncated_though_the_hub_heard_all(proxy: FaultProxy, echo: Echo) -> None:
    """The client has so many bytes and a farewell; what it asked was done."""
    proxy.strike(Fault(Kind.CUT_ANSWER, at=100))
    assert await said(proxy) == HELLO[:100]
    assert echo.heard == HELLO


@pytest.mark.parametrize("kind", [Kind.RESET_REQUEST, Kind.RESET_ANSWER, Kind.DEAF, Kind.MUTE, Kind.REFUSE])
async def test_a_reset_is_no_farewell(proxy: FaultProxy, kind: Kind) -> None:
    """The client is told by RST, and its next connection is a good one."""
    proxy.strike(Fault(kind, at=10, pause_s=0.01))
    with pytest.raises(ConnectionError):
        await said(proxy)
    assert proxy.hurt == {kind: 1}
    assert await said(proxy) == HELLO


async def test_deaf_and_mute_are_half_open_in_their_own_direction(proxy: FaultProxy, echo: Echo) -> None:
    """Of a deaf connection the hub hears nothing; of a mute one, everything."""
    for kind, heard in ((Kind.DEAF, b""), (Kind.MUTE, HELLO)):
        proxy.strike(Fault(kind, pause_s=0.05))
        with pytest.raises(ConnectionError):
            await said(proxy)
        assert echo.heard == heard


async def test_a_fault_strikes_a_connection_that_is_under_way(proxy: FaultProxy) -> None:
    """What a kept-alive connection carried before is good, what it carries next is not."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        writer.write(HELLO)
        assert await reader.readexactly(len(HELLO)) == HELLO
        proxy.strike(Fault(Kind.CUT_ANSWER, at=5))
        writer.write(HELLO)
        assert await reader.read() == HELLO[:5]
        writer.close()


async def test_a_hub_that_is_not_there_ends_the_connection(echo: Echo) -> None:
    """A client of a proxy before a dead port hears the end at once."""
    unused = await asyncio.start_server(echo.serve, LOOPBACK)
    port = unused.sockets[0].getsockname()[1]
    unused.close()
    await unused.wait_closed()
    async with FaultProxy(lambda: port) as proxy:
        assert await said(proxy) == b""


def test_the_same_seed_gives_the_same_faults() -> None:
    """And all kinds come."""
    first, second = (_faults(seed=7) for _ in range(2))
    assert first == second
    assert {fault.kind for fault in first} == set(Kind) - {Kind.PASS}


def _faults(seed: int) -> list[Fault]:
    chance = Random(seed)  # noqa: S311 - chances that can be taken again, nothing secret
    return [any_fault(chance, 0.5) for _ in range(300)]
