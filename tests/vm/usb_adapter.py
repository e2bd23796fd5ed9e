"""The USB adapter that QEMU gives the guest, with the chip of FTDI: the driver ftdi_sio is the kernel's.

Sources: "USB emulation" in the manual of QEMU; Documentation/usb/authorization.rst of Linux 6.1.
"""

import os
from pathlib import Path
from typing import Final, Self

from tests.vm.guest import ADAPTER_SERIAL
from tests.vm.waiting import wait_until


class UsbAdapter:
    """The adapter. Its cable is its leave to be used: without that no driver is bound to it."""

    port: Final = Path(f"/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{ADAPTER_SERIAL}-if00-port0")
    """By what name the till opens it."""

    def __init__(self) -> None:
        wait_until(lambda: bool(_adapters()), "the adapter is there")
        self.folder = _adapters()[0]
        self._inside = os.open("/dev/virtio-ports/adapter", os.O_WRONLY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        os.close(self._inside)

    @property
    def latency(self) -> Path:
        """For how many milliseconds the adapter keeps a short answer to itself."""
        return Path("/sys/bus/usb-serial/devices") / self.port.resolve().name / "latency_timer"

    def plug(self) -> None:
        """Bind the driver and wait for the name."""
        (self.folder / "authorized").write_text("1", "ascii")
        wait_until(self.port.exists, f"{self.port} is there")

    def unplug(self) -> None:
        """Unbind the driver and wait until the name is gone."""
        (self.folder / "authorized").write_text("0", "ascii")
        wait_until(lambda: not self.port.is_symlink(), f"{self.port} is gone")

    def send(self, data: bytes) -> None:
        """Let the reader behind it send."""
        os.write(self._inside, data)


def _adapters() -> list[Path]:
    vendors = Path("/sys/bus/usb/devices").glob("*/idVendor")
    return [file.parent for file in vendors if file.read_text("ascii") == "0403\n"]
