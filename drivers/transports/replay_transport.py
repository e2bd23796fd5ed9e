"""A recording in place of a reader: for bug reports, demonstrations and tests of a whole till."""

import os
import threading
import time
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from drivers.kinds import transport
from drivers.lexers.framing import Frame, FrameFault, Framer, Framing
from drivers.lexers.lexing import Lexer
from drivers.ports.port import Alarm, OpenFailure, Port
from drivers.recordings.masked_reads import Read
from drivers.recordings.recording import Recording, parse
from drivers.settings import ReaderSettings
from drivers.transport import Transport
from pos_loyalty.core.decisions import Via
from pos_loyalty.core.scans import ReaderState

_PACKET_BYTES_MAX: Final = 4096
"""A write that is no longer is one read at the other end of a pipe with O_DIRECT (pipe(2))."""


class ReplayTransport:
    """The port is the file of a recording, which is played once each time it is opened, at the pace of then."""

    via: Via = "serial"
    """Of an empty recording; what was recorded says itself how it came."""
    keys: frozenset[str] = frozenset()

    def problems(self, settings: ReaderSettings) -> list[str]:
        """Say that there is no path."""
        return [] if settings.port.startswith("/") else [f"port {settings.port!r} is no absolute path of a recording"]

    def absence(self, settings: ReaderSettings) -> OpenFailure | None:
        """Look whether the file is there."""
        if Path(settings.port).is_file():
            return None
        return OpenFailure(ReaderState.ABSENT, f"there is no recording {settings.port}: make one by reader record")

    def open(self, settings: ReaderSettings, alarm: Alarm) -> Port | OpenFailure:  # noqa: ARG002 - the file does not wait
        """Begin to play."""
        found = _recording(settings)
        if isinstance(found, str):
            return OpenFailure(ReaderState.FAULTED, f"{settings.port}: {found}")
        return _ReplayPort(found)

    def lexer(self, settings: ReaderSettings) -> Lexer:
        """Give the lexer of the reader that was recorded."""
        return _ReplayLexer(settings)


class _ReplayPort:
    """A pipe that keeps reads apart, and the thread that writes into it."""

    def __init__(self, recording: Recording) -> None:
        self._read_fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC | os.O_DIRECT)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, args=(recording,), name="replay", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Give the descriptor to wait on and read from."""
        return self._read_fd

    def write(self, data: bytes) -> None:
        """Drop it: nobody listens."""

    def close(self) -> None:
        """Stop playing."""
        self._over.set()
        self._thread.join()
        os.close(self._read_fd)
        os.close(self._write_fd)

    def _play(self, recording: Recording) -> None:
        start_ns = time.monotonic_ns()
        for taken in recording.reads:
            if isinstance(taken, Read):
                self._over.wait(max(0, start_ns + taken.at_ns - time.monotonic_ns()) / 1e9)
                if self._over.is_set():
                    return
                for at in range(0, len(taken.data), _PACKET_BYTES_MAX):
                    self._put(taken.data[at : at + _PACKET_BYTES_MAX])

    def _put(self, packet: bytes) -> None:
        try:
            os.write(self._write_fd, packet)
        except BlockingIOError:
            return  # nobody has read for sixteen packets: a till that hangs misses readings, as it would live


class _ReplayLexer:
    """The lexer of what was recorded, found when the first byte comes: the file may not be there before."""

    def __init__(self, settings: ReaderSettings) -> None:
        self._settings = settings
        self._inner: Lexer | None = None
        self._via: Via | None = None

    @property
    def deadline_ns(self) -> int | None:
        """When to call ``silence`` if no byte comes before; ``None`` when there is nothing to wait for."""
        return self._inner.deadline_ns if self._inner else None

    def receive(self, data: bytes, at_ns: int) -> list[Frame | FrameFault]:
        """Take one read."""
        return self._told(self._found().receive(data, at_ns))

    def silence(self, at_ns: int) -> list[Frame | FrameFault]:
        """Say that nothing came up to ``at_ns``."""
        return self._told(self._inner.silence(at_ns)) if self._inner else []

    def reset(self) -> list[Frame | FrameFault]:
        """Forget everything; the file may be another one the next time."""
        inner, self._inner = self._inner, None
        return self._told(inner.reset()) if inner else []

    def owed(self) -> bytes:
        """Give nothing: nobody listens."""
        return b""

    def _found(self) -> Lexer:
        if self._inner is None:
            recording = _recording(self._settings)
            if isinstance(recording, str):
                return Framer(Framing())
            recorded = transport(recording.header.kind)
            self._via = recorded.via
            self._inner = recorded.lexer(recording.settings)
        return self._inner

    def _told(self, results: list[Frame | FrameFault]) -> list[Frame | FrameFault]:
        return [replace(result, via=self._via) for result in results]


def _recording(settings: ReaderSettings) -> Recording | str:
    try:
        return parse(Path(settings.port).read_bytes())
    except OSError as error:
        return f"cannot be read ({error.strerror}): mend its mode, or record again"


REPLAY: Final[Transport] = ReplayTransport()
