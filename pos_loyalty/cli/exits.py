"""How the program ends. The numbers above 63 are those of sysexits.h, which systemd knows by name."""

from enum import IntEnum

from pos_loyalty.errors import (
    ConfigError,
    InvariantBroken,
    PosLoyaltyError,
    ReaderError,
    RecordingError,
    ServiceAlreadyRunning,
    ServiceUnreachable,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)


class Exit(IntEnum):
    """Every exit code; ``docs/reference/exit-codes.md`` says what to do about each."""

    OK = 0
    """It worked."""
    REFUSED = 1
    """It worked and the answer is no: an unknown code, a problem found by ``doctor``, a demo that went wrong."""
    USAGE = 2
    """The command line is wrong."""
    DATA = 65
    """A file of the store is damaged, or from a newer version."""
    UNAVAILABLE = 69
    """The till service, or a reader, does not answer."""
    SOFTWARE = 70
    """A defect of this program."""
    CANNOT_WRITE = 73
    """The store is read-only."""
    DISK = 74
    """The disk is full or failing, or a recording cannot be read or written."""
    BUSY = 75
    """Another process holds the store or the socket; try again when it has ended."""
    CONFIG = 78
    """The configuration is wrong; starting again would not mend it."""
    INTERRUPTED = 130
    """Ctrl-C."""


_BY_ERROR: dict[type[PosLoyaltyError], Exit] = {
    ConfigError: Exit.CONFIG,
    StoreLocked: Exit.BUSY,
    ServiceAlreadyRunning: Exit.BUSY,
    StoreDamaged: Exit.DATA,
    StoreTooNew: Exit.DATA,
    StoreReadOnly: Exit.CANNOT_WRITE,
    StoreFull: Exit.DISK,
    StoreError: Exit.DISK,
    RecordingError: Exit.DISK,
    ServiceUnreachable: Exit.UNAVAILABLE,
    ReaderError: Exit.UNAVAILABLE,
    InvariantBroken: Exit.SOFTWARE,
}


def exit_for(error: PosLoyaltyError) -> Exit:
    """Return the code for an error, by the nearest of its classes."""
    return next((_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR), Exit.SOFTWARE)
