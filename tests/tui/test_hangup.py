"""A terminal that vanishes takes the screen with it, signal or not."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

_DEADLINE_S = 60
_SEEN_BEFORE = {"at the first byte": 1, "with the screen drawn": 4_000}


@pytest.mark.parametrize("seen", _SEEN_BEFORE.values(), ids=_SEEN_BEFORE.keys())
def test_a_screen_on_a_foreign_terminal_ends_with_it(tmp_path: Path, seen: int) -> None:
    """True if a screen that gets no SIGHUP does not stay behind, whenever the terminal goes."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "pos_loyalty", "tui", "--socket", str(tmp_path / "none.sock")]
    screen = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    while seen > 0:
        seen -= len(os.read(master, seen))
    os.close(master)
    try:
        assert screen.wait(_DEADLINE_S) != 0
    finally:
        screen.kill()
