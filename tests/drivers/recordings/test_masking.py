"""Masked readings: the same meaning, the same form, and nobody in them."""

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.recordings.masking import Chance, by_class, is_alike, masked
from pos_loyalty.core.decisions import VIAS, Outcome, Via
from pos_loyalty.core.payment_cards import is_payment_card

KEY = b"thrown away afterwards"
SHOP = SHOP_AS_DELIVERED
PAN = b"6037997111111119"
PASS = "PL45" + "K0R9$2FJ-4" * 12
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\xd8\xb1\xd8\xb6\xd8\xa7\r\nTEL;TYPE=CELL:+989123456789\r\nEND:VCARD\r\n"

PERSONAL: list[tuple[Via, bytes, Outcome]] = [
    ("serial", b"PL-1001", Outcome.MEMBER),
    ("serial", b"]E02012345678903", Outcome.MEMBER),
    ("serial", b"2012345678903", Outcome.MEMBER),
    ("serial", b"]C18018952012345678900007\x1d80192", Outcome.MEMBER),
    ("serial", b"8018952012345678900007", Outcome.MEMBER),
    ("hidpos", b"]Q1https://id.gs1.org/8018/952012345678900007/8019/2", Outcome.MEMBER),
    ("typed", "۲۰۱۲۳۴۵۶۷۸۹۰۳".encode(), Outcome.MEMBER),
    ("hidmsr", b"%E?;1234567=9901?+E?", Outcome.MEMBER),
    ("stripe", b";1234567890?5", Outcome.MEMBER),
    ("rfid", b"0800A5B1C2DE", Outcome.MEMBER),
    ("pcsc", b"uid:04A1B2C3D4E5F6", Outcome.MEMBER),
    ("camera", PASS.encode(), Outcome.PASS),
    ("serial", b"+989123456789", Outcome.PHONE),
    ("serial", b"tel:+447911123456", Outcome.PHONE),
    ("camera", CARD, Outcome.CONTACT),
    ("serial", b"MECARD:N:Carter,Emily;TEL:+447911123456;;", Outcome.CONTACT),
    ("serial", b"PLV-7KQ2M4ZX7", Outcome.VOUCHER),
    ("serial", b"]e02559520123456788\x1d3902500", Outcome.VOUCHER),
    ("serial", b"WIFI:T:WPA;S:home;P:secret123;;", Outcome.UNKNOWN),
    ("serial", b"https://rezaei.example/me?id=42x7", Outcome.UNKNOWN),
    ("serial", b"REZAEI:4711", Outcome.UNKNOWN),
    ("serial", b"]E04006381333932", Outcome.UNREADABLE),
]


def secrets_of(payload: bytes) -> set[str]:
    """Return every run of five digits or letters that names somebody."""
    text = payload.decode()
    plain = re.sub(
        r"^\]..|uid:|tel:|https?://|id.gs1.org|BEGIN|END|VCARD|VERSION|MECARD|WIFI|TYPE|CELL|PL45|801[89]", " ", text
    )
    runs = re.findall(r"\w{5,}", plain)
    return {run[at : at + 5] for run in runs for at in range(len(run) - 4)}


@pytest.mark.parametrize(("via", "payload", "outcome"), PERSONAL)
def test_a_masked_reading_means_the_same_and_names_nobody(via: Via, payload: bytes, outcome: Outcome) -> None:
    """Same outcome, symbology, fields, length and marks; no five characters in a row are still there."""
    assert read(payload, via, SHOP).outcome is outcome
    other = masked(payload, via, SHOP, KEY)
    assert other is not None
    assert is_alike(read(payload, via, SHOP), read(other, via, SHOP))
    assert len(other) == len(payload)
    if via != "stripe":  # an LRC may be a mark
        assert re.sub(r"\w", "", other.decode()) == re.sub(r"\w", "", payload.decode())
    assert not [secret for secret in secrets_of(payload) if secret in other.decode()]


