"""When something holds, by the clock on the wall, and when it opens next, across jumps of that clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.windows import Hours, Weekday, When, Window, holds, is_over, next_opening

LONDON = ZoneInfo("Europe/London")
"""Skips 01:00 to 02:00 on 2026-03-29, repeats it on 2026-10-25."""
MINUTE = timedelta(minutes=1)
MON, WED, FRI, SAT = Weekday.MON, Weekday.WED, Weekday.FRI, Weekday.SAT


def at(text: str, zone: ZoneInfo = LONDON, fold: int = 0) -> datetime:
    """Return a moment by the clock on the wall; ``fold`` 1 is the second time round."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def window(rule: str, minutes: int, starts: str = "2024-01-01T17:00") -> Window:
    """Return a recurring window."""
    return Window(rule=rule, starts=datetime.fromisoformat(starts), minutes=minutes)


def hours(start: str, end: str) -> Hours:
    """Return a stretch of every day."""
    return Hours(start=start, end=end)


NIGHTS = When(weekdays=(FRI,), hours=hours("22:00", "02:00"))
HAPPY_HOUR = When(windows=(window("FREQ=WEEKLY;BYDAY=FR", 120), window("FREQ=WEEKLY;BYDAY=SA", 60)))
MAY = When(from_date=date(2026, 5, 1), until_date=date(2026, 5, 31))
MAY_NIGHTS = When(from_date=date(2026, 5, 1), until_date=date(2026, 5, 31), hours=hours("22:00", "02:00"))
DEEP_NIGHT = When(windows=(window("FREQ=DAILY", 60, starts="2024-01-01T01:30"),))


