"""Waits grow to a limit and start again."""

from drivers.backoff import Backoff


def test_waits_double_from_a_quarter_of_a_second_to_five_seconds() -> None:
    """0.25 s doubling, never more than 5 s, and from the start after a reset."""
    backoff = Backoff()
    assert [backoff.next_s() for _ in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.next_s() == 0.25
