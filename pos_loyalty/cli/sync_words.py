"""How the line is, in English sentences for the command line and ``doctor``. Pure."""

from collections.abc import Iterator
from typing import Final

from pos_loyalty.ports import LineState, LineView
from sync.engine.troubles import Trouble
from sync.wire import HaltReason

TROUBLES: Final = {
    Trouble.UNREACHABLE: ("the hub cannot be reached", "look at the network of the shop, and at [hub] url"),
    Trouble.TLS: (
        "the certificate of the hub is not believed",
        "set the clock of this machine; a certificate of your own is named in [hub] ca",
    ),
    Trouble.TIMEOUT: ("the hub does not answer in time", "the network is slow, or the hub is: it is tried again"),
    Trouble.PORTAL: (
        "something that is not the hub answers",
        "the network wants somebody to sign in, or [hub] url is wrong",
    ),
    Trouble.SERVER: ("the hub has a fault of its own", "its log says which; the till tries again by itself"),
    Trouble.BUSY: ("the hub asks for time", "nothing: the till tries again by itself"),
    Trouble.REFUSED: ("the hub could not read a request", "install the same version on both ends"),
    Trouble.TOO_LARGE: ("an event is larger than the hub takes", "see pos-loyalty sync put-aside"),
    Trouble.UNAUTHENTICATED: ("the hub does not know the key of this till", "enrol it: pos-loyalty enrol CODE"),
    Trouble.FORBIDDEN: ("the hub refuses this till", "ask the office; then pos-loyalty enrol CODE"),
    Trouble.UNEXPECTED: ("the hub answers as none of this version does", "install the same version on both ends"),
    Trouble.UNREADABLE: ("an answer of the hub cannot be read", "look for a proxy in between; it is tried again"),
    Trouble.STORE: ("this till cannot write what came", "make room on its disk; pos-loyalty doctor says more"),
}
"""What is seen, and what to do."""

HALTS: Final = {
    HaltReason.REVOKED: ("the office revoked this till", "if that was a mistake: pos-loyalty enrol CODE"),
    HaltReason.FORKED: (
        "the journal of this till was put back from a backup, or copied",
        "stop the service, then pos-loyalty enrol --again CODE; nothing is lost",
    ),
    HaltReason.CLONED: (
        "two tills have the name of this one",
        "on each of them: stop the service, then pos-loyalty enrol --again CODE; nothing is lost",
    ),
    HaltReason.TOO_OLD: ("this program is too old for the hub", "install the newer version"),
    HaltReason.UNKNOWN_TERMINAL: (
        "the hub does not know this till",
        "have the office make a code, then pos-loyalty enrol CODE",
    ),
}
"""What is seen, and what to do."""

STALE_SERVICE: Final = ("the service was started without a hub", "restart it: systemctl restart pos-loyalty")
"""What is seen, and what to do: the configuration names a hub by now."""

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS


def told(line: LineView, now_ms: int, *, configured: bool) -> Iterator[str]:
    """Yield how the line is, a sentence at a time; ``now_ms`` is the till's clock."""
    if not configured:
        yield "no hub is configured: everything stays on this till"
        return
    yield f"{line.state.value}{_why(line)}"
    yield f"data: {age(line, now_ms)}"
    if line.bootstrap_percent is not None:
        yield f"fetching a prepared replica: {line.bootstrap_percent} %"
    yield waiting(line, now_ms)
    if line.put_aside:
        yield f"{counted(line.put_aside, 'event is', 'events are')} put aside: pos-loyalty sync put-aside"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with what it counts.

    >>> counted(1, "event waits", "events wait"), counted(2_000, "event waits", "events wait")
    ('1 event waits', '2,000 events wait')
    """
    return f"{number:,} {one if number == 1 else many}"


def waiting(line: LineView, now_ms: int) -> str:
    """Return how many events wait for the hub, and for how long.

    >>> waiting(LineView(waiting=12, waiting_since_ms=0), 3 * 3_600_000)
    '12 events wait for the hub, the oldest for 3 hours'
    """
    said = f"{counted(line.waiting, 'event waits', 'events wait')} for the hub"
    if not line.waiting or line.waiting_since_ms is None:
        return said
    return f"{said}, {'' if line.waiting == 1 else 'the oldest '}for {_span(now_ms - line.waiting_since_ms)}"


def age(line: LineView, now_ms: int) -> str:
    """Return how old what this till shows is, by the hub's clock.

    >>> age(LineView(fresh_ms=0), 7_200_000)
    'everything as of 2 hours ago'
    """
    if line.fresh_ms is None:
        return "not everything has come yet"
    passed_ms = max(now_ms + line.ahead_ms, line.seen_ms) - line.fresh_ms
    return f"everything as of {_span(passed_ms)} ago"


def _span(passed_ms: int) -> str:
    for unit_ms, name in ((_DAY_MS, "day"), (_HOUR_MS, "hour"), (_MINUTE_MS, "minute")):
        if passed_ms >= unit_ms:
            number = passed_ms // unit_ms
            return counted(number, name, f"{name}s")
    return "less than a minute"


def _why(line: LineView) -> str:
    if line.state is LineState.HALTED:
        seen, remedy = HALTS[HaltReason(line.halt)]
    elif line.trouble:
        seen, remedy = TROUBLES[Trouble(line.trouble)]
    elif line.state is LineState.ALONE:
        seen, remedy = STALE_SERVICE
    elif line.state is LineState.OFFLINE:
        return ": the hub has not answered yet"
    else:
        return ""
    return f": {seen}; {remedy}"
