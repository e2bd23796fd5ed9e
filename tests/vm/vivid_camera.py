"""A camera that is not there, by the kernel's vivid: what is shown on its output is what its capture node films.

Source: Documentation/admin-guide/media/vivid.rst and linux/videodev2.h of Linux 6.1.
"""

import fcntl
import mmap
import os
import struct
from pathlib import Path
from typing import Final, Self

from PIL import Image

from drivers.ports.camera_capture import (
    _BUFFER,
    _BUFFERS,
    _FORMAT,
    _QBUF,
    _QUERYBUF,
    _REQBUFS,
    _S_FMT,
    _STREAMON,
    _TYPE,
)
from tests.vm.waiting import wait_until

SIZE: Final = (1280, 720)
_DRIVER: Final = Path("/sys/bus/platform/drivers/vivid")
_DEVICE: Final = "vivid.0"
_NODES: Final = Path("/sys/class/video4linux")
_PORT: Final = Path("/run/tmp/camera")
_OUTPUT: Final = 2
_MMAP: Final = 1
_GREY: Final = int.from_bytes(b"GREY", "little")
_QUERYCTRL: Final = 0xC0445624
_S_CTRL: Final = 0xC008561C
_DQBUF: Final = 0xC0585611
_NEXT: Final = 0x8000_0000
_CONTROL: Final = struct.Struct("=II32s28x")  # struct v4l2_queryctrl, as far as the name
_VALUE: Final = struct.Struct("=Ii")


class VividCamera:
    """The camera, and the screen that it films."""

    def __init__(self) -> None:
        self.plug()
        self._screen_fd = -1
        self._buffers: list[mmap.mmap] = []
        self.turn_on()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if (_DRIVER / _DEVICE).exists():
            self.unplug()

    @property
    def port(self) -> Path:
        """The device that films, by a name that stays."""
        return _PORT

    @property
    def screen(self) -> Path:
        """The device that shows."""
        return _node("vid-out")

    def show(self, picture: Image.Image) -> None:
        """Put a picture before the camera, until the next one."""
        screen = Image.new("L", SIZE, 180)
        screen.paste(picture.convert("L"), ((SIZE[0] - picture.width) // 2, (SIZE[1] - picture.height) // 2))
        data = screen.tobytes()
        # The driver goes over to a new buffer and gives the old one back; it keeps the last.
        answer = fcntl.ioctl(self._screen_fd, _DQBUF, _BUFFER.pack(0, _OUTPUT, 0, 0, 0, 0, _MMAP, 0, 0))
        index = _BUFFER.unpack(answer)[0]
        self._fill(index, data)

    def unplug(self) -> None:
        """Take the camera away, screen and all."""
        self._turn_off()
        (_DRIVER / "unbind").write_text(_DEVICE, "ascii")

    def plug(self) -> None:
        """Bring it back, its screen off."""
        (_DRIVER / "bind").write_text(_DEVICE, "ascii")
        wait_until(lambda: all(_find(kind) for kind in ("vid-cap", "vid-out")), "vivid is there")

    def turn_on(self) -> None:
        """Switch the screen on, and point the camera at it."""
        fd = self._screen_fd = os.open(_node("vid-out"), os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(fd, _S_FMT, _FORMAT.pack(_OUTPUT, *SIZE, _GREY, 0, 0, 0))
        self._film_the_screen()
        count, *_ = _BUFFERS.unpack(fcntl.ioctl(fd, _REQBUFS, _BUFFERS.pack(2, _OUTPUT, _MMAP)))
        for index in range(count):
            buffer = fcntl.ioctl(fd, _QUERYBUF, _BUFFER.pack(index, _OUTPUT, 0, 0, 0, 0, _MMAP, 0, 0))
            *_, offset, length = _BUFFER.unpack(buffer)
            self._buffers.append(mmap.mmap(fd, length, mmap.MAP_SHARED, mmap.PROT_WRITE, offset=offset))
            self._fill(index, bytes([180]) * length)
        fcntl.ioctl(fd, _STREAMON, _TYPE.pack(_OUTPUT))

    def _film_the_screen(self) -> None:
        """Name the camera, and have it film what is shown instead of a test pattern."""
        _PORT.unlink(missing_ok=True)
        _PORT.symlink_to(_node("vid-cap"))
        fd = os.open(_PORT, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(fd, _S_CTRL, _VALUE.pack(_control(fd, b"Loop Video"), 1))
        finally:
            os.close(fd)

    def _turn_off(self) -> None:
        for buffer in self._buffers:
            buffer.close()
        self._buffers.clear()
        if self._screen_fd >= 0:
            os.close(self._screen_fd)
            self._screen_fd = -1

    def _fill(self, index: int, data: bytes) -> None:
        self._buffers[index][: len(data)] = data
        fcntl.ioctl(self._screen_fd, _QBUF, _BUFFER.pack(index, _OUTPUT, len(data), 0, 1, 0, _MMAP, 0, 0))


def _find(kind: str) -> Path | None:
    names = {(folder / "name").read_text("ascii").strip(): folder.name for folder in _NODES.glob("video*")}
    node = Path("/dev") / names.get(f"vivid-000-{kind}", "none")
    return node if node.exists() else None


def _node(kind: str) -> Path:
    found = _find(kind)
    assert found, kind
    return found


def _control(fd: int, name: bytes) -> int:
    """Return the number of a control by its name, asking for one after the other."""
    number: int = 0
    while True:
        number, _, found = _CONTROL.unpack(fcntl.ioctl(fd, _QUERYCTRL, _CONTROL.pack(number | _NEXT, 0, b"")))
        if found.rstrip(b"\0") == name:
            return number
