"""The carrier decides before the digits do."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.decoding import GS, Decoded
from drivers.codes.guard import must_refuse
from drivers.codes.reading import code_of, read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.codes.shop_numbers import coded
from drivers.lexers import answers
from drivers.lexers.framing import Frame
from pos_loyalty.core.decisions import Decision, Via
from pos_loyalty.core.payment_cards import is_payment_card
from pos_loyalty.core.scans import ScanFault
from tests.drivers.gs1_codes import checked, digits, link

PAN = "6037997111111119"
FULL_WIDTH = PAN.translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
EAN_SHAPED_VISA = "4222222222222"
"""Thirteen digits behind Visa's prefix: right by Luhn, wrong as an EAN-13."""


def answer(text: str, via: Via = "serial") -> Decision:
    """Read ``text`` as the bytes of a reader in a shop that has changed nothing."""
    return read(text.encode(), via, SHOP_AS_DELIVERED)


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
    frame = Frame(text.encode(), 0, 0)
    assert answers.fault_of(frame, answers.answer(frame, "serial", SHOP_AS_DELIVERED), "serial") is fault


@pytest.mark.parametrize("via", ["serial", "wedge", "typed", "hidpos", "pcsc", "camera"])
@pytest.mark.parametrize(
    "text",
    [
        f"A{PAN}B",  # start and stop of Codabar
        f"F{PAN}",  # the label of a counter scanner
        f"]A0*{PAN}*",
        f"]Q1CARD:{PAN}",
        f"EMILY CARTER {PAN} 12/26",
        f"PL-{FULL_WIDTH}",
        f"]Q1{PAN}",
        f"BEGIN:VCARD\r\nFN:Emily {FULL_WIDTH}\r\nEND:VCARD",
        f"BEGIN:VCARD\r\nFN:+{PAN}\r\nEND:VCARD",
        f"MECARD:N:Emily {PAN[:4]}  {PAN[4:]};;",
    ],
)
def test_what_stands_around_a_card_number_does_not_hide_it(text: str, via: Via) -> None:
    """Letters that readers and people put there: the whole reading is refused, whatever brought it."""
    assert answer(text, via).outcome == "payment_card"


@pytest.mark.parametrize(
    "text",
    [
        f"]C191{PAN}",
        f"]C110{PAN}",
        f"]d2010400638133393191{PAN}",
        f"]d200{checked('95201234567890000')}4300REZAEI",
        f"]Q1 WIFI:S:shop;P:{PAN};;",
        f"]Q1 https://pay.example/{PAN}",
        link(("01", "04006381333931"), query=f"91={PAN}"),
    ],
)
def test_of_data_that_mean_nothing_at_a_till_nothing_goes_on(text: str) -> None:
    """Internal and personal GS1 data, passwords and links: neither in the answer nor in what is looked up."""
    decision = answer(text)
    assert code_of(text.encode(), decision) == ""
    assert not any(secret in msgspec.json.encode(decision).decode() for secret in (PAN, "REZAEI"))


CODES = st.one_of(
    digits(12).map(checked),
    digits(11).map(checked),
    digits(7).map(checked),
    digits(17).map(checked),
    digits(17).map(lambda body: "8018" + checked(body)),
    digits(17).map(lambda body: "]C18018" + checked(body)),
    digits(13).map(lambda body: "]C101" + checked(body)),
    digits(12).map(lambda body: "]C1255" + checked(body)),
    digits(12).map(lambda body: GS + "255" + checked(body)),
    digits(12).map(lambda body: "]E0" + checked(body)),
    st.tuples(digits(12), digits(5)).map(lambda parts: "]E3" + checked(parts[0]) + parts[1]),
    digits(13).map(lambda body: "]I1" + checked(body)),
    digits(13).map(lambda body: "01" + checked(body)),
    digits(14).map(lambda body: "C" + body),
    st.uuids().map(str),
    digits(14).map(lambda body: "+" + body),
    digits(9).map(lambda body: "09" + body),
    st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=8, max_size=11).map(
        lambda body: coded("voucher", body, "PLV-")
    ),
)


@given(CODES)
def test_no_code_of_a_shop_is_taken_for_a_bank_card(text: str) -> None:
    """Products, members, coupons, telephone numbers, cards of shops, with the Luhn digit of a bank card or without."""
    assert answer(text).outcome != "payment_card"


@pytest.mark.parametrize(
    ("front", "digits_of"),
    [
        ("]I1", lambda n: checked(f"36{n:011}")),
        ("01", lambda n: checked(f"36{n:011}")),
        ("]E3", lambda n: checked(f"2221{n:08}") + f"{n:05}"),
        ("C", lambda n: f"4111111{n:06}"),
        ("\x1d", lambda n: "255" + checked(f"952012345{n:03}")),
    ],
)
def test_not_even_where_the_digits_alone_are_a_card(front: str, digits_of: Callable[[int], str]) -> None:
    """What says what they are, in front or around them, is believed."""
    alike = [digits for n in range(200) if is_payment_card(digits := digits_of(n))]
    assert len(alike) > 5
    assert "payment_card" not in {answer(front + digits).outcome for digits in alike}


@given(st.from_regex("(?:[0-9A-F]{8}|[0-9]{14}|[0-9A-F]{14}|[0-9A-F]{20})", fullmatch=True))
def test_no_chip_is_taken_for_a_bank_card(number: str) -> None:
    """The number of a chip may be of digits alone; a bank card that is held there does not show its own."""
    assert answer(f"uid:{number}", "pcsc").fields == {"tag": number}


def test_a_coupon_behind_fnc1_is_a_coupon() -> None:
    """A reader that names no symbology sends FNC1 in front as GS; what is in a picture comes so too."""
    alike = [text for n in range(200) if is_payment_card(text := f"255{checked(f'952012345{n:03}')}")]
    assert {answer(GS + text).outcome for text in alike} == {"voucher"}
