"""One form for every code and phone number, however it was typed, printed or pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.digits import to_ascii
from pos_loyalty.core.identifiers import CODE_LENGTH_MAX, dialled_phone, normal_code, normal_phone

# Spelt out: an invisible character in a source file helps nobody.
LEFT_TO_RIGHT_MARK, ZERO_WIDTH_NON_JOINER, EMBEDDING, POP, BYTE_ORDER_MARK = "\u200e\u200c\u202a\u202c\ufeff"
NO_BREAK_SPACE, NARROW_SPACE = "\u00a0\u202f"

TEXT = st.text(max_size=40) | st.text(st.sampled_from("0123456789۰۹٠٩+-() ./\u200e\u00a0Aa"), max_size=40)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pl-12345", "PL-12345"),
        (" pl-۱۲۳ ٤٥ ", "PL-12345"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        (f"{BYTE_ORDER_MARK}{EMBEDDING}ab{ZERO_WIDTH_NON_JOINER}c{POP}{LEFT_TO_RIGHT_MARK}", "ABC"),
        (f"a{NO_BREAK_SPACE}b{NARROW_SPACE}c\td\r\ne\x00f\x1d", "ABCDEF"),
        ("https://id.gs1.org/8018/952012345678900004", "HTTPS://ID.GS1.ORG/8018/952012345678900004"),
        ("straße", "STRASSE"),
        ("", ""),
        (f" {LEFT_TO_RIGHT_MARK}\n", ""),
    ],
)
def test_a_code_has_one_form(text: str, code: str) -> None:
    """Digits, case, blanks and invisible characters make no difference; separators do."""
    assert normal_code(text) == code


def test_ten_thousand_characters_are_cut_to_the_longest_code() -> None:
    """However much is pasted, a code is no longer than what is kept."""
    assert normal_code("a" * 10_000) == "A" * CODE_LENGTH_MAX
    assert normal_code(" " * 10_000 + "a") == ""
    # One letter becomes two as a capital; the limit holds after that.
    assert len(normal_code("ß" * CODE_LENGTH_MAX)) == CODE_LENGTH_MAX


@given(TEXT)
def test_the_form_of_a_code_is_its_own_form(text: str) -> None:
    """Normalising twice is normalising once, so what is stored is what is looked up."""
    once = normal_code(text)
    assert normal_code(once) == once
    assert not any(character.isspace() for character in once)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("09123456789", "+989123456789"),
        ("۰۹۱۲-۳۴۵ ۶۷۸۹", "+989123456789"),
        ("٠٩١٢ ٣٤٥ ٦٧٨٩", "+989123456789"),
        ("+98 912 345 6789", "+989123456789"),
        ("0098 912 345 6789", "+989123456789"),
        ("(+98) 912/345.6789", "+989123456789"),
        ("98 912 345 6789", "+989123456789"),
        (f"{EMBEDDING}+98{NO_BREAK_SPACE}912 345 6789{POP}", "+989123456789"),
        (f"{LEFT_TO_RIGHT_MARK}0912{ZERO_WIDTH_NON_JOINER}3456789\n", "+989123456789"),
        ("+39 06 1234 5678", "+390612345678"),  # in Italy the zero is part of the number
        ("+1 555 010 1234", "+15550101234"),
        # Too short or too long for the country, or no country at all.
        ("+1 234567", ""),
        ("+123456789012345", ""),
        ("+123456", ""),
        ("+1234567890123456", ""),
        ("+0912 345 6789", ""),
        ("000 98 912 345 6789", ""),
        ("+98 0912 345 6789", "+989123456789"),
        ("000000", ""),
        ("0912 345 678x", ""),
        ("MEMBER-42", ""),
        ("", ""),
        ("+", ""),
        ("0", ""),
        ("00", ""),
        (" ", ""),
        ("9" * 10_000, ""),
        ("0912 345 6789" + "-" * 10_000, ""),
    ],
)
def test_a_phone_number_has_one_form(text: str, phone: str) -> None:
    """Plus sign and digits, whatever was between them; nothing for what cannot be a phone number."""
    assert normal_phone(text, "98") == phone


@pytest.mark.parametrize(
    ("text", "country_prefix", "phone"),
    [
        ("09123456789", "98", "+989123456789"),
        ("021-88776655", "98", "+982188776655"),
        ("9123456789", "98", ""),
        ("989123456789", "98", ""),
        ("00989123456789", "98", "+989123456789"),
        ("+98 912 345 6789", "971", "+989123456789"),
        ("0501234567", "971", "+971501234567"),
        ("501234567", "971", ""),
        ("50123456", "965", "+96550123456"),  # Kuwait dials nothing in front
        ("2125551234", "1", "+12125551234"),
        ("1234567", "98", ""),
        ("0912 345 678x", "98", ""),
        ("+1 555 010 1234", "98", ""),  # a range that nobody has
    ],
)
def test_a_number_as_it_is_dialled_is_a_phone_number(text: str, country_prefix: str, phone: str) -> None:
    """With what is dialled in front of it in the shop's country, and of a range that is in use."""
    assert dialled_phone(text, country_prefix) == phone


@given(TEXT)
def test_the_form_of_a_phone_number_is_its_own_form(text: str) -> None:
    """Normalising twice is normalising once, in any country."""
    once = normal_phone(text, "98")
    assert normal_phone(once, "971") == once


@given(st.text())
def test_only_digits_of_other_scripts_change(text: str) -> None:
    """The length stays, and every character that is no Persian or Arabic digit stays where it is."""
    folded = to_ascii(text)
    assert len(folded) == len(text)
    assert all(new == old or (new.isascii() and new == str(int(old))) for old, new in zip(text, folded, strict=True))
    assert to_ascii(folded) == folded
