"""A tag is one event per presentation, whole and with a right checksum."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.rfid import Tag, TagFault, TagReader, tag

MS = 1_000_000
NUMBERS = st.binary(min_size=5, max_size=5).filter(lambda number: number not in {bytes(5), b"\xff" * 5})


def frame(number: bytes, *, suffix: bytes = b"") -> bytes:
    """Give the bytes that a reader sends for ``number``."""
    check = 0
    for byte in number:
        check ^= byte
    return b"\x02" + (number + bytes([check])).hex().upper().encode() + suffix + b"\x03"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0800A5B1C2DE", Tag("0800A5B1C2")),
        ("0800a5b1c2de\r\n", Tag("0800A5B1C2")),
        ("0800A5B1C2DF", TagFault.CHECKSUM),
        ("0800A5B1C2D", TagFault.LENGTH),
        ("0800A5B1C2DE0", TagFault.LENGTH),
        ("0800A5B1C2DG", TagFault.NOT_HEX),
        ("0800A5B1C2 D", TagFault.NOT_HEX),
        ("０800A5B1C2DE", TagFault.NOT_HEX),
        ("000000000000", TagFault.BLANK),
        ("FFFFFFFFFFFF", TagFault.BLANK),
        ("", TagFault.LENGTH),
    ],
)
def test_a_frame_is_a_tag_or_a_fault(content: str, expected: Tag | TagFault) -> None:
    """Length, alphabet and checksum must be right, and the tag must have been written."""
    assert tag(content) == expected


@pytest.mark.parametrize("suffix", [b"", b"\r\n"])
def test_a_tag_left_on_the_reader_is_one_event(suffix: bytes) -> None:
    """Repeats every 65 ms for a minute are one presentation; away for a second, it is another."""
    reader, data = TagReader(), frame(b"\x08\x00\xa5\xb1\xc2", suffix=suffix)
    events = [event for n in range(920) for event in reader.receive(data, n * 65 * MS)]
    assert events == [Tag("0800A5B1C2")]
    assert reader.receive(data, 61_000 * MS) == [Tag("0800A5B1C2")]


def test_two_tags_in_the_field_are_one_event_each() -> None:
    """A reader that alternates between two tags does not make a stream of events."""
    reader, frames = TagReader(), (frame(b"\x01\x02\x03\x04\x05"), frame(b"\x01\x02\x03\x04\x06"))
    events = [event for n in range(40) for event in reader.receive(frames[n % 2], n * 65 * MS)]
    assert events == [Tag("0102030405"), Tag("0102030406")]


def test_a_new_start_begins_a_new_frame() -> None:
    """A frame that was cut by a new STX is forgotten, and the new one read whole."""
    whole = frame(b"\x08\x00\xa5\xb1\xc2")
    for cut in range(len(whole)):
        assert TagReader().receive(whole[:cut] + whole, MS) == [Tag("0800A5B1C2")]


def test_the_rest_of_a_frame_that_comes_late_is_noise() -> None:
    """Half a tag does not wait for the other half of the next one."""
    reader, whole = TagReader(), frame(b"\x08\x00\xa5\xb1\xc2")
    assert reader.receive(whole[:7], MS) == []
    assert reader.receive(whole[7:], 200 * MS) == []


def test_a_broken_tag_is_reported_once() -> None:
    """At the edge of the field a reader sends ten broken frames a second; one report is enough."""
    reader = TagReader()
    events = [event for n in range(20) for event in reader.receive(b"\x020800A5B1C2DF\x03", n * 65 * MS)]
    assert events == [TagFault.CHECKSUM]
    assert reader.receive(b"\x02" + b"0" * 40 + b"\x03", 2000 * MS) == [TagFault.LENGTH]


def test_half_a_frame_is_reported_when_the_reader_goes() -> None:
    """A cable pulled inside a frame is a fault; pulled between frames it is none."""
    reader = TagReader()
    reader.receive(frame(b"\x08\x00\xa5\xb1\xc2")[:7], MS)
    assert [reader.reset(), reader.reset()] == [TagFault.LENGTH, None]


@given(NUMBERS, st.lists(st.integers(0, 14), max_size=4))
def test_a_frame_split_anywhere_is_one_tag(number: bytes, cuts: list[int]) -> None:
    """How the port cuts the bytes changes nothing."""
    reader, whole = TagReader(), frame(number)
    edges = [0, *sorted(cuts), len(whole)]
    events = [event for a, b in pairwise(edges) for event in reader.receive(whole[a:b], MS)]
    assert events == [Tag(number.hex().upper())]


@given(NUMBERS, st.integers(1, 12), st.integers(0, 255))
def test_one_wrong_byte_never_gives_another_tag(number: bytes, index: int, byte: int) -> None:
    """The checksum catches one wrong digit; small letters are the same digit."""
    whole = bytearray(frame(number))
    whole[index] = byte
    tags = [event for event in TagReader().receive(bytes(whole), MS) if isinstance(event, Tag)]
    assert tags in ([], [Tag(number.hex().upper())])


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 300))))
def test_any_bytes_give_tags_or_faults(chunks: list[tuple[bytes, int]]) -> None:
    """Nothing raises, and every tag that comes out is ten capital hexadecimal digits."""
    reader, at_ns = TagReader(), 0
    for data, gap_ms in chunks:
        at_ns += gap_ms * MS
        for event in reader.receive(data, at_ns):
            assert isinstance(event, TagFault) or len(bytes.fromhex(event.number)) == 5
