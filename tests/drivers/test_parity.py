"""A port that is set otherwise than its reader is told from a bad code, and never gives another code."""

import os
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from drivers.lexers.framing import Framer, Framing
from drivers.pipeline import Pipeline, Reading
from drivers.ports.pseudo_terminal import PseudoTerminal
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault
from tests.drivers.conftest import Supervise
from tests.drivers.till import Till
from tests.drivers.uart import Format, received, sent

FORMATS = {name: Format(int(name[0]), name[1]) for name in ("7E1", "7O1", "8N1", "8E1", "8O1")}
MIXED_UP = list(permutations(FORMATS, 2))
CODES = ("2012345678903", "]E04006381333931", "MEMBER-42", "]Q1https://id.gs1.org/8018/626000000000000019", "PL-1001")
IDLE_BITS = (0, 1, 4)
"""Readers send back to back, or with a gap."""
SECOND_NS = 1_000_000_000


def readings_of(data: bytes) -> list[Reading]:
    """Give what the till hears of these bytes, the silence behind them included."""
    line = Pipeline("till", "serial", Framer(Framing()), SHOP_AS_DELIVERED, 0)
    return [*line.receive(data, 0), *line.silence(2 * SECOND_NS)]


@pytest.mark.parametrize("form", FORMATS)
def test_ends_that_are_set_alike_understand_each_other(form: str) -> None:
    """In every format each code arrives, with and without a gap between the bytes."""
    for code in CODES:
        for idle_bits in IDLE_BITS:
            line = sent(f"{code}\r".encode(), FORMATS[form], idle_bits)
            assert received(line, FORMATS[form]) == f"{code}\r".encode()


@pytest.mark.parametrize(("reader", "port"), MIXED_UP)
def test_every_wrong_setting_is_named(reader: str, port: str) -> None:
    """Each code read with each wrong setting gives the fault ``parity``, in both directions, and never a scan."""
    for code in CODES:
        for idle_bits in IDLE_BITS:
            found = readings_of(received(sent(f"{code}\r\n".encode(), FORMATS[reader], idle_bits), FORMATS[port]))
            assert all(isinstance(reading, RefusedScan) for reading in found), code
            assert ScanFault.PARITY in {reading.fault for reading in found if isinstance(reading, RefusedScan)}, code


@pytest.mark.parametrize(("reader", "port"), MIXED_UP)
@settings(deadline=None)  # the first number of all has the telephone numbers of the world loaded
@given(number=st.from_regex(r"[0-9]{8,18}", fullmatch=True))
def test_a_wrong_setting_never_gives_another_number(reader: str, port: str, number: str) -> None:
    """Whatever digits are sent: mostly there is no scan, and if all digits happen to fit it is what was sent."""
    found = readings_of(received(sent(f"{number}\r".encode(), FORMATS[reader]), FORMATS[port]))
    assert {reading.code for reading in found if isinstance(reading, Scan)} <= {number}


def test_wrong_parity_on_a_port_is_named_to_the_till(
    tmp_path: Path, counter: ReaderSettings, supervise: Supervise, till: Till
) -> None:
    """Three readings of 8E1, 7E1 and 8N1 at ports set otherwise: three refusals that say what to set."""
    terminal = PseudoTerminal()
    (tmp_path / "scanner").symlink_to(terminal.slave)
    supervisor = supervise(msgspec.structs.replace(counter, framing="idle"))
    for number, (reader, port) in enumerate((("8E1", "8N1"), ("7E1", "8N1"), ("8N1", "7E1")), start=1):
        os.write(terminal.fd, received(sent(b"]E04006381333931\r", FORMATS[reader]), FORMATS[port]))
        refused = till.wait_for_reading(number)
        assert isinstance(refused, RefusedScan)
        assert refused.reason == "the reader sends parity that the port does not expect: set both to the same"
    assert till.faults == [ScanFault.PARITY] * 3
    supervisor.stop()
    terminal.close()
