"""Bytes become the same frames however a transport cuts them, and garbage stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault, Framer, Framing, FramingMode
from pos_loyalty.core.scans import ScanFault

MS = 1_000_000
MODES: tuple[FramingMode, ...] = ("line", "cr", "lf", "crlf", "tab", "stx_etx", "idle")
ENVELOPES: dict[FramingMode, tuple[bytes, bytes]] = {
    "line": (b"", b"\r\n"),
    "cr": (b"", b"\r"),
    "lf": (b"", b"\n"),
    "crlf": (b"", b"\r\n"),
    "tab": (b"", b"\t"),
    "stx_etx": (b"\x02", b"\x03"),
    "idle": (b"", b""),
}


def framed(mode: FramingMode, payload: bytes) -> bytes:
    """Give ``payload`` as a reader in ``mode`` sends it."""
    prefix, suffix = ENVELOPES[mode]
    return prefix + payload + suffix


def payloads(results: list[Frame | FrameFault]) -> list[bytes]:
    """Give the payloads of ``results``, which must all be frames."""
    assert all(isinstance(result, Frame) for result in results)
    return [result.payload for result in results]


def faults(results: list[Frame | FrameFault]) -> list[ScanFault]:
    """Give the faults of ``results``, which must all be faults."""
    return [result.fault for result in results if isinstance(result, FrameFault)]


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data())
def test_a_frame_split_at_any_byte_is_one_frame(mode: FramingMode, data: st.DataObject) -> None:
    """Whatever the transport does, two framed readings come out as these two, never glued or cut."""
    payload = st.binary(min_size=1, max_size=40).filter(lambda held: not set(held) & {2, 3, 9, 10, 13})
    wanted = [data.draw(payload), data.draw(payload)]
    framer, at_ns, got = Framer(Framing(mode=mode)), 0, []
    for reading in wanted:
        stream = framed(mode, reading)
        cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            at_ns += MS
            got += framer.receive(stream[start:end], at_ns)
        at_ns += 40 * MS
        got += framer.silence(at_ns)
    assert payloads(got) == wanted


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "idle"])
def test_two_frames_in_one_read_are_two_frames(mode: FramingMode) -> None:
    """Two readings that arrive in one read come out as two, at the time of that read."""
    got = Framer(Framing(mode=mode)).receive(framed(mode, b"A1") + framed(mode, b"B2"), 7)
    assert got == [Frame(b"A1", 7, 7), Frame(b"B2", 7, 7)]


def test_times_are_those_of_the_first_and_the_last_byte() -> None:
    """The first time is that of the first byte of the code, the last that of the terminator."""
    framer = Framer(Framing(mode="crlf"))
    pieces = [(b"4", 10), (b"2", 20), (b"\r", 30), (b"\n", 40)]
    assert [frame for piece, at_ns in pieces for frame in framer.receive(piece, at_ns)] == [Frame(b"42", 10, 40)]


def test_line_mode_takes_any_end_of_line_and_ignores_empty_frames() -> None:
    """CR, LF and CRLF all end a reading, and a terminator without a code is none."""
    assert payloads(Framer(Framing()).receive(b"\r\n\nA\rB\nC\r\n\r\n", 0)) == [b"A", b"B", b"C"]


def test_crlf_mode_keeps_a_lone_cr_or_lf_as_data() -> None:
    """Only the pair ends a reading; an empty pair is none."""
    assert payloads(Framer(Framing(mode="crlf")).receive(b"\r\nA\rB\nC\r\n", 0)) == [b"A\rB\nC"]


def test_stx_etx_carries_line_ends_and_ignores_a_record_suffix() -> None:
    """A vCard with CRLF inside is one reading, and CRLF after ETX is not an error."""
    framer = Framer(Framing(mode="stx_etx"))
    assert payloads(framer.receive(b"\x02BEGIN\r\nEND\x03\r\n\x02\x03\x02A\x03", 0)) == [b"BEGIN\r\nEND", b"A"]
    assert framer.deadline_ns is None


def test_stx_in_mid_frame_starts_anew_and_reports_the_cut() -> None:
    """A second STX drops the half frame before it, and says so."""
    got = Framer(Framing(mode="stx_etx")).receive(b"\x0212\x02345\x03", 5)
    assert got == [FrameFault(ScanFault.INTERRUPTED, b"12", 5, 5), Frame(b"345", 5, 5)]


def test_a_reader_that_sends_no_stx_is_reported_once_it_falls_silent() -> None:
    """Bytes without a start are one fault after a second of silence, not nothing at all."""
    framer = Framer(Framing(mode="stx_etx"))
    assert framer.receive(b"12345\r", 0) == []
    assert framer.deadline_ns == 1000 * MS
    assert framer.silence(1000 * MS) == [FrameFault(ScanFault.UNREADABLE, b"", 0, 0)]


def test_noise_before_stx_costs_no_reading() -> None:
    """Stray bytes that are followed by a start are forgotten."""
    assert payloads(Framer(Framing(mode="stx_etx")).receive(b"\x00noise\x02A\x03", 0)) == [b"A"]


def test_idle_mode_ends_a_frame_by_silence_alone() -> None:
    """The frame comes when the gap has passed, not a nanosecond earlier, and without a stray suffix."""
    framer = Framer(Framing(mode="idle", idle_gap_ms=30))
    assert framer.receive(b"42\r\n", 0) == []
    assert framer.deadline_ns == 30 * MS
    assert framer.silence(30 * MS - 1) == []
    assert payloads(framer.silence(30 * MS)) == [b"42"]
    assert framer.deadline_ns is None


def test_idle_mode_notices_a_gap_that_nobody_announced() -> None:
    """Bytes that come after the gap begin a new frame even if the timer was late; a bare suffix is no frame."""
    framer = Framer(Framing(mode="idle"))
    assert framer.receive(b"A", 0) == []
    assert payloads(framer.receive(b"\r\n", 31 * MS)) == [b"A"]
    assert framer.silence(62 * MS) == []


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "idle"])
def test_half_a_frame_never_sticks_to_the_next_reading(mode: FramingMode) -> None:
    """After a second of silence the half is reported and the next reading is whole."""
    half = ENVELOPES[mode][0] + b"123"
    framer = Framer(Framing(mode=mode))
    assert framer.receive(half, 0) == []
    got = framer.receive(framed(mode, b"456"), 1000 * MS)
    assert got == [FrameFault(ScanFault.INTERRUPTED, b"123", 0, 0), Frame(b"456", 1000 * MS, 1000 * MS)]


@pytest.mark.parametrize("mode", MODES)
def test_a_disconnect_reports_half_a_frame_once(mode: FramingMode) -> None:
    """A port that vanishes in mid-frame leaves one fault, and nothing for the next connection."""
    framer = Framer(Framing(mode=mode))
    framer.receive(ENVELOPES[mode][0] + b"123", 3)
    assert framer.reset() == [FrameFault(ScanFault.INTERRUPTED, b"123", 3, 3)]
    assert framer.reset() == []
    assert framer.deadline_ns is None


@pytest.mark.parametrize("mode", MODES)
def test_5000_bytes_without_terminator_are_one_fault_and_the_next_reading_is_whole(mode: FramingMode) -> None:
    """Too long is reported once, bytes are dropped up to the next boundary, then reading goes on."""
    framer = Framer(Framing(mode=mode))
    prefix, suffix = ENVELOPES[mode]
    assert faults(framer.receive(prefix + b"9" * 5000, 0)) == [ScanFault.TOO_LONG]
    got = framer.receive(suffix, MS)
    got += framer.silence(40 * MS)
    got += framer.receive(framed(mode, b"42"), 50 * MS)
    got += framer.silence(100 * MS)
    assert payloads(got) == [b"42"]


def test_the_longest_frame_passes_and_one_byte_more_does_not() -> None:
    """The limit is the number of bytes in the settings."""
    assert payloads(Framer(Framing()).receive(b"9" * FRAME_BYTES_MAX + b"\r", 0)) == [b"9" * FRAME_BYTES_MAX]
    assert faults(Framer(Framing()).receive(b"9" * (FRAME_BYTES_MAX + 1) + b"\r", 0)) == [ScanFault.TOO_LONG]


def test_an_overlong_frame_that_falls_silent_is_not_reported_twice() -> None:
    """Silence ends the skipping without another fault."""
    framer = Framer(Framing(frame_bytes_max=4))
    assert faults(framer.receive(b"12345", 0)) == [ScanFault.TOO_LONG]
    assert framer.silence(1000 * MS) == []
    assert payloads(framer.receive(b"42\r", 1001 * MS)) == [b"42"]


@pytest.mark.parametrize("mode", MODES)
@given(st.lists(st.tuples(st.binary(max_size=200), st.integers(0, 2000)), max_size=20))
def test_no_bytes_raise_and_memory_stays_bounded(mode: FramingMode, reads: list[tuple[bytes, int]]) -> None:
    """Arbitrary bytes at arbitrary times give frames and faults, never an exception or a growing buffer."""
    framer, at_ns = Framer(Framing(mode=mode, frame_bytes_max=64)), 0
    for data, gap_ms in reads:
        at_ns += gap_ms * MS
        for result in framer.receive(data, at_ns):
            assert len(result.payload) <= 64
            assert result.first_byte_ns <= result.last_byte_ns <= at_ns
        assert len(framer._held) <= 64
        assert framer.deadline_ns is None or framer.deadline_ns > at_ns
