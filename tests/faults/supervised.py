"""A process that is started again whenever it is gone, as systemd does it, until it may rest."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

PAUSE_S = 0.05
"""Before it is started again."""
_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


class Supervised:
    """Runs Python with ``arguments``; each line that it says goes to ``hear``, its complaints into ``log``.

    A process that ends with 0 has rested and is left alone.
    """

    def __init__(self, arguments: Sequence[str], log: Path, hear: Callable[[str], None]) -> None:
        self._arguments = arguments
        self._log = log
        self._hear = hear
        self._said = b""
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None
        self.starts = 0

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._running
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        self.kill()
        if self._process:
            await self._process.wait()

    @property
    def running(self) -> "asyncio.Task[None]":
        """Ends when the process has rested."""
        assert self._running
        return self._running

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def say(self, line: str) -> None:
        """Write a line to its standard input, and to that of each process that takes its place."""
        self._said += f"{line}\n".encode()
        if self._process and self._process.stdin:
            self._process.stdin.write(f"{line}\n".encode())

    async def _run(self) -> None:
        with self._log.open("ab") as log:
            while True:
                self.starts += 1
                self._process = await asyncio.create_subprocess_exec(
                    *_DIES_WITH_US,
                    sys.executable,
                    "-P",
                    *self._arguments,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=os.environ | {"PYTHONUNBUFFERED": "1"},
                )
                assert self._process.stdin
                assert self._process.stdout
                self._process.stdin.write(self._said)
                # A line that a kill cut short was not said.
                async for line in self._process.stdout:
                    if line.endswith(b"\n"):
                        self._hear(line.decode().rstrip("\n"))
                if await self._process.wait() == 0:
                    return
                await asyncio.sleep(PAUSE_S)
