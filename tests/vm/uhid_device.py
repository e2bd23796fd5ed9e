"""A HID device that is not there, by uhid: descriptor and reports are ours, hidraw and its node are the kernel's.

Source: linux/uhid.h of Linux 6.1, Documentation/hid/uhid.rst.
"""

import os
import select
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_DESTROY, _OUTPUT, _CREATE2, _INPUT2, _SET_REPORT = 1, 6, 11, 12, 13
_CREATE_EVENT: Final = struct.Struct("<I128s64s64sHHIIII4096s")
_INPUT_EVENT: Final = struct.Struct("<IH4096s")
_EVENT_BYTES: Final = 4380
"""``sizeof(struct uhid_event)``."""
_BUS_USB: Final = 3
_NODE_WITHIN_S: Final = 60.0


class UhidDevice:
    """One HID reader, plugged in from the beginning; ``serial`` tells equal ones apart."""

    def __init__(self, descriptor: bytes, usb: tuple[int, int], serial: str = "UHID1") -> None:
        self._fd = os.open("/dev/uhid", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        self._serial = serial
        self._written = b""
        header = (b"Reader", b"", serial.encode(), len(descriptor), _BUS_USB, *usb, 0, 0, descriptor)
        os.write(self._fd, _CREATE_EVENT.pack(_CREATE2, *header))
        self.node = self._find_node()
        """The device that the till opens."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def send(self, report: bytes) -> None:
        """Send one input report."""
        self._hear_out()
        os.write(self._fd, _INPUT_EVENT.pack(_INPUT2, len(report), report))

    def written(self) -> bytes:
        """Give the reports that were written to it, if there were any, as the kernel hands them over."""
        self._hear_out()
        return self._written

    def unplug(self) -> None:
        """Take it away; safe when it is gone already."""
        if self._fd >= 0:
            os.write(self._fd, struct.pack("<I", _DESTROY))
            os.close(self._fd)
            self._fd = -1

    def _find_node(self) -> Path:
        """Wait for the hidraw node; the kernel starts the device in a worker of its own."""
        deadline_s = time.monotonic() + _NODE_WITHIN_S
        while time.monotonic() < deadline_s:
            select.select([self._fd], [], [], 0.05)
            self._hear_out()
            for node in Path("/sys/class/hidraw").glob("hidraw*"):
                # One of a device that is just going away may be gone before it is read.
                with suppress(OSError):
                    if f"HID_UNIQ={self._serial}\n" in (node / "device" / "uevent").read_text("ascii"):
                        return Path("/dev") / node.name
        raise TimeoutError(f"no hidraw node for {self._serial} within {_NODE_WITHIN_S} s")

    def _hear_out(self) -> None:
        """Take what the kernel tells the device: that it was started, that somebody opened it."""
        while select.select([self._fd], [], [], 0)[0]:
            event = os.read(self._fd, _EVENT_BYTES)
            if int.from_bytes(event[:4], "little") in {_OUTPUT, _SET_REPORT}:
                self._written += event[4:]
