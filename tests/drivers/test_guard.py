"""The carrier decides before the digits do."""

import pytest

from drivers.decoding import Decoded
from drivers.guard import fault_of, must_refuse
from pos_loyalty.core.scans import ScanFault

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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (";6037997111111119=26121010000012300000?", ScanFault.PAYMENT_CARD),
        (";603799711111119=26121010000012300000?", ScanFault.PAYMENT_CARD),
        (";6037997;11111119=2612101?", ScanFault.UNREADABLE),
        ("%E?;E?+E?", ScanFault.UNREADABLE),
        (";1234567=9901?", None),
        ("PL-1001", None),
    ],
)
def test_a_stripe_goes_on_only_if_it_is_whole_and_no_bank_card(text: str, fault: ScanFault | None) -> None:
    """What a bad swipe leaves of a bank card ends at the driver, even where its digits look harmless."""
    assert fault_of(Decoded(text, None)) is fault
