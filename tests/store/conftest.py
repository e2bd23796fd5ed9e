"""A disk small enough to fill."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


def can_mount(folder: Path) -> bool:
    """Try to mount two megabytes of memory on ``folder``."""
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of two megabytes, which only root can make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not can_mount(disk):
        pytest.skip("needs root and the right to mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
