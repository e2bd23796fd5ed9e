"""AIM identifiers name their symbology."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.symbology import describe


@pytest.mark.parametrize(
    ("aim", "name"),
    [
        ("E0", "EAN/UPC"),
        ("E4", "EAN/UPC"),
        ("C0", "Code 128"),
        ("A7", "Code 39"),
        ("G0", "Code 93"),
        ("F0", "Codabar"),
        ("I1", "Interleaved 2 of 5"),
        ("Q1", "QR Code"),
        ("d1", "Data Matrix"),
        ("D1", "Code One"),
        ("L2", "PDF417"),
        ("z0", "Aztec"),
        ("X0", "other symbology"),
        ("M0", "MSI"),
    ],
)
def test_the_letter_names_the_symbology(aim: str, name: str) -> None:
    """Capital and small letters are different symbologies, as the standard has it."""
    symbology = describe(aim)
    assert symbology is not None
    assert symbology.name == name


def test_gs1_data_are_known_by_their_modifier() -> None:
    """Exactly these identifiers say that element strings follow; a Digital Link comes as Q1 and is none."""
    every = (letter + modifier for letter in string.ascii_letters for modifier in string.digits + "ABC")
    gs1 = {aim for aim in every if (found := describe(aim)) and found.is_gs1}
    assert gs1 == {"C1", "J1", "K1", "L3", "Q3", "Q4", "d2", "d5", "e0", "z1", "z4"}


def test_an_unknown_modifier_has_no_meaning_made_up_for_it() -> None:
    """The symbology is still named."""
    symbology = describe("E9")
    assert symbology is not None
    assert (symbology.name, symbology.meaning, symbology.is_gs1) == ("EAN/UPC", "", False)


@given(st.text(max_size=4))
def test_any_text_has_an_answer(aim: str) -> None:
    """Nothing raises, and nothing without a letter of the standard gets a name."""
    symbology = describe(aim)
    assert (symbology is None) or aim[0] in string.ascii_letters
