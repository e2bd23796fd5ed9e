"""The demo without a screen, as a continuous integration job runs it: real processes, a real pseudo-terminal."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from pos_loyalty.cli.demo.filling import fill
from pos_loyalty.cli.demo.place import Place, place
from pos_loyalty.cli.exits import Exit
from pos_loyalty.errors import StoreLocked
from pos_loyalty.sample.stars import EMILY
from tests.cli.conftest import pos_loyalty

DEMO = ("demo", "--members", "50")


def _children() -> set[int]:
    """Return the processes of any demo that run now."""
    words = (b"drivers.virtual_scanner", b"pos_loyalty\0serve", b"pos_loyalty\0tui")
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
        except OSError:
            continue
        if any(word in line for word in words):
            found.add(int(entry.name))
    return found


def _points(transcript: str) -> list[tuple[str, list[int]]]:
    """Return account and numbers of every line on points: before, after, and the moves between."""
    told = re.findall(r"^points +(\w+): (.*)$", transcript, flags=re.MULTILINE)
    return [(account, [int(n.replace(",", "")) for n in re.findall(r"[-+]?\d[\d,]*", text)]) for account, text in told]


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three sales in a folder of their own, as they were told; nothing is left behind."""
    folder = tmp_path_factory.mktemp("demo")
    ran = pos_loyalty(*DEMO, cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    assert list(folder.iterdir()) == []
    return ran.out


def test_the_hub_in_the_service_has_everything_in_the_end(transcript: str) -> None:
    """The till was online before the first sale, and nothing of it waits after the last."""
    told = re.findall(r"^hub +(.*)$", transcript, flags=re.MULTILINE)
    assert told[0] == "inside the till service: online, the till has everything"
    assert re.fullmatch(r"has all [1-9]\d+ events of this till; none waits", told[1])


def test_three_sales_come_out_right_and_are_told(transcript: str) -> None:
    """A Persian, an Arabic and an English member: greeted, sold to, rewarded and thanked."""
    names = re.findall(r"^who +(.*?),", transcript, flags=re.MULTILINE)
    assert names == ["آقای رضایی", "السيد أحمد المنصوري", "Ms Emily Carter"]
    for word in ("scan", "greeting", "basket", "given", "why not", "reward", "committed", "farewell"):
        assert len(re.findall(rf"^{word} ", transcript, flags=re.MULTILINE)) >= 3
    moved = _points(transcript)
    assert {account for account, _ in moved} == {"club", "coffee"}
    assert [before + sum(moves) == after for _, (before, after, *moves) in moved] == [True] * len(moved)


def test_the_transcript_shows_what_is_given_what_is_claimed_and_why_not_the_rest(transcript: str) -> None:
    """A birthday present by itself, points, a gift and a free coffee for the asking, and what is missing for more."""
    assert "given     10% off one birthday present: " in transcript
    assert "given     Alterations are free" in transcript
    claimed = re.findall(r"^reward +(.*?):", transcript, flags=re.MULTILINE)
    assert claimed == ["500,000 toman off", "A silk tie or a pocket square", "A free coffee"]
    assert "why not   10% off: 760 points more" in transcript


def test_every_way_to_say_who_one_is_leads_to_a_greeting(transcript: str) -> None:
    """A pass, with and without a row about its member, cards of four kinds, a telephone number and a stripe."""
    greeted = dict(re.findall(r"^way in +(.*?): (.*)$", transcript, flags=re.MULTILINE))
    assert list(greeted) == [
        "a member pass",
        "a GS1 member card",
        "a card with a link",
        "an EAN card",
        "a magnetic stripe",
        "a telephone number",
        "a contactless card",
        "a pass of another branch",
    ]
    assert greeted["a pass of another branch"] == "Welcome, Layla Haddad"
    assert "آقای رضایی" in greeted["a member pass"]


def test_a_shop_in_a_folder_stays_and_never_runs_out_of_something_to_show(tmp_path: Path) -> None:
    """The second start fills nothing and goes on with the points that the first one left; so do those after it."""
    first = pos_loyalty(*DEMO, "--headless", "--folder", str(tmp_path))
    second = pos_loyalty(*DEMO, "--headless", "--folder", str(tmp_path), "--language", "fa")
    assert [(ran.code, ran.err) for ran in (first, second)] == [(0, "")] * 2
    assert "filling" in first.out
    assert "filling" not in second.out
    assert [n[0] for a, n in _points(second.out) if a == "club"] == [n[1] for a, n in _points(first.out) if a == "club"]
    assert [pos_loyalty(*DEMO, "--headless", "--folder", str(tmp_path)).code for _ in range(3)] == [0, 0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.log", "filled.json", "passes", "store"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_a_demo_that_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    """Ended in the middle of its work, and asked more than once, it takes scanner, service and run folder with it."""
    before = _children()
    command = [sys.executable, "-P", "-m", "pos_loyalty", *DEMO, "--folder", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        next(line for line in demo.stdout if line.startswith("till"))
        mine = {pid for pid in _children() - before if _parent_of(pid) == demo.pid}
        assert len(mine) == 3
        run = (tmp_path / "run").resolve()
        demo.send_signal(number)
        while number is signal.SIGTERM and mine <= _children():
            demo.send_signal(number)
        demo.stdout.read()
        assert demo.wait(timeout=60) == (143 if number is signal.SIGTERM else 130)
    assert not mine & _children()
    assert not run.exists()
    assert not (tmp_path / "run").is_symlink()


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_second_demo_in_one_folder_is_refused(tmp_path: Path) -> None:
    """The first one goes on; the link that a killed demo left behind is no obstacle."""
    (tmp_path / "run").symlink_to("/tmp/gone")  # noqa: S108 - a link that leads nowhere
    with place(tmp_path) as first:
        assert (tmp_path / "run").resolve() == first.run
        ran = _scan_into(first)
        with pytest.raises(StoreLocked, match="a demo is running in"), place(tmp_path):
            pass
        ran.terminate()
        ran.wait()


def _scan_into(here: Place) -> "subprocess.Popen[bytes]":
    """Run a virtual scanner at the place, which is what marks it as taken."""
    command = [
        sys.executable,
        "-m",
        "drivers.virtual_scanner",
        "--link",
        str(here.port),
        "--control",
        str(here.control),
    ]
    scanner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert scanner.stdin is not None
    assert scanner.stdout is not None
    scanner.stdin.write(b"!replug\n")
    scanner.stdin.flush()
    assert scanner.stdout.readline() == b"ok\n"
    scanner.stdin.close()
    scanner.stdout.close()
    return scanner


def test_in_a_terminal_the_screen_opens_and_its_end_ends_the_demo(tmp_path: Path) -> None:
    """The shop appears on a real pseudo-terminal, a scanned card brings its name, Ctrl-Q ends all with exit code 0."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = [sys.executable, "-P", "-m", "pos_loyalty", *DEMO, "--quiet", "--folder", str(tmp_path)]
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as demo:
        os.close(slave)
        _read_until(master, b"Scan a card")
        assert pos_loyalty("demo", "--folder", str(tmp_path), "scan", EMILY.code).code == 0
        _read_until(master, b"Welcome, Ms Carter")
        os.write(master, b"\x11")
        with suppress(OSError):  # EIO: the last one has closed the terminal
            while os.read(master, 65536):
                pass
        assert demo.wait(timeout=60) == 0
    os.close(master)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.log", "filled.json", "passes", "store"]


def test_a_closed_terminal_ends_the_demo_and_its_children(tmp_path: Path) -> None:
    """Closing the window is a way to leave: nothing stays behind that nobody can see."""
    before = _children()
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = ["setsid", "--ctty", sys.executable, "-P", "-m", "pos_loyalty", *DEMO, "--folder", str(tmp_path)]
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as demo:
        os.close(slave)
        _read_until(master, b"Scan a card")
        mine = {pid for pid in _children() - before if _parent_of(pid) == demo.pid}
        assert len(mine) == 4
        os.close(master)
        assert demo.wait(timeout=60) != 0
    assert not mine & _children()
    assert not (tmp_path / "run").is_symlink()


def test_a_killed_screen_leaves_a_terminal_that_can_be_used(tmp_path: Path) -> None:
    """Ordinary page, cursor and echo are back, with a sentence and 128 and the number of the signal."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    before = termios.tcgetattr(slave)
    command = ["setsid", "--ctty", sys.executable, "-P", "-m", "pos_loyalty", *DEMO, "--folder", str(tmp_path)]
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as demo:
        _read_until(master, b"Scan a card")
        os.kill(_child_of(demo.pid, b"tui"), signal.SIGKILL)
        assert b"\x1b[?1049l\x1b[?25h" in _read_until(master, b"The screen was ended by SIGKILL")
        assert demo.wait(timeout=60) == 128 + signal.SIGKILL
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


def test_a_demo_whose_service_dies_says_so_and_ends(tmp_path: Path) -> None:
    """Nobody would start it again, so the screen closes, with a sentence, its exit code and an ordinary terminal."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    before = termios.tcgetattr(slave)
    command = ["setsid", "--ctty", sys.executable, "-P", "-m", "pos_loyalty", *DEMO, "--folder", str(tmp_path)]
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as demo:
        _read_until(master, b"Scan a card")
        os.kill(_child_of(demo.pid, b"serve"), signal.SIGKILL)
        assert b"\x1b[?1049l" in _read_until(master, b"the till service was ended by SIGKILL")
        assert demo.wait(timeout=60) == Exit.UNAVAILABLE
    assert termios.tcgetattr(slave) == before
    os.close(slave)
    os.close(master)


def _child_of(parent: int, word: bytes) -> int:
    children = (pid for pid in _children() if _parent_of(pid) == parent)
    return next(pid for pid in children if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))


def _read_until(master: int, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        ready, _, _ = select.select([master], [], [], 30)
        assert ready, f"{words!r} did not come; the last of the screen: {seen[-2000:]!r}"
        seen += os.read(master, 65536)
    return seen


def test_a_code_from_a_second_terminal_reaches_the_scanner(tmp_path: Path) -> None:
    """`demo scan` finds the running demo by its folder; without one it says so with exit code 69."""
    ran = pos_loyalty("demo", "--folder", str(tmp_path), "scan", "PL-1001")
    assert (ran.code, "no virtual scanner at" in ran.err) == (69, True)
    with place(tmp_path) as here:
        scanner = _scan_into(here)
        port = os.open(here.port, os.O_RDONLY | os.O_NOCTTY)
        assert pos_loyalty("demo", "--folder", str(tmp_path), "scan", "PL-1001").code == 0
        assert os.read(port, 100) == b"PL-1001\r"
        os.close(port)
        refused = pos_loyalty("demo", "--folder", str(tmp_path), "scan", "!dance")
        assert (refused.code, "!dance is not a command" in refused.err) == (1, True)
        scanner.terminate()
        scanner.wait()


def test_a_demo_whose_service_cannot_start_says_why(tmp_path: Path) -> None:
    """The end of the log is in the sentence, and the exit code is not 0."""
    with place(tmp_path) as here:
        fill(here, 50)
    (tmp_path / "store" / "journal.db").write_bytes(b"not a database" * 100)
    ran = pos_loyalty("demo", "--members", "50", "--headless", "--folder", str(tmp_path))
    assert ran.code == 69
    assert "the till service ended with exit code 65" in ran.err
    assert "journal.db" in ran.err


def test_a_screen_without_a_terminal_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Rather than drawing where nobody sees it."""
    ran = pos_loyalty("tui", "--socket", str(tmp_path / "none"))
    assert (ran.code, "the screen needs a terminal" in ran.err) == (1, True)


def test_a_screen_that_breaks_does_not_end_as_if_it_had_been_closed() -> None:
    """The exit code of a defect, so that whoever started the screen, a demo or systemd, is told."""
    broken = (
        "from pos_loyalty.cli import main; from tui.app import TillApp;"
        "TillApp.on_mount = lambda _: 1 / 0; main(['tui', '--socket', '/nowhere'])"
    )
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(
        [sys.executable, "-c", broken], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    ) as screen:
        os.close(slave)
        _read_until(master, b"ZeroDivisionError")
        with suppress(OSError):  # EIO: the last one has closed the terminal
            while os.read(master, 65536):
                pass
        assert screen.wait(timeout=60) == Exit.SOFTWARE
    os.close(master)


def test_a_demo_in_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """Exit code 73 and the way out."""
    (tmp_path / "file").touch()
    ran = pos_loyalty(*DEMO, "--folder", str(tmp_path / "file" / "demo"))
    assert (ran.code, "choose another --folder" in ran.err) == (73, True)
