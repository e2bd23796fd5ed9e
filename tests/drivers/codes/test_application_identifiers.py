"""One GS1 element is right in every digit, or it is none."""

from datetime import date

import pytest
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from drivers.codes.application_identifiers import (
    Amount,
    Element,
    ElementFault,
    amount,
    check_pair,
    day,
    element,
    identifier,
    predefined_length,
    swallows,
)
from drivers.codes.identifier_forms import FORMS
from tests.drivers.codes.forms_page import forms
from tests.drivers.gs1_codes import GCN, GSRN, GTIN, checked, digits

CHECK_DIGIT_ENDS = {"00": 18, "01": 14, "02": 14, "03": 14, "253": 13, "255": 13, "402": 17, "8017": 18, "8018": 18}
CHECK_DIGIT_ENDS |= {str(ai): 13 for ai in range(410, 418)}
"""Every key whose data begin with a number and its check digit; those with more around it have tests of their own."""


CHECKED_KEYS = st.sampled_from(sorted(CHECK_DIGIT_ENDS)).flatmap(
    lambda ai: st.tuples(st.just(ai), digits(CHECK_DIGIT_ENDS[ai] - 1))
)


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("01", GTIN),
        ("8018", GSRN),
        ("255", GCN),
        ("255", GCN + "000000000001"),
        ("8003", f"0{GCN}ABC"),
        ("8006", f"{GTIN}0102"),
        ("8013", "1987654Ad4X4bL5ttr2310c2K"),
        ("10", "LOT-1"),
        ("17", "251231"),
        ("17", "251200"),
        ("11", "000229"),
        ("7007", "250101"),
        ("7007", "250101250131"),
        ("7003", "2512312359"),
        ("8008", "25123123"),
        ("8110", "0" * 21),
    ],
)
def test_right_data_are_an_element(ai: str, value: str) -> None:
    """Examples of each form are taken, day 00 and optional parts among them."""
    assert element(ai, value) == Element(ai, value)


@pytest.mark.parametrize(
    ("ai", "value", "fault"),
    [
        ("01", GTIN[:-1], "format"),
        ("01", GTIN + "0", "format"),
        ("8018", GSRN + "0", "format"),
        ("8019", "12345678901", "format"),
        ("8019", "A", "format"),
        ("10", "", "format"),
        ("30", "", "format"),
        ("10", "é", "format"),
        ("255", "٩" * 13, "format"),
        ("8003", f"1{GCN}", "format"),
        ("8003", f"0{GCN[:-1]}{(int(GCN[-1]) + 1) % 10}", "check_digit"),
        ("8006", f"{GTIN[:-1]}{(int(GTIN[-1]) + 1) % 10}0102", "check_digit"),
        ("8013", "1987654Ad4X4bL5ttr2310c2L", "check_digit"),
        ("8013", "1987654Ad4X4bL5ttr2301c2K", "check_digit"),
        ("17", "251301", "format"),
        ("17", "250001", "date"),
        ("17", "250230", "date"),
        ("17", "250229", "date"),
        ("17", "251232", "format"),
        ("7006", "251200", "date"),
        ("7007", "250101250230", "date"),
        ("7003", "2512312460", "date"),
        ("8110", "A" * 21, "format"),
        ("8110", "4111111111111111", "format"),
        ("18", "251231", "unknown"),
    ],
)
def test_wrong_data_are_a_fault(ai: str, value: str, fault: str) -> None:
    """Length, characters, check digits and days are looked at, and the fault says which it was."""
    assert element(ai, value) == ElementFault(fault)


@given(CHECKED_KEYS, st.data())
def test_one_wrong_digit_of_a_key_is_refused(key: tuple[str, str], data: st.DataObject) -> None:
    """Biip takes a wrong check digit in 8018 and 255; here no single misread digit of any key passes."""
    ai, number = key[0], checked(key[1])
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert element(ai, number) == Element(ai, number)
    assert element(ai, number[:at] + other + number[at + 1 :]) is ElementFault.CHECK_DIGIT


