"""The demo from beginning to end: with a screen, or as a transcript."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import NoReturn

import click

from pos_loyalty.cli.demo.children import PYTHON, how_it_ended, till_service, virtual_readers
from pos_loyalty.cli.demo.filling import fill
from pos_loyalty.cli.demo.passes import issue
from pos_loyalty.cli.demo.place import Language, Place, configure, place
from pos_loyalty.cli.demo.terminal import restorer
from pos_loyalty.errors import ServiceUnreachable

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Asked to end; the terminal was closed."""
_CLOSE_TIMEOUT_S = 3
"""A screen whose terminal has gone may hang in drawing its farewell."""


def show_headless(members: int, language: Language, folder: Path | None) -> None:
    """Run the scripted sales and print them; raises if anything is off."""
    from pos_loyalty.cli.demo.transcript import three_sales  # noqa: PLC0415 - a screen needs none of it

    with _till(members, language, folder) as (here, _):
        asyncio.run(three_sales(here))


def show_screen(members: int, language: Language, folder: Path, *, walk_ins: bool) -> None:
    """Open the screen in this terminal until the user closes it, and end with its exit code if that is not 0.

    A screen that was killed leaves the terminal in its own mode; that is undone here.

    Raises:
        ServiceUnreachable: the till service ended while the screen was open. Nobody would start it again, as systemd
            does for a shop, and the screen would wait for ever.
    """
    restore = restorer()
    with _till(members, language, folder) as (here, service):
        code = asyncio.run(_screen(here, service, walk_ins=walk_ins))
        ended = service.poll()
    if code < 0:
        restore()
    if ended is not None:
        raise ServiceUnreachable(how_it_ended(ended, here.log))
    if code < 0:
        click.echo(f"The screen was ended by {signal.Signals(-code).name}; nothing that was written is lost", err=True)
        sys.exit(128 - code)
    if code:
        sys.exit(code)


@contextmanager
def _till(members: int, language: Language, folder: Path | None) -> Iterator[tuple[Place, Popen[bytes]]]:
    for number in _ENDINGS:
        signal.signal(number, _end)
    with place(folder) as here:
        configure(here, language)
        fill(here, members)
        issue(here)
        with virtual_readers(here), till_service(here) as service:
            yield here, service


def _end(number: int, _: object) -> NoReturn:
    """Leave every ``with`` on the way out, so that no child is left behind; asked twice is asked once."""
    for other in _ENDINGS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


async def _screen(here: Place, service: Popen[bytes], *, walk_ins: bool) -> int:
    """Return the exit code of the screen, which is closed if the service ends before it."""
    screen = await asyncio.create_subprocess_exec(*PYTHON, "pos_loyalty", "tui", "--socket", str(here.socket))
    # Here, so that it is loaded while the screen opens.
    from pos_loyalty.cli.demo.walk_in import walk_in  # noqa: PLC0415

    customers = [asyncio.create_task(walk_in(here))] if walk_ins else []
    endings = [asyncio.create_task(screen.wait()), asyncio.create_task(_end_of(service))]
    try:
        await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*customers, *endings):
            task.cancel()
        if screen.returncode is None:
            await _close(screen)
    return await screen.wait()


async def _end_of(process: Popen[bytes]) -> None:
    ended, seen = os.pidfd_open(process.pid), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(ended, seen.set)
    try:
        await seen.wait()
    finally:
        loop.remove_reader(ended)
        os.close(ended)


async def _close(screen: asyncio.subprocess.Process) -> None:
    screen.terminate()
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await screen.wait()
    except TimeoutError:
        screen.kill()
        await screen.wait()
