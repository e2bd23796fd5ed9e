"""A pseudo-terminal whose slave side is a serial port for whoever opens it. Linux only."""

import fcntl
import os
import select
import struct
import termios
import tty
from contextlib import suppress
from pathlib import Path

_TIOCGPTN = 0x8004_5430
_TIOCSPTLCK = 0x4004_5431
"""<asm-generic/ioctls.h>; Python has ptsname() and unlockpt() from 3.13 on."""


class PseudoTerminal:
    """The master side, raw and non-blocking.

    The slave is deliberately not opened here, unlike ``os.openpty``: only so can the master tell when the last
    client has gone.
    """

    def __init__(self) -> None:
        self.fd = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, _TIOCSPTLCK, struct.pack("i", 0))
        (number,) = struct.unpack("i", fcntl.ioctl(self.fd, _TIOCGPTN, bytes(4)))
        self.slave = Path(f"/dev/pts/{number}")
        # Raw before anybody opens it, or the line discipline would echo the first bytes back to us.
        tty.setraw(self.fd, termios.TCSANOW)

    def is_abandoned(self) -> bool:
        """Whether a client had the slave open and has closed it."""
        poller = select.poll()
        poller.register(self.fd, select.POLLHUP)
        return any(event & select.POLLHUP for _, event in poller.poll(0))

    def discard_input(self) -> None:
        """Throw away what clients wrote; a full buffer would block them."""
        with suppress(OSError):
            while os.read(self.fd, 4096):
                pass

    def close(self) -> None:
        """Hang up: the slave disappears under its clients, like a cable that is pulled."""
        os.close(self.fd)
