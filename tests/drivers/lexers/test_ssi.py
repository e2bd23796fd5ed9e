"""Packets of Zebra readers: whole, acknowledged, sent again when spoilt, and each reading delivered once."""

from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.lexers.framing import FRAME_BYTES_MAX, Frame, FrameFault
from drivers.lexers.ssi import (
    ACK,
    BEEP,
    CMD_ACK,
    CMD_NAK,
    DECODE_DATA,
    EVENT,
    QUIET_MS,
    RESEND,
    RESEND_MS,
    SAME_MS,
    SCAN_DISABLE,
    SCAN_ENABLE,
    PacketReader,
    packet,
    payload,
)
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ScanFault
from tests.drivers.conftest import Supervise
from tests.drivers.talking_scanner import TalkingScanner, Zebra
from tests.drivers.till import Till

MS = 1_000_000
BODY = b"\x0b4006381333931"


def data(body: bytes = BODY, status: int = 0) -> bytes:
    """Give a packet with a reading, as the reader sends it."""
    return packet(DECODE_DATA, body, source=0, status=status)


@pytest.mark.parametrize(
    ("built", "published"),
    [
        (ACK, "04 d0 04 00 ff 28"),
        (RESEND, "05 d1 04 00 01 ff 25"),
        (packet(CMD_NAK, b"\x02"), "05 d1 04 00 02 ff 24"),
        (packet(SCAN_ENABLE), "04 e9 04 00 ff 0f"),
        (packet(SCAN_DISABLE), "04 ea 04 00 ff 0e"),
        (packet(CMD_ACK, source=0), "04 d0 00 00 ff 2c"),
    ],
)
def test_packets_are_those_that_are_published(built: bytes, published: str) -> None:
    """Length, order and checksum agree with packets written down by others."""
    assert built.hex(" ") == published


@pytest.mark.parametrize(
    ("code_type", "sent", "expected"),
    [
        (0x03, b"MEMBER-42", b"]C0MEMBER-42"),
        (0x0F, b"8018626000000000000019", b"]C18018626000000000000019"),
        (0x01, b"MEMBER-42", b"]A0MEMBER-42"),
        (0x08, b"042100005264", b"]E00042100005264"),
        (0x09, b"04252614", b"]E00042100005264"),
        (0x0A, b"96385074", b"]E496385074"),
        (0x0B, b"4006381333931", b"]E04006381333931"),
        (0x16, b"9783161484100", b"]E09783161484100"),
        (0x4B, b"977147396801242", b"]E3977147396801242"),
        (0x8B, b"978316148410054495", b"]E3978316148410054495"),
        (0x48, b"04210000526412", b"]E3004210000526412"),
        (0x30, b"0104006381333931", b"]e00104006381333931"),
        (0x1B, b"8018626000000000000019", b"8018626000000000000019"),
        (0x1C, b"https://example.org", b"https://example.org"),
        (0x72, b"12345", b"12345"),
        (0xF7, b"12345", b"12345"),
    ],
)
def test_a_code_type_becomes_an_aim_identifier_if_it_leaves_no_doubt(
    code_type: int, sent: bytes, expected: bytes
) -> None:
    """UPC is filled up to 13 digits, add-ons are said, and of types that say too little nothing is claimed."""
    assert payload(code_type, sent) == expected


@pytest.mark.parametrize(
    ("code_type", "sent"), [(0x0B, b"]E04006381333931"), (0x0F, b"]C18018"), (0x1C, b"]Q3010"), (0x4B, b"]E3977")]
)
def test_a_reader_that_sends_aim_identifiers_itself_knows_best(code_type: int, sent: bytes) -> None:
    """What it says is left as it is."""
    assert payload(code_type, sent) == sent


def test_a_code_cannot_pass_itself_off_as_another_symbology() -> None:
    """A Code 39 whose text begins like the identifier of a GS1-128 is still a Code 39."""
    assert payload(0x01, b"]C18018626000000000000019") == b"]A0]C18018626000000000000019"


@pytest.mark.parametrize(
    ("code_type", "sent"), [(0x0B, b"400638133393"), (0x08, b"04210000526"), (0x09, b"425261"), (0x0A, b"9638507")]
)
def test_digits_that_are_not_sent_are_asked_for(code_type: int, sent: bytes) -> None:
    """A reader that keeps check digits to itself is refused with advice: one wrong digit in ten would not be seen."""
    decision = read(payload(code_type, sent), "serial", SHOP_AS_DELIVERED)
    assert decision.outcome == "unreadable"
    assert "set the reader to send all digits" in decision.reason


@given(st.integers(0, 255), st.binary(max_size=300))
def test_any_type_and_data_have_a_payload_that_ends_with_the_data(code_type: int, sent: bytes) -> None:
    """Nothing of the data is lost, whatever the type; UPC-E alone is written out."""
    made = payload(code_type, sent)
    assert made.endswith(sent) or (code_type & 0x3F in {9, 0x10} and made.startswith(b"]E"))


