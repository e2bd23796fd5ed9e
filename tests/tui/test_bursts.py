"""Whose keys are these, a reader's or a person's? By their times alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bursts import GAP_MAX_S, LENGTH_MAX, LENGTH_MIN, PACE_S, REPEAT_S, Burst, Bursts

NAMES = {"\r": "enter", "\n": "ctrl+j", "\t": "tab", "\x1d": "ctrl+right_square_bracket", "\x7f": "backspace"}


@dataclass(frozen=True)
class Key:
    """A key as the terminal gives it."""

    key: str
    character: str | None
    time: float


Heard = list[Key | Burst[Key]]


def strokes(text: str, gaps: Iterable[float], start: float = 100.0) -> list[Key]:
    """Return the keys of ``text``, each ``gaps`` seconds after the one before."""
    times = accumulate(gaps, initial=start)
    return [Key(NAMES.get(char, char), char, at) for char, at in zip(text, times, strict=False)]


def heard(keys: Sequence[Key], bursts: Bursts[Key] | None = None) -> Heard:
    """Return what comes out of it, with a clock that never forgets to call at the deadline."""
    bursts = bursts or Bursts()
    out: Heard = []
    for key in keys:
        deadline = bursts.deadline_s
        if deadline is not None and deadline < key.time:
            out += bursts.silence(deadline)
        typed, burst = bursts.press(key)
        out += [*typed, *([burst] if burst else [])]
    return [*out, *bursts.silence(keys[-1].time + GAP_MAX_S)]


def every(gap_s: float, text: str) -> list[float]:
    """Return the gaps of a machine that never wavers."""
    return [gap_s] * len(text)


WRITTEN = st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \u200c\u200d\x1d")
CODES = st.text(WRITTEN, min_size=LENGTH_MIN)
READERS = st.sampled_from([0.0, 0.001, 0.006, 0.010, 0.019, 0.030])
"""A network that delivers all at once; then the gaps of the readers in the facts, and one by Bluetooth."""


@given(CODES, READERS, st.data(), st.sampled_from("\r\t\n"))
def test_what_a_reader_types_is_one_burst(code: str, gap_s: float, data: st.DataObject, end: str) -> None:
    """True if nothing of it reaches a field, and the text is complete, for any code and any terminator."""
    code = "x" + code.lstrip("\x1d")
    jitter = data.draw(st.lists(st.floats(0, 0.008), min_size=len(code), max_size=len(code)))
    keys = strokes(code + end, [gap_s + late for late in jitter])
    assert heard(keys) == [Burst(tuple(keys[:-1]), keys[-1])]
    assert Burst(tuple(keys[:-1]), keys[-1]).text == code


ROLLS = st.lists(st.floats(0.030, 0.040), min_size=1, max_size=2)
STEADY = st.lists(st.floats(0.065, 0.600), min_size=1, max_size=4)
"""A fast typist needs 80 to 120 ms for a key, but two or three neighbours roll off the hand in 30 to 40 ms."""
TYPING = st.lists(st.tuples(STEADY, ROLLS).map(lambda both: [*both[0], *both[1]]), min_size=1, max_size=20).map(
    lambda groups: [gap for group in groups for gap in group]
)

ANY_KEYS = st.text(st.sampled_from("ab1\r"), min_size=1, max_size=40)
ANY_GAPS = st.lists(st.floats(0, 0.2), min_size=40, max_size=40)


@given(st.text(st.sampled_from("rezai شسی 0123456789-\r\t\x7f"), min_size=1, max_size=80), TYPING)
def test_a_person_is_never_taken_for_a_reader(text: str, gaps: list[float]) -> None:
    """True if every key comes out as typed, in order, however fast the fingers of a good typist roll."""
    keys = strokes(text, gaps)
    assert heard(keys) == keys


@given(st.randoms(use_true_random=True))
def test_a_typist_of_150_words_a_minute_is_never_taken_for_a_reader(chance: Random) -> None:
    """Gaps of 80 ms, two thirds of them between 56 and 114, spread as those of people are: each key comes out."""
    text = "".join(chance.choices("reza 0912\r", k=400))
    keys = strokes(text, [chance.lognormvariate(log(0.080), 0.35) for _ in text])
    assert heard(keys) == keys


@given(ANY_KEYS, ANY_GAPS)
def test_nothing_is_lost_and_nothing_overtakes(text: str, gaps: list[float]) -> None:
    """True for any rhythm at all: bursts taken apart again, the same keys come out in the same order."""
    keys = strokes(text, gaps)
    out = [key for one in heard(keys) for key in ((*one.strokes, one.terminator) if isinstance(one, Burst) else (one,))]
    assert out == keys


@given(ANY_KEYS, ANY_GAPS)
def test_a_typed_key_is_held_for_no_longer_than_a_gap_after_the_last(text: str, gaps: list[float]) -> None:
    """True if the deadline is at most one gap away whenever anything is held."""
    bursts: Bursts[Key] = Bursts()
    for key in strokes(text, gaps):
        bursts.press(key)
        assert bursts.deadline_s is None or bursts.deadline_s <= key.time + GAP_MAX_S


def test_the_first_key_of_a_word_is_held_and_the_others_are_not() -> None:
    """After one typed key the next ones go in at once, as long as the person goes on typing."""
    first, second, third = strokes("rez", every(0.1, "rez"))
    bursts: Bursts[Key] = Bursts()
    assert bursts.press(first) == ([], None)
    assert bursts.silence(first.time + GAP_MAX_S / 2) == []
    assert bursts.silence(first.time + GAP_MAX_S) == [first]
    assert bursts.press(second) == ([second], None)
    assert bursts.press(third) == ([third], None)
    assert bursts.deadline_s is None


@pytest.mark.parametrize("text", ["12345\r", "1234567", "1234567\x1b", "\r", "\t"])
def test_what_is_short_or_does_not_end_is_typed(text: str) -> None:
    """Five keys and Enter, or digits that no Enter follows: at any speed they are nobody's code."""
    keys = strokes(text, every(0.002, text))
    assert heard(keys) == keys


