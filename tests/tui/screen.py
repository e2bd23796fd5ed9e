"""A running screen before a running till, and waiting for what it shows without sleeping."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widget import Widget

from tests.support.small_shop import NOW
from tui.app import TillApp
from tui.widgets.entry import Entry
from tui.widgets.key_bar import KeyBar
from tui.widgets.pane import Pane

DEADLINE_S = 30.0


class Screen:
    """The application under a pilot, and words for what a cashier sees and does."""

    def __init__(self, app: TillApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    def texts(self, selector: str = "Pane") -> str:
        """Return the logical text of the panes that can be seen, each row on a line."""
        panes = (pane for pane in self.app.screen.query(selector).results(Pane) if is_seen(pane))
        return "\n".join(f"{row.text} | {row.end}" if row.end else row.text for pane in panes for row in pane.rows)

    def drawn(self, selector: str) -> str:
        """Return the cells of a pane from left to right, as they reach the terminal."""
        pane = self.app.screen.query_one(selector, Pane)
        return "\n".join(pane.render_line(y).text for y in range(pane.size.height))

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self.app.screen.query_one(Entry).text

    @property
    def keys(self) -> set[str]:
        """The keys that the bar offers now."""
        return {slot.key for slot in self.app.screen.query_one(KeyBar).slots if slot.label}

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until ``holds``; fail with what was on the screen after ``DEADLINE_S``."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not holds():
                    await self.pilot.pause()
        except TimeoutError:
            raise AssertionError(f"never came: {what}\n{self.texts()}") from None

    async def shows(self, text: str, selector: str = "Pane") -> None:
        """Wait until ``text`` can be read."""
        await self.until(lambda: text in self.texts(selector), text)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text and Enter."""
        await self.press(*text, "enter")


def is_seen(widget: Widget) -> bool:
    """Whether neither the widget nor anything around it is hidden."""
    return all(getattr(one, "display", True) for one in widget.ancestors_with_self)


@asynccontextmanager
async def on_screen(
    socket: Path,
    *,
    language: str | None = None,
    size: tuple[int, int] = (80, 24),
    wedge: bool = False,
    now: Callable[[], datetime] = lambda: NOW,
) -> AsyncIterator[Screen]:
    """Run the screen of the till behind ``socket``. A pilot types like a reader, so ``wedge`` is only for its tests."""
    app = TillApp(socket, language=language, bidi="app", bell=False, wedge=wedge, now=now)
    async with app.run_test(size=size) as pilot:
        yield Screen(app, pilot)
