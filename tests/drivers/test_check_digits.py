"""Check digits catch what readers and people get wrong."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.check_digits import (
    CHECK_ALPHABET,
    CHECKED_LENGTH_MAX,
    character_is_right,
    check_character,
    gs1_check_digit,
    gs1_is_right,
)

DIGITS = st.text("0123456789", min_size=1, max_size=17)
PAYLOADS = st.text(CHECK_ALPHABET, min_size=1, max_size=CHECKED_LENGTH_MAX)


@pytest.mark.parametrize(
    "number", ["4006381333931", "6291041500213", "96385074", "036000291452", "12345678901231", "952012345678900007"]
)
def test_numbers_of_the_standard_are_right(number: str) -> None:
    """Published GTINs of every length, and a GSRN of the demonstration range, carry this check digit."""
    assert gs1_is_right(number)


@given(DIGITS, st.data())
def test_one_wrong_digit_is_caught(digits: str, data: st.DataObject) -> None:
    """No number with a right check digit stays right when one digit changes."""
    number = digits + gs1_check_digit(digits)
    index = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789"))
    assume(wrong != number[index])
    assert gs1_is_right(number)
    assert not gs1_is_right(number[:index] + wrong + number[index + 1 :])


@pytest.mark.parametrize("text", ["", "0", "40063813339З1", "۴۰۰۶۳۸۱۳۳۳۹۳۱", "²²", "4006381333931 "])
def test_what_is_not_ascii_digits_is_never_right(text: str) -> None:
    """Look-alikes, other scripts and blanks are not folded here; an empty text has no check digit."""
    assert not gs1_is_right(text)


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
    if gs1_is_right(text):
        assert gs1_check_digit(text[:-1]) == text[-1]
