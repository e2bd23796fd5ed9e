"""Bar code readers in HID POS mode and stripe readers, by the kernel's hidraw."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.settings import ReaderSettings
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import ReaderState, Scan, ScanFault
from tests.drivers.hid_reports import POS_SCANNER, STRIPE_READER, parts, swipe
from tests.drivers.till import PROMPT_S, Till
from tests.vm.conftest import Supervise
from tests.vm.rival import TILL, Rival
from tests.vm.uhid_device import UhidDevice
from tests.vm.usb_gadget import HidGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm

USB = (0x05E0, 0x1300)
BY_ID = Path("/dev/hidraw/by-id/usb-Acme_Reader_P1-if00")
LONG_CODE = "LONG" + "0123456789" * 14
"""144 characters: three reports."""
CARD_NUMBER = "4111111111111111"


def hid(kind: str, node: Path) -> ReaderSettings:
    """Return the settings of a reader of that kind on that node."""
    return ReaderSettings(name="counter", kind=kind, port=str(node), usb="05e0:1300", debounce_ms=0)


def test_a_long_code_is_put_together(till: Till, supervise: Supervise) -> None:
    """A code that takes three reports arrives as one, and so does the short one behind it."""
    with UhidDevice(POS_SCANNER, USB) as device:
        supervise(hid("hidpos", device.node))
        for report in (*parts(LONG_CODE.encode()), *parts(b"4006381333931", b"]E0")):
            device.send(report)
        till.wait_for_reading(2)
    assert till.codes == [LONG_CODE, "4006381333931"]


def test_a_stripe_is_a_member_or_nobody(till: Till, supervise: Supervise) -> None:
    """The shop's own stripe is read; a bank card is refused, and nothing of it reaches the till."""
    with UhidDevice(STRIPE_READER, USB) as device:
        supervise(hid("hidmsr", device.node))
        device.send(b"\1" + swipe(b"%1234567^CARTER/EMILY?", b";1234567=9901?"))
        device.send(
            b"\1" + swipe(f"%B{CARD_NUMBER}^CARTER/EMILY^29121010000?".encode(), f";{CARD_NUMBER}=2912101?".encode())
        )
        till.wait_for_reading(2)
        member = till.readings[0]
    assert isinstance(member, Scan)
    assert (member.decision.outcome, member.decision.fields) == (Outcome.MEMBER, {"number": "1234567"})
    assert till.faults == [ScanFault.PAYMENT_CARD]
    assert CARD_NUMBER not in repr((till.readings, till.statuses))


def test_a_reader_that_went_away_and_came_back_reads(
    till: Till, supervise: Supervise, record_property: Callable[[str, object], None]
) -> None:
    """Half a code is refused when the device goes, and within a second after it is back the next one is right."""
    with UhidDevice(POS_SCANNER, USB) as device:
        node = device.node
        supervise(hid("hidpos", node))
        for report in (*parts(b"4006381333931"), parts(LONG_CODE.encode())[0]):
            device.send(report)
        till.wait_for_reading(1)
        device.unplug()
        till.wait_for_state(ReaderState.ABSENT)
    seen = len(till.statuses)
    with UhidDevice(POS_SCANNER, USB) as device:
        back_s = time.monotonic()
        assert device.node == node
        till.wait_for_state(ReaderState.READY, after=seen)
        reconnect_s = time.monotonic() - back_s
        device.send(parts(b"5901234123457")[0])
        till.wait_for_reading(3)
    assert till.codes == ["4006381333931", "5901234123457"]
    assert till.faults == [ScanFault.INTERRUPTED]
    record_property("HID reader open again after its node is back, s", f"{reconnect_s:.2f}")
    assert reconnect_s <= PROMPT_S


def test_our_udev_rules_give_the_till_its_readers(till: Till, supervise: Supervise) -> None:
    """By the real usbhid: the reader has a name that stays, the till's user may open it, and it reads."""
    with HidGadget("P1", POS_SCANNER, len(parts(b"")[0]), USB) as gadget:
        gadget.plug()
        wait_until(BY_ID.exists, f"{BY_ID} is there")
        node = BY_ID.resolve()
        assert (node.group(), oct(node.stat().st_mode & 0o777)) == ("pos-loyalty", "0o660")
        with Rival("open", BY_ID, TILL) as the_till:
            assert the_till.word == "done"
        supervise(hid("hidpos", BY_ID))
        gadget.send(*parts(LONG_CODE.encode()))
        till.wait_for_reading(1)
    assert till.codes == [LONG_CODE]


@pytest.mark.parametrize(
    ("kind", "descriptor"), [("hidpos", STRIPE_READER), ("hidmsr", POS_SCANNER)], ids=["stripe", "scanner"]
)
def test_a_device_of_another_kind_is_refused(till: Till, supervise: Supervise, kind: str, descriptor: bytes) -> None:
    """What says by its descriptor that it is no such reader is not read as one."""
    with UhidDevice(descriptor, USB) as device:
        supervise(hid(kind, device.node), state=ReaderState.FAULTED)
    assert str(device.node) in till.wait_for_state(ReaderState.FAULTED).detail