def test_an_enter_that_comes_late_is_a_persons() -> None:
    """A code that a reader without terminator typed stands in the field until somebody presses Enter."""
    keys = strokes("2000000000015\r", [*every(0.005, "200000000001"), 0.3])
    assert heard(keys) == keys


def test_a_steady_hand_that_is_slower_than_a_reader_types() -> None:
    """Gaps just below the limit all along are 200 words a minute and more: the pace tells, and tells early."""
    keys = strokes("2000000000015\r", every(0.055, "2000000000015\r"))
    bursts: Bursts[Key] = Bursts()
    out = [key for stroke in keys for key in bursts.press(stroke)[0]]
    assert out == keys
    assert PACE_S < 0.055 < GAP_MAX_S


def test_a_scan_right_behind_another_is_a_scan() -> None:
    """Two customers, two cards: the second is not taken for typing because of the first."""
    text = "2000000000015\r2000000000022\r"
    bursts = [one for one in heard(strokes(text, every(0.004, text))) if isinstance(one, Burst)]
    assert [burst.text for burst in bursts] == ["2000000000015", "2000000000022"]


def test_a_scan_in_the_middle_of_a_typed_name_is_a_scan() -> None:
    """The name is typed, the code is not, once the hand has left the keys for a moment."""
    name = strokes("rez", every(0.1, "rez"))
    code = strokes("2000000000015\r", every(0.01, "2000000000015\r"), start=name[-1].time + 0.3)
    assert heard([*name, *code]) == [*name, Burst(tuple(code[:-1]), code[-1])]


def test_a_code_that_the_network_cut_in_two_is_not_half_a_code() -> None:
    """What follows soon after typed keys is typed as well: it all goes to the field, and nothing looks it up."""
    text = "2000000000015\r"
    keys = strokes(text, [0.005, 0.005, 0.2, *every(0.005, text)])
    assert heard(keys) == keys


def test_a_key_that_is_held_down_repeats_at_once() -> None:
    """Its repeats come 30 times a second, and each is seen as it comes."""
    bursts: Bursts[Key] = Bursts()
    keys = strokes("00000000", [0.66, *every(0.033, "000000")])
    assert bursts.press(keys[0]) == ([], None)
    assert bursts.press(keys[1]) == ([keys[0], keys[1]], None)
    assert [bursts.press(key) for key in keys[2:]] == [([key], None) for key in keys[2:]]
    assert REPEAT_S > 0.66


def test_shift_by_itself_does_not_break_a_burst() -> None:
    """Terminals with the keyboard protocol of kitty report it as a key between the letters."""
    shift = Key("left_shift", None, 100.0)
    keys = [key for stroke in strokes("MEMBER-42\r", every(0.006, "MEMBER-42\r")) for key in (stroke, shift)][:-1]
    keys = [Key(key.key, key.character, 100 + n * 0.003) for n, key in enumerate(keys)]
    assert heard([shift, *keys]) == [shift, Burst(tuple(keys[:-1]), keys[-1])]
    assert Burst(tuple(keys[:-1]), keys[-1]).text == "MEMBER-42"


def test_fnc1_is_part_of_the_text_even_where_the_terminal_sends_no_character() -> None:
    """Ctrl+] has none in the keyboard protocol of kitty, and ] in another."""
    for character in (None, "]", "\x1d"):
        group = Key("ctrl+right_square_bracket", character, 100.010)
        keys = [*strokes("]C18018", every(0.001, "]C18018")), group, *strokes("10A\r", every(0.001, "10A\r"), 100.011)]
        (burst,) = heard(keys)
        assert isinstance(burst, Burst)
        assert burst.text == "]C18018\x1d10A"


def test_times_are_in_nanoseconds_of_the_clock_of_the_terminal() -> None:
    """First the first key, last the terminator."""
    keys = strokes("2000000000015\r", every(0.001, "2000000000015\r"))
    burst = Burst(tuple(keys[:-1]), keys[-1])
    assert (burst.first_ns, burst.last_ns) == (100_000_000_000, 100_013_000_000)


def test_what_is_longer_than_any_code_is_not_held() -> None:
    """A text pasted into a terminal that does not say so comes out, however long it is."""
    keys = strokes("a" * (2 * LENGTH_MAX) + "\r", every(0.0, "a" * (2 * LENGTH_MAX)))
    assert heard(keys) == keys
