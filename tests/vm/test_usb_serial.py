"""A USB serial reader by the kernel's cdc_acm, plugged in and out for real."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState, Scan, ScanFault
from tests.drivers.till import PROMPT_S, Till
from tests.vm.conftest import Supervise
from tests.vm.reading_process import ReadingProcess
from tests.vm.rival import TILL, Rival
from tests.vm.usb_gadget import SerialGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm

BY_ID = Path("/dev/serial/by-id/usb-Acme_Reader_S1-if00")
BY_PATH = Path("/dev/serial/by-path")
COUNTER = ReaderSettings(name="counter", port=str(BY_ID), debounce_ms=0)


def plug(gadget: SerialGadget, link: Path = BY_ID) -> None:
    """Put the cable in and wait until udev has given the device its name."""
    gadget.plug()
    wait_until(link.exists, f"{link} is there")


def test_a_scan_arrives(till: Till, supervise: Supervise) -> None:
    """A reader under its by-id name delivers what was scanned."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        supervise(COUNTER)
        gadget.send(b"4006381333931\r")
        till.wait_for_reading(1)
    assert till.codes == ["4006381333931"]


def test_our_udev_rules_keep_the_port_for_readers() -> None:
    """The node belongs to the group dialout and nobody else, and ModemManager is told to leave it alone."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        node = BY_ID.resolve()
        assert (node.group(), oct(node.stat().st_mode & 0o777)) == ("dialout", "0o660")
        said = subprocess.run(["udevadm", "info", node], capture_output=True, text=True, check=True).stdout
    assert "ID_MM_PORT_IGNORE=1" in said


def test_pulled_out_in_the_middle_and_put_back(
    till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """Half a scan is refused as interrupted, and within a second after the device is back the next one is right."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        supervise(COUNTER)
        gadget.send(b"4006381333931\r59012")
        till.wait_for_reading(1)
        gadget.unplug()
        till.wait_for_state(ReaderState.ABSENT)
        seen = len(till.statuses)
        plug(gadget)
        back_s = time.monotonic()
        till.wait_for_state(ReaderState.READY, after=seen)
        reconnect_s = time.monotonic() - back_s
        gadget.send(b"5901234123457\r")
        till.wait_for_reading(3)
    assert till.codes == ["4006381333931", "5901234123457"]
    assert till.faults == [ScanFault.INTERRUPTED]
    record_property("serial reader open again after its node is back, s", f"{reconnect_s:.2f}")
    assert reconnect_s <= PROMPT_S


def test_a_dead_port_is_let_go_of(till: Till, supervise: Supervise) -> None:
    """The device comes back under its old number, because the reader does not keep the dead one open."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        supervise(COUNTER)
        node = BY_ID.resolve()
        for _ in range(2):
            seen = len(till.statuses)
            gadget.unplug()
            till.wait_for_state(ReaderState.ABSENT, after=seen)
            plug(gadget)
            till.wait_for_states(ReaderState.ABSENT, ReaderState.READY, after=seen)
            assert BY_ID.resolve() == node


def test_a_port_that_another_program_keeps_comes_back_under_its_name(till: Till, supervise: Supervise) -> None:
    """Where somebody else keeps the dead device open the number changes, and the reader goes by the name."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        node = BY_ID.resolve()
        stale = os.open(node, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        gadget.unplug()
        wait_until(lambda: not BY_ID.is_symlink(), "the device is gone")
        plug(gadget)
        assert BY_ID.resolve() != node
        supervise(COUNTER)
        gadget.send(b"4006381333931\r")
        till.wait_for_reading(1)
        os.close(stale)
    assert till.codes == ["4006381333931"]


def test_equal_readers_are_told_apart_by_their_sockets(till: Till, supervise: Supervise) -> None:
    """Two readers with one serial number share a by-id name; their by-path names never mix their scans."""
    with SerialGadget("S1") as left, SerialGadget("S1") as right:
        plug(left)
        left_path = next(BY_PATH.iterdir())
        right.plug()
        wait_until(lambda: len(list(BY_PATH.iterdir())) == 2, "both have a name")
        right_path = next(path for path in BY_PATH.iterdir() if path != left_path)
        supervise(ReaderSettings(name="left", port=str(left_path)), ReaderSettings(name="right", port=str(right_path)))
        for piece_left, piece_right in ((b"40063", b"5901234"), (b"81333931\r", b"123457\r")):
            left.send(piece_left)
            right.send(piece_right)
        till.wait_for_reading(2)
    assert {(scan.reader_id, scan.code) for scan in till.readings if isinstance(scan, Scan)} == {
        ("left", "4006381333931"),
        ("right", "5901234123457"),
    }


def test_an_open_port_is_closed_to_other_programs(till: Till, supervise: Supervise) -> None:
    """While a till has the port its own user gets EBUSY, root cannot lock it, and a second till says who has it."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        with ReadingProcess(COUNTER, TILL) as first:
            assert first.first_word == "ready"
            with Rival("open", BY_ID, TILL) as user, Rival("lock", BY_ID) as root:
                assert (user.word, root.word) == ("EBUSY", "EAGAIN")
            supervise(COUNTER, state=ReaderState.FAULTED)
            assert f"(process {first.pid})" in till.wait_for_state(ReaderState.FAULTED).detail
            gadget.send(b"4006381333931\r")
            assert first.next() == "4006381333931"


def test_a_port_in_use_is_left_alone_and_taken_when_it_is_free(till: Till, supervise: Supervise) -> None:
    """The status names the program that has the port; when that ends the reader opens it by itself."""
    with SerialGadget("S1") as gadget:
        plug(gadget)
        with Rival("open", BY_ID) as rival:
            supervise(COUNTER, state=ReaderState.FAULTED)
            detail = till.wait_for_state(ReaderState.FAULTED).detail
        till.wait_for_state(ReaderState.READY)
        gadget.send(b"4006381333931\r")
        till.wait_for_reading(1)
    assert f"(process {rival.pid})" in detail
    assert till.codes == ["4006381333931"]
