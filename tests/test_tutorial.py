"""The tutorial of two tills does what it says: its commands are run as they stand on the page, one after the other."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support import postgres
from tests.support.hub_process import free_ports

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "tutorial" / "two-tills.md"
PATIENCE_S = 60.0
"""For a command that is typed while what it talks to is still starting; a person would type it again."""
_AWAITED = {
    "pos-loyalty sync status --config till-1.toml": "everything as of",
    "pos-loyalty sync status --config till-3.toml": "everything as of",
    "pos-loyalty member show --config till-2.toml PL-1003": "fitting room",
    "pos-loyalty scan --config till-3.toml PL-1003": "Carter",
    "pos-loyalty member show --config till-1.toml PL-1001": "belt",
}
"""What a reader looks for in what is printed, and types the command again until it is there."""


class Ran(NamedTuple):
    """One command of the page, and what it printed."""

    command: str
    printed: str


def _statements(page: str) -> Iterator[str]:
    """Yield what a reader types, statement by statement: a loop or a text for a file is one."""
    for block in re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", page, re.MULTILINE):
        text = re.sub(r"^    ", "", block, flags=re.MULTILINE).strip()
        yield from [text] if "<<" in text else filter(None, text.splitlines())


class Terminal:
    """A shell in an empty folder, and what was left running in it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._left: list[subprocess.Popen[bytes]] = []

    def type(self, statement: str, until: str = "") -> Ran:
        """Type a statement; again, if it fails or does not print ``until``, as long as a person would."""
        if statement.endswith("&"):
            with (self._folder / "left.log").open("ab") as log:
                command = ["bash", "-c", f"exec {statement.removesuffix('&')}"]
                self._left.append(subprocess.Popen(command, cwd=self._folder, env=self._environment, stderr=log))
            return Ran(statement, "")
        end = time.monotonic() + PATIENCE_S
        while True:
            command = ["bash", "-o", "pipefail", "-c", statement]
            done = subprocess.run(command, cwd=self._folder, env=self._environment, capture_output=True, check=False)
            if (done.returncode == 0 and until in done.stdout.decode()) or time.monotonic() > end:
                assert done.returncode == 0, f"{statement}: {done.stderr.decode()}\n{self.log()}"
                return Ran(statement, done.stdout.decode())

    def log(self) -> str:
        """Return what the programs that were left running said."""
        return (self._folder / "left.log").read_text("utf-8")

    def close(self) -> None:
        """End what was left running."""
        for process in self._left:
            process.terminate()
        for process in self._left:
            process.wait(PATIENCE_S)


@contextmanager
def _terminal(folder: Path, dsn: str) -> Iterator[Terminal]:
    place = conninfo_to_dict(dsn)
    environment = {
        "PATH": os.pathsep.join(
            [str(Path(sys.executable).parent), str(postgres.binaries_folder()), os.environ["PATH"]]
        ),
        "PGHOST": str(place["host"]),
        "PGUSER": str(place["user"]),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    terminal = Terminal(folder, environment)
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """Everything that the page has its reader type, and what came of it."""
    page = PAGE.read_text("utf-8").replace("8440", str(free_ports(1)[0])).replace("hub.toml", f"hub-{os.getpid()}.toml")
    statements = list(_statements(page))
    assert [each.split()[0] for each in statements[:4]] == ["make", "export", "mkdir", "cd"]
    ran = []
    try:
        with (
            postgres.running() as server,
            _terminal(tmp_path_factory.mktemp("two-tills"), server.dsn) as terminal,
        ):
            code = ""
            for statement in statements[4:]:
                ran.append(terminal.type(statement.replace("CODE", code), _AWAITED.get(statement, "")))
                code = next(iter(re.findall(r"^code +(\S+)$", ran[-1].printed, re.MULTILINE)), code)
    except postgres.NoServer as nothing:
        pytest.skip(str(nothing))
    return ran


def _printed(session: list[Ran], command: str) -> str:
    return next(ran.printed for ran in reversed(session) if ran.command.startswith(f"pos-loyalty {command}"))


def test_a_note_written_on_one_till_is_read_on_the_other(session: list[Ran]) -> None:
    """The second till shows what was written on the first."""
    assert "Prefers the fitting room by the window" in _printed(session, "member show --config till-2.toml")


def test_a_third_till_knows_everybody(session: list[Ran]) -> None:
    """A till that came later greets a member by name."""
    assert "Carter" in _printed(session, "scan --config till-3.toml")


def test_what_was_done_without_the_hub_meets_again(session: list[Ran]) -> None:
    """Notes of two tills that were cut off are both on one of them, each once, and the hub finds nothing wrong."""
    shown = _printed(session, "member show --config till-1.toml")
    assert [shown.count(note) for note in ("Asked for the blue one in 42", "Bought the belt")] == [1, 1]
    assert "2 waiting" not in _printed(session, "sync now --config till-1.toml")
    assert _printed(session, "hub check")
