"""The message of a tag is found, and no page is read that is not needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.type2_tag import CONTAINER_PAGE, MEMORY_BYTES_MAX, PAGE_BYTES, reading
from tests.drivers.storage_card import link_record, tag_memory

LINK = link_record(4, "id.gs1.org/8018/952012345678900007")


def walk(memory: bytes, *, pages: int = 4) -> tuple[bytes | None, int]:
    """Read a memory that begins at page 3, some pages at a time; give the message and how many reads it took."""
    reader = reading()
    page, reads = next(reader), 0
    while True:
        start, reads = (page - CONTAINER_PAGE) * PAGE_BYTES, reads + 1
        data = memory[start : start + pages * PAGE_BYTES].ljust(pages * PAGE_BYTES, b"\0")
        try:
            page = reader.send(data)
        except StopIteration as end:
            return end.value, reads


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (tag_memory(LINK), LINK),
        (tag_memory(LINK, before=b""), LINK),
        (tag_memory(LINK, before=b"\0\0\0"), LINK),
        (tag_memory(LINK, before=b"\x01\x03abc\x02\x03abc\xfd\x01x"), LINK),
        (tag_memory(LINK, before=b"\xfd\xff\x01\x00" + bytes(256)), LINK),
        (tag_memory(b"x" * 600), b"x" * 600),
        (tag_memory(b""), b""),
        (tag_memory(LINK, before=b"\xfe"), None),
        (b"\xe1\x10\x00\x00", None),
        (b"\xe1\x10\x06\x00" + bytes(48), None),
        (b"\xe1\x20" + tag_memory(LINK)[2:], None),
        (b"\xe1\x10\x06\xf0" + tag_memory(LINK)[4:], None),
        (bytes(64), None),
        (b"\xff" * 64, None),
    ],
)
def test_the_message_is_found_behind_other_blocks(memory: bytes, expected: bytes | None) -> None:
    """Lock, memory control and proprietary blocks and gaps are passed over; a container of another kind is none."""
    assert walk(memory)[0] == expected


@pytest.mark.parametrize(("memory", "reads"), [(tag_memory(b""), 1), (tag_memory(LINK), 4), (bytes(16), 1)])
def test_no_more_is_read_than_needed(memory: bytes, reads: int) -> None:
    """An empty tag and one that holds no container are one read, a link is four: the card may be gone soon."""
    assert walk(memory)[1] == reads


def test_a_message_longer_than_its_tag_comes_cut() -> None:
    """A length that lies about the tag reads no further than the tag, and not further than a read can reach."""
    assert walk(b"\xe1\x10\x01\x00\x03\xfeabcdef")[0] == b"abcdef"
    message, reads = walk(b"\xe1\x10\xff\x00\x03\xff\xff\xff".ljust(2044, b"x"))
    assert message == b"x" * (MEMORY_BYTES_MAX - 8)
    assert reads == 64


@given(st.binary(max_size=600), st.integers(1, 4))
def test_what_is_written_is_read(message: bytes, pages: int) -> None:
    """However many pages a reader gives at a time, the message is the one on the tag."""
    assert walk(tag_memory(message), pages=pages)[0] == message


@given(st.binary(max_size=1100), st.integers(1, 4))
def test_any_memory_comes_to_an_end(rest: bytes, pages: int) -> None:
    """Whatever stands behind a good container, every page that is asked for exists, and it ends."""
    message, reads = walk(b"\xe1\x10\xff\x00" + rest, pages=pages)
    assert message is None or len(message) <= MEMORY_BYTES_MAX
    assert reads * pages <= MEMORY_BYTES_MAX // PAGE_BYTES + pages
