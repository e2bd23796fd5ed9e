"""A reader of 125 kHz tags on a real pseudo-terminal gives one scan per presentation."""

import os

import msgspec

from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import ReaderState, RefusedScan, Scan, ScanFault
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till

TAG = b"\x020800A5B1C2DE\x03"
WRONG = b"\x020800A5B1C2DF\x03"


def test_a_tag_that_stays_is_one_scan(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Fifty repeats are one scan with all five bytes, even without a debounce, and not even counted as repeats."""
    supervisor = supervise(msgspec.structs.replace(counter, kind="rfid", debounce_ms=0))
    scanner.send(TAG * 25 + TAG[:-1] + b"\r\n\x03" + TAG * 25)
    scanner.send(b"\x02" + b"010203040501" + b"\r\n\x03")
    scan = till.wait_for_reading(2)
    assert isinstance(scan, Scan)
    assert till.codes == ["0800A5B1C2DE", "010203040501"]
    assert (scan.decision.outcome, scan.decision.fields) == (Outcome.MEMBER, {"tag": "0102030405"})
    (status,) = supervisor.statuses()
    assert (status.scans, status.repeats, status.refused) == (2, 0, 0)


def test_a_broken_tag_is_refused_with_its_reason(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """A wrong checksum is one refusal that says what to do, and half a tag at the unplugging is interrupted."""
    supervise(msgspec.structs.replace(counter, kind="rfid"))
    scanner.send(WRONG * 10)
    refused = till.wait_for_reading(1)
    assert isinstance(refused, RefusedScan)
    assert (refused.fault, refused.reason) == (
        ScanFault.UNREADABLE,
        "the checksum of the tag does not fit: hold it closer",
    )
    # In one write, so that the half has been read when the whole is delivered.
    os.write(scanner.descriptors[0], TAG + TAG[:5])
    till.wait_for_reading(2)
    scanner.unplug()
    till.wait_for_state(ReaderState.ABSENT)
    assert till.faults == [ScanFault.UNREADABLE, ScanFault.INTERRUPTED]
    assert till.codes == ["0800A5B1C2DE"]


def test_a_framing_means_nothing_to_it() -> None:
    """Tags have a framing of their own; the settings of the line stay."""
    reader = ReaderSettings(name="door", port="/dev/ttyS0", kind="rfid", parity="E", baud=19200)
    assert problems([reader]) == []
    assert problems([msgspec.structs.replace(reader, framing="cr")]) == [
        "reader 'door': framing means nothing to a reader of kind 'rfid'; leave it out"
    ]
