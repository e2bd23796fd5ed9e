"""The same code within the window is one reading."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.debounce import Debounce

MS = 1_000_000


def test_the_same_code_within_the_window_is_a_repeat_and_after_it_is_not() -> None:
    """1.499 s later is a repeat, 1.5 s after the last reading is a new one."""
    debounce = Debounce(1500)
    assert not debounce.is_repeat("A", 0)
    assert debounce.is_repeat("A", 1499 * MS)
    assert not debounce.is_repeat("A", (1499 + 1500) * MS)


def test_a_card_left_on_the_reader_is_one_reading() -> None:
    """Each repeat renews the window, so ten minutes of repeats are one reading."""
    debounce = Debounce(1500)
    assert [debounce.is_repeat("A", at * MS) for at in range(0, 600_000, 65)].count(False) == 1


def test_another_code_in_between_does_not_make_a_repeat_new() -> None:
    """A, B, A within the window are two readings."""
    debounce = Debounce(1500)
    assert [debounce.is_repeat(code, at * MS) for at, code in enumerate("ABA")] == [False, False, True]


def test_a_window_of_zero_lets_everything_through() -> None:
    """Debounce can be switched off."""
    debounce = Debounce(0)
    assert not debounce.is_repeat("A", 0)
    assert not debounce.is_repeat("A", 0)


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 3000))))
def test_nothing_is_remembered_longer_than_the_window(readings: list[tuple[str, int]]) -> None:
    """No code itself is kept, and no trace of it once its window is over."""
    debounce, at_ns = Debounce(1500), 0
    for code, gap_ms in readings:
        at_ns += gap_ms * MS
        debounce.is_repeat(code, at_ns)
        assert all(at_ns - seen_ns < 1500 * MS for seen_ns in debounce._seen_ns.values())
        assert all(isinstance(seen, int) for seen in debounce._seen_ns)
