"""Thousands of readings, good and bad, through a real port into a real service: nothing grows but the journal."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import cycle
from pathlib import Path

import pytest

from bench.process_load import rss_mb
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.sample import sample_shop
from pos_loyalty.sample.stars import AMBIGUOUS_CODE, EMILY, REZA
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Health
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.service_process import ServiceProcess

FAST_BAUD = 1_000_000
WARM_SHARE = 4
"""A quarter of the readings fill caches and pools; what they took is where the measuring begins."""
GROWTH_MB_MAX = {200: 8.0, 0: 2.0}
"""Of the resident set over the other three quarters, by the members of the shop. A leak of one kilobyte a reading
would be 7.5 MB of 10,000. Greetings are visits, and the pages of a journal that no hub takes over stay in its cache."""
READINGS = (
    f"{REZA.code}\r".encode(),
    f"]E0{EMILY.barcode}\r".encode(),
    f"{AMBIGUOUS_CODE}\r".encode(),
    b"PL-404\r",
    b"]E04006381333931\r",
    b"]C18018952012345678900007\r",
    b"]Q1https://id.gs1.org/8018/952012345678900007\r",
    b"6037997111111119\r",
    b";00000123=9901?\r",
    b"\xff\xfe\x80\r",
    b"plain words that mean nothing\r",
    b"09123456789\r",
)


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[VirtualScanner]:
    """Give a fast scanner behind ``tmp_path/scanner``."""
    with VirtualScanner(tmp_path / "scanner", baud=FAST_BAUD) as plugged:
        yield plugged


@pytest.mark.parametrize("members", GROWTH_MB_MAX)
async def test_ten_thousand_readings_leave_no_trace(
    tmp_path: Path, scanner: VirtualScanner, pytestconfig: pytest.Config, members: int
) -> None:
    """Memory and descriptors of the service are after a long day what they were in the morning."""
    number = int(pytestconfig.option.soak_scans)
    _fill(tmp_path / "store", members)
    with ServiceProcess(tmp_path, tmp_path / "store", ports=[tmp_path / "scanner"]) as service:
        service.start()
        async with TillClient(service.socket) as client:
            await _ready(client)
            reading = cycle(READINGS)
            done = await _scan(client, scanner, reading, number // WARM_SHARE, 0)
            descriptors, memory_mb = _descriptors(service.pid), rss_mb(service.pid)
            await _scan(client, scanner, reading, number - done, done)
            assert _descriptors(service.pid) == descriptors
            growth_mb = rss_mb(service.pid) - memory_mb
            print(f"{number} readings, {members} members: {growth_mb:.1f} MB more than after {done}")  # noqa: T201 - shown by -rP
            assert growth_mb < GROWTH_MB_MAX[members]


def _fill(folder: Path, members: int) -> None:
    with closing(SqliteStore(folder, clock=SystemClock(), ids=RandomIds())) as store:
        store.load(sample_shop(members, today=date(2026, 11, 22)))


async def _scan(client: TillClient, scanner: VirtualScanner, reading: Iterator[bytes], number: int, before: int) -> int:
    """Scan ``number`` codes, and wait until the service has counted all of them."""
    for _ in range(number):
        scanner.send(next(reading))
    while await _counted(client) < before + number:
        scanner.tend()
    return number


async def _ready(client: TillClient) -> None:
    async for view in client.watch():
        if view.readers and view.readers[0].state is ReaderState.READY:
            return


async def _counted(client: TillClient) -> int:
    health = await client.health()
    assert isinstance(health, Health)
    (counter,) = health.readers
    return counter.scans + counter.refused


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
