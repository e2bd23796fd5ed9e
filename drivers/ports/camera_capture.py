"""Pictures of a camera, by the kernel's own interface (V4L2, ``Documentation/userspace-api/media/v4l``).

Six calls and a few shared buffers need no library; OpenCV would be 90 MB for them. The layouts are those of a 64-bit
kernel (``uapi/linux/videodev2.h``).
"""

import errno
import fcntl
import io
import mmap
import os
import struct
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from PIL import Image

from drivers.ports.device_nodes import IOC_READ, IOC_WRITE, explain, fault, open_node, request
from drivers.ports.port import OpenFailure

_CLASS: Final = "char-video4linux"
_CAPABILITY: Final = struct.Struct("=84xII12x")
"""What the whole device can do, and what this node of it."""
_FORMAT: Final = struct.Struct("=I4x6I176x")
"""Type, then of ``v4l2_pix_format``: width, height, pixel format, field, bytes per line, size."""
_BUFFERS: Final = struct.Struct("=3I8x")
"""Count, type, memory."""
_BUFFER: Final = struct.Struct("=5I36x3I4xI12x")
"""Index, type, bytes used, flags, field; sequence, memory, offset and length. The time of the kernel is not used."""
_TYPE: Final = struct.Struct("=I")

_QUERYCAP: Final = request(IOC_READ, "V", 0, _CAPABILITY.size)
_S_FMT: Final = request(IOC_READ | IOC_WRITE, "V", 5, _FORMAT.size)
_REQBUFS: Final = request(IOC_READ | IOC_WRITE, "V", 8, _BUFFERS.size)
_QUERYBUF: Final = request(IOC_READ | IOC_WRITE, "V", 9, _BUFFER.size)
_QBUF: Final = request(IOC_READ | IOC_WRITE, "V", 15, _BUFFER.size)
_DQBUF: Final = request(IOC_READ | IOC_WRITE, "V", 17, _BUFFER.size)
_STREAMON: Final = request(IOC_WRITE, "V", 18, _TYPE.size)

_CAN_CAPTURE: Final = 0x0000_0001
_CAN_STREAM: Final = 0x0400_0000
_HAS_NODE_CAPABILITIES: Final = 0x8000_0000
_IS_DAMAGED: Final = 0x40
"""Of a buffer: its picture is not whole (``V4L2_BUF_FLAG_ERROR``)."""
_CAPTURE: Final = 1
_MMAP: Final = 1
_SIZE: Final = (1280, 720)
"""A driver takes the nearest that it has. A pass of 53 modules is read from a quarter of that."""
_BUFFER_COUNT: Final = 3


class _Form(msgspec.Struct, frozen=True):
    """How the pictures come."""

    code: bytes
    width: int
    height: int
    bytes_per_line: int


class Capture:
    """A camera that takes pictures, as long as nobody closes it."""

    def __init__(self, fd: int, form: _Form, buffers: Sequence[mmap.mmap]) -> None:
        self._fd = fd
        self._form = form
        self._buffers = buffers

    def fileno(self) -> int:
        """Give the descriptor that becomes readable with each picture."""
        return self._fd

    def picture(self) -> Image.Image | None:
        """Give the newest picture in grey; ``None`` if there is none, or if it was damaged on its way.

        Raises:
            OSError: the camera is gone.
        """
        newest = None
        while (taken := self._next()) is not None:
            if newest is not None:
                self._give_back(newest[0])
            newest = taken
        if newest is None:
            return None
        index, used, flags = newest
        data = b"" if flags & _IS_DAMAGED else self._buffers[index][:used]
        self._give_back(index)
        return _in_grey(self._form, data)

    def close(self) -> None:
        """Let go of the camera: closing ends the stream, and its lamp goes out."""
        for buffer in self._buffers:
            buffer.close()
        os.close(self._fd)

    def _next(self) -> tuple[int, int, int] | None:
        asked = _BUFFER.pack(0, _CAPTURE, 0, 0, 0, 0, _MMAP, 0, 0)
        try:
            answer = fcntl.ioctl(self._fd, _DQBUF, asked)
        except BlockingIOError:
            return None
        index, _, used, flags, *_ = _BUFFER.unpack(answer)
        return index, used, flags

    def _give_back(self, index: int) -> None:
        fcntl.ioctl(self._fd, _QBUF, _BUFFER.pack(index, _CAPTURE, 0, 0, 0, 0, _MMAP, 0, 0))


