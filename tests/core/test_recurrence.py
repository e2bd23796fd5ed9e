"""Recurrence rules: read strictly, and expanded as python-dateutil expands them, only bounded."""

from datetime import UTC, datetime, timedelta
from itertools import dropwhile, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.recurrence import latest_start, next_start, rule_of
from pos_loyalty.core.recurrence_rules import DAY, LAST_MINUTE, minute_of

MONDAY = datetime(2024, 1, 1, 17)  # noqa: DTZ001 - rules are local
END = datetime(2028, 12, 31, 23, 59)  # noqa: DTZ001 - the same


def at(text: str) -> datetime:
    """Return a local time."""
    return datetime.fromisoformat(text)


def starts(rule: str, first: datetime = MONDAY, until: datetime = END) -> list[datetime]:
    """Return all starts of a rule up to ``until``, found one after the other."""
    found: list[datetime] = []
    minute = minute_of(first) - DAY
    while (start := next_start(rule, first, minute, minute_of(until))) is not None and start <= minute_of(until):
        found.append(datetime.fromordinal(start // DAY) + timedelta(minutes=start % DAY))
        minute = start + 1
    return found


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        pytest.param("FREQ=WEEKLY;BYDAY=FR", "2024-01-01T17:00", "2024-01-05 2024-01-12 2024-01-19", id="Fridays"),
        pytest.param("FREQ=WEEKLY", "2024-01-03T17:00", "2024-01-03 2024-01-10 2024-01-17", id="weekday of the first"),
        pytest.param("FREQ=MONTHLY", "2024-01-31T17:00", "2024-01-31 2024-03-31 2024-05-31", id="only long months"),
        pytest.param("FREQ=MONTHLY;BYMONTHDAY=-1", "2024-01-31T17:00", "2024-01-31 2024-02-29 2024-03-31", id="last"),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=-1FR", "2024-01-01T17:00", "2024-01-26 2024-02-23 2024-03-29", id="last Friday"
        ),
        pytest.param("FREQ=YEARLY", "2024-02-29T17:00", "2024-02-29 2028-02-29", id="29 February"),
        pytest.param("FREQ=YEARLY;BYMONTH=3", "2024-01-09T17:00", "2024-03-09 2025-03-09 2026-03-09", id="its day"),
        pytest.param("FREQ=YEARLY;INTERVAL=2", "2024-05-01T17:00", "2024-05-01 2026-05-01 2028-05-01", id="each other"),
        pytest.param(
            "FREQ=YEARLY;BYYEARDAY=-1", "2024-01-01T17:00", "2024-12-31 2025-12-31 2026-12-31", id="year's end"
        ),
        pytest.param("FREQ=YEARLY;BYWEEKNO=20", "2024-01-01T17:00", "2024-05-13 2025-05-12 2026-05-11", id="week 20"),
        pytest.param("FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU", "2024-01-01T17:00", "2027-01-03", id="a week of last year"),
        pytest.param(
            "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", "2024-01-01T17:00", "2024-12-29 2025-12-28 2027-01-03", id="-1"
        ),
        pytest.param(
            "FREQ=YEARLY;BYDAY=20MO", "2024-01-01T17:00", "2024-05-13 2025-05-19 2026-05-18", id="20th Monday"
        ),
        pytest.param(
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2024-01-01T17:00", "2024-11-28 2025-11-27 2026-11-26", id="4th"
        ),
        pytest.param("FREQ=DAILY;INTERVAL=10", "2024-02-25T17:00", "2024-02-25 2024-03-06 2024-03-16", id="10 days"),
        pytest.param("freq=daily;count=2", "2024-02-28T17:00", "2024-02-28 2024-02-29", id="count, small letters"),
        pytest.param("FREQ=MONTHLY;COUNT=3", "2024-12-31T17:00", "2024-12-31 2025-01-31 2025-03-31", id="over years"),
        pytest.param("FREQ=DAILY;UNTIL=20240103", "2024-01-01T17:00", "2024-01-01 2024-01-02 2024-01-03", id="its day"),
        pytest.param(
            "FREQ=DAILY;UNTIL=20240103T165900", "2024-01-01T17:00", "2024-01-01 2024-01-02", id="until a time"
        ),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2024-01-01T17:00",
            "2024-01-31 2024-02-29 2024-03-29",
            id="last workday",
        ),
        pytest.param(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            "2024-01-02T17:00",
            "2024-01-02 2024-01-14 2024-01-16",
            id="weeks begin on Sunday",
        ),
        pytest.param(
            "FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;WKST=SU",
            "2024-12-25T17:00",
            "2024-12-29 2025-01-05",
            id="New Year's week",
        ),
        pytest.param("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2024-01-01T17:00", "", id="30 February"),
        pytest.param("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1", "2024-01-01T17:00", "", id="one 30 February"),
    ],
)
def test_a_rule_names_its_days(rule: str, first: str, expected: str) -> None:
    """The first three days are those of a wall calendar, at the hour of the first start."""
    expected_days = expected.split()
    found = starts(rule, at(first))[:3]
    assert [start.date().isoformat() for start in found[: len(expected_days) or 3]] == expected_days
    assert all((start.hour, start.minute) == (17, 0) for start in found)


