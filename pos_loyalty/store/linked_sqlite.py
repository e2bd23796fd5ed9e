"""Which SQLite this process talks to: the one that pysqlite3 carries, else Python's own.

SQLite 3.7.0 to 3.51.2 can lose commits when a checkpoint on one connection meets a WAL reset on another; 3.51.3
fixes it, as do 3.50.7 and 3.44.6 within their branches (https://sqlite.org/wal.html, "the WAL-reset bug"). Python and
Debian 12 link 3.40.
"""

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    dbapi = sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as dbapi
    except ImportError:
        dbapi = sqlite3

Version = tuple[int, int, int]

_WAL_MADE: Version = (3, 7, 0)
_FIXED: Version = (3, 51, 3)
_FIXED_IN_BRANCH = {(3, 50): 7, (3, 44): 6}


def linked_version() -> Version:
    """Return the version of the SQLite in use, such as ``(3, 53, 4)``."""
    major, minor, patch = dbapi.sqlite_version_info
    return major, minor, patch


def is_fixed(version: Version) -> bool:
    """Whether ``version`` is free of the WAL-reset bug."""
    if version < _WAL_MADE or version >= _FIXED:
        return True
    patch = _FIXED_IN_BRANCH.get(version[:2])
    return patch is not None and version[2] >= patch
