"""The folder of a store: its file names, its lock, and renames that survive a power cut."""

import fcntl
import os
from pathlib import Path

from pos_loyalty.errors import StoreLocked
from pos_loyalty.store.faults import from_os

MODE = 0o700
"""Customers' names are nobody else's business."""


class Folder:
    """A folder that this process alone uses until :meth:`release`.

    Raises:
        StoreLocked: another process holds it.
        StoreReadOnly: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / "journal.db"
        self.replica = path / "replica.db"
        try:
            _make(path)
            handle = os.open(path / "store.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise from_os(error, path) from error
        self._lock = os.fdopen(handle, "r+b", buffering=0)
        try:
            self._claim()
        except BaseException:
            self._lock.close()
            raise

    def release(self) -> None:
        """Let other processes in. The lock file stays: removing it would let two in."""
        self._lock.close()

    def _claim(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._lock.truncate()
            self._lock.write(f"{os.getpid()}\n".encode())
        except BlockingIOError:
            holder = self._lock.read(20).decode(errors="replace").strip() or "unknown"
            raise StoreLocked(
                f"{self.path} is in use by process {holder}; stop that one, or give this one another folder"
            ) from None
        except OSError as error:
            raise from_os(error, self.path) from error


def _make(path: Path) -> None:
    """Make the folder; after a power cut it is still there, and the journal in it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=MODE, parents=True, exist_ok=True)
    for folder in missing:
        sync(folder.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(made: Path, place: Path) -> None:
    """Give the finished file ``made`` the name ``place``: after a power cut there is the old one or the new one."""
    made.chmod(0o600)
    sync(made)
    made.replace(place)
    sync(place.parent)


def sidecars(database: Path) -> tuple[Path, ...]:
    """Return the files SQLite may keep beside ``database``."""
    return tuple(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal"))


def discard(database: Path) -> None:
    """Remove a database that is of no more use, and what SQLite kept beside it."""
    for path in (database, *sidecars(database)):
        path.unlink(missing_ok=True)
