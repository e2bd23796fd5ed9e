"""What a HID device is for, by its report descriptor."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.hid_usages import BAR_CODE_SCANNER, STRIPE_READER, applications

KEYBOARD = bytes.fromhex("05010906a101050719e029e71500250175019508810295017508810195067508150025650507190029658100c0")


def test_nested_collections_and_other_usages_are_no_applications() -> None:
    """Only what stands at the top counts, each by the page and usage in front of it."""
    scanner = bytes.fromhex("058c0902a1010912a10285020912c0c0")
    stripe = bytes.fromhex("068e000b01008e00a10185010920c0")
    assert applications(scanner) == (BAR_CODE_SCANNER,)
    assert applications(stripe) == (STRIPE_READER,)
    assert applications(KEYBOARD + scanner + stripe) == (0x00010006, BAR_CODE_SCANNER, STRIPE_READER)


def test_a_long_item_is_stepped_over() -> None:
    """Section 6.2.2.3: prefix FE, length, tag, data."""
    assert applications(bytes.fromhex("fe02f0a101058c0902a101c0")) == (BAR_CODE_SCANNER,)


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(descriptor: bytes) -> None:
    """A broken descriptor gives numbers, or none, and never an exception."""
    assert all(isinstance(usage, int) for usage in applications(descriptor))
