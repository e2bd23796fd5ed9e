"""A tag is one event per presentation, whole and with a right checksum."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.tags import Tag, TagFault, tag
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.rfid import TagLexer
from pos_loyalty.core.scans import ScanFault

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


def heard(lexer: TagLexer, data: bytes, at_ns: int) -> list[str]:
    """Give the payloads that come out."""
    return [found.payload.decode("latin-1") for found in lexer.receive(data, at_ns)]


@pytest.mark.parametrize("suffix", [b"", b"\r\n"])
def test_a_tag_left_on_the_reader_is_one_event(suffix: bytes) -> None:
    """Repeats every 65 ms for a minute are one presentation; away for a second, it is another."""
    lexer, data = TagLexer(), frame(b"\x08\x00\xa5\xb1\xc2", suffix=suffix)
    events = [event for n in range(920) for event in lexer.receive(data, n * 65 * MS)]
    assert events == [Frame(b"0800A5B1C2DE", 0, 0)]
    assert lexer.receive(data, 61_000 * MS) == [Frame(b"0800A5B1C2DE", 61_000 * MS, 61_000 * MS)]


def test_a_presentation_lasts_as_long_as_it_is_told_to() -> None:
    """A tag that was out of reach for a second is still there when a second and a half are allowed."""
    lexer, data = TagLexer(1500), frame(b"\x08\x00\xa5\xb1\xc2")
    assert [len(lexer.receive(data, at_ms * MS)) for at_ms in (0, 1000, 2000, 3499, 5000)] == [1, 0, 0, 0, 1]


def test_two_tags_in_the_field_are_one_event_each() -> None:
    """A reader that alternates between two tags does not make a stream of events."""
    lexer, frames = TagLexer(), (frame(b"\x01\x02\x03\x04\x05"), frame(b"\x01\x02\x03\x04\x06"))
    events = [event for n in range(40) for event in heard(lexer, frames[n % 2], n * 65 * MS)]
    assert events == ["010203040501", "010203040602"]


def test_a_new_start_begins_a_new_frame() -> None:
    """A frame that was cut by a new STX is forgotten, and the new one read whole, from its own start."""
    whole = frame(b"\x08\x00\xa5\xb1\xc2")
    for cut in range(len(whole)):
        lexer = TagLexer()
        assert lexer.receive(whole[:cut], MS) == []
        assert lexer.receive(whole, 2 * MS) == [Frame(b"0800A5B1C2DE", 2 * MS, 2 * MS)]


def test_a_tag_has_the_times_of_its_first_and_last_byte() -> None:
    """A frame takes 15 ms at 9600 baud, and both ends of it are known."""
    lexer, whole = TagLexer(), frame(b"\x08\x00\xa5\xb1\xc2")
    assert lexer.receive(whole[:1], 5 * MS) + lexer.receive(whole[1:9], 12 * MS) == []
    assert lexer.receive(whole[9:], 19 * MS) == [Frame(b"0800A5B1C2DE", 5 * MS, 19 * MS)]


def test_the_rest_of_a_frame_that_comes_late_is_noise() -> None:
    """Half a tag does not wait for the other half of the next one, and nobody has to wait for it."""
    lexer, whole = TagLexer(), frame(b"\x08\x00\xa5\xb1\xc2")
    assert lexer.receive(whole[:7], MS) == []
    assert (lexer.deadline_ns, lexer.silence(150 * MS)) == (None, [])
    assert lexer.receive(whole[7:], 200 * MS) == []


def test_a_broken_tag_is_reported_once() -> None:
    """At the edge of the field a reader sends ten broken frames a second; one report is enough."""
    lexer = TagLexer()
    events = [event for n in range(20) for event in heard(lexer, b"\x020800A5B1C2D%x\x03" % (n % 14), n * 65 * MS)]
    assert [tag(event) for event in events] == [TagFault.CHECKSUM]
    assert [tag(event) for event in heard(lexer, b"\x02" + b"0" * 40 + b"\x03", 2000 * MS)] == [TagFault.LENGTH]


def test_a_broken_frame_of_a_tag_that_was_read_says_nothing() -> None:
    """One presentation is one event, however the tag is taken away."""
    lexer = TagLexer()
    assert heard(lexer, frame(b"\x08\x00\xa5\xb1\xc2"), 0) == ["0800A5B1C2DE"]
    assert heard(lexer, b"\x020800A5B1C2DF\x03", 65 * MS) == []
    assert heard(lexer, b"\x020800A5B1C2DF\x03", 500 * MS) == ["0800A5B1C2DF"]


def test_half_a_frame_is_reported_when_the_reader_goes() -> None:
    """A cable pulled inside a frame is a fault; pulled between frames it is none."""
    lexer = TagLexer()
    lexer.receive(frame(b"\x08\x00\xa5\xb1\xc2")[:7], MS)
    assert lexer.reset() == [FrameFault(ScanFault.INTERRUPTED, b"0800A5", MS, MS)]
    assert lexer.reset() == []


@given(NUMBERS, st.lists(st.integers(0, 14), max_size=4))
def test_a_frame_split_anywhere_is_one_tag(number: bytes, cuts: list[int]) -> None:
    """How the port cuts the bytes changes nothing, and all five bytes are kept."""
    lexer, whole = TagLexer(), frame(number)
    edges = [0, *sorted(cuts), len(whole)]
    events = [event for a, b in pairwise(edges) for event in heard(lexer, whole[a:b], MS)]
    assert [tag(event) for event in events] == [Tag(number.hex().upper())]


@given(NUMBERS, st.integers(1, 12), st.integers(0, 255))
def test_one_wrong_byte_never_gives_another_tag(number: bytes, index: int, byte: int) -> None:
    """The checksum catches one wrong digit; small letters are the same digit."""
    whole = bytearray(frame(number))
    whole[index] = byte
    found = [tag(event) for event in heard(TagLexer(), bytes(whole), MS)]
    assert [event for event in found if isinstance(event, Tag)] in ([], [Tag(number.hex().upper())])


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 300))))
def test_any_bytes_give_tags_or_faults(chunks: list[tuple[bytes, int]]) -> None:
    """Nothing raises, and every tag that comes out is ten capital hexadecimal digits."""
    lexer, at_ns = TagLexer(), 0
    for data, gap_ms in chunks:
        at_ns += gap_ms * MS
        for event in map(tag, heard(lexer, data, at_ns)):
            assert isinstance(event, TagFault) or len(bytes.fromhex(event.number)) == 5
    assert (len(lexer.reset()) <= 1, lexer.owed()) == (True, b"")
