"""The root of a store PC that was recorded with readers of every kind, for the doctor to look at."""

from pathlib import Path

import pytest

from tests.support.device_tree import unpack

STORE_PC = (Path(__file__).parents[2] / "drivers" / "machines" / "store_pc.txt").read_text("utf-8")


@pytest.fixture
def store_pc(tmp_path: Path) -> Path:
    """Return the root of the recorded store PC, set up as docs/howto/install.md says."""
    root = unpack(STORE_PC, tmp_path)
    rules = root / "usr/lib/udev/rules.d"
    rules.mkdir(parents=True)
    (rules / "70-pos-loyalty.rules").touch()
    (root / "run/pcscd").mkdir(parents=True)
    (root / "run/pcscd/pcscd.comm").touch()
    return root
