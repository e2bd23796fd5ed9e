"""What ``pos-loyalty reader record`` does: write down what a reader sends, masked, until it is stopped."""

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from drivers.codes.reading_settings import ReadingSettings
from drivers.kinds import transport
from drivers.ports.port import Alarm, OpenFailure, Port, read_available
from drivers.recordings.masked_reads import Read, ReadMask, Withheld
from drivers.recordings.recording import RecordingFile, header_of, line_of
from drivers.settings import ReaderSettings
from pos_loyalty.cli.reader_choice import Choice, refuse_what_the_till_has
from pos_loyalty.errors import ReaderError

_KEY_BYTES: Final = 64


class Recorder:
    """One reader, one file."""

    def __init__(self, settings: ReaderSettings, reading: ReadingSettings, file: RecordingFile, *, keeps: bool) -> None:
        kind = transport(settings.kind)
        # The key is never written: without it nobody can try which numbers give the masked ones.
        key = os.urandom(_KEY_BYTES)
        self._mask = ReadMask(lambda: kind.lexer(settings), kind.via, reading, key, keeps=keeps)
        self._is_keys = kind.via == "wedge"
        self._file = file
        self._start_ns = time.monotonic_ns()
        self.counts: Counter[str] = Counter()

    def run(self, port: Port, alarm: Alarm) -> None:
        """Write down what comes until the alarm rings.

        Raises:
            ReaderError: the reader is gone; what was written before is whole.
            RecordingError: the disk is full; what was written before is whole.
        """
        try:
            while (data := read_available(port, alarm, self._patience_s())) is not None:
                now_ns = time.monotonic_ns()
                self._write(self._mask.receive(data, now_ns) if data else self._mask.silence(now_ns))
        finally:
            self._write(self._mask.reset())

    def _patience_s(self) -> float | None:
        deadline_ns = self._mask.deadline_ns
        return None if deadline_ns is None else max(0, deadline_ns - time.monotonic_ns()) / 1e9

    def _write(self, taken: Sequence[Read | Withheld]) -> None:
        for one in taken:
            self._file.add(line_of(one, self._start_ns, is_keys=self._is_keys))
            self.counts["withheld" if isinstance(one, Withheld) else "reads"] += 1
            if isinstance(one, Withheld):
                click.echo(f"withheld: a reading that is {one.outcome}, which could not be masked", err=True)
        if taken:
            click.echo(f"{self.counts['reads']} reads", err=True)


def record(choice: Choice, path: Path, *, keeps: bool) -> None:
    """Record the reader of ``choice`` into a new file, until SIGINT or SIGTERM.

    Raises:
        ReaderError: the till service has the reader, or it cannot be opened or is lost.
        RecordingError: the file cannot be written.
    """
    refuse_what_the_till_has(choice)
    (settings,) = choice.readers
    alarm = Alarm()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: alarm.ring())
    port = transport(settings.kind).open(settings, alarm)
    if isinstance(port, OpenFailure):
        raise ReaderError(port.detail)
    try:
        with RecordingFile(path, header_of(settings, masked=not keeps)) as file:
            recorder = Recorder(settings, choice.reading, file, keeps=keeps)
            click.echo(f"recording {settings.name} into {path}; Ctrl-C ends it", err=True)
            try:
                recorder.run(port, alarm)
            finally:
                counts = recorder.counts
                click.echo(f"{counts['reads']} reads in {path}, {counts['withheld']} readings withheld", err=True)
    finally:
        port.close()
