"""Bodies on the wire: what is packed comes back, and nothing makes a reader take more than was agreed."""

from hashlib import shake_128
from typing import Final

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.packing import IDENTITY, ZSTD, Misfit, Packed, accepts_zstd, pack, unpack
from sync.wire import BODY_BYTES_MAX, UNPACKED_BYTES_MAX

TEXT: Final = b'{"events":[' + b'{"type":"note.written"},' * 500 + b"{}]}"


def test_what_is_packed_comes_back_and_is_smaller() -> None:
    """A body of JSON crosses the wire in a fraction of its bytes."""
    packed = pack(TEXT)
    assert packed.encoding == ZSTD
    assert len(packed.body) < len(TEXT) / 20
    assert unpack(packed.body, packed.encoding) == TEXT


def test_a_small_body_is_sent_as_it_is() -> None:
    """Packing what fits into one packet anyway is not worth its time."""
    assert pack(b"{}") == Packed(b"{}", IDENTITY)
    assert unpack(b"{}") == unpack(b"{}", "identity") == unpack(b"{}", " Identity ") == b"{}"


@given(st.binary(max_size=4_000))
def test_any_bytes_come_back(body: bytes) -> None:
    """Whatever the body is, packing and unpacking leave it as it was."""
    assert unpack(*pack(body)) == body
    assert unpack(zstandard.compress(body), ZSTD) == body


def test_a_bomb_is_stopped_at_the_cap() -> None:
    """128 MiB in 12 KB are given up after 64, whether the frame says its size or not."""
    for says_size in (True, False):
        bomb = zstandard.ZstdCompressor(write_content_size=says_size).compress(bytes(128 << 20))
        assert len(bomb) < 20_000
        assert unpack(bomb, ZSTD) is Misfit.TOO_LARGE


def test_what_fills_the_cap_is_taken_and_one_byte_more_is_not() -> None:
    """The cap on what a body unpacks to is exact."""
    assert unpack(zstandard.compress(bytes(UNPACKED_BYTES_MAX)), ZSTD) == bytes(UNPACKED_BYTES_MAX)
    assert unpack(zstandard.compress(bytes(UNPACKED_BYTES_MAX + 1)), ZSTD) is Misfit.TOO_LARGE


@pytest.mark.parametrize("encoding", ["", IDENTITY, ZSTD])
def test_a_body_over_the_cap_is_refused_as_it_was_sent(encoding: str) -> None:
    """What is too large is not looked into."""
    assert unpack(bytes(BODY_BYTES_MAX + 1), encoding) is Misfit.TOO_LARGE


def test_a_frame_that_does_not_say_its_size_is_read() -> None:
    """A sender that packs while it writes does not know the size beforehand."""
    stream = zstandard.ZstdCompressor().compressobj()
    sent = stream.compress(TEXT) + stream.flush()
    assert zstandard.get_frame_parameters(sent).content_size == zstandard.CONTENTSIZE_UNKNOWN
    assert unpack(sent, "ZSTD") == TEXT


def test_every_cut_is_found() -> None:
    """A body that ends early is never taken for a whole one, wherever it ends."""
    sent = pack(shake_128(b"5").digest(3_000)).body
    assert {unpack(sent[:end], ZSTD) for end in range(len(sent))} == {Misfit.TRUNCATED}


def test_what_follows_the_frame_is_refused() -> None:
    """One body is one frame: a second one, or rubbish, would be passed over in silence."""
    sent = pack(TEXT).body
    for trailing in (b"\0", sent, bytes(5_000)):
        assert unpack(sent + trailing, ZSTD) is Misfit.TRAILING


def test_a_frame_of_another_dictionary_is_refused() -> None:
    """Nobody agreed on a dictionary, so a frame that needs one cannot be read."""
    samples: list[bytes | bytearray | memoryview] = [
        b'{"a":%d,"name":"n%d"}' % (number, number) * 5 for number in range(2_000)
    ]
    dictionary = zstandard.train_dictionary(8_192, samples)
    sent = zstandard.ZstdCompressor(dict_data=dictionary).compress(samples[7])
    assert unpack(sent, ZSTD) is Misfit.UNREADABLE


def test_a_frame_that_asks_for_too_much_memory_is_refused() -> None:
    """A window of 128 MiB is not set aside for a body of a few bytes."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    sent = stream.compress(TEXT) + stream.flush()
    assert unpack(sent, ZSTD) is Misfit.UNREADABLE


def test_a_flipped_bit_is_found() -> None:
    """Each frame carries a checksum: what was changed under way is not taken for what was sent."""
    sent = bytearray(pack(shake_128(b"6").digest(2_000)).body)
    sent[1_000] ^= 1
    assert unpack(bytes(sent), ZSTD) is Misfit.UNREADABLE


@pytest.mark.parametrize("sent", [b"{}", b"<html>", b"\x1f\x8b\x08", bytes(100)])
def test_what_is_not_zstd_is_refused(sent: bytes) -> None:
    """JSON that calls itself zstd, and other packings, are bad input and no fault of ours."""
    assert unpack(sent, ZSTD) in {Misfit.UNREADABLE, Misfit.TRUNCATED}


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd, gzip", "zstd, zstd", "dcz"])
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    """What was not agreed is not guessed at."""
    assert unpack(b"{}", encoding) is Misfit.UNKNOWN_ENCODING


@given(st.binary(max_size=600))
def test_nothing_that_is_sent_raises(sent: bytes) -> None:
    """A body is bytes of a stranger: each has an answer, and none of them is an exception."""
    assert isinstance(unpack(sent, ZSTD), bytes | Misfit)
    assert isinstance(unpack(b"\x28\xb5\x2f\xfd" + sent, ZSTD), bytes | Misfit)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("zstd", True),
        ("gzip, deflate, br, zstd", True),
        ("gzip;q=0.5, ZSTD;q=0.1", True),
        ("zstd;q=0", False),
        ("zstd; q=0.0, gzip", False),
        ("", False),
        ("gzip", False),
        ("*", False),
    ],
)
def test_zstd_is_sent_to_whoever_names_it(header: str, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    """An answer is packed only for whoever said that it can read it."""
    assert accepts_zstd(header) is accepted
