"""A reader with an old serial plug behind a USB adapter of FTDI, by the kernel's ftdi_sio."""

import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState, ScanFault
from tests.drivers.till import PROMPT_S, Till
from tests.vm.conftest import Supervise
from tests.vm.usb_adapter import UsbAdapter

pytestmark = pytest.mark.vm

COUNTER = ReaderSettings(name="counter", port=str(UsbAdapter.port), debounce_ms=0)


@pytest.fixture
def adapter() -> Iterator[UsbAdapter]:
    """Give the adapter, just plugged in."""
    with UsbAdapter() as adapter:
        adapter.plug()
        yield adapter


def test_our_udev_rules_let_the_adapter_neither_dawdle_nor_sleep(adapter: UsbAdapter) -> None:
    """It holds answers back for 1 ms instead of 16, and stays awake though a saver of power wants it to sleep."""
    assert adapter.latency.read_text("ascii") == "1\n"
    control = adapter.folder / "power" / "control"
    control.write_text("auto", "ascii")
    subprocess.run(["udevadm", "trigger", "--settle", adapter.folder], check=True)
    assert control.read_text("ascii") == "on\n"


def test_the_till_does_it_by_itself_where_no_rules_are_installed(adapter: UsbAdapter, supervise: Supervise) -> None:
    """An adapter that is set to 16 ms is set to 1 ms when the reader is opened."""
    adapter.latency.write_text("16", "ascii")
    supervise(COUNTER)
    assert adapter.latency.read_text("ascii") == "1\n"


def test_pulled_out_in_the_middle_and_put_back(
    adapter: UsbAdapter, till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """Half a scan is refused as interrupted, and within a second after the device is back the next one is right."""
    supervise(COUNTER)
    adapter.send(b"4006381333931\r59012")
    till.wait_for_reading(1)
    adapter.unplug()
    till.wait_for_state(ReaderState.ABSENT)
    seen = len(till.statuses)
    adapter.plug()
    back_s = time.monotonic()
    till.wait_for_state(ReaderState.READY, after=seen)
    reconnect_s = time.monotonic() - back_s
    adapter.send(b"5901234123457\r")
    till.wait_for_reading(3)
    assert till.codes == ["4006381333931", "5901234123457"]
    assert till.faults == [ScanFault.INTERRUPTED]
    record_property("reader behind an adapter open again after its node is back, s", f"{reconnect_s:.2f}")
    assert reconnect_s <= PROMPT_S
