"""Bytes in, readings out: what is refused leaves no trace of what it was."""

import gc

from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.lexers.framing import Framer, Framing
from drivers.pipeline import Pipeline, Reading
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault

MS = 1_000_000


def pipeline(debounce_ms: int = 1500, reader_id: str = "till") -> Pipeline:
    """Give a pipeline of a reader that ends its readings with CR or LF."""
    return Pipeline(reader_id, "serial", Framer(Framing()), SHOP_AS_DELIVERED, debounce_ms)


def fault_of(readings: list[Reading]) -> ScanFault:
    """Give the fault of the only reading, which must have been refused."""
    (reading,) = readings
    assert isinstance(reading, RefusedScan)
    return reading.fault


def test_a_reading_becomes_a_scan_with_its_times() -> None:
    """The scan names its reader and the times of its first and last byte."""
    line = pipeline()
    assert line.receive(b"]Q1MEM", 10) == []
    assert line.deadline_ns == 10 + 1000 * MS
    assert line.receive(b"BER-42\r\n", 20) == [
        Scan(
            reader_id="till",
            code="MEMBER-42",
            decision=read(b"]Q1MEMBER-42", "serial", SHOP_AS_DELIVERED),
            first_byte_ns=10,
            last_byte_ns=20,
        )
    ]
    assert (line.scans, line.repeats, line.refused) == (1, 0, 0)


def test_a_repeat_is_counted_and_not_delivered() -> None:
    """The same code in one read with itself is one scan and one repeat."""
    line = pipeline()
    assert len(line.receive(b"A\rA\rB\r", 0)) == 2
    assert (line.scans, line.repeats, line.refused) == (2, 1, 0)


def test_two_readers_never_mix() -> None:
    """Halves of two readings on two readers stay apart, and the same code on both is a scan on each."""
    left, right = pipeline(reader_id="left"), pipeline(reader_id="right")
    left.receive(b"12", 0)
    right.receive(b"AB", 0)
    codes = [
        (scan.reader_id, scan.code)
        for scan in [*left.receive(b"3\rX\r", 1), *right.receive(b"C\rX\r", 1)]
        if isinstance(scan, Scan)
    ]
    assert codes == [("left", "123"), ("left", "X"), ("right", "ABC"), ("right", "X")]


def test_a_payment_card_is_refused_and_nothing_of_it_stays() -> None:
    """After a card no live object that the pipeline can reach holds its digits."""
    line = pipeline()
    assert fault_of(line.receive(b";4111111111111111=25121010000012345678?\r", 5)) is ScanFault.PAYMENT_CARD
    assert fault_of(line.receive(b"6037997111111119\r", 6)) is ScanFault.PAYMENT_CARD
    assert line.refused == 2
    reachable: list[object] = [line]
    for thing in reachable:
        assert "4111111111111111" not in repr(thing)
        assert "6037997111111119" not in repr(thing)
        reachable += [other for other in gc.get_referents(thing) if type(other) in {dict, bytearray, bytes, str, list}]
        ours = (other for other in gc.get_referents(thing) if type(other).__module__.startswith("drivers."))
        reachable += [vars(other) for other in ours if hasattr(other, "__dict__")]  # settings have none


def test_unreadable_bytes_are_refused() -> None:
    """Control characters in a code are refused, and the next reading passes."""
    line = pipeline()
    assert fault_of(line.receive(b"12\x0034\r", 0)) is ScanFault.UNREADABLE
    assert len(line.receive(b"42\r", 1)) == 1


def test_wrong_parity_is_named_although_its_terminator_is_never_seen() -> None:
    """CR with even parity is 0x8D, so no frame ends; the silence after it says parity, not interrupted."""
    garbage = bytes(code | 0x80 if code.bit_count() % 2 else code for code in b"2012345678903\r")
    line = pipeline()
    assert line.receive(garbage, 0) == []
    assert fault_of(line.silence(1000 * MS)) is ScanFault.PARITY


def test_half_a_frame_is_interrupted() -> None:
    """By silence or by a lost port: one refusal that says so."""
    line = pipeline()
    line.receive(b"123", 0)
    assert fault_of(line.silence(1000 * MS)) is ScanFault.INTERRUPTED
    line.receive(b"123", 2000 * MS)
    assert fault_of(line.disconnect()) is ScanFault.INTERRUPTED
    assert line.disconnect() == []


@given(st.binary(max_size=300))
def test_any_bytes_are_counted_exactly(data: bytes) -> None:
    """Whatever comes in, what goes out is what the counters say, and no refusal carries text."""
    line = pipeline()
    readings = [*line.receive(data, 0), *line.disconnect()]
    assert sum(isinstance(reading, Scan) for reading in readings) == line.scans
    assert sum(isinstance(reading, RefusedScan) for reading in readings) == line.refused
