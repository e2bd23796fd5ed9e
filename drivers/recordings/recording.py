"""Recordings of readers: what a device sent, read by read, as lines of JSON. docs/reference/recording.md has the form.

Everything here but :class:`RecordingFile` is pure.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

from drivers.kinds import transport
from drivers.pipeline import Pipeline, Reading
from drivers.recordings.masked_keys import since
from drivers.recordings.masked_reads import Read, Withheld
from drivers.settings import ReaderSettings
from pos_loyalty.errors import ConfigError, RecordingError

VERSION: Final = 1
NS_PER_MS: Final = 1_000_000
_HIDDEN: Final = frozenset({"name", "port", "kind", "options"})
"""What says where the reader was."""
_MODE: Final = 0o600
_HEADER_EXPECTED: Final = 'expected a first line such as {"recording": 1, "kind": "serial", "settings": {}}'
_LINE_EXPECTED: Final = 'expected {"at_ms": ..., "hex": "..."} or {"at_ms": ..., "withheld": "..."}'


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    recording: Literal[1]
    """The version of the form."""
    kind: str
    """Of the reader."""
    settings: dict[str, str | int | bool] = {}
    """Of the reader, where they are not the usual ones; nothing of the machine or the shop."""
    masked: bool = True
    """Whether what names people was replaced."""


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every other line."""

    at_ms: int
    """Since the recording began, rounded up."""
    hex: str | None = None
    """What one read gave."""
    withheld: str | None = None
    """The outcome of a reading that could not be masked; its bytes are not here."""


class Recording(msgspec.Struct, frozen=True):
    """A whole recording."""

    header: Header
    reads: tuple[Read | Withheld, ...]
    """With times in nanoseconds since the beginning."""
    settings: ReaderSettings
    """Of the reader that was recorded, without its name and port."""


def header_of(settings: ReaderSettings, *, masked: bool) -> Header:
    """Return the first line of a recording of this reader."""
    keys = (transport(settings.kind).keys | {"debounce_ms"}) - _HIDDEN
    changed = {
        field.name: getattr(settings, field.name)
        for field in msgspec.structs.fields(ReaderSettings)
        if field.name in keys and getattr(settings, field.name) != field.default
    }
    return Header(recording=VERSION, kind=settings.kind, settings=changed, masked=masked)


def line_of(taken: Read | Withheld, start_ns: int, *, is_keys: bool) -> Line:
    """Return the line of one read, which was made after ``start_ns``.

    Keys carry the time at which the kernel saw them; ``is_keys`` says that the reads are such events.
    """
    at_ms = max(0, -((start_ns - taken.at_ns) // NS_PER_MS))
    if isinstance(taken, Withheld):
        return Line(at_ms=at_ms, withheld=taken.outcome)
    data = since(taken.data, start_ns) if is_keys else taken.data
    return Line(at_ms=at_ms, hex=data.hex())


def parse(data: bytes) -> Recording | str:
    """Return the recording in ``data``, or one sentence that says what is wrong and quotes nothing."""
    first, *rest = data.splitlines() or [b""]
    try:
        header = msgspec.json.decode(first, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"line 1: {_HEADER_EXPECTED}"
    try:
        settings = msgspec.convert(
            {**header.settings, "name": "replay", "port": "/", "kind": header.kind}, ReaderSettings
        )
        transport(header.kind)
    except (msgspec.ValidationError, ConfigError) as error:
        return f"line 1: {error}"
    reads: list[Read | Withheld] = []
    for number, text in enumerate(rest, start=2):
        taken = _taken(text)
        if taken is None or (reads and taken.at_ns < reads[-1].at_ns):
            return f"line {number}: {_LINE_EXPECTED}, in the order of time"
        reads.append(taken)
    return Recording(header, tuple(reads), settings)


def played(recording: Recording, line: Pipeline) -> Iterator[tuple[int, Reading | Withheld]]:
    """Yield what comes out when the recording goes through ``line``, each with its time in nanoseconds."""
    for taken in recording.reads:
        yield from _silences(line, taken.at_ns)
        if isinstance(taken, Withheld):
            yield taken.at_ns, taken
        else:
            yield from ((taken.at_ns, reading) for reading in line.receive(taken.data, taken.at_ns))
    yield from _silences(line, None)
    at_ns = recording.reads[-1].at_ns if recording.reads else 0
    yield from ((at_ns, reading) for reading in line.disconnect())


class RecordingFile:
    """A recording that is being written: whole lines only, readable for nobody else."""

    def __init__(self, path: Path, header: Header) -> None:
        """Begin a new file.

        Raises:
            RecordingError: there is such a file already, or it cannot be written.
        """
        self._path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, _MODE)
        except OSError as error:
            raise RecordingError(
                f"{path} cannot be written ({error.strerror}): name a file that is not there"
            ) from error
        self._size = 0
        self._write(header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def add(self, line: Line) -> None:
        """Write one line.

        Raises:
            RecordingError: the disk is full or failing; the file ends with the last whole line.
        """
        self._write(line)

    def _write(self, document: Header | Line) -> None:
        data = msgspec.json.encode(document) + b"\n"
        try:
            if os.write(self._fd, data) != len(data):
                os.ftruncate(self._fd, self._size)
                raise RecordingError(f"{self._path}: the disk is full; what was recorded before is whole")
        except OSError as error:
            raise RecordingError(f"{self._path} cannot be written ({error.strerror}): make room") from error
        self._size += len(data)


def _taken(text: bytes) -> Read | Withheld | None:
    try:
        line = msgspec.json.decode(text, type=Line)
        if (line.hex is None) == (line.withheld is None) or line.at_ms < 0:
            return None
        at_ns = line.at_ms * NS_PER_MS
        return Withheld(line.withheld or "", at_ns) if line.hex is None else Read(bytes.fromhex(line.hex), at_ns)
    except (ValueError, msgspec.DecodeError):
        return None


def _silences(line: Pipeline, until_ns: int | None) -> Iterator[tuple[int, Reading]]:
    while (at_ns := line.deadline_ns) is not None and (until_ns is None or at_ns < until_ns):
        yield from ((at_ns, reading) for reading in line.silence(at_ns))
