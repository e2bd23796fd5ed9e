"""The policy of tiers: what is measured, over which time, how long a tier is held, and how it is lowered.

A member is raised as soon as the amount is there, and lowered only when the days for which the tier is held, and the
grace after them, are over. So it matters little when a tier is looked at: spending, an expiry by night or a clock
that was set back lower nobody before that day.

To be called after whatever changes the amount, between the nightly runs too: a balance that an automatic redemption
takes away again had reached its tier, and only a look in between sees it. A sale that arrives late is assessed on its
own day first, then today, so that a period that has ended in the meantime still counts it.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import MINYEAR, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

import msgspec

from pos_loyalty.core.calendars import in_calendar, occurrence
from pos_loyalty.core.expiry import GRACE_DAYS_MAX, MONTHS_MAX, ExpiryPolicy, last_day
from pos_loyalty.core.members import Calendar
from pos_loyalty.core.tiers import Tier, TierState, reached


class TierBy(StrEnum):
    """What is counted."""

    POINTS = "points"
    SPEND = "spend"
    """Minor units paid, returns taken off, with the basket at hand."""


class TierMeasure(StrEnum):
    """Which number of it is compared with the thresholds."""

    BALANCE = "balance"
    """What can be spent now: spending and expiry lower it."""
    COLLECTED = "collected"
    """What came in within the period, less what was taken back of it: spending and expiry do not lower it."""


class TierPeriod(StrEnum):
    """The time over which it is collected."""

    EVER = "ever"
    ROLLING = "rolling"
    """The last ``months`` up to today."""
    CALENDAR_YEAR = "calendar_year"
    """From 1 January (Gregorian); each year begins at nothing."""
    JALALI_YEAR = "jalali_year"
    """The same from 1 Farvardin."""


_YEARS = {TierPeriod.CALENDAR_YEAR: Calendar.GREGORIAN, TierPeriod.JALALI_YEAR: Calendar.JALALI}


class Downgrade(StrEnum):
    """How far somebody is lowered whose amount no longer reaches the tier."""

    ONE_STEP = "one_step"
    """To the tier below, which is then held as long as if it had been reached that day."""
    TO_MEASURE = "to_measure"
    """To the tier the amount reaches, or to none."""


class Tiering(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the tiers of a program are reached and lost."""

    by: TierBy = TierBy.POINTS
    measure: TierMeasure = TierMeasure.COLLECTED
    period: TierPeriod = TierPeriod.EVER
    months: int | None = None
    """Length of a rolling period."""
    starts: date | None = None
    """The first day that counts."""
    keep_months: int | None = None
    """How long a tier is held from the day it is reached; absent for ever.

    Where the period is a year, to the end of that year: 12 is the rest of this year and all of the next.
    """
    grace_days: int = 0
    """Days after that on which the tier is still held, and reaching the amount again still keeps it."""
    downgrade: Downgrade = Downgrade.ONE_STEP

    def __post_init__(self) -> None:
        """Refuse what contradicts itself and what no calendar can do (msgspec's protocol: ValueError)."""
        self._check_measure()
        for field, months in (("months", self.months), ("keep_months", self.keep_months)):
            if months is not None and not 1 <= months <= MONTHS_MAX:
                raise ValueError(f"{field} is {months}: expected 1 to {MONTHS_MAX}")
        if (self.period is TierPeriod.ROLLING) is (self.months is None):
            raise ValueError(
                f"period is {self.period} and months is {self.months}: a rolling period needs months, no other has them"
            )
        if not 0 <= self.grace_days <= GRACE_DAYS_MAX:
            raise ValueError(f"grace_days is {self.grace_days}: expected 0 to {GRACE_DAYS_MAX}")
        if self.grace_days and self.keep_months is None:
            raise ValueError(f"grace_days is {self.grace_days} for a tier held for ever: say keep_months, or no grace")

    def _check_measure(self) -> None:
        if self.measure is not TierMeasure.BALANCE:
            return
        if self.by is TierBy.SPEND:
            raise ValueError("measure is balance and by is spend: money spent has no balance, measure it as collected")
        if self.period is not TierPeriod.EVER or self.starts:
            raise ValueError("measure is balance, which has no period: leave period and starts out, or say collected")


