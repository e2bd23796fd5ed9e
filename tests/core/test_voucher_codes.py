"""Codes of vouchers: unlike each other, unlike anything else, and safe from slips of the finger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.identifiers import normal_code, normal_phone
from pos_loyalty.core.payment_cards import holds_payment_card
from pos_loyalty.core.voucher_codes import ALPHABET, LENGTH, RANDOM_BYTES, is_mistyped, voucher_code

RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
PLACES = st.integers(0, LENGTH - 1)


def test_no_two_signs_look_alike() -> None:
    """True if the alphabet has 31 signs, a prime number, and none that is read as another."""
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert not set(ALPHABET) & set("01OIL")


@given(RANDOM)
def test_a_code_is_its_own_normal_form_and_nothing_else(random: bytes) -> None:
    """True if what is printed is what is looked up, and no reader takes it for a card or a telephone number."""
    code = voucher_code(random)
    assert (len(code), set(code) - set(ALPHABET)) == (LENGTH, set())
    assert normal_code(f" {code.lower()[:6]} {code.lower()[6:]}") == code
    assert not is_mistyped(code)
    assert (holds_payment_card(code), normal_phone(code, "98")) == (False, "")


@given(RANDOM, RANDOM)
def test_other_bytes_are_another_code(one: bytes, other: bytes) -> None:
    """True if chance is not thrown away: bytes that differ in what a code can hold give different codes."""
    kinds = 23 * 31**10
    same = int.from_bytes(one) % kinds == int.from_bytes(other) % kinds
    assert (voucher_code(one) == voucher_code(other)) == same


@given(RANDOM, PLACES, st.sampled_from(ALPHABET + "01OIL"))
def test_one_wrong_sign_is_always_found(random: bytes, place: int, sign: str) -> None:
    """True if a code with any one sign replaced by a letter or digit, look-alikes included, is mistyped."""
    code = voucher_code(random)
    wrong = code[:place] + sign + code[place + 1 :]
    assert is_mistyped(wrong) == (wrong != code and not wrong[0].isdecimal())


@given(RANDOM, PLACES, PLACES)
def test_two_signs_that_were_swapped_are_always_found(random: bytes, one: int, other: int) -> None:
    """True if any two signs that changed places are noticed, neighbours or not."""
    code = voucher_code(random)
    signs = list(code)
    signs[one], signs[other] = signs[other], signs[one]
    wrong = "".join(signs)
    assert is_mistyped(wrong) == (wrong != code and not wrong[0].isdecimal())


@pytest.mark.parametrize("text", ["", "SPRING", "2000000000015", "تخفیف", "ABCD-EFGH-JK", "200000000001", "A" * 13])
def test_what_has_another_shape_is_not_judged(text: str) -> None:
    """True if codes of promotions, cards and other programs are never called mistyped vouchers."""
    assert not is_mistyped(text)