def open_capture(port: str) -> Capture | OpenFailure:
    """Open the camera and let it take pictures, or say why that cannot be done."""
    fd = open_node(port, os.O_RDWR, _CLASS)
    if isinstance(fd, OpenFailure):
        return fd
    try:
        found = _started(fd, port)
    except OSError as error:
        is_busy = error.errno == errno.EBUSY
        found = fault(f"another program uses {port}: end it") if is_busy else explain(port, error, _CLASS)
    if isinstance(found, OpenFailure):
        os.close(fd)
    return found


def _started(fd: int, port: str) -> Capture | OpenFailure:
    whole, node = _CAPABILITY.unpack(fcntl.ioctl(fd, _QUERYCAP, bytes(_CAPABILITY.size)))
    wanted = _CAN_CAPTURE | _CAN_STREAM
    if (node if whole & _HAS_NODE_CAPABILITIES else whole) & wanted != wanted:
        return fault(f"{port} takes no pictures: a camera has several devices, name its first, ...-video-index0")
    form = _agreed(fd)
    if form is None:
        names = ", ".join(code.decode() for code in _READERS)
        return fault(f"{port} sends none of the formats {names}: use another camera")
    buffers = _shared(fd)
    fcntl.ioctl(fd, _STREAMON, _TYPE.pack(_CAPTURE))
    return Capture(fd, form, buffers)


def _agreed(fd: int) -> _Form | None:
    """Agree with the driver on a format; for one that it does not have it offers another."""
    for code in _READERS:
        asked = _FORMAT.pack(_CAPTURE, *_SIZE, int.from_bytes(code, "little"), 0, 0, 0)
        _, width, height, got, _, bytes_per_line, _ = _FORMAT.unpack(fcntl.ioctl(fd, _S_FMT, asked))
        offered = got.to_bytes(4, "little")
        if offered in _READERS:
            return _Form(offered, width, height, bytes_per_line)
    return None


def _shared(fd: int) -> list[mmap.mmap]:
    """Return the buffers that the driver shares, all of them handed to it to be filled."""
    count, *_ = _BUFFERS.unpack(fcntl.ioctl(fd, _REQBUFS, _BUFFERS.pack(_BUFFER_COUNT, _CAPTURE, _MMAP)))
    shared = []
    for index in range(count):
        buffer = fcntl.ioctl(fd, _QUERYBUF, _BUFFER.pack(index, _CAPTURE, 0, 0, 0, 0, _MMAP, 0, 0))
        *_, offset, length = _BUFFER.unpack(buffer)
        shared.append(mmap.mmap(fd, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset))
        fcntl.ioctl(fd, _QBUF, buffer)
    return shared


def _in_grey(form: _Form, data: bytes) -> Image.Image | None:
    try:
        return _READERS[form.code](form, data)
    except (OSError, SyntaxError, ValueError):
        # Too short, or no JPEG: a cable that is pulled ends in the middle of a picture.
        return None


def _from_luma(form: _Form, data: bytes) -> Image.Image:
    size = (form.width, form.height)
    return Image.frombuffer("L", size, data, "raw", "L", form.bytes_per_line, 1)


def _from_yuyv(form: _Form, data: bytes) -> Image.Image:
    halved = _Form(form.code, form.width, form.height, form.bytes_per_line // 2)
    return _from_luma(halved, data[::2])


def _from_jpeg(form: _Form, data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        picture.draft("L", (form.width, form.height))
        return picture.convert("L")


_READERS: Final[dict[bytes, Callable[[_Form, bytes], Image.Image]]] = {
    b"GREY": _from_luma,
    b"NV12": _from_luma,
    b"YU12": _from_luma,
    b"YUYV": _from_yuyv,
    b"MJPG": _from_jpeg,
}
"""How each format is read, the cheapest first. Of NV12 and YU12 the grey picture stands in front of the colours."""