def test_a_reading_split_anywhere_is_acknowledged_once_and_is_one_reading() -> None:
    """For each offset: nothing before the last byte, then one frame and one ACK."""
    sent = data()
    for cut in range(1, len(sent)):
        lexer = PacketReader()
        assert lexer.receive(sent[:cut], 5) == []
        assert lexer.owed() == b""
        assert lexer.receive(sent[cut:], 9) == [Frame(b"]E04006381333931", 5, 9)]
        assert (lexer.owed(), lexer.owed()) == (ACK, b"")
        assert lexer.deadline_ns is None


@given(st.integers(0, len(data()) - 1), st.integers(1, 255))
def test_a_spoilt_packet_is_asked_for_again_and_never_read(at: int, change: int) -> None:
    """Whichever byte is changed, nothing comes of it but a NAK, and the packet that is sent again is read."""
    spoilt = bytearray(data())
    spoilt[at] ^= change
    lexer = PacketReader()
    assert lexer.receive(bytes(spoilt), 0) + lexer.silence(QUIET_MS * MS) == []
    assert lexer.owed() == RESEND
    assert lexer.receive(data(status=1), 300 * MS) == [Frame(b"]E04006381333931", 0, 300 * MS)]
    assert lexer.owed() == ACK


def test_a_packet_sent_again_because_our_ack_was_lost_is_delivered_once() -> None:
    """It is acknowledged each time; without the mark, or much later, it is the same code read again."""
    lexer = PacketReader()
    assert len(lexer.receive(data(), 0)) == 1
    for at_ms in (2000, 4000):
        lexer.owed()
        assert lexer.receive(data(status=1), at_ms * MS) == []
        assert lexer.owed() == ACK
    assert len(lexer.receive(data(), 5000 * MS)) == 1
    assert len(lexer.receive(data(status=1), (5000 + SAME_MS) * MS)) == 1


def test_the_same_code_read_again_counts_although_its_packet_was_spoilt() -> None:
    """Two of the same product are two readings, also if the second one had to be asked for again."""
    lexer = PacketReader()
    assert len(lexer.receive(data(), 0)) == 1
    assert lexer.receive(data()[:-1] + b"?", 3000 * MS) + lexer.silence(3200 * MS) == []
    assert len(lexer.receive(data(status=1), 3300 * MS)) == 1


def test_two_packets_in_one_read_are_two_readings() -> None:
    """Answers, events and our own echo between them are no readings, and events are acknowledged."""
    between = packet(CMD_ACK, source=0) + packet(BEEP, b"\x00") + b"\x00\x00" + packet(EVENT, b"\x06", source=0)
    got = PacketReader().receive(data() + between + data(b"\x03A1"), 7)
    assert got == [Frame(b"]E04006381333931", 7, 7), Frame(b"]C0A1", 7, 7)]
    lexer = PacketReader()
    assert lexer.receive(between, 0) == []
    assert lexer.owed() == ACK
    assert lexer.receive(packet(CMD_ACK, source=0) + packet(CMD_NAK, b"\x01", source=0), 1) == []
    assert lexer.owed() == b""


def test_a_reading_of_several_packets_is_one_reading() -> None:
    """A long QR code comes in pieces, each with its type in front; it is whole when the last one is there."""
    lexer = PacketReader()
    parts = [bytes([65 + n]) * 240 for n in range(3)]
    assert lexer.receive(data(b"\x1c" + parts[0], status=2), 0) == []
    assert lexer.receive(data(b"\x1c" + parts[1], status=2), MS) == []
    assert lexer.receive(data(b"\x1c" + parts[1], status=3), 2 * MS) == []  # sent again
    assert lexer.receive(data(b"\x1c" + parts[2]), 3 * MS) == [Frame(b"".join(parts), 0, 3 * MS)]
    assert lexer.deadline_ns is None


def test_a_long_reading_with_a_spoilt_packet_is_refused_to_its_end() -> None:
    """Readers differ in what they send again, and a wrong join is another code: one refusal, then all is well."""
    lexer = PacketReader()
    lexer.receive(data(b"\x1c" + b"A" * 200, status=2), 0)
    lexer.receive(b"\x0bnoise", MS)
    assert lexer.silence(MS + QUIET_MS * MS) == []
    assert lexer.owed() == RESEND
    assert lexer.receive(data(b"\x1c" + b"B" * 200, status=3), 400 * MS) == []
    got = lexer.receive(data(b"\x1c" + b"C" * 20), 401 * MS)
    assert got == [FrameFault(ScanFault.INTERRUPTED, b"", 0, 401 * MS)]
    assert len(lexer.receive(data(), 402 * MS)) == 1


