"""From the last byte of a scan on the port to the name on the screen, through the real service and the real screen."""

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path

from bench.floor_program import READY
from bench.lookup import code_of, some_members
from bench.process_load import pss_mb, rss_mb, wait_until_idle
from bench.series import MILLISECONDS, ratio_of, say, table
from bench.stores import LARGE, SMALL, folder_of
from bench.terminal import WITHIN_S, Terminal
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.members import Member
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.service.client import TillClient
from tests.crash.service_process import SHOP_NAME, ServiceProcess

ROUNDS = 5
SCANS = 40
QUIET_S = 0.08
"""Nothing is painted for so long: whatever the last customer caused is over."""


class Counter:
    """One way from a scanner to a terminal; ``client`` clears the counter between two customers, if it can be."""

    def __init__(self, scanner: VirtualScanner, terminal: Terminal, client: TillClient | None = None) -> None:
        self._scanner = scanner
        self._terminal = terminal
        self._client = client

    async def greet(self, member: Member) -> float:
        """Scan the member's card; return the seconds from the last byte to the name."""
        if self._client:
            await self._client.dismiss()
        self._terminal.settle(QUIET_S)
        _, last_ns = self._scanner.scan(code_of(member))
        return self._terminal.painted(member.name.family) - last_ns / 1e9


def run() -> None:
    """Print the time to the greeting at both sizes, and the memory afterwards."""
    asyncio.run(_run())


async def _run() -> None:
    with ExitStack() as stack:
        counters: dict[str, Counter] = {}
        customers: dict[str, list[Member]] = {}
        processes: dict[str, int] = {}
        for members in (SMALL, LARGE):
            folder = stack.enter_context(folder_of(members))
            floor, till = _floor(members), _till(members)
            customers[floor] = customers[till] = some_members(folder / "replica.db", members, ROUNDS * SCANS, "en")
            counters[floor] = _floor_counter(folder, stack)
            counters[till], service_pid, screen_pid = await _till_counter(folder, stack)
            processes |= {f"service, {members:,}": service_pid, f"screen, {members:,}": screen_pid}
        measured: dict[str, list[list[float]]] = {name: [] for name in counters}
        for number in range(ROUNDS):
            for rounds in measured.values():
                rounds.append([])
            for turn in range(number * SCANS, (number + 1) * SCANS):
                for name, counter in counters.items():
                    measured[name][number].append(await counter.greet(customers[name][turn]))
            say(f"round {number + 1} of {ROUNDS}")
        title = "last byte of the scan to the name on the screen (aim: p95 at most 30 ms)"
        table(title, measured, MILLISECONDS, {_till(members): _floor(members) for members in (SMALL, LARGE)})
        size = ratio_of(measured, _till(LARGE), _till(SMALL))
        say(f"1,000,000 members against 2,000: {size} (aim: less than 1.10)")
        say("", f"memory after {ROUNDS * SCANS} scans (aim: at most 80 MB RSS)")
        for name, pid in processes.items():
            say(f"{name:20} RSS {rss_mb(pid):5.1f} MB   PSS {pss_mb(pid):5.1f} MB")


def screen_command(socket: Path) -> list[str]:
    """Return what opens the screen."""
    return [sys.executable, "-P", "-m", "pos_loyalty", "tui", "--socket", str(socket)]


def _floor(members: int) -> str:
    return f"floor program, {members:,}"


def _till(members: int) -> str:
    return f"service and screen, {members:,}"


def _floor_counter(folder: Path, stack: ExitStack) -> Counter:
    scanner = stack.enter_context(VirtualScanner(folder.parent / "floor-scanner"))
    port, replica = str(folder.parent / "floor-scanner"), str(folder / "replica.db")
    terminal = stack.enter_context(Terminal([sys.executable, "-m", "bench.floor_program", port, replica]))
    terminal.painted(READY)
    return Counter(scanner, terminal)


async def _till_counter(folder: Path, stack: ExitStack) -> tuple[Counter, int, int]:
    link = folder.parent / "scanner"
    scanner = stack.enter_context(VirtualScanner(link))
    service = stack.enter_context(ServiceProcess(folder.parent, folder, ports=[link]))
    service.start()
    client = TillClient(service.socket)
    screen = stack.enter_context(Terminal(screen_command(service.socket)))
    screen.painted(SHOP_NAME)
    async with asyncio.timeout(WITHIN_S):
        async for view in client.watch():
            if view.readers and view.readers[0].state is ReaderState.READY:
                break
    wait_until_idle(service.pid)
    return Counter(scanner, screen, client), service.pid, screen.pid
