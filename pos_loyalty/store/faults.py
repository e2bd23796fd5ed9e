"""What SQLite and the operating system say, said again so that somebody can act on it."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pos_loyalty.errors import StoreDamaged, StoreError, StoreFull, StoreLocked, StoreReadOnly
from pos_loyalty.store.linked_sqlite import dbapi

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY = 0xFF
"""The low byte of an extended result code is the primary one (https://sqlite.org/rescode.html)."""

_READ_ONLY_ERRNO = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT}
_WAL_INDEX_STEP_BYTES = 32 << 10
"""By so much the index file of a WAL grows (https://sqlite.org/walformat.html §2)."""

UNREADABLE = "a document in it does not read back"
OF_A_TILL = "put back the newest backup of the journal"
"""What to do about a damaged file of a till."""


@contextlib.contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Say in our words what SQLite, the system or a document said about ``path``."""
    try:
        yield
    except dbapi.Error as error:
        raise from_sqlite(error, path) from error
    except OSError as error:
        raise from_os(error, path) from error
    except msgspec.DecodeError as error:
        raise damaged(path, UNREADABLE) from error


def from_sqlite(error: dbapi.Error, path: Path, remedy: str = OF_A_TILL) -> StoreError:
    """Return the store's own error for what SQLite said about ``path``; ``remedy`` is that of damage."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    primary = code & _PRIMARY
    if primary in _LOCKED:
        return StoreLocked(f"{path} is being written by another program; close it (lsof {path}) and try again")
    # An index file of the WAL that cannot grow is an input/output error; which one, pysqlite3 does not say.
    if primary == sqlite3.SQLITE_FULL or (primary == sqlite3.SQLITE_IOERR and _has_no_room(path)):
        return StoreFull(f"no room left for {path}; free some space on its disk, nothing was lost")
    if primary in _READ_ONLY:
        return read_only(path)
    if primary in _DAMAGED:
        return damaged(path, str(error), remedy)
    return StoreError(f"{path}: SQLite said {error} ({code}); see the system log for the disk, then restart")


def from_os(error: OSError, path: Path) -> StoreError:
    """Return the store's own error for what the operating system said about ``path``."""
    if error.errno in _READ_ONLY_ERRNO:
        return read_only(path)
    if error.errno in _FULL_ERRNO:
        return StoreFull(f"no room left for {path}; free some space on its disk, nothing was lost")
    return StoreError(f"{path}: the system said {error.strerror}; check the path and its disk")


def read_only(path: Path) -> StoreReadOnly:
    """Return the error for a file or folder that cannot be written."""
    return StoreReadOnly(f"{path} cannot be written; give its folder and files to the user of the service")


def _has_no_room(path: Path) -> bool:
    try:
        disk = os.statvfs(path)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _WAL_INDEX_STEP_BYTES


def damaged(path: Path, finding: str, remedy: str = OF_A_TILL) -> StoreDamaged:
    """Return the error for a file that is no sound database."""
    return StoreDamaged(f"{path} is damaged ({finding}); keep a copy of it, then {remedy}. Nothing was changed")
