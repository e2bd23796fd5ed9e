"""Base45 and base32: bytes to signs and back, one text for each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.passes import Form, PassFault, armoured, base45
from pos_loyalty.core.passes.armour import PASS_LENGTH_MIN, TEXT_LENGTH_MAX, is_pass, unarmoured
from tests.core.passes.samples import forms


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)
def test_the_examples_of_the_standard(data: bytes, text: str) -> None:
    """RFC 9285 §4.3 and §4.4, both ways."""
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize("text", ["GGX", "::::::", "::", "A", "AAAA", "bb8", "AÄA"])
def test_what_is_no_base45_has_no_bytes(text: str) -> None:
    """Numbers beyond two bytes or one (RFC 9285 §6), a sign left over, and signs of no value."""
    assert base45.decode(text) is None


@given(st.binary(min_size=70, max_size=100), forms)
def test_a_pass_is_known_by_how_it_begins_and_by_its_length(data: bytes, form: Form) -> None:
    """In capitals or not; a short code that begins the same is some shop's own, and another beginning is no pass."""
    text = armoured(data, form)
    assert is_pass(text)
    assert is_pass(text.lower())
    assert not is_pass(text[:PASS_LENGTH_MIN])
    assert not is_pass(text[1:])


@given(st.binary(max_size=190), forms)
def test_bytes_come_back(data: bytes, form: Form) -> None:
    """Both forms keep all bytes, also when CapsLock made the letters small."""
    text = armoured(data, form)
    assert unarmoured(text) == data
    assert unarmoured(text.lower()) == data


@given(st.binary(min_size=1, max_size=100), forms, st.data())
def test_a_wrong_sign_gives_other_bytes_or_none(data: bytes, form: Form, draw: st.DataObject) -> None:
    """There is one text for the same bytes: whichever sign is replaced, they do not come out."""
    text = armoured(data, form)
    place = draw.draw(st.integers(len(form.prefix), len(text) - 1))
    sign = draw.draw(st.characters(max_codepoint=127).filter(lambda sign: sign.upper() != text[place]))
    assert unarmoured(text[:place] + sign + text[place + 1 :]) != data


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", PassFault.NOT_A_PASS),
        ("PL-1003", PassFault.NOT_A_PASS),
        ("ＰＬ45BB8", PassFault.NOT_A_PASS),
        ("PL45BB8é", PassFault.BAD_BASE),
        ("PL45GGX", PassFault.BAD_BASE),
        ("PL45BB8A", PassFault.TRUNCATED),
        ("PL45BB8::", PassFault.TRUNCATED),
        ("PL32AE1", PassFault.BAD_BASE),
        ("PL32A", PassFault.TRUNCATED),
        ("PL32AB", PassFault.TRUNCATED),
        ("PL45" + "0" * (TEXT_LENGTH_MAX - 3), PassFault.MALFORMED),
    ],
)
def test_each_fault_has_its_name(text: str, fault: PassFault) -> None:
    """A foreign code, a foreign keyboard layout, a cut text and one without an end are told apart."""
    assert unarmoured(text) is fault


def test_base32_lives_through_every_keyboard_layout() -> None:
    """Only capital letters and digits: no dead key, no sign that another layout does not have."""
    text = armoured(bytes(range(256))[:150], Form.BASE32)
    assert text.isalnum()
    assert text.isascii()
