"""What ``pos-loyalty doctor --latency`` measures: how long a scan takes from its first byte to the screen."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from drivers.settings import ReaderSettings
from pos_loyalty.cli.exits import Exit
from pos_loyalty.config import find, load
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.wire import Latency, ScanTimes

AIM_P95_MS: Final = 30
"""From the last byte to the name on the screen. A screen paints at most every 16.7 ms."""
_NS_PER_MS: Final = 1_000_000
_CODES: Final = {"EAN-13 and CR": 14, "the same with its AIM identifier": 17, "a link and CR": 46}
"""Bytes of usual readings."""
_STOPPED: Final = "no screen has told when it painted: open one with 'pos-loyalty tui' and scan again"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One scan."""

    reader: str
    wire_ms: float
    """From the first byte to the last: what line and reader take, whatever the till does."""
    told_ms: float
    """From the last byte until the till service had told its clients, this command among them."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed as JSON."""

    scans: tuple[Measured, ...]
    painted: Latency | None
    """From the last byte to the screen, over the last hundred scans of the service; null if no screen has told."""
    aim_p95_ms: int = AIM_P95_MS


def measure(config_path: Path | None, count: int, *, as_json: bool) -> Exit:
    """Ask for scans at the till, and say what they took; return how the program ends.

    Raises:
        ConfigError: there is no configuration, or it is wrong.
        ServiceUnreachable: the till service does not answer.
    """
    config = load(find(config_path))
    click.echo(f"scan {count} codes at the till, with its screen open; Ctrl-C ends sooner", err=True)
    report = asyncio.run(_measured(Path(config.service.socket), count))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        click.echo("\n".join(_text(report, config.reader)))
    is_well = report.painted is not None and report.painted.p95_ms <= AIM_P95_MS
    return Exit.OK if is_well else Exit.REFUSED


async def _measured(socket: Path, count: int) -> Report:
    scans: list[Measured] = []
    async with TillClient(socket) as client:
        try:
            await _collect(client, count, scans)
        except asyncio.CancelledError:
            # Ctrl-C: what was measured counts.
            task = asyncio.current_task()
            if task:
                task.uncancel()
        health = await client.health()
    return Report(scans=tuple(scans), painted=health.latency)


async def _collect(client: TillClient, count: int, scans: list[Measured]) -> None:
    last: ScanTimes | None = None
    is_first = True
    async for view in client.watch():
        now_ns = time.monotonic_ns()
        if view.scan and view.scan != last and not is_first:
            scans.append(_scan(view.scan, now_ns))
            one = scans[-1]
            click.echo(f"{one.reader}: {one.wire_ms} ms on the wire, told after {one.told_ms} ms", err=True)
        last, is_first = view.scan, False
        if len(scans) >= count:
            return


def _scan(times: ScanTimes, now_ns: int) -> Measured:
    return Measured(
        reader=times.reader_id,
        wire_ms=round((times.last_byte_ns - times.first_byte_ns) / _NS_PER_MS, 1),
        told_ms=round((now_ns - times.last_byte_ns) / _NS_PER_MS, 1),
    )


def _text(report: Report, readers: Sequence[ReaderSettings]) -> Iterator[str]:
    painted = report.painted
    if painted is None:
        yield _STOPPED
    else:
        yield f"last byte to screen, {painted.count} scans: half within {painted.p50_ms} ms, 95 of 100 within"
        yield f"{painted.p95_ms} ms, the longest {painted.max_ms} ms. The aim is {AIM_P95_MS} ms for 95 of 100."
    yield ""
    yield "Before the last byte the line takes its time, by its speed:"
    for reader in readers:
        if reader.kind in {"serial", "rfid", "nfc"} and not reader.is_network:
            bits = 1 + reader.bytesize + (reader.parity != "N") + reader.stopbits
            times = (f"{what} {1000 * bits * count / reader.baud:.1f} ms" for what, count in _CODES.items())
            yield f"  {reader.name} ({reader.baud} baud): {', '.join(times)}"
        if reader.framing == "idle":
            yield f"  {reader.name}: and {reader.idle_gap_ms} ms of silence, since it is framed by idle"
    yield "  HID POS and USB-CDC 1 to 10 ms; a keyboard reader up to 20 ms for each character."
    yield "Behind it come the till service (about 1 ms) and the screen, which paints up to 60 times a second (17 ms)."
