"""From the last byte of a scan on the port to the name on the screen, through the real service and the real screen."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from bench.floor_program import READY
from bench.lookup import code_of, some_members
from bench.process_load import pss_mb, rss_mb, wait_until_idle
from bench.series import MILLISECONDS, Rounds, ratio_of, say, table
from bench.stores import LARGE, SMALL, folder_of
from bench.terminal import WITHIN_S, Terminal
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.members import Member
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.ports import LineView
from pos_loyalty.service.client import TillClient
from tests.support.service_process import SHOP_NAME, ServiceProcess

FLOOR, SERVICE, SCREEN = "floor program", "service, to a client", "service and screen"
ROUNDS = 5
SCANS = 40
QUIET_S = 0.08
"""Nothing is painted for so long: whatever the last customer caused is over."""


Greeting = Callable[[Member], Awaitable[float]]
"""Scans a member's card; returns the seconds from the last byte to where it looks."""


class Floor:
    """The program that does no more than it must."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        link = folder.parent / "floor-scanner"
        self._scanner = stack.enter_context(VirtualScanner(link))
        command = [sys.executable, "-m", "bench.floor_program", str(link), str(folder / "replica.db")]
        self._terminal = stack.enter_context(Terminal(command))
        self._terminal.painted(READY)

    async def name_painted(self, member: Member) -> float:
        """Look at its terminal."""
        self._terminal.settle(QUIET_S)
        _, last_ns = self._scanner.scan(code_of(member))
        return self._terminal.painted(member.name.family) - last_ns / 1e9


class Till:
    """The real service and the real screen; with ``hub``, the address of one, it syncs."""

    def __init__(self, folder: Path, stack: ExitStack, hub: str = "") -> None:
        link = folder.parent / "scanner"
        self._scanner = stack.enter_context(VirtualScanner(link))
        self.service = stack.enter_context(ServiceProcess(folder.parent, folder, ports=[link], hub=hub))
        self.service.start()
        self.screen = stack.enter_context(Terminal(screen_command(self.service.socket)))
        self.screen.painted(SHOP_NAME)
        self._client = TillClient(self.service.socket)
        views = self._client.watch()
        assert isinstance(views, AsyncGenerator)
        self._views = views

    async def ready(self) -> None:
        """Wait for the reader, and for the end of the check of the replica that follows every start."""
        async with asyncio.timeout(WITHIN_S):
            async for view in self._views:
                if view.readers and view.readers[0].state is ReaderState.READY:
                    break
        wait_until_idle(self.service.pid)

    async def name_painted(self, member: Member) -> float:
        """Look at the terminal of the screen."""
        last_s = await self._scan(member)
        return self.screen.painted(member.name.family) - last_s

    async def view_sent(self, member: Member) -> float:
        """Look at the stream of views, as the screen does: the share of the service."""
        last_s = await self._scan(member)
        async for view in self._views:
            if view.member and view.scan and view.scan.last_byte_ns >= last_s * 1e9:
                break
        return time.monotonic() - last_s

    async def line(self) -> LineView:
        """Return how the line to the hub is."""
        return (await self._client.till()).line

    async def hang_up(self) -> None:
        """Close the connections."""
        await self._views.aclose()
        await self._client.close()

    async def _scan(self, member: Member) -> float:
        await self._client.dismiss()
        self.screen.settle(QUIET_S)
        _, last_ns = self._scanner.scan(code_of(member))
        return last_ns / 1e9


def run() -> None:
    """Print the time to the greeting at both sizes, and the memory afterwards."""
    asyncio.run(_run())


async def _run() -> None:
    sizes = (SMALL, LARGE)
    with ExitStack() as stack:
        greetings: dict[str, Greeting] = {}
        tills: dict[int, Till] = {}
        customers: dict[str, list[Member]] = {}
        for members in sizes:
            folder = stack.enter_context(folder_of(members))
            floor, till = Floor(folder, stack), Till(folder, stack)
            await till.ready()
            ways = {FLOOR: floor.name_painted, SERVICE: till.view_sent, SCREEN: till.name_painted}
            greetings |= {f"{name}, {members:,}": way for name, way in ways.items()}
            found = some_members(folder / "replica.db", members, ROUNDS * SCANS, "en")
            customers |= {f"{name}, {members:,}": found for name in ways}
            tills[members] = till
        measured: dict[str, list[list[float]]] = {name: [] for name in greetings}
        for number in range(ROUNDS):
            for rounds in measured.values():
                rounds.append([])
            for turn in range(number * SCANS, (number + 1) * SCANS):
                for name, greet in greetings.items():
                    measured[name][number].append(await greet(customers[name][turn]))
            say(f"round {number + 1} of {ROUNDS}")
        _print(measured)
        say("", f"memory after {2 * ROUNDS * SCANS} scans (aim: at most 80 MB RSS)")
        for members, till in tills.items():
            for name, pid in {"service": till.service.pid, "screen": till.screen.pid}.items():
                say(f"{f'{name}, {members:,} members':30} RSS {rss_mb(pid):5.1f} MB   PSS {pss_mb(pid):5.1f} MB")
            await till.hang_up()


def _print(measured: Rounds) -> None:
    floors = {f"{SCREEN}, {members:,}": f"{FLOOR}, {members:,}" for members in (SMALL, LARGE)}
    table("last byte of the scan to the name on the screen (aim: p95 at most 30 ms)", measured, MILLISECONDS, floors)
    size = ratio_of(measured, f"{SCREEN}, {LARGE:,}", f"{SCREEN}, {SMALL:,}")
    say(f"1,000,000 members against 2,000: {size} (aim: less than 1.10)")


def screen_command(socket: Path) -> list[str]:
    """Return what opens the screen."""
    return [sys.executable, "-P", "-m", "pos_loyalty", "tui", "--socket", str(socket)]
