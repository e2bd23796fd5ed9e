"""How long a server asks to be left alone: the field ``Retry-After`` (RFC 9110, section 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sync.engine.pauses import RETRY_AFTER_NS_MAX

_SECOND_NS = 1_000_000_000


def retry_after_ns(value: str, date: str, now_ms: int) -> int:
    """Return the pause in nanoseconds, 0 if none is asked for or it cannot be read, at most 15 minutes.

    A date is compared with the answer's own (``Date``), since the clock of the till may be anything; without one with
    ``now_ms``, milliseconds since 1970 UTC.

    >>> retry_after_ns("120", "", 0)
    120000000000
    >>> retry_after_ns("Sun, 22 Nov 2026 06:00:30 GMT", "Sun, 22 Nov 2026 06:00:00 GMT", 0)
    30000000000
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        # More digits than a year of nanoseconds has are as good as the cap, and cost nothing to read.
        return min(int(value[:12]) * _SECOND_NS, RETRY_AFTER_NS_MAX)
    until = _moment(value)
    if until is None:
        return 0
    now = _moment(date) or datetime.fromtimestamp(now_ms / 1_000, UTC)
    return max(0, min(int((until - now).total_seconds()) * _SECOND_NS, RETRY_AFTER_NS_MAX))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
