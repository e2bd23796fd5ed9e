"""A real ``pos-loyalty serve`` in a process of its own, started and killed as systemd and fate do it."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

READY_WITHIN_S = 60.0
SHOP_NAME = "Narenj"
_CONFIG = """\
[shop]
name = "{shop}"
currency = "IRR"
time_zone = "Asia/Tehran"
phone_prefix = "98"

[store]
folder = "{store}"

[service]
socket = "{socket}"
"""
_READER = """
[[reader]]
name = "counter"
port = "{port}"
debounce_ms = 0
"""
_HUB = """
[hub]
url = "{url}"
"""


class ServiceProcess:
    """One till service; ``start`` and ``kill`` may take turns as often as you like.

    ``folder`` gets configuration, socket and log, ``store`` holds the databases, ``ports`` are the readers' ports;
    with ``hub``, the address of one, it syncs.
    """

    def __init__(self, folder: Path, store: Path, ports: Sequence[Path] = (), hub: str = "") -> None:
        self.socket = folder / "api.sock"
        self.config = folder / "pos.toml"
        self.log = folder / "serve.log"
        sections = [_CONFIG.format(shop=SHOP_NAME, store=store, socket=self.socket)]
        sections += [_READER.format(port=port) for port in ports]
        sections += [_HUB.format(url=hub)] if hub else []
        self.config.write_text("".join(sections), encoding="utf-8")
        self._notify = folder / "notify"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Process id; 0 if it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> float:
        """Start the service and wait until it tells systemd that it is ready; return after how many seconds.

        Raises:
            AssertionError: it ended, or said nothing for ``READY_WITHIN_S``; with what it logged.
        """
        began = time.perf_counter()
        with ExitStack() as stack:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            self._notify.unlink(missing_ok=True)
            listener.bind(str(self._notify))
            log = stack.enter_context(self.log.open("wb"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pos_loyalty", "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"NOTIFY_SOCKET": str(self._notify)},
            )
            alive = os.pidfd_open(self._process.pid)
            stack.callback(os.close, alive)
            while True:
                left = began + READY_WITHIN_S - time.perf_counter()
                ready, _, _ = select.select([listener.fileno(), alive], [], [], max(0.0, left))
                if listener.fileno() not in ready:
                    raise AssertionError(f"the service is not ready:\n{self.log.read_text(encoding='utf-8')}")
                if listener.recv(4096) == b"READY=1":
                    return time.perf_counter() - began

    def kill(self) -> None:
        """End it as a power cut would: no signal handler, no farewell. Nothing happens if it does not run."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """End it as systemd does; return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(READY_WITHIN_S)
