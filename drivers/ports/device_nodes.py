"""Devices of the kernel that are read without a library: opened, asked by ioctl, and why that cannot be done.

``docs/adr/0012-readers-without-a-library.md`` says why there is no library.
"""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.ports.port import OpenFailure
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState

IOC_WRITE: Final = 1
IOC_READ: Final = 2
_NOTHING_THERE: Final = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV}
_NUMBERED: Final = re.compile(r"/dev/(input/event|hidraw)[0-9]+")


def request(direction: int, kind: str, number: int, size: int) -> int:
    """Return the number of an ioctl that moves ``size`` bytes (``uapi/asm-generic/ioctl.h``: x86, Arm, RISC-V)."""
    return direction << 30 | size << 16 | ord(kind) << 8 | number


def problems(settings: ReaderSettings, example: str) -> list[str]:
    """Say what cannot be right about the port of such a device; ``example`` is what it could be."""
    if not settings.port.startswith("/"):
        return [f"port {settings.port!r} is no device: name its path, such as {example}"]
    if _NUMBERED.fullmatch(settings.port) and not settings.usb:
        return [f"port {settings.port} may be another device after a restart: name {example}, or set usb as well"]
    return []


def absence(port: str) -> OpenFailure | None:
    """Say that nothing is there, by one cheap look; ``None`` if something is, or if only opening it can tell."""
    try:
        Path(port).stat()
    except OSError as error:
        return explain(port, error, "") if error.errno in _NOTHING_THERE else None
    return None


def open_node(port: str, flags: int, what: str) -> int | OpenFailure:
    """Open ``port`` without blocking and give its descriptor, or say why not; ``what`` is as in :func:`explain`."""
    try:
        return os.open(port, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return explain(port, error, what)


def explain(port: str, error: OSError, what: str) -> OpenFailure:
    """Say what an error means and what to do.

    Args:
        port: the device.
        error: from opening it or asking it.
        what: the class of the device in the ``DeviceAllow=`` of a unit, such as ``char-hidraw``.
    """
    if error.errno in _NOTHING_THERE:
        return OpenFailure(ReaderState.ABSENT, f"nothing is plugged in at {port}: check the cable of the reader")
    explanation = _EXPLANATIONS.get(error.errno or 0)
    if explanation is not None:
        return fault(explanation(port, what))
    return fault(f"{port} cannot be opened ({error.strerror}): unplug the reader and plug it in again")


def fault(detail: str) -> OpenFailure:
    """Give a failure for which ``detail`` has cause and remedy."""
    return OpenFailure(ReaderState.FAULTED, detail)


def mismatch(settings: ReaderSettings, usb: str) -> OpenFailure | None:
    """Say that the device, which is ``usb``, is not the one that the settings name."""
    if settings.usb in {"", usb}:
        return None
    return fault(f"{settings.port} is {usb} and not {settings.usb}: plug the reader in there, or correct port or usb")


def _forbidden(port: str, _: str) -> str:
    return (
        f"no permission to open {port}: name this reader in the udev rules (docs/howto/readers.md) and plug it in "
        "again; the group input would open every keyboard to the till service"
    )


def _walled_off(port: str, what: str) -> str:
    return f"the system keeps {port} from the till service: add {what} to DeviceAllow= of the unit and restart it"


def _no_such_device(port: str, _: str) -> str:
    return f"{port} is no reader of this kind: 'pos-loyalty reader list' shows what is plugged in, with kind and port"


_EXPLANATIONS: Final[dict[int, Callable[[str, str], str]]] = {
    errno.EACCES: _forbidden,
    errno.EPERM: _walled_off,
    errno.ENOTTY: _no_such_device,
    errno.EINVAL: _no_such_device,
    errno.EISDIR: _no_such_device,
}
