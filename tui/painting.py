"""When what the till shows had gone out to the terminal: there the time ends that a scan takes.

Textual draws into a queue, and a thread of its own writes that to the terminal. A slow line delays the thread, not the
queue, so the time is taken where the thread has handed over the last byte.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper
from threading import Lock
from typing import cast

from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.rtl import WritingApp

AWAITED_NS = 1_000_000_000
"""What is painted later than this after it was announced was caused by something else."""


class Painted(Message):
    """What a scan caused is on the terminal; both times are nanoseconds of the monotonic clock."""

    def __init__(self, last_byte_ns: int, painted_ns: int) -> None:
        super().__init__()
        self.last_byte_ns = last_byte_ns
        self.painted_ns = painted_ns


class _Wire:
    """The file behind the writing thread, which flushes it whenever the queue is empty."""

    def __init__(self, file: TextIOWrapper) -> None:
        self._file = file
        self._turn = Lock()
        self._awaited: deque[tuple[int, Callable[[int], object]]] = deque()
        self._written = self._out = self._out_ns = 0

    def write(self, text: str) -> int:
        self._written += 1
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()
        with self._turn:
            self._out, self._out_ns = self._written, time.monotonic_ns()
            self._tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def when_out(self, number: int, done: Callable[[int], object]) -> None:
        """Call ``done`` with the time, in any thread, when so many texts have gone out; perhaps now."""
        with self._turn:
            self._awaited.append((number, done))
            self._tell()

    def _tell(self) -> None:
        while self._awaited and self._awaited[0][0] <= self._out:
            self._awaited.popleft()[1](self._out_ns)


class TimedDriver(LinuxDriver):
    """The terminal, which can say when something has gone out to it."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._wire = _Wire(cast("TextIOWrapper", self._file))
        self._file = cast("TextIOWrapper", self._wire)
        self.handed = 0
        """How many texts were handed to the writing thread."""

    def write(self, data: str) -> None:
        """Hand a text to the writing thread."""
        self.handed += 1
        super().write(data)

    def when_out(self, done: Callable[[int], object]) -> None:
        """Call ``done`` with nanoseconds of the monotonic clock when all that was written up to now has gone out."""
        self._wire.when_out(self.handed, done)


class PaintingApp(WritingApp):
    """An application that says, by :class:`Painted`, when what a scan caused is to be seen."""

    _announced: tuple[int, int, int] | None = None

    def get_driver_class(self) -> type[Driver]:
        """Return the driver, with a clock where it is that of a terminal."""
        usual = super().get_driver_class()
        return TimedDriver if usual is LinuxDriver else usual

    def announce(self, last_byte_ns: int) -> None:
        """Say that what is drawn next was caused by the scan that ended at ``last_byte_ns``."""
        self._announced = (last_byte_ns, time.monotonic_ns(), self._handed())

    def post_display_hook(self) -> None:
        """Take the time if this was the paint that was announced."""
        if self._announced is None or (not self.is_headless and self._handed() == self._announced[2]):
            return
        last_byte_ns, announced_ns, _ = self._announced
        self._announced = None
        if time.monotonic_ns() - announced_ns > AWAITED_NS:
            return
        if isinstance(self._driver, TimedDriver):
            self._driver.when_out(partial(self._tell_painted, last_byte_ns))
        else:
            self._tell_painted(last_byte_ns, time.monotonic_ns())

    def _handed(self) -> int:
        return self._driver.handed if isinstance(self._driver, TimedDriver) else 0

    def _tell_painted(self, last_byte_ns: int, painted_ns: int) -> None:
        self.post_message(Painted(last_byte_ns, painted_ns))
