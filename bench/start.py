"""From the start of a process to a service that answers, and to a screen that shows the shop."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.scan import screen_command
from bench.series import SECONDS, in_turns, table
from bench.stores import LARGE, SMALL, folder_of
from bench.terminal import Terminal
from tests.support.service_process import SHOP_NAME, ServiceProcess

ROUNDS = 7
PYTHON, TEXTUAL = "floor: python -c pass", "floor: first paint of an empty Textual app"
PAINT, SHOP = "screen, first paint", "screen, the shop's name"

_PLACED = "\x1b[1;1H"
"""Where every drawing of a whole screen begins: row 1, column 1 (CUP, ECMA-48 §8.3.21)."""
_EMPTY_APP = [sys.executable, "-P", "-c", "from textual.app import App; App().run()"]


def run() -> None:
    """Print both starts, with warm file caches as after any earlier start."""
    sizes = (SMALL, LARGE)
    with ExitStack() as stack:
        starts = {_service(members): _ready(stack.enter_context(folder_of(members))) for members in sizes}
        measured = in_turns({PYTHON: _python, **starts}, ROUNDS)
        running = stack.enter_context(folder_of(SMALL))
        service = stack.enter_context(ServiceProcess(running.parent, running))
        service.start()
        screen = screen_command(service.socket)
        paints = {
            TEXTUAL: _painted(_EMPTY_APP, _PLACED),
            PAINT: _painted(screen, _PLACED),
            SHOP: _painted(screen, SHOP_NAME),
        }
        painted = in_turns(paints, ROUNDS)
    table("start of the service to ready (aim: at most 1 s)", measured, SECONDS, dict.fromkeys(starts, PYTHON))
    table("start of the screen", painted, SECONDS, {PAINT: TEXTUAL, SHOP: TEXTUAL})


def _service(members: int) -> str:
    return f"service, {members:,} members"


def _python() -> list[float]:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return [time.perf_counter() - began]


def _ready(folder: Path) -> Callable[[], list[float]]:
    service = ServiceProcess(folder.parent, folder)

    def sample() -> list[float]:
        with service:
            return [service.start()]

    return sample


def _painted(command: list[str], text: str) -> Callable[[], list[float]]:
    def sample() -> list[float]:
        with Terminal(command) as terminal:
            return [terminal.painted(text) - terminal.started_s]

    return sample