@pytest.mark.parametrize(
    ("second", "fault"), [(b"\x03" + b"B" * 20, ScanFault.INTERRUPTED), (b"\x1c" + b"B" * 250, ScanFault.TOO_LONG)]
)
def test_a_long_reading_that_does_not_go_together_is_refused(second: bytes, fault: ScanFault) -> None:
    """Another type in the middle, or more than any code holds, is one refusal."""
    lexer = PacketReader()
    for _ in range(FRAME_BYTES_MAX // 250):
        assert lexer.receive(data(b"\x1c" + b"A" * 250, status=2), 0) == []
    got = lexer.receive(data(second, status=2), 0) + lexer.receive(data(second), 0)
    assert got == [FrameFault(fault, b"", 0, 0)]


def test_a_reader_that_does_not_speak_packets_is_reported() -> None:
    """Plain text is asked for again once, and after three seconds it is one fault without the text."""
    lexer = PacketReader()
    assert lexer.receive(b"4006381333931\r", 0) == []
    assert lexer.silence(QUIET_MS * MS - 1) == []
    assert lexer.silence(QUIET_MS * MS) == []
    assert lexer.owed() == RESEND
    assert lexer.deadline_ns == RESEND_MS * MS
    assert lexer.silence(RESEND_MS * MS) == [FrameFault(ScanFault.UNREADABLE, b"", 0, 0)]
    assert lexer.deadline_ns is None


def test_the_rest_of_a_reading_that_never_comes_is_reported() -> None:
    """Half a long reading is interrupted, by silence and by a disconnect, and owes nothing any more."""
    lexer = PacketReader()
    lexer.receive(data(b"\x1cAAA", status=2), 0)
    assert lexer.silence(RESEND_MS * MS) == [FrameFault(ScanFault.INTERRUPTED, b"", 0, 0)]
    lexer.receive(data(b"\x1cBBB", status=2), 5000 * MS)
    assert lexer.reset() == [FrameFault(ScanFault.INTERRUPTED, b"", 5000 * MS, 5000 * MS)]
    assert (lexer.reset(), lexer.owed(), lexer.deadline_ns) == ([], b"", None)


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 4000)), max_size=20))
def test_no_bytes_raise_and_memory_stays_bounded(reads: list[tuple[bytes, int]]) -> None:
    """Arbitrary bytes at arbitrary times give frames and faults, never an exception or a growing buffer."""
    lexer, at_ns = PacketReader(), 0
    for read_bytes, gap_ms in reads:
        at_ns += gap_ms * MS
        for result in lexer.receive(read_bytes, at_ns):
            assert result.first_byte_ns <= result.last_byte_ns <= at_ns
        assert lexer.owed() in {b"", ACK, RESEND}
        assert len(lexer._held) < 257
        assert lexer.deadline_ns is None or lexer.deadline_ns > at_ns


@pytest.mark.parametrize(("spoils", "loses_acks"), list(product((False, True), (0, 1, 2))))
def test_a_reader_with_a_bad_cable_delivers_each_reading_once(
    *, spoils: bool, loses_acks: int, tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Every packet is spoilt at first, or acknowledgements are lost: what arrives is what was read, once."""
    scanner = Zebra(spoil=(lambda sent: sent[:5] + b"?" + sent[6:]) if spoils else bytes, loses_acks=loses_acks)
    ssi = msgspec.structs.replace(counter, framing="ssi", debounce_ms=0)
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(ssi)
        for number in range(3):
            line.send(scanner.reading(b"\x03" + f"MEMBER-{number}".encode()))
            till.wait_for_reading(number + 1)
            line.wait_for(lambda: not scanner.unacknowledged)
        supervisor.stop()
    assert till.codes == ["MEMBER-0", "MEMBER-1", "MEMBER-2"]
    assert till.faults == []
    assert scanner.naks == (3 if spoils else 0)


def test_a_packet_cut_at_every_offset_arrives_over_a_real_line(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Two writes for each packet, cut one byte later each time: each reading arrives once and is acknowledged."""
    scanner = Zebra()
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(msgspec.structs.replace(counter, framing="ssi"))
        sent = scanner.reading(b"\x03MEMBER-00")
        for cut in range(1, len(sent)):
            line.send(sent[:cut])
            line.send(sent[cut:])
            till.wait_for_reading(cut)
            line.wait_for(lambda: not scanner.unacknowledged)
            sent = scanner.reading(f"\x03MEMBER-{cut:02}".encode())
        supervisor.stop()
    assert till.codes == [f"MEMBER-{number:02}" for number in range(len(sent) - 1)]
    assert (till.faults, scanner.naks) == ([], 0)


def test_a_long_reading_comes_packet_by_packet_over_a_real_line(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """The reader sends the next packet when the last is acknowledged, and the contact is read as one."""
    scanner, card = Zebra(), b"BEGIN:VCARD\r\nFN:" + b"N" * 400 + b"\r\nEND:VCARD"
    with TalkingScanner(tmp_path / "scanner", scanner) as line:
        supervisor = supervise(msgspec.structs.replace(counter, framing="ssi"))
        line.send(scanner.reading(*(b"\x1c" + card[at : at + 200] for at in range(0, len(card), 200))))
        till.wait_for_reading(1)
        line.wait_for(lambda: not scanner.unacknowledged)
        supervisor.stop()
    assert till.faults == []
    assert (scanner.good, scanner.enabled) == (0, False)  # answered, and told nothing: feedback is off
