"""What is plugged in is found, by the names and links that a real kernel and a real udev give it."""

from pathlib import Path

import pytest

from drivers.discovery import find
from tests.drivers.hid_reports import KEYBOARD, POS_SCANNER, STRIPE_READER, parts
from tests.vm import boot_keyboard
from tests.vm.uhid_device import UhidDevice
from tests.vm.usb_gadget import HidGadget, SerialGadget, UsbGadget
from tests.vm.waiting import wait_until

pytestmark = pytest.mark.vm


def plug(gadget: UsbGadget, link: str) -> str:
    """Put the cable in, wait for the name that udev gives, and return it."""
    gadget.plug()
    wait_until(Path(link).exists, f"{link} is there")
    return link


def test_every_kind_of_usb_reader_is_found_by_the_name_that_stays() -> None:
    """A serial port, a keyboard and a HID POS scanner, and not the keyboard of the PC."""
    keyboard = HidGadget("K1", KEYBOARD, boot_keyboard.REPORT_BYTES, (0x0C2E, 0x0B61), boot_protocol=1)
    with (
        SerialGadget("S1", (0x0C2E, 0x0900)) as serial,
        keyboard,
        HidGadget("P1", POS_SCANNER, len(parts(b"")[0]), (0x05E0, 0x1300)) as scanner,
    ):
        ports = {
            "serial": plug(serial, "/dev/serial/by-id/usb-Acme_Reader_S1-if00"),
            "wedge": plug(keyboard, "/dev/input/by-id/usb-Acme_Reader_K1-event-kbd"),
            "hidpos": plug(scanner, "/dev/hidraw/by-id/usb-Acme_Reader_P1-if00"),
        }
        found = find()
    told = {("serial", "0c2e:0900", "cdc_acm"), ("wedge", "0c2e:0b61", "usbhid"), ("hidpos", "05e0:1300", "usbhid")}
    assert {(reader.kind, reader.usb, reader.driver) for reader in found} == told
    assert {reader.kind: reader.port for reader in found} == ports
    assert {reader.product for reader in found} == {"Acme Reader"}


def test_equal_readers_are_named_by_their_sockets() -> None:
    """Of two with one serial number no by-id name is given, because nobody knows whose it is."""
    with SerialGadget("S1") as left, SerialGadget("S1") as right:
        plug(left, "/dev/serial/by-path/platform-dummy_hcd.0-usb-0:1:1.0")
        plug(right, "/dev/serial/by-path/platform-dummy_hcd.1-usb-0:1:1.0")
        ports = [reader.port for reader in find()]
    assert ports == [f"/dev/serial/by-path/platform-dummy_hcd.{number}-usb-0:1:1.0" for number in (0, 1)]


def test_a_stripe_reader_is_told_by_its_descriptor() -> None:
    """A HID device that udev gives no name is found by its node, and what it is by what it says of itself."""
    with UhidDevice(STRIPE_READER, (0x0801, 0x0002)) as device:
        found = find()
    assert [(reader.kind, reader.port, reader.is_stable) for reader in found] == [("hidmsr", str(device.node), False)]
