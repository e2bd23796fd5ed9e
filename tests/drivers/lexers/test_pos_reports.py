"""Reports of a bar code reader become the code that was read, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import ReadingSettings
from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault
from drivers.lexers.pos_reports import PosLexer, misfit
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import ScanFault
from tests.drivers.hid_reports import KEYBOARD, MAGTEK, POS_SCANNER, parts

MS = 1_000_000
FULL = b"8" * 56


def outcomes(results: list[Frame | FrameFault]) -> list[bytes | ScanFault]:
    """Give payloads and faults in order."""
    return [result.payload if isinstance(result, Frame) else result.fault for result in results]


def sent(lexer: PosLexer, reports: list[bytes], at_ns: int = 0) -> list[bytes | ScanFault]:
    """Send reports 1 ms apart and give what comes of them."""
    return outcomes([result for n, report in enumerate(reports) for result in lexer.receive(report, at_ns + n * MS)])


def test_a_report_as_the_manual_shows_it_is_its_code() -> None:
    """EAN-13 with its AIM identifier in front, at the time of the read."""
    (report,) = parts(b"4006381333931", b"]E0")
    assert len(report) == 64
    assert PosLexer().receive(report, 7) == [Frame(b"]E04006381333931", 7, 7)]
    decision = read(b"]E04006381333931", "hidpos", ReadingSettings())
    assert (decision.outcome, decision.aim) == (Outcome.PRODUCT, "E0")


@given(st.binary(min_size=1, max_size=300).filter(lambda data: data[-1] not in b"\r\n"))
def test_a_code_of_any_length_is_put_together(data: bytes) -> None:
    """As many reports as it takes, line breaks and GS inside included, and nothing but the code comes out."""
    lexer = PosLexer()
    assert sent(lexer, parts(data)) == [b"]Q1" + data]
    assert lexer.deadline_ns is None


def test_the_times_are_those_of_the_first_and_the_last_report() -> None:
    """A code of two reports begins with one and ends with the other."""
    first, last = parts(FULL + b"9")
    lexer = PosLexer()
    assert lexer.receive(first, 5) == []
    assert lexer.receive(last, 9) == [Frame(b"]Q1" + FULL + b"9", 5, 9)]


def test_a_reader_without_aim_identifiers_sends_the_bare_code() -> None:
    """Zeros or spaces where the identifier would be."""
    assert sent(PosLexer(), parts(b"4006381333931", b"")) == [b"4006381333931"]
    assert sent(PosLexer(), parts(b"42", b"   ")) == [b"42"]


def test_the_identifier_may_be_missing_from_what_follows() -> None:
    """A second report without one belongs to the code that goes on."""
    first, last = parts(FULL + b"9")
    assert sent(PosLexer(), [first, last[:2] + b"\0\0\0" + last[5:]]) == [b"]Q1" + FULL + b"9"]


@pytest.mark.parametrize("data", [b"4006381333931", FULL + b"42", FULL + FULL])
def test_readers_that_send_no_report_id_are_found_by_the_bracket(data: bytes) -> None:
    """Everything stands one byte earlier."""
    assert sent(PosLexer(), [report[1:] for report in parts(data)]) == [b"]Q1" + data]


@pytest.mark.parametrize("gap_at", [1, 2])
def test_readers_that_send_one_byte_more_are_found_by_the_bracket(gap_at: int) -> None:
    """Everything stands one byte later; the length may be on either side of the gap."""
    later = [report[:gap_at] + b"\0" + report[gap_at:] for report in parts(FULL + b"42")]
    assert sent(PosLexer(), later) == [b"]Q1" + FULL + b"42"]


def test_a_full_report_whose_flag_is_cut_off_is_refused() -> None:
    """64 bytes of a report that is one byte later have no room for it: a short code is whole, a full one may go on."""
    later = [(report[:1] + b"\0" + report[1:])[:64] for report in [*parts(b"42"), *parts(FULL)]]
    assert sent(PosLexer(), later) == [b"]Q142", ScanFault.UNREADABLE]


def test_a_suffix_that_the_reader_sends_all_the_same_is_framing() -> None:
    """CR and LF behind the code go; nothing but a suffix is no code."""
    assert sent(PosLexer(), [*parts(b"42\r\n"), *parts(b"\r"), *parts(b"")]) == [b"]Q142"]


@pytest.mark.parametrize(
    "report",
    [parts(b"42", b"ABC")[0], b"\2\x39" + parts(b"42")[0][2:], *(parts(b"42")[0][:length] for length in range(1, 7))],
)
def test_a_report_of_another_layout_is_refused(report: bytes) -> None:
    """No identifier where one should be, more data than a report holds, less than it says."""
    assert sent(PosLexer(), [report]) == [ScanFault.UNREADABLE]


def test_reports_about_something_else_are_nothing() -> None:
    """The state of the trigger and the answer to a query have other ids."""
    assert sent(PosLexer(), [b"", b"\3\1", b"\4" + bytes(63)]) == []


def test_a_code_whose_end_is_missing_is_not_glued_to_the_next() -> None:
    """Another identifier, or a second of silence, ends what was begun."""
    first, _ = parts(FULL + b"9")
    assert sent(PosLexer(), [first, *parts(b"42", b"]E4")]) == [ScanFault.INTERRUPTED, b"]E442"]
    lexer = PosLexer()
    assert lexer.receive(first, 0) == []
    assert lexer.deadline_ns == 1000 * MS
    assert outcomes(lexer.silence(1000 * MS)) == [ScanFault.INTERRUPTED]
    assert sent(lexer, parts(b"42"), 1001 * MS) == [b"]Q142"]


def test_the_rest_of_a_refused_code_is_no_code() -> None:
    """A report that cannot be read in the middle takes the ones behind it along; the next code is read."""
    first, middle, last = parts(FULL + FULL + b"9")
    lexer = PosLexer()
    assert sent(lexer, [first, middle[:7], last, *parts(b"42")]) == [ScanFault.UNREADABLE, b"]Q142"]
    assert sent(lexer, [middle[:7]], 100 * MS) == [ScanFault.UNREADABLE]
    assert sent(lexer, parts(b"43"), 400 * MS) == [b"]Q143"]


def test_more_than_the_longest_code_is_refused_once() -> None:
    """Reports without end fill no memory; the code after them is read."""
    lexer = PosLexer()
    endless = parts(b"9" * (2 * FRAME_BYTES_MAX))
    assert sent(lexer, endless) == [ScanFault.TOO_LONG]
    assert sent(lexer, parts(b"42"), 200 * MS) == [b"]Q142"]


def test_a_disconnect_reports_half_a_code_once() -> None:
    """And nothing is left for the next connection."""
    lexer = PosLexer()
    lexer.receive(parts(FULL + b"9")[0], 3)
    assert lexer.reset() == [FrameFault(ScanFault.INTERRUPTED, b"", 3, 3)]
    assert lexer.reset() == []
    assert lexer.owed() == b""


def test_the_descriptor_tells_a_scanner_from_other_devices() -> None:
    """Page 0x8C is one; a keyboard is told to be one."""
    assert misfit(POS_SCANNER) == ""
    for other in (KEYBOARD, MAGTEK, b""):
        assert "no bar code reader in HID POS mode" in misfit(other)


REPORTS = st.binary(max_size=70) | st.builds(
    lambda head, rest, length: (bytes((2, head)) + b"]C1" + rest)[:length],
    st.integers(0, 255),
    st.binary(max_size=70),
    st.integers(0, 70),
)


@given(st.lists(st.tuples(REPORTS, st.integers(0, 1500)), max_size=30))
def test_no_bytes_raise_and_memory_stays_bounded(reads: list[tuple[bytes, int]]) -> None:
    """Any reports at any time give frames and faults in the order of time."""
    lexer, at_ns = PosLexer(), 0
    for data, gap_ms in reads:
        at_ns += gap_ms * MS
        for result in [*lexer.receive(data, at_ns), *lexer.silence(at_ns)]:
            assert result.first_byte_ns <= result.last_byte_ns <= at_ns
        assert len(lexer._held) <= FRAME_BYTES_MAX
        assert lexer.deadline_ns is None or lexer.deadline_ns > at_ns