def test_hours_recur() -> None:
    """Every fifth hour goes on over midnight; BYHOUR and BYMINUTE multiply."""
    assert [start.hour for start in starts("FREQ=HOURLY;INTERVAL=5;COUNT=4")] == [17, 22, 3, 8]
    assert [start.hour for start in starts("FREQ=HOURLY;BYHOUR=9,12;COUNT=3")] == [9, 12, 9]
    times = [(start.hour, start.minute) for start in starts("FREQ=DAILY;BYHOUR=9,18;BYMINUTE=0,30;COUNT=5")]
    assert times == [(18, 0), (18, 30), (9, 0), (9, 30), (18, 0)]


def test_the_latest_start_may_be_in_the_year_before() -> None:
    """On New Year's morning the evening before counts; before the first start there is none."""
    rule = "FREQ=DAILY"
    assert latest_start(rule, MONDAY, minute_of(at("2026-01-01T09:00"))) == minute_of(at("2025-12-31T17:00"))
    assert latest_start(rule, MONDAY, minute_of(MONDAY)) == minute_of(MONDAY)
    assert latest_start(rule, MONDAY, minute_of(MONDAY) - 1) is None
    assert latest_start(rule, MONDAY, minute_of(datetime.min.replace(hour=1))) is None  # noqa: DTZ901 - local
    assert next_start(rule, MONDAY, LAST_MINUTE, LAST_MINUTE) is None


