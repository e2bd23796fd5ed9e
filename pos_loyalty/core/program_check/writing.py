"""What was written in the units of another world: dates of another calendar, a currency that is none."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from pos_loyalty.core.calendars import occurrence
from pos_loyalty.core.members import Calendar
from pos_loyalty.core.program_check.findings import Code, Finding, Severity, Shop
from pos_loyalty.core.programs import Only, PointsRule, Program

_YEAR_MIN = 1900
"""No shop means an earlier year, and the years of the Jalali and Hijri calendars are all below it until 2440."""
_CODE = re.compile("[A-Z]{3}")
_TOMAN = ("IRT", "TMN", "TOM")
"""What programs call the toman: no code of ISO 4217 and no currency of a basket."""


def check_writing(programs: Sequence[Program], shop: Shop) -> Iterator[Finding]:
    """Yield what is written as no program is. The programs are of one currency, and there is one at least."""
    yield from _check_currency(programs)
    for program in programs:
        for what, day in _days(program):
            if day.year < _YEAR_MIN:
                yield _other_calendar(program, what, day, shop.now.date())


def _check_currency(programs: Sequence[Program]) -> Iterator[Finding]:
    currency = programs[0].currency
    if _CODE.fullmatch(currency) and currency not in _TOMAN:
        return
    yield Finding(
        severity=Severity.ERROR,
        code=Code.NO_CURRENCY,
        programs=tuple(program.stamp for program in programs),
        message=f"currency {currency} of {programs[0].stamp} is no code of ISO 4217, so no basket is in it: "
        "write three capital letters, and rials (IRR) instead of toman, ten times the amount",
    )


def _days(program: Program) -> Iterator[tuple[str, date]]:
    """Yield every date in a program, with the name of its field."""
    fields: list[tuple[str, date | None]] = [
        ("valid_from", program.valid_from),
        ("valid_until", program.valid_until),
    ]
    for only in _conditions(program):
        fields += [("from_date", only.when.from_date), ("until_date", only.when.until_date)]
        fields += [("starts", window.starts) for window in only.when.windows]
    yield from ((what, day) for what, day in fields if day is not None)


def _conditions(program: Program) -> Iterator[Only]:
    yield program.only
    for part in (*program.rules, *program.rewards):
        yield part.only
        if isinstance(part, PointsRule):
            yield from (multiplier.only for multiplier in part.multipliers)


def _other_calendar(program: Program, what: str, day: date, today: date) -> Finding:
    meant = [occurrence(calendar, day.year, day.month, day.day) for calendar in (Calendar.JALALI, Calendar.HIJRI)]
    near = min((one for one in meant if one is not None), key=lambda one: abs((one - today).days), default=None)
    return Finding(
        severity=Severity.ERROR,
        code=Code.OTHER_CALENDAR,
        programs=(program.stamp,),
        numbers={"year": day.year},
        message=f"{what} of {program.stamp} is in the year {day.year}: dates in programs are Gregorian"
        + (f", so write {near.isoformat()}" if near else ", so write another"),
    )
