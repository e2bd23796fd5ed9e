"""A USB reader on a virtual cable: dummy_hcd joins a gadget made by configfs with the real drivers of a host.

Source: Documentation/usb/gadget_configfs.rst, Documentation/ABI/testing/configfs-usb-gadget-{acm,hid} of Linux 6.1.
"""

import os
import termios
import tty
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_GADGETS: Final = Path("/sys/kernel/config/usb_gadget")
_CONTROLLERS: Final = Path("/sys/class/udc")


class UsbGadget:
    """What is inside a USB reader. It is made unplugged."""

    def __init__(self, serial: str, usb: tuple[int, int], function: str) -> None:
        # Equal readers have equal serial numbers, so that it is no name for the folder.
        self._folder = _GADGETS / f"g{len(list(_GADGETS.iterdir()))}"
        self._folder.mkdir()
        vendor, product = usb
        _put(self._folder / "idVendor", f"{vendor:#06x}")
        _put(self._folder / "idProduct", f"{product:#06x}")
        texts = self._folder / "strings" / "0x409"
        texts.mkdir()
        for name, text in (("manufacturer", "Acme"), ("product", "Reader"), ("serialnumber", serial)):
            _put(texts / name, text)
        self._function = self._folder / "functions" / function
        self._function.mkdir()
        self._link = self._folder / "configs" / "c.1" / function

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self._link.unlink(missing_ok=True)
        for folder in (self._link.parent, self._function, self._folder / "strings" / "0x409", self._folder):
            folder.rmdir()

    def plug(self) -> None:
        """Put the cable in, at the first controller that is free."""
        if not self._link.parent.exists():
            self._link.parent.mkdir()
            self._link.symlink_to(self._function)
        taken = {file.read_text("ascii").strip() for file in _GADGETS.glob("*/UDC")}
        free = sorted({controller.name for controller in _CONTROLLERS.iterdir()} - taken)
        _put(self._folder / "UDC", free[0])

    def unplug(self) -> None:
        """Pull the cable; safe when it is out."""
        if (self._folder / "UDC").read_text("ascii").strip():
            _put(self._folder / "UDC", "\n")


class SerialGadget(UsbGadget):
    """A reader that the till sees as ``ttyACM``, by the driver cdc_acm."""

    def __init__(self, serial: str, usb: tuple[int, int] = (0x0C2E, 0x0900)) -> None:
        super().__init__(serial, usb, "acm.0")
        self._fd = -1

    def plug(self) -> None:
        """Put the cable in, and open the inner end; a cable that is pulled hangs it up for good."""
        super().plug()
        number = (self._function / "port_num").read_text("ascii").strip()
        self._fd = os.open(f"/dev/ttyGS{number}", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        tty.setraw(self._fd, termios.TCSANOW)

    def unplug(self) -> None:
        """Pull the cable; safe when it is out."""
        super().unplug()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def send(self, data: bytes) -> None:
        """Send bytes to the till."""
        assert os.write(self._fd, data) == len(data)

    def written(self) -> bytes:
        """Give what the till has sent since it was last asked."""
        with suppress(BlockingIOError):
            return os.read(self._fd, 4096)
        return b""


class HidGadget(UsbGadget):
    """A reader that the till sees by the driver usbhid; ``boot_protocol`` is 1 for a keyboard."""

    def __init__(
        self, serial: str, descriptor: bytes, report_bytes: int, usb: tuple[int, int], boot_protocol: int = 0
    ) -> None:
        super().__init__(serial, usb, "hid.0")
        for name, value in (
            ("protocol", boot_protocol),
            ("subclass", boot_protocol),
            ("report_length", report_bytes),
        ):
            _put(self._function / name, str(value))
        (self._function / "report_desc").write_bytes(descriptor)

    def send(self, *reports: bytes) -> None:
        """Send input reports, as fast as the till's end of the cable takes them."""
        major_minor = (self._function / "dev").read_text("ascii").strip()
        with Path("/dev/char", major_minor).resolve().open("wb", buffering=0) as device:
            for report in reports:
                device.write(report)


def _put(file: Path, text: str) -> None:
    file.write_text(text, "ascii")
