"""How long the line waits: bounds that no draw and no hub can break."""

from hypothesis import given
from hypothesis import strategies as st

from sync.engine.pauses import BASE_NS, CAP_NS, CHANCES, POLL_NS, RETRY_AFTER_NS_MAX, about_ns, backoff_ns

chances = st.integers(0, CHANCES - 1)


@given(failures=st.integers(1, 10_000), chance=chances, asked_ns=st.integers(0, 10**20))
def test_a_wait_is_never_nothing_and_never_for_ever(failures: int, chance: int, asked_ns: int) -> None:
    """At least what the hub asked for, within reason; at most one full span more; and always some time."""
    wait_ns = backoff_ns(failures, chance, asked_ns)
    lower_ns = min(asked_ns, RETRY_AFTER_NS_MAX)
    assert max(lower_ns, 1) <= wait_ns <= lower_ns + min(CAP_NS, BASE_NS * 2 ** (failures - 1))


def test_the_draw_decides_over_the_whole_span() -> None:
    """Full jitter: from nearly nothing to nearly everything, so that a thousand tills do not come back together."""
    assert backoff_ns(20, 0) == 1_000_000
    assert CAP_NS - backoff_ns(20, CHANCES - 1) < 100


@given(chance=chances)
def test_polls_are_spread(chance: int) -> None:
    """Between half and one and a half of the interval."""
    assert POLL_NS // 2 <= about_ns(POLL_NS, chance) < POLL_NS * 3 // 2
