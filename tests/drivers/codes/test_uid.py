"""A number names a card, or it is refused; readers write it in several ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes import uid
from drivers.codes.reading import read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import ScanFault


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("CAFE4215", b"uid:CAFE4215"),
        ("0FA1B2C3", b"uid:0FA1B2C3"),  # NUID: fixed and not unique
        ("FFA1B2C3", b"uid:FFA1B2C3"),
        ("04A1B2C3D4E5F6", b"uid:04A1B2C3D4E5F6"),
        ("08A1B2C3D4E5F6", b"uid:08A1B2C3D4E5F6"),  # only four bytes are ever random
        ("04A1B2C3D4E5F6070809", b"uid:04A1B2C3D4E5F6070809"),
        ("E004010012345678", b"uid:E004010012345678"),
        ("78563412000104E0", b"uid:78563412000104E0"),
        ("08A1B2C3", ScanFault.RANDOM_NUMBER),
        ("08000000", ScanFault.RANDOM_NUMBER),
        ("8804A1B2", ScanFault.UNREADABLE),  # the cascade tag and half of a longer number
        ("8804A1B2C3D4E5", ScanFault.UNREADABLE),
        ("00000000", ScanFault.UNREADABLE),
        ("FFFFFFFFFFFFFF", ScanFault.UNREADABLE),
        ("012E4C1234567890", ScanFault.UNREADABLE),  # eight bytes without E0: another technology
        ("04A1B2C3D4", ScanFault.UNREADABLE),
        ("", ScanFault.UNREADABLE),
    ],
)
def test_a_number_is_a_card_or_a_fault(number: str, expected: bytes | ScanFault) -> None:
    """Size and first byte decide; random and empty numbers are nobody's."""
    assert uid.payload(bytes.fromhex(number)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "04A1B2C3D4E5F6",
        "04a1b2c3d4e5f6",
        "04:A1:B2:C3:D4:E5:F6",
        "04 a1 b2 c3 d4 e5 f6",
        "04-A1-B2-C3-D4-E5-F6",
        " uid: 04 A1 B2 C3 D4 E5 F6 ",
        "UID:04a1b2c3d4e5f6",
    ],
)
def test_a_number_is_read_however_it_is_written(line: str) -> None:
    """Capitals, marks between the bytes and a word in front of them change nothing."""
    assert uid.written(line) == bytes.fromhex("04A1B2C3D4E5F6")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "04A1B2C",
        "04A1B2C3D4",
        "04:A1B2:C3",
        "04:A1-B2:C3",
        "04::A1:B2:C3",
        "PL-4711",
        "https://id.gs1.org/8018/952012345678900007",
        "2012345678903",
        "6037997111111119",
        "۰۴۱۲۳۴۵۶",
        "04A1B2C3\n04A1B2C3",
    ],
)
def test_any_other_text_is_no_number(line: str) -> None:
    """Half bytes, sizes that no card has, mixed marks and texts are left to those who read texts."""
    assert uid.written(line) is None


@given(st.binary(max_size=12))
def test_what_is_accepted_is_read_as_a_member(number: bytes) -> None:
    """Every payload is understood further on, and by the same digits."""
    payload = uid.payload(number)
    if isinstance(payload, bytes):
        decision = read(payload, "pcsc", SHOP_AS_DELIVERED)
        assert (decision.outcome, decision.fields) == (Outcome.MEMBER, {"tag": number.hex().upper()})


@given(st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size)), st.data())
def test_writing_and_reading_a_number_gives_it_back(number: bytes, data: st.DataObject) -> None:
    """Whatever stands between the bytes, the order stays as it was sent."""
    between = data.draw(st.sampled_from(["", ":", " ", "-"]))
    digits = number.hex(between) if between else number.hex()
    assert uid.written(data.draw(st.sampled_from([digits, digits.upper(), f"UID: {digits}"]))) == number


@given(st.text(alphabet="0189aAfFgG:- uid\n", max_size=40))
def test_any_line_is_a_number_or_none(line: str) -> None:
    """Nothing raises, and a number has a size that cards have."""
    number = uid.written(line)
    assert number is None or len(number) in {4, 7, 8, 10}
