"""Every exception of the product.

A message says the value met, what was expected and what to do next; ``title`` is the short form for a
screen or a problem document. Bad data at an edge (an unknown code, a negative quantity) is a *result* and
is not in this tree.

    PosLoyaltyError
    ├── ConfigError            the configuration file is wrong: file, line, nearest name
    ├── StoreError             the disk or the database said no; nothing was promised
    │   ├── StoreLocked        another process holds the store
    │   ├── StoreFull          no room left for the change
    │   ├── StoreReadOnly      the file or the folder cannot be written
    │   ├── StoreDamaged       not a database, truncated, or it contradicts itself
    │   ├── StoreTooNew        written by a newer version of this program
    │   ├── StoreInterrupted   a step was cut off before its commit: the same again may do
    │   └── StoreInDoubt       a step was cut off in its commit: it is kept whole, or not at all
    ├── ReaderError            a reader cannot be opened or was lost
    ├── ServiceUnreachable     no till service behind the socket
    ├── ServiceAlreadyRunning  another till service answers on the socket
    └── InvariantBroken        our own fault: two facts that cannot both be true
"""

import traceback


class PosLoyaltyError(Exception):
    """Root of everything the product raises on purpose."""

    title = "Something went wrong"


class ConfigError(PosLoyaltyError):
    """The configuration file is missing, unreadable or says something that is not known."""

    title = "The configuration is wrong"


class StoreError(PosLoyaltyError):
    """The store could not do what was asked, and nothing of it was kept; :class:`StoreInDoubt` alone leaves it open."""

    title = "The store cannot be used"


class StoreLocked(StoreError):
    """Another process holds the store."""

    title = "The store is in use"


class StoreFull(StoreError):
    """There is no room left for the change."""

    title = "The disk is full"


class StoreReadOnly(StoreError):
    """The file or its folder cannot be written."""

    title = "The store is read-only"


class StoreDamaged(StoreError):
    """The file is not a database, is truncated, or contradicts itself."""

    title = "The store is damaged"


class StoreTooNew(StoreError):
    """The file was written by a newer version of this program."""

    title = "The store is from a newer version"


class StoreInterrupted(StoreError):
    """A step was cut off before its commit, or stood in another's way.

    Nothing of it was kept, and the same again may do at once.
    """

    title = "The store was interrupted"


class StoreInDoubt(StoreError):
    """A step was cut off in its commit: it is kept whole, or nothing of it is.

    To be told as neither done nor failed. The same again, under the same ids, brings out which.
    """

    title = "The store did not say whether it was kept"


class ReaderError(PosLoyaltyError):
    """A reader cannot be opened or was lost while in use."""

    title = "The reader does not answer"


class RecordingError(PosLoyaltyError):
    """A recording of a reader cannot be read or written."""

    title = "The recording cannot be used"


class ServiceUnreachable(PosLoyaltyError):
    """No till service answers behind the socket."""

    title = "The till service does not answer"


class ServiceAlreadyRunning(PosLoyaltyError):
    """Another till service answers on the socket."""

    title = "A till service is already running"


class InvariantBroken(PosLoyaltyError):
    """Two facts that cannot both be true: a defect of this program, never of its input."""

    title = "Internal contradiction"


def whence(error: BaseException) -> str:
    """Return the type of ``error`` and the places it passed, innermost last, without any message or value.

    Fit for a log: the message of a foreign exception may hold the name, number or code that it choked on.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"
