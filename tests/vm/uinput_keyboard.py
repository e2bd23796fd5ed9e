"""A keyboard that is not there, by uinput: the events are ours, everything behind them is the kernel's.

Source: linux/uinput.h and linux/input.h of Linux 6.1, Documentation/input/uinput.rst.
"""

import fcntl
import os
import struct
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from tests.drivers.keyboard_reader import EV_KEY, EV_MSC, MSC_SCAN, Stroke, packed, reported

_UI_DEV_CREATE: Final = 0x5501
_UI_DEV_DESTROY: Final = 0x5502
_UI_DEV_SETUP: Final = 0x405C5503
_UI_SET_EVBIT: Final = 0x40045564
_UI_SET_KEYBIT: Final = 0x40045565
_UI_SET_MSCBIT: Final = 0x40045568
_UI_GET_SYSNAME_64: Final = 0x8040552C
_SETUP: Final = struct.Struct("HHHH80sI")  # struct uinput_setup
_BUS_USB: Final = 3
_STROKES_APART_S: Final = 0.004
"""As a fast USB reader; all at once would be more than the kernel keeps for a till that is not held."""
_KEYS: Final = range(1, 128)
"""All that a keyboard of 105 keys has."""


class UinputKeyboard:
    """A wedge scanner; ``with_scan_codes`` makes it report MSC_SCAN before each key, as usbhid does."""

    def __init__(
        self, name: str = "Wedge", usb: tuple[int, int] = (0x0C2E, 0x0B61), *, with_scan_codes: bool = True
    ) -> None:
        self._with_scan_codes = with_scan_codes
        self._pace = threading.Event()
        self._fd = os.open("/dev/uinput", os.O_WRONLY | os.O_CLOEXEC)
        for kind in (EV_KEY, EV_MSC) if with_scan_codes else (EV_KEY,):
            fcntl.ioctl(self._fd, _UI_SET_EVBIT, kind)
        if with_scan_codes:
            fcntl.ioctl(self._fd, _UI_SET_MSCBIT, MSC_SCAN)
        for key in _KEYS:
            fcntl.ioctl(self._fd, _UI_SET_KEYBIT, key)
        fcntl.ioctl(self._fd, _UI_DEV_SETUP, _SETUP.pack(_BUS_USB, *usb, 1, name.encode(), 0))
        fcntl.ioctl(self._fd, _UI_DEV_CREATE)
        sysname = fcntl.ioctl(self._fd, _UI_GET_SYSNAME_64, bytes(64)).rstrip(b"\0").decode()
        self._sys = Path("/sys/devices/virtual/input") / sysname

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def node(self) -> Path:
        """The device that the till opens."""
        return Path("/dev/input") / next(self._sys.glob("event*")).name

    def press(self, strokes: Iterable[Stroke], apart_s: float = _STROKES_APART_S) -> None:
        """Press and release keys one after the other; the kernel puts its own times to the events."""
        for stroke in strokes:
            os.write(self._fd, packed(reported([stroke], scan=self._with_scan_codes)))
            self._pace.wait(apart_s)

    def unplug(self) -> None:
        """Take it away; safe when it is gone already."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