@pytest.mark.parametrize(
    ("when", "now", "expected"),
    [
        (When(), "2026-11-21T12:00", True),
        (When(weekdays=(MON, SAT)), "2026-11-21T23:59:59", True),
        (When(weekdays=(MON, SAT)), "2026-11-22T00:00", False),
        (MAY, "2026-04-30T23:59", False),
        (MAY, "2026-05-01T00:00", True),
        (MAY, "2026-05-31T23:59:59", True),
        (MAY, "2026-06-01T00:00", False),
        (When(hours=hours("17:00", "19:00")), "2026-11-21T16:59:59", False),
        (When(hours=hours("17:00", "19:00")), "2026-11-21T17:00", True),
        (When(hours=hours("17:00", "19:00")), "2026-11-21T19:00", False),
        (When(weekdays=(FRI,), hours=hours("06:00", "06:00")), "2026-11-21T05:59", True),
        (When(weekdays=(FRI,), hours=hours("06:00", "06:00")), "2026-11-20T05:59", False),
        (NIGHTS, "2026-11-20T01:00", False),
        (NIGHTS, "2026-11-20T22:00", True),
        (NIGHTS, "2026-11-21T01:59", True),
        (NIGHTS, "2026-11-21T02:00", False),
        (NIGHTS, "2026-11-21T22:00", False),
        (MAY_NIGHTS, "2026-05-01T01:00", False),
        (MAY_NIGHTS, "2026-06-01T01:00", True),
        (MAY_NIGHTS, "2026-06-01T22:00", False),
        (HAPPY_HOUR, "2026-11-20T18:59", True),
        (HAPPY_HOUR, "2026-11-20T19:00", False),
        (HAPPY_HOUR, "2026-11-21T17:59", True),
        (HAPPY_HOUR, "2026-11-22T17:30", False),
        (When(windows=(window("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", 1440),)), "2027-01-01T16:59", True),
        (When(windows=(window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 60),)), "2027-02-28T17:30", False),
        (When(windows=(window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 60),)), "2028-02-29T17:30", True),
        (When(hours=hours("17:30", "18:00"), windows=(window("FREQ=DAILY", 60),)), "2026-11-21T17:15", False),
    ],
)
def test_all_given_parts_must_hold(when: When, now: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Ends are outside, last days inside, and a night belongs to the day it began on."""
    assert holds(when, at(now)) is expected


@pytest.mark.parametrize(
    ("when", "now", "opening"),
    [
        pytest.param(When(), "2026-11-21T12:00:31", "2026-11-21T12:00:31", id="now, to the second"),
        pytest.param(NIGHTS, "2026-11-21T02:00", "2026-11-27T22:00", id="next Friday"),
        pytest.param(NIGHTS, "2026-11-20T12:00:31", "2026-11-20T22:00", id="tonight"),
        pytest.param(MAY, "2026-02-01T12:00", "2026-05-01T00:00", id="in May"),
        pytest.param(MAY_NIGHTS, "2026-05-01T01:00", "2026-05-01T22:00", id="the first night"),
        pytest.param(MAY, "2026-06-01T00:00", None, id="over"),
        pytest.param(MAY, "2025-04-29T12:00", None, id="more than 366 days ahead"),
        pytest.param(MAY, "2025-04-30T00:00", "2026-05-01T00:00", id="366 days ahead"),
        pytest.param(HAPPY_HOUR, "2026-11-20T19:00", "2026-11-21T17:00", id="another window"),
        pytest.param(
            When(hours=hours("17:30", "18:00"), windows=(window("FREQ=DAILY", 60),)),
            "2026-11-21T18:00",
            "2026-11-22T17:30",
            id="hours within a window",
        ),
        pytest.param(
            When(hours=hours("10:00", "11:00"), windows=(window("FREQ=DAILY", 60),)),
            "2026-11-21T18:00",
            None,
            id="never",
        ),
        pytest.param(
            When(windows=(window("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 60),)),
            "2027-02-28T18:00",
            "2028-02-29T17:00",
            id="29 February",
        ),
        pytest.param(When(windows=(window("FREQ=DAILY;COUNT=1", 60),)), "2026-11-21T18:00", None, id="once, long ago"),
        pytest.param(MAY, "9999-12-31T12:00", None, id="the last day of the calendar"),
        pytest.param(HAPPY_HOUR, "0001-01-01T12:00", None, id="the first day of the calendar"),
    ],
)
def test_the_next_opening_is_the_first(when: When, now: str, opening: str | None) -> None:
    """It is now, later within 366 days, or none."""
    assert next_opening(when, at(now)) == (None if opening is None else at(opening))


def test_a_window_in_the_skipped_hour_opens_at_the_jump() -> None:
    """01:30 to 02:30 is, on the day the clock skips 01:00 to 02:00, the half hour from 02:00 on."""
    before = at("2026-03-29T00:59")
    opening = next_opening(DEEP_NIGHT, before)
    assert opening is not None
    assert opening.astimezone(UTC) == before.astimezone(UTC) + MINUTE
    assert opening.isoformat() == "2026-03-29T02:00:00+01:00"
    assert holds(DEEP_NIGHT, at("2026-03-29T02:29"))
    assert not holds(DEEP_NIGHT, at("2026-03-29T02:30"))


def test_a_window_within_the_skipped_hour_waits_for_the_next_day() -> None:
    """01:10 to 01:50 never shows on that wall."""
    short = When(windows=(window("FREQ=DAILY", 40, starts="2024-01-01T01:10"),))
    assert next_opening(short, at("2026-03-29T00:30")) == at("2026-03-30T01:10")


def test_a_window_in_the_repeated_hour_is_open_twice() -> None:
    """01:10 to 01:30 comes round an hour after it has closed."""
    short = When(hours=hours("01:10", "01:30"))
    assert next_opening(short, at("2026-10-25T00:30")) == at("2026-10-25T01:10")
    for now in (at("2026-10-25T01:40"), at("2026-10-25T01:05", fold=1)):
        opening = next_opening(short, now)
        assert opening is not None
        assert opening.isoformat() == "2026-10-25T01:10:00+00:00"
    assert next_opening(short, at("2026-10-25T01:40", fold=1)) == at("2026-10-26T01:10")


def test_the_second_time_round_may_begin_in_the_middle_of_a_window() -> None:
    """00:50 to 01:20 is open again at the second when the clock goes back to 01:00."""
    opening = next_opening(When(hours=hours("00:50", "01:20")), at("2026-10-25T01:40:31"))
    assert opening is not None
    assert opening.isoformat() == "2026-10-25T01:00:00+00:00"
    late = When(hours=hours("01:50", "01:55"))
    assert next_opening(late, at("2026-10-25T01:40")) == at("2026-10-25T01:50")
    assert next_opening(MAY, at("2026-10-25T01:40")) is None


@pytest.mark.parametrize(
    ("when", "now", "expected"),
    [
        (When(), "2026-11-21T12:00", False),
        (MAY, "2026-05-31T23:59", False),
        (MAY, "2026-06-01T00:00", True),
        (MAY_NIGHTS, "2026-06-01T01:59", False),
        (MAY_NIGHTS, "2026-06-01T02:00", True),
        (When(until_date=date(2026, 5, 31), hours=hours("09:00", "18:00")), "2026-05-31T17:59", False),
        (When(until_date=date(2026, 5, 31), hours=hours("09:00", "18:00")), "2026-05-31T18:00", True),
        (HAPPY_HOUR, "2026-11-21T12:00", False),
        (When(windows=(window("FREQ=DAILY;COUNT=2", 60),)), "2024-01-02T17:59", False),
        (When(windows=(window("FREQ=DAILY;COUNT=2", 60),)), "2024-01-02T18:00", True),
        (When(windows=(window("FREQ=DAILY;UNTIL=20240102", 60), window("FREQ=DAILY", 60))), "2026-01-02T18:00", False),
    ],
)
def test_it_is_over_after_the_last_day_or_the_last_window(when: When, now: str, expected: bool) -> None:  # noqa: FBT001
    """Over is told from merely closed, to the minute."""
    assert is_over(when, at(now)) is expected


def test_a_condition_that_asks_nothing_says_so() -> None:
    """``always`` is true of the empty condition only."""
    assert When().always
    assert not any(when.always for when in (NIGHTS, HAPPY_HOUR, MAY, When(weekdays=(MON,)), When(until_date=date.max)))


def test_the_wire_form_is_what_a_shop_owner_writes() -> None:
    """Hours are written from and until; what is not set is left out; what is read is what was written."""
    text = (
        b'{"from_date":"2026-05-01","weekdays":["fri"],"hours":{"from":"22:00","until":"02:00"},'
        b'"windows":[{"rule":"FREQ=DAILY","starts":"2024-01-01T17:00:00","minutes":60}]}'
    )
    assert msgspec.json.encode(msgspec.json.decode(text, type=When)) == text
    assert msgspec.json.encode(When()) == b"{}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"hours":{"from":"7:00","until":"19:00"}}', r"time is '7:00': expected HH:MM, as in 17:00 - at `\$.hours`"),
        ('{"hours":{"from":"17:00","until":"24:00"}}', r"time is '24:00': expected 00:00 to 23:59"),
        ('{"hours":{"from":"17:60","until":"19:00"}}', r"time is '17:60': expected 00:00 to 23:59"),
        ('{"hours":{"from":"۱۷:۰۰","until":"19:00"}}', r"expected HH:MM"),
        ('{"hours":{"from":"17:00"}}', r"missing required field `until`"),
        ('{"weekdays":["friday"]}', r"Invalid enum value 'friday' - at `\$.weekdays\[0\]`"),
        ('{"days":["fri"]}', r"unknown field `days`"),
        ('{"from_date":"2026-05-02","until_date":"2026-05-01"}', r"until_date is 2026-05-01: expected 2026-05-02"),
        ('{"windows":[{"rule":"FREQ=DAILY","starts":"2024-01-01T17:00:00","minutes":0}]}', r">= 1"),
        ('{"windows":[{"rule":"FREQ=DAILY","starts":"2024-01-01T17:00:00","minutes":525601}]}', r"<= 525600"),
        ('{"windows":[{"rule":"FREQ=DAILY","starts":"2024-01-01T17:00:00Z","minutes":1}]}', r"`starts`|starts"),
        ('{"windows":[{"rule":"FREQ=DAILX","starts":"2024-01-01T17:00:00","minutes":1}]}', r"at `\$.windows\[0\]`"),
    ],
)
def test_bad_data_is_refused_with_its_path(text: str, message: str) -> None:
    """The error says what was met, what was expected and where."""
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.json.decode(text.encode(), type=When)


# Zones that jump at 01:00, 02:00 and midnight, by an hour and by half an hour, and that do not.
ZONES = [ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "UTC")]
JUMPS = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-04-24", "2026-10-04", "2026-10-25", "2026-10-29", "2026-11-01"]
NOWS = st.builds(
    lambda day, minutes, zone: (datetime.fromisoformat(day).replace(tzinfo=UTC) + minutes).astimezone(zone),
    st.sampled_from([*JUMPS, "2027-12-31", "2028-02-28"]),
    st.integers(-2 * 1440, 2 * 1440).map(lambda minutes: minutes * MINUTE),
    st.sampled_from(ZONES),
)
TIMES = st.sampled_from(["00:00", "00:30", "01:00", "01:15", "01:30", "02:00", "02:20", "03:00", "17:00", "23:30"])
WINDOWS = st.builds(
    window,
    st.sampled_from(["FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY;BYMONTHDAY=-1"]),
    st.integers(1, 2000),
    TIMES.map(lambda text: f"2024-01-01T{text}"),
)
WHENS = st.builds(
    When,
    from_date=st.none() | st.dates(date(2026, 3, 1), date(2027, 3, 1)),
    until_date=st.none() | st.dates(date(2027, 3, 1), date(2028, 3, 1)),
    weekdays=st.lists(st.sampled_from(Weekday), max_size=3).map(tuple),
    hours=st.none() | st.builds(hours, TIMES, TIMES),
    windows=st.lists(WINDOWS, max_size=2).map(tuple),
)


def day_is_open(when: When, day: date, wall: datetime) -> bool:
    """Whether a condition, its windows aside, holds at ``wall`` because of what began on ``day``."""
    span = when.hours or hours("00:00", "00:00")
    begin, end = (datetime.combine(day, time.fromisoformat(text)) for text in (span.start, span.end))
    end += timedelta(end <= begin)
    first, last = when.from_date or date.min, when.until_date or date.max
    names = list(Weekday)
    return begin <= wall < end and first <= day <= last and names[day.weekday()] in (when.weekdays or names)


def told_simply(when: When, now: datetime) -> bool:
    """Whether ``when`` holds, from its definition: no tables, no minutes, and dateutil's rules."""
    wall = now.replace(tzinfo=None, fold=0)
    day_holds = any(day_is_open(when, (wall - timedelta(ago)).date(), wall) for ago in (0, 1))
    latest = [(w, rrulestr(w.rule, dtstart=w.starts).before(wall, inc=True)) for w in when.windows]
    return day_holds and (
        not latest or any(start is not None and wall < start + w.minutes * MINUTE for w, start in latest)
    )


@settings(deadline=None)
@given(WHENS, NOWS)
def test_what_holds_is_what_its_definition_says(when: When, now: datetime) -> None:
    """Tables and arithmetic of minutes give the answer of a plain reading, whatever the second."""
    assert holds(when, now) is told_simply(when, now)
    assert holds(when, now + timedelta(seconds=59)) is holds(when, now)


@settings(deadline=None)
@given(WHENS, NOWS)
def test_nothing_holds_before_the_next_opening(when: When, now: datetime) -> None:
    """It holds at the opening, at no minute of the day before it, and at none of 500 between now and then."""
    opening = next_opening(when, now)
    begin = now.astimezone(UTC)
    end = begin + timedelta(365) if opening is None else opening.astimezone(UTC)
    assert begin <= end
    if opening is not None:
        assert opening.tzinfo is now.tzinfo
        assert holds(when, opening)
    minutes = (end - begin) // MINUTE
    near_now, near_end = range(min(minutes, 1440)), range(max(minutes - 1440, 0), minutes)
    for minute in {*near_now, *near_end, *range(0, minutes, minutes // 500 + 1)}:
        assert not holds(when, (begin + minute * MINUTE).astimezone(now.tzinfo))


@given(WHENS, NOWS)
def test_what_is_over_never_opens(when: When, now: datetime) -> None:
    """Over implies no next opening."""
    assert not (is_over(when, now) and next_opening(when, now))


@given(st.sets(st.sampled_from(Weekday)), st.none() | st.builds(hours, TIMES, TIMES), NOWS)
def test_weekdays_and_hours_come_back_every_week(days: set[Weekday], span: Hours | None, now: datetime) -> None:
    """The same wall time a week later gets the same answer."""
    when = When(weekdays=tuple(days), hours=span)
    assert holds(when, now) is holds(when, now + timedelta(weeks=1))
