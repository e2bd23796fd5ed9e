"""The check character catches what readers and people get wrong."""

from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.codes.check_digits import (
    CHECK_ALPHABET,
    CHECKED_LENGTH_MAX,
    character_is_right,
    check_character,
)

PAYLOADS = st.text(CHECK_ALPHABET, min_size=1, max_size=CHECKED_LENGTH_MAX)


@given(PAYLOADS, st.data())
def test_one_wrong_character_is_caught(payload: str, data: st.DataObject) -> None:
    """A code of the shop with one other character is no code."""
    code = payload + check_character(payload)
    index = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from(CHECK_ALPHABET))
    assume(wrong != code[index])
    assert character_is_right(code)
    assert not character_is_right(code[:index] + wrong + code[index + 1 :])


@given(PAYLOADS, st.data())
def test_any_two_swapped_characters_are_caught(payload: str, data: st.DataObject) -> None:
    """Swapping two different characters, adjacent or not, is noticed."""
    code = payload + check_character(payload)
    one, other = sorted(data.draw(st.lists(st.integers(0, len(code) - 1), min_size=2, max_size=2, unique=True)))
    assume(code[one] != code[other])
    swapped = code[:one] + code[other] + code[one + 1 : other] + code[one] + code[other + 1 :]
    assert not character_is_right(swapped)


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing raises; an answer of yes means that the check character fits."""
    if character_is_right(text):
        assert check_character(text[:-1]) == text[-1]
