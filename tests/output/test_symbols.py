"""Codes as modules: sizes as the standards have them, and refusals where another code would be printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.output.card import BARS_WIDTH_MAX
from pos_loyalty.output.paper import millimetres
from pos_loyalty.output.symbols import Bars, Matrix, Refusal, code128, ean13, gs1_128, qr, qr_of_code
from tests.output.printed import EAN, GSRN, PASS, SYMBOLS


@given(st.text("0123456789", min_size=10, max_size=10), st.text("0123456789", min_size=1, max_size=1))
def test_an_ean_is_printed_as_it_is_or_not_at_all(item: str, last: str) -> None:
    """The library mends a wrong check digit without a word, which makes the number of another member."""
    digits = f"20{item}"
    found = ean13(digits + last)
    if last == gs1_check_digit(digits):
        assert isinstance(found, Bars)
        assert found.payload == found.text == digits + last
    else:
        assert isinstance(found, Refusal)
        assert f"belongs {gs1_check_digit(digits)}" in found.reason


@pytest.mark.parametrize(
    "code", ["", "201234567890", "20123456789031", "2012345678x03", "4006381333931", "²012345678903"]
)
def test_what_is_no_in_store_number_is_no_ean(code: str) -> None:
    """Neither shorter, nor longer, nor the number of a product."""
    assert isinstance(ean13(code), Refusal)


@pytest.mark.parametrize("code", [GSRN[:-1] + "8", GSRN[:-1], "", "9520123456789000O7"])
@pytest.mark.parametrize("instance", ["", "2"])
def test_a_wrong_gsrn_is_refused(code: str, instance: str) -> None:
    """Its check digit too is tested before it is printed."""
    assert isinstance(gs1_128(code, instance, BARS_WIDTH_MAX), Refusal)


@pytest.mark.parametrize("instance", ["12345678901", "x", "-1"])
def test_a_wrong_instance_is_refused(instance: str) -> None:
    """AI 8019 has up to ten digits."""
    assert isinstance(gs1_128(GSRN, instance, BARS_WIDTH_MAX), Refusal)
    assert isinstance(qr_of_code(GSRN, instance, "id.gs1.org"), Refusal)


def test_digits_of_every_script_are_the_same_number() -> None:
    """A Persian or Arabic spreadsheet needs no conversion."""
    assert ean13("۲۰۱۲۳۴۵۶۷۸۹۰۳") == ean13("٢٠١٢٣٤٥٦٧٨٩٠٣") == ean13(EAN)
    assert code128("pl-۱۰۰۱", BARS_WIDTH_MAX) == code128("PL-1001", BARS_WIDTH_MAX)


def test_fnc1_stands_between_two_elements() -> None:
    """8018 has no predefined length: without FNC1 a reader takes 8019 for a part of it."""
    found = gs1_128(GSRN, "7", BARS_WIDTH_MAX)
    assert isinstance(found, Bars)
    assert found.payload == f"8018{GSRN}\x1d80197"
    assert found.text == f"(8018){GSRN}(8019)7"


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("ean13", 0.264, 0.660),
        ("gs1-128", 0.170, 0.495),
        ("gs1-128 with 8019", 0.170, 0.495),
        ("code128", 0.250, 0.495),
    ],
)
def test_bars_measure_what_the_standard_allows(name: str, least: float, most: float) -> None:
    """X-dimension within the limits of GS1, in whole dots; quiet zones and heights are not less than they must be."""
    symbol = SYMBOLS[name]
    assert isinstance(symbol, Bars)
    assert least <= millimetres(symbol.module) <= most
    assert symbol.quiet == ((11, 7) if name == "ean13" else (10, 10))
    assert millimetres(symbol.height) >= (22.85 if name == "ean13" else 12.70)
    assert symbol.width <= BARS_WIDTH_MAX


def test_a_code_too_long_for_bars_is_refused() -> None:
    """Thinner bars than three dots are no help to anybody."""
    found = code128("A" * 30, BARS_WIDTH_MAX)
    assert isinstance(found, Refusal)
    assert "QR" in found.reason


@pytest.mark.parametrize("code", ["", "  ", "PL-é", "گل", "x" * 121])
def test_codes_that_readers_do_not_agree_on_are_refused(code: str) -> None:
    """Printable ASCII is what every reader sends alike."""
    assert isinstance(qr_of_code(code, "", "id.gs1.org"), Refusal)
    assert isinstance(code128(code, BARS_WIDTH_MAX), Refusal)


def test_an_instance_without_a_gsrn_is_refused() -> None:
    """Only AI 8018 has instances here."""
    assert isinstance(qr_of_code("PL-1001", "2", "id.gs1.org"), Refusal)


def test_a_gsrn_becomes_a_link_in_capitals() -> None:
    """Version 3, where the same link in small letters needs version 4."""
    link = qr_of_code(GSRN, "2", "id.gs1.org")
    assert isinstance(link, Matrix)
    small = qr(link.payload.lower())
    assert isinstance(small, Matrix)
    assert (link.payload, link.version, small.version) == (f"HTTPS://ID.GS1.ORG/8018/{GSRN}/8019/2", 3, 4)


def test_an_address_keeps_its_letters() -> None:
    """In the path of an address small letters are not capitals."""
    found = qr_of_code(" https://shop.example/Club/Ab ", "", "shop.example")
    assert isinstance(found, Matrix)
    assert found.payload == "https://shop.example/Club/Ab"


def test_a_pass_takes_the_better_level_that_stays_small() -> None:
    """Level M up to version 7, then level L; what no QR code holds is refused."""
    short, long = qr(PASS), qr(PASS + "A" * 20)
    assert isinstance(short, Matrix)
    assert isinstance(long, Matrix)
    assert ((short.version, short.level), long.level) == ((7, "M"), "L")
    assert isinstance(qr("A" * 4297), Refusal)
