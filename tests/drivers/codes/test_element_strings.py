"""GS1 bar codes are read whole or not at all; each gap of the library below is closed here by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.application_identifiers import Element, ElementFault
from drivers.codes.decoding import GS
from drivers.codes.element_strings import key_alone, parse
from tests.drivers.gs1_codes import GCN, GSRN, GTIN, KEYS, build

LOTS = st.text("ABCXYZabc0123456789-/.", min_size=1, max_size=20)
ITEM_PARTS = st.permutations(["10", "21", "17", "3103", "3922", "240"]).flatmap(
    lambda ais: st.tuples(st.just(ais), st.integers(0, 6), LOTS)
)
PIECES = st.sampled_from(["01", "8018", "8019", "255", "10", GS, GSRN, GTIN, GCN, "9", "A"])
VALUES = {"17": "251200", "3103": "001250", "3922": "0499"}


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (f"01{GTIN}", [("01", GTIN)]),
        (f"01{GTIN}1725123110ABC123", [("01", GTIN), ("17", "251231"), ("10", "ABC123")]),
        (f"01{GTIN}10ABC123{GS}17251231", [("01", GTIN), ("10", "ABC123"), ("17", "251231")]),
        (f"01{GTIN}3103001250", [("01", GTIN), ("3103", "001250")]),
        (f"8018{GSRN}", [("8018", GSRN)]),
        (f"8018{GSRN}{GS}80192", [("8018", GSRN), ("8019", "2")]),
        (f"255{GCN}000001{GS}3902500", [("255", GCN + "000001"), ("3902", "500")]),
        (f"255{GCN}{GS}81110050", [("255", GCN), ("8111", "0050")]),
        (f"00{'0' * 17}0", [("00", "0" * 18)]),
        (f"01{GTIN}{GS}10A", [("01", GTIN), ("10", "A")]),
        (f"8018{GSRN}{GS}", [("8018", GSRN)]),
        (f"8018{GSRN}{GS}91a_b", [("8018", GSRN), ("91", "a_b")]),
    ],
)
def test_element_strings_are_read(text: str, elements: list[tuple[str, str]]) -> None:
    """FNC1 stands where it must; behind predefined lengths and at the end it may stand too."""
    assert parse(text) == tuple(Element(*each) for each in elements)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (GS, "misplaced_fnc1"),
        (f"{GS}8018{GSRN}", "misplaced_fnc1"),
        (f"8018{GSRN}{GS}{GS}80192", "misplaced_fnc1"),
        (f"8018{GSRN[:9]}{GS}{GSRN[9:]}", "format"),
        (f"01{GTIN[:9]}{GS}{GTIN[9:]}", "format"),
        (f"8018{GSRN}80192", "missing_fnc1"),
        (f"255{GCN}0000000000018111", "missing_fnc1"),
        (f"01{GTIN}10{'A' * 20}17251231", "missing_fnc1"),
        (f"8018{GSRN[:-1]}", "format"),
        (f"01{GTIN}05", "unknown"),
        ("hello", "unknown"),
        ("(8018)" + GSRN, "unknown"),
        (f"8018{GSRN}^80192", "format"),
        (f"8018{GSRN}0", "format"),
        ("80192", "required"),
        ("81110050", "required"),
        (f"01{GTIN}{GS}255{GCN}", "excluded"),
        (f"8018{GSRN}{GS}17250231", "date"),
    ],
)
def test_what_is_not_whole_is_a_fault(text: str, fault: str) -> None:
    """FNC1 in the wrong place or missing, cut data, brackets of the printed line, lonely or contradicting elements."""
    assert parse(text) == ElementFault(fault)


def test_gap_1_wrong_check_digits_of_member_and_coupon_are_refused() -> None:
    """Biip 5.2 takes a wrong check digit in 8018 and 255."""
    for ai, number in (("8018", GSRN), ("255", GCN)):
        wrong = [f"{number[:-1]}{digit}" for digit in "0123456789" if digit != number[-1]]
        assert {parse(ai + text) for text in wrong} == {ElementFault.CHECK_DIGIT}


def test_gap_3_an_instance_without_its_card_is_refused() -> None:
    """Biip 5.2 takes 8019 alone."""
    assert parse("80192") is ElementFault.REQUIRED


def test_gap_4_a_card_followed_at_once_by_its_instance_is_refused() -> None:
    """Biip 5.2 takes 8018 and 8019 without GS between them: a keyboard reader that loses GS sends this."""
    assert parse(f"8018{GSRN}80192") is ElementFault.MISSING_FNC1


def test_gap_7_bare_digits_are_one_whole_key_or_nothing() -> None:
    """Biip 5.2 makes AI 400 of an EAN-13 and an SSCC of a GSRN; without any sign of GS1 that is guessing."""
    assert key_alone(f"8018{GSRN}") == (Element("8018", GSRN),)
    assert key_alone(f"01{GTIN}") == (Element("01", GTIN),)
    for text in (
        "4006381333931",
        GSRN,
        GTIN,
        f"255{GCN}",
        f"01{GTIN}10A",
        f"01{GTIN}17251231",
        "8018" + GSRN[::-1],
        "",
    ):
        assert key_alone(text) == ()


@given(KEYS)
def test_a_key_that_was_written_is_read(key: tuple[str, str]) -> None:
    """Round trip of every key that may stand alone."""
    assert parse(build(key)) == (Element(*key),)


@given(ITEM_PARTS)
def test_a_product_with_any_attributes_is_read(parts: tuple[list[str], int, str]) -> None:
    """Round trip of fixed and variable lengths in any order."""
    ais, count, lot = parts
    chosen = ais[:count] if "3922" not in ais[:count] or "3103" in ais[:count] else [*ais[:count], "3103"]
    elements = [("01", GTIN), *((ai, VALUES.get(ai, lot)) for ai in chosen)]
    assert parse(build(*elements)) == tuple(Element(*each) for each in elements)


@given(KEYS, st.data())
def test_a_key_with_one_wrong_digit_is_refused(key: tuple[str, str], data: st.DataObject) -> None:
    """Whichever digit of the number was misread."""
    ai, number = key
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert parse(build((ai, number[:at] + other + number[at + 1 :]))) is ElementFault.CHECK_DIGIT


@given(KEYS, st.data())
def test_a_key_that_was_cut_is_refused(key: tuple[str, str], data: st.DataObject) -> None:
    """At any byte."""
    text = build(key)
    assert isinstance(parse(text[: data.draw(st.integers(0, len(text) - 1))]), ElementFault)


@given(
    st.lists(
        st.sampled_from(["01", "8018", "8019", "255", "10", GS, GSRN, GTIN, GCN, "9", "A"]) | st.text(max_size=3)
    ).map("".join)
)
def test_no_text_raises(text: str) -> None:
    """Anything at all is elements that say what the text says, or a fault."""
    found = parse(text)
    if isinstance(found, tuple):
        assert "".join(each.ai + each.value for each in found) == text.replace(GS, "")
