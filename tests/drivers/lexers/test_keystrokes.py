"""What a keyboard reader types comes out exactly, or is refused as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault, Framing
from drivers.lexers.input_events import EVENT
from drivers.lexers.keystrokes import PAUSE_MS, KeystrokeLexer
from pos_loyalty.core.scans import ScanFault
from tests.drivers.keyboard_reader import (
    CAPS_LOCK,
    ENTER,
    EV_KEY,
    EV_SYN,
    F1,
    KEYPAD_ENTER,
    LEFT_SHIFT,
    SYN_DROPPED,
    SYN_REPORT,
    TAB,
    Event,
    EventBuffer,
    controlled,
    numbered,
    packed,
    pressed,
    reported,
    scan_of,
    typed,
)

MS = 1_000_000
S = 1000 * MS
ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)
DROPPED: Event = (EV_SYN, SYN_DROPPED, 0)
REPORT: Event = (EV_SYN, SYN_REPORT, 0)
LINE = Framing()
IDLE = Framing(mode="idle", idle_gap_ms=100)


def outcomes(results: list[Frame | FrameFault]) -> list[bytes | ScanFault]:
    """Give payloads and faults in order."""
    return [result.payload if isinstance(result, Frame) else result.fault for result in results]


def left_in_the_kernel(code: str, kept: int, *, scan: bool) -> list[Event]:
    """Give what the kernel keeps for a reader that slept through a scan: SYN_DROPPED and the last events."""
    events = list(reported(typed(code), scan=scan))
    return [DROPPED, *events[-kept:]]


@given(
    text=ASCII,
    caps_lock=st.booleans(),
    scan=st.booleans(),
    end=st.sampled_from([ENTER, KEYPAD_ENTER, TAB]),
    data=st.data(),
)
def test_what_is_typed_comes_out_however_the_reads_are_cut(
    *, text: str, caps_lock: bool, scan: bool, end: int, data: st.DataObject
) -> None:
    """Any printable ASCII, with CapsLock switched by the reader or not, from usbhid or not, cut anywhere."""
    stream = packed(reported(typed(text, caps_lock=caps_lock, end=end), scan=scan), S, MS)
    lexer, got, start = KeystrokeLexer(LINE), [], 0
    for cut in [*sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=12))), len(stream)]:
        got += lexer.receive(stream[start:cut], 3 * S)
        start = cut
    assert outcomes(got) == [text.encode()]
    assert lexer.deadline_ns is None


def test_times_are_those_of_the_kernel_not_of_the_read() -> None:
    """A thread that woke up 2 s late still tells when the first character and Enter came."""
    first_key, enter = 5 * S + 7 * MS, 5 * S + 43 * MS
    data = packed(reported(pressed(2)), first_key) + packed(reported(pressed(ENTER)), enter)
    assert KeystrokeLexer(LINE).receive(data, 7 * S) == [Frame(b"1", first_key, enter)]


@pytest.mark.parametrize("stamp", [0, 2**40 * S])
def test_times_of_another_clock_are_not_believed(stamp: int) -> None:
    """Events that are hours old or not yet due get the time of the read."""
    assert KeystrokeLexer(LINE).receive(scan_of("1", stamp), 100 * S) == [Frame(b"1", 100 * S, 100 * S)]


def test_times_never_run_backwards() -> None:
    """An event stamped before the one in front of it gets the time of that one."""
    data = packed(reported(pressed(2)), 5 * S) + packed(reported(pressed(ENTER)), 4 * S)
    assert KeystrokeLexer(LINE).receive(data, 6 * S) == [Frame(b"1", 5 * S, 5 * S)]


def test_an_aim_identifier_stays_in_front() -> None:
    """The decision takes it off, not the lexer."""
    assert outcomes(KeystrokeLexer(LINE).receive(scan_of("]E04006381333931"), S)) == [b"]E04006381333931"]


def test_enter_and_tab_with_nothing_held_are_nothing() -> None:
    """A reader that sends Enter and Tab, or Enter twice, makes one reading of each scan."""
    strokes = [*typed("A1"), *pressed(TAB, ENTER), *typed("B2", end=TAB), *pressed(KEYPAD_ENTER)]
    assert outcomes(KeystrokeLexer(LINE).receive(packed(reported(strokes)), S)) == [b"A1", b"B2"]


def test_a_held_key_repeats_nothing() -> None:
    """Repeats by the kernel (value 2) are not typed, of characters, Shift and Enter alike."""
    strokes = [(LEFT_SHIFT, 1), (LEFT_SHIFT, 2), (30, 1), (30, 2), (30, 2), (30, 0), (LEFT_SHIFT, 0)]
    strokes += [(ENTER, 1), (ENTER, 2), (ENTER, 0)]
    assert outcomes(KeystrokeLexer(LINE).receive(packed(reported(strokes)), S)) == [b"A"]


def test_fnc1_and_numbered_characters_are_part_of_the_code() -> None:
    """``Ctrl+]`` and Alt+029 are GS inside a GS1 code; a number above ASCII is UTF-8; Alt+013 ends the reading."""
    strokes = [*typed("a", end=None), *controlled("]"), *numbered("029"), *numbered("0233"), *numbered("013")]
    assert outcomes(KeystrokeLexer(LINE).receive(packed(reported(strokes)), S)) == ["a\x1d\x1dé".encode()]


@pytest.mark.parametrize("end", [controlled("m"), controlled("j"), controlled("i"), numbered("009")])
def test_line_ends_in_disguise_end_a_reading(end: list[tuple[int, int]]) -> None:
    """Ctrl+M, Ctrl+J, Ctrl+I and Alt+009 do what Enter and Tab do."""
    assert outcomes(KeystrokeLexer(LINE).receive(packed(reported([*typed("42", end=None), *end])), S)) == [b"42"]


@pytest.mark.parametrize(("kept", "scan"), [(8, True), (11, True), (26, False), (27, False), (60, False)])
def test_a_reading_whose_head_the_kernel_dropped_is_refused_whole(kept: int, *, scan: bool) -> None:
    """Of 22 digits ``1`` and Enter, or ``079521`` and Enter, are left: neither becomes a code, the next scan does."""
    lexer = KeystrokeLexer(LINE)
    events = left_in_the_kernel("0109501101530003079521", kept, scan=scan)
    assert outcomes(lexer.receive(packed(events, S), S)) == [ScanFault.LOST_EVENTS]
    assert lexer.deadline_ns is None
    assert outcomes(lexer.receive(scan_of("4006381333931", 2 * S), 2 * S)) == [b"4006381333931"]


@given(st.text("0123456789", min_size=1, max_size=25), st.booleans(), st.data())
def test_no_tail_of_a_lost_reading_is_a_code_wherever_it_was_cut(text: str, scan: bool, data: st.DataObject) -> None:  # noqa: FBT001 - hypothesis gives it
    """Any number of events may be left of it: what comes out is the refusal and nothing else."""
    kept = data.draw(st.integers(0, len(list(reported(typed(text), scan=scan)))))
    events = left_in_the_kernel(text, kept, scan=scan) if kept else [DROPPED]
    assert outcomes(KeystrokeLexer(LINE).receive(packed(events, S), S)) == [ScanFault.LOST_EVENTS]


SCANS = st.lists(
    st.tuples(ASCII, st.integers(0, 600), st.booleans(), st.lists(st.integers(0, 400), max_size=4).map(frozenset)),
    min_size=1,
    max_size=6,
)


@given(SCANS)
def test_a_program_that_sleeps_never_gets_a_code_that_was_not_scanned(
    scans: list[tuple[str, int, bool, frozenset[int]]],
) -> None:
    """Scans with pauses between them, some with CapsLock, read at any moments from the buffer of the kernel."""
    lexer, buffer, at_ns, got = KeystrokeLexer(LINE), EventBuffer(), S, []
    for text, pause_ms, caps_lock, wakes in scans:
        for number, event in enumerate(reported(typed(text, caps_lock=caps_lock), scan=True)):
            at_ns += MS
            buffer.push(event, at_ns)
            got += lexer.receive(buffer.read(), at_ns) if number in wakes else []
        at_ns += pause_ms * MS
    got += lexer.receive(buffer.read(), at_ns)
    codes = [result.payload.decode() for result in got if isinstance(result, Frame)]
    faults = {result.fault for result in got if isinstance(result, FrameFault)}
    in_order = iter(text for text, *_ in scans)
    assert all(code in in_order for code in codes)
    # A head that was read a second before the rest was lost is reported by itself.
    assert faults <= {ScanFault.LOST_EVENTS, ScanFault.INTERRUPTED}
    assert len(codes) == len(scans) or ScanFault.LOST_EVENTS in faults


def test_the_fault_names_when_the_reading_began() -> None:
    """Held characters go, and their time stays."""
    data = packed(reported(typed("123", end=None)), S, MS) + packed([DROPPED], S + 50 * MS)
    assert KeystrokeLexer(LINE).receive(data, 2 * S) == [FrameFault(ScanFault.LOST_EVENTS, b"", S, S + 50 * MS)]


def test_the_packet_in_which_events_were_lost_is_passed_over() -> None:
    """Up to SYN_REPORT nothing counts, Enter included: then the tail ends by a pause, not a millisecond earlier."""
    lexer = KeystrokeLexer(LINE)
    enter_unseen = packed([DROPPED, (EV_KEY, ENTER, 1), REPORT], S)
    assert outcomes(lexer.receive(enter_unseen, S)) == [ScanFault.LOST_EVENTS]
    assert outcomes(lexer.receive(packed(reported(typed("41", end=None)), S + (PAUSE_MS - 1) * MS), 2 * S)) == []
    assert outcomes(lexer.receive(scan_of("42", S + (2 * PAUSE_MS - 1) * MS), 2 * S)) == [b"42"]


def test_events_lost_twice_in_one_reading_are_one_refusal() -> None:
    """The kernel may overflow again while the tail is passed over."""
    events = [DROPPED, REPORT, *reported(typed("12", end=None)), DROPPED, REPORT, *reported(typed("34"))]
    assert outcomes(KeystrokeLexer(LINE).receive(packed(events), S)) == [ScanFault.LOST_EVENTS]


@pytest.mark.parametrize("after", [[], pressed(CAPS_LOCK)], ids=["released unseen", "and CapsLock behind Enter"])
def test_shift_and_caps_lock_do_not_outlive_lost_events(after: list[tuple[int, int]]) -> None:
    """Shift went up and CapsLock off while nobody saw it: the next scan is as it was typed."""
    lexer = KeystrokeLexer(LINE)
    head = packed([*reported([*pressed(CAPS_LOCK), (LEFT_SHIFT, 1)]), DROPPED, REPORT], S)
    tail = packed(reported([*typed("23"), *after]), S + MS)
    assert outcomes(lexer.receive(head + tail, S + MS)) == [ScanFault.LOST_EVENTS]
    assert outcomes(lexer.receive(scan_of("Member-42", 2 * S), 2 * S)) == [b"Member-42"]


def test_a_scan_right_behind_a_lost_one_is_read() -> None:
    """Enter ends the tail: two scans in a row cost one."""
    data = packed([DROPPED, REPORT, *reported([*typed("21"), *typed("Member-42")])])
    assert outcomes(KeystrokeLexer(LINE).receive(data, S)) == [ScanFault.LOST_EVENTS, b"Member-42"]


def test_a_key_that_types_nothing_known_refuses_its_scan_once() -> None:
    """No character is left out: the scan is refused at once, its tail passed over, and the next one read."""
    strokes = [*typed("12", end=None), *pressed(F1), *typed("34", end=None), *pressed(F1), *typed("56"), *typed("78")]
    got = KeystrokeLexer(LINE).receive(packed(reported(strokes)), S)
    assert outcomes(got) == [ScanFault.UNREADABLE, b"78"]


def test_half_a_scan_never_sticks_to_the_next() -> None:
    """After a second the half is reported, by the clock or by the next key."""
    for by_clock in (True, False):
        lexer = KeystrokeLexer(LINE)
        assert lexer.receive(packed(reported(typed("123", end=None)), S), S) == []
        assert lexer.deadline_ns == 2 * S
        got = lexer.silence(2 * S) if by_clock else []
        got += lexer.receive(scan_of("456", 3 * S), 3 * S)
        assert outcomes(got) == [ScanFault.INTERRUPTED, b"456"]


def test_a_reader_without_a_suffix_is_framed_by_silence() -> None:
    """The code comes when the gap has passed; a vCard keeps its lines; a suffix that is sent all the same goes."""
    lexer = KeystrokeLexer(IDLE)
    lines = [*typed("BEGIN:VCARD"), *typed("N:A"), *typed("END:VCARD")]
    assert lexer.receive(packed(reported(lines), S), S) == []
    assert lexer.deadline_ns == S + 100 * MS
    assert outcomes(lexer.silence(S + 100 * MS)) == [b"BEGIN:VCARD\rN:A\rEND:VCARD"]


def test_without_a_suffix_only_a_pause_ends_the_tail_of_a_lost_reading() -> None:
    """An Enter inside belongs to the reading, so what follows it is tail too."""
    lexer = KeystrokeLexer(IDLE)
    data = packed([DROPPED, REPORT, *reported([*typed("N:A"), *typed("TEL:1")])], S)
    assert outcomes(lexer.receive(data, S) + lexer.silence(2 * S)) == [ScanFault.LOST_EVENTS]
    assert outcomes(lexer.receive(scan_of("42", 3 * S), 3 * S) + lexer.silence(4 * S)) == [b"42"]


def test_a_disconnect_reports_half_a_scan_once_and_leaves_nothing() -> None:
    """Half an event, held keys, CapsLock and half a code do not reach the next device."""
    lexer = KeystrokeLexer(LINE)
    strokes = [*pressed(CAPS_LOCK), *typed("12", end=None), (LEFT_SHIFT, 1)]
    lexer.receive(packed(reported(strokes), S) + b"\0" * 7, S)
    assert outcomes(lexer.reset()) == [ScanFault.INTERRUPTED]
    assert lexer.reset() == []
    assert outcomes(lexer.receive(scan_of("Member-42", S), S)) == [b"Member-42"]


def test_more_than_the_longest_code_is_refused_once() -> None:
    """A key that a book lies on is one refusal, and the next scan is read."""
    lexer = KeystrokeLexer(LINE)
    got = lexer.receive(scan_of("9" * (FRAME_BYTES_MAX + 700)), S)
    got += lexer.receive(scan_of("42", 2 * S), 2 * S)
    assert outcomes(got) == [ScanFault.TOO_LONG, b"42"]


def test_keys_are_not_answered() -> None:
    """Nothing is ever owed to a keyboard."""
    assert KeystrokeLexer(LINE).owed() == b""


EVENTS = st.builds(
    EVENT.pack,
    st.integers(0, 20),
    st.integers(0, 999_999),
    st.sampled_from([0, 1, 1, 1, 4, 17]),
    st.integers(0, 0x2FF) | st.integers(0, 130),
    st.integers(-1, 2),
)


@pytest.mark.parametrize("framing", [LINE, IDLE], ids=["line", "idle"])
@given(st.lists(st.tuples(st.binary(max_size=100) | EVENTS, st.integers(0, 1500)), max_size=40))
def test_no_bytes_raise_and_memory_stays_bounded(framing: Framing, reads: list[tuple[bytes, int]]) -> None:
    """Any bytes at any time give frames and faults in the order of time, and leave less than an event behind."""
    lexer, at_ns = KeystrokeLexer(framing), 0
    for data, gap_ms in reads:
        at_ns += gap_ms * MS
        for result in [*lexer.receive(data, at_ns), *lexer.silence(at_ns)]:
            assert result.first_byte_ns <= result.last_byte_ns <= at_ns
        assert len(lexer._events._rest) < EVENT.size
        assert lexer.deadline_ns is None or lexer.deadline_ns > at_ns
