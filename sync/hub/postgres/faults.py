"""What PostgreSQL says, said again so that somebody can act on it.

A message names the server and the database, never a password, and never what a statement carried: the server's own
text of a violated key would quote it.
"""

import psycopg
from psycopg import errors

from pos_loyalty.errors import (
    InvariantBroken,
    PosLoyaltyError,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInterrupted,
    StoreReadOnly,
)

_IN_THE_WAY = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    # Somebody with rights ended this session; what was begun is undone, and another connection is there.
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.IdleInTransactionSessionTimeout,
)
_READ_ONLY = (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)
_STANDBY = (errors.CannotConnectNow,)
_DAMAGED = (errors.DataCorrupted, errors.IndexCorrupted, errors.UndefinedTable, errors.UndefinedColumn)


def from_postgres(error: psycopg.Error, place: str) -> PosLoyaltyError:
    """Return our own error for what was said about the database at ``place``, of a step that did not commit."""
    if isinstance(error, errors.IntegrityError):
        return InvariantBroken("a step of the hub wrote what it had not looked for; nothing was kept")
    if isinstance(error, _IN_THE_WAY) or _is_lost(error):
        return StoreInterrupted(f"{place} cut off a step before its end; nothing was kept, make it again")
    return _refused(error, place)


def _refused(error: psycopg.Error, place: str) -> StoreError:
    if isinstance(error, errors.DiskFull | errors.OutOfMemory):
        return StoreFull(f"no room left at {place}; free some space on the server's disk, nothing was lost")
    if isinstance(error, _READ_ONLY):
        return read_only(place)
    if isinstance(error, errors.DuplicateTable):
        return StoreError(
            f"{place} has tables of another program; nothing was changed, name a database of the hub's own"
        )
    if isinstance(error, _DAMAGED):
        return StoreDamaged(
            f"{place} is damaged ({error.sqlstate}); put back a backup and begin another epoch. Nothing was changed"
        )
    return StoreError(f"{place}: PostgreSQL said {error.sqlstate or type(error).__name__}; see the server's log")


def unreachable(error: psycopg.Error, place: str) -> StoreError:
    """Return the error for a server that lets nobody in; its text carries no more than host, user and reason."""
    if isinstance(error, _STANDBY):
        return StoreInterrupted(f"{place} is starting; try again in a moment")
    reason = " ".join(str(error).split())
    if "read-only" in reason or "hot standby" in reason:
        return read_only(place)
    return StoreError(f"{place} cannot be reached ({reason}); check the address, and that the server is up")


def read_only(place: str) -> StoreReadOnly:
    """Return the error for a server that takes no changes."""
    return StoreReadOnly(
        f"{place} takes no changes; it is a standby, or its user has no rights: name all servers as hosts of the "
        "address (host=a,b,c), and give the tables to the user"
    )


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection went: libpq then gives no SQLSTATE, or one of class 08 (connection exception)."""
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08").startswith("08")
