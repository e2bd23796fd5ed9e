"""The folder of the store: writable, private, roomy, of a schema this program knows; and who has it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.store.connections import schema_steps

_AREA = "store"
_FREE_BYTES_MIN: Final = 512 << 20
"""A new replica of a million members is made beside the old one, and takes about as much."""
_OTHERS: Final = 0o077
_SCHEMA_AT: Final = slice(60, 64)
"""``user_version`` in the header of an SQLite file (https://sqlite.org/fileformat.html, section 1.3)."""


def check_store(folder: Path) -> Iterator[Finding]:
    """Look at the folder from outside: a service that is using it is not disturbed."""
    if not folder.is_dir():
        remedy = "it is made when the service starts; if that fails, make it for the user of the service, mode 0700"
        yield Finding(_AREA, f"{folder} does not exist", "" if os.access(folder.parent, os.W_OK) else remedy)
        return
    yield from _access(folder)
    yield _room(folder)
    for kind in ("journal", "replica"):
        yield from _file(folder / f"{kind}.db", kind)
    yield from (
        Finding(_AREA, f"{damaged.name} was put aside", "keep it for whoever looks into it, then remove it")
        for damaged in sorted(folder.glob("replica.db.damaged-*"))
    )
    holder = _holder(folder / "store.lock")
    yield Finding(_AREA, f"in use by process {holder}" if holder else "not in use")


def _access(folder: Path) -> Iterator[Finding]:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(_AREA, f"{folder} is not writable for this user", "run doctor as the user of the service")
    if folder.stat().st_mode & _OTHERS:
        yield Finding(_AREA, f"{folder} is open to other users", f"chmod 0700 {folder}")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    seen = f"{folder}: {free >> 20:,} MiB free"
    return Finding(_AREA, seen, "" if free >= _FREE_BYTES_MIN else f"make room: {_FREE_BYTES_MIN >> 20} MiB at least")


def _file(path: Path, kind: str) -> Iterator[Finding]:
    try:
        with path.open("rb") as file:
            version = int.from_bytes(file.read(100)[_SCHEMA_AT], "big")
    except FileNotFoundError:
        yield Finding(_AREA, f"{path.name} is not there yet; it is made when the service starts")
        return
    except OSError as error:
        yield Finding(_AREA, f"{path.name} cannot be read: {error.strerror}", "run doctor as the user of the service")
        return
    known = len(schema_steps(kind))
    remedy = "install the version of the program that wrote it, or a newer one" if version > known else ""
    wal = path.with_name(f"{path.name}-wal")
    size = path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    yield Finding(_AREA, f"{path.name}: {size >> 10:,} KiB, schema {version} (known: {known})", remedy)


def _holder(lock: Path) -> int | None:
    """Return the process that holds the lock, by proc_locks(5): asking the lock itself would take it."""
    try:
        inode = str(lock.stat().st_ino)
        held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in held:
        _, _, _, _, pid, place, *_ = line.replace("-> ", "").split()
        if place.rpartition(":")[2] == inode:
            return int(pid)
    return None
