"""What crosses the wire in an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.feed import Cursor
from sync.wire import cursor_of, cursor_text

CURSORS = st.builds(
    Cursor, epoch=st.text(max_size=40), numbers=st.dictionaries(st.integers(0, 64), st.integers(0, 1 << 62))
)


@given(CURSORS)
def test_a_cursor_reads_back(cursor: Cursor) -> None:
    """A cursor goes into a query and comes out as it was, and needs no escapes there."""
    text = cursor_text(cursor)
    assert cursor_of(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


def test_without_a_cursor_a_till_is_at_the_beginning() -> None:
    """A till that has nothing may leave it out."""
    assert cursor_of("") == Cursor()


@pytest.mark.parametrize(
    "text", ["%", "x", "e30é", "W10", "eyJlcG9jaCI6IDV9", "eyJudW1iZXJzIjp7IngiOjF9fQ", "A" * 4_000]
)
def test_what_is_no_cursor_is_none(text: str) -> None:
    """Bad base64, JSON of another shape and rubbish are bad input, and no exception."""
    assert cursor_of(text) is None


@given(st.text(max_size=100))
def test_no_text_raises(text: str) -> None:
    """Whatever stands in the query, there is an answer."""
    assert isinstance(cursor_of(text), Cursor | None)
