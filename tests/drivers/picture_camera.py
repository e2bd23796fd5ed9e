"""A camera whose pictures a test puts before it. The pictures are real; where they come from is a pipe."""

import os
from contextlib import suppress

from PIL import Image


class PictureCamera:
    """Takes pictures like ``ports.camera_capture.Capture``: thirty a second would be this one over and over."""

    def __init__(self) -> None:
        self._ready_fd, self._take_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.before_it: Image.Image | None = None
        self.is_closed = False
        self.taken = 0
        os.write(self._take_fd, b"!")

    def fileno(self) -> int:
        """Give the descriptor that becomes readable with each picture: always, for a camera that is fast."""
        return self._ready_fd

    def picture(self) -> Image.Image | None:
        """Give what is before the camera."""
        if self._take_fd < 0:
            raise OSError(19, "No such device")
        self.taken += 1
        return self.before_it

    def close(self) -> None:
        """Let go."""
        self.is_closed = True
        self.unplug()
        os.close(self._ready_fd)

    def unplug(self) -> None:
        """Pull the cable."""
        fd, self._take_fd = self._take_fd, -1
        with suppress(OSError):
            os.close(fd)
