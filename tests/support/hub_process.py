"""A real ``pos-loyalty hub serve`` in a process of its own."""

import itertools
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"
READY_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.02
_CONFIG = """\
[hub]
listen = "{host}:{port}"
database = "{database}"
snapshots = "{snapshots}"
time_zone = "UTC"
"""
_PORTS = range(20_000, 32_000)
"""Below those that connections take for their own end (ip_local_port_range): a hub finds its port free again."""


class HubProcess:
    """One process of a hub; ``start`` and ``kill`` may take turns as often as you like.

    ``folder`` gets configuration, log and snapshots; ``database`` is what the configuration says of it.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.port = free_ports(1)[0]
        self.config = hub_config(folder, database, self.port)
        self.log = self.config.with_suffix(".log")
        self.snapshots = folder / "snapshots"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id; 0 if it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> float:
        """Start it and wait until it takes connections; return after how many seconds.

        Raises:
            AssertionError: it ended, or took none for ``READY_WITHIN_S``; with what it logged.
        """
        began = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *serving(self.config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        while self._process.poll() is None and time.perf_counter() < began + READY_WITHIN_S:
            with suppress(OSError), socket.create_connection((LOOPBACK, self.port)):
                return time.perf_counter() - began
            time.sleep(_LOOK_EVERY_S)
        self.kill()
        raise AssertionError(f"the hub is not ready:\n{self.log.read_text(encoding='utf-8')}")

    def kill(self) -> None:
        """End it as a power cut would. Nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(READY_WITHIN_S)


def hub_config(folder: Path, database: str, port: int) -> Path:
    """Write the configuration of a hub on the loopback; return its path."""
    snapshots = folder / "snapshots"
    snapshots.mkdir(exist_ok=True)
    config = folder / f"hub-{port}.toml"
    config.write_text(_CONFIG.format(host=LOOPBACK, port=port, database=database, snapshots=snapshots), "utf-8")
    return config


def serving(config: Path) -> list[str]:
    """Return what to tell Python to serve a hub."""
    return ["-m", "pos_loyalty", "hub", "serve", "--config", str(config)]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has."""
    return list(itertools.islice(filter(_is_free, _PORTS[os.getpid() % 1_000 * 10 :]), count))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind((LOOPBACK, port))
        return True
    return False
