"""A byte source as the reader thread sees it, and how the thread waits for it.

Everything waits in ``poll`` on a descriptor and on an alarm, so nothing is polled by time and nothing has to be
waited out: bytes arrive with no added latency, and ``stop`` is prompt.
"""

import os
import select
import threading
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

import msgspec

from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError

_READ_BYTES_MAX = 4096
"""What a tty holds at most (N_TTY_BUF_SIZE)."""
_MESSAGES_MAX: Final = 8
"""A reader that is busy hears the newest of what it is told; older signs are about readings long gone."""


class Port(Protocol):
    """An open, non-blocking byte source: a tty or a network connection."""

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""

    def write(self, data: bytes) -> None:
        """Send ``data`` to the reader, as far as it takes it now; what has no way back drops it.

        Raises:
            ReaderError: the port is lost.
        """

    def close(self) -> None:
        """Let go of it at once: a dead descriptor kept open makes the replugged device come back as another."""


def write_available(fd: int, data: bytes, unfinished: bytes = b"") -> bytes:
    """Write what ``fd`` takes without waiting: a reader that does not listen must not hold up the readings.

    What it does not take at all is dropped. What it takes half has to be finished before anything else, or two halves
    would make a third command.

    Args:
        fd: a descriptor that does not block.
        data: one message.
        unfinished: what the last call gave.

    Returns:
        The rest of a message that was begun; hand it over with the next.

    Raises:
        ReaderError: the port is lost.
    """
    left = unfinished[_write(fd, unfinished) :] if unfinished else b""
    if left:
        return left
    taken = _write(fd, data)
    return data[taken:] if taken else b""


def _write(fd: int, data: bytes) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return 0
    except OSError as error:
        raise ReaderError(f"writing failed ({error.strerror}): check the cable, then unplug and replug") from error


class OpenFailure(msgspec.Struct, frozen=True):
    """Why a port cannot be opened now. Daily business, so a result and not an exception."""

    state: ReaderState
    """``ABSENT`` or ``FAULTED``."""
    detail: str
    """One sentence for a person: cause and remedy."""


class Alarm:
    """Ends the waits of one thread from another, once and for good."""

    def __init__(self) -> None:
        self._hear_fd, self._ring_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._closed = False

    def fileno(self) -> int:
        """Give the descriptor that becomes readable when the alarm rings."""
        return self._hear_fd

    def ring(self) -> None:
        """Ring; it never falls silent again."""
        if not self._closed:
            with suppress(BlockingIOError):
                os.write(self._ring_fd, b"!")

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds``; whether it has rung."""
        poller = select.poll()
        poller.register(self._hear_fd, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def close(self) -> None:
        """Give the descriptors back, once the thread no longer waits."""
        if not self._closed:
            self._closed = True
            os.close(self._hear_fd)
            os.close(self._ring_fd)


class Messages:
    """What other threads want sent to the reader, handed over to the thread that owns the port."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waiting: deque[bytes] = deque(maxlen=_MESSAGES_MAX)
        self._lock = threading.Lock()
        self._closed = False

    def fileno(self) -> int:
        """Give the descriptor that is readable while there is a message."""
        return self._fd

    def put(self, message: bytes) -> None:
        """Hand a message over; safe from any thread, and after the end."""
        with self._lock:
            if not self._closed:
                self._waiting.append(message)
                os.eventfd_write(self._fd, 1)

    def take(self) -> bytes:
        """Give everything handed over since, in order; mostly nothing."""
        if not self._waiting:
            return b""
        with self._lock:
            os.eventfd_read(self._fd)
            messages = b"".join(self._waiting)
            self._waiting.clear()
        return messages

    def close(self) -> None:
        """Give the descriptor back, once the thread no longer waits."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.clear()
                os.close(self._fd)


def read_available(port: Port, alarm: Alarm, timeout_s: float | None, messages: Messages | None = None) -> bytes | None:
    """Wait for bytes and give them: ``b""`` after ``timeout_s`` of silence or at a message, ``None`` at the alarm.

    Raises:
        ReaderError: the port is lost.
    """
    fd = port.fileno()
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    poller.register(alarm.fileno(), select.POLLIN)
    if messages is not None:
        poller.register(messages.fileno(), select.POLLIN)
    ready = [ready_fd for ready_fd, _ in poller.poll(None if timeout_s is None else timeout_s * 1000)]
    if alarm.fileno() in ready:
        return None
    return _read(fd) if fd in ready else b""


def _read(fd: int) -> bytes:
    try:
        data = os.read(fd, _READ_BYTES_MAX)
    except BlockingIOError:
        return b""
    except OSError as error:
        raise ReaderError(f"reading failed ({error.strerror}): check the cable, then unplug and replug") from error
    if not data:
        raise ReaderError("the line was closed from the other end: check the cable, then unplug and replug")
    return data
