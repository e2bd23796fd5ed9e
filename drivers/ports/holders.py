"""Which other process holds a device open, as far as this process may see."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Holder(msgspec.Struct, frozen=True):
    """A process that has a device open."""

    pid: int
    name: str


def holders(device: str) -> list[Holder]:
    """Give the processes other than this one that hold ``device`` (or what it links to), by process number.

    Processes of other users are only visible to root: an empty list does not prove that nobody is there.
    """
    target = Path(device).resolve()
    return [Holder(pid, _name_of(pid)) for pid in sorted(_other_processes()) if _has_open(pid, target)]


def _other_processes() -> Iterator[int]:
    mine = os.getpid()
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and int(entry.name) != mine)


def _has_open(pid: int, target: Path) -> bool:
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # it has ended, or is not ours to see
    return any(_target_of(link) == target for link in links)


def _target_of(link: Path) -> Path | None:
    try:
        return link.readlink()
    except OSError:
        return None


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a process that has just ended"
