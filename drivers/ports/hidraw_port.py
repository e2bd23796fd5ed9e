"""Readers that send HID reports, by the raw HID devices of the kernel (``Documentation/hid/hidraw.rst``).

They are no keyboards, so no other program gets their codes by accident. Each read gives one report.

Nothing is ever written but for the profile ``honeywell``: these readers send no reports until they are told, by feature
report 254, that a program listens, and they take commands as output report 253 with the length in front.
"""

import fcntl
import os
import struct
from collections.abc import Callable
from typing import Final

from drivers.ports.device_nodes import IOC_READ, IOC_WRITE, explain, fault, mismatch, open_node, request
from drivers.ports.port import OpenFailure, write_available
from drivers.settings import ReaderSettings

_DESCRIPTOR_BYTES_MAX: Final = 4096
"""``HID_MAX_DESCRIPTOR_SIZE``."""
_INFO: Final = struct.Struct("@IHH")
"""``struct hidraw_devinfo``: bus, vendor, product."""
_HIDIOCGRDESCSIZE: Final = request(IOC_READ, "H", 0x01, 4)
_HIDIOCGRDESC: Final = request(IOC_READ, "H", 0x02, 4 + _DESCRIPTOR_BYTES_MAX)
_HIDIOCGRAWINFO: Final = request(IOC_READ, "H", 0x03, _INFO.size)
_HONEYWELL: Final = "honeywell"
_LISTENING: Final = bytes((254, 1))
_HIDIOCSFEATURE: Final = request(IOC_READ | IOC_WRITE, "H", 0x06, len(_LISTENING))
_COMMAND_ID: Final = 253
_CLASS: Final = "char-hidraw"


class HidrawPort:
    """An open HID reader."""

    def __init__(self, fd: int, *, takes_commands: bool = False) -> None:
        self._fd = fd
        self._takes_commands = takes_commands

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._fd

    def write(self, data: bytes) -> None:
        """Send a command to a reader whose profile has a way for it; to any other nothing.

        Raises:
            ReaderError: the port is lost.
        """
        if self._takes_commands:
            write_available(self._fd, bytes((_COMMAND_ID, len(data))) + data)

    def close(self) -> None:
        """Let go of the device; safe when it is already gone."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def open_hidraw(settings: ReaderSettings, misfit: Callable[[bytes], str]) -> HidrawPort | OpenFailure:
    """Open the reader, or say why that cannot be done.

    Args:
        settings: of the reader.
        misfit: says of a report descriptor why it is not that of such a reader, empty if it is.
    """
    is_honeywell = settings.feedback == _HONEYWELL
    fd = open_node(settings.port, os.O_RDWR if is_honeywell else os.O_RDONLY, _CLASS)
    if isinstance(fd, OpenFailure):
        return fd
    port = HidrawPort(fd, takes_commands=is_honeywell)
    try:
        failure = _unfit(fd, settings, misfit)
        if failure is None and is_honeywell:
            failure = _say_listening(fd, settings.port)
    except OSError as error:
        failure = explain(settings.port, error, _CLASS)
    if failure is not None:
        port.close()
        return failure
    return port


def _unfit(fd: int, settings: ReaderSettings, misfit: Callable[[bytes], str]) -> OpenFailure | None:
    _, vendor, product = _INFO.unpack(fcntl.ioctl(fd, _HIDIOCGRAWINFO, bytes(_INFO.size)))
    if failure := mismatch(settings, f"{vendor:04x}:{product:04x}"):
        return failure
    reason = misfit(_descriptor(fd))
    return fault(f"{settings.port} {reason}") if reason else None


def _descriptor(fd: int) -> bytes:
    size: bytes = fcntl.ioctl(fd, _HIDIOCGRDESCSIZE, bytes(4))
    # Above 1024 bytes fcntl only takes a buffer of our own.
    answer = bytearray(size + bytes(_DESCRIPTOR_BYTES_MAX))
    fcntl.ioctl(fd, _HIDIOCGRDESC, answer)
    return bytes(answer[4 : 4 + int.from_bytes(size, "little")])


def _say_listening(fd: int, port: str) -> OpenFailure | None:
    try:
        fcntl.ioctl(fd, _HIDIOCSFEATURE, _LISTENING)
    except OSError as error:
        return fault(f'{port} does not take what a Honeywell reader takes ({error.strerror}): set feedback = "off"')
    return None
