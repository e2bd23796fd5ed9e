"""A camera as a port: a thread looks for codes in its pictures, and tells of each that is shown through a pipe.

A picture of 1280 by 720 takes 10 ms to look at. At most ten a second are looked at, and for no more than a third of the
time, so that a slow machine has the rest for the till; only a code that was seen once is looked for again at once.
"""

import os
import select
import threading
import time
from contextlib import suppress
from typing import Final, Protocol

from PIL import Image

from drivers.lexers.camera_presentations import Presentations
from drivers.lexers.camera_readings import message
from drivers.picture import library, payloads
from drivers.ports.camera_capture import open_capture
from drivers.ports.port import Alarm, OpenFailure
from pos_loyalty.core.scans import ReaderState
from pos_loyalty.errors import ReaderError

_PERIOD_NS: Final = 100_000_000
_REST_PER_WORK: Final = 2
_PATIENCE_MS: Final = 5000
"""Without a picture; then the camera is closed and opened again, which is what people do too."""
_JOIN_S: Final = 0.5


class Pictures(Protocol):
    """What takes pictures: :class:`~drivers.ports.camera_capture.Capture`."""

    def fileno(self) -> int:
        """Give the descriptor that becomes readable with each picture."""

    def picture(self) -> Image.Image | None:
        """Give the newest picture in grey, if there is one; raises OSError when the camera is gone."""

    def close(self) -> None:
        """Let go of the camera."""


class CameraPort:
    """An open camera and the thread that looks at its pictures, which owns it from now on."""

    def __init__(self, capture: Pictures, name: str) -> None:
        self._capture = capture
        self._alarm = Alarm()
        self._read_fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # A daemon: a camera whose driver hangs must not keep the till from ending.
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._read_fd

    def write(self, data: bytes) -> None:
        """Drop it: a camera has no beeper."""

    def close(self) -> None:
        """End the thread, and let go of the camera."""
        if self._read_fd < 0:
            return
        self._alarm.ring()
        self._thread.join(_JOIN_S)
        if not self._thread.is_alive():
            self._alarm.close()
        os.close(self._read_fd)
        self._read_fd = -1

    def _run(self) -> None:
        try:
            # A camera that is pulled says so by whatever call comes next; the pipe then hangs up.
            with suppress(OSError):
                self._watch()
        finally:
            self._capture.close()
            os.close(self._write_fd)

    def _watch(self) -> None:
        shown = Presentations()
        poller = select.poll()
        poller.register(self._capture.fileno(), select.POLLIN)
        poller.register(self._alarm.fileno(), select.POLLIN)
        rest_ns = 0
        while not self._alarm.wait(rest_ns / 1e9):
            if not poller.poll(_PATIENCE_MS):
                return
            taken_ns = time.monotonic_ns()
            rest_ns = _PERIOD_NS
            if (picture := self._capture.picture()) is None:
                continue
            for shown_now in shown.see(payloads(picture), taken_ns):
                self._tell(message(shown_now.payload, time.monotonic_ns() - shown_now.first_ns))
            took_ns = time.monotonic_ns() - taken_ns
            rest_ns = max(_PERIOD_NS - took_ns, 0 if shown.is_unsure else _REST_PER_WORK * took_ns)

    def _tell(self, data: bytes) -> None:
        # A full pipe means that nobody has read for hundreds of codes, a broken one that nobody ever will.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._write_fd, data)


def open_camera(port: str) -> CameraPort | OpenFailure:
    """Open the camera at ``port`` and look at its pictures, or say why that cannot be done."""
    try:
        library()
    except ReaderError as error:
        return OpenFailure(ReaderState.FAULTED, str(error))
    capture = open_capture(port)
    return capture if isinstance(capture, OpenFailure) else CameraPort(capture, port)