class Window(NamedTuple):
    """The days from ``since`` up to and without ``before``; none if they are the wrong way round."""

    since: date
    before: date
    """The last day of the calendar where there is no end."""

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return the midnights in ``zone`` at which it begins and ends: what ``Book.collected`` takes."""
        since, before = (datetime.combine(day, time.min, zone) for day in self)
        return since, before


def period_of(tiering: Tiering, today: date) -> Window:
    """Return the days that count on ``today``.

    A rolling period begins on the same day of an earlier month, or on its last day where the month is shorter: on
    31 March one month reaches back to 28 February. Only a year has an end: what was sold under a clock that was ahead
    still counts once the clock is right.

    >>> period_of(Tiering(period=TierPeriod.ROLLING, months=1), date(2026, 3, 31)).since
    datetime.date(2026, 2, 28)
    """
    since, before = date.min, date.max
    if tiering.months is not None:
        since = _months_before(today, tiering.months)
    elif calendar := _YEARS.get(tiering.period):
        since = _new_year(calendar, today, 0) or since
        before = _new_year(calendar, today, 12) or before
    return Window(max(since, tiering.starts or date.min), before)


def assess(
    tiering: Tiering, tiers: Sequence[Tier], state: TierState | None, amount: int, today: date
) -> TierState | None:
    """Return the state of a member whose amount is now ``amount``; ``None`` for one who is in no tier.

    There is something to write down when it differs from ``state``.

    ``tiers`` are those of the newest version, lowest first; a state that names none of them is replaced by what the
    amount reaches. Doing it again on the same day changes nothing, and ``held_until`` never becomes earlier: not by
    a new version with a shorter term, nor by a clock that was set back.
    """
    levels = {tier.tier_id: level for level, tier in enumerate(tiers, 1)}
    held = levels.get(state.tier_id, 0) if state else 0
    best = reached(tiers, amount)
    level = levels[best.tier_id] if best else 0
    if state and level < held:
        if not _is_lost(tiering, state, today):
            return state
        level = held - 1 if tiering.downgrade is Downgrade.ONE_STEP else level
    if not level:
        return None
    term = _term(tiering, today)
    if state is None:
        return TierState(tier_id=tiers[level - 1].tier_id, since=today, held_until=term)
    if level == held and not _is_renewed(tiering, state, today):
        return state
    return TierState(
        tier_id=tiers[level - 1].tier_id,
        since=state.since if level == held else today,
        held_until=max(state.held_until, term) if state.held_until and term else None,
    )


def _term(tiering: Tiering, today: date) -> date | None:
    """Return the last day of a tier reached on ``today``; ``None`` for ever."""
    calendar = _YEARS.get(tiering.period)
    if calendar is None or tiering.keep_months is None:
        return last_day(ExpiryPolicy(months=tiering.keep_months), today)
    # In months of that calendar: twelve of another, from the last day of 1405, would end on the first of 1407.
    following = _new_year(calendar, today, tiering.keep_months + 12)
    return following and following - timedelta(days=1)


def _is_lost(tiering: Tiering, state: TierState, today: date) -> bool:
    if state.held_until is None or tiering.keep_months is None:
        return False
    # As a difference: the sum would leave the calendar in the year 9999.
    return (today - state.held_until).days > tiering.grace_days


def _is_renewed(tiering: Tiering, state: TierState, today: date) -> bool:
    """Whether an amount that still reaches the tier begins a new term.

    At the end of the old one: a term moved every night would be an event for every member every night. But
    a new year forgets what the old one reached, so that is written down while it stands.
    """
    return tiering.period in _YEARS or (state.held_until is not None and today > state.held_until)


def _new_year(calendar: Calendar, day: date, months: int) -> date | None:
    """Return the first day of the year of ``calendar`` in which the month is that is ``months`` after that of ``day``.

    ``None`` past the end of the calendar.
    """
    now = in_calendar(day, calendar)
    return occurrence(now.calendar, (now.year * 12 + now.month - 1 + months) // 12, 1, 1)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < MINYEAR:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
