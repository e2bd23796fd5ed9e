"""A serial NFC reader on a real pseudo-terminal: numbers of cards, and what is written on tags."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.framing import Frame
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings
from drivers.transports.nfc_transport import NFC
from drivers.virtual_scanner import VirtualScanner
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import Scan, ScanFault
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till


def test_a_number_is_a_member_however_it_is_written(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Two ways to write one number are one presentation, and the third card is another member."""
    supervisor = supervise(msgspec.structs.replace(counter, kind="nfc"))
    for line in ("04:a1:b2:c3:d4:e5:f6", "04A1B2C3D4E5F6", "UID: CA FE 42 15"):
        scanner.scan(line)
    scan = till.wait_for_reading(2)
    assert isinstance(scan, Scan)
    assert till.codes == ["uid:04A1B2C3D4E5F6", "uid:CAFE4215"]
    assert (scan.decision.outcome, scan.decision.fields) == (Outcome.MEMBER, {"tag": "CAFE4215"})
    (status,) = supervisor.statuses()
    assert (status.scans, status.repeats) == (2, 1)


def test_a_text_goes_on_and_a_number_that_names_nobody_does_not(
    scanner: VirtualScanner, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """A link on a tag is read as what it is; random and empty numbers and bank cards are refused."""
    supervise(msgspec.structs.replace(counter, kind="nfc", debounce_ms=0))
    link = "https://id.gs1.org/8018/952012345678900007"
    for line in (link, "08A1B2C3", "00000000", "uid:04A1B2C3D4", "6037997111111119"):
        scanner.scan(line)
    scan = till.wait_for_reading(1)
    till.wait_for_reading(5)
    assert isinstance(scan, Scan)
    assert scan.decision.outcome is Outcome.MEMBER
    assert till.faults == [
        ScanFault.RANDOM_NUMBER,
        ScanFault.UNREADABLE,
        ScanFault.UNREADABLE,
        ScanFault.PAYMENT_CARD,
    ]


@pytest.mark.parametrize("framing", ["line", "stx_etx", "idle"])
def test_the_framing_is_that_of_the_reader(framing: str) -> None:
    """Lines, marks at both ends or silence: the number between them is the same."""
    settings = msgspec.convert(
        {"name": "door", "port": "/dev/ttyS0", "kind": "nfc", "framing": framing}, ReaderSettings
    )
    lexer = NFC.lexer(settings)
    data = {"line": b"CAFE4215\r\n", "stx_etx": b"\x02CAFE4215\x03", "idle": b"CAFE4215"}[framing]
    found = lexer.receive(data, 1)
    found += lexer.silence(lexer.deadline_ns or 1)
    assert found == [Frame(b"uid:CAFE4215", 1, 1)]


def test_packets_and_beeps_are_not_for_it() -> None:
    """What only bar code readers have is refused in one sentence each."""
    settings = ReaderSettings(name="door", port="/dev/ttyS0", kind="nfc")
    assert problems([settings]) == []
    assert problems([msgspec.structs.replace(settings, framing="ssi", feedback="ssi")]) == [
        "reader 'door': feedback means nothing to a reader of kind 'nfc'; leave it out",
        "reader 'door': framing 'ssi' is the language of bar code readers: set what ends a line, such as 'crlf'",
    ]


@given(st.lists(st.binary(max_size=30) | st.text(alphabet="0189ABuid:\r\n ", max_size=30).map(str.encode)))
def test_any_bytes_give_numbers_texts_or_faults(chunks: list[bytes]) -> None:
    """Nothing raises, and a payload that says it is a number is one."""
    lexer = NFC.lexer(ReaderSettings(name="door", port="/dev/ttyS0", kind="nfc"))
    for n, data in enumerate(chunks):
        for found in lexer.receive(data, n):
            if isinstance(found, Frame) and b"uid:" in found.payload:
                assert re.fullmatch(rb"uid:([0-9A-F]{2}){4,10}", found.payload)
