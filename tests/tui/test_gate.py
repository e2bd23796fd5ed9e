"""The order of keys around a question."""

from tests.tui.test_bursts import Key, every, strokes
from tui.gate import Gate

CODE = "2000000000015\r"


def gate_that_asks() -> tuple[Gate[Key], list[Key], list[Key]]:
    """Return a gate that asks about a burst, the keys of the burst, and keys that were typed since."""
    gate: Gate[Key] = Gate()
    burst = strokes(CODE, every(0.005, CODE))
    later = strokes("rez", every(0.1, "rez"), start=101.0)
    assert [gate.press(key) for key in [*burst, *later]] == [[]] * (len(burst) + len(later))
    assert gate.asked is not None
    return gate, burst, later


def test_keys_wait_while_it_is_asked_whose_a_burst_was() -> None:
    """Neither a clock nor anything that is pasted lets them in."""
    gate, _, _ = gate_that_asks()
    assert gate.deadline_s is None
    assert gate.silence(200.0) == gate.release() == []


def test_a_code_is_kept_out_and_what_was_typed_since_goes_in() -> None:
    """What waited is told apart like every other key, by the times at which it came."""
    gate, _, later = gate_that_asks()
    assert gate.answer(is_code=True) == later


def test_keys_that_are_no_code_go_in_before_those_typed_since() -> None:
    """With their Enter, as if nothing had been asked."""
    gate, burst, later = gate_that_asks()
    assert gate.answer(is_code=False) == [*burst, *later]


def test_keys_go_in_without_their_end_where_nobody_could_be_asked() -> None:
    """So nothing is sent off by them."""
    gate, burst, later = gate_that_asks()
    assert gate.answer(is_code=False, ends=False) == [*burst[:-1], *later]


def test_a_second_burst_is_asked_about_in_its_turn() -> None:
    """Two cards in a hurry: the first is answered, then the second is asked about."""
    gate, _, later = gate_that_asks()
    for key in strokes(CODE, every(0.005, CODE), start=102.0):
        assert gate.press(key) == []
    assert gate.answer(is_code=True) == later
    assert gate.asked is not None
    assert gate.answer(is_code=True) == []
    assert gate.asked is None


def test_an_answer_to_nothing_changes_nothing() -> None:
    """It may have been given up already."""
    gate: Gate[Key] = Gate()
    assert gate.answer(is_code=False) == []
