"""When a paint has gone out."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
from textual import on

from tui.painting import AWAITED_NS, Painted, PaintingApp, _Wire


@pytest.fixture
def wire() -> Iterator[_Wire]:
    """A wire into a pipe."""
    end, start = os.pipe()
    with os.fdopen(start, "w") as file, os.fdopen(end):
        yield _Wire(file)


def test_the_time_is_that_of_the_flush_behind_the_last_text(wire: _Wire) -> None:
    """Not that at which the text was handed over, and not that of an earlier flush."""
    told: list[int] = []
    wire.when_out(2, told.append)
    wire.write("first")
    wire.flush()
    assert told == []
    wire.write("second")
    between = time.monotonic_ns()
    wire.flush()
    assert [between <= at_ns <= time.monotonic_ns() for at_ns in told] == [True]


def test_who_asks_late_is_told_when_it_was(wire: _Wire) -> None:
    """The writing thread may be faster than whoever hands over."""
    told: list[int] = []
    wire.write("text")
    wire.flush()
    after = time.monotonic_ns()
    wire.when_out(1, told.append)
    assert [at_ns <= after for at_ns in told] == [True]


class _Heard(PaintingApp):
    """Remembers what was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int] = []

    @on(Painted)
    def _hear(self, event: Painted) -> None:
        assert event.painted_ns <= time.monotonic_ns()
        self.heard.append(event.last_byte_ns)


async def test_only_the_paint_that_was_announced_is_timed() -> None:
    """And no paint that comes so late that something else has caused it."""
    app = _Heard()
    async with app.run_test() as pilot, asyncio.timeout(30):
        app.announce(7)
        app.screen.refresh()
        while not app.heard:
            await pilot.pause()
        app._announced = (8, time.monotonic_ns() - AWAITED_NS, 0)
        app.screen.refresh()
        while app._announced:
            await pilot.pause()
        app.announce(9)
        app.screen.refresh()
        while app.heard[-1] != 9:
            await pilot.pause()
    assert app.heard == [7, 9]
