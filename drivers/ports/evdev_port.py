"""Keyboard readers, by the input devices of the kernel, and nobody else gets their keys.

A reader that types is taken for the till alone (``EVIOCGRAB``): otherwise every scan lands in whatever has the focus.
The wrong device taken is the cashier's keyboard gone, so a device that could be one must be named by ``usb`` too. Most
readers say that they have all keys; nothing else tells them from a keyboard.

The kernel gives the device back when its descriptor is closed, however the process ends. A till service that hangs
is killed by the watchdog of its unit, half a minute later (``systemd/pos-loyalty.service``).

Sources: ``Documentation/input/input.rst``, ``uapi/linux/input.h``.
"""

import errno
import fcntl
import os
import select
import struct
import time
from contextlib import suppress
from typing import Final

from drivers.lexers.input_events import EV_KEY, EVENT
from drivers.lexers.keystrokes import PAUSE_MS
from drivers.ports.device_nodes import IOC_READ, IOC_WRITE, explain, fault, mismatch, open_node, request
from drivers.ports.holders import holders
from drivers.ports.port import Alarm, OpenFailure
from drivers.settings import ReaderSettings

_ID: Final = struct.Struct("@HHHH")
"""``struct input_id``: bus, vendor, product, version."""
_NAME_BYTES: Final = 256
_KEY_BYTES: Final = 96
"""One bit for each key up to ``KEY_MAX`` (0x2ff)."""
_EVIOCGID: Final = request(IOC_READ, "E", 0x02, _ID.size)
_EVIOCGNAME: Final = request(IOC_READ, "E", 0x06, _NAME_BYTES)
_EVIOCGBIT_KEY: Final = request(IOC_READ, "E", 0x20 + EV_KEY, _KEY_BYTES)
_EVIOCGRAB: Final = request(IOC_WRITE, "E", 0x90, 4)
_EVIOCSCLOCKID: Final = request(IOC_WRITE, "E", 0xA0, 4)

_DIGITS: Final = range(2, 12)
_ENTER: Final = 28
_KEYS_OF_A_KEYBOARD: Final = (1, 14, 59, 103)
"""Esc, Backspace, F1 and the upward arrow: no code has them."""

_CLASS: Final = "char-input"
_QUIET_WITHIN_S: Final = 2.0


class EvdevPort:
    """An open keyboard reader that belongs to this process alone."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._fd

    def write(self, data: bytes) -> None:
        """Drop ``data``: a keyboard has no way back but its lamps."""

    def close(self) -> None:
        """Give the keys back at once; safe when the device is already gone."""
        if self._fd < 0:
            return
        with suppress(OSError):
            fcntl.ioctl(self._fd, _EVIOCGRAB, 0)
        os.close(self._fd)
        self._fd = -1


def open_evdev(settings: ReaderSettings, alarm: Alarm) -> EvdevPort | OpenFailure:
    """Open the keyboard reader and take it for this process alone, or say why that cannot be done."""
    fd = open_node(settings.port, os.O_RDONLY, _CLASS)
    if isinstance(fd, OpenFailure):
        return fd
    port = EvdevPort(fd)
    try:
        failure = _unfit(fd, settings) or _claim(fd, settings.port) or _await_quiet(port, settings.port, alarm)
    except OSError as error:
        failure = explain(settings.port, error, _CLASS)
    if failure is not None:
        port.close()
        return failure
    return port


def _unfit(fd: int, settings: ReaderSettings) -> OpenFailure | None:
    _, vendor, product, _ = _ID.unpack(fcntl.ioctl(fd, _EVIOCGID, bytes(_ID.size)))
    usb = f"{vendor:04x}:{product:04x}"
    if failure := mismatch(settings, usb):
        return failure
    keys = int.from_bytes(fcntl.ioctl(fd, _EVIOCGBIT_KEY, bytes(_KEY_BYTES)), "little")
    if not all(keys >> key & 1 for key in (*_DIGITS, _ENTER)):
        return fault(f"{settings.port} has no digits and no Enter: name the device that ends in -event-kbd")
    if not settings.usb and all(keys >> key & 1 for key in _KEYS_OF_A_KEYBOARD):
        name = fcntl.ioctl(fd, _EVIOCGNAME, bytes(_NAME_BYTES)).split(b"\0")[0].decode("utf-8", "replace")
        return fault(
            f"{settings.port} ({name!r}) has all keys of a keyboard, and without the cashier's the till is locked: "
            f'if it is the reader, set usb = "{usb}" for it'
        )
    return None


def _claim(fd: int, port: str) -> OpenFailure | None:
    fcntl.ioctl(fd, _EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC))
    try:
        fcntl.ioctl(fd, _EVIOCGRAB, 1)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        names = ", ".join(f"{holder.name} (process {holder.pid})" for holder in holders(port))
        who = f"one of {names}" if names else f"another program, which 'fuser -v {port}' names to root"
        return fault(f"{port} is kept by {who}: stop that program or give it another reader")
    return None


def _await_quiet(port: EvdevPort, path: str, alarm: Alarm) -> OpenFailure | None:
    """Let what is being typed end: its beginning went to another program, and its tail is another code."""
    poller = select.poll()
    poller.register(port.fileno(), select.POLLIN)
    poller.register(alarm.fileno(), select.POLLIN)
    deadline_s = time.monotonic() + _QUIET_WITHIN_S
    while ready := poller.poll(PAUSE_MS):
        if alarm.fileno() in dict(ready):
            return None
        if time.monotonic() >= deadline_s:
            return fault(f"{path} sent keys without a pause while it was opened: take the code out of its sight")
        with suppress(BlockingIOError):
            os.read(port.fileno(), EVENT.size * 64)
    return None
