"""What a reader hands to the till: one decoded reading, or the reason there is none.

Times are nanoseconds of the monotonic clock of the process that read the bytes. They measure latency and
order nothing.
"""

from enum import StrEnum

import msgspec

from pos_loyalty.core.decisions import Decision


class ScanFault(StrEnum):
    """Why bytes from a reader did not become a scan."""

    PAYMENT_CARD = "payment_card"
    """A payment card: refused before anything logged, queued or stored it."""
    UNREADABLE = "unreadable"
    """Bytes that are not text, or control characters inside a code."""
    PARITY = "parity"
    """Readable once the high bit is cleared: the reader sends parity that the port does not expect."""
    TOO_LONG = "too_long"
    """No terminator within the longest code the framer accepts."""
    INTERRUPTED = "interrupted"
    """The port vanished, or fell silent, in the middle of a frame."""
    LOST_EVENTS = "lost_events"
    """The system dropped some of what the reader sent: what is left looks whole and is another code."""
    RANDOM_NUMBER = "random_number"
    """A telephone or a bank card that shows another number each time: nobody can be known by it."""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that was understood: complete, and neither a payment card nor misread."""

    reader_id: str
    """Name of the reader in the configuration."""
    code: str
    """The text that was read, without framing and AIM identifier. Empty where nothing may be looked up by it: a
    password, a foreign link."""
    decision: Decision
    first_byte_ns: int
    last_byte_ns: int


class RefusedScan(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that ends at the driver. It deliberately has no field for what was read."""

    reader_id: str
    fault: ScanFault
    reason: str = ""
    """One sentence for a person, cause and remedy; it never quotes the reading."""
    first_byte_ns: int
    last_byte_ns: int


class Signal(StrEnum):
    """What the till lets a reader know, so that whoever holds it need not look at the screen."""

    GOOD = "good"
    """The reading was taken."""
    BAD = "bad"
    """Nothing came of it."""
    WAIT = "wait"
    """Read nothing until told to."""
    GO = "go"
    """Read again."""


class ReaderState(StrEnum):
    """Where a configured reader is in its life."""

    ABSENT = "absent"
    """Nothing is plugged in behind the configured name."""
    OPENING = "opening"
    READY = "ready"
    FAULTED = "faulted"
    """It is there, and opening it or reading it failed; the detail says why and what to do."""
    STOPPED = "stopped"


class ReaderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """State of one reader, for the status line, ``doctor`` and the API."""

    reader_id: str
    state: ReaderState
    detail: str = ""
    """One sentence for a person: cause and remedy. Empty when all is well."""
    scans: int = 0
    """Readings delivered since the service started."""
    repeats: int = 0
    """Readings of the same code dropped by the debounce."""
    refused: int = 0
    """Readings refused by framer, decoder or guard."""