def test_a_count_that_is_never_used_up_sets_no_end() -> None:
    """A thousand years' worth of birthdays goes on for ever, also at the end of the calendar."""
    assert rule_of("FREQ=YEARLY;COUNT=1000", MONDAY).last == LAST_MINUTE
    assert rule_of("FREQ=YEARLY;COUNT=1000", at("9990-01-01T17:00")).last == LAST_MINUTE


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "expected parts such as FREQ=WEEKLY"),
        ("every Friday", "expected parts such as FREQ=WEEKLY"),
        ("RRULE:FREQ=DAILY", "expected parts such as FREQ=WEEKLY"),
        ("FREQ=DAILY;BYSECOND=1", "known are FREQ, INTERVAL, COUNT"),
        ("DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "take DTSTART out of the rule"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is given twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "it ends by UNTIL and by COUNT"),
        ("COUNT=2", "FREQ is '': expected one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY"),
        ("FREQ=MINUTELY", "FREQ is 'MINUTELY': expected one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY"),
        ("FREQ=SECONDLY", "FREQ is 'SECONDLY'"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is '0': expected 1 to 999"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL is '-1': expected 1 to 999"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL is .1, 2.: expected one number"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "expected 1 to 999"),
        ("FREQ=DAILY;COUNT=1001", "COUNT is '1001': expected 1 to 1000"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH is '13': expected 1 to 12"),
        ("FREQ=DAILY;BYMONTHDAY=-32", "BYMONTHDAY is '-32': expected 1 to 31 or -31 to -1"),
        ("FREQ=DAILY;BYMONTHDAY=٣", "BYMONTHDAY is '٣': expected 1 to 31"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR is '24': expected 0 to 23"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "make 48 starts a day: expected at most 24"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is 'XX': expected MO, TU"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY is '0MO': expected MO, TU"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY is '54MO': expected MO, TU"),
        ("FREQ=WEEKLY;BYDAY=1MO", "a number before the day needs FREQ=MONTHLY or YEARLY"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "a number before the day needs FREQ=MONTHLY or YEARLY, no BYWEEKNO"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO has no meaning with FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY has no meaning with FREQ=WEEKLY"),
        ("FREQ=WEEKLY;WKST=XX", "WKST is 'XX': expected one of MO"),
        ("FREQ=DAILY;UNTIL=20270101T000000Z", "expected a local 20261231 or 20261231T170000, without Z"),
        ("FREQ=DAILY;UNTIL=20270230", "expected a local 20261231"),
        ("FREQ=DAILY;UNTIL=soon", "expected a local 20261231"),
        ("FREQ=DAILY;UNTIL=20230101", "expected a time after the first start, 2024-01-01T17:00:00"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_remedy(rule: str, message: str) -> None:
    """The error names the part, what was met and what was expected."""
    with pytest.raises(ValueError, match=message):
        rule_of(rule, MONDAY)


@pytest.mark.parametrize(
    "first", [datetime(2026, 1, 1, tzinfo=UTC), at("2026-01-01T17:00:01"), at("2026-01-01T17:00:00.5")]
)
def test_the_first_start_is_local_and_in_whole_minutes(first: datetime) -> None:
    """A zone or a second is refused, since neither would be honoured."""
    with pytest.raises(ValueError, match="expected a local time in whole minutes, without a zone"):
        rule_of("FREQ=DAILY", first)


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def joined(items: st.SearchStrategy[str] | st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Return lists for a part of a rule."""
    return st.lists(items, min_size=1, max_size=4, unique=True).map(lambda found: ",".join(map(str, found)))


SIGNED_DAY = st.integers(1, 28) | st.integers(-28, -1)
COMMON = {"INTERVAL": st.integers(1, 5), "WKST": st.sampled_from(DAYS)}
TIMES = {"BYHOUR": joined(st.integers(0, 23)), "BYMINUTE": joined(st.integers(0, 59))}
MONTHS = {"BYMONTH": joined(st.integers(1, 12))}
WEEKDAYS = joined(st.sampled_from(DAYS))
NUMBERED = joined(st.builds("{}{}".format, st.sampled_from((1, 2, 3, 4, -1, -2)), st.sampled_from(DAYS)))


def rules(frequency: str, parts: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[str]:
    """Return rules of one frequency that have any of ``parts``."""
    return st.fixed_dictionaries({}, optional=parts).map(
        lambda found: ";".join([f"FREQ={frequency}", *(f"{key}={value}" for key, value in found.items())])
    )


# Left out: what dateutil takes otherwise than RFC 5545 (BYWEEKNO alone, numbered and plain days in one BYDAY, BYSETPOS
# in the week of the first start), and what sends it to the year 9999.
RULES = st.one_of(
    rules("YEARLY", {**COMMON, **TIMES, **MONTHS, "BYMONTHDAY": joined(SIGNED_DAY), "BYDAY": WEEKDAYS}),
    rules("YEARLY", {**COMMON, **TIMES, **MONTHS, "BYDAY": NUMBERED}),
    rules("YEARLY", {**COMMON, **TIMES, "BYYEARDAY": joined(st.integers(1, 365) | st.integers(-365, -1))}),
    rules("MONTHLY", {**TIMES, **MONTHS, "BYMONTHDAY": joined(SIGNED_DAY)}),
    rules("MONTHLY", {**COMMON, **TIMES, "BYDAY": WEEKDAYS, "BYSETPOS": joined(st.sampled_from((1, 2, -1)))}),
    rules("MONTHLY", {**COMMON, **TIMES, "BYDAY": NUMBERED}),
    rules("WEEKLY", {**COMMON, **TIMES, **MONTHS, "BYDAY": WEEKDAYS}),
    rules("DAILY", {**COMMON, **TIMES, **MONTHS, "BYDAY": WEEKDAYS}),
    rules("HOURLY", {**COMMON, **MONTHS, "BYDAY": WEEKDAYS}),
    st.tuples(joined(st.integers(1, 51)), WEEKDAYS, st.sampled_from(DAYS)).map(
        lambda found: "FREQ=YEARLY;BYWEEKNO={};BYDAY={};WKST={}".format(*found)
    ),
)
FIRSTS = st.builds(
    datetime, st.integers(2019, 2023), st.integers(1, 12), st.integers(1, 28), st.integers(0, 23), st.integers(0, 59)
)


@settings(deadline=None)
@given(RULES, FIRSTS, st.integers(2019, 2026))
def test_a_year_of_a_rule_is_what_dateutil_makes_of_it(rule: str, first: datetime, year: int) -> None:
    """Two implementations that share nothing name the same minutes."""
    begin, end = datetime(year, 1, 1), datetime(year, 12, 31, 23, 59)  # noqa: DTZ001 - local
    ours = [start for start in starts(rule, first, end) if start >= begin]
    walk = takewhile(lambda start: start <= end, rrulestr(rule, dtstart=first))
    assert ours == list(dropwhile(lambda start: start < begin, walk))
