"""Three etcd and three Patroni with a PostgreSQL each, on loopback; any node can be killed and comes back."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from tests.support.hub_process import free_ports
from tests.support.postgres import NoServer, become_unprivileged, binaries_folder

ROOT = Path(__file__).parents[2]
PATRONI = ROOT / ".venv-ha" / "bin" / "patroni"
NODES = 3
WITHIN_S = 120.0
POLL_S = 0.3

Members = Sequence[Mapping[str, Any]]


class Cluster:
    """A cluster in a folder of its own, gone with it.

    ``durable`` is how docs/howto/high-availability.md says it: a commit waits for a standby, and none is promoted that
    may lack one. Otherwise nothing waits, and any standby is promoted however far it is behind.

    Raises:
        NoServer: a part is missing here; which one, the argument says.
    """

    def __init__(self, *, durable: bool) -> None:
        if not PATRONI.exists() or not shutil.which("etcd") or not shutil.which("setpriv"):
            raise NoServer("needs etcd (apt-get install etcd-server), setpriv and .venv-ha (make test-ha makes it)")
        self._durable = durable
        self._binaries = binaries_folder()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        ports = free_ports(4 * NODES)
        self._client, self._peer, self._rest, self.ports = (ports[at::4] for at in range(4))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(tempfile.mkdtemp(prefix="ha-"))
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self._user = become_unprivileged(self.folder)
            stack.callback(self._end)
            for node in range(NODES):
                self.start(node)
            self.wait_until_whole()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def dsn(self) -> str:
        """Return the address of all nodes together."""
        hosts, ports = ",".join(["127.0.0.1"] * NODES), ",".join(map(str, self.ports))
        return f"host={hosts} port={ports} user=postgres dbname=postgres"

    def start(self, node: int) -> None:
        """Start a node, for the first time or again."""
        peers = ",".join(f"e{each}=http://127.0.0.1:{port}" for each, port in enumerate(self._peer))
        client, peer = (f"http://127.0.0.1:{ports[node]}" for ports in (self._client, self._peer))
        urls = {
            "name": f"e{node}",
            "data-dir": str(self.folder / f"etcd{node}"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": peers,
        }
        self._spawn(f"etcd{node}", "etcd", *(f"--{name}={value}" for name, value in urls.items()))
        config = self.folder / f"patroni{node}.yml"
        config.write_text(json.dumps(self._config(node)), encoding="utf-8")
        self._spawn(f"patroni{node}", PATRONI, config)

    def leader(self) -> int:
        """Return the node that leads, as soon as one says which."""
        leading: list[int] = []

        def is_known(members: Members) -> bool:
            leading.extend(int(str(each["name"])[1:]) for each in members if _leads(each))
            return bool(leading)

        self._wait(is_known, "one leads")
        return leading[0]

    def members(self) -> Members:
        """Return what any node that answers says of all."""
        for port in self._rest:
            address = f"http://127.0.0.1:{port}/cluster"
            with suppress(OSError, ValueError), urllib.request.urlopen(address, timeout=2) as answer:
                members: Members = json.load(answer)["members"]
                return members
        return ()

    def wait_until_whole(self) -> None:
        """Return when one leads and the others follow; if it is durable, one of them in step."""
        self._wait(self._is_whole, "all three run")

    def wait_for_another(self, than: int) -> None:
        """Return when another node leads."""
        self._wait(
            lambda members: any(_leads(each) and each["name"] != f"n{than}" for each in members), "another one leads"
        )

    def kill(self, node: int) -> None:
        """Kill everything of a node at once, its etcd too: as if its machine had gone."""
        postmaster = self._postmaster(node)
        for pid in (self._processes[f"patroni{node}"].pid, postmaster, *_children(postmaster)):
            _signal(pid, signal.SIGKILL)
        self._processes[f"etcd{node}"].kill()
        for name in (f"patroni{node}", f"etcd{node}"):
            self._processes.pop(name).wait()

    def receivers(self) -> list[int]:
        """Return the processes by which standbys take what the leader writes."""
        leader = self.leader()
        followers = [self._postmaster(node) for node in range(NODES) if node != leader]
        return [pid for parent in followers for pid in _children(parent) if "walreceiver" in _command(pid)]

    def logs(self) -> str:
        """Return the end of what each process said."""
        return "\n".join(
            f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in sorted(self.folder.glob("*.log"))
        )

    def _is_whole(self, members: Members) -> bool:
        roles = [str(each["role"]) for each in members]
        in_step = not self._durable or {"quorum_standby", "sync_standby"} & set(roles)
        running = all(each["state"] in {"running", "streaming"} for each in members)
        return len(members) == NODES and sum(map(_leads, members)) == 1 and running and bool(in_step)

    def _wait(self, there: Callable[[Members], bool], what: str) -> None:
        try:
            until(lambda: there(self.members()), what)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.members()}\n{self.logs()}") from error

    def _spawn(self, name: str, *command: str | Path) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            started: list[str | Path] = [*self._user, *command]
            self._processes[name] = subprocess.Popen(
                started, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder
            )

    def _postmaster(self, node: int) -> int:
        with (self.folder / f"data{node}" / "postmaster.pid").open() as lines:
            return int(lines.readline())

    def _end(self) -> None:
        for node in range(NODES):
            with suppress(OSError, ValueError):
                postmaster = self._postmaster(node)
                for pid in (postmaster, *_children(postmaster)):
                    _signal(pid, signal.SIGKILL)
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()
        for node in range(NODES):
            # Patroni may have started it once more before it went.
            with suppress(OSError, ValueError):
                _signal(self._postmaster(node), signal.SIGKILL)

    def _config(self, node: int) -> dict[str, Any]:
        here = f"127.0.0.1:{self.ports[node]}"
        rest = f"127.0.0.1:{self._rest[node]}"
        return {
            "scope": "hub",
            "name": f"n{node}",
            "restapi": {"listen": rest, "connect_address": rest},
            "etcd3": {"hosts": [f"127.0.0.1:{port}" for port in self._client]},
            "bootstrap": {
                "dcs": _DURABLE if self._durable else _HASTY,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            },
            "postgresql": {
                "listen": here,
                "connect_address": here,
                "data_dir": str(self.folder / f"data{node}"),
                "bin_dir": str(self._binaries),
                "pgpass": str(self.folder / f"pgpass{node}"),
                "pg_hba": [
                    "local all all trust",
                    "host all all 127.0.0.1/32 trust",
                    "host replication all 127.0.0.1/32 trust",
                ],
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "replica"},
                    "rewind": {"username": "postgres"},
                },
                "parameters": {"unix_socket_directories": str(self.folder), "shared_buffers": "64MB"},
            },
        }


def until(there: Callable[[], bool], what: str) -> None:
    """Return when ``there`` says yes; fail with ``what`` if it never does."""
    deadline = time.monotonic() + WITHIN_S
    while not there():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {WITHIN_S:.0f} s: {what}")
        time.sleep(POLL_S)


_POSTGRESQL = {
    "use_pg_rewind": True,
    "use_slots": True,
    "parameters": {"synchronous_commit": "on", "fsync": "on", "wal_log_hints": "on", "max_connections": 60},
}
_DURABLE = {
    "ttl": 20,
    "loop_wait": 2,
    "retry_timeout": 5,
    "maximum_lag_on_failover": 0,
    "synchronous_mode": "quorum",
    "synchronous_mode_strict": True,
    "postgresql": _POSTGRESQL,
}
_HASTY = _DURABLE | {"synchronous_mode": False, "synchronous_mode_strict": False, "maximum_lag_on_failover": 1 << 30}


def _leads(member: Mapping[str, Any]) -> bool:
    return (member["role"], member["state"]) == ("leader", "running")


def _children(parent: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in found.split()]


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    return ""


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


if __name__ == "__main__":
    with Cluster(durable=True) as cluster:
        sys.stdout.write(f"{cluster.dsn}\n{cluster.members()}\n")
