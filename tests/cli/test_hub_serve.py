"""``pos-loyalty hub serve`` as processes: ready, killed, and ended."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from pos_loyalty.cli.exits import Exit
from tests.cli.conftest import pos_loyalty

PATIENCE_S = 60.0


class Served:
    """A hub that runs, behind a Unix socket in ``folder``."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.socket = folder / "hub.sock"
        config = folder / "hub.toml"
        config.write_text(
            f'[hub]\ntime_zone = "UTC"\nlisten = "unix:{self.socket}"\n'
            f'database = "sqlite://{folder}/hub.db"\nsnapshots = ""\n',
            "utf-8",
        )
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(PATIENCE_S)
        command = [sys.executable, "-P", "-m", "pos_loyalty", "hub", "serve", "--config", str(config), *arguments]
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def until(self, notice: str) -> None:
        """Wait until systemd would have been told this."""
        while notice not in self.notices.recv(4_096).decode():
            pass

    def get(self, path: str) -> httpx.Response:
        """Ask on a connection of its own."""
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://hub") as client:
            return client.get(path)

    def workers(self) -> list[int]:
        """Return the processes that the parent has started."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def end(self) -> tuple[int, str]:
        """Send SIGTERM; return how it ended and what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, logged = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, logged


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Served]:
    """Run a hub, and leave nothing of it behind."""
    hub = Served(folder, *arguments)
    with closing(hub.notices):
        try:
            yield hub
        finally:
            if hub.process.poll() is None:
                hub.process.kill()
                hub.process.communicate()


def test_a_hub_says_when_it_is_ready_and_ends_in_order(tmp_path: Path) -> None:
    """READY once connections are taken, SIGTERM ends with 0, and every line that is logged is JSON."""
    with serving(tmp_path) as hub:
        hub.until("READY=1")
        assert hub.get("/health/ready").json()["status"] == "ok"
        code, logged = hub.end()
        assert code == 0
        hub.until("STOPPING=1")
        lines = [json.loads(line) for line in logged.splitlines()]
        assert [line["route"] for line in lines if "route" in line] == ["/health/ready"]
        assert not hub.socket.exists()


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """Two workers behind one socket, one killed -9: another is started, and tills are served all the time."""
    with serving(tmp_path, "--workers", "2") as hub:
        hub.until("READY=1")
        before = hub.workers()
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        assert hub.get("/health/live").status_code == 200
        assert hub.process.stderr is not None
        while "another takes its place" not in hub.process.stderr.readline():
            pass
        while len(hub.workers()) < 2:
            hub.until("WATCHDOG=1")
        assert hub.get("/health/live").status_code == 200
        figures = hub.get("/metrics").text
        assert 'hub_requests_total{route="/health/live",status="200"}' in figures
        after = hub.workers()
        code, _ = hub.end()
        assert code == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in {*before, *after})


@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
def test_a_hub_that_cannot_open_its_database_ends_with_the_reason(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It does not go round in a circle: systemd leaves it, and a person sees why."""
    (tmp_path / "hub.db").write_bytes(b"no database, whatever the name says" * 200)
    with serving(tmp_path, *arguments) as hub:
        _, logged = hub.process.communicate(timeout=PATIENCE_S)
        assert hub.process.returncode == Exit.DATA
        assert "Traceback" not in logged
        assert "damaged" in logged


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_that_is_none_is_told_before_anything_is_served(tmp_path: Path, content: bytes | None) -> None:
    """One that is not there and one that cannot be read as PEM: the file, the reason, and the code of the file."""
    for name in ("chain.pem", "key.pem"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    config = tmp_path / "hub.toml"
    config.write_text(
        f'[hub]\ntime_zone = "UTC"\nlisten = "127.0.0.1:0"\ndatabase = "sqlite://{tmp_path}/hub.db"\n'
        f'tls_certificate = "{tmp_path}/chain.pem"\ntls_key = "{tmp_path}/key.pem"\n',
        "utf-8",
    )
    # A process of its own, for it turns all logging of one into JSON.
    ran = pos_loyalty("hub", "serve", "--config", str(config))
    assert ran.code == Exit.CONFIG
    assert f"{tmp_path}/chain.pem" in ran.err
    assert not (tmp_path / "hub.db").exists()
