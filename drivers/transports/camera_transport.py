"""Cameras of the kernel (V4L2): webcams, and readers that are cameras."""

import re
from typing import Final

from drivers.lexers.camera_readings import CameraLexer
from drivers.lexers.lexing import Lexer
from drivers.ports import device_nodes
from drivers.ports.camera_port import open_camera
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via

_EXAMPLE: Final = "/dev/v4l/by-id/...-video-index0"
_NUMBERED: Final = re.compile(r"/dev/video[0-9]+")


class CameraTransport:
    """A camera that codes are held before."""

    via: Via = "camera"
    keys: frozenset[str] = frozenset()

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say that the port is no device, or one that changes its number."""
        if _NUMBERED.fullmatch(settings.port):
            return [f"port {settings.port} may be another camera after a restart: name {_EXAMPLE}"]
        return device_nodes.problems(settings, _EXAMPLE)

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the device is there."""
        return device_nodes.absence(settings.port)

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:  # noqa: ARG002 - opening waits for nothing
        """Open the camera."""
        return open_camera(settings.port)

    def lexer(self, settings: ReaderSettings) -> Lexer:  # noqa: ARG002 - all cameras are told of alike
        """Give the lexer of what the thread tells."""
        return CameraLexer()


CAMERA: Final[Transport] = CameraTransport()
