"""A disk that fails in the middle of a commit: system calls of a real till, made to fail by strace."""

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.shop import committed, note, sqlite_store


def can_trace() -> bool:
    """Try to follow a process."""
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([str(strace), "-o", "/dev/null", "true"], check=False).returncode == 0


needs_strace = pytest.mark.skipif(not can_trace(), reason="needs strace and the right to follow a process")


def sell_on_a_failing_disk(folder: Path, fault: str, more: int) -> tuple[list[str], int]:
    """Sell until one sale was refused and for ``more`` turns, then be killed: what was refused as what, how many kept.

    ``fault`` is an injection of strace(1) into the writer's calls on the WAL.
    """
    strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", str(folder / "journal.db-wal"))
    calls = ("-e", "trace=fsync,fdatasync,pwrite64", "-e", f"inject={fault}")
    till = (sys.executable, "-m", "tests.store.failing_till", str(folder), str(more))
    said = subprocess.run((*strace, *calls, *till), check=False, capture_output=True, text=True, timeout=60)
    *refusals, kept = said.stdout.split() or [said.stderr, "-1"]
    return refusals, int(kept)


@needs_strace
@pytest.mark.parametrize("more", [0, 3])
@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        ("fsync,fdatasync:error=EIO:when=1", "StoreError"),
        ("fsync,fdatasync:error=EIO:when=4", "StoreError"),
        ("pwrite64:error=EIO:when=23", "StoreError"),
        ("pwrite64:error=ENOSPC:when=26", "StoreFull"),
    ],
)
def test_a_refused_change_leaves_no_trace_and_the_next_is_kept(
    tmp_path: Path, fault: str, refusal: str, more: int
) -> None:
    """True if a kill right after the refusal, or three sales later, finds each acknowledged sale and nothing else."""
    refusals, kept = sell_on_a_failing_disk(tmp_path / "till", fault, more)
    assert refusals == [refusal]
    assert kept >= more
    with closing(sqlite_store(tmp_path / "till")) as store:
        assert [event.seq for event in store.events()] == list(range(1, 2 * kept + 1))


@needs_strace
def test_a_disk_that_fails_for_good_is_told_at_every_sale(tmp_path: Path) -> None:
    """True if no sale is acknowledged any more, and none of those refused is found afterwards."""
    refusals, kept = sell_on_a_failing_disk(tmp_path / "till", "fsync,fdatasync:error=EIO:when=5+", 3)
    assert refusals == ["StoreError"] * len(refusals)
    assert len(refusals) > 1
    with closing(sqlite_store(tmp_path / "till")) as store:
        assert len(store.events()) == 2 * kept
        assert committed(store, note("m")).events[0].seq == 2 * kept + 1


@needs_strace
def test_the_names_of_new_folders_reach_the_disk(tmp_path: Path) -> None:
    """True if the folder of each name that a first start makes is synced, not only those of the files."""
    folder, calls = tmp_path / "shop" / "till", tmp_path / "calls"
    command = ("strace", "-f", "-qq", "-y", "-o", str(calls), "-e", "trace=fsync")
    make = (sys.executable, "-c", f"from tests.store.shop import *; sqlite_store(Path({str(folder)!r})).close()")
    subprocess.run((*command, *make), check=True, capture_output=True, timeout=60)
    synced = calls.read_text(encoding="utf-8")
    for parent in (folder, folder.parent, tmp_path):
        assert f"<{parent}>)" in synced
