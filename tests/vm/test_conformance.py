"""The conformance kit on devices of a real kernel: what a kind promises of being plugged in, pulled and found again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from drivers.conformance import Conformance, Device
from drivers.settings import ReaderSettings
from drivers.transports.hidmsr_transport import HIDMSR
from drivers.transports.hidpos_transport import HIDPOS
from drivers.transports.serial_transport import SERIAL
from drivers.transports.wedge_transport import WEDGE
from tests.drivers.hid_reports import POS_SCANNER, STRIPE_READER, parts, swipe
from tests.drivers.keyboard_reader import typed
from tests.vm.uhid_device import UhidDevice
from tests.vm.uinput_keyboard import UinputKeyboard
from tests.vm.usb_gadget import SerialGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm

USB = (0x0C2E, 0x0B61)
USB_TEXT = "0c2e:0b61"
PROMISES = (
    Conformance.test_what_was_read_is_delivered,
    Conformance.test_a_device_that_is_pulled_is_lost_and_found_again,
    Conformance.test_a_loss_is_an_error_and_nothing_stays_open,
    Conformance.test_what_is_not_there_is_said_in_a_sentence,
    Conformance.test_a_port_can_be_closed_twice_and_opened_again,
    Conformance.test_nothing_is_written_unless_feedback_is_configured,
)
"""Those about a device; those about bytes need no kernel."""


class SerialDevice:
    """A USB serial reader, by its name."""

    def __init__(self, gadget: SerialGadget) -> None:
        self._gadget = gadget
        self._port = Path("/dev/serial/by-id/usb-Acme_Reader_S1-if00")
        self.settings = ReaderSettings(name="serial", port=str(self._port))
        self.plug()

    def plug(self) -> None:
        """Put the cable in."""
        self._gadget.plug()
        wait_until(self._port.exists, f"{self._port} is there")

    def unplug(self) -> None:
        """Pull the cable."""
        self._gadget.unplug()
        # The node goes before its name: one that leads nowhere would lead to the next node, and then be taken away.
        wait_until(lambda: not self._port.is_symlink(), f"{self._port} is gone")

    def send(self, code: str) -> None:
        """Scan."""
        self._gadget.send(code.encode() + b"\r")

    def written(self) -> bytes:
        """Give what came out at the inner end of the cable."""
        return self._gadget.written()


class WedgeDevice:
    """A keyboard reader; whoever plugs it in alone gets the same number again."""

    def __init__(self) -> None:
        self.plug()
        self.settings = ReaderSettings(name="wedge", kind="wedge", port=str(self._keyboard.node), usb=USB_TEXT)

    def plug(self) -> None:
        """Make the keyboard."""
        self._keyboard = UinputKeyboard(usb=USB)

    def unplug(self) -> None:
        """Take it away."""
        self._keyboard.unplug()

    def send(self, code: str) -> None:
        """Type the code and Enter."""
        self._keyboard.press(typed(code))

    def written(self) -> bytes:
        """Give nothing: its node is opened for reading only."""
        return b""


class HidDevice:
    """A HID reader of one kind; ``reports_of`` gives what it sends for a code."""

    def __init__(self, kind: str, descriptor: bytes, reports_of: Callable[[str], tuple[bytes, ...]]) -> None:
        self._descriptor = descriptor
        self._reports_of = reports_of
        self.plug()
        self.settings = ReaderSettings(name=kind, kind=kind, port=str(self._device.node), usb=USB_TEXT)

    def plug(self) -> None:
        """Make the device."""
        self._device = UhidDevice(self._descriptor, USB)

    def unplug(self) -> None:
        """Take it away."""
        self._device.unplug()

    def send(self, code: str) -> None:
        """Send the reports of the code."""
        for report in self._reports_of(code):
            self._device.send(report)

    def written(self) -> bytes:
        """Give the reports that the till sent."""
        return self._device.written()


class OfSerial(Conformance):
    """By cdc_acm."""

    transport = SERIAL

    @contextmanager
    def device(self) -> Iterator[Device]:
        """Give a reader on a virtual cable."""
        with SerialGadget("S1") as gadget:
            yield SerialDevice(gadget)


class OfWedge(Conformance):
    """By evdev."""

    transport = WEDGE

    def device(self) -> AbstractContextManager[Device]:
        """Give a keyboard."""
        return plugged_in(WedgeDevice())


class OfHidpos(Conformance):
    """By hidraw."""

    transport = HIDPOS

    def device(self) -> AbstractContextManager[Device]:
        """Give a bar code reader."""
        return plugged_in(HidDevice("hidpos", POS_SCANNER, self.reads_of))

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give its reports."""
        return tuple(parts(code.encode()))


class OfHidmsr(Conformance):
    """By hidraw."""

    transport = HIDMSR
    codes = (";1234567?", ";7654321?")

    def device(self) -> AbstractContextManager[Device]:
        """Give a stripe reader."""
        return plugged_in(HidDevice("hidmsr", STRIPE_READER, self.reads_of))

    def reads_of(self, code: str) -> tuple[bytes, ...]:
        """Give its report, behind the id that the descriptor names."""
        return (b"\1" + swipe(b"", code.encode()),)


@contextmanager
def plugged_in(device: WedgeDevice | HidDevice) -> Iterator[Device]:
    """Give the device, and take it away at the end."""
    try:
        yield device
    finally:
        device.unplug()


@pytest.mark.parametrize("kind", [OfSerial, OfWedge, OfHidpos, OfHidmsr])
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__.removeprefix("test_"))
def test_the_kind_keeps_its_promise(kind: type[Conformance], promise: Callable[[Conformance], None]) -> None:
    """What the kit asks of a device is kept on a device of the kernel too."""
    promise(kind())
