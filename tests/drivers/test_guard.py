"""The carrier decides before the digits do."""

import pytest

from drivers.decoding import Decoded
from drivers.guard import must_refuse

EAN_SHAPED_VISA = "4222222222222"
"""Thirteen digits behind Visa's prefix: right by Luhn, wrong as an EAN-13."""


@pytest.mark.parametrize("aim", ["E0", "E3", "E4"])
def test_a_symbol_of_the_ean_family_is_never_a_card(aim: str) -> None:
    """What the reader calls EAN or UPC passes, even where the digits alone would be refused."""
    assert must_refuse(Decoded(EAN_SHAPED_VISA, None))
    assert not must_refuse(Decoded(EAN_SHAPED_VISA, aim))


@pytest.mark.parametrize("aim", [None, "Q1", "C0", "A0"])
def test_a_card_number_in_any_other_carrier_is_refused(aim: str | None) -> None:
    """A QR code or a Code 128 can carry a card number; it is refused."""
    assert must_refuse(Decoded("6037997111111119", aim))
    assert not must_refuse(Decoded("MEMBER-42", aim))
