"""A message gives its first link or text, and a broken one gives nothing of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.ndef import NdefFault, content
from tests.drivers.storage_card import link_record, record, text_record

FIRST, MIDDLE, LAST, ONLY = 0x80, 0x00, 0x40, 0xC0


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (link_record(4, "id.gs1.org/8018/952012345678900007"), "https://id.gs1.org/8018/952012345678900007"),
        (link_record(0, "urn:x"), "urn:x"),
        (link_record(2, "shop.test"), "https://www.shop.test"),
        (link_record(0x1D, "a"), "file://a"),
        (link_record(0x23, "a"), "urn:nfc:a"),
        (link_record(0x24, "reserved"), "reserved"),
        (link_record(4, "فروشگاه.test"), "https://فروشگاه.test"),
        (text_record("سارا-42"), "سارا-42"),
        (record(b"T", b"\x00no language"), "no language"),
        (record(b"T", b"\x82fa" + "سارا".encode("utf-16-be")), "سارا"),
        (record(b"T", b"\x82fa" + "سارا".encode("utf-16")), "سارا"),
        (record(b"T", b"\x82fa\xfe\xff" + "سارا".encode("utf-16-be")), "سارا"),
        (text_record("x" * 300), "x" * 300),
        (link_record(4, "a", flags=FIRST) + text_record("b", flags=LAST), "https://a"),
        (text_record("b", flags=FIRST) + link_record(4, "a", flags=LAST), "b"),
        (record(b"Sig", b"\x01", flags=FIRST) + text_record("b", flags=LAST), "b"),
        (text_record("", flags=FIRST) + text_record("b", flags=LAST), "b"),
        (b"\xd9\x01\x02\x03Uabc\x04x", "https://x"),
        (b"\xd2\x0a\x01text/plainx", None),
        (b"\xd4\x0a\x01shop.x:tagx", None),
        (b"\xd0\x00\x00", None),
        (b"", None),
    ],
)
def test_the_first_link_or_text_counts(message: bytes, expected: str | None) -> None:
    """Prefixes, languages, both encodings, ids and long records; other types and empty texts are passed over."""
    assert content(message) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (text_record("Title", flags=FIRST) + link_record(4, "shop.test", flags=LAST), "https://shop.test"),
        (text_record("Title"), None),
        (b"", None),
        (link_record(4, "shop.test")[:-1], NdefFault.MALFORMED),
    ],
)
def test_of_a_poster_the_link_counts(inside: bytes, expected: str | NdefFault | None) -> None:
    """A title in front of the link is not what the poster says; a poster in a poster is not looked into."""
    assert content(record(b"Sp", inside)) == expected
    assert content(record(b"Sp", record(b"Sp", link_record(4, "x")))) is None


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (link_record(4, "a", flags=ONLY | 0x20), NdefFault.CHUNKED),
        (b"\xd6\x00\x01x", NdefFault.CHUNKED),
        (link_record(4, "a", flags=LAST), NdefFault.MALFORMED),
        (link_record(4, "a", flags=FIRST), NdefFault.MALFORMED),
        (link_record(4, "a") + link_record(4, "b"), NdefFault.MALFORMED),
        (link_record(4, "a", flags=FIRST) + link_record(4, "b", flags=ONLY), NdefFault.MALFORMED),
        (link_record(4, "a") + b"\0", NdefFault.MALFORMED),
        (record(b"U", b""), NdefFault.MALFORMED),
        (record(b"T", b""), NdefFault.MALFORMED),
        (record(b"T", b"\x05fa"), NdefFault.MALFORMED),
        (b"\xc1\x01\xff\xff\xff\xffU\x04", NdefFault.MALFORMED),
        (b"\xd1", NdefFault.MALFORMED),
        (record(b"U", b"\x04\xff\xfe"), NdefFault.ENCODING),
        (record(b"T", b"\x02fa\xff"), NdefFault.ENCODING),
        (record(b"T", b"\x82fa\xd8\x00"), NdefFault.ENCODING),
        (record(b"T", b"\x82fa\x00"), NdefFault.ENCODING),
    ],
)
def test_a_broken_message_is_a_fault(message: bytes, fault: NdefFault) -> None:
    """Chunks, lengths and marks that do not fit, and texts in another encoding than they say."""
    assert content(message) is fault


def test_a_message_cut_anywhere_gives_no_other_link() -> None:
    """Half of a link is another link: a message without its end says nothing."""
    whole = text_record("", flags=FIRST) + link_record(4, "id.gs1.org/8018/952012345678900007", flags=LAST)
    assert {content(whole[:end]) for end in range(1, len(whole))} == {NdefFault.MALFORMED}


@given(st.lists(st.tuples(st.booleans(), st.text(min_size=1, max_size=300)), min_size=1, max_size=4))
def test_what_is_written_is_read(parts: list[tuple[bool, str]]) -> None:
    """Of any records with any texts the first comes out unchanged."""
    message = b""
    for n, (is_link, text) in enumerate(parts):
        flags = (FIRST if n == 0 else MIDDLE) | (LAST if n == len(parts) - 1 else MIDDLE)
        message += (link_record(0, text, flags=flags)) if is_link else text_record(text, flags=flags)
    assert content(message) == parts[0][1]


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda payload: record(b"Sp", payload)))
def test_any_bytes_are_answered(message: bytes) -> None:
    """Nothing raises, whatever a tag holds."""
    assert isinstance(content(message), str | NdefFault | None)
