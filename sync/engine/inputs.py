"""What can happen to the line.

Each :class:`~sync.engine.effects.Send` and :class:`~sync.engine.effects.Fetch` has exactly one outcome that names its
number. An outcome with another number than the newest is late, and ignored. Numbers begin anew with each process: what
one has asked must not be answered to the next.
"""

import msgspec

from pos_loyalty.core.feed import Cursor, FeedPage
from sync.engine.effects import Way
from sync.engine.troubles import Trouble
from sync.wire import HaltReason, PushAnswer


class Started(msgspec.Struct, frozen=True):
    """The till has started, or a person has seen to what halted the line."""


class Stopped(msgspec.Struct, frozen=True):
    """Ask for nothing more; what is under way may end."""


class Tick(msgspec.Struct, frozen=True):
    """Time has passed."""


class Appended(msgspec.Struct, frozen=True):
    """There is something in the outbox."""


class Hint(msgspec.Struct, frozen=True):
    """There is something new in the feed."""


class Listens(msgspec.Struct, frozen=True):
    """Whether a wait at the hub is under way that will bring a hint of whatever is new."""

    up: bool


class Quiet(msgspec.Struct, frozen=True):
    """A wait ended, and there was nothing beyond the cursor of the replica."""

    since_ns: int
    """When the hub looked, by the clock of ``Now``."""


class NothingToSend(msgspec.Struct, frozen=True):
    """The outbox is empty; nobody was asked."""

    number: int


class PushAnswered(msgspec.Struct, frozen=True):
    """The hub gave its verdicts."""

    number: int
    sent: tuple[str, ...]
    """Ids of the events of the batch."""
    answer: PushAnswer


class PullAnswered(msgspec.Struct, frozen=True):
    """The hub gave a page."""

    number: int
    asked: Cursor
    """From where."""
    page: FeedPage


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A try, or the writing of what had come of it, came to nothing."""

    way: Way
    number: int
    trouble: Trouble
    sent: tuple[str, ...] = ()
    """Ids of the events of the batch."""
    retry_after_ns: int = 0


class Halted(msgspec.Struct, frozen=True):
    """The hub serves this terminal no more."""

    way: Way
    number: int
    reason: HaltReason


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What was to be written is on disk."""

    way: Way
    number: int
    reopened: bool = False
    """Events wait again that had been acknowledged."""
    wrong: frozenset[int] = frozenset()
    """Partitions whose checksum is not the hub's; their cursor is forgotten."""


PushOutcome = NothingToSend | PushAnswered | Failed | Settled
PullOutcome = PullAnswered | Failed | Settled
Outcome = PushOutcome | PullOutcome | Halted
Prompt = Started | Stopped | Tick | Appended | Hint | Listens | Quiet
Input = Prompt | Outcome
