"""The length of a report is what its descriptor says."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.report_lengths import input_bytes
from tests.drivers.hid_reports import KEYBOARD, MAGTEK, POS_SCANNER, STRIPE_READER


def test_lengths_are_those_that_the_kernel_gives() -> None:
    """With the id in front where there is one; feature reports are none that come in."""
    assert input_bytes(POS_SCANNER) == 64
    assert input_bytes(MAGTEK) == 337
    assert input_bytes(STRIPE_READER) == 338
    assert input_bytes(KEYBOARD) == 8


def test_long_items_are_passed_over() -> None:
    """They have their length in their second byte (HID 1.11, 6.2.2.3)."""
    assert input_bytes(bytes.fromhex("fe 02 00 81 02 75 08 95 03 81 02")) == 3


def test_bits_are_rounded_up_to_bytes() -> None:
    """Nine bits need two bytes."""
    assert input_bytes(bytes.fromhex("75 01 95 09 81 02")) == 2


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(descriptor: bytes) -> None:
    """Garbage is a length, not an exception."""
    assert input_bytes(descriptor) >= 0
