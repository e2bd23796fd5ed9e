"""Which days are due. Pure."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

AHEAD_DAYS_MAX: Final = 14
"""Days that are made up for without asking. A clock that is further ahead is more likely wrong than the hub was off so
long; what it let expire would be gone before anybody looked."""


def due_days(last: date | None, today: date) -> tuple[date, ...]:
    """Return the days whose night is due, oldest first: those after ``last``, each once, whatever the clock does.

    Under a clock that was set back none is. A hub that never had a night has only today's.

    >>> due_days(date(2026, 3, 19), date(2026, 3, 21))
    (datetime.date(2026, 3, 20), datetime.date(2026, 3, 21))
    """
    if last is None:
        return (today,)
    return tuple(last + timedelta(days=number + 1) for number in range((today - last).days))


def beginning_of(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which a day begins; where the clock skips it, the first that there is.

    The date of that moment in ``zone`` is ``day``, on the days on which clocks change too.
    """
    midnight = datetime.combine(day, time.min, zone)
    there = datetime.fromtimestamp(midnight.timestamp(), zone)
    return there if there.date() == day else midnight.replace(fold=1)
