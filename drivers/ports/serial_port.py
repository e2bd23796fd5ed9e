"""Ttys, opened by pyserial so that nobody else can read along.

pyserial's ``exclusive`` is an advisory lock that a second plain open ignores, and then both programs get half
of the bytes. So the port takes three steps: look who has it already, lock it (``flock``), and forbid further
opens (``TIOCEXCL``, which binds everybody but root).
"""

import errno
import fcntl
import grp
import os
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import serial

from drivers.ports.holders import Holder, holders
from drivers.ports.port import OpenFailure, write_available
from drivers.settings import ReaderSettings
from pos_loyalty.core.scans import ReaderState

_NAMED_MAX = 3
"""Holders that are named. More of them is a device that is no reader, such as /dev/null, which everybody has open."""
_NOTHING_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


class SerialPort:
    """An open tty, which belongs to this process alone if it is ``exclusive``."""

    def __init__(self, device: serial.Serial, *, exclusive: bool) -> None:
        self._device = device
        self._exclusive = exclusive
        self._unfinished = b""

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        fd: int = self._device.fd
        return fd

    def write(self, data: bytes) -> None:
        """Send ``data`` to the reader."""
        self._unfinished = write_available(self.fileno(), data, self._unfinished)

    def close(self) -> None:
        """Let go of the tty; safe when it is already gone, and a second time."""
        # A pseudo-terminal keeps the flag as long as its other end lives, so it is given back by hand; on a port that
        # is shared it is not ours to give.
        if self._exclusive and self._device.is_open:
            with suppress(OSError):
                fcntl.ioctl(self._device.fd, termios.TIOCNXCL)
        self._device.close()


def absence(settings: ReaderSettings) -> OpenFailure | None:
    """Say that nothing is there, by one cheap look; ``None`` if something is, or if only opening it can tell."""
    try:
        Path(settings.port).stat()
    except OSError as error:
        return _absent(settings.port) if error.errno in _NOTHING_THERE else None
    return None


def open_serial(settings: ReaderSettings) -> SerialPort | OpenFailure:
    """Open and claim the tty, or say why that cannot be done."""
    if settings.exclusive and (others := holders(settings.port)):
        return _held_by(settings.port, others)
    device = serial.Serial()
    try:
        _configure(device, settings)
        device.open()
    except (OSError, ValueError, termios.error) as error:
        device.close()
        return _explain(settings, error)
    port = SerialPort(device, exclusive=settings.exclusive)
    try:
        _claim(device, exclusive=settings.exclusive)
    except (OSError, termios.error) as error:
        port.close()
        return _explain(settings, error)
    return port


def _configure(device: serial.Serial, settings: ReaderSettings) -> None:
    device.port = settings.port
    device.baudrate = settings.baud
    device.bytesize = settings.bytesize
    device.parity = settings.parity
    device.stopbits = settings.stopbits
    device.timeout = 0
    device.exclusive = settings.exclusive or None
    device.dtr = settings.dtr
    device.rts = settings.rts


def _claim(device: serial.Serial, *, exclusive: bool) -> None:
    if exclusive:
        fcntl.ioctl(device.fd, termios.TIOCEXCL)
    attributes = termios.tcgetattr(device.fd)
    # Without HUPCL the lines keep their state when the till restarts, and the reader does not reset.
    attributes[2] &= ~termios.HUPCL
    # Without INPCK the system hands over what it knows to be misread; with it a NUL comes, which is in no code. That
    # is also how a port with other settings than the reader's is told.
    attributes[0] = attributes[0] & ~(termios.IGNPAR | termios.PARMRK) | termios.INPCK
    # With pyserial's VMIN of 0 an empty read means both "nothing yet" and "gone"; with 1 it means "gone".
    attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
    termios.tcsetattr(device.fd, termios.TCSANOW, attributes)
    # FTDI adapters hold bytes back for 16 ms otherwise. Not every tty knows it, and it may need a privilege.
    with suppress(ValueError):
        device.set_low_latency_mode(True)


def _explain(settings: ReaderSettings, error: BaseException) -> OpenFailure:
    code = _errno_of(error)
    explanation = _EXPLANATIONS.get(code)
    if explanation is not None:
        return explanation(settings.port)
    if code is None:
        return _fault(f"{settings.port} does not take these settings ({error}): check baud, parity and stop bits")
    return _fault(f"{settings.port} cannot be opened ({os.strerror(code)}): unplug the reader and plug it in again")


def _errno_of(error: BaseException | None) -> int | None:
    """Find the error number: pyserial wraps some errors without it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        if isinstance(error, termios.error):
            return int(error.args[0])
        error = error.__context__
    return None


def _in_use(port: str) -> OpenFailure:
    others = holders(port)
    if others:
        return _held_by(port, others)
    return _fault(f"{port} is in use by another program: find it with 'fuser -v {port}' as root, and stop it")


def _held_by(port: str, others: list[Holder]) -> OpenFailure:
    names = ", ".join(f"{holder.name} (process {holder.pid})" for holder in others[:_NAMED_MAX])
    if len(others) > _NAMED_MAX:
        names += f" and {len(others) - _NAMED_MAX} more"
    return _fault(f"{port} is in use by {names}: stop that program or give it another port")


def _forbidden(port: str) -> OpenFailure:
    try:
        group = grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "dialout"
    return _fault(f"no permission to open {port}: add the user of the till service to group {group} and restart it")


def _walled_off(port: str) -> OpenFailure:
    return _fault(f"the system keeps {port} from the till service: allow its class in DeviceAllow= of the unit")


def _not_a_tty(port: str) -> OpenFailure:
    return _fault(f"{port} is not a serial port: name the device of the reader, such as /dev/serial/by-id/...")


def _absent(port: str) -> OpenFailure:
    return OpenFailure(
        ReaderState.ABSENT, f"nothing is plugged in at {port}: check the cable and the power of the reader"
    )


def _fault(detail: str) -> OpenFailure:
    return OpenFailure(ReaderState.FAULTED, detail)


_EXPLANATIONS: dict[int | None, Callable[[str], OpenFailure]] = {
    errno.EAGAIN: _in_use,  # flock
    errno.EBUSY: _in_use,  # TIOCEXCL
    errno.EACCES: _forbidden,
    errno.EPERM: _walled_off,
    errno.ENOTTY: _not_a_tty,
    errno.EISDIR: _not_a_tty,
    errno.ENOENT: _absent,
}
