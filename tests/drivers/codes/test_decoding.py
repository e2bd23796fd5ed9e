"""Frames become text, or a fault that names the cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.decoding import Decoded, decode
from pos_loyalty.core.scans import ScanFault


def with_parity(text: str, *, odd: bool) -> bytes:
    """Give ``text`` as a 7E1 or 7O1 reader puts it on a line that is read as 8N1."""
    return bytes(code | 0x80 if (code.bit_count() + odd) % 2 else code for code in text.encode("ascii"))


def with_framing_errors(text: str) -> bytes:
    """Give ``text`` as an 8E1 reader's bytes appear on a tty set to 8N1: a 0 for parity is a missing stop bit."""
    return bytes(code if code.bit_count() % 2 else 0 for code in text.encode("ascii"))


@pytest.mark.parametrize(
    ("payload", "decoded"),
    [
        (b"MEMBER-42", Decoded("MEMBER-42", None)),
        (b"]E04006381333931", Decoded("4006381333931", "E0")),
        (b"]C18018952012345678900004\x1d99X", Decoded("8018952012345678900004\x1d99X", "C1")),
        (b"]Q1https://id.gs1.org/8018/952012345678900004", Decoded("https://id.gs1.org/8018/952012345678900004", "Q1")),
        ("سارا رضایی".encode(), Decoded("سارا رضایی", None)),
        ("می\u200cخواهم".encode(), Decoded("می\u200cخواهم", None)),
        (b"]42", Decoded("]42", None)),
        (b"a b", Decoded("a b", None)),
    ],
)
def test_text_is_read_and_the_aim_identifier_taken_off(payload: bytes, decoded: Decoded) -> None:
    """ASCII, GS1 data with GS and Persian are text; ``]E0`` and the like are not part of the code."""
    assert decode(payload) == decoded


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\xfe\x00\x01",
        b"12\x0034",
        b"12\n34",
        b"\x1b[2J",
        b"\x1d",
        b"]E0",
        b"",
        b"caf\xe9 au lait, a long text in another encoding",
        "\u202e24".encode(),
        "a\u2028b".encode(),
        b"\xc2\x85\xc2\x85",
    ],
)
def test_what_is_not_text_is_unreadable(payload: bytes) -> None:
    """Control characters, other encodings, marks that reorder a screen and empty codes are refused."""
    assert decode(payload) is ScanFault.UNREADABLE


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("terminator", ["", "\r", "\n"])
def test_parity_garbage_is_named(terminator: str, *, odd: bool) -> None:
    """Seven bits with parity, read as eight, are reported as parity, with the terminator inside or not."""
    assert decode(with_parity("2012345678903" + terminator, odd=odd)) is ScanFault.PARITY


def test_framing_errors_of_a_parity_bit_are_named_as_parity() -> None:
    """Eight bits with parity, read without it, lose about half their characters to NUL."""
    assert decode(with_framing_errors("2012345678903")) is ScanFault.PARITY


@given(st.binary(max_size=60))
def test_any_bytes_become_text_or_a_fault(payload: bytes) -> None:
    """No bytes raise, and a code never holds a control character other than GS."""
    result = decode(payload)
    if isinstance(result, Decoded):
        assert result.text
        assert all(char == "\x1d" or ord(char) >= 0x20 for char in result.text)
    else:
        assert result in {ScanFault.UNREADABLE, ScanFault.PARITY}
