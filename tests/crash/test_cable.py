"""The whole service on a real port: pulling the scanner's cable and putting it back needs nobody's help."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.sample.shop import sample_shop
from pos_loyalty.sample.stars import AHMAD, REZA
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import TillView
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.service_process import ServiceProcess

WITHIN_S = 60.0
"""A reader looks again after at most five seconds; a loaded machine takes its time for the rest."""


async def test_the_service_survives_a_pulled_cable(tmp_path: Path) -> None:
    """The screen is told that the reader is away, and after replugging the next card is greeted; one process."""
    with closing(SqliteStore(tmp_path / "store", clock=SystemClock(), ids=RandomIds())) as store:
        store.load(sample_shop(10, today=date(2026, 11, 21)))
    link = tmp_path / "scanner"
    with VirtualScanner(link) as scanner, ServiceProcess(tmp_path, tmp_path / "store", ports=[link]) as service:
        service.start()
        async with TillClient(service.socket) as client, asyncio.timeout(WITHIN_S):
            await _view_when(client, lambda view: _state(view) is ReaderState.READY)
            scanner.scan(REZA.code)
            await _view_when(client, lambda view: _who(view) == REZA.member_id)
            scanner.send(AHMAD.code[:3].encode())
            scanner.unplug()
            await _view_when(client, lambda view: _state(view) is ReaderState.ABSENT)
            scanner.replug()
            await _view_when(client, lambda view: _state(view) is ReaderState.READY)
            scanner.scan(AHMAD.code)
            await _view_when(client, lambda view: _who(view) == AHMAD.member_id)
        assert service.terminate() == 0


async def _view_when(client: TillClient, holds: Callable[[TillView], bool]) -> None:
    async for view in client.watch():
        if holds(view):
            return


def _state(view: TillView) -> ReaderState | None:
    return view.readers[0].state if view.readers else None


def _who(view: TillView) -> str | None:
    return view.member.member_id if view.member else None
