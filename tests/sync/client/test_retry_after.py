"""How long a server asks to be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.retry_after import retry_after_ns
from sync.engine.pauses import RETRY_AFTER_NS_MAX

S = 1_000_000_000
NOON = "Sun, 22 Nov 2026 12:00:00 GMT"
NOON_MS = 1_795_348_800_000


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("0", "", 0),
        ("90", "", 90),
        (" 90 ", "", 90),
        ("3600", "", 900),
        ("9" * 5_000, "", 900),
        ("Sun, 22 Nov 2026 12:01:00 GMT", NOON, 60),
        ("Sun, 22 Nov 2026 12:01:00 GMT", "", 60),
        ("Sun, 22 Nov 2026 11:00:00 GMT", NOON, 0),
        ("Sun, 22 Nov 2036 12:00:00 GMT", NOON, 900),
        ("Sunday, 22-Nov-26 12:00:30 GMT", NOON, 30),
        ("-5", NOON, 0),
        ("soon", NOON, 0),
        ("", "", 0),
        ("٣", "", 0),
    ],
)
def test_seconds_and_dates_are_read_up_to_15_minutes(value: str, date: str, seconds: int) -> None:
    """A date counts from the answer's own; nonsense asks for nothing."""
    assert retry_after_ns(value, date, NOON_MS) == seconds * S


@given(st.text(), st.text())
def test_any_text_has_an_answer_within_the_bounds(value: str, date: str) -> None:
    """Whatever stands in a header raises nothing."""
    assert 0 <= retry_after_ns(value, date, NOON_MS) <= RETRY_AFTER_NS_MAX
