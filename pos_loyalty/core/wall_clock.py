"""From what the clock on the shop's wall shows to the moment at which it shows it, and back.

On two days of the year they part (PEP 495): an hour is skipped, so a wall time may belong to no moment, or an hour
comes twice, so it belongs to two. A minute here is one of :mod:`pos_loyalty.core.recurrence_rules`.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from pos_loyalty.core.recurrence_rules import DAY


def moment_of(minute: int, after: datetime) -> datetime:
    """Return the first moment at or after ``after`` at which a clock in its zone shows ``minute``.

    A minute that the clock skips is answered with the moment of the jump. ``minute`` is not before the wall time of
    ``after``.
    """
    day, time = divmod(minute, DAY)
    hour, minute_of_hour = divmod(time, 60)
    once = datetime.fromordinal(day).replace(hour=hour, minute=minute_of_hour, tzinfo=after.tzinfo)
    again = once.replace(fold=1)
    if once.utcoffset() == again.utcoffset():
        return once
    first, second = once.astimezone(UTC), again.astimezone(UTC)
    if first > second:
        return _jump(second, first, after)
    return once if first >= after.astimezone(UTC) else again


def set_back(now: datetime) -> datetime | None:
    """Return the moment at which the clock goes back over the wall time of ``now``; None if it is not about to.

    From then on wall times come round that lie before that of ``now``.
    """
    again = now.replace(fold=1)
    if now.fold or again.utcoffset() == now.utcoffset():
        return None
    return _jump(now.astimezone(UTC), again.astimezone(UTC), now)


def _jump(before: datetime, after: datetime, local: datetime) -> datetime:
    """Return the second at which the clock of ``local`` jumps, somewhere after ``before`` and up to ``after`` (UTC)."""
    start = before.replace(microsecond=0)

    def seen(seconds: int) -> datetime:
        return (start + timedelta(seconds=seconds)).astimezone(local.tzinfo)

    seconds = range(int((after - start).total_seconds()) + 1)
    offset = seen(0).utcoffset()
    return seen(bisect_left(seconds, True, key=lambda second: seen(second).utcoffset() != offset))  # noqa: FBT003 - a value
