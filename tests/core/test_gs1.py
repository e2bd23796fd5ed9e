"""The check digit of GS1 keys catches what readers and people get wrong."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pos_loyalty.core.gs1 import gs1_check_digit, gs1_is_right

DIGITS = st.text("0123456789", min_size=1, max_size=17)


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


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing raises; an answer of yes means that the check digit fits."""
    if gs1_is_right(text):
        assert gs1_check_digit(text[:-1]) == text[-1]
