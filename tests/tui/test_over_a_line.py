"""The real screen before the real service, at the other end of a line, as over SSH."""

import asyncio
import fcntl
import os
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from pos_loyalty.cli.demo.children import till_service
from pos_loyalty.cli.demo.place import Place, configure, place
from pos_loyalty.config import load, to_toml
from pos_loyalty.sample import sample_shop
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds, SystemClock
from pos_loyalty.service.wire import Health, Latency
from pos_loyalty.store.sqlite import SqliteStore

EMILY_CODE = b"2000000000039"
_PATIENCE_S = 30
_CALM_S = 0.3
"""Longer than a hand rests between two keys, and than the screen takes to draw."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Place]:
    """A till service in a process of its own, in a shop whose cashiers write Persian too."""
    with place(None) as made:
        configure(made, "en")
        config = load(made.config)
        config = replace(config, codes=replace(config.codes, layouts=("us", "fa")))
        made.config.write_text(to_toml(config), encoding="utf-8")
        store = SqliteStore(made.store, clock=SystemClock(), ids=RandomIds())
        store.load(sample_shop(10, today=date(2026, 11, 21)))
        store.close()
        with till_service(made):
            yield made


class Line:
    """What sshd holds: the other end of the terminal in which the screen runs."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.seen = b""

    def sends(self, keys: bytes) -> None:
        """Send bytes at once, as a network delivers them."""
        os.write(self._master, keys)

    def until(self, words: bytes) -> None:
        """Read on until the screen has drawn ``words``."""
        start = len(self.seen)
        while words not in self.seen[start:]:
            assert self._hears(_PATIENCE_S), f"{words!r} did not come: {self.seen[-2000:]!r}"

    def calm(self) -> None:
        """Read on until nothing has come for a while."""
        while self._hears(_CALM_S):
            pass

    def _hears(self, patience_s: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], patience_s)
        if ready:
            self.seen += os.read(self._master, 65536)
        return bool(ready)


@pytest.fixture
def line(shop: Place) -> Iterator[Line]:
    """A line to a screen that is ready for the next customer."""
    be_done(shop)
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    command = ["setsid", "--ctty", *screen_command(shop)]
    environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as screen:
        os.close(slave)
        it = Line(master)
        it.until(b"Scan a card")
        it.calm()
        yield it
        screen.terminate()
    os.close(master)


def screen_command(shop: Place) -> list[str]:
    """Return what opens the screen."""
    return [sys.executable, "-P", "-m", "pos_loyalty", "tui", "--socket", str(shop.socket)]


def be_done(shop: Place) -> None:
    """Let the customer go whom the test before has greeted."""

    async def ask() -> None:
        async with TillClient(shop.socket) as client:
            await client.dismiss()

    asyncio.run(ask())


def health(shop: Place) -> Health:
    """Ask the service how it is."""

    async def ask() -> Health:
        async with TillClient(shop.socket) as client:
            return await client.health()

    return asyncio.run(ask())


def timed_again(shop: Place, before: Latency | None) -> Latency:
    """Wait until the service has heard of another paint; return what it says then."""
    deadline = time.monotonic() + _PATIENCE_S
    while (latency := health(shop).latency) == before or latency is None:
        assert time.monotonic() < deadline
    return latency


def test_a_reader_at_the_far_end_greets_and_nothing_of_its_code_is_ever_drawn(shop: Place, line: Line) -> None:
    """Not in front of a half-typed name, not behind it, not for a moment; and the way to the paint was timed."""
    before = health(shop).latency
    line.sends(b"e")
    line.until(b"e")
    line.calm()
    line.sends(EMILY_CODE + b"\r")
    line.until(b"Welcome, Ms Carter")
    line.calm()
    assert b"2000" not in line.seen
    after = timed_again(shop, before)
    assert after.count == (before.count if before else 0) + 1
    assert 0 < after.p50_ms < 1_000 * _PATIENCE_S


def test_a_reader_under_a_persian_layout_greets(line: Line) -> None:
    """Multi-byte characters, cut wherever the network cuts them."""
    keys = EMILY_CODE.decode().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")).encode() + b"\t"
    line.sends(keys[:7])
    line.sends(keys[7:])
    line.until(b"Welcome, Ms Carter")
    line.calm()
    assert "۲۰۰".encode() not in line.seen


def test_a_word_that_a_network_delivers_at_once_is_typed(line: Line) -> None:
    """With its Enter, which picks whoever was found: the till made no code of it."""
    line.sends(b"emily carter\r")
    line.until(b"Welcome, Ms Carter")


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_a_reader_in_tmux_greets(shop: Place, tmp_path: Path) -> None:
    """A program between the reader and the screen changes nothing."""
    be_done(shop)
    tmux = ("tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null")
    name = uuid4().hex

    def run(*arguments: str) -> str:
        return subprocess.run([*tmux, *arguments], capture_output=True, text=True, check=True, timeout=60).stdout

    def shows(words: str) -> str:
        deadline = time.monotonic() + _PATIENCE_S
        while words not in (text := run("capture-pane", "-p", "-t", name)):
            assert time.monotonic() < deadline, text
        return text

    run("new-session", "-d", "-s", name, "-x", "80", "-y", "24", *screen_command(shop))
    try:
        shows("Scan a card")
        run("send-keys", "-t", name, EMILY_CODE.decode(), "Enter")
        assert "2000" not in shows("Welcome, Ms Carter")
    finally:
        run("kill-server")
