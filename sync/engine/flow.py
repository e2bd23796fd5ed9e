"""One conversation with the hub, push or pull: where it stands, and what moves both alike. Pure."""

from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from sync.engine.pauses import PATIENCE_NS, POLL_NS, Now, about_ns, backoff_ns
from sync.engine.troubles import Trouble


class Phase(StrEnum):
    """Where a conversation stands."""

    RESTING = "resting"
    ASKING = "asking"
    SETTLING = "settling"
    """The answer is being written; nothing is asked before it is on disk."""
    WAITING = "waiting"
    """After a failure; only the clock ends it."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between two inputs."""

    phase: Phase = Phase.RESTING
    until_ns: int = 0
    """When the clock ends the phase; while settling, the earliest time of the next try."""
    number: int = 0
    """Of the newest try."""
    failures: int = 0
    """In a row."""
    again: bool = False
    """Something new came up while this try was under way."""
    trouble: Trouble | None = None
    """Of the last try."""


F = TypeVar("F", bound=Flow)


def asking(flow: F, now: Now) -> F:
    """Begin a try."""
    return replace(flow, phase=Phase.ASKING, until_ns=now.ns + PATIENCE_NS, number=flow.number + 1, again=False)


def settling(flow: F, next_ns: int = 0) -> F:
    """Wait for the disk; the next try is not before ``next_ns``."""
    return replace(flow, phase=Phase.SETTLING, until_ns=next_ns)


def resting(flow: F, now: Now, every_ns: int = POLL_NS) -> F:
    """Rest until the next look, or look at once if something came up meanwhile."""
    until_ns = now.ns if flow.again else now.ns + about_ns(every_ns, now.chance)
    return replace(flow, phase=Phase.RESTING, until_ns=until_ns)


def going_on(flow: F, now: Now) -> F:
    """Try again at once, or when the pause that was set while settling is over."""
    if flow.phase is Phase.SETTLING and flow.until_ns > now.ns:
        return replace(flow, phase=Phase.WAITING)
    return replace(flow, phase=Phase.RESTING, until_ns=now.ns)


def failed(flow: F, trouble: Trouble, now: Now, retry_after_ns: int = 0) -> F:
    """Count a failure and wait."""
    failures = flow.failures + 1
    until_ns = now.ns + backoff_ns(failures, now.chance, retry_after_ns)
    return replace(flow, phase=Phase.WAITING, until_ns=until_ns, failures=failures, trouble=trouble)


def roused(flow: F, now: Now) -> F:
    """Take note that there is something to do. A pause after a failure is not cut short."""
    match flow.phase:
        case Phase.RESTING:
            return replace(flow, until_ns=now.ns)
        case Phase.WAITING:
            return flow
        case _:
            return replace(flow, again=True)


def begun(flow: F, now: Now) -> F:
    """Forget old failures; a try that is under way goes on."""
    if flow.phase in {Phase.RESTING, Phase.WAITING}:
        flow = replace(flow, phase=Phase.RESTING, until_ns=now.ns)
    return replace(flow, failures=0, trouble=None)