def test_a_swallowed_element_is_seen() -> None:
    """Only where right data stand in front and an identifier behind them."""
    assert swallows("8018", GSRN + "8019")
    assert swallows("10", "A" * 20 + "17251231")
    assert not any(swallows(*each) for each in (("8018", GSRN), ("8018", GSRN + "0"), ("8018", "8019"), ("05", "01")))


def test_the_identifier_is_found_wherever_it_stands() -> None:
    """Two to four digits; what is no identifier, not digits of ASCII, or cut, is none."""
    assert [identifier(text) for text in ("01", "255", "8018x", "3103000195")] == ["01", "255", "8018", "3103"]
    assert [identifier(text) for text in ("", "8", "80", "801", "8016", "٠١", "AB", "05")] == [""] * 8
    assert identifier("xx01", 2) == "01"


def test_lengths_are_predefined_where_the_standard_says_so() -> None:
    """A member card, a coupon and its points need FNC1 behind them, although their length never changes."""
    assert [predefined_length(ai) for ai in ("00", "01", "17", "3103", "414")] == [18, 14, 6, 6, 13]
    assert [predefined_length(ai) for ai in ("8018", "255", "8111", "10", "3900", "422")] == [None] * 6


def test_the_predefined_lengths_are_those_of_the_table() -> None:
    """For all identifiers: biip wants a separator exactly where no length is predefined."""
    known = [ai for length in (2, 3, 4) for n in range(10**length) if identifier(ai := str(n).zfill(length)) == ai]
    assert len(known) > 500
    for ai in known:
        assert GS1ApplicationIdentifier.extract(ai).separator_required == (predefined_length(ai) is None)


def test_check_characters_of_a_model_number() -> None:
    """The example of GS1 General Specifications, 7.9.5."""
    assert check_pair("1987654Ad4X4bL5ttr2310c") == "2K"


@pytest.mark.parametrize(
    ("ai", "value", "shown"),
    [
        ("3103", "001250", Amount(1250, 3)),
        ("3100", "000007", Amount(7, 0)),
        ("3902", "500", Amount(500, 2)),
        ("3922", "5", Amount(5, 2)),
        ("3941", "0125", Amount(125, 1)),
        ("3932", "978199", Amount(199, 2, "978")),
    ],
)
def test_an_amount_is_whole_digits_and_a_number_of_decimals(ai: str, value: str, shown: Amount) -> None:
    """The last digit of the identifier says where the point stands; nothing is ever a binary fraction."""
    assert amount(Element(ai, value)) == shown


def test_an_amount_is_written_with_all_its_decimals() -> None:
    """A point between digits, a zero before it where it is needed."""
    assert [str(Amount(*parts)) for parts in ((1250, 3), (7, 0), (5, 2), (0, 3))] == ["1.250", "7", "0.05", "0.000"]


@pytest.mark.parametrize(
    ("text", "this_year", "meant"),
    [
        ("251231", 2026, date(2025, 12, 31)),
        ("250200", 2026, date(2025, 2, 28)),
        ("280200", 2026, date(2028, 2, 29)),
        ("760101", 2026, date(2076, 1, 1)),
        ("770101", 2026, date(1977, 1, 1)),
        ("000101", 2099, date(2100, 1, 1)),
    ],
)
def test_a_day_has_the_nearest_century(text: str, this_year: int, meant: date) -> None:
    """Fifty years ahead and forty-nine back; day 00 is the last of the month."""
    assert day(text, this_year) == meant


def test_an_element_never_shows_its_data() -> None:
    """Neither repr nor the pretty traceback of the screen shows a name or a number."""
    found = Element("7256", "CARTER")
    assert repr(found) == pretty_repr(found) == "Element(ai='7256')"


def test_the_table_is_what_the_library_says() -> None:
    """For all numbers of two to four digits, whether they are identifiers and of what form; `make pages` writes it."""
    assert {form: identifiers.split() for form, identifiers in FORMS.items()} == forms()
