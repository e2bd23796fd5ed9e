"""PouchDB replicating to express-pouchdb, over LevelDB on both ends: what our push and pull are compared with.

Installed with npm into ``.bench``. LevelDB is not told to sync each write, so the peer promises less than we do.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

from bench.stores import CACHE

_FOLDER = Path(__file__).parent / "pouchdb"


class Replicated(NamedTuple):
    """What one replication moved, and how long that took."""

    documents: int
    seconds: float


class NotInstalled(Exception):
    """There is no node, or npm could not install; the message says which."""


class PouchPeer:
    """A till and a hub of PouchDB, each in a process of its own, with their databases in ``folder``.

    Raises:
        NotInstalled: they cannot be had here.
    """

    def __init__(self, folder: Path) -> None:
        home = _installed()
        self._folder = folder
        with ExitStack() as started:
            there = folder / "hub"
            there.mkdir()
            self._hub = started.enter_context(_Node(home, "hub.js", str(there)))
            self._till = started.enter_context(_Node(home, "till.js"))
            self.engine: str = self._till.read()["engine"]
            """Name and versions."""
            self._url = f"http://127.0.0.1:{self._hub.read()['port']}"
            self._started = started.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    def fill(self, database: str, documents: Iterable[bytes]) -> None:
        """Put JSON objects, each with an ``_id``, into a database of the till."""
        file = self._folder / f"{database}.ndjson"
        file.write_bytes(b"\n".join(documents))
        self._ask({"fill": str(self._folder / database), "documents": str(file)})

    def push(self, database: str, to: str) -> Replicated:
        """Replicate a database of the till into one of the hub."""
        return self._ask({"push": str(self._folder / database), "to": f"{self._url}/{to}"})

    def pull(self, database: str, of: str) -> Replicated:
        """Replicate a database of the hub into one of the till."""
        return self._ask({"pull": str(self._folder / database), "from": f"{self._url}/{of}"})

    def _ask(self, request: dict[str, str]) -> Replicated:
        return Replicated(**self._till.ask(request))


class _Node:
    def __init__(self, home: Path, script: str, *arguments: str) -> None:
        self._script = script
        self._process = subprocess.Popen(
            ["node", str(_FOLDER / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=home,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Both scripts end when nobody can ask them any more.
        with self._process:
            pass

    def ask(self, request: dict[str, str]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        raise ChildProcessError(f"{self._script} has ended; why is above")


def _installed() -> Path:
    """Return the folder with the packages, installed first if ``package.json`` has changed."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise NotInstalled("there is no node and npm here")
    wanted, home = _FOLDER / "package.json", CACHE / "peer-pouchdb"
    installed = home / "installed.json"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        sys.stderr.write(f"installing PouchDB into {home.relative_to(CACHE.parent)}\n")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        shutil.copy(wanted, home)
        # No lock file: it would name the registry. No scripts: LevelDB comes compiled.
        npm = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional"]
        done = subprocess.run(npm, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled((done.stderr.strip().splitlines() or ["npm said nothing"])[-1])
        installed.write_bytes(wanted.read_bytes())
    return home
