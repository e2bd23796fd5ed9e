"""The processes of a hub: one, or several behind one socket that a parent holds and looks after.

A worker that dies is started again, at most one a second; its requests fail, and tills ask again. The parent serves
nothing, so that nothing a request does can bring it down.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Final

from pos_loyalty import __version__
from pos_loyalty.cli.hub_config import HubFile, Listen, listen_of, load
from pos_loyalty.cli.hub_opening import office
from pos_loyalty.errors import ConfigError, whence
from pos_loyalty.service.notify import SystemdNotifier
from pos_loyalty.service.server import listening
from sync.hub.web.app import Hub, build_app
from sync.hub.web.server import GRACE_S, Tls, serve

_AGAIN_S: Final = 1.0
_LOOK_S: Final = 0.05
_GARBAGE_AFTER: Final = 20_000
"""New objects until circles among them are looked for: a step makes that many at least, and hardly ever a circle. To
look after every 700, as Python does, costs a step of sales a tenth of its time."""
_SWITCH_S: Final = 0.0005
"""After how long a busy thread lets another one have its turn. A step goes to the database six times and more, and each
time it comes back it waits for whoever is busy: Python's 5 ms, six times. With 2,500 tills on a busy machine the 95th
percentile of a look was 131 ms with those, and 69 with these."""
_SOCKET: Final = "POS_LOYALTY_HUB_SOCKET_FD"
_READY: Final = "POS_LOYALTY_HUB_READY_FD"
_REQUESTS: Final = "sync.hub.web.requests"
_log = logging.getLogger(__name__)


class _JsonLines(logging.Formatter):
    """One object a line. Of an exception only where it was: its message may quote what it choked on."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname.lower()}
        if record.name == _REQUESTS:
            return json.dumps({**said, **json.loads(record.getMessage())})
        said |= {"from": record.name, "said": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            said["fault"] = whence(record.exc_info[1])
        return json.dumps(said, ensure_ascii=False)


def log_as_json() -> None:
    """Write logs to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def run(config_path: Path | None, workers: int) -> None:
    """Serve until SIGTERM or SIGINT: here, in ``workers`` processes, or as one of them.

    Raises:
        ConfigError: the configuration is wrong, or the address cannot be had.
        StoreError: the database cannot be opened.
    """
    if handle := os.environ.get(_SOCKET):
        with socket.socket(fileno=int(handle)) as listener:
            # The parent alone speaks with systemd.
            asyncio.run(_serve(config_path, listener, SystemdNotifier({})))
        return
    file = load(config_path).hub
    _tls(file)
    with ExitStack() as held:
        listener = _bound(listen_of(file), held)
        if workers == 1:
            asyncio.run(_serve(config_path, listener, SystemdNotifier()))
            return
        # Each worker counts into files there, so that whichever is asked for figures can add up all.
        figures = held.enter_context(TemporaryDirectory(prefix="pos-loyalty-hub-"))
        command = [sys.executable, "-P", "-m", "pos_loyalty", "hub", "serve"]
        command += ["--config", str(config_path)] if config_path else []
        _Parent(command, listener, figures, workers).run(SystemdNotifier())


class _Parent:
    """Starts workers, and starts them again."""

    def __init__(self, command: list[str], listener: socket.socket, figures: str, workers: int) -> None:
        self._command = command
        self._listener = listener
        self._figures = figures
        self._workers = workers
        self._running: list[subprocess.Popen[bytes]] = []
        self._ended = Event()

    def run(self, notifier: SystemdNotifier) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        ready_in, ready_out = os.pipe()
        try:
            self._running = [self._started(ready_out) for _ in range(self._workers)]
            self._await_ready(ready_in)
            if not self._ended.is_set():
                notifier.ready()
                notifier.status(f"{self._workers} workers serve")
            self._look_after(notifier, ready_out)
        finally:
            notifier.stopping()
            self._end()
            os.close(ready_in)
            os.close(ready_out)

    def _started(self, ready_out: int) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PROMETHEUS_MULTIPROC_DIR": self._figures,
            _SOCKET: str(self._listener.fileno()),
            _READY: str(ready_out),
        }
        # Our own program, with our own arguments.
        return subprocess.Popen(  # noqa: S603
            self._command, env=environment, pass_fds=(self._listener.fileno(), ready_out), start_new_session=True
        )

    def _await_ready(self, ready_in: int) -> None:
        os.set_blocking(ready_in, False)
        count = 0
        while count < self._workers and not self._ended.is_set():
            try:
                count += len(os.read(ready_in, self._workers))
            except BlockingIOError:
                if code := next((each.poll() for each in self._running if each.poll() is not None), None):
                    # It has said why. None of them could do better.
                    self._end()
                    sys.exit(code)
                self._ended.wait(_LOOK_S)

    def _look_after(self, notifier: SystemdNotifier, ready_out: int) -> None:
        while not self._ended.wait(_AGAIN_S):
            notifier.watchdog()
            for index, worker in enumerate(self._running):
                if not self._ended.is_set() and worker.poll() is not None:
                    _log.error("worker %d ended with %s; another takes its place", worker.pid, worker.returncode)
                    self._running[index] = self._started(ready_out)

    def _on_signal(self, *_: object) -> None:
        self._ended.set()

    def _end(self) -> None:
        for worker in self._running:
            if worker.poll() is None:
                worker.terminate()
        deadline = time.monotonic() + GRACE_S + 2
        for worker in self._running:
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


async def _serve(config_path: Path | None, listener: socket.socket, notifier: SystemdNotifier) -> None:
    with office(config_path) as opened:
        file = opened.file
        snapshots = Path(file.snapshots) if file.snapshots else None
        hub = Hub(opened.authority, opened.enrolment, opened.store, opened.clock, __version__, snapshots)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _stopper(stop, notifier))
        beating = asyncio.create_task(_beat(notifier))
        try:
            await serve(build_app(hub), listener, ready=lambda: _ready(file, notifier), stop=stop, tls=_tls(file))
        finally:
            beating.cancel()
    _log.info("stopped")


def _stopper(stop: asyncio.Event, notifier: SystemdNotifier) -> Callable[[], None]:
    def ask() -> None:
        notifier.stopping()
        stop.set()

    return ask


def _ready(file: HubFile, notifier: SystemdNotifier) -> None:
    # What was made to start stays until the end.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)
    sys.setswitchinterval(_SWITCH_S)
    notifier.ready()
    notifier.status(f"serves at {file.listen}")
    if handle := os.environ.get(_READY):
        os.write(int(handle), b".")
    _log.info("serves at %s", file.listen)


async def _beat(notifier: SystemdNotifier) -> None:
    while (interval := notifier.watchdog_interval) is not None:
        notifier.watchdog()
        await asyncio.sleep(interval)


def _tls(file: HubFile) -> Tls | None:
    """Return certificate and key, once they were tried on each other.

    Raises:
        ConfigError: they cannot be read, are none, or do not belong together.
    """
    if not file.tls_certificate:
        return None
    tls = Tls(Path(file.tls_certificate), Path(file.tls_key))
    for path in tls:
        try:
            path.open("rb").close()
        except OSError as error:
            raise ConfigError(
                f"[hub] {path}: {error.strerror}; name a file that is there and that the hub's user may read"
            ) from error
    try:
        # With a password OpenSSL would ask for the real one, at a terminal that nobody sits at.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*tls, password="none")  # noqa: S106 - as said
    except ssl.SSLError as error:
        raise ConfigError(
            f"[hub] tls_certificate = {tls.certificate}, tls_key = {tls.key}: no chain of certificates and the key of "
            f"the first, both in PEM and without a password ({error.reason or 'not PEM'})"
        ) from error
    return tls


def _bound(listen: Listen, held: ExitStack) -> socket.socket:
    """Return a socket that connections can come to.

    Raises:
        ConfigError: the address cannot be had.
    """
    if listen.socket is not None:
        return held.enter_context(listening(listen.socket))
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        return held.enter_context(socket.create_server((listen.host, listen.port), family=family, backlog=2_048))
    except OSError as error:
        raise ConfigError(
            f"[hub] listen: {listen.host} port {listen.port} cannot be had ({error.strerror}): another program may "
            "have it, or this machine no such address"
        ) from error
