"""A program on a pseudo-terminal of its own, watched byte by byte."""

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

ROWS, COLUMNS = 24, 80
WITHIN_S = 20.0
_KEPT = 64
"""Bytes kept of what was read before: longer than any text that is waited for."""


class Terminal:
    """Starts ``command`` on a terminal; times are ``time.monotonic`` seconds."""

    def __init__(self, command: Sequence[str]) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.started_s = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def painted(self, text: str) -> float:
        """Wait until the program has written ``text``; return when.

        Raises:
            AssertionError: it did not.
        """
        wanted, seen = text.encode(), b""
        ends_s = time.monotonic() + WITHIN_S
        while (left_s := ends_s - time.monotonic()) > 0:
            data = self._read(left_s)
            now_s = time.monotonic()
            if wanted in seen + data:
                return now_s
            seen = (seen + data)[-_KEPT:]
        raise AssertionError(f"{text!r} was not painted within {WITHIN_S} s")

    def settle(self, quiet_s: float) -> int:
        """Read until nothing comes for ``quiet_s``; return the number of bytes."""
        count = 0
        while data := self._read(quiet_s):
            count += len(data)
        return count

    def _read(self, timeout_s: float) -> bytes:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return b""
        with suppress(OSError):
            return os.read(self._master, 1 << 16)
        raise AssertionError("the program has ended")
