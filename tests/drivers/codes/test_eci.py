"""Texts that say themselves which character set each part is in."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes import decoding, eci, layout_undo
from drivers.codes.decoding import without_escapes
from drivers.codes.eci import unescape
from drivers.codes.reading import code_of, read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.core.decisions import Decision

SETS = {3: "latin-1", 8: "iso8859-6", 20: "shift_jis", 22: "cp1251", 24: "cp1256", 25: "utf-16-be", 26: "utf-8"}


def answer(payload: bytes) -> Decision:
    """Read bytes of a serial reader."""
    return read(payload, "serial", SHOP_AS_DELIVERED)


@pytest.mark.parametrize("module", [eci, decoding, layout_undo])
def test_the_examples_of_the_docstrings_hold(module: object) -> None:
    """Each example gives what it says."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type] # a module is an object


@given(st.lists(st.tuples(st.sampled_from(sorted(SETS)), st.text(st.characters(codec="ascii")))))
def test_what_was_escaped_comes_back(parts: list[tuple[int, str]]) -> None:
    """Any mixture of character sets, backslashes in the data included."""
    sent = b"".join(
        f"\\{number:06}".encode() + text.encode(SETS[number]).replace(b"\\", b"\\\\")
        for number, text in parts
        if number != 25  # whose backslash is two bytes
    )
    assert unescape(sent) == "".join(text for number, text in parts if number != 25).encode()


@given(st.binary())
def test_any_bytes_have_an_answer(payload: bytes) -> None:
    """Text in UTF-8 or nothing."""
    found = unescape(payload)
    assert found is None or found.decode() is not None


def test_a_persian_name_in_an_arabic_character_set_is_read() -> None:
    """A contact in Windows-1256 keeps its letters."""
    card = b"\\000024" + "MECARD:N:رضا;TEL:09123456789;;".encode("cp1256")
    assert answer(b"]Q2" + card).fields == {"name": "رضا", "phones": ("+989123456789",)}


def test_a_card_with_an_escape_in_front_is_the_same_card() -> None:
    """Without this the six digits of the escape would stand in front of the number."""
    plain = answer(b"]Q38018952012345678900007")
    escaped = answer(b"]Q4\\0000268018952012345678900007")
    assert escaped.fields == plain.fields == {"number": "952012345678900007"}


@pytest.mark.parametrize("payload", [b"]Q2a\\b", b"]Q2\\999999x", b"]Q2\\000027\xe9", b"]Q2\\00002"])
def test_an_escape_that_makes_no_sense_is_unreadable(payload: bytes) -> None:
    """A stray backslash, an unknown set, a byte that the set does not have, a number cut short."""
    assert without_escapes(payload) is None
    decision = answer(payload)
    assert decision.outcome == "unreadable"
    assert code_of(payload, decision) == ""


def test_a_reader_that_sends_no_escapes_keeps_its_backslashes() -> None:
    """Under ]Q1 a backslash is data."""
    assert code_of(b"]Q1A\\\\000026B", answer(b"]Q1A\\\\000026B")) == "A\\\\000026B"


@pytest.mark.parametrize("aim", ["e1", "e2", "e3"])
def test_the_second_part_of_a_composite_is_no_code_of_its_own(aim: str) -> None:
    """What it belongs to was another reading, and nothing is looked up by it."""
    payload = f"]{aim}8018952012345678900007".encode()
    decision = answer(payload)
    assert (decision.outcome, code_of(payload, decision)) == ("unknown", "")
    assert "composite" in decision.reason
