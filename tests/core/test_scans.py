"""What a reader hands over: a code, or a reason without the code."""

import msgspec

from pos_loyalty.core.scans import ReaderStatus, RefusedScan, Scan, ScanFault
from pos_loyalty.core.session import NoticeCode


def test_a_refused_reading_has_no_place_for_what_was_read() -> None:
    """A payment card ends at the driver: the fields of a refusal are names, times and a sentence of the program."""
    assert RefusedScan.__struct_fields__ == ("reader_id", "fault", "reason", "first_byte_ns", "last_byte_ns")
    assert set(Scan.__struct_fields__) - set(RefusedScan.__struct_fields__) == {"code", "decision"}


def test_every_fault_of_a_reading_can_be_told() -> None:
    """For each there is a notice of the same name."""
    assert {fault.value for fault in ScanFault} <= {code.value for code in NoticeCode}


def test_a_readers_state_survives_the_wire() -> None:
    """The status line of another process shows what the service knows."""
    status = msgspec.json.decode(b'{"reader_id":"front","state":"ready","scans":3}', type=ReaderStatus)
    assert msgspec.json.decode(msgspec.json.encode(status), type=ReaderStatus) == status
    assert (status.scans, status.repeats, status.refused, status.detail) == (3, 0, 0, "")