@pytest.mark.parametrize("payload", [b"4006381333931", b"]e001095060001343523103001250", b"10000007"])
def test_a_product_is_kept(payload: bytes) -> None:
    """It is nobody's, and whoever looks for a fault needs it as it was; two products at once are products."""
    assert masked(payload, "serial", SHOP, KEY) == payload


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (b"]d2010400638133393191" + PAN, b"]d20104006381333931"),
        (b"]d2010400638133393117271231\x1d2112SERIAL7", b"]d2010400638133393117271231"),
        (b"https://id.gs1.org/01/04006381333931?91=" + PAN, b"https://id.gs1.org/01/04006381333931?91="),
        (b"https://id.gs1.org/01/04006381333931/21/EMILY4711?m=emily", b"https://id.gs1.org/01/04006381333931/21/"),
    ],
)
def test_of_a_product_with_more_in_its_code_the_product_is_kept(payload: bytes, kept: bytes) -> None:
    """Serial numbers, internal data and parameters of a link are masked; number and dates are what a fault is about."""
    other = masked(payload, "serial", SHOP, KEY)
    assert other is not None
    assert other.startswith(kept)
    assert not any(secret in other for secret in (PAN, b"SERIAL", b"EMILY", b"emily"))


@pytest.mark.parametrize(
    ("via", "payload"),
    [
        ("serial", b"6037997111111119"),
        ("typed", b"6037 9971 1111 1119"),
        ("serial", b"]C16037997111111119"),
        ("stripe", b"%B6037997111111119^REZAEI/REZA^29121010000000000?;6037997111111119=29121010000000000?"),
        ("hidmsr", b";6037997111111119=2912?"),
        ("serial", b"378282246310005"),
    ],
)
def test_of_a_bank_card_only_the_form_is_left(via: Via, payload: bytes) -> None:
    """The one that stands for it is refused like it and has one digit over and over; no name is left."""
    other = masked(payload, via, SHOP, KEY)
    assert other is not None
    assert read(other, via, SHOP).outcome is Outcome.PAYMENT_CARD
    assert len(other) == len(payload)
    number = re.sub(r"\D", "", re.split(r"[\^=]", other.decode().removeprefix("]C1"))[0])
    assert is_payment_card(number)
    assert len(set(number[1:-1])) == 1
    assert b"REZA" not in other


def test_one_key_keeps_repeats_apart_from_others_and_another_key_does_not() -> None:
    """The same card is the same masked card in one recording, and another one in the next."""
    twice = {masked(b"PL-100123", "serial", SHOP, KEY) for _ in range(2)}
    assert len(twice) == 1
    assert masked(b"PL-100124", "serial", SHOP, KEY) not in twice
    assert masked(b"PL-100123", "serial", SHOP, b"another") not in twice


def test_wrong_parity_stays_wrong_parity() -> None:
    """A byte becomes another of the same parity, since that is the fault that somebody looks for."""
    payload = bytes(code | 0x80 if code.bit_count() % 2 else code for code in b"2012345678903")
    other = masked(payload, "serial", SHOP, KEY)
    assert other is not None
    assert is_alike(read(payload, "serial", SHOP), read(other, "serial", SHOP))
    assert [code & 0x80 for code in other] == [code & 0x80 for code in payload]
    assert other != payload


def test_what_cannot_be_masked_is_nothing() -> None:
    """Where no letter or digit may change, there is nothing to give out."""
    assert masked(b"#-#", "serial", SHOP, KEY) is None


@given(st.text(min_size=1, max_size=40), st.sampled_from(VIAS))
def test_any_text_keeps_its_meaning_or_is_withheld(text: str, via: Via) -> None:
    """Whatever is read, what comes out reads the same, and takes as many bytes."""
    payload = text.encode("utf-8", "surrogatepass")
    other = masked(payload, via, SHOP, KEY)
    if other is not None:
        assert is_alike(read(payload, via, SHOP), read(other, via, SHOP))
        assert len(other) == len(payload)


@given(st.binary(max_size=60))
def test_any_bytes_have_others_of_the_same_classes(data: bytes) -> None:
    """Length stays, and so does every byte that is neither letter nor digit."""
    other = by_class(data, Chance(KEY, sha256(data).digest(), 0))
    assert len(other) == len(data)
    if data.isascii():
        assert re.sub(rb"[0-9A-Za-z]", b"", other) == re.sub(rb"[0-9A-Za-z]", b"", data)
